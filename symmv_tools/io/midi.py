"""Standard MIDI files: bytes to notes in seconds and back. Ticks live here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import symusic
from numpy.typing import ArrayLike, NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.io._midi_chunks import standard_part
from symmv_tools.music.notes import Notes, make_notes

TICKS_PER_BEAT = 960
"""Resolution of the files we write: at 120 beats per minute one tick is 0.52 ms."""

_SUSTAIN = 64  # the controller's number, and by coincidence the value from which the pedal counts as down
_DEFAULT_MICROSECONDS_PER_BEAT = 500_000


class TempoChanges(NamedTuple):
    """What the file itself says about its tempo: from `time` (n,) seconds on, `bpm` (n,) beats per minute."""

    time: NDArray[np.float64]
    bpm: NDArray[np.float64]

    def quarters_at(self, seconds: ArrayLike) -> NDArray[np.float64]:
        """Return how many quarter notes have passed at `seconds`, 0 or more."""
        time = np.asarray(seconds, np.float64)
        which = np.maximum(np.searchsorted(self.time, time, side="right") - 1, 0)
        return self._quarter[which] + (time - self.time[which]) * self.bpm[which] / 60.0

    def seconds_at(self, quarters: ArrayLike) -> NDArray[np.float64]:
        """Return when `quarters` quarter notes have passed: the inverse of `quarters_at`."""
        quarter = np.asarray(quarters, np.float64)
        which = np.maximum(np.searchsorted(self._quarter, quarter, side="right") - 1, 0)
        return self.time[which] + (quarter - self._quarter[which]) * 60.0 / self.bpm[which]

    @property
    def _quarter(self) -> NDArray[np.float64]:
        """Where each change stands, in quarter notes, (n,)."""
        return np.concatenate([[0.0], np.cumsum(np.diff(self.time) * self.bpm[:-1] / 60.0)])


@dataclass(frozen=True)
class MidiFile:
    """What a MIDI file says, in seconds.

    A note's `track` is the name of its MIDI track in lower case, "" where it has none. `pedal` is
    the Row's group of that name: one span from each press of the sustain pedal (CC64 >= 64) to its
    release, all tracks united, value = CC64 at the press. `duration` is the end of the last note,
    drums included. `bytes` is the file as it was found.
    """

    notes: Notes
    pedal: dict[str, NDArray[Any]]
    tempo: TempoChanges
    duration: float
    bytes: bytes


def read(path: str | Path) -> MidiFile:
    """Read the MIDI file at `path`, of any type (0, 1 or 2) and length.

    A note-on of velocity 0 ends a note. If a pitch is struck again before it was released, the
    first release ends the first note. Drums (channel 10) are left out, because their pitches are
    not pitches, and so are notes that last zero ticks or are never released. A pedal on a track
    without notes is not seen.

    Raises BadMedium: EMPTY (no bytes), NOT_MIDI, TRUNCATED (a chunk shorter than it says, or fewer
    tracks than the header promises) or UNREADABLE (no permission, no such file, broken events).
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as why:
        raise BadMedium(
            "UNREADABLE",
            f"{path} cannot be read: {why.strerror}",
            "check that the file is there and that you may read it",
            retryable=True,
        ) from why
    return parse(raw, str(path))


def parse(raw: bytes, name: str = "the MIDI data") -> MidiFile:
    """Read the bytes of a MIDI file, as `read` does; `name` is what messages call it."""
    score = score_of(raw, name)
    clock = clock_of(score)
    last_tick = max((int(_ends(track).max(initial=0)) for track in score.tracks), default=0)
    return MidiFile(
        notes=_notes(score, clock),
        pedal=_pedal(score, clock, last_tick),
        tempo=TempoChanges(clock.seconds, 60.0 / (clock.seconds_per_tick * score.ticks_per_quarter)),
        duration=float(clock.at(np.array([last_tick]))[0]),
        bytes=raw,
    )


def score_of(raw: bytes, name: str) -> Any:
    """Return symusic's Score of a MIDI file's bytes, in ticks. Raises BadMedium as `read` does."""
    try:
        return symusic.Score.from_midi(standard_part(raw, name))
    except (RuntimeError, ValueError) as why:  # symusic's only words are its C++ library's
        raise BadMedium(
            "UNREADABLE",
            f"{name} has the outline of a MIDI file, but its events make no sense ({why})",
            "open it in a notation or sequencer program and export it again",
        ) from why


# --- ticks to seconds -----------------------------------------------------------------------------


class Clock(NamedTuple):
    """The tempo map: from `tick` on, which is at `seconds`, a tick lasts `seconds_per_tick`."""

    tick: NDArray[np.int64]
    seconds: NDArray[np.float64]
    seconds_per_tick: NDArray[np.float64]

    def at(self, tick: NDArray[Any]) -> NDArray[np.float64]:
        """Return the times of `tick` in seconds."""
        if len(self.tick) == 1:
            return tick * self.seconds_per_tick
        which = np.searchsorted(self.tick, tick, side="right") - 1
        return self.seconds[which] + (tick - self.tick[which]) * self.seconds_per_tick[which]


def clock_of(score: Any) -> Clock:
    """Return the tempo map of a symusic Score in ticks."""
    # symusic can convert by itself, but in float32: half a millisecond is lost after 100 minutes.
    tempos = score.tempos.numpy()
    at_tick = {0: _DEFAULT_MICROSECONDS_PER_BEAT}
    at_tick.update((int(t), int(m)) for t, m in zip(tempos["time"], tempos["mspq"], strict=True) if m > 0)
    tick = np.array(sorted(at_tick), np.int64)
    per_tick = np.array([at_tick[t] for t in tick.tolist()]) * (1e-6 / score.ticks_per_quarter)
    seconds = np.concatenate([[0.0], np.cumsum(np.diff(tick) * per_tick[:-1])])
    return Clock(tick, seconds, per_tick)


def _ends(track: Any) -> NDArray[np.int64]:
    notes = track.notes.numpy()
    ends: NDArray[np.int64] = notes["time"].astype(np.int64) + notes["duration"]
    return ends


def _notes(score: Any, clock: Clock) -> Notes:
    onset, duration, pitch, velocity = [], [], [], []
    names: list[str] = []
    for track in score.tracks:
        notes = track.notes.numpy()
        sounding = (notes["duration"] > 0) & (not track.is_drum)
        start = clock.at(notes["time"])[sounding]
        onset.append(start)
        duration.append(clock.at(_ends(track))[sounding] - start)
        pitch.append(notes["pitch"][sounding])
        velocity.append(notes["velocity"][sounding])
        names += [track.name.strip().lower()] * len(start)
    columns = [np.concatenate(parts or [[]]) for parts in (onset, duration, pitch, velocity)]
    return make_notes(columns[0], columns[1], columns[2], columns[3], names)


# --- the pedal ------------------------------------------------------------------------------------


def _pedal(score: Any, clock: Clock, last_tick: int) -> dict[str, NDArray[Any]]:
    spans = np.concatenate([np.empty((0, 3), np.int64), *(_presses(t, last_tick) for t in score.tracks)])
    spans = _united(spans[spans[:, 1] > spans[:, 0]])
    time = clock.at(spans[:, 0])
    return {"time": time, "duration": clock.at(spans[:, 1]) - time, "value": spans[:, 2].astype(np.uint8)}


def _presses(track: Any, last_tick: int) -> NDArray[np.int64]:
    """Presses of one track, (n, 3): from tick, to tick, value; a pedal never released ends with the notes."""
    controls = track.controls.numpy()
    is_sustain = controls["number"] == _SUSTAIN
    tick, value = controls["time"][is_sustain].astype(np.int64), controls["value"][is_sustain]
    change = np.flatnonzero(np.diff(np.concatenate([[False], value >= _SUSTAIN])))
    press, release = change[::2], tick[change[1::2]]
    if len(press) > len(release):
        release = np.append(release, max(last_tick, int(tick[press[-1]])))
    return np.stack([tick[press], release, value[press].astype(np.int64)], axis=1)


def _united(spans: NDArray[np.int64]) -> NDArray[np.int64]:
    """Merge spans that overlap (not those that touch); the first press gives the value."""
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    is_first = np.concatenate([[True], spans[1:, 0] >= reach[:-1]])[: len(spans)]
    is_last = np.concatenate([is_first[1:], [True]])[: len(spans)]
    return np.stack([spans[is_first, 0], reach[is_last], spans[is_first, 2]], axis=1)


# --- seconds to ticks -----------------------------------------------------------------------------


def write(notes: Notes, pedal: Mapping[str, Any] | None = None, *, tempo_bpm: float = 120.0) -> bytes:
    """Return a Standard MIDI File (type 1) with one named piano track for each track name of `notes`.

    `read` gives the same notes back, times within one tick (`TICKS_PER_BEAT`) and no note shorter
    than that. The same notes give the same bytes. `tempo_bpm` is what the file says of its tempo
    (4 to 1000) and how long a tick lasts; it moves no note. The pedal goes into every track.

    Notes of one track that hold the same pitch at the same time, which a MIDI channel cannot
    express, go to a further track of the same name.
    """
    if not 4.0 <= tempo_bpm <= 1000.0:
        raise ValueError(f"tempo_bpm must lie in 4 to 1000 beats per minute; got {tempo_bpm}")
    microseconds_per_beat = round(60e6 / tempo_bpm)
    ticks_per_second = TICKS_PER_BEAT * 1e6 / microseconds_per_beat
    score: Any = symusic.Score(TICKS_PER_BEAT)
    score.tempos.append(symusic.Tempo(0, mspq=microseconds_per_beat))
    controls = _controls(pedal, ticks_per_second)
    for name in dict.fromkeys(notes.track) or [""]:
        for part in _voices(notes.take(np.array([t == name for t in notes.track], bool)), ticks_per_second):
            track: Any = symusic.Track(name)
            track.notes = symusic.Note.from_numpy(*part)
            track.controls.extend(controls)
            score.tracks.append(track)
    return bytes(score.dumps_midi())


def _controls(pedal: Mapping[str, Any] | None, ticks_per_second: float) -> list[Any]:
    if pedal is None:
        return []
    time, duration = np.asarray(pedal["time"], float), np.asarray(pedal["duration"], float)
    start, stop = (np.round(t * ticks_per_second).astype(int).tolist() for t in (time, time + duration))
    events = []
    for from_tick, to_tick, value in zip(start, stop, np.asarray(pedal["value"]).tolist(), strict=True):
        events.append(symusic.ControlChange(from_tick, _SUSTAIN, value))
        events.append(symusic.ControlChange(max(to_tick, from_tick + 1), _SUSTAIN, 0))
    return events


def _voices(notes: Notes, ticks_per_second: float) -> list[tuple[NDArray[Any], ...]]:
    """Split notes into parts (time, duration in ticks, pitch, velocity) without overlaps of one pitch."""
    start = np.round(notes.onset * ticks_per_second).astype(np.int32)
    stop = np.maximum(np.round(notes.offset * ticks_per_second).astype(np.int32), start + 1)
    voice = np.zeros(len(notes), int)
    busy_until: dict[tuple[int, int], int] = {}
    for i, (pitch, from_tick, to_tick) in enumerate(zip(notes.pitch.tolist(), start, stop, strict=True)):
        while busy_until.get((voice[i], pitch), 0) > from_tick:
            voice[i] += 1
        busy_until[voice[i], pitch] = to_tick
    arrays = (start, stop - start, notes.pitch.astype(np.int8), notes.velocity.astype(np.int8))
    return [tuple(a[voice == v] for a in arrays) for v in range(voice.max(initial=0) + 1)]
