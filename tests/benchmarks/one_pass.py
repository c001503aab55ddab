"""Speed and memory of the one pass: `SYMMV_DATA=… OMP_NUM_THREADS=1 python -m tests.benchmarks.one_pass`.

Scoring: every contender reads the same file from beginning to end, in turn, and the best of REPEATS counts,
in seconds of wall clock and of processor time (children included). *Bare* is PyAV decoding on one thread,
which is how a worker decodes, and doing nothing else; the pass has one thread in all. *One after another* is
what one does without a shared pass: the PySceneDetect command line, then one decoding for each of the other
readers. Memory is the peak of a process of its own that reads an hour of video.

What the readers sample: shots every frame; motion the frames in view every 0.2 s; colour and the static test
every 0.5 s; video_info only the times. The static test is what stage `screen` does but for text, for which it
looks in some 32 pictures of a video, however long; it is timed with and without. Data: clips of 1280 x 720 as
they were published, H.264 and VP8, their packets repeated without coding anew, to two minutes and to an hour.

The colour histogram is compared with a literal loop over the pixels (`tests/histogan.py`), and on what it
looks at: Hellinger distances to the histogram of HistoGAN's default, 150 x 150 pixels interpolated from the
full picture, mean over one frame every 2 s.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.io.video import Want, open_video
from symmv_tools.stage import Done, Frame, Outcome, StreamInfo
from symmv_tools.stages import colour, motion, screen, shots, video_info
from symmv_tools.stages.video_pass import MakeReader, read_video
from symmv_tools.video.colour import on_grid, uv_histogram
from symmv_tools.video.contact_sheet import ContactSheet
from symmv_tools.video.stillness import Stillness
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section
from tests.histogan import literal_histogram
from tests.readers import begin

CLIPS = {"H.264": "pyscenedetect/testvideo.mp4", "VP8": "moviepy_big_buck_bunny_0_30.webm"}
BARE, ONE = "bare PyAV decode, one thread", "one pass: shots, colour, motion, static test, video_info"
WITH_TEXT, SCENEDETECT = "the same, and text looked for", "the PySceneDetect command line"
REPEATS = 3
SECONDS, HOUR = 120.0, 3600.0


def main() -> None:
    """Write the tables."""
    cv2.setNumThreads(1)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, name in CLIPS.items():
            film = repeated(data() / "video" / name, Path(folder), SECONDS)
            lines += [*speed(kind, film), ""]
        lines += [memory(repeated(data() / "video" / CLIPS["H.264"], Path(folder), HOUR)), ""]
    lines += [*colours([data() / "video" / name for name in CLIPS.values()]), "", hardware()]
    load = os.getloadavg()[2]
    lines += [f"Load average while it ran: {load:.1f}; where that is above 1, only the CPU columns tell."]
    text = "\n".join(lines)
    print(text)
    replace_section("one_pass", text)


def repeated(path: Path, folder: Path, seconds: float) -> Path:
    """Write a clip's packets again and again until the film lasts `seconds`; its name says how long."""
    with av.open(str(path)) as source:
        stream: Any = source.streams.video[0]
        packets = [packet for packet in source.demux(stream) if packet.dts is not None]
        kept = [(bytes(p), p.pts or 0, p.dts or 0, p.duration or 0, p.is_keyframe) for p in packets]
        span = max(pts + duration for _, pts, _, duration, _ in kept) - min(pts for _, pts, *_ in kept)
        times = int(np.ceil(seconds / (span * stream.time_base)))
        target = folder / f"{round(times * span * stream.time_base)} s{path.suffix}"
        with av.open(str(target), "w") as out:
            copy = out.add_stream_from_template(stream)
            for k in range(times):
                for content, pts, dts, duration, is_key in kept:
                    packet = av.Packet(content)
                    packet.stream, packet.time_base = copy, stream.time_base
                    packet.pts, packet.dts, packet.duration = pts + k * span, dts + k * span, duration
                    packet.is_keyframe = is_key
                    out.mux(packet)
    return target


# --- speed --------------------------------------------------------------------------------------


def bare_decode(path: Path) -> None:
    """Decode with PyAV and do nothing else, on one thread as the pass does."""
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        stream.thread_count, stream.thread_type = 1, "NONE"
        for _ in container.decode(stream):
            pass


def one_pass(path: Path, readers: Mapping[str, MakeReader]) -> None:
    """Read a video in one pass."""
    outcomes = read_video(path, readers)
    assert all(isinstance(outcome, Done) for outcome in outcomes.values()), outcomes


class StaticReader:
    """What stage `screen` does with every picture it gets, without looking for text."""

    def __init__(self, info: StreamInfo) -> None:
        settings = screen.ScreenSettings()
        whole = screen.ScreenReader(info, screen.Equipped(settings, None))
        self.max_height, self.every_seconds = whole.max_height, whole.every_seconds
        self._stillness, self._sheet = Stillness(), ContactSheet(settings.sheet_pictures)

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames."""
        for frame in frames:
            self._stillness.feed(frame.time, frame.pixels)
            self._sheet.feed(frame.time, frame.pixels)

    def finish(self) -> Outcome:
        """Return the statistics of stillness and the contact sheet."""
        found = asdict(self._stillness.finish())
        return Done({"stillness": found, "contact_sheet": self._sheet.as_group()})


STAGES: dict[str, MakeReader] = {
    module.STAGE.name: partial(begin, module.STAGE) for module in (shots, colour, motion, screen, video_info)
}
READERS: dict[str, MakeReader] = {
    "static test" if name == "screen" else name: StaticReader if name == "screen" else make
    for name, make in STAGES.items()
}


def scenedetect(path: Path) -> None:
    """Run PySceneDetect's command line as its documentation does."""
    command = [sys.executable, "-m", "scenedetect", "--quiet", "-i", str(path), "detect-adaptive"]
    subprocess.run([*command, "list-scenes", "-n"], check=True, capture_output=True)


def speed(kind: str, path: Path) -> list[str]:
    """Return a table of the contenders' times."""
    runs: dict[str, Callable[[], object]] = {
        BARE: partial(bare_decode, path),
        ONE: partial(one_pass, path, READERS),
        WITH_TEXT: partial(one_pass, path, STAGES),
        **{f"{name} alone": partial(one_pass, path, {name: READERS[name]}) for name in READERS},
        SCENEDETECT: partial(scenedetect, path),
    }
    runs.pop("video_info alone")  # it is known after any decoding
    best = {name: (float("inf"), float("inf")) for name in runs}
    for _ in range(REPEATS):
        for name, run in runs.items():
            wall, cpu = time.perf_counter(), processor_seconds()
            run()
            took = (time.perf_counter() - wall, processor_seconds() - cpu)
            best[name] = (min(best[name][0], took[0]), min(best[name][1], took[1]))
    apart = [best[name] for name in (SCENEDETECT, "colour alone", "motion alone", "static test alone")]
    best["one after another: the last four"] = (sum(w for w, _ in apart), sum(c for _, c in apart))
    return rows_of(f"{kind}, {path.stem}, best of {REPEATS}", best)


def rows_of(title: str, best: dict[str, tuple[float, float]]) -> list[str]:
    """Return a table with the times, and their ratios to the bare decode and to the one pass."""
    lines = [f"| {title} | wall s | x decode | x one pass | CPU s | x decode | x one pass |"]
    lines += ["|---|--:|--:|--:|--:|--:|--:|"]
    for name, times in best.items():
        cells = [
            f"{t:.2f} | {t / b:.2f} | {t / o:.2f}"
            for t, b, o in zip(times, best[BARE], best[ONE], strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def processor_seconds() -> float:
    """Return the processor time of this process and its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def memory(path: Path) -> str:
    """Return a sentence on the peak memory of a process that reads the film."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        before, after, seconds = pool.apply(peak_of, (path,))
    return (
        f"{path.stem} of H.264 in one pass, text looked for: {seconds:.0f} s, peak memory {after:.0f} MB "
        f"({before:.0f} MB of it when all was loaded and nothing read)."
    )


def peak_of(path: Path) -> tuple[float, float, float]:
    """Read the film; return the peak memory before and after in MB, and the seconds it took."""
    cv2.setNumThreads(1)
    before, start = peak_megabytes(), time.perf_counter()
    one_pass(path, STAGES)
    return before, peak_megabytes(), time.perf_counter() - start


def peak_megabytes() -> float:
    """Return the most memory this process has had; `getrusage` also counts what its parent had."""
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


# --- colour -------------------------------------------------------------------------------------


def colours(paths: Sequence[Path]) -> list[str]:
    """Return a table on what the colour histogram looks at, and a sentence on how exact it is."""
    lines = ["| Hellinger distance to HistoGAN's default pixels | H.264 clip | VP8 clip |", "|---|--:|--:|"]
    columns = [distances(full_frames(path), sampled_frames(path)) for path in paths]
    for name in columns[0]:
        lines.append(f"| {name} | " + " | ".join(f"{column[name]:.3f}" for column in columns) + " |")
    frames = [on_grid(picture) for path in paths for picture in sampled_frames(path)[::4]]
    start = time.process_time()
    found = [uv_histogram(picture) for picture in frames]
    spent = (time.process_time() - start) / len(frames)
    off = max(float(np.abs(f - literal_histogram(p)).max()) for f, p in zip(found, frames, strict=True))
    return [*lines, "", exactness(off, len(frames), spent)]


def exactness(off: float, count: int, spent: float) -> str:
    """Return the sentence on the comparison with the literal loop."""
    return (
        f"Largest difference of a bin of the histogram (64 x 64, summing to 1) to the literal loop, over "
        f"{count} real frames: {off:.1e}; {1000 * spent:.1f} ms a frame."
    )


def distances(full: Sequence[NDArray[np.uint8]], small: Sequence[NDArray[np.uint8]]) -> dict[str, float]:
    """Return mean distances between histograms of one frame, and between frames 2 s apart."""
    interpolated = (cv2.resize(f, (150, 150), interpolation=cv2.INTER_LINEAR) for f in full)
    default = [uv_histogram(np.asarray(pixels, np.uint8)) for pixels in interpolated]
    ways = {
        "HistoGAN's `sampling`, 64 x 64 of the full picture": [uv_histogram(on_grid(f)) for f in full],
        "all pixels of the shared frame, 90 rows": [uv_histogram(s) for s in small],
        "ours, 64 x 64 of the shared frame": [uv_histogram(on_grid(s)) for s in small],
    }
    found = {name: mean_distance(zip(default, maps, strict=True)) for name, maps in ways.items()}
    return found | {"for comparison: from one frame to that 2 s later": mean_distance(pairwise(default))}


def mean_distance(pairs: Any) -> float:
    """Return the mean Hellinger distance of pairs of histograms."""
    return float(np.mean([np.linalg.norm(np.sqrt(a) - np.sqrt(b)) / np.sqrt(2) for a, b in pairs]))


def full_frames(path: Path) -> list[NDArray[np.uint8]]:
    """Return a frame every 2 s at full size."""
    return frames_of(path, Want(None, 2.0))


def sampled_frames(path: Path) -> list[NDArray[np.uint8]]:
    """Return the same frames as the colour reader gets them."""
    return frames_of(path, Want(colour.ColourSettings().height, 2.0, True))


def frames_of(path: Path, want: Want) -> list[NDArray[np.uint8]]:
    """Return all pictures of one want."""
    with open_video(path) as video:
        return [frame.pixels for found in video.wanted_frames({want}) for frame in found[want]]


if __name__ == "__main__":
    main()
