"""The layers of the picture of a song: shots, chords, notes, and beats with numbered bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from symmv_tools.dataset.page import palette
from symmv_tools.dataset.page.lettering import drawable, pitch_class, short_chord
from symmv_tools.dataset.page.sheet import LEFT, RIGHT, Sheet, lettered, spans

_BLACK_KEYS = (1, 3, 6, 8, 10)
_LINE_PIXELS = 7
"""Lines closer than this blur into grey, so they are left out."""


def draw_shots(sheet: Sheet, axes: Axes, shot: Mapping[str, Any], shift: float) -> None:
    """Shots as blocks of two alternating colours; `shift` seconds take video time to music time."""
    times = spans(shot) + np.array([shift, 0.0])
    shown = [i for i, (time, duration) in enumerate(times) if sheet.shows(time, duration)]
    colours = [palette.SHOTS[i % 2] for i in shown]
    axes.broken_barh([tuple(times[i]) for i in shown], (0, 1), facecolors=colours, linewidth=0)
    for i in shown:
        _draw_opening(sheet, axes, times[i, 0], times[i, 1], drawable(str(shot["value"][i] or ""), 12))
    sheet.name(axes, f"{len(shown)} shot{'s' * (len(shown) != 1)}")


def _draw_opening(sheet: Sheet, axes: Axes, time: float, duration: float, opening: str) -> None:
    """Mark how a shot opens: a fine line for a cut, a wedge and its name for anything slower."""
    if opening in ("", "cut", "start"):
        axes.axvline(time, color=palette.PAPER, linewidth=1.4)
        return
    wedge = min(duration, 22 / sheet.pixels_per_second)
    axes.fill([time, time + wedge, time], [0, 1, 1], color=palette.PAPER, alpha=0.8, linewidth=0)
    if sheet.fits(opening, duration - 2 * wedge, 9):
        _label(axes, time + 1.1 * wedge, opening, color="white", size=9)


def _label(axes: Axes, time: float, text: str, **style: Any) -> None:
    axes.text(time, 0.46, text, va="center", clip_on=True, **lettered(style))


def draw_chords(sheet: Sheet, axes: Axes, chord: Mapping[str, Any]) -> None:
    """Chords as blocks coloured by root, named where the name has room."""
    runs = [run for run in _runs(spans(chord), chord["value"]) if sheet.shows(*run[:2])]
    blocks = [(time, duration) for time, duration, _ in runs]
    colours = [_chord_colour(label) for *_, label in runs]
    axes.broken_barh(blocks, (0, 1), facecolors=colours, edgecolor=palette.PAPER, linewidth=1)
    for time, duration, label in runs:
        start, end = max(time, sheet.start), min(time + duration, sheet.end)
        name = short_chord(label)
        if size := next((size for size in (11, 9, 7.5) if sheet.fits(name, end - start, size)), None):
            _label(axes, (start + end) / 2, name, size=size, ha="center")
    sheet.name(axes, "chords")


def _chord_colour(label: str) -> str:
    root = pitch_class(label)
    return palette.NO_CHORD if root is None else palette.CHORD_ROOTS[root]


def _runs(times: NDArray[np.float64], labels: Sequence[str]) -> list[tuple[float, float, str]]:
    """(time, duration, label) with touching neighbours of one label joined: it is written once."""
    runs: list[tuple[float, float, str]] = []
    for (time, duration), label in zip(times.tolist(), labels, strict=True):
        if runs and runs[-1][2] == label and abs(runs[-1][0] + runs[-1][1] - time) < 0.01:
            first = runs.pop()[0]
            time, duration = first, time + duration - first
        runs.append((time, duration, label))
    return runs


def draw_notes(sheet: Sheet, axes: Axes, notes: Mapping[str, Any]) -> None:
    """Notes on the rows of their pitches, over the rows of the black keys; softer is paler."""
    times, pitch = spans(notes), np.asarray(notes["value"], np.float64)
    shown = (times[:, 0] < sheet.end) & (times.sum(axis=1) > sheet.start)
    is_melody = np.array([track == "melody" for track in notes["track"]], bool)
    low, high = _range(pitch[shown])
    axes.set_ylim(low - 0.5, high + 0.5)
    _draw_keys(axes, low, high)
    alpha = 0.35 + 0.65 * np.asarray(notes["velocity"], np.float64) / 127
    rim = 0.6 if sheet.pixels_per_second > 20 else 0.0
    for which, colour in ((~is_melody, palette.ACCOMPANIMENT), (is_melody, palette.MELODY)):
        pick = shown & which
        boxes = _boxes(times[pick], pitch[pick], 2 / sheet.pixels_per_second)
        faces = [(*to_rgb(colour), a) for a in alpha[pick]]
        # The paper-coloured rim keeps repeated notes apart; on a long song it would hide short ones.
        layer = PolyCollection(
            list(boxes), facecolors=faces, edgecolors=palette.PAPER, linewidths=rim, zorder=3
        )
        axes.add_collection(layer, autolim=False)
    _draw_legend(sheet, any(is_melody[shown]), any(~is_melody[shown]))


def _range(pitch: NDArray[np.float64]) -> tuple[int, int]:
    """Lowest and highest row: the notes with a margin, two octaves at least."""
    low, high = (int(pitch.min()), int(pitch.max())) if len(pitch) else (60, 60)
    margin = max(2, (25 - (high - low)) // 2)
    return low - margin, high + margin


def _draw_keys(axes: Axes, low: int, high: int) -> None:
    """A keyboard left of the notes, faint rows for its black keys, and the octaves by name."""
    for pitch in range(low, high + 1):
        if pitch % 12 in _BLACK_KEYS:
            axes.axhspan(pitch - 0.5, pitch + 0.5, color=palette.INK, alpha=0.035, linewidth=0)
            _draw_key(axes, pitch, 0.008, palette.INK)
        else:
            _draw_key(axes, pitch, 0.013, "white")
        if pitch % 12 == 0:
            axes.axhline(pitch - 0.5, color=palette.INK, alpha=0.16, linewidth=0.8)
    octaves = [pitch for pitch in range(low + 1, high - 1) if pitch % 12 == 0]
    axes.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves], color=palette.FAINT, size=9.5)
    axes.tick_params(axis="y", length=0, pad=26)


def _draw_key(axes: Axes, pitch: int, length: float, colour: str) -> None:
    axes.add_patch(
        Rectangle(
            (-0.015, pitch - 0.5), length, 1, facecolor=colour, edgecolor=palette.FAINT, linewidth=0.4,
            transform=axes.get_yaxis_transform(), clip_on=False,
        )
    )  # fmt: skip


def _boxes(times: NDArray[np.float64], pitch: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Corners (n, 4, 2) of one box per note, at least `least` seconds wide; (n, 2) times, (n,) pitch."""
    left, right = times[:, 0], times[:, 0] + np.maximum(times[:, 1], least)
    bottom, top = pitch - 0.45, pitch + 0.45
    return np.stack([left, bottom, left, top, right, top, right, bottom], axis=1).reshape(-1, 4, 2)


def _draw_legend(sheet: Sheet, has_melody: bool, has_rest: bool) -> None:
    rest = "accompaniment" if has_melody else "notes"
    entries = [(has_rest, rest, palette.ACCOMPANIMENT, 0.0), (has_melody, "melody", palette.MELODY, 0.115)]
    for is_shown, name, colour, offset in entries:
        if is_shown:
            sheet.write(RIGHT - offset, 0.018, f"■ {name}", color=colour, size=10.5, ha="right")


def draw_beats(sheet: Sheet, axes: Axes, beat: Mapping[str, Any]) -> None:
    """Beats as thin lines, downbeats stronger and numbered, counted from the song's first downbeat."""
    time = np.asarray(beat["time"], np.float64)
    is_downbeat = np.asarray(beat["value"]) == 1
    shown = (time >= sheet.start) & (time < sheet.end)
    number = np.cumsum(is_downbeat) - 1
    if _every(sheet, time, _LINE_PIXELS) == 1:
        _draw_lines(axes, time[shown & ~is_downbeat], 0.10)
    for pixels, alpha in ((_LINE_PIXELS, 0.12), (34, 0.22)):
        step = _every(sheet, time[is_downbeat], pixels)
        bars = shown & is_downbeat & (number % step == 0)
        _draw_lines(axes, time[bars], alpha)
    style = lettered({"size": 9, "color": palette.FAINT, "ha": "center", "va": "bottom"})
    for at in np.flatnonzero(bars):
        axes.text(time[at], 1.01, str(number[at] + 1), transform=axes.get_xaxis_transform(), **style)
    sheet.write(
        LEFT - 0.008, axes.get_position().y1 + 0.010, "bars", size=9.5, color=palette.FAINT, ha="right"
    )


def _draw_lines(axes: Axes, time: NDArray[np.float64], alpha: float) -> None:
    low, high = axes.get_ylim()
    lines = [((at, low), (at, high)) for at in time.tolist()]
    axes.add_collection(
        LineCollection(lines, colors=palette.INK, alpha=alpha, linewidths=1, zorder=2), autolim=False
    )


def _every(sheet: Sheet, time: NDArray[np.float64], pixels: float) -> int:
    """The smallest power of two n such that every n-th of `time` leaves this many pixels between."""
    if len(time) < 2:
        return 1
    gap = max(float(np.median(np.diff(time))) * sheet.pixels_per_second, 1e-3)
    return int(2 ** max(0, np.ceil(np.log2(pixels / gap))))
