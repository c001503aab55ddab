"""Measured accuracy: which figures hold for an export, what its card says, and odd files."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.accuracy import Accuracy, Figure, Side, read_accuracy, write_accuracy
from symmv_tools.dataset.accuracy_card import accuracy_text
from symmv_tools.dataset.card import ExportInfo, card_text
from symmv_tools.dataset.recipes import maker_of_row, read_recipes, write_recipes
from symmv_tools.errors import BadCall
from tests.exports import made, recipe

pytestmark = pytest.mark.quick

CHORDS = recipe("chords", "chord", settings={"grid": "beats"}, reads=("read_midi",))
KEYS = recipe("keys", "key_mode")
TRUTH = recipe("chords", "chord", variant="released")


def figure(metric: str, column: str, *evaluated: str, **changes: Any) -> Figure:
    values: dict[str, Any] = {
        "mean": 0.8614, "interval": (0.84, 0.88), "songs": 100, "seconds": None, "not_scored": {"null": 3},
        "title": metric.replace("_", " "), "convention": f"as {metric}", "reference": (),
    }  # fmt: skip
    return Figure(metric=metric, column=column, evaluated=evaluated, **(values | changes))


MEASURED = Accuracy(
    "2026-11-21",
    "symmv 0.1.0",
    Side("pop909", 100, (CHORDS, KEYS)),
    Side("truth", 101, (TRUTH,)),
    100,
    (
        figure("chord_majmin", "chord", "chords", seconds=1234.5, reference=("chords@released",)),
        figure("key_song", "key_mode", "keys", interval=None, songs=1),
    ),
)


def test_recipes_survive_their_file_in_one_order(tmp_path: Path) -> None:
    for order in ([CHORDS, TRUTH, KEYS], [KEYS, TRUTH, CHORDS]):
        path = write_recipes(tmp_path, order)
        assert read_recipes(tmp_path) == (CHORDS, TRUTH, KEYS)
    assert json.loads(path.read_bytes())["stages"][0]["settings"] == {"grid": "beats"}
    assert read_recipes(tmp_path / "nowhere") == ()


def test_accuracy_survives_its_file(tmp_path: Path) -> None:
    write_accuracy(tmp_path / "accuracy.json", MEASURED)
    assert read_accuracy(tmp_path) == read_accuracy(tmp_path / "accuracy.json") == MEASURED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "{}",
        "null",
        '{"figures": 3}',
        json.dumps(asdict(MEASURED) | {"figures": [{"mean": 1}]}),
    ],
)
def test_another_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "accuracy.json").write_text(text)
    with pytest.raises(BadCall, match="is not what `symmv eval annotations` writes"):
        read_accuracy(tmp_path)
    (tmp_path / "stages.json").write_text(text)
    with pytest.raises(BadCall, match="is not what `symmv export` writes"):
        read_recipes(tmp_path)


def test_a_figure_of_a_recipe_that_is_not_told_is_refused(tmp_path: Path) -> None:
    odd = replace(MEASURED, figures=(figure("chord_root", "chord", "nobody"),))
    write_accuracy(tmp_path / "accuracy.json", odd)
    with pytest.raises(BadCall, match="no recipe has the digest 'nobody'"):
        read_accuracy(tmp_path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="cannot be read: No such file"):
        read_accuracy(tmp_path / "gone.json")


def test_a_figure_holds_where_all_that_made_its_column_was_measured() -> None:
    def holding(*recipes: Any) -> list[str]:
        return [found.metric for found in MEASURED.holding(recipes)]

    other = recipe("chords", "chord", digest="other settings")
    renamed = recipe("chords", "chord", variant="mine", digest="chords")
    assert holding(CHORDS, KEYS) == ["chord_majmin", "key_song"]
    assert holding(renamed) == ["chord_majmin"], "what a variant is called does not matter"
    assert holding(other, KEYS) == ["key_song"]
    assert holding(CHORDS, other) == [], "some of the songs were made in a way that nobody measured"
    assert holding() == []


def test_a_row_s_recipe_is_told_by_its_provenance() -> None:
    given_, heard = (
        recipe("chords", "chord", digest=source, reads=(source, "midi_quality"))
        for source in ("read_midi", "transcribe")
    )
    recipes = [given_, heard, recipe("read_midi", "midi"), recipe("transcribe", "midi"), TRUTH]
    assert maker_of_row(recipes, "chord", made("1", "chords", "transcribe")) == (heard, "chords 1")
    assert maker_of_row(recipes, "chord", made("1", "chords", "read_midi")) == (given_, "chords 1")
    assert maker_of_row(recipes, "chord", made("1", "chords@released")) == (TRUTH, "chords@released 1")
    assert maker_of_row(recipes, "chord", made("1", "read_midi", "transcribe", "chords")) is None
    assert maker_of_row(recipes, "chord", ()) is maker_of_row((), "chord", made("1", "chords")) is None


# --- the card -------------------------------------------------------------------------------------


def test_the_card_tells_the_figures_that_hold() -> None:
    text = accuracy_text(MEASURED, [CHORDS, KEYS])
    assert (
        "| chord majmin | 0.861 | 0.840 to 0.880 | 100 | chords 1\\.0\\.0 | chords\\@released 1\\.0\\.0 |"
        in text
    )
    assert "| key song | 0.861 |  | 1 | keys 1\\.0\\.0 | not stated |" in text
    assert "* chord majmin: as chord\\_majmin." in text
    assert "on 100 songs of pop909 against truth" in text
    assert "left out" not in text


def test_the_card_leaves_out_what_was_measured_on_something_else_and_says_so() -> None:
    text = accuracy_text(MEASURED, [replace(CHORDS, digest="heard", reads=("transcribe",)), KEYS])
    assert "| key song |" in text
    assert "| chord majmin |" not in text
    assert (
        "The figures of `chord` are left out: they were measured on what chords 1\\.0\\.0 "
        "\\(from read\\_midi\\) made, and here it is chords 1\\.0\\.0 \\(from transcribe\\)"
    ) in text


def test_a_card_without_a_measurement_has_no_section_on_it() -> None:
    info = ExportInfo("x", {"train": 1}, 1.0, recipes=(CHORDS,))
    assert "## Measured accuracy" not in card_text(info)
    assert "## Measured accuracy of these annotations\n" in card_text(replace(info, accuracy=MEASURED))


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1))
def test_foreign_words_stay_words(text: str) -> None:
    """The file may come from anybody: names, titles and conventions in it are no markup."""
    hostile = f"{text}<b> | [x](y)"
    foreign = replace(
        MEASURED,
        measured_at=hostile,
        evaluated=Side(hostile, 1, (replace(CHORDS, version=hostile, digest="chords"),)),
        reference=Side(hostile, 1, ()),
        figures=(figure("m", "chord", "chords", title=hostile, convention=hostile),),
    )
    for recipes in ([CHORDS], [replace(CHORDS, digest="other", version=hostile)]):
        lines = accuracy_text(foreign, recipes).splitlines()
        assert not [line for line in lines if re.search(r"<b>|(?<!\\)\]\(", line)]
        assert {line.count(" | ") for line in lines if line.startswith("| ")} <= {5}
