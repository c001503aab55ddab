"""One picture of a song: shots, chords, bars and notes over time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from symmv_tools.dataset.page import palette
from symmv_tools.dataset.page.layers import draw_beats, draw_chords, draw_notes, draw_shots
from symmv_tools.dataset.page.lettering import clock, cut, drawable, families, is_legible, key_name
from symmv_tools.dataset.page.sheet import DPI, HEIGHT, RIGHT, WIDTH, Sheet, has, lettered, spans
from symmv_tools.errors import BadCall

_MARGIN = 0.015
_FACT_WIDTH = 0.105


def draw_song(
    row: Mapping[str, Any], path: Path | None = None, *, seconds: tuple[float, float] | None = None
) -> Figure:
    """Draw one Row, or its `seconds` (from, to) only, and save it if `path` is given (.png or .svg).

    Top to bottom: title, key, tempo and length; the shots of the video, moved to music time by
    `audio_video_offset`; the chords, coloured by root round the circle of fifths; the notes,
    melody in vermilion and the rest in blue, paler where softer, over beats and numbered bars.
    What a row lacks is not drawn, and names that have no room are left out. The picture is
    1600 by 700 pixels.

    Raises BadCall if `seconds` is no stretch of time, or `path` no kind of picture that we know.
    """
    start, end = seconds or (0.0, end_of_music(row))
    if not 0.0 < end - start < float("inf"):
        raise BadCall(f"cannot draw from {start} s to {end} s", "the second number must be the larger one")
    sheet = Sheet(Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor=palette.PAPER), start, end)
    _draw_heading(sheet, row)
    top = 0.86
    if has(row.get("shot")):
        top -= 0.062
        draw_shots(sheet, sheet.axes(top, 0.05), row["shot"], -_offset(row))
    if has(row.get("chord")):
        top -= 0.062
        draw_chords(sheet, sheet.axes(top, 0.05), row["chord"])
    _draw_roll(sheet, sheet.axes(0.085, top - 0.035 - 0.085), row)
    if path is not None:
        _save(sheet.figure, path)
    return sheet.figure


def _save(figure: Figure, path: Path) -> None:
    kind = path.suffix.lower()
    if kind not in (".png", ".svg"):
        raise BadCall(f"cannot draw {path.name}: its ending is {kind!r}", "name it .png or .svg")
    # Without salt and date the same song would be other bytes every time.
    with matplotlib.rc_context({"svg.hashsalt": "symmv"}):
        figure.savefig(path, metadata={"Date": None} if kind == ".svg" else None)


def _offset(row: Mapping[str, Any]) -> float:
    return float(row.get("audio_video_offset") or 0.0)


def end_of_music(row: Mapping[str, Any]) -> float:
    """When the music ends, in seconds: by the row's duration, else by the last thing in it."""
    if row.get("duration"):
        return float(row["duration"])
    ends = [
        float(spans(row[name]).sum(axis=1).max())
        for name in ("note_midi", "chord", "beat")
        if has(row.get(name))
    ]
    if has(row.get("shot")):
        ends.append(float(spans(row["shot"]).sum(axis=1).max()) - _offset(row))
    return max(ends, default=0.0) or 1.0


def _draw_heading(sheet: Sheet, row: Mapping[str, Any]) -> None:
    song_id = drawable(str(row.get("song_id") or ""))
    title = drawable(row.get("title") or "")
    artist = drawable(row.get("artist") or "", 80)
    if not is_legible(title):
        title, song_id = song_id, ""
    facts = _facts(row)
    for i, (label, value) in enumerate(reversed(facts)):
        x = RIGHT - _FACT_WIDTH * i
        sheet.write(x, 0.933, value, size=15, weight="bold", ha="right")
        sheet.write(x, 0.9, label, size=9.5, color=palette.FAINT, ha="right")
    room = (RIGHT - _MARGIN - _FACT_WIDTH * len(facts)) * WIDTH * 72
    below = "  ·  ".join(filter(None, (artist if is_legible(artist) else "", song_id)))
    sheet.write(_MARGIN, 0.933, cut(title, 21, room), size=21, weight="bold")
    sheet.write(_MARGIN, 0.895, cut(below, 11.5, room), size=11.5, color=palette.FAINT)


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the heading tells on the right: (name, value)."""
    facts = []
    if has(row.get("key_mode")):
        keys = list(dict.fromkeys(map(key_name, row["key_mode"]["value"])))
        facts.append(("key", keys[0] + (f" +{len(keys) - 1}" if keys[1:] else "")))
    if row.get("tempo_global"):
        facts.append(("beats per minute", f"{row['tempo_global']:.0f}"))
    if row.get("duration"):
        facts.append(("minutes", clock(row["duration"])))
    return facts


def _draw_roll(sheet: Sheet, axes: Axes, row: Mapping[str, Any]) -> None:
    if has(row.get("note_midi")):
        draw_notes(sheet, axes, row["note_midi"])
    else:
        words = "no notes" if row.get("note_midi") is not None else "not transcribed"
        style = lettered({"size": 16, "color": palette.FAINT, "ha": "center", "va": "center"})
        axes.text(0.5, 0.5, words, transform=axes.transAxes, **style)
    if has(row.get("beat")):
        draw_beats(sheet, axes, row["beat"])
    axes.spines["bottom"].set(visible=True, color=palette.FAINT, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 3, 5, 6, 10], integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(clock))
    axes.tick_params(axis="x", colors=palette.FAINT, labelsize=9.5, labelfontfamily=list(families()))
