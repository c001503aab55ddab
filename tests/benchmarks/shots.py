"""Shots, every detector side by side: `SYMMV_DATA=… python -m tests.benchmarks.shots`.

Scoring, annotated clips: a hard cut is found if a shot opens within 2 frames of it. What opens elsewhere is
false, unless it lies within 2 frames of an annotated fade or dissolve; then it is gradual.

Scoring, composed films: a cut or a dissolve is found if a shot opens within its frames, or 2 beside them;
each opening finds one transition. The rest is false, except what opens within a fade, which counts for
nothing: where in the black a shot begins is a convention. Recall of a kind is its share that was found,
whatever the detector called it; precision of a kind is the share of what it called so that found something.

Data: films composed from the shots of the annotated clips by `tests/transitions.py`, 480 x 270, encoded with
x264 and read as any video is. Thresholds were fixed on seeds below 60.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scenedetect import AdaptiveDetector, ContentDetector, detect

from symmv_tools import checkpoints
from symmv_tools.io.video import open_video
from symmv_tools.models import transnet
from symmv_tools.stage import Done
from symmv_tools.stages import shots
from symmv_tools.stages.shots import Equipped, ShotSettings
from symmv_tools.stages.video_pass import read_video
from symmv_tools.video.fades import LIT
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section
from tests.transitions import Composed, Transition, compose

SEEDS = range(300, 314)
SEEDS_OF_NETWORK = SEEDS[:2]  # a network takes some 20 ms a frame, the rules a few hundredths of that
SHOTS = 26  # of one composed film
SIZE = (480, 270)
WITHIN = 2
COMPOSED_FROM = ("moviepy_big_buck_bunny_0_30.webm", "moviepy_chaplin.mp4", "pyscenedetect/testvideo.mp4")

SAMPLED = (
    "The second TransNet V2 is told what the first has computed, so its time is not its own. "
    "What each reader samples: shots every frame, whichever detector; motion the frames in view every 0.2 s; "
    "colour and the static test every 0.5 s; text at most 32 pictures of a video."
)

Found = list[tuple[float, str]]
Detector = Callable[[Path], Found]


def main() -> None:
    """Write the tables."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    rules, networks = by_rules(), by_network()
    clips = json.loads((data() / "video" / "shots.json").read_text())["clips"]
    lines = [*annotated(rules | networks, clips), "", *composed(rules, clips, SEEDS), ""]
    lines += [*composed(rules | networks, clips, SEEDS_OF_NETWORK), "", SAMPLED, "", hardware()]
    text = "\n".join(lines)
    print(text)
    replace_section("shots", text)


# --- detectors ------------------------------------------------------------------------------------


def by_rules() -> dict[str, Detector]:
    """The detectors by their names in the tables: a file in, times and kinds of the openings out."""
    return {
        "`default` (adaptive, dissolves)": partial(ours, ShotSettings()),
        "content, dissolves": partial(ours, ShotSettings(detector="content")),
        "adaptive alone": partial(ours, ShotSettings(dissolve_error=0.0)),
        "PySceneDetect AdaptiveDetector()": partial(theirs, AdaptiveDetector),
        "PySceneDetect ContentDetector()": partial(theirs, ContentDetector),
    }


def by_network() -> dict[str, Detector]:
    """The network, at our threshold and at that of its authors."""
    network = Remembering(transnet.load(str(checkpoints.locate(shots.NETWORK)), "cpu"))
    tuned = ShotSettings(detector=shots.NETWORK)
    paper = ShotSettings(detector=shots.NETWORK, network_threshold=0.5)
    return {
        f"TransNet V2, {tuned.network_threshold:g}": partial(ours, Equipped(tuned, network)),
        "TransNet V2, 0.5 (`paper`)": partial(ours, Equipped(paper, network)),
    }


class Remembering:
    """A network that is asked the same twice, for two thresholds, and computes it once."""

    def __init__(self, network: Any) -> None:
        self.device = network.device
        self._network = network
        self._said: dict[bytes, Any] = {}

    def __call__(self, windows: torch.Tensor) -> Any:
        """Return what the network says."""
        asked = hashlib.sha256(windows.numpy().tobytes()).digest()
        if asked not in self._said:
            self._said[asked] = self._network(windows)
        return self._said[asked]


def ours(given: ShotSettings | Equipped, path: Path) -> Found:
    """Read a file as the stage does."""
    outcome = read_video(path, {"shots": lambda info: shots.reader(info, given)})["shots"]
    assert isinstance(outcome, Done), outcome
    found = outcome.values["shot"]
    return list(zip(found["time"][1:].tolist(), found["value"][1:], strict=True))


def theirs(kind: type[Any], path: Path) -> Found:
    """Run PySceneDetect with its own defaults and its own decoding."""
    return [(start.seconds, "cut") for start, _ in detect(str(path), kind())[1:]]


# --- annotated clips ------------------------------------------------------------------------------


def annotated(detectors: Mapping[str, Detector], clips: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of the clips as they are."""
    yield "| clip | detector | cuts | found | missed | false | gradual |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for name, clip in clips.items():
        for detector, find in detectors.items():
            frames = [time * clip["fps"] for time, _ in find(data() / "video" / name)]
            print(name, detector, frames, flush=True)
            yield f"| {Path(name).stem} | {detector} | " + " | ".join(map(str, counts(clip, frames))) + " |"


def counts(clip: Mapping[str, Any], openings: Sequence[float]) -> tuple[int, ...]:
    """Return cuts, found, missed, false and gradual."""
    cuts = clip["cuts"]
    found = sum(any(abs(o - cut) <= WITHIN for o in openings) for cut in cuts)
    rest = [o for o in openings if not any(abs(o - cut) <= WITHIN for cut in cuts)]
    spans = [gradual["span"] for gradual in clip["gradual"]]
    gradual = sum(any(a - WITHIN <= o <= b + WITHIN for a, b in spans) for o in rest)
    return len(cuts), found, len(cuts) - found, len(rest) - gradual, gradual


# --- composed films -------------------------------------------------------------------------------


class Tally(NamedTuple):
    """What is known of each transition and of each opening: its kind, and whether it was found or false."""

    transitions: list[tuple[str, bool]]
    openings: list[tuple[str, bool]]


def composed(detectors: Mapping[str, Detector], clips: Mapping[str, Any], seeds: range) -> Iterator[str]:
    """Yield the table of the composed films of these seeds."""
    sources = [part for name in COMPOSED_FROM for part in parts(data() / "video" / name, clips[name])]
    tallies: dict[str, Tally] = {name: Tally([], []) for name in detectors}
    seconds, frames = dict.fromkeys([*detectors, "decoding alone"], 0.0), 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            film = compose(sources, seed, SHOTS)
            path, frames = written(film, seed, Path(folder)), frames + film.length
            seconds["decoding alone"] += timed(partial(decoded, path))[1]
            for name, find in detectors.items():
                found, spent = timed(partial(find, path))
                seconds[name] += spent
                judge(film, [(time * film.fps, kind) for time, kind in found], tallies[name])
            print(
                seed,
                {name: score(tally, ("cut", "dissolve"))[-1] for name, tally in tallies.items()},
                flush=True,
            )
    yield from table(tallies, seconds, frames)
    yield ""
    n, decoding = len(next(iter(tallies.values())).transitions), 1000 * seconds["decoding alone"] / frames
    yield (
        f"n = {n} cuts and dissolves in {frames} frames, seeds {seeds.start} to {seeds.stop - 1}. "
        f"CPU seconds are those of reading the file on one thread, {decoding:.2f} of them for decoding."
    )


def parts(path: Path, clip: Mapping[str, Any]) -> Iterator[NDArray[np.uint8]]:
    """Yield the lit stretches of 60 frames or more between a clip's cuts and gradual spans."""
    with open_video(path) as video:
        pictures = [
            cv2.resize(f.pixels, SIZE, interpolation=cv2.INTER_AREA) for b in video.frames() for f in b
        ]
    spans = [gradual["span"] for gradual in clip["gradual"]]
    edges = sorted({0, *clip["cuts"], *(a for a, _ in spans), *(b + 1 for _, b in spans), len(pictures)})
    for start, end in pairwise(edges):
        part = pictures[start + 2 : max(end - 2, start + 2)]
        if len(part) >= 60 and np.mean(part) > LIT and not any(a <= start <= b for a, b in spans):
            yield np.stack(part).astype(np.uint8)


def written(film: Composed, seed: int, folder: Path) -> Path:
    """Encode a film, some better than others."""
    path = folder / "film.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=film.fps)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": str(20 + seed % 9), "preset": "veryfast", "threads": "1"}
        for picture in film.pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def timed(run: Callable[[], Found]) -> tuple[Found, float]:
    """Return what a call returns, and the CPU seconds that it took."""
    started = time.process_time()
    return run(), time.process_time() - started


def decoded(path: Path) -> Found:
    """Decode and do nothing else."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "NONE"
        for _ in container.decode(video=0):
            pass
    return []


def judge(film: Composed, openings: Found, tally: Tally) -> None:
    """Add what was found in one film."""
    free = sorted(openings)
    for transition in film.transitions:
        near = [opening for opening in free if is_within(opening, transition)]
        if transition.kind == "fade":
            free = [opening for opening in free if opening not in near]
            continue
        tally.transitions.append((transition.kind, bool(near)))
        if near:
            middle = (transition.first + transition.last) / 2
            nearest = min(near, key=lambda opening: abs(opening[0] - middle))
            free.remove(nearest)
            tally.openings.append((nearest[1], True))
    tally.openings.extend((kind, False) for _, kind in free)


def is_within(opening: tuple[float, str], transition: Transition) -> bool:
    """Whether a shot opens within a transition, or beside it."""
    return transition.first - WITHIN <= round(opening[0]) <= transition.last + WITHIN


def score(tally: Tally, kinds: Sequence[str]) -> tuple[int, int, float, float, float]:
    """Return n, how many were found, precision, recall and F1 of some kinds."""
    found = [was_found for kind, was_found in tally.transitions if kind in kinds]
    right = [was_right for kind, was_right in tally.openings if kind in kinds]
    recall = sum(found) / len(found)
    precision = sum(right) / len(right) if right else 0.0
    return len(found), sum(found), precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def table(tallies: Mapping[str, Tally], seconds: Mapping[str, float], frames: int) -> Iterator[str]:
    """Yield a line for each detector: found, precision, recall and F1 by kind, and the cost."""
    kinds = {"cuts": ("cut",), "dissolves": ("dissolve",), "both": ("cut", "dissolve", "fade")}
    heads = "".join(f" {kind}: found | P | R | F1 |" for kind in kinds)
    yield f"| composed films |{heads} CPU s / 1000 frames |"
    yield "|---|" + "--:|" * 13
    for name, tally in tallies.items():
        cells = []
        for some in kinds.values():
            n, found, *ratios = score(tally, some)
            cells += [f"{found} of {n}", *(f"{ratio:.3f}" for ratio in ratios)]
        yield f"| {name} | {' | '.join(cells)} | {1000 * seconds[name] / frames:.2f} |"


if __name__ == "__main__":
    main()
