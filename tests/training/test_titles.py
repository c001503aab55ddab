"""Learning to read titles: examples know which readings are right, and what is learned is applied."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from symmv_tools.sources.title_features import Features
from symmv_tools.sources.title_readings import best_readings
from symmv_tools.sources.title_text import read
from symmv_tools.sources.titles import WEIGHTS, fold, parse_title
from symmv_tools.training.title_examples import Example, Row, examples, is_for_tuning
from symmv_tools.training.title_patterns import eastern_title, piano_title
from symmv_tools.training.titles import learn, write_weights

TITLES = [
    ("Coldplay - Yellow (Piano Cover)", "Coldplay", "Yellow"),
    ("Adele - Hello [Official Video]", "Adele", "Hello"),
    ("Imagine by John Lennon", "John Lennon", "Imagine"),
    ("Amazing Grace piano tutorial", "", "Amazing Grace"),
]


def test_the_learner_learns_four_titles_by_heart() -> None:
    weights = learn([Example(*title) for title in TITLES], pull=0.01, rounds=2)
    for title, artist, song in TITLES:
        text = read(title)
        best = best_readings(Features(text), weights)[0][1]
        assert text.written(*best.song) == song
        assert (text.written(*best.artist) if best.artist else "") == artist


def test_an_example_knows_its_right_readings() -> None:
    example = Example("Adele - Hello (Hello)", "adele", "HELLO!")
    assert len(example.right()) == 2
    assert all(example.is_right(reading) for reading in example.right())
    assert not Example("Adele - Hello", "Sia", "Hello").right(), "the title does not hold the artist"


def test_a_row_makes_examples_with_its_own_names_and_with_others() -> None:
    rows = [Row("ADELE - Hello", "x", "Hello", "Adele [2]", True, True)] * 4
    titles = {example.features.text.text for example in examples(rows, random.Random(0))}
    assert "ADELE - Hello" in titles
    assert len(titles) > 4


@pytest.mark.parametrize("seed", range(200))
def test_a_made_title_holds_what_it_names(seed: int) -> None:
    rng = random.Random(seed)
    for made in (piano_title("Coldplay", "Fix You", rng), eastern_title(rng)):
        assert "{" not in made.title
        assert fold(made.song) in fold(made.title)
        assert fold(made.artist or "") in fold(made.title)


def test_all_titles_of_a_song_are_in_one_half() -> None:
    assert is_for_tuning("Hello, Dolly!") == is_for_tuning("HELLO DOLLY")
    halves = [is_for_tuning(f"song {k}") for k in range(1000)]
    assert 450 < sum(halves) < 550


def test_the_shipped_weights_are_a_table_of_features(tmp_path: Path) -> None:
    lines = WEIGHTS.read_text("utf-8").splitlines()
    assert lines[0].startswith("# python -m symmv_tools.training.titles")
    write_weights(tmp_path / "again.tsv", dict(_row(line) for line in lines[1:]), lines[0].removeprefix("# "))
    assert (tmp_path / "again.tsv").read_text("utf-8").splitlines() == lines
    assert parse_title("Coldplay - Yellow (Piano Cover)")[0].confidence > 0.5


def _row(line: str) -> tuple[str, float]:
    name, _, weight = line.rpartition("\t")
    return name, float(weight)
