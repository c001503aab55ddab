"""Music for a video by Diff-BGM: out of noise, eight bars at a time, for what is seen at each beat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools.generate.compose import VELOCITY, Given, Piece, Say, until
from symmv_tools.generate.film import Film
from symmv_tools.generate.joining import Rolls, Stretch, joined, starts
from symmv_tools.generate.painter import Painter
from symmv_tools.generate.plan import Wishes, refuse_length, tempo_and_bars
from symmv_tools.generate.told import Told, told_of
from symmv_tools.models.diffbgm.condition import Condition
from symmv_tools.models.diffbgm.guidance import guided
from symmv_tools.models.diffusion.denoiser import Denoiser, Known
from symmv_tools.models.diffusion.samplers import sample
from symmv_tools.music.quantise import Grid, performed
from symmv_tools.music.rolls import PITCHES, STEPS, as_values, from_values, notes_of
from symmv_tools.training.diffbgm_batches import BEATS
from symmv_tools.training.diffbgm_runs import schedule_of

_STEPS_PER_BEAT = STEPS // BEATS
_STEPS_PER_BAR = 4 * _STEPS_PER_BEAT

Watch = Callable[[str, int, int], None]


def paint(
    painter: Painter,
    film: Film,
    wishes: Wishes,
    given: Given | None = None,
    *,
    say: Say = print,
    watch: Watch | None = None,
) -> list[Piece]:
    """Return `wishes.variants` pieces for a film, in no order: this network cannot say which is likeliest.

    The same run, film, wishes and device give the same music. `say` hears what is missing and done without;
    `watch` how many of how many bars of four have begun.

    Raises BadCall for a film too short or too long.
    """
    refuse_length(film.seconds)
    bpm, bars = tempo_and_bars(film.seconds, film.motion_mean, painter.motion_range, wishes, say)
    if painter.brush.guidance != 1.0 and not painter.settings.drop_condition:
        say("the network never learned to make music for nothing (drop_condition = 0): guidance means little")
    grid, overlap = bars.as_grid(bpm), painter.brush.overlap_bars * _STEPS_PER_BAR
    *_, last = starts(bars.steps, overlap)
    beats = (last + STEPS) // _STEPS_PER_BEAT
    told = told_of(painter.widths, film, given or Given(), grid, beats, say)
    strokes = _Strokes(painter, told, wishes, bars.steps, watch)
    rolls = joined(strokes, wishes.variants, bars.steps, overlap)
    return [_piece(roll, grid, bpm, wishes, film.seconds) for roll in rolls]


class _Strokes:
    """Paints one stretch after the other, all pieces at once."""

    def __init__(
        self, painter: Painter, told: Told | None, wishes: Wishes, steps: int, watch: Watch | None
    ) -> None:
        self._painter, self._told, self._pieces = painter, told, wishes.variants
        self._chance = torch.Generator(painter.device).manual_seed(wishes.seed)
        self._bars, self._watch = -(-steps // _STEPS_PER_BAR), watch

    def __call__(self, stretch: Stretch) -> Rolls:
        """Return the rolls of a stretch."""
        if self._watch is not None:
            self._watch("music", stretch.first // _STEPS_PER_BAR + 1, self._bars)
        settings, brush, device = self._painter.settings, self._painter.brush, self._painter.device
        denoiser = Denoiser(
            guided(self._painter.network, self._condition(stretch.first), brush.guidance),
            schedule_of(settings),
            settings.objective,
            known=self._known(stretch.given),
            bounds=(settings.silence, 1.0),
        )
        noise = torch.randn((self._pieces, 2, STEPS, PITCHES), generator=self._chance, device=device)
        values = sample(
            denoiser,
            noise,
            sampler=brush.sampler,
            steps=brush.steps,
            rounds=brush.rounds,
            chance=self._chance,
        )
        return from_values(values.cpu().numpy(), settings.silence)

    def _condition(self, first: int) -> Condition | None:
        """What the stretch is made for, the same for all pieces."""
        if self._told is None:
            return None
        parts = self._told.part(first // _STEPS_PER_BEAT, BEATS)
        tensors = {name: torch.from_numpy(part).to(self._painter.device) for name, part in parts.items()}
        each = {name: part.expand(self._pieces, *part.shape) for name, part in tensors.items()}
        return Condition(torch.ones(self._pieces, dtype=torch.bool, device=self._painter.device), **each)

    def _known(self, given: Rolls) -> Known | None:
        length = given.shape[2]
        if length == 0:
            return None
        value = np.zeros((self._pieces, 2, STEPS, PITCHES), bool)
        value[:, :, :length] = given
        is_known = torch.arange(STEPS, device=self._painter.device) < length
        values = torch.from_numpy(as_values(value, self._painter.settings.silence))
        return Known(values.to(self._painter.device), is_known[:, None])


def _piece(roll: NDArray[np.bool_], grid: Grid, bpm: float, wishes: Wishes, seconds: float) -> Piece:
    notes = performed(notes_of(roll, VELOCITY["music"], "music"), grid)
    nothing = {"time": np.zeros(0), "duration": np.zeros(0), "value": []}
    return Piece(until(notes, seconds), nothing, bpm, wishes.beats_per_bar, seconds, None, None)
