"""Row <-> pretty_midi object: as MIDI, but times are float64 seconds and keep every digit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pretty_midi

from symmv_tools.dataset.convert.labels import until_next
from symmv_tools.dataset.convert.midi import USUAL_BPM
from symmv_tools.music.harte import pitch_class
from symmv_tools.music.keys import KEYS
from symmv_tools.music.notes import from_group, make_notes

_SUSTAIN, _DOWN = 64, 64


def to_pretty_midi(row: Mapping[str, Any]) -> Any:
    """Return the row as a `pretty_midi.PrettyMIDI`: notes, pedal, tempo, time and key signatures."""
    score = pretty_midi.PrettyMIDI(initial_tempo=row.get("tempo_global") or USUAL_BPM)
    score.instruments = _instruments(row.get("note_midi"))
    for instrument in score.instruments:
        instrument.control_changes = _controls(row.get("pedal"))
    score.time_signature_changes = [
        pretty_midi.TimeSignature(int(over), int(under), float(time))
        for time, over, under in _rows(row.get("time_signature"), "time", "numerator", "denominator")
        if over and under
    ]
    score.key_signature_changes = [
        pretty_midi.KeySignature(_number(key), float(time))
        for time, key in _rows(row.get("key_mode"), "time", "value")
    ]
    return score


def from_pretty_midi(score: Any) -> dict[str, Any]:
    """Return the columns of a `pretty_midi.PrettyMIDI`, as `midi.from_midi` does; drums are left out."""
    sounding = [instrument for instrument in score.instruments if not instrument.is_drum]
    notes = [(note, instrument.name) for instrument in sounding for note in instrument.notes]
    duration = max((note.end for note, _ in notes), default=0.0)
    metre, keys = score.time_signature_changes, score.key_signature_changes
    return {
        "duration": float(duration),
        "note_midi": make_notes(
            [note.start for note, _ in notes],
            [note.end - note.start for note, _ in notes],
            [note.pitch for note, _ in notes],
            [note.velocity for note, _ in notes],
            [name for _, name in notes],
        ).as_group(),
        "pedal": _pedal(sounding),
        "tempo_global": float(score.get_tempo_changes()[1][0]),
        "time_signature": {
            "time": np.array([change.time for change in metre], np.float64),
            "numerator": np.array([change.numerator for change in metre], np.uint8),
            "denominator": np.array([change.denominator for change in metre], np.uint8),
        },
        "key_mode": until_next([key.time for key in keys], [KEYS[key.key_number] for key in keys], duration),
    }


def _instruments(group: Mapping[str, Any] | None) -> list[Any]:
    notes = make_notes([], [], [], []) if group is None else from_group(group)
    tracks = {name: pretty_midi.Instrument(0, name=name) for name in dict.fromkeys(notes.track) or [""]}
    columns = (notes.velocity, notes.pitch, notes.onset, notes.offset)
    for name, *values in zip(notes.track, *(column.tolist() for column in columns), strict=True):
        tracks[name].notes.append(pretty_midi.Note(*values))
    return list(tracks.values())


def _controls(pedal: Mapping[str, Any] | None) -> list[Any]:
    events = []
    for time, duration, value in _rows(pedal, "time", "duration", "value"):
        events.append(pretty_midi.ControlChange(_SUSTAIN, int(value), float(time)))
        events.append(pretty_midi.ControlChange(_SUSTAIN, 0, float(time) + float(duration)))
    return events


def _pedal(instruments: list[Any]) -> dict[str, Any]:
    """Return the spans from press to release; the same span of several instruments counts once."""
    spans = set()
    for instrument in instruments:
        press = None
        for event in instrument.control_changes:
            if event.number != _SUSTAIN:
                continue
            if press is None and event.value >= _DOWN:
                press = event
            elif press is not None and event.value < _DOWN:
                spans.add((press.time, event.time - press.time, press.value))
                press = None
    table = np.array(sorted(spans), np.float64).reshape(-1, 3)
    return {"time": table[:, 0], "duration": table[:, 1], "value": table[:, 2].astype(np.uint8)}


def _rows(group: Mapping[str, Any] | None, *names: str) -> list[tuple[Any, ...]]:
    return [] if group is None else list(zip(*(group[name] for name in names), strict=True))


def _number(key: str) -> int:
    tonic, mode = key.split(":")
    return pitch_class(tonic) + (12 if mode == "minor" else 0)
