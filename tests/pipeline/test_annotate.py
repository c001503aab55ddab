"""What runs, what does not, and what a song's or a machine's accident costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from symmv_tools.errors import DiskFull
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.plan import make_plan
from symmv_tools.pipeline.run import annotate
from symmv_tools.pipeline.shards import Retry
from symmv_tools.pipeline.states import State

Open = Callable[[], House]


def states(house: House, key: str) -> dict[str, str]:
    """The state of each song at one stage."""
    return {
        judged.record.song.song_id.removeprefix("folder:"): str(judged.cells[key].state)
        for batch in house.judged(house.nodes())
        for judged in batch
    }


def test_everything_runs_once_and_then_nothing(open_house: Open) -> None:
    summary = annotate(open_house())
    assert {key: dict(counts) for key, counts in summary.outcomes.items()} == {
        key: {"done": 4} for key in ("count", "double", "label")
    }
    assert not annotate(open_house()).outcomes


def test_changing_a_setting_runs_that_stage_only_and_switching_back_runs_nothing(open_house: Open) -> None:
    annotate(open_house())
    house = open_house()
    house.active.change(None, ["label.minor=true"])
    house.active.save(house.store.root)
    house = open_house()
    plan = make_plan(house, house.nodes())
    assert {s.key: s.states[State.STALE] for s in plan.stages} == {"count": 0, "double": 0, "label": 4}
    assert dict(plan.stages[2].reasons) == {"label.minor false -> true": 4}
    assert set(annotate(house).outcomes) == {"label"}
    house = open_house()
    house.active.change(None, ["label.minor=false"])
    house.active.save(house.store.root)
    assert not annotate(open_house()).outcomes


def test_a_runtime_setting_runs_nothing(open_house: Open) -> None:
    annotate(open_house())
    house = open_house()
    house.active.change(None, ["count.batch=1"])
    assert not annotate(house).outcomes


def test_editing_one_song_runs_that_song_only(open_house: Open, songs: Path) -> None:
    annotate(open_house())
    (songs / "a.mid").write_text("aaaaaa", encoding="utf-8")
    house = open_house()
    plan = {s.key: dict(s.reasons) for s in make_plan(house, house.nodes()).stages}
    assert plan == {
        "count": {"midi file changed": 1},
        "double": {"follows count": 1},
        "label": {"follows count": 1},
    }
    assert {key: counts["done"] for key, counts in annotate(house).outcomes.items()} == dict.fromkeys(plan, 1)


def test_a_touched_but_equal_file_runs_nothing(open_house: Open, songs: Path) -> None:
    annotate(open_house())
    (songs / "a.mid").write_text("a", encoding="utf-8")
    assert not annotate(open_house()).outcomes


def test_a_missing_file_makes_nothing_stale(open_house: Open, songs: Path) -> None:
    annotate(open_house())
    house = open_house()
    (songs / "a.mid").unlink()
    assert not annotate(house).outcomes


def test_deleting_the_cache_changes_no_plan(open_house: Open, songs: Path, tmp_path: Path) -> None:
    (songs / "a.mid").write_text("reject", encoding="utf-8")
    house = open_house()
    annotate(house)
    before = make_plan(house, house.nodes()).as_dict()
    house.store.close()
    for file in (tmp_path / "work").glob("cache.sqlite*"):
        file.unlink()
    house = open_house()
    assert make_plan(house, house.nodes()).as_dict() == before


def test_a_damaged_cache_is_rebuilt(open_house: Open, tmp_path: Path) -> None:
    house = open_house()
    annotate(house)
    house.store.close()
    for file in (tmp_path / "work").glob("cache.sqlite*"):
        file.write_bytes(b"this is not a database" * 100)
    assert not annotate(open_house()).outcomes


@pytest.mark.parametrize(
    ("order", "state", "downstream"),
    [("reject", "rejected", "closed"), ("fail", "failed", "blocked"), ("raise", "failed", "blocked")],
)
def test_one_song_s_trouble_is_its_own(
    open_house: Open, songs: Path, order: str, state: str, downstream: str
) -> None:
    (songs / "bb.mid").write_text(order, encoding="utf-8")
    house = open_house()
    annotate(house)
    assert states(house, "count") == {"a": "fresh", "bb": state, "ccc": "fresh", "dddd": "fresh"}
    assert states(house, "double") == {"a": "fresh", "bb": downstream, "ccc": "fresh", "dddd": "fresh"}
    assert not annotate(open_house()).outcomes


@pytest.mark.parametrize(("order", "code"), [("die", "WORKER_CRASH"), ("hang", "TIMEOUT")])
def test_the_song_that_kills_its_worker_is_found_and_booked(
    open_house: Open, songs: Path, order: str, code: str
) -> None:
    (songs / "bb.mid").write_text(order, encoding="utf-8")
    house = open_house()
    annotate(house, workers=1)
    assert states(house, "double") == {"a": "fresh", "bb": "blocked", "ccc": "fresh", "dddd": "fresh"}
    (row,) = house.store.known("count", ["folder:bb"])["folder:bb"]
    assert row.code == code


def test_a_full_disk_is_the_house_s_fault_and_costs_no_song(open_house: Open, songs: Path) -> None:
    (songs / "bb.mid").write_text("full", encoding="utf-8")
    house = open_house()
    with pytest.raises(DiskFull, match="no space"):
        annotate(house)
    assert "failed" not in states(open_house(), "count").values()


def test_retry_runs_what_failed_and_what_waited_for_it(open_house: Open, songs: Path) -> None:
    (songs / "bb.mid").write_text("fail", encoding="utf-8")
    annotate(open_house())
    summary = annotate(open_house(), retry=Retry(failed=True))
    assert {key: dict(counts) for key, counts in summary.outcomes.items()} == {"count": {"failed": 1}}


def test_two_variants_stand_side_by_side(open_house: Open) -> None:
    house = open_house()
    house.active.change(None, ["label@sad.minor=true"])
    annotate(house)
    assert (
        states(house, "label")
        == states(house, "label@sad")
        == dict.fromkeys(("a", "bb", "ccc", "dddd"), "fresh")
    )


def test_naming_a_stage_also_runs_what_it_needs(open_house: Open) -> None:
    assert set(annotate(open_house(), ["double"]).outcomes) == {"count", "double"}


def test_a_limit_takes_the_first_songs(open_house: Open) -> None:
    assert annotate(open_house(), limit=2).outcomes["count"]["done"] == 2
