"""Pieces measured by several processes come back in order, and one that fails is one that fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from symmv_tools.evaluation.pool import in_order


def half(number: int) -> float:
    if number == 3:
        raise ValueError("three has no half here")
    return number / 2


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order_and_an_error_is_one_item_s(workers: int) -> None:
    found: list[float | str] = []
    for number, result in in_order(half, range(7), workers):
        try:
            found.append(result())
        except ValueError as why:
            found.append(f"{number}: {why}")
    assert found == [0.0, 0.5, 1.0, "3: three has no half here", 2.0, 2.5, 3.0]


def test_few_items_are_taken_ahead() -> None:
    taken = []

    def source() -> Iterator[int]:
        for number in range(100, 150):
            taken.append(number)
            yield number

    results = in_order(half, source(), 2)
    next(results)
    assert len(taken) <= 5
    results.close()  # type: ignore[attr-defined]
