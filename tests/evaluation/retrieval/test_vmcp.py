"""Music ranked against videos: a judge that is told the answer, one that knows nothing, and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.dataset.curated import read_curators, shared_networks, write_curators
from symmv_tools.dataset.siblings import Siblings
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.beside import beside
from symmv_tools.evaluation.listening.answers import Answer
from symmv_tools.evaluation.listening.files import read_answers
from symmv_tools.evaluation.published import table
from symmv_tools.evaluation.result import Line, Result
from symmv_tools.evaluation.retrieval.baselines import RANDOM, TEMPO, baselines
from symmv_tools.evaluation.retrieval.tagged import Tagger
from symmv_tools.evaluation.retrieval.videos import Videos, see_videos
from symmv_tools.evaluation.retrieval.vmcp import Pools, evaluate_vmcp, real_music
from symmv_tools.evaluation.systems import Entry, System, open_system
from symmv_tools.io.midi import write
from tests.evaluation.pieces import tune, write_pieces
from tests.exports import song, write_export

N = 12


@dataclass(frozen=True)
class Known:
    """Sees and hears the first number of the features as a direction; `blunt` sees and hears one alone."""

    blunt: bool = False
    conditions: Mapping[str, str] = field(default_factory=lambda: {"judge": "known"})

    def of_video(self, features: Mapping[str, Any]) -> NDArray[np.float32]:
        angle = 0.0 if self.blunt else float(np.asarray(features["value"])[0, 0])
        return np.array([np.cos(angle), np.sin(angle)], np.float32)

    of_music = of_video


class Told(Tagger):
    """Hears the number that a piece's name ends in; nothing is rendered."""

    def __call__(self, entry: Entry) -> dict[str, Any]:
        return {"start": 0.0, "rate": 1.0, "value": np.full((3, 1), angle(entry.id))}


def angle(song_id: str) -> float:
    return float(song_id[-3:]) / N * 2 * np.pi


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve songs; the last two are of one video. The tempo of song i is that of video i's motion."""
    folder = tmp_path_factory.mktemp("data") / "real"
    ids = [f"s:{i:03d}" for i in range(N)]
    rows = [
        song(
            one,
            split="test",
            midi=write(tune(i, 2)),
            video_id=f"v{min(i, N - 2)}",
            tempo_global=90.0 + 40 * i / 11,
        )
        for i, one in enumerate(ids)
    ]
    write_export(folder, rows)
    write_constants(folder, Constants((0.0, 11.0)))
    with Siblings(folder, hop_bars=8) as tables:
        for i, row in enumerate(rows):
            sides = {
                "features_semantic": np.full((4, 1), angle(ids[i])),
                "features_motion": np.full((4, 1), i),
            }
            values = {name: {"start": 0.0, "rate": 2.0, "value": value} for name, value in sides.items()}
            tables.add({**row, "beat": None}, values)
    return folder


def result(
    data: Path, judge: Known, *systems: System, answers: tuple[Answer, ...] = (), size: int = 10
) -> Result:
    videos = see_videos(data, judge, "test")
    real = real_music(data, "test", systems)
    return evaluate_vmcp(videos, systems, judge, Told(), Pools(size, 5), real=real, answers=answers)


def line(found: Result, system: str, metric: str) -> Line:
    cell = found.line(system, metric)
    assert cell is not None
    return cell


def test_a_judge_that_knows_finds_every_video_first(data: Path) -> None:
    found = result(data, Known())
    assert line(found, "real", "average_rank_vmcp_pool10").mean == 1.0
    assert line(found, "real", "p@5_vmcp_pool10").mean == 1.0
    assert line(found, "real", "p@5_vmcp_pool10").chance == 0.5
    assert line(found, "real", "average_rank_vmcp_pool10").n == N


def test_a_judge_that_sees_one_thing_scores_nothing(data: Path) -> None:
    """All are equally near: ties count against the piece."""
    found = result(data, Known(blunt=True))
    assert line(found, "real", "average_rank_vmcp_pool10").mean == 10.0
    assert line(found, "real", "p@5_vmcp_pool10").mean == 0.0


def test_songs_of_one_video_do_not_distract_each_other(data: Path) -> None:
    result(data, Known(), size=11)
    with pytest.raises(BadCall, match="a pool of 12 needs 11 other videos; there are 10"):
        result(data, Known(), size=12)


def test_baselines_are_other_songs_of_the_same_music(data: Path) -> None:
    """A video's motion is as fast as its own music, so tempo finds the neighbour, two places off at most."""
    found = result(data, Known())
    tempo, any_other = (line(found, name, "average_rank_vmcp_pool10").mean for name in (TEMPO, RANDOM))
    assert tempo is not None
    assert any_other is not None
    assert 2.0 <= tempo < 4.0 < any_other


def test_tempo_is_no_baseline_where_nothing_tells_it() -> None:
    videos = Videos(
        ["a", "b"],
        np.array(["a", "b"]),
        np.eye(2, dtype=np.float32),
        np.full(2, np.nan),
        np.full(2, np.nan),
        0,
    )
    assert list(baselines(np.arange(2), videos.vector, videos)) == [RANDOM]


def test_a_system_is_ranked_by_its_names_and_strangers_are_counted(data: Path, tmp_path: Path) -> None:
    wrong = write_pieces(
        tmp_path / "wrong", [(f"s:{i:03d}", tune(i, 2)) for i in range(4)] + [("x", tune(9, 2))]
    )
    found = result(data, Known(), open_system(f"theirs={wrong}"))
    cell = line(found, "theirs", "mrr_vmcp_pool10")
    assert (cell.n, cell.undefined) == (4, 1)
    (tmp_path / "none").mkdir()
    with pytest.raises(BadCall, match="no piece of none"):
        result(data, Known(), open_system(str(write_pieces(tmp_path / "none", [("x", tune(0, 2))]))))


def test_the_paper_s_table_is_filled_by_pools_of_seventy_alone(data: Path) -> None:
    found = result(data, Known())
    cells = {row.name: row.cells for row in beside(table("symmv-2"), [found]) if row.source == "ours"}
    assert {cell.text for cell in cells["real (real)"]} == {"not run"}
    assert "p@5_vmcp" not in found.metrics
    assert Pools().protocol == "vmcp"


# --- people -----------------------------------------------------------------------------------------


def answers(prefer: str) -> tuple[Answer, ...]:
    """Three raters, each of whom prefers `a` or `b` on every item, and a tie."""
    asked = [
        Answer(f"r{r}", "lay", f"s:{i:03d}", "fit", "real", "theirs", prefer)
        for r in range(3)
        for i in range(6)
    ]
    return (*asked, Answer("r9", "lay", "s:000", "fit", "theirs", "real", "tie"))


@pytest.mark.parametrize(("prefer", "agreement"), [("a", 1.0), ("b", 0.0)])
def test_people_who_prefer_what_is_nearer_agree_with_the_judge(
    data: Path, tmp_path: Path, prefer: str, agreement: float
) -> None:
    """Theirs is the music of the song two places on."""
    theirs = System("theirs", write_pieces(tmp_path, [(f"s:{i:03d}", tune(i, 2)) for i in range(6)]))

    class Off(Told):
        def __call__(self, entry: Entry) -> dict[str, Any]:
            off = 0.0 if entry.row is not None else 0.2 + 0.1 * int(entry.id[-1])
            return {"start": 0.0, "rate": 1.0, "value": np.full((3, 1), angle(entry.id) + off)}

    videos = see_videos(data, Known(), "test")
    real = real_music(data, "test", [theirs])
    told = answers(prefer)
    found = evaluate_vmcp(videos, [theirs], Known(), Off(), Pools(10, 2), real=real, answers=told)
    cell = line(found, "people: fit", "agreement_with_people")
    assert (cell.mean, cell.n, cell.chance) == (agreement, 18, 0.5)
    assert found.line("people: fit", "spearman_with_people") is not None
    with pytest.raises(
        BadCall, match="none of the 1 answers by 'fit' is about a system and song judged here"
    ):
        result(data, Known(), answers=(Answer("r", "g", "s:000", "fit", "real", "cmt", "a"),))


def test_answers_are_read_from_a_table_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "study.tsv"
    file.write_text("rater\tgroup\titem\tcriterion\tsystem_a\tsystem_b\tanswer\nr\tlay\ts\tfit\tx\ty\ta\n")
    assert read_answers(file) == [Answer("r", "lay", "s", "fit", "x", "y", "a")]
    file.write_text("rater,group,item,criterion,system_a,system_b,answer,confidence\nr,lay,s,fit,x,y,a,4\n")
    assert read_answers(file)[0].confidence == 4.0
    for text, said in (
        ("rater,group\n", "there is no column item"),
        ("rater,group,item,criterion,system_a,system_b,answer\nr,lay\n", "study.tsv:2 has fewer cells"),
        (
            "rater,group,item,criterion,system_a,system_b,answer\nr,lay,s,fit,x,y,both\n",
            "the answer is 'both'",
        ),
    ):
        file.write_text(text)
        with pytest.raises(BadCall, match=said):
            read_answers(file)


# --- curators, and what is kept ---------------------------------------------------------------------


def test_who_chose_a_folder_is_known_by_its_content_and_not_its_name(tmp_path: Path) -> None:
    write_curators(tmp_path, {"clip": "11"})
    write_curators(tmp_path, {"runs/best": "22"})
    assert read_curators(tmp_path) == {"clip": "11", "runs/best": "22"}
    assert shared_networks({"another name": "22"}, [tmp_path]) == {str(tmp_path): "runs/best"}
    assert shared_networks({"clip": "33"}, [tmp_path, tmp_path / "elsewhere"]) == {}


def test_what_was_heard_is_kept_until_the_notes_or_the_network_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[str] = []

    def heard(self: Tagger, entry: Entry) -> Any:
        times.append(entry.id)
        return np.full((2, 3), len(times), np.float16)

    monkeypatch.setattr(Tagger, "_heard", heard)
    tagger = Tagger(keep=tmp_path / "kept")
    first, other = (Entry(name, row={"midi": write(tune(i, 2))}) for i, name in enumerate("ab"))
    assert np.array_equal(tagger(first)["value"], tagger(first)["value"])
    assert tagger(Entry("c", row=first.row))["value"][0, 0] == 1.0
    assert tagger(other)["value"][0, 0] == 2.0
    assert Tagger(layer="tags", keep=tmp_path / "kept")(first)["value"][0, 0] == 3.0
    assert times == ["a", "b", "a"]
