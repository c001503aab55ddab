"""Text on the screen over time: how much, how large, how many lines, and whether it stays where it is.

Nothing is read. The maps come from a text detector (`models/text_detector.py`) on a few pictures of the
video; lines are cut out of them as RapidOCR does (Liao et al., "Real-Time Scene Text Detection with
Differentiable Binarization", AAAI 2020), but upright: lyrics and subtitles do not lean. Numbers are chosen
by us where nothing else is said; see docs/reference/benchmarks.md, "Screen".
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.video.screen import TextStatistics

IS_TEXT = 0.3
"""A place of the map is text from here on; RapidOCR's default."""

MIN_SCORE = 0.7
"""A line's mean on the map must reach this. RapidOCR's 0.5 is for lines that are then read; ours are not."""

UNCLIP = 1.6
"""The map shows the cores of lines; they grow by area * UNCLIP / perimeter. RapidOCR's default."""

MIN_HEIGHT, MAX_HEIGHT, MIN_ASPECT = 0.022, 0.35, 2.5
"""Lines whose height is no such share of the picture's, or that are narrower than this times their height,
are left out: in grain, single signs and pictures that fade in from black the detector errs most."""

SAME_LETTERS = 0.5
"""Correlation of the edges at one place of two pictures from which on the same letters stand there."""

SUBTITLE_TOP, SUBTITLE_HEIGHT = 0.72, 0.14
"""Subtitles begin below this share of the picture's height, and a line of them is no taller than this."""

MIN_LYRIC_AREA = 0.03
"""Share of the picture that text other than subtitles must cover to look like lyrics."""


def lines_in(text_map: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the lines of text in a map: (n, 4) left, top, width, height as shares of the picture."""
    height, width = text_map.shape
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((text_map > IS_TEXT).astype(np.uint8))
    scores = np.bincount(labels.ravel(), text_map.ravel(), count) / np.maximum(boxes[:, 4], 1)
    left, top, wide, high = (boxes[1:, i].astype(np.float64) for i in range(4))
    grow = wide * high * UNCLIP / (2 * (wide + high))
    lines = np.stack([left - grow, top - grow, wide + 2 * grow, high + 2 * grow], axis=1)
    is_line = (
        (scores[1:] >= MIN_SCORE)
        & (lines[:, 3] >= MIN_HEIGHT * height)
        & (lines[:, 3] <= MAX_HEIGHT * height)
        & (lines[:, 2] >= MIN_ASPECT * lines[:, 3])
    )
    found: NDArray[np.float64] = lines[is_line] / [width, height, width, height]
    return found


class TextOnScreen:
    """Takes a few dozen pictures of one video in order and tells how text stands on them."""

    def __init__(self) -> None:
        self._lines: list[NDArray[np.float64]] = []
        self._edges: list[NDArray[np.float32]] = []

    def __len__(self) -> int:
        return len(self._lines)

    def thin_out(self) -> None:
        """Forget every second picture."""
        self._lines, self._edges = self._lines[::2], self._edges[::2]

    def feed(self, pixels: NDArray[np.uint8], text_map: NDArray[np.float32]) -> None:
        """Take the next picture, RGB (height, width, 3), and its map of text, which may have another size."""
        self._lines.append(lines_in(text_map))
        self._edges.append(edges(pixels))

    def finish(self) -> TextStatistics:
        """Return the statistics; without pictures all are 0."""
        if not self._lines:
            return TextStatistics()
        stack = np.stack(self._edges)
        is_fixed = [
            np.array([is_fixed_at(stack, i, line) for line in lines], bool)
            for i, lines in enumerate(self._lines)
        ]
        kept = [lines[~fixed] for lines, fixed in zip(self._lines, is_fixed, strict=True)]
        with_text = [lines for lines in kept if len(lines)]
        every = np.concatenate(is_fixed)
        return TextStatistics(
            text_share=len(with_text) / len(kept),
            fixed_share=float(every.mean()) if len(every) else 0.0,
            text_area=float(np.mean([covered(lines) for lines in kept])),
            line_count=float(np.mean([len(lines) for lines in with_text])) if with_text else 0.0,
            line_height=float(np.concatenate(with_text)[:, 3].mean()) if with_text else 0.0,
            lyric_share=_median_third([looks_like_lyrics(lines) for lines in kept]),
        )


def edges(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Strength of the edges of an RGB picture (height, width)."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return cv2.magnitude(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)).astype(np.float32, copy=False)


def is_fixed_at(stack: NDArray[np.float32], i: int, line: NDArray[np.float64]) -> bool:
    """Whether the letters of a line of picture `i` stand at the same place in most of the others.

    `stack` is (n, height, width) edges, `line` (4,) as from `lines_in`.
    """
    height, width = stack.shape[1:]
    left, top = (max(0, int(line[k] * side)) for k, side in ((0, width), (1, height)))
    right, bottom = (int(np.ceil((line[k] + line[k + 2]) * side)) for k, side in ((0, width), (1, height)))
    patches = stack[:, top:bottom, left:right].reshape(len(stack), -1)
    patches = patches - patches.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(patches, axis=1)
    likeness = patches @ patches[i] / np.maximum(norms * norms[i], 1e-6)
    return len(stack) > 1 and bool(np.delete(likeness >= SAME_LETTERS, i).mean() >= 0.5)


def covered(lines: NDArray[np.float64]) -> float:
    """Share of the picture under lines (n, 4) of text."""
    return float((lines[:, 2] * lines[:, 3]).sum())


def looks_like_lyrics(lines: NDArray[np.float64]) -> bool:
    """Whether a picture holds text that is no subtitle, and not too little of it."""
    is_subtitle = (lines[:, 1] >= SUBTITLE_TOP) & (lines[:, 3] <= SUBTITLE_HEIGHT)
    return covered(lines[~is_subtitle]) >= MIN_LYRIC_AREA


def _median_third(claims: list[bool]) -> float:
    thirds = [np.mean(third) for third in np.array_split(np.array(claims, float), 3) if len(third)]
    return float(np.median(thirds))
