"""Exports of a store made by the real stages: what is in them, what is left out, and when they are old."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from symmv_tools import row
from symmv_tools.dataset.constants import read_constants
from symmv_tools.errors import BadCall
from symmv_tools.pipeline.exporting import export, export_state
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.plan import make_plan
from symmv_tools.pipeline.run import annotate
from symmv_tools.pipeline.shards import Retry
from symmv_tools.song import Song
from symmv_tools.store import Store
from tests.films import film, write_film
from tests.media import write_song

DEMO = sorted((Path(__file__).parents[2] / "demo" / "songs").glob("*.mid"))
BASS = "chords@bass"
EXPORTED = {*(f"demo:{path.stem}" for path in DEMO), "test:only-its-video"}
Row = dict[str, Any]
Open = Callable[[], House]
FPS = 24


def songs_in(folder: Path) -> list[Song]:
    """The demo's songs, one with a film, and songs that end in each of the bad ways."""
    picture = str(folder / "film.mp4")
    write_film(Path(picture), film(24, 24), fps=FPS)
    (folder / "text.mid").write_text("do re mi", encoding="utf-8")
    write_song(folder / "one-note.mid", notes=1)
    write_song(folder / "away.mid")
    return [
        *(
            Song(f"demo:{p.stem}", title=p.stem, midi=str(p), video=picture if p is DEMO[0] else None)
            for p in DEMO
        ),
        Song("test:one-note", midi=str(folder / "one-note.mid")),
        Song("test:no-midi", midi=str(folder / "text.mid")),
        Song("test:only-its-video", midi=str(folder / "text.mid"), video=picture),
        Song("test:away", midi=str(folder / "away.mid")),
    ]


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was annotated once, with a second variant of chords, while one file was away."""
    folder = tmp_path_factory.mktemp("annotated")
    store = Store.open(folder / "work", create=True)
    store.put(songs_in(folder))
    store.close()
    (folder / "away.mid").rename(folder / "away.elsewhere")
    house = House.open(folder / "work")
    house.active.change(None, [f"{BASS}.keep_bass=true", f"{BASS}.method=chorder"])
    house.active.save(house.store.root)
    annotate(house, workers=1)
    house.store.close()
    return folder


@pytest.fixture
def reopen(annotated: Path, tmp_path: Path) -> Open:
    """Opens a copy of that store anew, as another process would."""
    shutil.copytree(annotated / "work", tmp_path / "work")
    return lambda: House.open(tmp_path / "work")


@pytest.fixture(scope="module")
def exported(annotated: Path) -> Path:
    """An export of that store."""
    shutil.copytree(annotated / "work", annotated / "copy")  # an export leaves its note in the store
    house = House.open(annotated / "copy")
    export(house, annotated / "out")
    house.store.close()
    return annotated / "out"


def rows_of(folder: Path) -> dict[str, Row]:
    """The exported rows, by song_id."""
    rows: list[Row] = pq.read_table(folder / "data").to_pylist()
    return {found["song_id"]: found for found in rows}


def failures_of(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Code and reason of every failure, by song and stage."""
    rows: list[Row] = pq.read_table(folder / "failures").to_pylist()
    return {(found["song_id"], found["stage"]): (found["code"], found["reason"]) for found in rows}


def last_export(house: House) -> str:
    """What `symmv plan` says of the last export: its last word."""
    nodes = house.nodes()
    state, see = export_state(house, nodes)
    make_plan(house, nodes, see=see)
    return state().rpartition(" ")[2]


def set_to(house: House, *assignments: str) -> None:
    house.active.change(None, assignments)
    house.active.save(house.store.root)


# --- what is in it --------------------------------------------------------------------------------


def test_there_is_a_row_for_every_song_of_which_something_was_made(exported: Path) -> None:
    assert set(rows_of(exported)) == EXPORTED
    assert pq.read_table(exported / "data").schema.equals(row.schema())


def test_a_song_has_what_its_media_give_and_null_where_nobody_looked(exported: Path) -> None:
    rows = rows_of(exported)
    first, second = (rows[f"demo:{path.stem}"] for path in DEMO[:2])
    for name in ("note_midi", "chord", "key_mode", "beat", "tempo", "time_signature"):
        assert len(first[name]["time"]) > 0, name
    assert first["midi"] == DEMO[0].read_bytes()
    assert (first["title"], first["schema_version"]) == (DEMO[0].stem, row.SCHEMA_VERSION)
    assert len(first["shot"]["time"]) == 2
    assert (first["video_width"], first["video_height"]) == (64, 36)
    assert first["video_fps"] == pytest.approx(FPS, rel=1e-3)
    assert second["shot"] is second["video"] is second["audio"] is None


def test_songs_with_one_film_share_their_group_and_split(exported: Path) -> None:
    rows = rows_of(exported)
    one, other, alone = (
        rows[s] for s in (f"demo:{DEMO[0].stem}", "test:only-its-video", f"demo:{DEMO[1].stem}")
    )
    assert one["group_id"] == other["group_id"] != alone["group_id"]
    assert one["split"] == other["split"]


def test_the_motion_range_is_that_of_the_films_in_the_train_split(exported: Path, annotated: Path) -> None:
    house = House.open(annotated / "work")
    parts = sorted((house.store.root / "tables" / "motion").glob("*.parquet"))
    tables = [pq.read_table(part, columns=["song_id", "motion_mean"]).to_pylist() for part in parts]
    rows = rows_of(exported)
    means = [
        made["motion_mean"]
        for made in chain.from_iterable(tables)
        if made["motion_mean"] is not None and rows[made["song_id"]]["split"] == "train"
    ]
    assert means, "the film's songs are in the train split"
    assert read_constants(exported).motion_range == (min(means), max(means))
    assert "## Motion" in (exported / "README.md").read_text(encoding="utf-8")


def test_provenance_names_stage_version_and_fingerprint(exported: Path, annotated: Path) -> None:
    house = House.open(annotated / "work")
    song_id = f"demo:{DEMO[0].stem}"
    ((judged,),) = [house.judge([house.store.find([song_id])[song_id]], house.nodes())]
    made = {entry["stage"]: entry for entry in rows_of(exported)[song_id]["provenance"]}
    assert set(made) == {
        "read_midi", "melody", "beats_from_notes", "tempo", "chords", "keys", "shots", "video_info",
        "align_midi",
        "motion", "colour",  # no column of the Row is theirs, but tables beside it are
    }  # fmt: skip
    for name, entry in made.items():
        assert entry["version"] == house.graph.stage(name).version
        assert entry["fingerprint"] == judged.cells[name].fingerprint
        assert entry["variant"] is None
        assert entry["run_at"].startswith("20")


def test_a_rejected_song_is_in_the_failures_only_and_with_its_reason(exported: Path) -> None:
    of_song = {
        stage: said for (song, stage), said in failures_of(exported).items() if song == "test:one-note"
    }
    assert of_song == {"midi_quality": ("TOO_FEW_NOTES", "only 1 notes; at least 16 are asked")}


def test_a_failed_song_is_exported_as_far_as_it_got(exported: Path) -> None:
    found = rows_of(exported)["test:only-its-video"]
    assert found["note_midi"] is found["chord"] is None
    assert len(found["shot"]["time"]) == 2
    failures = failures_of(exported)
    assert failures["test:only-its-video", "read_midi"] == failures["test:no-midi", "read_midi"]
    assert failures["test:no-midi", "read_midi"][0] == "NOT_MIDI"
    assert failures["test:away", "read_midi"][0] == "UNREADABLE"
    assert {song for song, _ in failures} & EXPORTED == {"test:only-its-video"}


def test_a_song_not_annotated_is_left_out_and_listed(reopen: Open, annotated: Path, tmp_path: Path) -> None:
    house = reopen()
    write_song(tmp_path / "new.mid")
    house.store.put([Song("test:new", midi=str(tmp_path / "new.mid"))])
    made = export(house, tmp_path / "out")
    assert (made.rows, made.left_out) == (len(EXPORTED), 4)
    said = {found for (song, _), found in failures_of(tmp_path / "out").items() if song == "test:new"}
    assert said == {("NOT_RUN", "not annotated under the active settings")}


# --- variants -------------------------------------------------------------------------------------


def labels_of(house: House, out: Path, use: Sequence[str] = ()) -> dict[str, list[str]]:
    """The chord labels of every exported song that has some."""
    export(house, out, use)
    return {song_id: found["chord"]["value"] for song_id, found in rows_of(out).items() if found["chord"]}


def test_an_export_takes_its_chords_from_either_variant(reopen: Open, tmp_path: Path) -> None:
    house = reopen()
    plain = labels_of(house, tmp_path / "plain")
    bass = labels_of(house, tmp_path / "bass", ["chords=bass"])
    assert plain.keys() == bass.keys()
    assert not any("/" in label for labels in plain.values() for label in labels)
    assert any("/" in label for labels in bass.values() for label in labels)
    made = rows_of(tmp_path / "bass")[f"demo:{DEMO[0].stem}"]["provenance"]
    assert [entry["variant"] for entry in made if entry["stage"] == "chords"] == ["bass"]
    assert labels_of(house, tmp_path / "plain") == plain


def test_a_variant_that_is_not_there_is_refused_with_the_nearest(reopen: Open, tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="no variant chords@bas") as caught:
        export(reopen(), tmp_path / "out", ["chords=bas"])
    assert BASS in caught.value.hint
    with pytest.raises(BadCall, match="no stage 'chrods'"):
        export(reopen(), tmp_path / "out", ["chrods=bass"])
    assert not (tmp_path / "out").exists()


# --- when it is old -------------------------------------------------------------------------------


def test_a_chord_setting_makes_the_export_stale_until_it_is_switched_back(
    reopen: Open, tmp_path: Path
) -> None:
    house = reopen()
    assert export_state(house, house.nodes())[0]() == "", "nothing was exported yet"
    export(house, tmp_path / "out")
    assert last_export(reopen_at(house)) == "date"  # "is up to date"
    set_to(house, "chords.raster_seconds=0.25")
    assert last_export(reopen_at(house)) == "stale"
    ran = annotate(reopen_at(house), workers=1)
    assert {key: dict(counts) for key, counts in ran.outcomes.items()} == {
        "chords": {"done": len(DEMO)},
        BASS: {"done": len(DEMO)},  # a variant of one's own starts from what is active
    }
    assert last_export(reopen_at(house)) == "stale"
    set_to(house, "chords.raster_seconds=0.5")
    assert not annotate(reopen_at(house), workers=1).outcomes
    assert last_export(reopen_at(house)) == "date"


def reopen_at(house: House) -> House:
    return House.open(house.store.root)


def test_an_export_of_a_variant_is_stale_by_the_variant_alone(reopen: Open, tmp_path: Path) -> None:
    house = reopen()
    export(house, tmp_path / "out", ["chords=bass"])
    set_to(house, "chords.raster_seconds=0.25", f"{BASS}.raster_seconds=0.5")
    assert last_export(house) == "date"
    set_to(house, f"{BASS}.keep_bass=false")
    assert last_export(house) == "stale"


def test_an_export_that_was_deleted_is_said_to_be_gone(reopen: Open, tmp_path: Path) -> None:
    house = reopen()
    export(house, tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    assert last_export(house) == "gone"


def test_two_exports_of_equal_stores_are_equal_to_the_byte(
    reopen: Open, exported: Path, tmp_path: Path
) -> None:
    house = reopen()
    house.store.close()
    for file in house.store.root.glob("cache.sqlite*"):
        file.unlink()
    again = export(reopen(), tmp_path / "out")
    assert files_of(tmp_path / "out") == files_of(exported)
    assert [path.name for path in again.files] == sorted(path.name for path in (exported / "data").iterdir())


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# --- retry ----------------------------------------------------------------------------------------


def test_retry_takes_up_what_could_do_better_and_what_waits_for_it(
    reopen: Open, annotated: Path, tmp_path: Path
) -> None:
    house = reopen()
    back = annotated / "away.mid"
    shutil.copy(annotated / "away.elsewhere", back)
    try:
        assert not annotate(house, workers=1).outcomes, "a failure is not run again unasked"
        ran = annotate(reopen_at(house), workers=1, retry=Retry(failed=True)).outcomes
    finally:
        back.unlink()
    assert all(counts == {"done": 1} for counts in ran.values()), ran
    assert {"read_midi", "midi_quality", "chords", BASS} <= set(ran)
    made = export(reopen_at(house), tmp_path / "out")
    assert set(rows_of(tmp_path / "out")) == {*EXPORTED, "test:away"}
    assert made.left_out == 2


def test_retry_of_everything_also_takes_up_what_failed_for_good(reopen: Open) -> None:
    ran = annotate(reopen(), ["read_midi"], workers=1, retry=Retry(failed=True, even_permanent=True))
    assert {key: dict(counts) for key, counts in ran.outcomes.items()} == {"read_midi": {"failed": 3}}


# --- everybody's reader ---------------------------------------------------------------------------

# In a process of its own, with its cache in the test's folder: `datasets` reads its place at import.
LOAD = """
import json, sys
from datasets import load_dataset
rows = [row for split in load_dataset(sys.argv[1]).values() for row in split]
files = load_dataset("parquet", data_files=sys.argv[1] + "/data/*.parquet", split="train")
assert sorted(files["song_id"]) == sorted(row["song_id"] for row in rows)
print(json.dumps({row["song_id"]: row["chord"] and row["chord"]["value"] for row in rows}))
"""


def test_datasets_reads_a_real_export(exported: Path, tmp_path: Path) -> None:
    places = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(exported)],
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == chords_of(exported)


def chords_of(folder: Path) -> dict[str, list[str] | None]:
    return {s: found["chord"] and found["chord"]["value"] for s, found in rows_of(folder).items()}


def test_pandas_polars_and_duckdb_read_a_real_export(exported: Path) -> None:
    expected = chords_of(exported)
    frame = pd.read_parquet(exported / "data", columns=["song_id", "chord"])
    by_pandas = {s: None if c is None else list(c["value"]) for s, c in frame.itertuples(index=False)}
    assert by_pandas == expected
    by_polars = pl.read_parquet(exported / "data").to_dicts()
    assert {r["song_id"]: r["chord"] and r["chord"]["value"] for r in by_polars} == expected
    asked = duckdb.connect().execute(f"select song_id, chord.value from '{exported}/data/*.parquet'")
    assert dict(asked.fetchall()) == expected
