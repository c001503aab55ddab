"""Pieces measured by several processes, in order, with few of them in memory at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")

_AHEAD = 2  # pieces in flight per worker: enough that none waits


def in_order(
    function: Callable[[Item], Found], items: Iterable[Item], workers: int = 1
) -> Iterator[tuple[Item, Callable[[], Found]]]:
    """Yield each item with a function that returns what `function` made of it, or raises what it raised.

    With one worker all happens here, when the result is asked for; else `function` and the items go
    to `workers` spawned processes, and must be picklable.
    """
    if workers == 1:
        yield from ((item, _later(function, item)) for item in items)
        return
    source = iter(items)
    with ProcessPoolExecutor(workers, get_context("spawn"), _alone) as pool:
        waiting: deque[tuple[Item, Future[Found]]] = deque()
        for item in source:
            waiting.append((item, pool.submit(function, item)))
            waiting.extend(
                (one, pool.submit(function, one)) for one in islice(source, workers * _AHEAD - len(waiting))
            )
            first, future = waiting.popleft()
            yield first, future.result
        for rest, future in waiting:
            yield rest, future.result


def _later(function: Callable[[Item], Found], item: Item) -> Callable[[], Found]:
    return lambda: function(item)


def _alone() -> None:
    """Keep a worker to one thread, before it imports the libraries that would start one per core each."""
    os.environ["OMP_NUM_THREADS"] = "1"
