"""Stage `screen`: what the static and lyric test measures of a video, and a contact sheet of it.

It refuses nothing: stage `screen_quality` does, so that the contact sheets of what was refused are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import pyarrow as pa

from symmv_tools.errors import BadSettings
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Failed, Frame, Item, Outcome, Reader, Stage, StreamInfo
from symmv_tools.video.screen import ScreenStatistics

SCREEN = pa.struct([(field.name, pa.float64()) for field in fields(ScreenStatistics)])
CONTACT_SHEET = pa.struct([("time", pa.list_(pa.float64())), ("value", pa.list_(pa.binary()))])
"""A handful of small pictures along the video: `value` are JPEG files, `time` seconds."""

TEXT_DETECTOR = "rapidocr-text-detector"
UNKNOWN_SECONDS = 240.0  # a song, where a file does not say how long it is


@dataclass(frozen=True)
class ScreenSettings:
    """How often the test looks. All numbers are chosen by us (docs/reference/benchmarks.md, "Screen")."""

    every_seconds: float = semantic(0.5, "seconds between the pictures that are compared")
    side: int = semantic(320, "pixels on the longer side to which they are scaled down")
    text_pictures: int = semantic(
        32,
        "pictures in which text is looked for; up to twice as many where a file misstates its length",
    )
    text_seconds: float = semantic(1.0, "seconds between them, at least")
    sheet_pictures: int = semantic(12, "pictures on the contact sheet, at most")

    def __post_init__(self) -> None:
        for name in ("every_seconds", "side", "text_pictures", "text_seconds", "sheet_pictures"):
            if not getattr(self, name) > 0:
                raise BadSettings(f"screen.{name} is {getattr(self, name):g}; it must be above 0")


class Equipped(NamedTuple):
    """The settings, and the text detector."""

    settings: ScreenSettings
    detector: Any


class ScreenReader:
    """Follows a video and ends with its statistics and its contact sheet."""

    def __init__(self, info: StreamInfo, equipped: Equipped) -> None:
        from symmv_tools.video.contact_sheet import ContactSheet
        from symmv_tools.video.screentext import TextOnScreen
        from symmv_tools.video.stillness import Stillness

        settings, self._detector = equipped
        self.max_height = max(1, round(settings.side * info.height / max(info.width, info.height)))
        self.every_seconds = settings.every_seconds
        seconds = info.duration or UNKNOWN_SECONDS
        self._text_every = max(settings.text_seconds, seconds / settings.text_pictures)
        self._text_due = 0.0
        self._text_pictures = settings.text_pictures
        self._stillness = Stillness()
        self._text = TextOnScreen()
        self._sheet = ContactSheet(settings.sheet_pictures)

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""
        for frame in frames:
            self._stillness.feed(frame.time, frame.pixels)
            self._sheet.feed(frame.time, frame.pixels)
            if frame.time >= self._text_due:
                self._look_for_text(frame)

    def _look_for_text(self, frame: Frame) -> None:
        from symmv_tools.models.text_detector import text_map

        self._text.feed(frame.pixels, text_map(frame.pixels, self._detector))
        if len(self._text) == 2 * self._text_pictures:  # the video is longer than its file says
            self._text.thin_out()
            self._text_every *= 2
        self._text_due = frame.time + self._text_every

    def finish(self) -> Outcome:
        """Return both columns, or Failed if the video had no frame."""
        from symmv_tools.video.screen import together

        if not self._sheet:
            return Failed("NO_FRAMES", "the video has no frame, so there is nothing on the screen")
        found = together(self._stillness.finish(), self._text.finish())
        return Done({"screen": asdict(found), "contact_sheet": self._sheet.as_group()})


def equip(item: Item, settings: ScreenSettings, context: Context) -> Equipped:
    """Return the settings with the text detector, loaded once per process."""
    from symmv_tools.models.text_detector import load

    return Equipped(settings, load(context.weights[TEXT_DETECTOR], context.threads))


def reader(info: StreamInfo, equipped: Equipped) -> Reader:
    """Return a reader for one video."""
    return ScreenReader(info, equipped)


def needed_checkpoints(settings: ScreenSettings) -> tuple[str, ...]:
    """Return the detector's name."""
    return (TEXT_DETECTOR,)


STAGE = Stage(
    name="screen",
    version="1.3.0",
    makes={"screen": SCREEN, "contact_sheet": CONTACT_SHEET},
    media=("video",),
    settings=ScreenSettings,
    reader=reader,
    equip=equip,
    imports=("av", "cv2", "onnxruntime", "rapidocr"),
    checkpoints=needed_checkpoints,
    about="Statistics of motion and text on the screen, and a contact sheet of the video.",
)
