"""Histograms that grow by the batch: what they say must not depend on how the numbers came."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.dataset.report.histogram import Histogram, number, percent

pytestmark = pytest.mark.quick

EDGES = np.linspace(0, 10, 101)
NUMBERS = st.lists(st.floats(-5, 15), min_size=1, max_size=50)


def of(*batches: list[float]) -> Histogram:
    histogram = Histogram(EDGES)
    for batch in batches:
        histogram.add(batch)
    return histogram


@given(NUMBERS, st.integers(0, 50))
def test_two_batches_are_one(values: list[float], cut: int) -> None:
    whole, parts = of(values), of(values[:cut], values[cut:])
    assert whole.counts.tolist() == parts.counts.tolist()
    assert parts.mean == pytest.approx(whole.mean)
    assert (parts.least, parts.largest) == (whole.least, whole.largest)


@given(NUMBERS)
def test_every_number_is_counted_and_the_mean_is_exact(values: list[float]) -> None:
    histogram = of(values)
    assert histogram.count == len(values)
    assert histogram.mean == pytest.approx(np.mean(values), abs=1e-9)


@given(st.lists(st.floats(0, 9.99), min_size=1, max_size=50), st.floats(0, 1))
def test_a_quantile_is_right_to_within_a_bin(values: list[float], share: float) -> None:
    found = of(values).quantile(share)
    below = np.sort(values)
    rank = share * len(values)
    low, high = below[max(int(np.ceil(rank)) - 1, 0)], below[min(int(rank), len(values) - 1)]
    assert found is not None
    assert low - 0.1001 <= found <= high + 0.1001


def test_whole_numbers_have_whole_quantiles() -> None:
    pitches = Histogram(np.arange(129.0), whole=True)
    pitches.add([60, 60, 61, 64])
    assert pitches.quantile(0.5) == 60
    assert pitches.quantile(1.0) == 64


def test_nan_is_no_number_and_nothing_has_no_mean() -> None:
    histogram = of([float("nan")], [])
    assert (histogram.count, histogram.mean, histogram.quantile(0.5)) == (0, None, None)
    assert histogram.as_dict() == {"count": 0}


def test_as_plain_values_only_bins_that_hold_something_are_told() -> None:
    told = of([2.05, 2.35]).as_dict()
    assert told["counts"] == [1, 0, 0, 1]
    assert told["edges"] == pytest.approx([2.0, 2.1, 2.2, 2.3, 2.4])


@pytest.mark.parametrize(("value", "shown"), [(0.125, "0.125"), (62.34, "62.3"), (1140, "1,140"), (0, "0")])
def test_numbers_are_short(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, "0 %"), (3, 3, "100 %"), (1, 9999, "0.1 %"), (9998, 9999, "99.9 %")]
)
def test_all_and_none_are_said_only_where_that_is_true(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown
