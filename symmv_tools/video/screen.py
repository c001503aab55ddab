"""Is this a film, or a photo, slides, lyrics or a visualiser? What V-MusProd and Diff-BGM sorted by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

from symmv_tools.settings import semantic


@dataclass(frozen=True)
class StillnessStatistics:
    """Motion over the whole video; all shares are 0 to 1.

    `still_share` is the share of the time in which nothing moves, `rigid_share` that in which the
    picture only shifts, turns, zooms or fades as a whole, `moving_share` that in which something moves in it:
    no mix of the picture before and the one after, each moved as a whole, comes near it (`video/mix.py`).
    The rest is transitions; `pictures` counts the stretches between them. `picture_area` is the share of the
    frame inside its black bars.

    A pixel's background is the level of brightness, 12 of 255 wide, that it shows most. `constant_area` is
    the share of the picture that hardly ever shows anything else, `background_share` the share of the time in
    which the pixels of the rest show it (their median), and `spread` the share of the rest's columns in
    which something stands before it (in the median picture). A visualiser's pixels show their background
    often, and still there is always something across its whole width; of films, only one of the two holds.
    """

    seconds: float
    still_share: float
    rigid_share: float
    moving_share: float
    pictures: float
    picture_area: float
    constant_area: float
    background_share: float
    spread: float


@dataclass(frozen=True)
class TextStatistics:
    """Text over the whole video; all shares are 0 to 1.

    `fixed_share` is the share of the lines whose letters stand at their place in most pictures (logos,
    banners, what is written on a photo); they count for nothing else here. `text_share` is the share of the
    pictures with other lines, `text_area` the mean share of a picture that those cover, `line_count` and
    `line_height` (share of the picture's height) how many there are and how tall, both the mean where there
    are any. `lyric_share` is the share of the pictures with text that is no subtitle: larger, or higher up.
    It is the median of the video's three thirds, so that a title or the credits do not count.
    """

    text_share: float = 0.0
    fixed_share: float = 0.0
    text_area: float = 0.0
    line_count: float = 0.0
    line_height: float = 0.0
    lyric_share: float = 0.0


@dataclass(frozen=True)
class ScreenStatistics(TextStatistics, StillnessStatistics):
    """All that is known of a screen: see the two classes this one puts together."""


def together(stillness: StillnessStatistics, text: TextStatistics) -> ScreenStatistics:
    """Return both as one."""
    return ScreenStatistics(**asdict(stillness), **asdict(text))


@dataclass(frozen=True)
class ScreenLimits:
    """What a video may be like. All numbers are chosen by us (docs/reference/benchmarks.md, "Screen")."""

    max_lyric_share: float = semantic(
        0.5, "share of the pictures that may hold text other than subtitles, in the median third of the video"
    )
    min_moving_share: float = semantic(0.09, "share of the time in which something must move by itself")
    visualiser_constant_area: float = semantic(
        0.5, "a visualiser: at least this share of the picture never changes,"
    )
    visualiser_background_share: float = semantic(
        0.6, "the rest shows its background for at least this share of the time,"
    )
    visualiser_spread: float = semantic(
        0.6, "and in at least this share of its columns something is before the background"
    )
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
            f"a share of {found.constant_area:.2f} of the picture never changes, and the rest jumps between "
            f"its background ({found.background_share:.2f} of the time) and something else, as bars do",
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
        and found.spread >= limits.visualiser_spread
    )
