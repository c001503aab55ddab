"""The sheet a song is drawn on: a figure over a stretch of music, and what every layer asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symmv_tools.dataset.page import palette
from symmv_tools.dataset.page.lettering import families

LEFT, RIGHT = 0.075, 0.985
WIDTH, HEIGHT, DPI = 16.0, 7.0, 100


@dataclass(frozen=True)
class Sheet:
    """A figure of `WIDTH` by `HEIGHT` inches that shows the music from `start` to `end`, in seconds."""

    figure: Figure
    start: float
    end: float

    @property
    def pixels_per_second(self) -> float:
        """How wide a second is."""
        return (RIGHT - LEFT) * WIDTH * DPI / (self.end - self.start)

    def shows(self, time: float, duration: float) -> bool:
        """Whether any of this span is on the sheet."""
        return time < self.end and time + duration > self.start

    def fits(self, text: str, seconds: float, size: float) -> bool:
        """Whether `text` of `size` points has room, with a little air, in a block `seconds` long."""
        return (0.66 * len(text) * size + 3) * DPI / 72 <= seconds * self.pixels_per_second

    def axes(self, bottom: float, height: float) -> Axes:
        """New bare axes over the time of the sheet; `bottom` and `height` are shares of the figure."""
        axes = self.figure.add_axes((LEFT, bottom, RIGHT - LEFT, height), facecolor="none")
        axes.set_xlim(self.start, self.end)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        return axes

    def write(self, x: float, y: float, text: str, **style: Any) -> None:
        """Put `text` at a place of the figure, (0, 0) being bottom left and (1, 1) top right."""
        self.figure.text(x, y, text, **lettered(style))

    def name(self, axes: Axes, text: str) -> None:
        """Write left of `axes` what they show."""
        box = axes.get_position()
        self.write(
            LEFT - 0.008, (box.y0 + box.y1) / 2, text, size=9.5, color=palette.FAINT, ha="right", va="center"
        )


def lettered(style: Mapping[str, Any]) -> dict[str, Any]:
    """`style` for a matplotlib text with our fonts, never read as mathematics: titles hold dollar signs."""
    return {"color": palette.INK, "family": list(families()), "parse_math": False, **style}


def spans(group: Mapping[str, Any]) -> NDArray[np.float64]:
    """Start and duration of everything in a group of the Row, (n, 2); no duration counts as 0."""
    time = np.asarray(group["time"], np.float64)
    duration = np.asarray(group["duration"], np.float64) if "duration" in group else np.zeros_like(time)
    return np.stack([time, duration], axis=1)


def has(group: Mapping[str, Any] | None) -> bool:
    """Whether a group of the Row is there and not empty."""
    return group is not None and len(group["time"]) > 0
