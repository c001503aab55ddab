"""The errands of the music room: what goes in, what comes out, and how odd songs end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from symmv_tools import checkpoints
from symmv_tools.errors import BadMedium
from symmv_tools.io import midi
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.settings import make
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected, Stage
from symmv_tools.stages import beats_from_notes, chords, keys, melody, midi_quality, read_midi, tempo

STAGES = [module.STAGE for module in (read_midi, midi_quality, beats_from_notes, melody, tempo, keys, chords)]
NO_BEATS = {"time": np.zeros(0), "value": np.zeros(0, np.uint8), "confidence": np.zeros(0, np.float32)}


def song(tracks: tuple[str, str] = ("", "")) -> Notes:
    """Thirty seconds of C F G C: a chord on each beat and a tune above it."""
    beat = np.arange(0, 30, 0.75)
    rows = []
    for i, t in enumerate(beat):
        root = (0, 5, 7, 0)[i // 4 % 4]
        rows += [(t, 0.7, 48 + root + step, 60, tracks[0]) for step in (0, 4, 7)]
        rows.append((t, 3.0 if i % 4 == 0 else 0.7, 36 + root, 80, tracks[0]))
        rows.append((t, 0.7, 72 + root + (0, 4, 7, 4)[i % 4], 90, tracks[1]))
    onset, duration, pitch, velocity, track = zip(*rows, strict=True)
    return make_notes(onset, duration, pitch, velocity, track)


def outcome(stage: Stage, values: Mapping[str, Any], setting: Mapping[str, Any] | None = None) -> Outcome:
    assert stage.run is not None
    settings = make(stage.settings, setting or {}, stage.name)
    weights = {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
    (result,) = stage.run([Item(Song("test:1"), values)], settings, Context(weights=weights))
    return result


def values_of(
    stage: Stage, values: Mapping[str, Any], setting: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    result = outcome(stage, values, setting)
    assert isinstance(result, Done)
    return result.values


def annotated(notes: Notes) -> dict[str, Any]:
    """Run all stages that read notes and return every column."""
    values: dict[str, Any] = {"notes": notes.as_group(), "midi_quality": {}}
    for stage in STAGES[2:]:
        made = values_of(stage, values)
        for name, kind in stage.makes.items():
            pa.array([made[name]], type=kind)  # raises if it does not fit
        assert set(made) == set(stage.makes)
        values.update(made)
    return values


def test_a_song_gets_every_annotation() -> None:
    row = annotated(song())
    assert row["key_mode"]["value"] == ["C:major"]
    assert row["tempo_global"] == pytest.approx(80.0, abs=0.5)
    assert row["time_signature"]["numerator"].tolist() == [4]
    assert row["chord"]["value"][:3] == ["C:maj", "F:maj", "G:maj"]
    assert np.allclose(row["chord"]["time"][:3], [0.0, 3.0, 6.0], atol=0.02)
    tune = row["note_midi"]["value"][np.array(row["note_midi"]["track"]) == "melody"]
    assert tune.min() >= 72  # of the tune, and no chord
    assert len(tune) >= 10  # the network knows songs that are sung, which this tune hardly is


@pytest.mark.parametrize("n", [0, 1])
def test_no_note_and_one_note_end_well_in_every_stage(n: int) -> None:
    row = annotated(make_notes([2.0] * n, [1.0] * n, [60] * n, [64] * n))
    assert len(row["beat"]["time"]) == 0
    assert row["tempo_global"] is None
    assert set(row["chord"]["value"]) <= {"C:maj", "N"}  # to chorder a long C is C major
    assert len(row["note_midi"]["time"]) == n


def test_a_plausible_song_passes_with_its_statistics_and_one_note_does_not() -> None:
    passed = values_of(midi_quality.STAGE, {"notes": song().as_group()})
    pa.array([passed["midi_quality"]], type=midi_quality.QUALITY)
    assert passed["midi_quality"]["n_notes"] == len(song())
    one = outcome(midi_quality.STAGE, {"notes": make_notes([0], [1], [60], [64]).as_group()})
    assert one == Rejected("TOO_FEW_NOTES", "only 1 notes; at least 16 are asked")


def test_tracks_of_the_source_are_kept_unless_distrusted() -> None:
    values = {"notes": song(("piano", "melody")).as_group(), "midi_quality": {}, "beat": NO_BEATS}
    kept = values_of(melody.STAGE, values)
    assert set(kept["note_midi"]["track"]) == {"piano", "melody"}
    split = values_of(melody.STAGE, values, {"trust_tracks": False, "method": "skyline"})
    assert set(split["note_midi"]["track"]) == {"accompaniment", "melody"}


@pytest.mark.parametrize("method", ["skyline", "skyline-16", "symmv"])
def test_other_melodies_are_asked_for_by_name(method: str) -> None:
    notes = song()
    values = {"notes": notes.as_group(), "midi_quality": {}, "beat": NO_BEATS}
    made = values_of(melody.STAGE, values, {"method": method, "lowest_pitch": 0})["note_midi"]
    pa.array([made], type=melody.STAGE.makes["note_midi"])
    tune = np.array(made["track"]) == "melody"
    assert made["value"][tune].tolist() == notes.pitch[notes.pitch >= 72].tolist()
    assert (len(made["time"]) > len(notes)) is (method == "symmv")  # its melody lasts on in the rest


def test_chords_without_beats_stand_on_a_raster() -> None:
    values = {"notes": song().as_group(), "midi_quality": {}, "beat": NO_BEATS}
    group = values_of(chords.STAGE, values)["chord"]
    assert np.allclose(group["time"] % 0.25, 0.0)
    assert group["value"][:3] == ["C:maj", "F:maj", "G:maj"]
    coarser = values_of(chords.STAGE, values, {"method": "chorder", "raster_seconds": 0.5})["chord"]
    assert np.allclose(coarser["time"] % 0.5, 0.0)


def test_the_papers_chords_have_the_papers_gaps() -> None:
    values = {"notes": song().as_group(), "midi_quality": {}, "beat": NO_BEATS}
    group = values_of(chords.STAGE, values, {"method": "symmv"})["chord"]
    pa.array([group], type=chords.STAGE.makes["chord"])
    assert group["time"][0] == 0.5
    assert "N" not in group["value"]


def test_a_midi_file_becomes_notes_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_bytes(midi.write(song()))
    (result,) = read_midi.run([Item(Song("folder:a", midi=str(path)))], read_midi.STAGE.settings(), Context())
    assert isinstance(result, Done)
    assert set(result.values) == set(read_midi.STAGE.makes)
    for name, kind in read_midi.STAGE.makes.items():
        pa.array([result.values[name]], type=kind)
    assert result.values["midi"] == path.read_bytes()
    assert result.values["duration"] == pytest.approx(song().end, abs=1e-3)


def test_a_broken_midi_file_escapes_as_a_bad_medium(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    path.write_text("do re mi")
    with pytest.raises(BadMedium, match="no Standard MIDI File"):
        list(read_midi.run([Item(Song("folder:a", midi=str(path)))], read_midi.STAGE.settings(), Context()))
