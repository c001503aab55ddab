"""What a video shows over time: its colours, its shots, and its motion against beats and onsets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from symmv_tools.dataset.page import palette
from symmv_tools.dataset.page.layers import draw_shots
from symmv_tools.dataset.page.lettering import clock, families
from symmv_tools.dataset.page.sheet import DPI, LEFT, WIDTH, Sheet, has, spans

HEIGHT = 3.2
"""Inches."""


def draw_video(
    row: Mapping[str, Any], seen: Mapping[str, Any], *, seconds: tuple[float, float]
) -> Figure | None:
    """Draw what was seen in a song's video from one second of the music to another; None if that is nothing.

    `seen` may hold the columns `palette` and `features_motion` of the stages of the same names. Top to
    bottom: the main colours, each as high as its share; the shots; the motion (RGB difference) as a
    curve over thin lines at the beats, stronger at the downbeats, and short marks where notes begin.
    """
    colours, motion = seen.get("palette"), seen.get("features_motion")
    if not has(colours) and not _has_curve(motion):
        return None
    sheet = Sheet(Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=palette.PAPER), *seconds)
    shift = -float(row.get("audio_video_offset") or 0.0)
    top = 0.96
    if colours is not None and has(colours):
        top -= 0.2
        _draw_palette(sheet, sheet.axes(top, 0.18), colours, shift)
    if has(row.get("shot")):
        top -= 0.12
        draw_shots(sheet, sheet.axes(top, 0.1), row["shot"], shift)
    axes = sheet.axes(0.16, top - 0.04 - 0.16)
    if motion is not None and _has_curve(motion):
        _draw_motion(sheet, axes, motion, shift)
        _draw_music(sheet, axes, row)
    _draw_clock(axes)
    return sheet.figure


def _has_curve(features: Mapping[str, Any] | None) -> bool:
    return features is not None and features.get("value") is not None and len(features["value"]) > 0


def _draw_palette(sheet: Sheet, axes: Axes, colours: Mapping[str, Any], shift: float) -> None:
    """Stacks of colours, most frequent at the bottom, each lasting until the next palette."""
    time = np.asarray(colours["time"], np.float64)
    begins = np.unique(time)
    last = float(np.median(np.diff(begins))) if len(begins) > 1 else sheet.end - sheet.start
    ends = np.append(begins[1:], begins[-1] + last)
    axes.set_ylim(0, 1)
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        if not sheet.shows(begin + shift, end - begin):
            continue
        which = np.flatnonzero(time == begin)
        share = np.asarray(colours["share"], np.float64)[which]
        base = np.concatenate([[0.0], np.cumsum(share)[:-1]]) / max(share.sum(), 1e-9)
        faces = [colours["value"][i] for i in which]
        axes.bar(begin + shift, share / max(share.sum(), 1e-9), end - begin, base, color=faces, align="edge")
    sheet.name(axes, "colours")


def _draw_motion(sheet: Sheet, axes: Axes, motion: Mapping[str, Any], shift: float) -> None:
    """The curve of RGB differences, column 0 of the features, from 0 to its largest value on the sheet."""
    curve = np.array([value[0] for value in motion["value"]], np.float64)
    time = motion["start"] + np.arange(len(curve)) / motion["rate"] + shift
    shown = (time >= sheet.start) & (time <= sheet.end)
    axes.fill_between(time[shown], curve[shown], color=palette.SHOTS[1], alpha=0.55, linewidth=0, zorder=3)
    axes.plot(time[shown], curve[shown], color=palette.SHOTS[0], linewidth=0.9, zorder=3)
    axes.set_ylim(0, max(float(curve[shown].max(initial=0.0)), 1e-6) * 1.25)
    sheet.name(axes, "motion")


def _draw_music(sheet: Sheet, axes: Axes, row: Mapping[str, Any]) -> None:
    """Beats as lines behind the curve, where they can be told apart, and onsets as marks above it."""
    if has(row.get("beat")):
        time, is_downbeat = spans(row["beat"])[:, 0], np.asarray(row["beat"]["value"]) == 1
        _draw_lines(sheet, axes, time[~is_downbeat], 0.0, 0.12)
        _draw_lines(sheet, axes, time[is_downbeat], 0.0, 0.3)
    if has(row.get("note_midi")):
        _draw_lines(sheet, axes, np.unique(spans(row["note_midi"])[:, 0]), 0.9, 0.7)
        top = axes.get_position().y1
        sheet.write(LEFT - 0.008, top - 0.04, "onsets", size=9.5, color=palette.MELODY, ha="right")


def _draw_lines(sheet: Sheet, axes: Axes, time: NDArray[np.float64], bottom: float, alpha: float) -> None:
    shown = time[(time >= sheet.start) & (time < sheet.end)]
    if len(shown) * 3 > (sheet.end - sheet.start) * sheet.pixels_per_second:
        return  # they would blur into grey
    colour = palette.MELODY if bottom else palette.INK
    axes.vlines(
        shown, bottom, 1.0, color=colour, alpha=alpha, linewidth=0.8, transform=axes.get_xaxis_transform()
    )


def _draw_clock(axes: Axes) -> None:
    axes.spines["bottom"].set(visible=True, color=palette.FAINT, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 3, 5, 6, 10], integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(clock))
    axes.tick_params(axis="x", colors=palette.FAINT, labelsize=9.5, labelfontfamily=list(families()))
