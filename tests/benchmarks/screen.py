"""Static and lyric test: `SYMMV_DATA=… python -m tests.benchmarks.screen`.

Scoring: a clip is refused if stage `screen_quality` refuses it under `judge = "all"`. What must be refused
must be so under a code that fits; ordinary film must stay. The margins say how far the deciding statistic
lies from its limit, in the worst clip.

Data: clips of 20 s composed by `tests/clips.py` from frames of Big Buck Bunny (the parts without its titles)
and of the Chaplin clip, 640 x 360, 10 pictures a second, encoded with x264 (crf 26) and read as any video is.
What is measured of motion, and its limit, were chosen on seeds below 30, all else on seeds below 700; those
here are others, from the same two sources. Then the whole files as they are. The words are random, in Latin,
Greek, Cyrillic, Armenian or Georgian letters of DejaVu.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from symmv_tools.io.video import Want, open_video
from symmv_tools.stage import Done
from symmv_tools.stages import screen
from symmv_tools.video.screen import Refusal, ScreenLimits, ScreenStatistics, refusal
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section
from tests.clips import BAD, FPS, GOOD, Kind, Pictures, clip
from tests.readers import begin, read_alone

SEEDS = range(1000, 1006)
SIZE = (640, 360)
BUNNY_WITHOUT_TITLES = ((60, 486), (552, 586))
"""Frames of the file, after its fade from black and around its credits; a title counts as text, rightly."""

REAL = {
    "moviepy_big_buck_bunny_0_30.webm": "film, titles",
    "alt_encode/bower_bbb_480p_30s.mp4": "film, titles",
    "moviepy_chaplin.mp4": "film",
    "pyscenedetect/testvideo.mp4": "four photos, fades",
}


PHOTOS = ("frozen photo", "slow zoom", "slideshow, cuts", "slideshow, dissolves", "slideshow, zooms")
"""Kinds in which nothing moves by itself."""


class Judged(NamedTuple):
    """What was measured of a clip, and the verdict."""

    found: ScreenStatistics
    refused: Refusal | None


def main() -> None:
    """Write the tables."""
    cv2.setNumThreads(1)
    films = sources()
    lines = ["| clips | must be | n | right | codes | moving | lyrics | constant | shown | spread | area |"]
    lines += ["|---|---|--:|--:|---|---|---|---|---|---|---|"]
    judged: dict[str, list[Judged]] = {}
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        for kind in BAD + GOOD:
            judged[kind.name] = [judge(made(kind, films, seed, Path(folder))) for seed in SEEDS]
            lines.append(row(kind, judged[kind.name]))
            print(lines[-1], flush=True)
    seconds = time.process_time() - started
    text = "\n".join([*lines, "", *margins(judged), "", *real(), "", said(seconds)])
    print(text)
    replace_section("screen", text)


# --- clips ----------------------------------------------------------------------------------------


def sources() -> list[Pictures]:
    """The frames that clips are composed from, every second one."""
    bunny = frames(data() / "video" / "moviepy_big_buck_bunny_0_30.webm")
    parts = [bunny[a // 2 : b // 2] for a, b in BUNNY_WITHOUT_TITLES]
    return [np.concatenate(parts), frames(data() / "video" / "moviepy_chaplin.mp4")]


def frames(path: Path) -> Pictures:
    """Every second frame of a video, at the size of the clips."""
    with open_video(path) as video:
        pictures = [frame.pixels for batch in video.frames(SIZE[1]) for frame in batch]
    return np.stack([np.asarray(cv2.resize(picture, SIZE), np.uint8) for picture in pictures[::2]])


def made(kind: Kind, films: Sequence[Pictures], seed: int, folder: Path) -> Path:
    """Compose and encode one clip."""
    path = folder / f"{kind.name}-{seed}.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": "26", "preset": "veryfast", "threads": "1"}
        for picture in clip(kind, films, seed):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def judge(path: Path) -> Judged:
    """Read one video and judge it."""
    outcome = read_alone(screen.STAGE, path)
    assert isinstance(outcome, Done), outcome
    found = ScreenStatistics(**outcome.values["screen"])
    return Judged(found, refusal(found, ScreenLimits()))


# --- tables ---------------------------------------------------------------------------------------


def is_right(kind: Kind, judged: Judged) -> bool:
    """Whether a clip of a kind got the verdict it deserves."""
    return (judged.refused.code in kind.codes) if judged.refused else not kind.codes


def row(kind: Kind, judged: Sequence[Judged]) -> str:
    """One line of the table: verdicts, and the range of every deciding statistic."""
    codes = ", ".join(sorted({j.refused.code for j in judged if j.refused}))
    right = sum(is_right(kind, j) for j in judged)
    names = (
        "moving_share", "lyric_share", "constant_area", "background_share", "spread", "picture_area",
    )  # fmt: skip
    cells = [spread([getattr(j.found, name) for j in judged]) for name in names]
    must = "refused" if kind.codes else "kept"
    return f"| {kind.name} | {must} | {len(judged)} | {right} | {codes} | {' | '.join(cells)} |"


def spread(values: Sequence[float]) -> str:
    """The lowest and the highest value."""
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def margins(judged: dict[str, list[Judged]]) -> Iterator[str]:
    """For every limit, the worst clip on either side of it."""
    limits = ScreenLimits()
    kept = found_in(judged, GOOD)
    few = [found for found in kept if shows_little(found, limits)]
    photos = found_in(judged, [kind for kind in BAD if kind.name in PHOTOS])
    lyrics, visualisers, stamps = (
        found_in(judged, [kind for kind in BAD if code in kind.codes])
        for code in ("LYRIC_VIDEO", "VISUALISER", "BLACK_BARS")
    )
    yield "| statistic | worst that must be refused | limit | worst that must stay |"
    yield "|---|--:|--:|--:|"
    yield margin("moving_share", max, photos, limits.min_moving_share, min, kept)
    yield margin("lyric_share", min, lyrics, limits.max_lyric_share, max, kept)
    yield margin(
        "spread", min, visualisers, limits.visualiser_spread, max, few,
        ", where constant and background exceed their limits",
    )  # fmt: skip
    yield margin("picture_area", max, stamps, limits.min_picture_area, min, kept)


def found_in(judged: dict[str, list[Judged]], kinds: Sequence[Kind]) -> list[ScreenStatistics]:
    """The statistics of all clips of these kinds."""
    return [one.found for kind in kinds for one in judged[kind.name]]


def margin(
    name: str,
    worst: Callable[..., float],
    refused: Sequence[ScreenStatistics],
    limit: float,
    best: Callable[..., float],
    kept: Sequence[ScreenStatistics],
    where: str = "",
) -> str:
    """One line: how near the clips on either side of a limit come to it."""
    near, far = ([float(getattr(found, name)) for found in side] for side in (refused, kept))
    return f"| {name}{where} | {worst(near):.2f} | {limit:.2f} | {best(far, default=0.0):.2f} |"


def shows_little(found: ScreenStatistics, limits: ScreenLimits) -> bool:
    """Whether two of the three signs of a visualiser are there."""
    return (
        found.constant_area >= limits.visualiser_constant_area
        and found.background_share >= limits.visualiser_background_share
    )


def real() -> Iterator[str]:
    """The files as they are."""
    yield "| file | what it is | verdict | moving | lyrics | text |"
    yield "|---|---|---|---|---|---|"
    for name, what in REAL.items():
        found, refused = judge(data() / "video" / name)
        verdict = refused.code if refused else "kept"
        numbers = f"{found.moving_share:.2f} | {found.lyric_share:.2f} | {found.text_share:.2f}"
        yield f"| {Path(name).name} | {what} | {verdict} | {numbers} |"


def said(seconds: float) -> str:
    """Seeds, cost and machine."""
    return (
        f"Seeds {SEEDS.start} to {SEEDS.stop - 1}: clips of 20 s, {SIZE[0]} x {SIZE[1]}, from two films, "
        "made by `tests/clips.py`; ranges are lowest to highest over the seeds. Motion was chosen "
        "on seeds below 30, all else on seeds below 700. "
        "Words are random, in Latin, Greek, Cyrillic, Armenian or Georgian letters of DejaVu, which has no "
        f"Chinese, Japanese or Korean: those were not tried. All took {seconds:.0f} CPU seconds; on 720p the "
        f"reader takes {added():.1f} CPU ms per second of video, scaling and decoding apart. "
        f"`SYMMV_DATA=… python -m tests.benchmarks.screen`. {hardware()}"
    )


def added() -> float:
    """CPU milliseconds of the reader per second of a 720p video, the pictures scaled already."""
    with open_video(data() / "video" / "moviepy_big_buck_bunny_0_30.webm") as video:
        settings = screen.ScreenSettings()
        reader = begin(screen.STAGE, video.info)
        want = Want(180, settings.every_seconds)
        pictures = [frame for found in video.wanted_frames({want}) for frame in found[want]]
        started = time.process_time()
        reader.feed(pictures)
        reader.finish()
        return 1000 * (time.process_time() - started) / pictures[-1].time


if __name__ == "__main__":
    main()
