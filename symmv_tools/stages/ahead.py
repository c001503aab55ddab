"""One step ahead: the next thing is made in a thread while the present one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")

_END = object()


def one_ahead(items: Iterable[Item]) -> Generator[Item]:
    """Yield `items`, of which the next is always being made in a thread meanwhile.

    Decoding holds no lock of Python's, so on a core that is free it costs no time. What `items` raises is
    raised here, after all that came before it. Who stops early waits for the one that is being made.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, source, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, source, _END)
            yield item  # type: ignore[misc]
