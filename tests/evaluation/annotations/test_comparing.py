"""Two exports compared: who is matched with whom, what counts, what does not and why."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from symmv_tools.dataset.accuracy import Figure, read_accuracy, write_accuracy
from symmv_tools.dataset.row_groups import RowGroups
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.annotations.by_song import scores_by_song, songs_tsv
from symmv_tools.evaluation.annotations.comparing import Comparison, Tally, compare
from symmv_tools.evaluation.annotations.families import FAMILIES, NOTHING, REFUSED, SAME, Family, score_family
from symmv_tools.evaluation.annotations.scores import Score
from tests.exports import Row, beats, labels, made, notes, recipe, song, write_export

pytestmark = pytest.mark.quick

ALL = [f"{family.name}_{metric.name}" for family in FAMILIES for metric in family.metrics]
EMPTY_LABELS = labels()


def compared(folder: Path, found: list[Row], true: list[Row]) -> Comparison:
    return compare(write_export(folder / "found", found), write_export(folder / "true", true))


def tally(result: Comparison, name: str) -> Tally:
    return next(tally for tally in result.tallies if tally.name == name)


def figures(result: Comparison) -> dict[str, Figure]:
    return {figure.metric: figure for figure in result.accuracy().figures}


def test_an_equal_annotation_is_perfect_in_every_metric(tmp_path: Path) -> None:
    rows = [song("a"), song("b", chord=labels((3.0, "D:min"), (8.0, "N")))]
    found = figures(compared(tmp_path, rows, rows))
    assert list(found) == ALL
    assert {figure.mean for figure in found.values()} == {1.0}
    assert {figure.interval for figure in found.values()} == {(1.0, 1.0)}
    assert all(not figure.not_scored and figure.songs == 2 for figure in found.values())


def test_having_found_nothing_is_scored_and_not_having_looked_is_not(tmp_path: Path) -> None:
    nothing = {
        "note_midi": notes(0),
        "chord": EMPTY_LABELS,
        "key_mode": EMPTY_LABELS,
        "beat": beats(0),
        "tempo_global": 300.0,
    }
    unasked = dict.fromkeys(nothing)
    result = compared(
        tmp_path, [song("a", **nothing), song("b", **unasked), song("c")], [song("a"), song("b"), song("c")]
    )
    for name in set(ALL) - {"tempo_acc2"}:
        scored = tally(result, name)
        assert {song_id: score.value for song_id, score in scored.songs.items()} == {"a": 0.0, "c": 1.0}, name
        assert scored.not_scored == Counter({"null in what is evaluated": 1})


def test_a_reference_that_does_not_know_is_counted_by_reason(tmp_path: Path) -> None:
    unbarred = beats(64) | {"value": np.zeros(64, np.uint8)}
    untold = notes(64) | {"track": ["piano"] * 64}
    true = [song("a", chord=None, key_mode=EMPTY_LABELS, beat=unbarred, note_midi=untold)]
    result = compared(tmp_path, [song("a")], true)
    assert tally(result, "chord_majmin").not_scored == Counter({"null in the reference": 1})
    for name in ("key_song", "downbeat_f", "melody_f1"):
        assert tally(result, name).not_scored == Counter({NOTHING: 1})
    assert tally(result, "beat_f").songs["a"].value == 1.0
    assert tally(result, "note_recall").songs["a"].value == 1.0


def test_nulls_in_a_truth_made_by_hand_do_no_harm() -> None:
    families = {family.name: family for family in FAMILIES}
    deaf = notes(64) | {"velocity": [None] * 64}
    assert {s.value for s in _scores(families["note"], notes(64), deaf).values()} == {1.0}
    unbarred = beats(64) | {"value": [None] * 64}
    assert score_family(families["downbeat"], beats(64), unbarred) == NOTHING
    assert {s.value for s in _scores(families["beat"], beats(64), unbarred).values()} == {1.0}


def _scores(family: Family, found: Row, true: Row) -> Mapping[str, Score]:
    scores = score_family(family, found, true)
    assert not isinstance(scores, str)
    return scores


def test_what_mir_eval_refuses_costs_one_song_only(tmp_path: Path) -> None:
    endless = beats(64, seconds=1000.0)
    result = compared(tmp_path, [song("a"), song("b")], [song("a", beat=endless), song("b")])
    assert tally(result, "beat_f").not_scored == Counter({REFUSED: 1})
    assert list(tally(result, "beat_f").songs) == ["b"]


def test_songs_are_matched_by_id_whatever_their_order_splits_and_row_groups(tmp_path: Path) -> None:
    ids = [f"s{i}" for i in range(23)]
    found = [song(s, tempo_global=100.0 + i, split=("train", "test")[i % 2]) for i, s in enumerate(ids)]
    true = [song(s, tempo_global=100.0 + i) for i, s in enumerate(ids)]
    write_export(tmp_path / "one", found, rows_per_group=3)
    write_export(tmp_path / "other", true[::-1], rows_per_group=5)
    write_export(tmp_path / "again", true)
    one, other = (compare(tmp_path / "one", tmp_path / name) for name in ("other", "again"))
    assert figures(one)["tempo_acc1"].mean == 1.0
    assert tally(one, "tempo_acc1").songs.keys() == set(ids)
    assert [f.interval for f in one.accuracy().figures] == [f.interval for f in other.accuracy().figures]
    assert songs_tsv(one) == songs_tsv(other)


def test_two_exports_of_one_order_are_read_once_and_a_group_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [song(f"s{i:02}") for i in range(20)]
    for name in ("found", "true"):
        write_export(tmp_path / name, rows, rows_per_group=4)
    reads: Counter[tuple[Path, int]] = Counter()
    plain = RowGroups.read

    def counting(self: RowGroups, group: int) -> pa.Table:
        reads[self.files[0], group] += 1
        return plain(self, group)

    monkeypatch.setattr(RowGroups, "read", counting)
    compare(tmp_path / "found", tmp_path / "true")
    assert len(reads) == 10
    assert set(reads.values()) == {1}


def test_songs_of_one_side_are_named_and_left_out(tmp_path: Path) -> None:
    result = compared(tmp_path, [song("a"), song("b")], [song("b"), song("c")])
    assert (result.songs, result.only_evaluated, result.only_reference) == (["b"], ["a"], ["c"])
    accuracy = result.accuracy()
    assert (accuracy.songs, accuracy.evaluated.songs, accuracy.reference.songs) == (1, 2, 2)


def test_the_total_of_chords_is_a_share_of_all_seconds_and_not_of_songs(tmp_path: Path) -> None:
    short, long = labels((2.0, "C:maj")), labels((6.0, "C:maj"))
    result = compared(
        tmp_path,
        [song("a", chord=labels((2.0, "D:maj"))), song("b", chord=long)],
        [song("a", chord=short), song("b", chord=long)],
    )
    majmin = figures(result)["chord_majmin"]
    assert (majmin.mean, majmin.seconds, majmin.songs) == (0.75, 8.0, 2)
    assert majmin.interval == (0.0, 1.0)
    assert figures(result)["key_song"].seconds is None


def test_the_worst_songs_come_first_and_perfect_ones_do_not_come(tmp_path: Path) -> None:
    rows = [song(s, chord=labels((8.0, "C:maj"), (n, "D:maj"))) for s, n in (("a", 8.0), ("b", 24.0))]
    true = [song(s, chord=labels((32.0, "C:maj"))) for s in "abc"]
    result = compared(tmp_path, [*rows, song("c", chord=labels((32.0, "C:maj")))], true)
    assert tally(result, "chord_root").worst(5) == [("a", 0.25), ("b", 0.25)]
    assert tally(result, "chord_root").worst(1) == [("a", 0.25)]


def test_an_annotation_is_not_scored_against_itself(tmp_path: Path) -> None:
    """Two exports of one store share what no variant replaced; 1.000 for it would say nothing."""
    ours = [recipe("chords", "chord"), recipe("keys", "key_mode")]
    theirs = [recipe("chords", "chord", variant="paper"), recipe("keys", "key_mode")]
    write_export(tmp_path / "found", [song("a", provenance=made("1", "chords", "keys"))], ours)
    write_export(tmp_path / "true", [song("a", provenance=made("1", "chords@paper", "keys"))], theirs)
    result = compare(tmp_path / "found", tmp_path / "true")
    assert tally(result, "key_song").not_scored == Counter({SAME: 1})
    majmin = figures(result)["chord_majmin"]
    assert (majmin.evaluated, majmin.reference) == (("chords",), ("chords@paper",))
    write_export(tmp_path / "key alone", [song("a", provenance=made("1", "keys")) | NO_OTHER], theirs)
    with pytest.raises(BadCall, match="key_mode: the same annotation on both sides"):
        compare(tmp_path / "key alone", tmp_path / "true")


NO_OTHER: dict[str, Any] = {"note_midi": None, "chord": None, "beat": None, "tempo_global": None}


def test_of_several_recipes_those_of_the_scored_songs_are_named(tmp_path: Path) -> None:
    recipes = [
        recipe("read_midi", "midi"),
        recipe("transcribe", "midi"),
        recipe("chords", "chord", digest="given", reads=("read_midi", "midi_quality")),
        recipe("chords", "chord", digest="heard", reads=("transcribe", "midi_quality")),
    ]
    rows = [
        song("a", provenance=made("1", "chords", "read_midi")),
        song("b", provenance=made("2", "chords", "transcribe")),
    ]
    write_export(tmp_path / "found", rows, recipes)
    write_export(tmp_path / "true", [song("b")])
    write_export(tmp_path / "both", [song("a"), song("b")])
    only_b = figures(compare(tmp_path / "found", tmp_path / "true"))
    assert only_b["chord_root"].evaluated == ("heard",)
    assert (only_b["note_f1"].evaluated, only_b["note_f1"].reference) == (("transcribe",), ())
    assert figures(compare(tmp_path / "found", tmp_path / "both"))["chord_root"].evaluated == (
        "given",
        "heard",
    )


def test_the_table_by_song_has_six_decimals_and_a_cell_for_what_was_not_scored(tmp_path: Path) -> None:
    found = [song("a\tb", chord=labels((8.0, "C:maj"), (24.0, "D:maj"))), song("c", chord=None)]
    true = [song("a\tb", chord=labels((32.0, "C:maj"))), song("c")]
    result = compared(tmp_path, found, true)
    header, first, second = songs_tsv(result).splitlines()
    assert header.split("\t") == ["song_id", *ALL]
    at = ALL.index("chord_root")
    assert first.startswith('"a\tb"\t1.000000')
    assert first.split("\t")[at + 2] == "0.250000"
    assert second.split("\t")[at + 1] == ""
    assert "chord_root" not in scores_by_song(result)["c"]


def test_what_was_measured_survives_its_file(tmp_path: Path) -> None:
    accuracy = compared(
        tmp_path, [song("a", tempo_global=130.0), song("b")], [song("a"), song("b")]
    ).accuracy()
    write_accuracy(tmp_path / "accuracy.json", accuracy)
    assert read_accuracy(tmp_path / "accuracy.json") == read_accuracy(tmp_path) == accuracy
    assert json.loads((tmp_path / "accuracy.json").read_text())["made_by"].startswith("symmv ")


# --- what makes no sense --------------------------------------------------------------------------


def test_a_folder_that_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    good = write_export(tmp_path / "good", [song("a")])
    (tmp_path / "empty").mkdir()
    (tmp_path / "text" / "data").mkdir(parents=True)
    (tmp_path / "text" / "data" / "a.parquet").write_text("do re mi")
    (tmp_path / "other" / "data").mkdir(parents=True)
    pq.write_table(pa.table({"x": [1]}), tmp_path / "other" / "data" / "a.parquet")
    for name, said in {
        "nowhere": "there is no export at",
        "empty": "no Parquet files",
        "text": "cannot be read as Parquet",
        "other": "no column song_id",
    }.items():
        with pytest.raises(BadCall, match=said):
            compare(tmp_path / name, good)


def test_exports_without_a_common_song_are_refused_with_an_example_of_each(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="no song in common; they have 'a' and 'x'"):
        compared(tmp_path, [song("a")], [song("x")])


def test_a_song_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="two rows for song 'a'"):
        compared(tmp_path, [song("a"), song("a")], [song("a")])


def test_a_column_that_a_file_lacks_is_not_scored(tmp_path: Path) -> None:
    (tmp_path / "bare" / "data").mkdir(parents=True)
    bare = pa.table({"song_id": ["a"], "tempo_global": [120.0]})
    pq.write_table(bare, tmp_path / "bare" / "data" / "a.parquet")
    result = compare(write_export(tmp_path / "good", [song("a")]), tmp_path / "bare")
    assert list(figures(result)) == ["tempo_acc1", "tempo_acc2", "tempo_within_8"]
    assert tally(result, "chord_root").not_scored == Counter({"null in the reference": 1})
