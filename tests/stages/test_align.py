"""stages/align.py: what becomes of a matching video, a wrong one, a silent one, and the song's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium, BadSettings
from symmv_tools.io import midi
from symmv_tools.io.render import render
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected
from symmv_tools.stages.align import MAKES, MIDI_STAGE, STAGE, AlignSettings
from tests.films import film, write_film
from tests.media import write_audio

SONGS = Path(__file__).resolve().parents[2] / "demo" / "songs"
RATE = 22050


def notes_of(name: str, *, stretch: float = 1.0) -> Notes:
    notes = midi.read(SONGS / f"pop909-{name}.mid").notes
    return make_notes(notes.onset * stretch, notes.duration * stretch, notes.pitch, notes.velocity)


def sound_of(notes: Notes, program: int) -> NDArray[np.float64]:
    samples = render(notes, sample_rate=RATE, program=program)
    return np.asarray(0.5 * samples.mean(axis=1), np.float64)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A song, the same five seconds later, the same but slower, and another; all but the first a "video"."""
    folder = tmp_path_factory.mktemp("media")
    write_audio(folder / "song.wav", sound_of(notes_of("003"), 0))
    write_audio(folder / "later.mp4", np.pad(sound_of(notes_of("003"), 4), (5 * RATE, 0)), "aac")
    write_audio(folder / "slower.wav", sound_of(notes_of("003", stretch=1.1), 4))
    write_audio(folder / "other.wav", sound_of(notes_of("100"), 4))
    write_film(folder / "silent.mp4", film(4))
    (folder / "broken.mp4").write_bytes(b"no film")
    return folder


def outcome(media: Path, video: str, settings: AlignSettings | None = None, **metadata: Any) -> Outcome:
    assert STAGE.run is not None
    song = Song("test:it", audio=str(media / "song.wav"), video=str(media / video), **metadata)
    (found,) = STAGE.run([Item(song)], settings or AlignSettings(), Context())
    return found


def values(found: Outcome) -> dict[str, Any]:
    assert isinstance(found, Done), found
    assert list(found.values) == list(MAKES)
    return dict(found.values)


def test_a_later_video_gets_its_offset_and_needs_no_path(media: Path) -> None:
    found = values(outcome(media, "later.mp4"))
    assert found["match_score"] > 0.9
    assert found["audio_video_offset"] == pytest.approx(5.0, abs=0.05)
    assert found["alignment"] is None
    assert found["transposition"] == 0
    assert found["tempo_ratio"] == pytest.approx(1.0, abs=0.01)


def test_a_slower_video_gets_a_path(media: Path) -> None:
    found = values(outcome(media, "slower.wav"))
    assert found["tempo_ratio"] == pytest.approx(1.1, abs=0.01)
    path = found["alignment"]
    assert np.interp(20.0, path["music_time"], path["video_time"]) == pytest.approx(22.0, abs=0.06)


def test_the_tolerance_says_when_a_path_is_needed(media: Path) -> None:
    assert values(outcome(media, "slower.wav", AlignSettings(tolerance_seconds=60.0)))["alignment"] is None


def test_a_found_video_of_other_music_is_rejected_with_the_figures(media: Path) -> None:
    found = outcome(media, "other.wav", video_url="https://example.org/v")
    assert isinstance(found, Rejected)
    assert found.code == "NOT_THE_SAME_MUSIC"
    assert "align.threshold 0.5" in found.message


def test_a_person_who_paired_two_files_is_believed(media: Path) -> None:
    found = values(outcome(media, "other.wav"))
    assert found["match_score"] < 0.5
    assert found["audio_video_offset"] is found["alignment"] is found["transposition"] is None


def test_a_silent_film_is_done_with_nothing(media: Path) -> None:
    assert set(values(outcome(media, "silent.mp4", video_url="https://example.org/v")).values()) == {None}


def test_a_video_that_is_its_own_music_is_not_listened_to(media: Path) -> None:
    assert STAGE.run is not None
    song = Song("test:own", audio=str(media / "broken.mp4"), video=str(media / "broken.mp4"))
    (found,) = STAGE.run([Item(song)], AlignSettings(), Context())
    assert tuple(values(found).values()) == (1.0, 0.0, None, 0, 1.0)


def test_a_broken_video_is_left_to_the_runner(media: Path) -> None:
    with pytest.raises(BadMedium):
        outcome(media, "broken.mp4")


def test_a_midi_file_is_aligned_by_the_same_code(media: Path) -> None:
    assert MIDI_STAGE.run is not None
    song = Song("test:midi", midi=str(SONGS / "pop909-003.mid"), video=str(media / "later.mp4"))
    (found,) = MIDI_STAGE.run([Item(song)], AlignSettings(), Context())
    assert values(found)["audio_video_offset"] == pytest.approx(5.0, abs=0.05)
    other = replace(song, midi=str(SONGS / "pop909-100.mid"), video_url="https://example.org/v")
    (found,) = MIDI_STAGE.run([Item(other)], AlignSettings(), Context())
    assert isinstance(found, Rejected)


@pytest.mark.parametrize("settings", [{"threshold": 1.5}, {"threshold": -0.1}, {"tolerance_seconds": -1.0}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(BadSettings, match="makes no sense"):
        AlignSettings(**settings)
