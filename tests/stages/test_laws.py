"""What must hold of the default annotators, with the networks that ship, on real songs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools import checkpoints
from symmv_tools.io import midi
from symmv_tools.music import harte
from symmv_tools.music.keys import KEYS
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages import beats_from_notes, chords, keys, melody, tempo
from tests.songs import at_speed, later, shuffled, transposed

SONGS = sorted((Path(__file__).parents[2] / "demo" / "songs").glob("*.mid"))
Annotations = Mapping[str, Any]


@cache
def read(path: Path) -> Notes:
    return replace(midi.read(path).notes, track=[])


def annotated(notes: Notes, beat: Any = None) -> dict[str, Any]:
    """Every column that the default stages make of notes alone, on `beat` if it is given."""
    values: dict[str, Any] = {"notes": notes.as_group(), "midi_quality": {}, "beat": beat}
    for module in (beats_from_notes, tempo, keys, chords, melody):
        stage = module.STAGE
        if beat is not None and "beat" in stage.makes:
            continue
        settings = stage.settings()
        weights = {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
        assert stage.run is not None
        (outcome,) = stage.run([Item(Song("test:1"), values)], settings, Context(weights=weights))
        assert isinstance(outcome, Done)
        values |= outcome.values
    return values


@cache
def plain(path: Path) -> Annotations:
    return annotated(read(path))


def key_moved(name: str, semitones: int) -> str:
    index = KEYS.index(name)
    return KEYS[index // 12 * 12 + (index + semitones) % 12]


songs = pytest.mark.parametrize("path", SONGS, ids=lambda path: path.stem)


@songs
@pytest.mark.parametrize("semitones", [-5, 1, 6])
def test_transposing_moves_chords_and_keys_and_nothing_else(path: Path, semitones: int) -> None:
    one, other = plain(path), annotated(transposed(read(path), semitones))
    assert other["chord"]["value"] == [harte.transposed(label, semitones) for label in one["chord"]["value"]]
    assert other["key_mode"]["value"] == [key_moved(name, semitones) for name in one["key_mode"]["value"]]
    assert other["note_midi"]["track"] == one["note_midi"]["track"]
    for column in ("beat", "chord", "key_mode", "tempo"):
        np.testing.assert_allclose(other[column]["time"], one[column]["time"], atol=1e-9)


@songs
def test_a_later_song_is_annotated_later(path: Path) -> None:
    one, other = plain(path), annotated(later(read(path), 7.3))
    assert other["key_mode"]["value"] == one["key_mode"]["value"]
    assert other["note_midi"]["track"] == one["note_midi"]["track"]
    np.testing.assert_allclose(other["beat"]["time"], one["beat"]["time"] + 7.3, atol=1e-6)
    np.testing.assert_array_equal(other["beat"]["value"], one["beat"]["value"])
    # Before the first note there may now be beats, and cells without a chord.
    for label, time in zip(one["chord"]["value"][1:], one["chord"]["time"][1:], strict=True):
        at = np.abs(other["chord"]["time"] - time - 7.3).argmin()
        assert other["chord"]["time"][at] == pytest.approx(time + 7.3, abs=1e-6)
        assert other["chord"]["value"][at] == label


@songs
@pytest.mark.parametrize("factor", [0.5, 0.8, 2.0])
def test_at_another_speed_melody_keys_and_chords_on_their_beats_stay(path: Path, factor: float) -> None:
    notes = on_raster(read(path))
    one = annotated(notes)
    beat = {**one["beat"], "time": one["beat"]["time"] * factor}
    other = annotated(at_speed(notes, factor), beat)
    assert other["note_midi"]["track"] == one["note_midi"]["track"]
    assert other["key_mode"]["value"] == one["key_mode"]["value"]
    same = np.mean([a == b for a, b in zip(at_cells(one, 1.0), at_cells(other, factor), strict=True)])
    assert same > 0.97  # an onset a few hundredths of a second early is early in seconds, not in beats
    assert other["tempo_global"] == pytest.approx(one["tempo_global"] / factor, rel=1e-3)


def on_raster(notes: Notes) -> Notes:
    """The notes on eighths of a second: hands are as far from being together at any speed."""
    onset = np.round(notes.onset * 8) / 8
    length = np.maximum(np.round(notes.duration * 8), 1) / 8
    return make_notes(onset, length, notes.pitch, notes.velocity)


def at_cells(annotations: Annotations, factor: float) -> list[str]:
    """The chord at each tenth of a second of the song as it was."""
    chord = annotations["chord"]
    times = np.arange(0.05, 20.0, 0.1) * factor
    index = np.maximum(np.searchsorted(chord["time"], times, "right") - 1, 0)
    return [chord["value"][i] for i in index]


@songs
def test_the_order_of_the_notes_does_not_matter(path: Path) -> None:
    one, other = plain(path), annotated(shuffled(read(path), 3))
    for column in ("beat", "chord", "key_mode"):
        assert list(other[column]["value"]) == list(one[column]["value"])
        np.testing.assert_allclose(other[column]["time"], one[column]["time"], atol=1e-9)
    assert rows(other["note_midi"]) == rows(one["note_midi"])


def rows(notes: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The notes one by one, in an order of their own: equal ones may have come in any."""
    return sorted(zip(*(np.asarray(values).tolist() for values in notes.values()), strict=True))


@songs
def test_there_is_one_melody_note_at_a_time(path: Path) -> None:
    found = plain(path)["note_midi"]
    onset = np.sort(found["time"][np.array(found["track"]) == "melody"])
    assert len(onset) > 10
    assert np.diff(onset).min() > 0.03
