"""Row -> POP909's folder -> the importer of POP909 -> row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.convert.folder import FORMATS, convert
from symmv_tools.dataset.convert.pop909 import MOST_SONGS, number_of
from symmv_tools.errors import BadCall
from symmv_tools.music.keys import KEYS
from symmv_tools.sources.pop909 import SOURCE
from symmv_tools.sources.releases import Release, locate
from symmv_tools.sources.spreadsheet import rows_of
from tests.exports import beats, labels, notes, song
from tests.rows import CHORD, GRID, KEY, Row, bars, chained, pedals
from tests.rows import notes as random_notes

HELD = st.fixed_dictionaries(
    {
        "title": st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=9),
        "note_midi": random_notes(GRID).filter(lambda group: len(group["time"]) > 0),
        "pedal": pedals(GRID),
        "beat": bars(GRID),
        "chord": chained(GRID, CHORD),
        "key_mode": chained(GRID, KEY),
    }
)
"""Rows of what the layout can hold, but for beats and tracks."""


def imported(folder: Path) -> Release:
    files, (index,), refused = locate(SOURCE, folder)
    assert not refused
    return SOURCE.find(files, index, None)


def columns_of(release: Release, number: int = 0) -> dict[str, Row]:
    """What the importer reads of a song, by the name of the annotation."""
    return {annotation.variant: annotation.read() for annotation in release.songs[number].annotations}


def in_order(group: Row, tracks: dict[str, str]) -> list[tuple[Any, ...]]:
    time, duration = (np.round(np.asarray(group[name]) * 64).tolist() for name in ("time", "duration"))
    names = [tracks.get(name, name) for name in group["track"]]
    rest = [list(map(int, group[name])) for name in ("value", "velocity")]
    return sorted(zip(time, duration, *rest, names, strict=True))


def assert_labels(found: Row, wanted: Row) -> None:
    assert found["value"] == wanted["value"]
    assert found["time"].tolist() == wanted["time"].tolist()
    np.testing.assert_allclose(found["duration"], wanted["duration"], rtol=0, atol=1e-9)


@settings(deadline=None, max_examples=50)
@given(row=HELD)
def test_a_row_comes_back_through_the_importer(row: Row, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("pop909") / "POP909"
    list(convert([{"song_id": "folder:x", **row}], "pop909", folder))
    release = imported(folder)
    assert release.songs[0].song.title == row["title"]
    found = columns_of(release)
    # Our own two tracks are POP909's melody and piano.
    wanted = in_order(row["note_midi"], {"accompaniment": "piano"})
    assert in_order(found["melody@released"]["note_midi"], {}) == wanted
    for name in ("chords@released", "chords@released-audio"):
        assert_labels(found[name]["chord"], row["chord"])
    assert_labels(found["keys@released"]["key_mode"], row["key_mode"])
    heard = found["beats@released-audio"]["beat"]
    assert heard["time"].tolist() == row["beat"]["time"].tolist()
    assert heard["value"].tolist() == row["beat"]["value"].tolist()
    assert found["beats@released"]["beat"]["time"].tolist() == row["beat"]["time"].tolist()


@settings(deadline=None, max_examples=50)
@given(length=st.sampled_from([3, 4]), first=st.integers(0, 3), count=st.integers(8, 40))
def test_bars_of_three_and_four_come_back_from_accents_too(
    length: int, first: int, count: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    position = ((np.arange(count) + first) % length + 1).astype(np.uint8)
    folder = tmp_path_factory.mktemp("pop909") / "POP909"
    list(convert([song("a", beat=dict(beats(count), value=position))], "pop909", folder))
    assert columns_of(imported(folder))["beats@released"]["beat"]["value"].tolist() == position.tolist()


def test_labels_that_the_layout_cannot_hold_are_cut_or_left_out(tmp_path: Path) -> None:
    chord = labels((2.0, "C:maj"), (0.0, "N"), (2.0, "G:7"))
    chord["duration"][0] = 3.0
    list(convert([song("a", chord=chord)], "pop909", tmp_path / "POP909"))
    found = columns_of(imported(tmp_path / "POP909"))["chords@released"]["chord"]
    assert found["value"] == ["C:maj", "G:7"]
    assert found["duration"].tolist() == [2.0, 2.0]


def test_a_key_is_spelt_as_the_importer_spells_it(tmp_path: Path) -> None:
    list(convert([song("a", key_mode=labels((9.0, "Gb:major")))], "pop909", tmp_path / "POP909"))
    (key,) = columns_of(imported(tmp_path / "POP909"))["keys@released"]["key_mode"]["value"]
    assert key == "F#:major"
    assert key in KEYS


def test_null_and_empty_have_no_file(tmp_path: Path) -> None:
    row = song("a", chord=None, key_mode=labels(), beat=None, note_midi=None)
    files = {path.name for path in convert([row], "pop909", tmp_path / "out")}
    assert files == {"001.mid", "index.xlsx"}


def test_songs_of_pop909_keep_their_numbers_and_the_index_knows_the_rest(tmp_path: Path) -> None:
    ids = ["pop909:007", "../../etc/passwd\n\x1b[31m", "youtube:a", "pop909:1000"]
    rows = [song(song_id, title="歌 & <b>", note_midi=notes(2)) for song_id in ids]
    files = [path.relative_to(tmp_path / "out") for path in convert(rows, "pop909", tmp_path / "out")]
    assert {path.parts[0] for path in files} == {"001", "002", "003", "007", "index.xlsx"}
    index = {row["song_id"]: row for row in rows_of(tmp_path / "out" / "index.xlsx")}
    assert [index[n]["symmv_song_id"] for n in ("007", "002", "003")] == [ids[0], *ids[2:]]
    assert index["001"]["symmv_song_id"] == "../../etc/passwd\n\N{REPLACEMENT CHARACTER}[31m"
    assert {row["name"] for row in index.values()} == {"歌 & <b>"}


def test_there_are_no_more_than_999_folders() -> None:
    assert number_of("a", {f"{n:03d}" for n in range(1, MOST_SONGS)}) == "999"
    assert number_of("pop909:001", {"001"}) == "002"
    empty = [{"song_id": f"a:{n}"} for n in range(MOST_SONGS + 1)]
    with pytest.raises(BadCall, match="it holds 999 songs"):
        list(FORMATS["pop909"].files(empty))
