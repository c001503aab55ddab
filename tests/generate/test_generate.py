"""Music for a video, from runs at toy size that chance made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import symusic
import torch
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadCall, BadMedium, BadSettings
from symmv_tools.generate.compose import Given, Piece, generate
from symmv_tools.generate.film import Film, watch
from symmv_tools.generate.plan import USUAL_BPM, Wishes, key_of, planned, scale_of
from symmv_tools.generate.runs import Band, read_band
from symmv_tools.generate.writing import SAMPLE_RATE, as_midi, as_sound, faded, refuse_ending, write
from symmv_tools.io import midi
from symmv_tools.io.midi_marks import sharps
from symmv_tools.music.keys import KEYS
from symmv_tools.music.notes import make_notes
from tests.bands import write_band, write_run
from tests.films import film, write_film, write_tone

CPU = torch.device("cpu")
SECONDS = 6.2


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some scenes with a sound of their own."""
    path = tmp_path_factory.mktemp("film") / "in.mp4"
    return write_film(path, film(50, 60, 45), seconds_of_audio=3.0)


@pytest.fixture(scope="module")
def band(tmp_path_factory: pytest.TempPathFactory) -> Band:
    return read_band([write_band(tmp_path_factory.mktemp("runs"), widths={"colour": 192})], CPU)


@pytest.fixture(scope="module")
def seen(video: Path, band: Band) -> Film:
    return watch(video, band.widths)


def made(band: Band, seen: Film, *given_parts: Given, **wishes: Any) -> list[Piece]:
    return generate(band, seen, Wishes(**wishes), *given_parts, say=lambda _: None)


@pytest.fixture(scope="module")
def piece(band: Band, seen: Film) -> Piece:
    return made(band, seen)[0]


# --- plan -------------------------------------------------------------------------------------------


@given(st.floats(0.5, 4000), st.floats(30, 240), st.integers(1, 6), st.booleans())
def test_the_bars_fill_the_video(seconds: float, bpm: float, beats: int, is_exact: bool) -> None:
    tempo, bars = planned(seconds, bpm, beats, is_exact=is_exact)
    end = len(bars) * beats * 60.0 / tempo
    assert end > seconds - 1e-3
    if is_exact:
        assert tempo == bpm
    if tempo != bpm:
        assert end == pytest.approx(seconds)
        assert 0.89 <= tempo / bpm <= 1.11


def test_keys_are_spelled_as_people_do() -> None:
    assert [key_of(name) for name in ("C:major", "Bb:minor", "A#:minor", "Cb:major")] == [
        "C:major",
        "Bb:minor",
        "Bb:minor",
        "B:major",
    ]
    assert scale_of("A:minor") == scale_of("C:major") == {0, 2, 4, 5, 7, 9, 11}
    assert [sharps(key) for key in ("C:major", "A:minor", "G:major", "F:major", "F#:major", "Db:major")] == [
        *(0, 0, 1, -1, 6, -5)
    ]
    assert all(-5 <= sharps(key) <= 6 for key in KEYS)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"key": "H:major"}, "'H:major' is no key"),
        ({"tempo": 10.0}, "30 to 240 BPM; got 10"),
        ({"beats_per_bar": 7}, "1 to 6 beats; got 7"),
        ({"variants": 0}, "one variant at least"),
    ],
)
def test_wishes_that_cannot_be_are_refused(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        Wishes(**wishes)


# --- music ------------------------------------------------------------------------------------------


def test_the_film_is_seen_once_for_all_there_is_to_know(seen: Film) -> None:
    assert seen.seconds == pytest.approx(SECONDS)
    assert seen.motion_mean is not None
    assert seen.motion_mean > 0
    assert len(seen.features["colour"]["value"]) == 13


def test_a_piece_lasts_as_long_as_the_video_and_its_tempo_follows_motion(
    band: Band, seen: Film, piece: Piece
) -> None:
    assert piece.seconds == seen.seconds
    assert piece.notes.end <= seen.seconds + 1e-9
    assert set(piece.notes.track) == {"melody", "accompaniment"}
    assert piece.chords["time"][-1] + piece.chords["duration"][-1] == pytest.approx(seen.seconds)
    (still,) = made(band, seen._replace(seconds=24.0, motion_mean=0.0))
    (wild,) = made(band, seen._replace(seconds=24.0, motion_mean=99.0))
    assert still.tempo == pytest.approx(90.0)
    assert wild.tempo == pytest.approx(130.0)


def test_the_seed_decides_and_variants_are_ranked(band: Band, seen: Film) -> None:
    first, again, other = (made(band, seen, seed=seed, variants=3) for seed in (1, 1, 2))
    assert [as_midi(piece) for piece in first] == [as_midi(piece) for piece in again]
    assert as_midi(first[0]) != as_midi(other[0])
    ranks = [piece.log_likelihood or 0.0 for piece in first]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 3


def test_a_key_is_kept(band: Band, seen: Film) -> None:
    (piece,) = made(band, seen, key="Eb:major")
    assert set((piece.notes.pitch % 12).tolist()) <= scale_of("Eb:major")


def test_given_chords_and_melody_are_kept(band: Band, seen: Film) -> None:
    chords = {"time": np.array([0.0, 4.0]), "duration": np.array([4.0, 4.0]), "value": ["C:maj", "A:min"]}
    tune = make_notes([0.0, 1.0, 2.0], [0.5, 0.5, 1.0], [60, 64, 67], [90, 90, 90])
    (piece,) = made(band, seen, Given(chords, tune), tempo=120.0)
    assert piece.tempo == 120.0
    assert piece.chords["value"] == ["C:maj", "A:min"]
    assert piece.chords["time"].tolist() == [0.0, 4.0]
    is_melody = np.array([track == "melody" for track in piece.notes.track])
    assert piece.notes.pitch[is_melody].tolist() == [60, 64, 67]
    assert piece.notes.onset[is_melody].tolist() == [0.0, 1.0, 2.0]
    assert not is_melody.all()


def test_networks_that_see_nothing_make_music_of_a_length_and_say_so(tmp_path: Path) -> None:
    said: list[str] = []
    blind = read_band([write_band(tmp_path / "runs", motion=False)], CPU)
    (piece,) = generate(blind, Film(5.0, None, {}), Wishes(), say=said.append)
    assert said == [
        f"the networks know no range of motion: the tempo is {USUAL_BPM:g} BPM; --tempo says another"
    ]
    assert len(piece.notes)


def test_features_that_are_missing_are_told(band: Band) -> None:
    said: list[str] = []
    generate(band, Film(4.0, 1.0, {}), Wishes(), say=said.append)
    assert said == ["the network of chord hears this video without colour features"]


def test_undivided_music_is_made_with_and_without_chords(tmp_path: Path, seen: Film) -> None:
    runs = [write_run(tmp_path / "chord", "chord"), write_run(tmp_path / "music", "music")]
    assert set(made(read_band(runs, CPU), seen)[0].notes.track) == {"music"}
    alone = write_run(tmp_path / "alone", "music", chords_first=False)
    (piece,) = made(read_band([alone], CPU), seen)
    assert piece.chords["value"] == []
    with pytest.raises(BadCall, match="reads chords"):
        read_band([runs[1]], CPU)


def test_merged_notes_are_one_track_without_twins(piece: Piece) -> None:
    merged = piece.merged()
    assert set(merged.notes.track) == {""}
    pairs = list(zip(merged.notes.onset.tolist(), merged.notes.pitch.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert {p for _, p in pairs} == set(piece.notes.pitch.tolist())


# --- runs -------------------------------------------------------------------------------------------


def test_runs_that_do_not_make_music_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="nowhere is no folder"):
        read_band([tmp_path / "nowhere"], CPU)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadCall, match="empty holds no run"):
        read_band([tmp_path / "empty"], CPU)
    melody = write_run(tmp_path / "melody", "melody")
    with pytest.raises(BadCall, match="the runs are of melody; music takes chord, melody and acc"):
        read_band([melody], CPU)
    with pytest.raises(BadCall, match="both runs of melody"):
        read_band([melody, melody], CPU)
    other = melody / "settings.toml"
    other.write_text(other.read_text("utf-8").replace("width = 64", "width = 32"), "utf-8")
    with pytest.raises(BadCall, match="are not those of a network with its settings"):
        read_band([melody], CPU)


# --- files ------------------------------------------------------------------------------------------


def test_midi_tells_tracks_tempo_key_and_chords(tmp_path: Path, piece: Piece) -> None:
    write(tmp_path / "out.mid", replace_key(piece, "G:major"))
    score: Any = symusic.Score(str(tmp_path / "out.mid"))
    assert [track.name for track in score.tracks] == list(dict.fromkeys(piece.notes.track))
    assert [mark.text for mark in score.markers] == [*piece.chords["value"], "end"]
    assert score.tempos[0].qpm == pytest.approx(piece.tempo, rel=1e-5)
    assert (score.key_signatures[0].key, score.time_signatures[0].numerator) == (1, 4)
    assert float(score.to("second").end()) <= SECONDS + 0.05
    assert score.to("second").markers[-1].time == pytest.approx(SECONDS, abs=0.002)
    read = midi.read(tmp_path / "out.mid").notes
    np.testing.assert_allclose(np.sort(read.onset), np.sort(piece.notes.onset), atol=0.002)
    assert sorted(read.pitch.tolist()) == sorted(piece.notes.pitch.tolist())


def replace_key(piece: Piece, key: str) -> Piece:
    return piece._replace(key=key)


def test_sound_lasts_as_long_as_the_video_and_fades(tmp_path: Path, piece: Piece) -> None:
    write(tmp_path / "out.wav", piece)
    with av.open(str(tmp_path / "out.wav")) as sound:
        assert sound.duration is not None
        assert sound.duration / av.time_base == pytest.approx(SECONDS, abs=0.001)
    samples = as_sound(piece)
    assert np.abs(samples).max() > 0.02
    assert np.abs(samples[-200:]).max() < 1e-3
    assert samples[0].tolist() == [0.0, 0.0]
    short = faded(np.ones((10, 2), np.float32), SAMPLE_RATE // 10)
    assert short.shape == (4410, 2)
    assert not short[10:].any()


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_the_pictures_are_copied_and_the_music_is_the_only_sound(
    tmp_path: Path, video: Path, piece: Piece, ending: str
) -> None:
    out = tmp_path / f"out{ending}"
    write(out, piece, video)
    assert pictures(out) == pictures(video)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    with av.open(str(out)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(SECONDS, abs=0.05)
        frames = list(container.decode(audio=0))
    heard = sum(frame.samples for frame in frames) / SAMPLE_RATE
    assert heard == pytest.approx(SECONDS, abs=0.05)
    assert frames[0].time == pytest.approx(0.0, abs=0.025)


def pictures(path: Path) -> list[tuple[float, int]]:
    """When each picture is shown, and a digest of it."""
    with av.open(str(path)) as container:
        return [
            (round(frame.time, 3), hash(frame.to_ndarray().tobytes())) for frame in container.decode(video=0)
        ]


def test_a_video_that_begins_late_is_moved_to_the_beginning(tmp_path: Path, piece: Piece) -> None:
    late = write_film(tmp_path / "late.mkv", film(20), pts=[2000 + 40 * i for i in range(20)])
    write(tmp_path / "out.mp4", piece._replace(seconds=0.8), late)
    with av.open(str(tmp_path / "out.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times[0] == pytest.approx(0.0, abs=0.05)
    assert times[-1] == pytest.approx(0.76, abs=0.05)


def test_files_that_cannot_be_are_refused(tmp_path: Path, video: Path, piece: Piece) -> None:
    with pytest.raises(BadCall, match=r"ends in \.ogg; music can be written to \.mid"):
        refuse_ending(tmp_path / "out.ogg", video)
    with pytest.raises(BadCall, match="there are no pictures"):
        refuse_ending(tmp_path / "out.mp4", None)
    with pytest.raises(BadCall, match="is the video itself"):
        refuse_ending(video, video)
    with pytest.raises(BadMedium, match="has no video stream"):
        watch(write_tone(tmp_path / "tone.m4a"), {})
    vp8 = write_film(tmp_path / "in.webm", film(5), codec="libvpx")
    with pytest.raises(BadCall, match=r"a \.mp4 file cannot hold the pictures of 'in\.webm' \("):
        write(tmp_path / "out.mp4", piece._replace(seconds=0.2), vp8)
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_turned_video_stays_turned(tmp_path: Path, piece: Piece, ending: str) -> None:
    turned = write_film(tmp_path / "in.mp4", film(20), rotation=90.0, shape=Fraction(4, 3))
    write(tmp_path / f"out{ending}", piece._replace(seconds=0.8), turned)
    with av.open(str(tmp_path / f"out{ending}")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(4, 3)
        assert next(container.decode(video=0)).rotation == 90
