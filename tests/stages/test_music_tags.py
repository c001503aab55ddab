"""`music_tags`: vectors of the song's audio, at the times that the row says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal

from symmv_tools import checkpoints, row
from symmv_tools.errors import BadMedium, BadSettings
from symmv_tools.settings import semantic_values
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages.music_tags import STAGE, MusicTagsSettings
from tests.media import tone, write_audio


def song(path: Path, seconds: float, *, hiss_from: float | None = None) -> Item:
    samples = tone(seconds, 22050)
    if hiss_from is not None:
        samples[int(hiss_from * 22050) :] += np.random.default_rng(0).normal(
            0, 0.1, len(samples) - int(hiss_from * 22050)
        )
    write_audio(path, samples)
    return Item(Song(f"folder:{path.stem}", audio=str(path)))


def run(*items: Item, **settings: Any) -> list[dict[str, Any]]:
    """The features of each song, as the store keeps them."""
    chosen = MusicTagsSettings(**settings)
    weights = {name: str(checkpoints.locate(name)) for name in STAGE.checkpoints(chosen)}
    assert STAGE.run is not None
    found = []
    for outcome in STAGE.run(items, chosen, Context(weights=weights)):
        assert isinstance(outcome, Done), outcome
        held = pa.array([outcome.values["features_music"]], type=row.FEATURES)
        held.validate(full=True)
        found.append(row.value_at(held, 0))
    return found


def test_vector_i_is_of_the_three_seconds_from_i_over_rate(tmp_path: Path) -> None:
    plain, hissing = song(tmp_path / "a.wav", 8.0), song(tmp_path / "b.wav", 8.0, hiss_from=5.0)
    first, second = run(plain, hissing, hop_seconds=1.0)
    assert (first["start"], first["rate"]) == (0.0, pytest.approx(62.5 / 62))
    assert len(first["value"]) == 6
    ends = np.arange(6) / first["rate"] + 2.992
    same = [bool(np.allclose(a, b, atol=1e-3)) for a, b in zip(first["value"], second["value"], strict=True)]
    assert same == (ends < 5.0).tolist() == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("layer", "size"), [("penultimate", 200), ("mean_pool", 753), ("max_pool", 753), ("tags", 50)]
)
def test_each_layer_has_its_size(tmp_path: Path, layer: str, size: int) -> None:
    (found,) = run(song(tmp_path / "a.wav", 7.0), layer=layer)
    assert np.shape(found["value"]) == (2, size)
    assert found["rate"] == pytest.approx(1 / 2.992)


def test_the_weights_differ(tmp_path: Path) -> None:
    item = song(tmp_path / "a.wav", 3.5)
    by_mtt, by_msd = (run(item, model=name)[0]["value"] for name in ("musicnn-mtt", "musicnn-msd"))
    assert not np.allclose(by_mtt, by_msd, atol=0.5)


def test_songs_of_a_shard_do_not_meet(tmp_path: Path) -> None:
    long, short = song(tmp_path / "a.wav", 6.5), song(tmp_path / "b.wav", 1.0)
    together = run(long, short, batch=4)
    for item, found in zip((long, short), together, strict=True):
        assert_array_equal(run(item, batch=4)[0]["value"], found["value"])
    assert [len(found["value"]) for found in together] == [2, 1]  # b.wav is repeated


def test_no_songs_are_no_outcomes() -> None:
    assert run() == []


def test_a_bad_song_is_raised_at_its_turn_and_after_its_neighbours(tmp_path: Path) -> None:
    good, bad = song(tmp_path / "a.wav", 1.0), tmp_path / "bad.wav"
    bad.write_bytes(b"")
    settings = MusicTagsSettings()
    weights = {name: str(checkpoints.locate(name)) for name in STAGE.checkpoints(settings)}
    assert STAGE.run is not None
    outcomes = STAGE.run([good, Item(Song("folder:bad", audio=str(bad)))], settings, Context(weights=weights))
    assert isinstance(next(outcomes), Done)
    with pytest.raises(BadMedium):
        next(outcomes)


def test_none_switches_it_off() -> None:
    assert STAGE.enabled(MusicTagsSettings())
    assert not STAGE.enabled(MusicTagsSettings(model="none"))
    assert STAGE.checkpoints(MusicTagsSettings(model="none")) == ()


def test_how_many_patches_at_once_changes_no_fingerprint() -> None:
    assert semantic_values(MusicTagsSettings(batch=32)) == semantic_values(MusicTagsSettings())


@pytest.mark.parametrize(
    "settings",
    [{"hop_seconds": 0.0}, {"hop_seconds": float("nan")}, {"hop_seconds": float("inf")}, {"batch": 0}],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match="music_tags"):
        MusicTagsSettings(**settings)
