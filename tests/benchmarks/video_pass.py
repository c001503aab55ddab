"""Shots of the annotated clips: `SYMMV_DATA=… python -m tests.benchmarks.video_pass`.

Scoring: an annotated hard cut is found if a shot opens within 2 frames of it. What opens elsewhere is false,
unless it lies within 2 frames of an annotated fade or dissolve; then it is gradual. A *margin* is a frame's
score (mean difference of hue, saturation and brightness to the frame before, 0 to 255): a detector has an
easy life where the lowest score of a true cut is far above the highest of all other frames that stand out
from their neighbours (twice their mean) and are not dark on both sides.

Data: the annotated clips (`video/shots.json`), and films composed from their shots by a seeded generator:
hard cuts every 8 to 50 frames, half of them under a moving crop as a stand-in for a moving camera, brightness
varied. Thresholds were fixed on the clips and on seeds 0 to 6; the composed films here have other seeds, but
the same sources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scenedetect import AdaptiveDetector, ContentDetector, detect

from symmv_tools.io.video import Want, open_video
from symmv_tools.stages import shots
from symmv_tools.video.shots import DETECTORS, LIT, ShotFinder, ratios_to_neighbours
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section

HEIGHT = shots.ShotSettings().height
WITHIN = 2
NEW_SEEDS = range(100, 104)

Pictures = NDArray[np.uint8]


class Film(NamedTuple):
    """Pictures (n, height, width, 3) at `fps`, the first frames of its shots, and its gradual spans."""

    name: str
    pictures: Pictures
    fps: float
    cuts: list[int]
    gradual: list[tuple[int, int]]


def main() -> None:
    """Write the table."""
    folder = data() / "video"
    clips = json.loads((folder / "shots.json").read_text())["clips"]
    films = [load(folder / name, name, clip) for name, clip in clips.items()]
    lines = ["| clip | detector | cuts | found | missed | false | gradual | lowest cut | highest other |"]
    lines += ["|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    for film, name in zip(films, clips, strict=True):
        lines += [row(film, detector, ours(film, detector), margins(film)) for detector in DETECTORS]
        lines += theirs(film, folder / name)
    for film in composed(films):
        lines += [row(film, detector, ours(film, detector), margins(film)) for detector in DETECTORS]
    text = "\n".join([*lines, "", hardware()])
    print(text)
    replace_section("video_pass", text)


# --- films --------------------------------------------------------------------------------------


def load(path: Path, name: str, clip: Mapping[str, Any]) -> Film:
    """Decode one annotated clip at the height the stage uses."""
    spans = [tuple(gradual["span"]) for gradual in clip["gradual"]]
    return Film(path.stem, np.stack(list(pixels_of(path))), clip["fps"], clip["cuts"], spans)


def pixels_of(path: Path) -> Iterator[Pictures]:
    """Yield the pictures of a video, scaled down."""
    want = Want(HEIGHT, None, shots.ShotReader.is_sampled)
    with open_video(path) as video:
        for found in video.wanted_frames({want}):
            yield from (frame.pixels for frame in found[want])


def composed(films: Sequence[Film]) -> Iterator[Film]:
    """Yield films of 60 shots drawn from the annotated ones; every second one moves."""
    sources = [part for film in films if "480p" not in film.name for part in still_parts(film)]
    width = min(part.shape[2] for part in sources)
    sources = [part[:, :, :width] for part in sources]
    for seed in NEW_SEEDS:
        generator = np.random.default_rng(seed)
        parts = [draw(sources, generator, moving=seed % 2 == 1) for _ in range(60)]
        ends = np.cumsum([len(part) for part in parts])
        name = f"composed {seed}{', moving' if seed % 2 else ''}"
        yield Film(name, np.concatenate(parts), 25.0, ends[:-1].tolist(), [])


def still_parts(film: Film) -> Iterator[Pictures]:
    """Yield the lit stretches of 60 frames or more between a clip's cuts and gradual spans."""
    edges = sorted([0, *film.cuts, *(edge for span in film.gradual for edge in span), len(film.pictures)])
    for start, end in pairwise(edges):
        part = film.pictures[start + 2 : max(end - 2, 0)]
        if len(part) >= 60 and part.mean() > LIT and not any(a <= start < b for a, b in film.gradual):
            yield part


def draw(sources: Sequence[Pictures], generator: np.random.Generator, *, moving: bool) -> Pictures:
    """Return 8 to 50 frames of a source, never the same twice running (it moves to the list's end)."""
    assert isinstance(sources, list)
    sources.append(sources.pop(int(generator.integers(len(sources) - 1))))
    length = int(generator.integers(8, 51))
    start = int(generator.integers(len(sources[-1]) - length + 1))
    part = sources[-1][start : start + length] * generator.uniform(0.35, 1.1)
    part = np.clip(part, 0, 255).astype(np.uint8)
    return panned(part, generator.uniform(0.0, 1.5)) if moving else part


def panned(part: Pictures, speed: float) -> Pictures:
    """Move a crop of 80 % to and fro, `speed` pixels a frame."""
    height, width = (int(0.8 * side) for side in part.shape[1:3])
    free = part.shape[2] - width
    xs = np.abs((np.arange(len(part)) * speed) % (2 * free) - free).astype(int)
    out = np.zeros_like(part)
    for i, x in enumerate(xs):
        out[i, :height, :width] = part[i, :height, x : x + width]
    return np.ascontiguousarray(out[:, :height, :width])


# --- accuracy -----------------------------------------------------------------------------------


def ours(film: Film, detector: str) -> list[int]:
    """Return the frames at which our shots open, the first excepted."""
    finder = ShotFinder(detector=detector)
    for i, picture in enumerate(film.pictures):
        finder.feed(i / film.fps, picture)
    return [round(float(time) * film.fps) for time in finder.finish(1 / film.fps).time[1:]]


def theirs(film: Film, path: Path) -> list[str]:
    """Return rows for PySceneDetect with its own defaults and its own decoding."""
    found = {
        kind.__name__: [start.frame_num for start, _ in detect(str(path), kind())[1:]]
        for kind in (AdaptiveDetector, ContentDetector)
    }
    return [row(film, f"PySceneDetect {name}()", cuts, ("", "")) for name, cuts in found.items()]


def margins(film: Film) -> tuple[str, str]:
    """Return the lowest score of a true cut and the highest of a frame that only looks like one."""
    finder = ShotFinder()
    for i, picture in enumerate(film.pictures):
        finder.feed(i / film.fps, picture)
    scores = finder.scores
    bright = film.pictures.mean(axis=(1, 2, 3))
    lit = np.maximum(bright, np.roll(bright, 1)) >= LIT
    others = [i for i in range(len(scores)) if lit[i] and i not in film.cuts]
    ratios = ratios_to_neighbours(scores)
    highest = max((scores[i] for i in others if ratios[i] >= 2.0), default=0.0)
    return (f"{scores[film.cuts].min():.1f}" if film.cuts else "", f"{highest:.1f}")


def row(film: Film, detector: str, openings: Sequence[int], margin: tuple[str, str]) -> str:
    """Return one line of the table."""
    found = sum(any(abs(o - cut) <= WITHIN for o in openings) for cut in film.cuts)
    rest = [o for o in openings if not any(abs(o - cut) <= WITHIN for cut in film.cuts)]
    gradual = sum(any(a - WITHIN <= o <= b + WITHIN for a, b in film.gradual) for o in rest)
    numbers = (len(film.cuts), found, len(film.cuts) - found, len(rest) - gradual, gradual, *margin)
    return f"| {film.name} | {detector} | " + " | ".join(map(str, numbers)) + " |"


if __name__ == "__main__":
    main()
