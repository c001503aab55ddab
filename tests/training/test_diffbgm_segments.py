"""Segments of an export as Diff-BGM learns from them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from symmv_tools.dataset.load import load
from symmv_tools.errors import BadCall
from symmv_tools.models.diffbgm.sizes import Sizes
from symmv_tools.music import harte
from symmv_tools.music.chord_vectors import chord_vectors
from symmv_tools.music.rolls import notes_of, roll_of, transposed
from symmv_tools.training.diffbgm_batches import Collate
from symmv_tools.training.diffbgm_examples import SegmentSettings, conditions_of, example_of
from symmv_tools.training.diffbgm_segments import Segments, widths_of
from tests.exports import song, write_export
from tests.training.diffbgm_data import WIDTHS, export
from tests.training.musprod_data import one_song

ALL = ("visual", "text", "shot", "chord", "melody")
STILL = SegmentSettings(transpose=False)


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("six"), 4, 2)


def same(mine: Any, theirs: Any) -> bool:
    return np.array_equal(mine, theirs)


def segment(number: int = 0) -> dict[str, Any]:
    """A segment of one's own making, as an export has it."""
    return {
        "song_id": "test:s",
        "note": {
            "step": np.array([0, 0, 4, 126], np.uint8),
            "duration": np.array([2, 6, 300, 9], np.uint16),
            "value": np.array([60, 64, 60 + number % 12, 67], np.uint8),
            "track": ["piano", "melody", "melody", "piano"],
        },
        "semantic": np.arange(64, dtype=np.float16).reshape(32, 2),
        "text": np.arange(96, dtype=np.float16).reshape(32, 3),
        "shot": np.arange(32, dtype=np.uint8),
        "chord": ["C:maj"] * 16 + ["N"] * 16,
    }


def test_notes_become_a_roll_that_ends_with_the_segment() -> None:
    """One goes on for 300 steps, and one for 7 beyond the end."""
    example = example_of(segment(), ALL, STILL, np.random.default_rng(0))
    notes = notes_of(example.roll)
    assert list(zip(notes.step.tolist(), notes.duration.tolist(), notes.pitch.tolist(), strict=True)) == [
        (0, 2, 60),
        (0, 6, 64),
        (4, 124, 60),
        (126, 2, 67),
    ]
    assert example.melody is not None
    assert notes_of(example.melody).pitch.tolist() == [64, 60]


def test_conditions_are_those_of_the_segment_beat_by_beat() -> None:
    row = segment()
    example = example_of(row, ALL, STILL, np.random.default_rng(0))
    assert same(example.visual, row["semantic"])
    assert same(example.text, row["text"])
    assert same(example.shot, row["shot"])
    assert same(example.chord, chord_vectors(row["chord"]))
    nothing = example_of(
        {**row, "semantic": None, "shot": None, "chord": None}, ALL, STILL, np.random.default_rng(0)
    )
    assert (nothing.visual, nothing.shot, nothing.chord) == (None, None, None)
    assert example_of(row, (), STILL, np.random.default_rng(0))[2:] == (None,) * 5


@pytest.mark.parametrize("seed", range(8))
def test_transposition_moves_what_sounds_and_nothing_else(seed: int) -> None:
    row = segment(seed)
    plain = example_of(row, ALL, STILL, np.random.default_rng(seed))
    moved = example_of(row, ALL, SegmentSettings(), np.random.default_rng(seed))
    higher = int(notes_of(moved.roll).pitch[0]) - int(notes_of(plain.roll).pitch[0])
    assert -5 <= higher <= 6
    assert plain.melody is not None
    assert same(moved.roll, transposed(plain.roll, higher))
    assert same(moved.melody, transposed(plain.melody, higher))
    assert same(moved.chord, chord_vectors([harte.transposed(c, higher) for c in row["chord"]]))
    for name in ("visual", "text", "shot"):
        assert same(getattr(moved, name), row[{"visual": "semantic"}.get(name, name)])


def test_the_release_turns_features_with_the_music() -> None:
    row = segment()
    settings = SegmentSettings(turn_features=True)
    found = {}
    for seed in range(60):
        example = example_of(row, ("visual", "text"), settings, np.random.default_rng(seed))
        assert example.text is not None
        found[int(notes_of(example.roll).pitch[0]) - 60] = int(example.text[0].argmax())
    assert found == {higher: (2 + higher) % 3 for higher in range(-5, 7)}


def test_every_segment_is_an_example_and_of_its_own_split(six: Path) -> None:
    train, validation = Segments(six, ALL, split="train"), Segments(six, ALL, split="validation")
    assert (len(train), len(validation)) == (4, 2)
    assert [train.get(i).song_id for i in range(4)] == [f"tune:{i:02d}" for i in range(4)]
    assert sorted(train.order(3).tolist()) == [0, 1, 2, 3]
    rows = load(six, config="segments", split="train")
    for i in range(4):
        kept = Segments(six, ALL, STILL, split="train").get(i)
        assert notes_of(kept.roll).step.tolist() == rows[i]["note"]["step"].tolist()
        assert {name: np.shape(getattr(kept, name)) for name in ("visual", "text", "shot", "chord")} == {
            "visual": (32, 8),
            "text": (32, 6),
            "shot": (32,),
            "chord": (32, 36),
        }


def test_the_seed_and_the_epoch_decide_and_it_travels_without_its_rows(six: Path) -> None:
    segments = Segments(six, ALL, seed=3)
    one, again = segments.get(1, 5), pickle.loads(pickle.dumps(segments)).get(1, 5)
    assert same(one.roll, again.roll)
    keys = {
        (seed, epoch): tuple(
            int(notes_of(Segments(six, seed=seed).get(i, epoch).roll).pitch[0]) for i in range(6)
        )
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(set(keys.values())) == 4
    assert len(pickle.dumps(segments)) < 10_000


def test_an_export_without_segments_is_refused(tmp_path: Path) -> None:
    write_export(tmp_path, [song("test:a")])
    with pytest.raises(BadCall, match="has no config 'segments'"):
        Segments(tmp_path)


# --- side by side ---------------------------------------------------------------------------------


def test_widths_are_those_of_what_there_is(six: Path, tmp_path: Path) -> None:
    assert widths_of(six, ALL) == {**WIDTHS, "chord": 36, "melody": 0}
    assert widths_of(six, ("text",)) == {"text": 6}
    assert widths_of(export(tmp_path / "blind", 2, seen=()), ALL) == {"chord": 36, "melody": 0}


@pytest.mark.parametrize("silence", [-1.0, 0.0])
def test_a_batch_is_the_examples_in_their_order(six: Path, silence: float) -> None:
    segments = Segments(six, ALL, STILL)
    widths = widths_of(six, ALL)
    examples = [segments.get(i) for i in (2, 0)]
    batch = Collate(widths, silence)(examples)
    assert batch.song_ids == ["tune:02", "tune:00"]
    assert batch.music.shape == (2, 2, 128, 128)
    assert set(np.unique(batch.music.numpy()).tolist()) == {silence, 1.0}
    assert same(batch.music[0].numpy() > 0.5, examples[0].roll)
    assert batch.condition.is_kept.tolist() == [True, True]
    for name in ALL:
        assert same(getattr(batch.condition, name)[1].numpy(), getattr(examples[1], name))


def test_a_segment_that_lacks_a_condition_is_made_for_nothing(six: Path) -> None:
    whole = Segments(six, ("visual", "text"), STILL).get(0)
    batch = Collate({"visual": 8, "text": 6}, -1.0)([whole, whole._replace(text=None)])
    assert batch.condition.is_kept.tolist() == [True, False]
    assert batch.condition.text is not None
    assert torch.equal(batch.condition.text[1], torch.zeros(32, 6))
    assert batch.condition.chord is None


@pytest.mark.parametrize(
    ("changes", "conditions"),
    [
        ({}, ("visual", "text")),
        ({"selection": "none"}, ()),
        ({"selection": "visual", "shot": True}, ("visual", "shot")),
        ({"selection": "text", "chord": True, "melody": True}, ("text", "chord", "melody")),
        ({"selection": "both"}, ("visual", "text")),
    ],
)
def test_a_network_goes_by_what_its_sizes_say(changes: dict[str, Any], conditions: tuple[str, ...]) -> None:
    assert conditions_of(replace(Sizes(), **changes)) == conditions


def test_a_song_of_thirty_two_beats_is_one_segment(tmp_path: Path) -> None:
    played = one_song(0)["note_midi"]
    roll = Segments(export(tmp_path, 1), (), STILL).get(0).roll
    assert roll[0].sum() == len(set(zip(played["time"].tolist(), played["value"].tolist(), strict=True)))
    assert roll.shape == roll_of(notes_of(roll)).shape
