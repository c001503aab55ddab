"""The songs of an export, as a stage of V-MusProd learns from them."""

from __future__ import annotations

import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.dataset.siblings import Siblings
from symmv_tools.errors import BadCall
from symmv_tools.training.musprod_examples import STAGES, ExampleSettings
from symmv_tools.training.musprod_songs import Songs
from tests.exports import Row, beats, labels, notes, song, write_export
from tests.music.tokens.said import same

SONGS = 24


def melodic(song_id: str, **changes: object) -> Row:
    """A song of which every other note is melody."""
    return song(song_id, note_midi=notes(64, melody=2), **changes)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 songs that can be used, three to a row group, and songs that lack something in between."""
    folder = tmp_path_factory.mktemp("export")
    rows = [melodic(f"test:{i:02d}", split="validation" if i >= 21 else "train") for i in range(SONGS)]
    write_export(folder, [*rows[:4], *lacking(), *rows[4:]], rows_per_group=3)
    with Siblings(folder, hop_bars=8) as tables:
        for one in rows[::2]:
            features = {name: {"start": 0.0, "rate": 2.0, "value": np.ones((70, 3))} for name in FEATURES}
            if one["song_id"] == "test:04":
                features["features_motion"]["value"] = np.zeros((0, 1))
            tables.add({**one, "beat": None}, features)
    write_constants(folder, Constants((0.0, 2.0)))
    return folder


FEATURES = ("features_semantic", "features_motion")


def lacking() -> list[Row]:
    """Songs of which something is missing."""
    tied = beats(64)
    tied["time"][7] = tied["time"][6]
    return [
        melodic("test:no-beats", beat=None),
        melodic("test:one-beat", beat=beats(1)),
        melodic("test:tied", beat=tied),
        melodic("test:no-chords", chord=None),
        melodic("test:silent-chords", chord=labels((32.0, "N"))),
        song("test:no-notes", note_midi=None),
        song("test:empty", note_midi=notes(0)),
        song("test:melody-only", note_midi=notes(64, melody=1)),
        song("test:piano-only", note_midi={**notes(64), "track": ["piano"] * 64}),
    ]


def test_songs_that_lack_something_are_left_out_and_counted_by_the_first_thing(export: Path) -> None:
    always = Counter({"no beats": 2, "no chords": 2, "two beats at once": 1})
    found = {stage: Songs(export, stage) for stage in STAGES}
    assert found["chord"].left_out == always
    assert found["music"].left_out == always + Counter({"no notes": 2})
    assert found["melody"].left_out == always + Counter({"no melody": 3})
    assert found["accompaniment"].left_out == always + Counter({"no melody": 3, "no accompaniment": 1})
    assert found["accompaniment"].ids == [f"test:{i:02d}" for i in range(SONGS)]
    assert len(found["melody"]) == SONGS + 1
    assert {stage: int(songs.size[0]) for stage, songs in found.items()} == {
        "chord": 2,
        "melody": 32,
        "accompaniment": 32,
        "music": 64,
    }


@pytest.mark.parametrize("stage", STAGES)
def test_every_song_that_is_not_left_out_makes_an_example(export: Path, stage: str) -> None:
    songs = Songs(export, stage, ExampleSettings(most_bars=4))
    for i, song_id in enumerate(songs.ids):
        assert songs.get(i, epoch=1).song_id == song_id


def test_a_split_is_its_own(export: Path) -> None:
    assert Songs(export, "melody", split="validation").ids == ["test:21", "test:22", "test:23"]


def test_an_order_holds_every_song_once_and_mixes_four_row_groups_at_a_time(export: Path) -> None:
    songs = Songs(export, "accompaniment", seed=3)
    orders = [songs.order(epoch).tolist() for epoch in range(4)]
    assert all(sorted(order) == list(range(SONGS)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4
    assert songs.order(2).tolist() == orders[2]
    group = songs._group[orders[0]].tolist()
    spans = [(group.index(one), len(group) - group[::-1].index(one)) for one in set(group)]
    in_use = [sum(first <= i < last for first, last in spans) for i in range(len(group))]
    assert len(spans) > 8
    assert max(in_use) == 4


class Examples(Dataset[NDArray[np.int64]]):
    """What a trainer would make of them: the events of each target."""

    def __init__(self, songs: Songs) -> None:
        self.songs = songs

    def __len__(self) -> int:
        return len(self.songs)

    def __getitem__(self, index: int) -> NDArray[np.int64]:
        return self.songs.get(index, epoch=5).target.event


def test_workers_read_what_we_read(export: Path) -> None:
    songs = Songs(export, "melody", ExampleSettings(most_bars=2), seed=1)
    loader = DataLoader(Examples(songs), batch_size=None, num_workers=2)
    assert same(
        [batch.numpy() for batch in loader], [songs.get(i, 5).target.event for i in range(len(songs))]
    )


def test_songs_travel_without_their_rows(export: Path) -> None:
    songs = Songs(export, "chord", seed=2)
    songs.get(0)
    parcel = pickle.dumps(songs)
    assert len(parcel) < 10_000
    assert same(pickle.loads(parcel).get(3).target, songs.get(3).target)


def test_the_seed_and_the_epoch_decide(export: Path) -> None:
    settings = ExampleSettings(most_bars=2)
    drawn = {
        (seed, epoch): tuple(int(songs.get(i, epoch).target.bar[0]) for i in range(12))
        for seed in (0, 1)
        for songs in [Songs(export, "music", settings, seed=seed)]
        for epoch in (0, 1)
    }
    assert len(set(drawn.values())) == 4


def test_chords_see_the_video_and_the_other_stages_do_not(export: Path) -> None:
    seen = [Songs(export, "chord").get(i).semantic for i in (0, 1)]
    assert [None if each is None else each.shape for each in seen] == [(32, 3), None]
    assert Songs(export, "melody").get(0).semantic is None


def test_the_tempo_of_motion_leaves_out_what_has_none(export: Path) -> None:
    songs = Songs(export, "music", ExampleSettings(tempo="motion"))
    assert songs.ids == [f"test:{i:02d}" for i in range(0, SONGS, 2) if i != 4]
    assert songs.left_out["no motion"] == SONGS - len(songs) + 2  # those of one track have none either
    assert songs.get(0).tempo == 110.0


def test_no_motion_at_all_is_refused(tmp_path: Path) -> None:
    write_export(tmp_path, [melodic("test:a")])
    with pytest.raises(BadCall, match="features_motion"):
        Songs(tmp_path, "melody", ExampleSettings(tempo="motion"))


def test_a_stage_that_is_not_there_is_refused(export: Path) -> None:
    with pytest.raises(BadCall, match="no stage 'melodies'"):
        Songs(export, "melodies")


def test_an_export_of_nothing_usable_is_refused_with_the_reasons(tmp_path: Path) -> None:
    write_export(tmp_path, lacking()[:2])
    with pytest.raises(BadCall, match=r"no song to learn melody from \(no beats: 2\)"):
        Songs(tmp_path, "melody")
