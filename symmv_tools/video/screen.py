"""Is this a film, or a photo, slides, lyrics or a visualiser? What V-MusProd and Diff-BGM sorted by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

from symmv_tools.settings import semantic
from symmv_tools.video.screentext import TextStatistics
from symmv_tools.video.stillness import StillnessStatistics


@dataclass(frozen=True)
class ScreenStatistics(TextStatistics, StillnessStatistics):
    """All that is known of a screen: see the two classes this one puts together."""


def together(stillness: StillnessStatistics, text: TextStatistics) -> ScreenStatistics:
    """Return both as one."""
    return ScreenStatistics(**asdict(stillness), **asdict(text))


@dataclass(frozen=True)
class ScreenLimits:
    """What a video may be like."""

    max_lyric_share: float = semantic(
        0.5, "share of the pictures that may hold text other than subtitles, in the median third of the video"
    )
    min_moving_share: float = semantic(0.06, "share of the time that must be in sustained motion")
    visualiser_constant_area: float = semantic(
        0.5, "a visualiser: at least this share of the picture never changes,"
    )
    visualiser_background_share: float = semantic(
        0.5, "the rest shows its background for at least this share of the time,"
    )
    visualiser_persistence: float = semantic(0.3, "and what it shows is forgotten this fast (-1 to 1)")
    min_picture_area: float = semantic(0.2, "share of the frame that must be picture, not black bars")


class Refusal(NamedTuple):
    """Why a video is refused: `code` is a constant, `message` names the value and its limit."""

    code: str
    message: str


def refusal(found: ScreenStatistics, limits: ScreenLimits) -> Refusal | None:
    """Return why a video is refused, or None if it may stay."""
    if found.lyric_share > limits.max_lyric_share:
        return Refusal(
            "LYRIC_VIDEO",
            f"a share of {found.lyric_share:.2f} of the pictures holds text larger or higher than subtitles; "
            f"at most {limits.max_lyric_share:.2f} may",
        )
    if found.moving_share < limits.min_moving_share:
        return _without_motion(found, limits)
    if _is_visualiser(found, limits):
        return Refusal(
            "VISUALISER",
            f"a share of {found.constant_area:.2f} of the picture never changes, and the rest jumps between its "
            f"background ({found.background_share:.2f} of the time) and something else, like bars or waves",
        )
    if found.picture_area < limits.min_picture_area:
        return Refusal(
            "BLACK_BARS",
            f"the picture fills a share of {found.picture_area:.2f} of the frame, the rest is black; "
            f"at least {limits.min_picture_area:.2f} is asked",
        )
    return None


def _without_motion(found: ScreenStatistics, limits: ScreenLimits) -> Refusal:
    said = (
        f"in a share of {found.moving_share:.2f} of the time something moves by itself; "
        f"at least {limits.min_moving_share:.2f} is asked"
    )
    if found.pictures > 1:
        return Refusal("SLIDESHOW", f"about {found.pictures:.0f} pictures one after the other: {said}")
    zoomed = ", slowly zoomed or moved" if found.rigid_share > 0.1 else ""
    return Refusal("STATIC", f"one picture{zoomed}: {said}")


def _is_visualiser(found: ScreenStatistics, limits: ScreenLimits) -> bool:
    return (
        found.constant_area >= limits.visualiser_constant_area
        and found.background_share >= limits.visualiser_background_share
        and found.persistence <= limits.visualiser_persistence
    )
