"""How fast the music goes, how many bars it has, and which notes its key has."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.models.vmusprod.sampling import Choice, check
from symmv_tools.music.harte import pitch_class
from symmv_tools.music.keys import KEYS
from symmv_tools.music.tokens.clock import Bars, steady_bars
from symmv_tools.music.tokens.vocabulary import MOST_BEATS, USUAL_BEATS
from symmv_tools.video.motion import FASTEST_BPM, SLOWEST_BPM, tempo_of_motion

USUAL_BPM = (SLOWEST_BPM + FASTEST_BPM) / 2
"""The tempo where neither a person nor the video says one: the middle of the paper's range."""

_SLOWEST, _FASTEST = 30.0, 240.0  # the slowest and the fastest that have words of their own
_STRETCH = 0.1  # of the tempo: what whole bars may cost
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


@dataclass(frozen=True)
class Wishes:
    """What a person wants of the music.

    `tempo` in beats per minute, None for what the video says; `key` such as `A:minor` (the natural one), None
    for any; `choices` how each attribute is drawn. Raises BadSettings for what cannot be.
    """

    tempo: float | None = None
    key: str | None = None
    beats_per_bar: int = USUAL_BEATS
    variants: int = 1
    seed: int = 0
    choices: dict[str, Choice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tempo is not None and not _SLOWEST <= self.tempo <= _FASTEST:
            raise BadSettings(f"the tempo must lie in {_SLOWEST:g} to {_FASTEST:g} BPM; got {self.tempo:g}")
        if not 1 <= self.beats_per_bar <= MOST_BEATS:
            raise BadSettings(f"bars have 1 to {MOST_BEATS} beats; got {self.beats_per_bar}")
        if self.variants < 1:
            raise BadSettings(f"there must be one variant at least; got {self.variants}")
        try:
            check(self.choices)
        except ValueError as why:
            raise BadSettings(str(why)) from why
        if self.key is not None:
            key_of(self.key)


def key_of(name: str) -> str:
    """Return the key as `music.keys.KEYS` spells it; BadSettings if it is none."""
    found = re.fullmatch("([A-G][#b]*):(major|minor)", name)
    if found is None:
        raise BadSettings(f"{name!r} is no key", "say it as C:major or F#:minor")
    return KEYS[pitch_class(found[1]) + (12 if found[2] == "minor" else 0)]


def scale_of(key: str) -> set[int]:
    """Return the pitch classes of a key of `KEYS`, minor being natural."""
    number = KEYS.index(key)
    return {(number + step) % 12 for step in _SCALES[key.partition(":")[2]]}


def planned(seconds: float, bpm: float, beats: int, *, is_exact: bool) -> tuple[float, Bars]:
    """Return the tempo and the bars of music for so many seconds.

    Unless the tempo `is_exact`, it changes by up to a tenth so that the last bar ends with the video; where
    that is not enough, and where the tempo is exact, the last bar goes on beyond the end.
    """
    wanted = seconds * bpm / 60.0 / beats
    whole = max(1, round(wanted))
    if not is_exact and abs(whole / wanted - 1.0) <= _STRETCH:
        return bpm * whole / wanted, steady_bars(whole, beats)
    return bpm, steady_bars(max(1, math.ceil(wanted - 1e-6)), beats)


def tempo_and_bars(
    seconds: float,
    motion_mean: float | None,
    motion_range: tuple[float, float] | None,
    wishes: Wishes,
    say: Callable[[str], None],
) -> tuple[float, Bars]:
    """Return the tempo that a person wishes, or a video's motion maps to, and the bars of so many seconds.

    `say` hears it if neither says a tempo.
    """
    asked = wishes.tempo or tempo_for(motion_mean, motion_range)
    if asked is None:
        what = "know no range of motion" if motion_range is None else "get no motion from so short a video"
        say(f"the networks {what}: the tempo is {USUAL_BPM:g} BPM; --tempo says another")
    is_exact = wishes.tempo is not None
    return planned(seconds, asked or USUAL_BPM, wishes.beats_per_bar, is_exact=is_exact)


def tempo_for(mean: float | None, motion_range: tuple[float, float] | None) -> float | None:
    """Return the tempo of a video's motion by the range that the networks know; None if one is missing."""
    if mean is None or motion_range is None:
        return None
    return tempo_of_motion(mean, *motion_range)


def refuse_length(seconds: float) -> None:
    """Raise BadCall for what is no length of music."""
    if not (math.isfinite(seconds) and 0.1 <= seconds <= 4 * 3600):
        raise BadCall(f"music can be made for 0.1 seconds to 4 hours; got {seconds:g} s")
