"""Video to chords, chords to melody, both to accompaniment: pieces of music, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from symmv_tools.dataset.segments import means
from symmv_tools.generate.film import Film
from symmv_tools.generate.plan import Wishes, key_of, planned, refuse_length, scale_of, tempo_and_bars
from symmv_tools.generate.runs import Band, Player
from symmv_tools.models.vmusprod.grammar import Grammar
from symmv_tools.models.vmusprod.network import reads_source
from symmv_tools.models.vmusprod.sampling import sample
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.quantise import Quantised, performed, quantise
from symmv_tools.music.tokens.clock import Bars, timing
from symmv_tools.music.tokens.decode import Decoded, decode
from symmv_tools.music.tokens.encode import encode, merged
from symmv_tools.music.tokens.harmony import Harmony, harmony_of
from symmv_tools.music.tokens.vocabulary import CHORD, NOTE, tempo_class
from symmv_tools.training.loop import on_device
from symmv_tools.training.musprod_batches import padded_features, side_by_side

VELOCITY = {"melody": 92, "accompaniment": 68, "music": 80}
"""How loud the tracks are: tokens know nothing of it, and a melody that is not above the rest is lost."""

Say = Callable[[str], None]


class Given(NamedTuple):
    """What is not to be made up: chords as the Row's group, notes of the melody; both in seconds."""

    chords: Mapping[str, Any] | None = None
    melody: Notes | None = None


class Piece(NamedTuple):
    """One piece of music of `seconds`, on a steady grid from 0 s.

    `chords` is a group as in the Row. `key` is the one asked for, else None. `log_likelihood` is the mean of
    what each network gives to its own part, in nats per event: pieces are ranked by it. It is None where a
    network cannot tell.
    """

    notes: Notes
    chords: dict[str, Any]
    tempo: float
    beats_per_bar: int
    seconds: float
    key: str | None
    log_likelihood: float | None

    def merged(self) -> Piece:
        """Return the piece with all notes on one track, as metrics want it; of twins the longer remains."""
        bars = planned(self.seconds, self.tempo, self.beats_per_bar, is_exact=True)[1]
        grid = bars.as_grid(self.tempo)
        return self._replace(notes=until(performed(merged(quantise(self.notes, grid)), grid), self.seconds))


class _Draft(NamedTuple):
    """A piece in the making, in steps."""

    chords: Harmony | None = None
    tracks: dict[str, Quantised] = {}  # noqa: RUF012 - never changed
    likelihoods: tuple[float, ...] = ()


def generate(
    band: Band,
    film: Film,
    wishes: Wishes,
    given: Given | None = None,
    *,
    say: Say = print,
    watch: Callable[[str, int, int], None] | None = None,
) -> list[Piece]:
    """Return `wishes.variants` pieces for a film, the likeliest first.

    The same runs, film, wishes and device give the same music. `say` hears what is missing and done without;
    `watch` the stage, and how many of how many bars have begun.

    Raises BadCall for a film too short or too long.
    """
    refuse_length(film.seconds)
    given = given or Given()
    bpm, bars = tempo_and_bars(film.seconds, film.motion_mean, band.motion_range, wishes, say)
    chance = torch.Generator(band.device).manual_seed(wishes.seed)
    writer = _Writer(band, film, wishes, bpm, bars, chance, say, watch)
    drafts = [_Draft()] * wishes.variants
    for stage, player in band.players.items():
        drafts = writer.given(stage, drafts, given) or writer.written(stage, player, drafts)
    pieces = [writer.piece(draft) for draft in drafts]
    return sorted(pieces, key=lambda piece: -(piece.log_likelihood or 0.0))


class _Writer:
    """Adds the part of one stage after the other to all drafts at once."""

    def __init__(
        self,
        band: Band,
        film: Film,
        wishes: Wishes,
        bpm: float,
        bars: Bars,
        chance: torch.Generator,
        say: Say,
        watch: Callable[[str, int, int], None] | None,
    ) -> None:
        self._band, self._film, self._wishes, self._chance = band, film, wishes, chance
        self._bpm, self._bars, self._grid = bpm, bars, bars.as_grid(bpm)
        self._key = None if wishes.key is None else key_of(wishes.key)
        self._say, self._watch = say, watch

    def given(self, stage: str, drafts: list[_Draft], given: Given) -> list[_Draft] | None:
        """Return the drafts with what a person gave for a stage; None if nothing was given."""
        if stage == "chord" and given.chords is not None:
            group = given.chords
            time, duration = (np.asarray(group[part], np.float64) for part in ("time", "duration"))
            harmony = harmony_of(time, duration, group["value"], self._grid, self._bars)
            return [draft._replace(chords=harmony) for draft in drafts]
        if stage == "melody" and given.melody is not None:
            melody = merged(quantise(given.melody, self._grid), track="melody")
            return [draft._replace(tracks={**draft.tracks, "melody": melody}) for draft in drafts]
        return None

    def written(self, stage: str, player: Player, drafts: list[_Draft]) -> list[_Draft]:
        """Return the drafts with what the network of a stage draws."""
        reads = reads_source(stage, player.settings)
        says = CHORD if stage == "chord" else NOTE
        scale = None if self._key is None else scale_of(self._key)
        drawn = sample(
            player.network,
            self._sources(drafts) if reads else self._seen(player),
            Grammar(self._bars, says, scale, self._band.device),
            tempo_class(self._bpm),
            variants=1 if reads else len(drafts),
            choices=self._wishes.choices,
            chance=self._chance,
            watch=self._watching(stage),
        )
        parts = [decode(event, velocity=VELOCITY.get(stage, 80), track=stage) for event in drawn.events]
        return [
            _with_part(draft, stage, part, float(likelihood))
            for draft, part, likelihood in zip(drafts, parts, drawn.log_likelihood, strict=True)
        ]

    def piece(self, draft: _Draft) -> Piece:
        """Return a draft in seconds, until the end of the film."""
        return Piece(
            until(
                _together([performed(_damped(track), self._grid) for track in draft.tracks.values()]),
                self._film.seconds,
            ),
            self._labels(draft.chords),
            self._bpm,
            self._wishes.beats_per_bar,
            self._film.seconds,
            self._key,
            float(np.mean(draft.likelihoods)) if draft.likelihoods else 0.0,
        )

    def _sources(self, drafts: list[_Draft]) -> Any:
        """What the encoders read: each draft's chords, with its melody if there is one."""
        said = [encode(self._bars, chords=d.chords, notes=d.tracks.get("melody")) for d in drafts]
        when = [timing(tokens.bar, tokens.beat, self._bars) for tokens in said]
        batch = side_by_side(list(zip(said, when, strict=True)), [self._bpm] * len(said))
        return on_device(batch, self._band.device)

    def _seen(self, player: Player) -> Any:
        """The film as a network sees it: means over equal parts of the music, as in training."""
        widths = Band({player.settings.stage: player}, None, self._band.device).widths
        for name in widths.keys() - self._film.features.keys():
            self._say(f"the network of {player.settings.stage} hears this video without {name} features")
        every = player.settings.feature_seconds
        end = float(self._grid.seconds_at(self._bars.steps))
        edges = every * np.arange(max(1, int(np.ceil(end / every))) + 1, dtype=np.float64)
        found = {
            name: means(values, edges).astype(np.float32) for name, values in self._film.features.items()
        }
        features = {name: padded_features([found.get(name)], width) for name, width in widths.items()}
        return on_device(features, self._band.device)

    def _labels(self, chords: Harmony | None) -> dict[str, Any]:
        if chords is None:
            return {"time": np.zeros(0), "duration": np.zeros(0), "value": []}
        border = np.minimum(
            self._grid.seconds_at(np.append(chords.step, self._bars.steps)), self._film.seconds
        )
        is_heard = np.diff(border) > 0
        value = [label for label, heard in zip(chords.label, is_heard, strict=True) if heard]
        return {"time": border[:-1][is_heard], "duration": np.diff(border)[is_heard], "value": value}

    def _watching(self, stage: str) -> Callable[[int], None] | None:
        watch = self._watch
        return None if watch is None else lambda bar: watch(stage, bar, len(self._bars))


def _with_part(draft: _Draft, stage: str, part: Decoded, likelihood: float) -> _Draft:
    likelihoods = (*draft.likelihoods, likelihood)
    if stage == "chord":
        return draft._replace(chords=part.chords, likelihoods=likelihoods)
    return draft._replace(tracks={**draft.tracks, stage: part.notes}, likelihoods=likelihoods)


def _damped(notes: Quantised) -> Quantised:
    """The notes, each ended where its pitch is struck again: a MIDI channel cannot say it otherwise."""
    order = np.lexsort((notes.step, notes.pitch))
    duration = notes.duration.copy()
    again = np.diff(notes.pitch[order].astype(int)) == 0
    until = np.diff(notes.step[order])
    duration[order[:-1][again]] = np.minimum(duration[order[:-1]], until)[again]
    return notes._replace(duration=duration)


def _together(tracks: list[Notes]) -> Notes:
    onset, duration, pitch, velocity = (
        np.concatenate([getattr(track, name) for track in tracks])
        for name in ("onset", "duration", "pitch", "velocity")
    )
    return make_notes(onset, duration, pitch, velocity, [name for track in tracks for name in track.track])


def until(notes: Notes, seconds: float) -> Notes:
    """Return the notes that begin before `seconds`, and end there."""
    notes = notes.take(notes.onset < seconds - 0.01)
    return make_notes(
        notes.onset, np.minimum(notes.offset, seconds) - notes.onset, notes.pitch, notes.velocity, notes.track
    )
