"""Released data sets in a store: beside our own annotations, never under them, and never run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from symmv_tools.dataset.splits import group_ids
from symmv_tools.errors import BadCall
from symmv_tools.pipeline import importing
from symmv_tools.pipeline.exporting import export, export_state
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.importing import Imported, import_release
from symmv_tools.pipeline.plan import make_plan, status
from symmv_tools.pipeline.run import annotate
from symmv_tools.pipeline.shards import Retry
from symmv_tools.pipeline.showing import portraits
from symmv_tools.pipeline.states import State
from symmv_tools.song import Song
from symmv_tools.store.compact import compact_table
from symmv_tools.store.parts import fetch
from tests.releases import DEMO, SYMMV_HEADER, packed, write_pop909, write_symmv

POP909 = ("beats", "beats@released-audio", "chords", "chords@released-audio", "keys", "melody")
POP909_VARIANTS = {key if "@" in key else f"{key}@released" for key in POP909}
SYMMV_VARIANTS = {"chords@released", "keys@released", "melody@released"}
URL = "https://www.youtube.com/watch?v="
Open = Callable[[], House]


@pytest.fixture
def house(tmp_path: Path) -> Open:
    """Opens the store anew, as another process would."""
    return lambda: House.open(tmp_path / "work", create=True)


def codes(done: Imported) -> list[tuple[str, str]]:
    return sorted((refusal.what, refusal.code) for refusal in done.refused)


def cells(house: House, key: str, column: str) -> dict[str, Any]:
    """The newest row of every song in a table; failed rows give their message."""
    ids = [record.song.song_id for batch in house.store.batches() for record in batch]
    newest = {song_id: rows[-1] for song_id, rows in house.store.known(key, ids).items()}
    return {
        song_id: fetch([row.ref], [column])[row.ref][column] if row.outcome == "done" else row.code
        for song_id, row in newest.items()
    }


def songs(house: House) -> dict[str, Song]:
    return {record.song.song_id: record.song for batch in house.store.batches() for record in batch}


# --- what comes in --------------------------------------------------------------------------------


def test_pop909_comes_in_with_everything_that_it_says(tmp_path: Path, house: Open) -> None:
    done = import_release(house(), "pop909", write_pop909(tmp_path))
    assert (done.songs, done.changed, done.refused) == (3, 3, [])
    assert done.written == dict.fromkeys(POP909_VARIANTS, 3)
    opened = house()
    song = songs(opened)["pop909:002"]
    assert (song.title, song.artist, song.license) == ("歌 002 & <b>", "唐磊", "MIT")
    assert song.midi == str(tmp_path / "POP909" / "002" / "002.mid"), "a folder's MIDI stays where it is"
    chords = cells(opened, "chords@released", "chord")["pop909:001"]
    assert chords["value"] == ["N", "B:maj", "C#:sus4(b7)/5"]
    assert chords["confidence"] == [None] * 3
    assert cells(opened, "beats@released", "beat")["pop909:003"]["value"].tolist() == [1, 2, 3, 4, 1, 2]
    tracks = cells(opened, "melody@released", "note_midi")["pop909:001"]["track"]
    assert set(tracks) == {"melody", "bridge", "piano"}


def test_symmv_comes_in_with_urls_ids_and_keys(tmp_path: Path, house: Open) -> None:
    rows = {"00001": f"{URL}a\tE- major\t5", "00002": "https://www.bilibili.com/video/BV1?\tc# minor"}
    done = import_release(house(), "symmv", write_symmv(tmp_path, rows))
    assert (done.songs, done.refused) == (2, [])
    assert done.written == dict.fromkeys(SYMMV_VARIANTS, 2)
    found = songs(house())
    assert (found["symmv:00001"].video_url, found["symmv:00001"].shazam_id) == (f"{URL}a", "5")
    assert found["symmv:00002"].video_url == "https://www.bilibili.com/video/BV1?"
    assert found["symmv:00002"].shazam_id is None
    keys = cells(house(), "keys@released", "key_mode")
    assert {song_id: key["value"] for song_id, key in keys.items()} == {
        "symmv:00001": ["Eb:major"],
        "symmv:00002": ["C#:minor"],
    }


@pytest.mark.parametrize("level", ["", "POP909", "POP909/002"])
def test_any_sensible_folder_will_do(level: str, tmp_path: Path, house: Open) -> None:
    write_pop909(tmp_path / "download" / "POP909-Dataset-master", ["001", "002"])
    done = import_release(house(), "pop909", tmp_path / "download" / "POP909-Dataset-master" / level)
    assert done.songs == (1 if "002" in level else 2)
    assert songs(house())["pop909:002"].artist == "唐磊", "the index is found beside a single song, too"
    assert not done.refused


@pytest.mark.parametrize("name", ["pop909", "symmv"])
def test_an_archive_says_what_its_folder_says(name: str, tmp_path: Path, house: Open) -> None:
    if name == "pop909":
        folder = write_pop909(tmp_path)
    else:
        folder = write_symmv(tmp_path, {"00001": f"{URL}a\tC major\t5"})
    archive = packed(folder, tmp_path / "release.tar.gz")
    done = import_release(house(), name, archive)
    assert not done.refused
    shutil.rmtree(folder)
    opened = house()
    for song in songs(opened).values():
        assert song.midi is not None
        assert Path(song.midi).is_relative_to(tmp_path / "work" / "media"), "it is kept for our own stages"
        assert Path(song.midi).is_file()
    assert not list((tmp_path / "work").glob(".import-*"))
    again = import_release(opened, name, archive)
    assert (again.songs, again.changed, again.written) == (done.songs, 0, Counter())


def test_the_first_songs_are_taken_by_id(tmp_path: Path, house: Open) -> None:
    assert import_release(house(), "pop909", write_pop909(tmp_path), limit=2).songs == 2
    assert sorted(songs(house())) == ["pop909:001", "pop909:002"]


# --- again ----------------------------------------------------------------------------------------


def test_importing_twice_brings_nothing_new(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path)
    import_release(house(), "pop909", folder)
    before = sorted((tmp_path / "work" / "tables").rglob("*.parquet"))
    again = import_release(house(), "pop909", folder)
    assert (again.songs, again.changed, again.written) == (3, 0, Counter())
    assert sorted((tmp_path / "work" / "tables").rglob("*.parquet")) == before


def test_after_a_file_has_changed_only_its_song_is_new_and_changing_back_counts(
    tmp_path: Path, house: Open
) -> None:
    folder = write_pop909(tmp_path)
    import_release(house(), "pop909", folder)
    file = folder / "002" / "chord_midi.txt"
    was = file.read_text(encoding="utf-8")
    for text, label in (("0 1 A:min\n", "A:min"), (was, "N")):
        file.write_text(text, encoding="utf-8")
        assert import_release(house(), "pop909", folder).written == {"chords@released": 1}
        chords = cells(house(), "chords@released", "chord")
        assert chords["pop909:002"]["value"][0] == label
        assert chords["pop909:001"]["value"][0] == "N"


def test_what_a_killed_import_had_finished_is_kept_and_the_rest_comes_with_the_next(
    tmp_path: Path, house: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int, songs: int) -> None:
        raise KilledError

    monkeypatch.setattr(importing, "_BATCH", 1)
    archive = packed(write_pop909(tmp_path), tmp_path / "release.tar.gz")
    left = tmp_path / "work" / ".import-left-by-one-who-was-killed"
    house()
    left.mkdir()
    with pytest.raises(KilledError):
        import_release(house(), "pop909", archive, progress=kill)
    assert not left.exists()
    done = import_release(house(), "pop909", archive)
    assert (done.songs, done.changed) == (3, 2)
    assert done.written == dict.fromkeys(POP909_VARIANTS, 2)


def test_a_pipe_in_the_folder_keeps_nobody_waiting(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path, ["001", "002"])
    for name in ("001.mid", "chord_midi.txt"):
        number = "001" if name.endswith("mid") else "002"
        (folder / number / name).unlink()
        os.mkfifo(folder / number / name)
    done = import_release(house(), "pop909", folder)
    assert codes(done) == [("pop909:001", "NO_MEDIUM"), ("pop909:002 chords@released", "MEDIA_MISSING")]


# --- what is wrong costs its song only ------------------------------------------------------------


def test_a_bad_file_costs_its_song_that_annotation(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path)
    (folder / "001" / "chord_midi.txt").unlink()
    (folder / "002" / "002.mid").write_bytes(b"MThd but no more")
    (folder / "003" / "beat_midi.txt").write_bytes(b"\xff\xfe")
    done = import_release(house(), "pop909", folder)
    assert done.songs == 3
    assert codes(done) == [
        ("pop909:001 chords@released", "MEDIA_MISSING"),
        ("pop909:002 melody@released", "TRUNCATED"),
        ("pop909:003 beats@released", "BAD_ANNOTATION"),
    ]
    assert status(house())["chords@released"] == {"done": 2, "failed": 1}
    again = import_release(house(), "pop909", folder)
    assert codes(again) == codes(done), "it is said every time"
    assert not again.written


def test_a_song_without_its_midi_is_refused(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path)
    (folder / "002" / "002.mid").unlink()
    done = import_release(house(), "pop909", folder)
    assert (done.songs, codes(done)) == (2, [("pop909:002", "NO_MEDIUM")])


def test_a_lost_index_costs_titles_only(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path)
    (folder / "index.xlsx").unlink()
    done = import_release(house(), "pop909", folder)
    assert (done.songs, codes(done)) == (3, [("index.xlsx", "NO_INDEX")])


def test_a_table_that_contradicts_itself_costs_that_song(tmp_path: Path, house: Open) -> None:
    folder = write_symmv(tmp_path, {"00001": f"{URL}a\tC major\t5", "00002": f"{URL}b\tD major\t6"})
    with (tmp_path / "SymMV.csv").open("a", encoding="utf-8") as table:
        table.write(f"00002\t{URL}c\tD major\t6\n00001\t{URL}a\tC major\t5\n00009\t{URL}d\tD major\n")
    done = import_release(house(), "symmv", folder)
    assert (done.songs, codes(done)) == (1, [("SymMV.csv", "NO_MEDIUM"), ("symmv:00002", "DUPLICATE")])


def test_a_song_that_the_table_leaves_out_has_no_key(tmp_path: Path, house: Open) -> None:
    folder = write_symmv(tmp_path, {"00001": f"{URL}a\tC major\t5", "00002": f"{URL}b\tD major\t6"})
    (tmp_path / "SymMV.csv").write_text(f"{SYMMV_HEADER}\n00001\t{URL}a\tC major\t5\n", encoding="utf-8")
    done = import_release(house(), "symmv", folder)
    assert (done.songs, codes(done)) == (2, [("symmv:00002 keys@released", "MEDIA_MISSING")])


def test_a_cut_archive_gives_the_songs_before_the_cut(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path)
    for noise in ("001", "002", "003"):  # text that does not compress, so that the cut hits the last song
        text = "".join(f"{i} {i + 1} N\n" for i in range(2000))
        (folder / noise / "chord_audio.txt").write_text(text, encoding="utf-8")
    archive = packed(folder, tmp_path / "release.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-3000])
    done = import_release(house(), "pop909", archive)
    assert {"release.tar.gz", "pop909:003"} <= {what for what, code in codes(done) if code == "TRUNCATED"}
    assert "pop909:001" in songs(house())
    assert "failed" not in status(house())["chords@released"], "a song that was cut is not booked"


def test_two_copies_side_by_side_are_told(tmp_path: Path, house: Open) -> None:
    write_pop909(tmp_path / "both" / "a", ["001"])
    (write_pop909(tmp_path / "both" / "b", ["001"]) / "index.xlsx").unlink()
    done = import_release(house(), "pop909", tmp_path / "both")
    assert {code for _, code in codes(done)} == {"DUPLICATE"}
    assert done.songs == 1


@pytest.mark.parametrize(
    ("name", "path", "message"),
    [
        ("pop909", "nowhere", "there is no "),
        ("pop909", "empty", "nothing of POP909 is in "),
        ("symmv", "empty", "nothing of SymMV is in "),
        ("pop909", "file", "is no tar archive"),
        ("pop808", "empty", "'pop808' is no data set that can be imported"),
    ],
)
def test_a_wrong_path_is_answered_with_a_sentence(
    name: str, path: str, message: str, tmp_path: Path, house: Open
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("no archive", encoding="utf-8")
    with pytest.raises(BadCall, match=message):
        import_release(house(), name, tmp_path / path)


def test_symmv_without_its_table_says_how_to_name_it(tmp_path: Path, house: Open) -> None:
    folder = write_symmv(tmp_path, {"00001": f"{URL}a\tC major\t5"})
    elsewhere = tmp_path / "elsewhere" / "songs.csv"
    elsewhere.parent.mkdir()
    shutil.move(tmp_path / "SymMV.csv", elsewhere)
    with pytest.raises(BadCall, match="neither among its files nor beside them") as caught:
        import_release(house(), "symmv", folder)
    assert "--index" in caught.value.hint
    assert import_release(house(), "symmv", folder, index=elsewhere).songs == 1


# --- beside our own -------------------------------------------------------------------------------


def test_our_own_annotators_do_not_see_the_released_tracks(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path, ["001"])
    opened = house()
    import_release(opened, "pop909", folder)
    opened.store.put([Song("folder:mine", midi=str(folder / "001" / "001.mid"))])
    annotate(opened, ["melody"], workers=1)
    notes = cells(house(), "read_midi", "notes")
    assert set(notes["pop909:001"]["track"]) == {""}
    assert set(notes["folder:mine"]["track"]) == {"melody", "bridge", "piano"}
    ours = cells(house(), "melody", "note_midi")
    assert set(ours["pop909:001"]["track"]) == {"melody", "accompaniment"}
    assert (
        ours["folder:mine"]["track"] == cells(house(), "melody@released", "note_midi")["pop909:001"]["track"]
    )


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two songs of POP909, one of whose chords are missing, and one of a user's, annotated."""
    home = tmp_path_factory.mktemp("annotated")
    folder = write_pop909(home, ["001", "002"])
    (folder / "002" / "chord_midi.txt").unlink()
    shutil.copyfile(DEMO, home / "own.mid")
    opened = House.open(home / "work", create=True)
    import_release(opened, "pop909", folder)
    opened.store.put([Song("folder:own", midi=str(home / "own.mid"))])
    annotate(opened, workers=1)
    opened.store.close()
    return home


@pytest.fixture
def full(annotated: Path, tmp_path: Path, house: Open) -> Open:
    """Opens a copy of that store; its release is copied beside it."""
    for name in ("work", "POP909"):
        shutil.copytree(annotated / name, tmp_path / name)
    return house


def tables(work: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in work.rglob("*@released*/*.parquet")}


def test_released_rows_survive_annotating_compacting_and_a_lost_cache(full: Open, tmp_path: Path) -> None:
    opened = full()
    before = tables(tmp_path / "work")
    said = {key: cells(opened, key, "song_id") for key in sorted(POP909_VARIANTS)}
    annotate(opened, workers=1, retry=Retry(True, True))
    assert tables(tmp_path / "work") == before
    import_release(opened, "pop909", tmp_path / "POP909", limit=1)
    for key in sorted(POP909_VARIANTS):
        compact_table(opened.store, key)
    for file in (tmp_path / "work").glob("cache.sqlite*"):
        file.unlink()
    assert {key: cells(full(), key, "song_id") for key in sorted(POP909_VARIANTS)} == said
    assert status(full())["chords@released"] == {"done": 1, "failed": 1}


def test_of_many_imports_the_newest_counts_also_after_compacting(tmp_path: Path, house: Open) -> None:
    folder = write_pop909(tmp_path, ["001"])
    file = folder / "001" / "chord_midi.txt"
    for label in ("A:min", "C:maj", "A:min"):
        file.write_text(f"0 1 {label}\n", encoding="utf-8")
        import_release(house(), "pop909", folder)
    opened = house()
    compact_table(opened.store, "chords@released")
    assert cells(house(), "chords@released", "chord")["pop909:001"]["value"] == ["A:min"]


def test_plan_and_status_and_show_tell_what_was_imported(full: Open) -> None:
    opened = full()
    plan = {stage.key: stage.states for stage in make_plan(opened, opened.nodes()).stages}
    assert plan["chords@released"] == {State.FRESH: 1, State.FAILED: 1, State.ABSENT: 1}
    assert plan["melody@released"] == {State.FRESH: 2, State.ABSENT: 1}
    assert make_plan(opened, opened.nodes()).stale == 0
    assert [n.key for n in opened.wanted(["chords@released"])] == ["chords@released"]
    (portrait,) = portraits(opened, ["pop909:002"], 1)
    assert portrait.verdict("keys@released").endswith(" s")
    assert portrait.verdict("chords@released").startswith("failed: chord_midi.txt does not exist")


def test_what_was_imported_cannot_be_run_nor_set(full: Open) -> None:
    opened = full()
    with pytest.raises(BadCall, match="chords@released is what a data set says") as caught:
        annotate(opened, ["chords@released"])
    assert "symmv import" in caught.value.hint
    with pytest.raises(BadCall, match="keys@released"):
        opened.active.change(None, [], ["keys@released"])
    with pytest.raises(BadCall, match="beats@released-audio"):
        opened.active.change(None, ["beats@released-audio.fps=3"])


def rows_of(out: Path) -> dict[str, dict[str, Any]]:
    return {row["song_id"]: row for row in pq.read_table(out / "data").to_pylist()}


def test_an_export_takes_what_was_released_where_it_is_asked_to(full: Open, tmp_path: Path) -> None:
    opened = full()
    uses = ["chords=released", "melody=released", "keys=released", "beats=released"]
    made = export(opened, tmp_path / "out", uses)
    assert (made.rows, made.left_out) == (3, 0)
    rows = rows_of(tmp_path / "out")
    first, second, own = (rows[s] for s in ("pop909:001", "pop909:002", "folder:own"))
    assert first["chord"]["value"] == ["N", "B:maj", "C#:sus4(b7)/5"]
    assert first["chord"]["confidence"] == [None] * 3
    assert first["beat"]["value"] == [1, 2, 3, 4, 1, 2], "beats of notes give way to the released ones, too"
    assert set(first["note_midi"]["track"]) == {"melody", "bridge", "piano"}
    assert first["license"] == "MIT"
    said = {p["stage"]: (p["variant"], p["version"]) for p in first["provenance"]}
    assert said["chords"] == said["beats"] == ("released", "pop909 1.0.0")
    assert said["tempo"][0] is None
    assert second["chord"] is None, "its file is missing"
    assert own["chord"] is None, "nobody released anything of it"
    assert "Variants called `released` were not computed here" in (tmp_path / "out" / "README.md").read_text()
    export(opened, tmp_path / "own", [])
    assert rows_of(tmp_path / "own")["pop909:001"]["chord"]["value"] != first["chord"]["value"]


def test_an_export_is_stale_when_other_content_was_imported(full: Open, tmp_path: Path) -> None:
    def says() -> str:
        opened = full()
        state, see = export_state(opened, opened.nodes())
        make_plan(opened, opened.nodes(), see=see)
        return state()

    import_release(full(), "pop909", tmp_path / "POP909")
    export(full(), tmp_path / "out", ["chords=released"])
    (tmp_path / "POP909" / "001" / "key_audio.txt").write_text("0 1 C:maj\n", encoding="utf-8")
    import_release(full(), "pop909", tmp_path / "POP909")
    assert says().endswith("is up to date"), "its keys are our own"
    (tmp_path / "POP909" / "001" / "chord_midi.txt").write_text("0 1 C:maj\n", encoding="utf-8")
    import_release(full(), "pop909", tmp_path / "POP909")
    assert says().endswith("is stale")


def test_a_variant_that_nobody_imported_is_answered_with_how_to(tmp_path: Path, house: Open) -> None:
    with pytest.raises(BadCall, match="no variant chords@released") as caught:
        export(house(), tmp_path / "out", ["chords=released"])
    assert "symmv import" in caught.value.hint


def test_songs_that_share_a_url_share_a_group(tmp_path: Path, house: Open) -> None:
    shared = f"{URL}same\tC major"
    rows = {"00001": shared, "00002": f"{URL}other\tC major", "00003": f"{shared}\t7"}
    opened = house()
    import_release(opened, "symmv", write_symmv(tmp_path, rows))
    ids = group_ids({"song_id": s.song_id, "video_url": s.video_url} for s in songs(opened).values())
    assert ids["symmv:00001"] == ids["symmv:00003"] != ids["symmv:00002"]


# --- the command ----------------------------------------------------------------------------------


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    folder = write_pop909(tmp_path, ["001", "002"])
    (folder / "002" / "key_audio.txt").unlink()
    command = [sys.executable, "-m", "symmv_tools.cli.main", "import", "pop909", str(folder)]
    ended = subprocess.run(
        [*command, "--work", str(tmp_path / "work")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "chords@released-audio" in ended.stdout
    assert "refused pop909:002: key_audio.txt does not exist" in ended.stderr
    assert ended.stderr.endswith("2 songs, 2 new or changed, 12 new annotations, 1 refused\n")
    bare = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (bare.returncode, "no store is named" in bare.stderr) == (2, True)
