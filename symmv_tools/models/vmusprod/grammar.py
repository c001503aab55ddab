"""What may follow what in a sequence of compound events, as masks over B sequences at once.

The rules are those that `music.tokens.encode` keeps, so whatever is drawn under them is well formed: bars
begin in order and as long as they are to be, positions in a bar rise, something happens at each of them, on
one position pitches rise, every bar says its chord, and END comes in the last bar.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import torch
from torch import Tensor

from symmv_tools.music import harte
from symmv_tools.music.tokens.clock import Bars, timing
from symmv_tools.music.tokens.vocabulary import (
    ATTRIBUTES,
    BAR_BEAT,
    CHORD,
    CLASSES,
    END,
    MOST_BEATS,
    NO_QUALITY,
    NO_ROOT,
    NOTE,
    PAD,
    PITCH,
    QUALITIES,
    RHYTHM,
    START,
    TYPE,
)

LOWEST, HIGHEST = 21, 108
"""The piano's pitches."""


class Place(NamedTuple):
    """Where B sequences stand: the last event (B, 6), its beat (B,) and its bar (B,), -1 before the first."""

    last: Tensor
    bar: Tensor
    beat: Tensor

    @property
    def has_ended(self) -> Tensor:
        """Which sequences have said END, (B,); after it there is padding."""
        return (self.last[:, TYPE] == END) | (self.last[:, TYPE] == PAD)


class Grammar:
    """The rules for a sequence that fills `bars` and says chords or notes (`says`: CHORD or NOTE).

    `scale` are the pitch classes that notes, and the notes of chords, may have; None allows all. Masks are
    True for what may be said; class 0 alone is where a sequence has no choice at all.

    Raises ValueError without bars, and for a scale that is empty or not of 0 to 11.
    """

    def __init__(
        self, bars: Bars, says: int, scale: Collection[int] | None = None, device: torch.device | str = "cpu"
    ) -> None:
        if len(bars) == 0:
            raise ValueError("there must be one bar at least")
        if scale is not None and (not scale or not set(scale) <= set(range(12))):
            raise ValueError(f"a scale is of pitch classes 0 to 11, one at least; got {sorted(scale)}")
        self.count, self.says, self._device = len(bars), says, device
        self._bars = bars
        self._start = torch.from_numpy(bars.start - bars.start[0]).to(device)
        self._beats = torch.from_numpy(bars.beats).to(device)
        self._pitches = _pitches(scale).to(device)
        self._highest = int(self._pitches.nonzero().max())
        self._chords = _chords(scale).to(device)
        self._timing = torch.from_numpy(timing(0, range(bars.steps), bars)).to(device)

    def start(self, batch: int) -> Place:
        """Return the place of sequences that have only START."""
        last = torch.zeros(batch, len(ATTRIBUTES), dtype=torch.int64, device=self._device)
        last[:, TYPE] = START
        return Place(last, last.new_full((batch,), -1), last.new_zeros(batch))

    def after(self, event: Tensor, place: Place) -> Place:
        """Return the place after `event` (B, 6) has been said at `place`."""
        word = torch.where(event[:, TYPE] == RHYTHM, event[:, BAR_BEAT], 0)
        begins = (word >= 1) & (word <= MOST_BEATS)
        beat = torch.where(word > MOST_BEATS, word - MOST_BEATS, place.beat)
        return Place(event, place.bar + begins, torch.where(begins, 0, beat))

    def timing(self, place: Place) -> Tensor:
        """Return the classes of the Timing Encoding at `place`, (B,)."""
        found: Tensor = self._timing[self._start[place.bar.clamp(min=0)] + place.beat]
        return found

    def types(self, place: Place) -> Tensor:
        """Return which types may follow, (B, classes)."""
        kind = place.last[:, TYPE]
        leads = (kind == RHYTHM) & (place.beat > 0)  # something must happen at this position
        if self.says == CHORD:
            leads = kind == RHYTHM
        is_last = place.bar == self.count - 1
        mask = kind.new_zeros(len(kind), CLASSES["type"], dtype=torch.bool)
        mask[:, RHYTHM] = ~leads & (~is_last | (place.beat < self._steps(place) - 1))
        mask[:, END] = ~leads & is_last
        can_rise = (kind == NOTE) & (place.last[:, PITCH] < self._highest)
        mask[:, self.says] = (kind == RHYTHM) | (can_rise if self.says == NOTE else False)
        return _nothing_else(mask, place)

    def bar_beat(self, place: Place) -> Tensor:
        """Return which words of BarBeat a Rhythm event may have: the next bar, or a later position."""
        word = torch.arange(CLASSES["bar_beat"], device=self._device)
        position = word - MOST_BEATS
        has_begun = place.bar[:, None] >= 0
        later = has_begun & (position > place.beat[:, None]) & (position < self._steps(place)[:, None])
        following = (place.bar + 1).clamp(max=self.count - 1)
        opens = (word == self._beats[following][:, None]) & (place.bar[:, None] < self.count - 1)
        return _nothing_else(torch.where(position > 0, later, opens), place)

    def pitch(self, place: Place) -> Tensor:
        """Return which pitches a Note event may have: higher ones than the note before it on its position."""
        before = torch.where(place.last[:, TYPE] == NOTE, place.last[:, PITCH], 0)
        higher = torch.arange(CLASSES["pitch"], device=self._device) > before[:, None]
        return _nothing_else(higher & self._pitches, place)

    def duration(self, place: Place) -> Tensor:
        """Return which durations a Note event may have: until the end of the last bar."""
        left = self._start[-1] - self._start[place.bar.clamp(min=0)] - place.beat
        steps = torch.arange(CLASSES["duration"], device=self._device)
        return _nothing_else((steps >= 1) & (steps <= left[:, None]), place)

    def root(self, place: Place) -> Tensor:
        """Return which roots a Chord event may have."""
        return _nothing_else(self._chords.any(dim=1).expand(len(place.bar), -1).clone(), place)

    def quality(self, place: Place, root: Tensor) -> Tensor:
        """Return which qualities a Chord event may have on `root` (B,)."""
        return _nothing_else(self._chords[root], place)

    def _steps(self, place: Place) -> Tensor:
        bar = place.bar.clamp(min=0)
        return self._start[bar + 1] - self._start[bar]


def _nothing_else(mask: Tensor, place: Place) -> Tensor:
    """The mask with class 0 where nothing may be said, or everything has been."""
    mask[place.has_ended] = False
    mask[:, 0] = ~mask[:, 1:].any(dim=1)
    return mask


def _pitches(scale: Collection[int] | None) -> Tensor:
    """(classes,): the piano's pitches of the scale."""
    mask = torch.zeros(CLASSES["pitch"], dtype=torch.bool)
    for pitch in range(LOWEST, HIGHEST + 1):
        mask[pitch + 1] = scale is None or pitch % 12 in scale
    return mask


def _chords(scale: Collection[int] | None) -> Tensor:
    """(roots, qualities): chords whose notes are all of the scale, and no chord."""
    mask = torch.zeros(CLASSES["root"], CLASSES["quality"], dtype=torch.bool)
    mask[NO_ROOT, NO_QUALITY] = True
    for quality, name in enumerate(QUALITIES, start=1):
        for root in range(12):
            notes = {(root + step) % 12 for step in harte.QUALITIES[name]}
            mask[root + 1, quality] = scale is None or notes <= set(scale)
    return mask
