"""What was taken down stays down: in exports, on the disk, and when it is collected again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq
import pytest

from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.pipeline.exporting import export, export_state
from symmv_tools.pipeline.fetching import Fetched, fetch_media
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.importing import import_release
from symmv_tools.pipeline.plan import make_plan
from symmv_tools.pipeline.run import annotate
from symmv_tools.pipeline.takedowns import NAME, Takedowns, take_down
from symmv_tools.song import Song
from symmv_tools.store import Store
from symmv_tools.store.media import media_folder
from symmv_tools.store.store import Record
from tests.fake_stages import WORLD, annotate_here
from tests.releases import packed, write_pop909

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
WHY = "the owner asked on 3 May"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A store of three songs: a and b share a fetched video, c has a file of its own outside."""
    store = Store.open(tmp_path / "work", create=True)
    video = _file(media_folder(store.root, "youtube:dQw4w9WgXcQ") / "video.mp4", "pictures")
    _file(video.parent / "info.json", "{}")
    own = _file(media_folder(store.root, "a") / "a.mid", "aaa")
    store.put(
        [
            Song("a", title="A", midi=str(own), video_url=VIDEO, video=str(video)),
            Song("b", midi=str(_file(tmp_path / "b.mid", "bb")), video_url=VIDEO, video=str(video)),
            Song("c", midi=str(_file(tmp_path / "c.mid", "c"))),
        ]
    )
    annotate_here(House(store, WORLD))
    store.close()
    return store.root


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def opened(work: Path) -> House:
    return House.open(work, stages=WORLD)


def exported(work: Path) -> tuple[set[str], list[dict[str, str]]]:
    """The ids of the rows, and all failures."""
    out = work.parent / "out"
    export(opened(work), out)
    rows = [row for path in (out / "data").iterdir() for row in pq.read_table(path).to_pylist()]
    return {row["song_id"] for row in rows}, pq.read_table(out / "failures").to_pylist()


def test_a_song_taken_down_is_in_failures_by_id_and_reason_alone_and_its_files_are_gone(work: Path) -> None:
    removed = take_down(opened(work).store, ["a"], WHY)
    assert removed.songs == ["a"]
    assert [path.name for path in removed.files] == ["a.mid"]
    rows, failures = exported(work)
    assert rows == {"b", "c"}
    assert failures == [{"song_id": "a", "stage": "takedown", "code": "TAKEN_DOWN", "reason": WHY}]
    assert not media_folder(work, "a").exists()
    assert (media_folder(work, "youtube:dQw4w9WgXcQ") / "video.mp4").is_file(), "b uses it"


def test_an_address_takes_down_all_that_is_made_of_it_in_any_spelling(work: Path) -> None:
    removed = take_down(opened(work).store, ["https://youtu.be/dQw4w9WgXcQ"], WHY)
    assert removed.songs == ["a", "b"]
    assert {path.name for path in removed.files} == {"a.mid", "video.mp4", "info.json"}
    assert exported(work)[0] == {"c"}
    assert (work.parent / "b.mid").is_file(), "what lies outside the store is its owner's"


def test_what_is_collected_again_under_another_name_stays_down(work: Path) -> None:
    house = opened(work)
    sha256 = house.store.find(["c"])["c"].sha256["midi"]
    take_down(house.store, [VIDEO, str(sha256)], WHY)
    house = opened(work)
    house.store.put([Song("a2", video_url=VIDEO), Song("c2", midi=str(_file(work.parent / "c2.mid", "c")))])
    house = opened(work)
    assert not annotate(house, workers=1).outcomes
    rows, failures = exported(work)
    assert rows == set()
    assert {failure["song_id"] for failure in failures} == {"a", "b", "c", "a2", "c2"}
    assert {failure["code"] for failure in failures} == {"TAKEN_DOWN"}


def test_what_was_taken_down_is_not_fetched_again(work: Path, tmp_path: Path) -> None:
    store = opened(work).store
    take_down(store, [VIDEO], WHY)
    nobody_asks = cast(Web, None)
    songs = [record.song for record in store.find(["a", "b"]).values()]
    assert fetch_media(store, nobody_asks, WebSettings(), songs) == Fetched()


def test_what_was_taken_down_is_not_imported_again(tmp_path: Path) -> None:
    archive = packed(write_pop909(tmp_path), tmp_path / "release.tar.gz")
    house = House.open(tmp_path / "work", create=True)
    assert import_release(house, "pop909", archive).songs == 3
    assert len(take_down(house.store, ["pop909:002"], WHY).files) == 1
    house = House.open(tmp_path / "work")
    assert import_release(house, "pop909", archive).songs == 2
    assert not media_folder(house.store.root, "pop909:002").exists()


def test_a_takedown_makes_the_last_export_stale(work: Path) -> None:
    exported(work)
    take_down(opened(work).store, ["a"], WHY)
    house = opened(work)
    state, see = export_state(house, house.nodes())
    make_plan(house, house.nodes(), see=see)
    assert state().endswith("is stale")


def test_a_killed_takedown_is_finished_by_the_same_call(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("symmv_tools.pipeline.takedowns._delete", _killed)
        with pytest.raises(KeyboardInterrupt):
            take_down(opened(work).store, ["a"], WHY)
    assert exported(work)[0] == {"b", "c"}, "it is written down before anything is deleted"
    assert [path.name for path in take_down(opened(work).store, ["a"], "again").files] == ["a.mid"]
    (line,) = (work / NAME).read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["why"] == WHY


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_slip_of_the_pen_is_refused_and_nothing_is_written(work: Path) -> None:
    with pytest.raises(BadCall, match="no song 'aa'"):
        take_down(opened(work).store, ["a", "aa"], WHY)
    assert not (work / NAME).exists()


def test_a_hostile_id_is_written_down_as_it_is(work: Path) -> None:
    hostile = 'x\n{"what": "c", "why": ""}\t\u2028'
    house = opened(work)
    house.store.put([Song(hostile, midi=str(work.parent / "b.mid"))])
    take_down(house.store, [hostile], "a\nb")
    assert Takedowns.of(work).reasons == {hostile: "a\nb"}


def test_a_list_by_hand_is_taken_and_one_that_is_none_is_refused(work: Path) -> None:
    (work / NAME).write_text('{"what": "c", "why": "by hand"}\n', encoding="utf-8")
    assert exported(work)[0] == {"a", "b"}
    (work / NAME).write_text("c\n", encoding="utf-8")
    with pytest.raises(BadManifest, match=r"takedowns.jsonl:1 is no take-down"):
        opened(work)


def test_nothing_is_taken_down_by_a_store_without_a_list(tmp_path: Path) -> None:
    none = Takedowns.of(tmp_path)
    assert none.why(Record(Song("a", video_url=VIDEO), {})) is None
    assert not none.has_page(VIDEO)
