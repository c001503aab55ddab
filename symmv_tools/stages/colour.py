"""Stage `colour`: HistoGAN's colour histogram along the video, and its main colours for reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.settings import semantic
from symmv_tools.stage import Done, Failed, Frame, Outcome, Reader, Stage, StreamInfo

PALETTE = pa.struct(
    [
        ("time", pa.list_(pa.float64())),
        ("value", pa.list_(pa.string())),
        ("share", pa.list_(pa.float32())),
    ]
)
"""Main colours: each time stands once per colour, the most frequent first; `value` is `#rrggbb`."""


@dataclass(frozen=True)
class ColourSettings:
    """How colours are seen. V-MusProd gives none of these numbers; see `video/colour.py` for HistoGAN's."""

    every_seconds: float = semantic(0.5, "seconds between histograms; the picture in view counts")
    blocks: int = semantic(
        16,
        "side of the stored map: HistoGAN's 64 x 64 bins are summed in squares; 64 keeps all, 24 kB a sample",
        choices=(8, 16, 32, 64),
    )
    palette_seconds: float = semantic(2.0, "seconds between palettes")
    palette_colours: int = semantic(5, "colours in a palette, at most")
    height: int = semantic(90, "pixels in height to which frames are scaled down")

    def __post_init__(self) -> None:
        for name in ("every_seconds", "palette_seconds", "palette_colours", "height"):
            if not getattr(self, name) > 0:
                raise BadSettings(f"colour.{name} is {getattr(self, name):g}; it must be above 0")


class ColourReader:
    """Follows a video and ends with its histograms and palettes."""

    is_sampled = True

    def __init__(self, settings: ColourSettings) -> None:
        self.max_height = settings.height
        self.every_seconds = min(settings.every_seconds, settings.palette_seconds)
        self._settings = settings
        self._times: list[float] = []
        self._maps: list[NDArray[np.float16]] = []
        self._thumbs: list[NDArray[np.uint8]] = []

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        from symmv_tools.video.colour import on_grid, uv_histogram

        for frame in frames:
            pixels = on_grid(frame.pixels)
            self._times.append(frame.time)
            self._maps.append(uv_histogram(pixels, self._settings.blocks).ravel().astype(np.float16))
            self._thumbs.append(pixels[::2, ::2].copy())  # 1,024 pixels are plenty for five colours

    def finish(self) -> Outcome:
        """Return both columns, or Failed if the video had no frame."""
        from symmv_tools.video.in_view import at_even_times

        if not self._times:
            return Failed("NO_FRAMES", "the video has no frame, so it has no colours")
        every = self._settings.every_seconds
        shown = at_even_times(np.array(self._times), every)
        features = {"start": 0.0, "rate": 1.0 / every, "value": [self._maps[i] for i in shown]}
        return Done({"features_colour": features, "palette": self._palette()})

    def _palette(self) -> dict[str, list[float] | list[str]]:
        from symmv_tools.video.colour import palette_of
        from symmv_tools.video.in_view import at_even_times

        time: list[float] = []
        value: list[str] = []
        share: list[float] = []
        every = self._settings.palette_seconds
        for k, i in enumerate(at_even_times(np.array(self._times), every)):
            found = palette_of(self._thumbs[i], self._settings.palette_colours)
            time += [k * every] * len(found.share)
            value += found.as_hex()
            share += found.share.tolist()
        return {"time": time, "value": value, "share": share}


def reader(info: StreamInfo, settings: ColourSettings) -> Reader:
    """Return a reader for one video."""
    return ColourReader(settings)


STAGE = Stage(
    name="colour",
    version="1.0.0",
    makes={"features_colour": row.FEATURES, "palette": PALETTE},
    media=("video",),
    settings=ColourSettings,
    reader=reader,
    imports=("av",),
    about="HistoGAN colour histograms along the video, and its main colours.",
)
