"""`text_features` with a tiny random BERT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from symmv_tools import row
from symmv_tools.models import text_encoder
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages import chosen_network, text_features
from symmv_tools.stages.text_features import TextFeatureSettings, in_force
from tests import tiny_models

SEEN = {"start": 0.0, "rate": 2.0, "value": [[0.0]] * 5}  # 0, 0.5, 1, 1.5 and 2 s


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.bert(tmp_path_factory.mktemp("models") / "bert")


def caption(*rows: tuple[float, float, str]) -> dict[str, Any]:
    time, duration, value = zip(*rows, strict=True) if rows else ((), (), ())
    return {"time": np.array(time), "duration": np.array(duration), "value": list(value)}


def encoded(folder: Path, *captions: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    chosen = TextFeatureSettings(model=str(folder), **settings)
    values = [{"caption": c, "features_semantic": SEEN} for c in captions]
    items = [Item(Song("test:x"), value) for value in values]
    found = []
    for outcome in text_features.run(items, chosen, Context(weights={str(folder): str(folder)})):
        assert isinstance(outcome, Done)
        held = pa.array([outcome.values["features_text"]], type=row.FEATURES)
        held.validate(full=True)
        found.append(row.value_at(held, 0))
    return found


def test_vector_i_tells_what_is_seen_in_vector_i(folder: Path) -> None:
    said = caption((0.0, 1.0, "ab ec"), (1.0, 1.5, "id"))
    (found,) = encoded(folder, said)
    vectors = text_encoder.encode(["ab ec", "id"], text_encoder.load(str(folder), "cpu"))
    assert (found["start"], found["rate"]) == (0.0, 2.0)
    assert_allclose(found["value"], vectors[[0, 0, 1, 1, 1]], rtol=2e-3, atol=1e-4)


def test_several_sentences_of_one_span_are_averaged(folder: Path) -> None:
    (found,) = encoded(folder, caption((0.0, 2.5, "ab"), (0.0, 2.5, "ec")))
    vectors = text_encoder.encode(["ab", "ec"], text_encoder.load(str(folder), "cpu"))
    assert_allclose(found["value"], np.tile(vectors.mean(axis=0), (5, 1)), rtol=2e-3, atol=1e-3)


def test_a_video_about_which_nothing_was_said_has_no_vectors(folder: Path) -> None:
    empty, full = encoded(folder, caption(), caption((0.0, 1.0, "ab")))
    assert empty == {"start": 0.0, "rate": 2.0, "value": []}
    assert len(full["value"]) == 5


def test_an_empty_shard_loads_nothing() -> None:
    assert list(text_features.run([], TextFeatureSettings(model="x"), Context())) == []


def slow(said: dict[str, Any], vectors: Any, moment: float) -> Any:
    """The definition, one moment at a time."""
    spans = sorted(set(zip(said["time"], said["duration"], strict=True)))
    around = [(length, start) for start, length in spans if start <= moment + 1e-6 < start + length]
    nearest = [(abs(moment - start - length / 2), start, length) for start, length in spans]
    start, length = (min(around)[1], min(around)[0]) if around else min(nearest)[1:]
    same = [
        i
        for i, span in enumerate(zip(said["time"], said["duration"], strict=True))
        if span == (start, length)
    ]
    return np.mean([vectors[i] for i in same], axis=0)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 12)), min_size=1, max_size=12),
    st.lists(st.integers(0, 120), min_size=1, max_size=20),
)
def test_the_closest_telling_caption_is_in_force(rows: list[tuple[int, int]], moments: list[int]) -> None:
    said = caption(*((start / 4, length / 4, "") for start, length in rows))
    vectors = np.eye(len(rows), dtype=np.float32)
    times = np.array(moments) / 16
    expected = [slow(said, vectors, moment) for moment in times]
    assert_allclose(in_force(said, vectors, times), np.stack(expected), atol=1e-6)


def test_a_moment_on_a_cut_belongs_to_what_begins_there() -> None:
    said = caption((0.0, 1 / 3, "a"), (1 / 3, 1 / 3, "b"))
    assert_array_equal(in_force(said, np.eye(2, dtype=np.float32), np.array([2 / 6])), [[0.0, 1.0]])


def test_the_stage_is_off_until_a_network_is_named() -> None:
    assert not chosen_network.is_enabled(TextFeatureSettings())
    assert chosen_network.checkpoints(TextFeatureSettings()) == ()
