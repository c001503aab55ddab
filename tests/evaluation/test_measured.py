"""Spread and distance to real music, on numbers that one can count by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.evaluation.measured import Measured, distance, measure_all, spread
from symmv_tools.evaluation.systems import Entry

pytestmark = pytest.mark.quick

_NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=12)


def measured(name: str, values: dict[str, float], metric: str = "m") -> Measured:
    return Measured(name, {piece: {metric: value} for piece, value in values.items()})


def numbered(name: str, values: list[float]) -> Measured:
    return measured(name, {f"{name}{i}": value for i, value in enumerate(values)})


def test_the_spread_is_mean_and_sample_deviation() -> None:
    found = spread(measured("x", {"a": 1.0, "b": 2.0, "c": 6.0}), "m")
    assert (found.n, found.mean) == (3, 3.0)
    assert found.sd == pytest.approx(7**0.5)
    assert found.interval is not None
    assert found.interval[0] <= 3.0 <= found.interval[1]


def test_one_piece_has_no_deviation_and_no_interval() -> None:
    assert spread(measured("x", {"a": 1.5}), "m")[:5] == (1, 0, 1.5, None, None)


def test_an_undefined_value_is_counted_and_left_out() -> None:
    found = measure_all(
        "x", [Entry("a"), Entry("b")], lambda entry: {"m": float("nan" if entry.id == "a" else 2)}
    )
    assert spread(found, "m")[:3] == (1, 1, 2.0)


def test_a_piece_that_cannot_be_read_costs_itself() -> None:
    def measure(entry: Entry) -> dict[str, float]:
        if entry.id == "bad":
            raise BadMedium("NOT_MIDI", "bad.mid is no MIDI file")
        return {"m": 1.0}

    found = measure_all("x", [Entry("bad"), Entry("good")], measure)
    assert found.failed == {"bad": "bad.mid is no MIDI file"}
    assert list(found.values) == ["good"]


@given(_NUMBERS, _NUMBERS)
@settings(max_examples=30, deadline=None)
def test_the_distance_of_strangers_is_the_difference_of_the_means(
    ours: list[float], theirs: list[float]
) -> None:
    found = distance(numbered("ours", ours), numbered("real", theirs), "m")
    assert found is not None
    assert not found.paired
    assert found.absolute == pytest.approx(np.mean(ours) - np.mean(theirs), abs=1e-9)


def test_pairs_resolve_what_groups_cannot() -> None:
    real = measured("real", {f"song{i}": 100.0 * i for i in range(20)})
    ours = measured("ours", {piece: by["m"] + 1 for piece, by in real.values.items()})
    strangers = measured("ours", {f"other{i}": 100.0 * i + 1 for i in range(20)})
    paired, grouped = distance(ours, real, "m"), distance(strangers, real, "m")
    assert paired is not None
    assert grouped is not None
    assert paired.paired
    assert paired.is_resolved
    assert paired.absolute == pytest.approx(grouped.absolute) == pytest.approx(1.0)
    assert not grouped.is_resolved


def test_real_music_is_not_told_from_itself() -> None:
    real = numbered("real", [1.0, 2.0, 4.0])
    found = distance(real, real, "m")
    assert found is not None
    assert (found.absolute, found.relative, found.is_resolved) == (0.0, 0.0, False)


def test_the_interval_of_a_difference_covers_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(200):
        ours, theirs = rng.normal(0.5, 1, 60), rng.normal(0, 2, 40)
        found = distance(numbered("ours", list(ours)), numbered("real", list(theirs)), "m")
        assert found is not None
        assert found.interval is not None
        hits += found.interval[0] <= 0.5 <= found.interval[1]
    assert 180 <= hits <= 198  # 190 expected; three deviations are 9


def test_a_relative_distance_to_nothing_does_not_exist() -> None:
    found = distance(measured("x", {"a": 1.0}), measured("real", {"a": 0.0}), "m")
    assert found is not None
    assert found.relative is None
