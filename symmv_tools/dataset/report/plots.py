"""The plots of a report: distributions, keys round the circle of fifths, and SymMV's figure 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray

from symmv_tools.dataset.page.lettering import pitch_class, sharps
from symmv_tools.dataset.report.histogram import Histogram, number, percent
from symmv_tools.dataset.report.plot import (
    DASHES,
    HEIGHT,
    INK,
    LINE,
    MARKS,
    SERIES,
    Plot,
    canvas,
    svg_of,
    wheel,
)
from symmv_tools.dataset.report.statistics import Statistics
from symmv_tools.dataset.report.visual_map import VisualMap
from symmv_tools.music.harte import ROOTS, from_symmv, symmv10

FEWEST = 5
"""Fewer songs than these have no distribution to draw."""

_BARS = 48
_FIFTHS = tuple(7 * step % 12 for step in range(12))


def is_spread(histogram: Histogram) -> bool:
    """Whether there is a distribution to draw: enough numbers, and not all much the same."""
    return histogram.count >= FEWEST and int((histogram.counts > 0).sum()) > 2


def plot_histogram(
    histogram: Histogram,
    name: str,
    title: str,
    unit: str,
    *,
    log: bool = False,
    mark: tuple[str, float] | None = None,
) -> Plot:
    """Draw what `histogram` counted, in at most some fifty bars, and its median.

    `mark` names a number of another data set, drawn as a dashed line.
    """
    edges, counts = _joined(histogram)
    middle = [histogram.quantile(share) or 0.0 for share in (0.05, 0.5, 0.95)]
    low, median, high = map(number, middle)
    says = f"Median {median} {unit}; nine of ten between {low} and {high}."
    if mark is not None:
        says += f" Dashed: {mark[0]}, {number(mark[1])}."
    with canvas() as axes:
        axes.stairs(counts, edges, fill=True, color=SERIES[0], linewidth=0)
        axes.axvline(middle[1], color=INK, linewidth=1.2)
        if mark is not None:
            axes.axvline(mark[1], color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        if log:
            axes.set_xscale("log", base=2)
            axes.xaxis.set_major_formatter(FuncFormatter(_fraction))
            axes.xaxis.set_major_locator(LogLocator(base=2, numticks=9))
        axes.set_xlabel(unit)
        axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
        svg = svg_of(axes, name, title, says)
    return Plot(svg, title, says)


def _joined(histogram: Histogram) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The bins from the first to the last that hold anything, neighbours joined to at most `_BARS`."""
    held = np.flatnonzero(histogram.counts)
    first, last = int(held[0]), int(held[-1]) + 1
    wide = -(-(last - first) // _BARS)
    starts = np.arange(first, last, wide)
    stops = np.minimum(starts + wide, len(histogram.counts))
    counts = np.array([histogram.counts[a:b].sum() for a, b in zip(starts, stops, strict=True)], np.int64)
    return histogram.edges[[*starts, int(stops[-1])]], counts


def plot_tempi(found: Statistics, genres: Mapping[str, int]) -> Plot:
    """Figure 3a: the kernel density of tempi per genre, or of all songs if no genre is given."""
    title = "Tempo by genre" if genres else "Tempo of all songs"
    tempi = [found.tempo_of[genre] for genre in genres] or [found.histograms["tempo"]]
    middles = [f"{number(tempo.quantile(0.5) or 0.0)}" for tempo in tempi]
    said = [f"{genre} {middle}" for genre, middle in zip(genres, middles, strict=False)] or middles
    says = f"Median beats per minute: {', '.join(said)}."
    grid = np.linspace(40, 220, 361)
    with canvas() as axes:
        for tempo, i in zip(tempi, genres.values() or [0], strict=True):
            axes.plot(grid, density(tempo, grid), color=SERIES[i], linestyle=(0, DASHES[i]))
        axes.set_ylim(bottom=0)
        axes.set_yticks([])
        axes.set_xlabel("beats per minute")
        svg = svg_of(axes, "tempi", title, says)
    return Plot(svg, title, says, genres, "lines")


def density(histogram: Histogram, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kernel density estimate with Gaussian kernels of Scott's width, each bin taken at its middle.

    Scott, "Multivariate Density Estimation" (1992); never narrower than a bin. (n,) per unit of `grid`.
    """
    centres = (histogram.edges[:-1] + histogram.edges[1:]) / 2
    weights = histogram.counts / histogram.count
    mean = weights @ centres
    spread = float(np.sqrt(weights @ (centres - mean) ** 2))
    width = max(spread * histogram.count**-0.2, float(np.diff(histogram.edges).min()))
    kernels = np.exp(-0.5 * ((grid[:, None] - centres) / width) ** 2) / (width * np.sqrt(2 * np.pi))
    return np.asarray(kernels @ weights, np.float64)


def plot_map(places: VisualMap, genres: Mapping[str, int]) -> Plot:
    """Figure 3b: videos by what is seen in them, each with the mark of its genre."""
    title = "What is seen, by genre"
    says = f"{len(places.genre):,} videos; near each other means that the same is seen in them."
    of = np.array(places.genre, object)
    with canvas(height=HEIGHT * 1.2) as axes:
        for genre, i in genres.items():
            x, y = places.place[of == genre].T
            axes.scatter(x, y, s=13, color=SERIES[i], marker=MARKS[i][0], linewidths=0)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        svg = svg_of(axes, "map", title, says)
    return Plot(svg, title, says, genres, "marks")


def plot_chords(found: Statistics, genres: Mapping[str, int]) -> Plot:
    """Figure 3c: shares of ten telling chords by genre, major keys moved to C and minor keys to A."""
    title = "Chords by genre" if genres else "Chords of all songs"
    groups: list[str | None] = [*genres] or [None]
    chords = found.chords.telling(list(genres)) if genres else _most_frequent(found)
    shares = {group: found.chords.shares(group) for group in groups}
    heights = [[100 * shares[group].get(chord, 0.0) for chord in chords] for group in groups]
    top = ", ".join(f"{_shown(c)} {h:.0f} %" for c, h in zip(chords[:3], heights[0], strict=False))
    says = f"In {'the first genre' if genres else 'all songs'}: {top}."
    width = 0.82 / len(groups)
    with canvas() as axes:
        at = np.arange(len(chords))
        for place, (height, i) in enumerate(zip(heights, genres.values() or [0], strict=True)):
            left = at + (place - (len(groups) - 1) / 2) * width
            axes.bar(left, height, width, color=SERIES[i], linewidth=0)
        axes.set_xticks(at, [_shown(chord) for chord in chords])
        axes.tick_params(axis="x", length=0)
        axes.set_ylabel("% of the chords, keys at C or a")
        svg = svg_of(axes, "chords", title, says)
    return Plot(svg, title, says, genres)


def _most_frequent(found: Statistics, count: int = 10) -> list[str]:
    shares = found.chords.shares(None)
    return sorted(shares, key=lambda chord: (-shares[chord], chord))[:count]


def _shown(chord: str) -> str:
    """A chord of the 12 x 10 in little room: `CM` is C, `F#M7` is F♯M7, `Bo` is B°."""
    name = sharps(chord.removesuffix("M")) if chord.endswith("M") else sharps(chord)
    return name.replace("o", "°")


def plot_tail(found: Statistics) -> Plot:
    """Figure 3d: how often each chord occurs, by rank: as labelled, and reduced to SymMV's 12 x 10."""
    title = "The long tail of chords"
    labels, classes = _ranked(found.chords.labels), _ranked(found.chords.in_classes)
    total = labels.sum()
    same = sum(n for label, n in found.chords.labels.items() if _is_of_classes(label))
    says = (
        f"{len(labels):,} different labels become {len(classes)} of the 120 chords of SymMV; "
        f"{percent(same, total)} of the chords are spelt as one of the 120, and lose nothing."
    )
    with canvas() as axes:
        for counts, i in ((labels, 0), (classes, 1)):
            ranks = np.arange(1, len(counts) + 1)
            axes.plot(ranks, counts, color=SERIES[i], linestyle=(0, DASHES[i]))
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
        axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("rank of the chord")
        axes.set_ylabel("times")
        svg = svg_of(axes, "tail", title, says)
    return Plot(svg, title, says, {"labels as annotated": 0, "reduced to 12 × 10": 1}, "lines")


def _is_of_classes(label: str) -> bool:
    """Whether the reduction to the 12 x 10 keeps all that a label says: it has no bass, no added notes."""
    reduced = symmv10(label)
    _, _, quality = label.partition(":")
    return reduced is not None and from_symmv(reduced).partition(":")[2] == (quality or "maj")


def _ranked(counts: dict[str, int]) -> NDArray[np.int64]:
    return np.array(sorted(counts.values(), reverse=True), np.int64)


def plot_keys(found: Statistics) -> Plot:
    """Draw the hours in each key round the circle of fifths: major keys outside, relative minor inside."""
    title = "Keys"
    hours = _hours_per_key(found)
    total = hours.sum()
    names = [f"{sharps(ROOTS[i % 12])} {'major' if i < 12 else 'minor'}" for i in range(24)]
    percent = 100 * hours / total
    most = ", ".join(f"{names[i]} {percent[i]:.0f} %" for i in np.argsort(-hours)[:3] if hours[i])
    says = f"Most of the time in {most}; {percent[:12].sum():.0f} % in major keys."
    angles = np.arange(12) * np.pi / 6
    with wheel(3.7) as axes:
        tonics = np.array(_FIFTHS)
        for bottom, depth, key, colour, size in (
            (0.66, 0.34, tonics, SERIES[0], 10.0),
            (0.34, 0.24, 12 + (tonics + 9) % 12, SERIES[1], 9.5),
        ):
            _ring(axes, angles, bottom, depth * hours[key] / hours.max(), colour)
            for angle, tonic in zip(angles, key, strict=True):
                name = sharps(ROOTS[tonic % 12])
                where = bottom - 0.06
                axes.text(
                    angle, where, name if tonic < 12 else name.lower(), ha="center", va="center", size=size
                )
        axes.set_ylim(0, 1)
        svg = svg_of(axes, "keys", title, says)
    return Plot(svg, title, says, {"major": 0, "minor": 1})


def _ring(
    axes: Any, angles: NDArray[np.float64], bottom: float, height: NDArray[np.float64], colour: str
) -> None:
    circle = np.linspace(0, 2 * np.pi, 121)
    axes.plot(circle, np.full_like(circle, bottom), color=LINE, linewidth=0.8)
    axes.bar(angles, height, width=0.42, bottom=bottom, color=colour, linewidth=0)


def _hours_per_key(found: Statistics) -> NDArray[np.float64]:
    """(24,) hours in each key by pitch class of the tonic, major first."""
    hours = np.zeros(24)
    for key, seconds in found.keys.items():
        tonic = pitch_class(key)
        if tonic is not None:
            hours[tonic + 12 * key.endswith(":minor")] += seconds / 3600
    return hours


def _thousands(value: float, _position: Any = None) -> str:
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"


def _fraction(value: float, _position: Any = None) -> str:
    """A power of two as people write it: 1/8, 1, 4."""
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"
