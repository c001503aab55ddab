"""From measuring to the card: what an export says of how it was made, and whose figures it takes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from symmv_tools.dataset.accuracy import Accuracy, read_accuracy, write_accuracy
from symmv_tools.dataset.recipes import Recipe, makers, read_recipes
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.annotations.comparing import compare
from symmv_tools.pipeline.exporting import export, export_state
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.run import annotate
from symmv_tools.song import Song
from symmv_tools.store import Store

DEMO = sorted((Path(__file__).parents[2] / "demo" / "songs").glob("*.mid"))
Open = Callable[[], House]


@pytest.fixture(scope="module")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the demo's songs with a second variant of chords, made once."""
    root = tmp_path_factory.mktemp("annotated") / "work"
    store = Store.open(root, create=True)
    store.put([Song(f"demo:{path.stem}", midi=str(path)) for path in DEMO])
    store.close()
    house = House.open(root)
    house.active.change(None, ["chords@raster.method=chorder"])
    house.active.save(root)
    annotate(house, workers=1)
    house.store.close()
    return root


@pytest.fixture
def reopen(annotated: Path, tmp_path: Path) -> Open:
    """Opens a copy of that store anew."""
    shutil.copytree(annotated, tmp_path / "work")
    return lambda: House.open(tmp_path / "work")


@pytest.fixture
def measured(reopen: Open, tmp_path: Path) -> Accuracy:
    """What `symmv eval annotations` finds of an export `out` against one of the other variant, and writes."""
    house = reopen()
    export(house, tmp_path / "out")
    export(house, tmp_path / "raster", ["chords=raster"])
    accuracy = compare(tmp_path / "out", tmp_path / "raster").accuracy()
    write_accuracy(tmp_path / "out" / "accuracy.json", accuracy)
    return accuracy


def card(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def chord_recipe(folder: Path) -> Recipe:
    (found,) = makers(read_recipes(folder), "chord")
    return found


def annotated_with(house: House, *assignments: str) -> House:
    house.active.change(None, assignments)
    house.active.save(house.store.root)
    annotate(house, workers=1)
    return House.open(house.store.root)


def test_an_export_says_which_stages_made_its_columns_and_from_what(
    measured: Accuracy, tmp_path: Path
) -> None:
    made = {column: r.stage for r in read_recipes(tmp_path / "out") for column in r.columns}
    assert made["chord"] == "chords"
    assert made["note_midi"] == "melody"
    assert made["midi"] == "read_midi"
    chords = chord_recipe(tmp_path / "out")
    assert chords.reads == ("beats_from_notes", "midi_quality", "read_midi")
    assert (chords.songs, chords.settings["method"], chords.variant) == (len(DEMO), "network", "")
    raster = chord_recipe(tmp_path / "raster")
    assert (raster.variant, raster.settings["method"]) == ("raster", "chorder")
    assert raster.digest != chords.digest


def test_only_the_column_that_differs_was_measured(measured: Accuracy) -> None:
    assert {figure.column for figure in measured.figures} == {"chord"}
    assert all(0 < figure.mean < 1 for figure in measured.figures)


def test_the_next_export_keeps_the_figures_and_tells_them(
    reopen: Open, measured: Accuracy, tmp_path: Path
) -> None:
    assert "## Measured accuracy" not in card(tmp_path / "out")
    for _ in range(2):
        export(reopen(), tmp_path / "out")
        assert read_accuracy(tmp_path / "out") == measured
        assert "| chord majmin | " in card(tmp_path / "out")
    house = reopen()
    state, see = export_state(house, house.nodes())
    for judged in house.judged(house.nodes()):
        for one in judged:
            see(one)
    assert state().endswith("is up to date")


def test_another_variant_does_not_take_the_figures_for_its_own(
    reopen: Open, measured: Accuracy, tmp_path: Path
) -> None:
    export(reopen(), tmp_path / "out", ["chords=raster"])
    assert read_accuracy(tmp_path / "out") == measured, "what was measured is kept for the way back"
    assert "| chord majmin | " not in card(tmp_path / "out")
    assert "The figures of `chord` are left out" in card(tmp_path / "out")


def test_other_songs_made_alike_may_tell_the_figures(
    reopen: Open, measured: Accuracy, tmp_path: Path
) -> None:
    store = Store.open(tmp_path / "own", create=True)
    store.put([Song("own:1", midi=str(DEMO[0]), title="no truth for this one")])
    store.close()
    house = House.open(tmp_path / "own")
    annotate(house, workers=1)
    for place in (tmp_path / "out", tmp_path / "out" / "accuracy.json"):
        export(house, tmp_path / "mine", accuracy=place)
        assert "| chord majmin | " in card(tmp_path / "mine")
        assert f"on {len(DEMO)} songs of out against raster" in card(tmp_path / "mine")
    # The stage is the same; what it reads is not.
    house = annotated_with(house, "beats_from_notes.tracker=accents")
    export(house, tmp_path / "mine")
    assert "The figures of `chord` are left out" in card(tmp_path / "mine")


def test_recipes_tell_settings_from_songs(reopen: Open, tmp_path: Path) -> None:
    house = reopen()
    export(house, tmp_path / "before")
    before = chord_recipe(tmp_path / "before")
    house = annotated_with(House.open(house.store.root), "beats_from_notes.tracker=accents")
    export(house, tmp_path / "after")
    after = chord_recipe(tmp_path / "after")
    assert after.digest != before.digest
    assert replace(after, digest=before.digest) == before, "its own settings are as they were"
    house = annotated_with(house, "beats_from_notes.tracker=network")
    export(house, tmp_path / "back")
    assert chord_recipe(tmp_path / "back") == before


def test_a_damaged_accuracy_file_stops_the_export_and_spares_the_old_one(
    reopen: Open, measured: Accuracy, tmp_path: Path
) -> None:
    (tmp_path / "out" / "accuracy.json").write_text("0.9")
    before = card(tmp_path / "out")
    with pytest.raises(BadCall, match="is not what `symmv eval annotations` writes"):
        export(reopen(), tmp_path / "out")
    assert card(tmp_path / "out") == before
    assert (tmp_path / "out" / "accuracy.json").read_text() == "0.9"
