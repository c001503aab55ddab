"""One step ahead, and not two; errors come in their place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from symmv_tools.stages.ahead import one_ahead

pytestmark = pytest.mark.quick


def test_all_come_in_order() -> None:
    assert list(one_ahead(range(100))) == list(range(100))
    assert list(one_ahead([])) == []


def test_the_next_is_made_while_the_present_is_used_and_no_more() -> None:
    made: list[int] = []
    second = threading.Event()

    def source() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            if number == 1:
                second.set()
            yield number

    items = one_ahead(source())
    assert next(items) == 0
    assert second.wait(5.0)
    assert len(made) == 2


def test_an_error_comes_after_what_was_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    items = one_ahead(source())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_who_stops_early_leaves_no_thread() -> None:
    before = threading.active_count()
    items = one_ahead(range(1000))
    next(items)
    items.close()
    assert threading.active_count() == before
