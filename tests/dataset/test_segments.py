"""Segments: eight bars on the beat grid, and what each beat hears and sees."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from symmv_tools import row
from symmv_tools.dataset.segments import BEATS, SEGMENT, STEPS_PER_BEAT, means, segments
from symmv_tools.dataset.siblings import Siblings
from tests.exports import beats, labels, notes, song

pytestmark = pytest.mark.quick


def _features(seconds: float, rate: float, width: int = 2, start: float = 0.0) -> dict[str, Any]:
    """Vectors that say when they were seen."""
    time = start + np.arange(round(seconds * rate)) / rate
    return {"start": start, "rate": rate, "value": np.repeat(time[:, None], width, axis=1).astype(np.float16)}


def test_a_song_is_cut_into_windows_of_32_beats_with_all_its_notes_on_16ths() -> None:
    found = list(segments(song("s"), {}))
    assert [(s["index"], s["bar"], s["time"], s["duration"]) for s in found] == [
        (0, 0, 0.0, 16.0),
        (1, 8, 16.0, 16.0),
    ]
    for segment in found:
        assert_array_equal(segment["note"]["step"], np.arange(BEATS) * STEPS_PER_BEAT)
        assert_array_equal(segment["note"]["duration"], 3)  # 0.4 s of beats of 0.5 s
        assert_allclose(segment["beat"], segment["time"] + np.arange(BEATS + 1) * 0.5)
    assert found[0]["chord"] == ["C:maj"] * 32
    assert found[1]["chord"] == ["A:min7"] * 32
    assert found[1]["note"]["track"] == song("s")["note_midi"]["track"][32:]


@given(st.lists(st.floats(0.3, 0.9), min_size=40, max_size=90), st.sampled_from([3, 4]), st.integers(1, 8))
def test_windows_begin_at_downbeats_and_follow_the_tempo(
    lengths: list[float], metre: int, hop_bars: int
) -> None:
    time = np.cumsum([0.0, *lengths])
    position = (np.arange(len(time)) % metre + 1).astype(np.uint8)
    grid = {"time": time, "value": position, "confidence": np.ones(len(time), np.float32)}
    played = {**notes(len(time)), "time": time, "duration": np.full(len(time), 0.2)}
    found = list(segments(song("s", beat=grid, note_midi=played), {}, hop_bars))
    for segment in found:
        first = int(np.searchsorted(time, segment["time"]))
        assert segment["position"][0] == 1
        assert_allclose(segment["beat"][:-1], time[first : first + BEATS])
        assert_array_equal(segment["note"]["step"], np.arange(BEATS) * STEPS_PER_BEAT)
    starts = [segment["bar"] * metre for segment in found]
    assert all(b - a >= hop_bars * 4 > b - a - metre for a, b in pairwise(starts))


def test_what_is_seen_is_laid_beside_the_beat_in_the_time_of_the_video() -> None:
    shots = labels((11.0, "start"), (5.0, "cut"), (20.0, "cut"))
    ours = song("s", audio_video_offset=10.0, shot=shots)
    first, _ = segments(ours, {"motion": _features(60.0, 10.0), "semantic": _features(60.0, 0.5, 3)})
    assert_allclose(np.ravel([m[0] for m in first["motion"]]), 10.2 + np.arange(BEATS) * 0.5, atol=0.03)
    assert np.shape(first["semantic"]) == (BEATS, 3)
    assert first["shot"].tolist() == [0, 0, 1] + [0] * 9 + [1] + [0] * 19
    assert "text" not in first


def test_an_alignment_says_more_than_an_offset() -> None:
    path = {"music_time": np.array([0.0, 32.0]), "video_time": np.array([5.0, 69.0])}
    ours = song("s", audio_video_offset=10.0, alignment=path)
    _, second = segments(ours, {"motion": _features(80.0, 10.0)})
    assert_allclose(second["motion"][0][0], 5 + 2 * 16.25, atol=0.1)


def test_without_notes_beats_or_a_whole_window_there_is_nothing() -> None:
    for lack in ({"note_midi": None}, {"beat": None}, {"beat": beats(31)}, {"note_midi": notes(0)}):
        assert list(segments(song("s", **lack), {})) == []
    assert len(list(segments(song("s", beat=beats(32)), {}))) == 1


def test_a_window_without_a_note_is_left_out_and_the_others_are_numbered_on() -> None:
    late = notes(64)
    late["time"] = late["time"] + 16.0
    (only,) = segments(song("s", note_midi=late), {})
    assert (only["index"], only["bar"]) == (0, 8)


@given(st.floats(0.2, 30.0), st.floats(-5.0, 40.0), st.integers(1, 40))
def test_means_are_those_of_the_samples_between_the_edges(rate: float, start: float, count: int) -> None:
    value = np.random.default_rng(count).standard_normal((count, 2)).astype(np.float16)
    edges = np.linspace(0.0, 20.0, 14)
    found = means({"start": start, "rate": rate, "value": value}, edges)
    time = start + np.arange(count) / rate
    for i, (a, b) in enumerate(pairwise(edges)):
        inside = (time >= a - 1e-6 / rate) & (time < b - 1e-6 / rate)
        if inside.any() and not np.isclose(time[:, None], edges, atol=1e-5).any():
            assert_allclose(found[i], value[inside].astype(np.float64).mean(axis=0), atol=2e-3)
    assert np.isfinite(found).all()


def test_features_and_segments_become_tables_of_their_own(tmp_path: Path) -> None:
    features = {"features_motion": _features(40.0, 5.0), "features_colour": _features(40.0, 2.0, 12)}
    with Siblings(tmp_path, hop_bars=4) as siblings:
        siblings.add(song("a"), features)
        siblings.add(song("b", split="test"), {})
    assert siblings.names == ["features_colour", "features_motion", "segments"]
    motion = pq.read_table(tmp_path / "features_motion" / "train-00000-of-00001.parquet")
    assert_array_equal(row.value_at(motion.column("value"), 0), features["features_motion"]["value"])
    train = pq.read_table(tmp_path / "segments" / "train-00000-of-00001.parquet")
    assert train.schema.equals(SEGMENT)
    assert train.column("bar").to_pylist() == [0, 4, 8]
    assert train.column("motion").null_count == 0
    test = pq.read_table(tmp_path / "segments" / "test-00000-of-00001.parquet")
    assert test.column("motion").null_count == 3


def test_an_error_leaves_no_half_table(tmp_path: Path) -> None:
    def fail() -> None:
        with Siblings(tmp_path, hop_bars=8) as siblings:
            siblings.add(song("a"), {"features_motion": _features(40.0, 5.0)})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
