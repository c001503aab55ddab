"""Batches of examples of about equal length, in an order that only the seed and the epoch decide.

So a run can go on in mid-epoch, and the number of workers or processes changes nothing.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

Example = TypeVar("Example")
Example_co = TypeVar("Example_co", covariant=True)
Batch = TypeVar("Batch")

Key = tuple[int, tuple[int, ...]]
"""What makes a batch: the epoch, and the numbers of its examples."""

_JITTER = 0.1  # of a length: neighbours differ from epoch to epoch
_POOL = 64  # batches that are cut together: little padding, and yet not all row groups at once


class Source(Protocol[Example_co]):
    """Examples by number; it goes to the workers as a pickle."""

    def get(self, index: int, epoch: int) -> Example_co:
        """Return one as it is in an epoch: always the same, whoever asks."""
        ...

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return every number once, shuffled as far as reading allows."""
        ...


def cut(
    lengths: NDArray[np.int64],
    order: NDArray[np.int64],
    rng: np.random.Generator | None,
    *,
    most: int,
    tokens: int = 0,
) -> list[tuple[int, ...]]:
    """Return the numbers in `order` once each, in batches of similar lengths and random order.

    A batch has at most `most` examples and, if `tokens` is given, at most so many tokens after padding
    to its longest; an example longer than that is a batch by itself. Lengths (n,) are compared among some
    hundred neighbours in `order`, so that what is read together stays together. Without `rng` batches go
    from short to long, always the same.
    """
    pools = np.split(order, range(_POOL * most, len(order), _POOL * most))
    return [batch for pool in pools for batch in _cut_pool(lengths, pool, rng, most, tokens)]


def _cut_pool(
    lengths: NDArray[np.int64],
    pool: NDArray[np.int64],
    rng: np.random.Generator | None,
    most: int,
    tokens: int,
) -> list[tuple[int, ...]]:
    jitter = 0.0 if rng is None else _JITTER * rng.standard_normal(len(pool))
    batches: list[list[int]] = []
    longest = 0
    for number in pool[np.argsort(lengths[pool] * (1.0 + jitter), kind="stable")].tolist():
        longest = max(longest, int(lengths[number]))
        size = len(batches[-1]) + 1 if batches else most + 1
        if size > most or (tokens and size * longest > tokens):
            batches.append([])
            longest = int(lengths[number])
        batches[-1].append(number)
    order = range(len(batches)) if rng is None else rng.permutation(len(batches)).tolist()
    return [tuple(batches[i]) for i in order]


class Epoch(Sequence[Batch]):
    """The batches of an epoch. Slices are free; examples are made when batches are asked for."""

    def __init__(self, keys: Sequence[Key], make: Callable[[Sequence[Key]], Iterator[Batch]]) -> None:
        self._keys, self._make = keys, make

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Batch]:
        return self._make(self._keys)

    @overload
    def __getitem__(self, which: int) -> Batch: ...
    @overload
    def __getitem__(self, which: slice) -> Epoch[Batch]: ...
    def __getitem__(self, which: int | slice) -> Batch | Epoch[Batch]:
        if isinstance(which, slice):
            return Epoch(self._keys[which], self._make)
        return next(self._make([self._keys[which]]))


class Batches(Generic[Example, Batch]):
    """Call it with an epoch's number for that epoch's batches; `lengths` are the examples' in tokens, (n,).

    `collate` pads. `workers` processes make batches ahead, this one if there are none. `shuffle=False` is
    for validation: every epoch is the first. `parts` cuts each batch into so many, one after the other, for
    as many processes that compare their examples with each other's; a batch of fewer is left out.
    """

    def __init__(
        self,
        source: Source[Example],
        lengths: NDArray[np.int64],
        collate: Callable[[list[Example]], Batch],
        *,
        most: int,
        tokens: int = 0,
        seed: int = 0,
        shuffle: bool = True,
        workers: int = 0,
        pin: bool = False,
        parts: int = 1,
    ) -> None:
        self._source, self._lengths, self._most, self._tokens = source, lengths, most, tokens
        self._seed, self._shuffle, self._parts = seed, shuffle, parts
        self._made = _Made(source, collate)
        self._workers = _Workers(self._made, workers, pin=pin) if workers else None

    def __call__(self, epoch: int) -> Epoch[Batch]:
        """Return the batches of an epoch."""
        epoch = epoch if self._shuffle else 0
        rng = np.random.default_rng([self._seed, epoch]) if self._shuffle else None
        order = self._source.order(epoch) if self._shuffle else np.arange(len(self._lengths))
        numbers = cut(self._lengths, order, rng, most=self._most, tokens=self._tokens)
        dealt = [part for some in numbers for part in _parts(some, self._parts)]
        return Epoch([(epoch, some) for some in dealt], self._workers or self._made.each)


def _parts(numbers: tuple[int, ...], count: int) -> list[tuple[int, ...]]:
    """Return the numbers in `count` stretches of about one size; none if there are fewer numbers."""
    if len(numbers) < count:
        return []
    edges = [len(numbers) * i // count for i in range(count + 1)]
    return [numbers[a:b] for a, b in pairwise(edges)]


class _Made(Dataset[Any]):
    """Batches by key: what a worker does."""

    def __init__(self, source: Source[Any], collate: Callable[[list[Any]], Any]) -> None:
        self._source, self._collate = source, collate

    def __getitem__(self, key: Key) -> Any:
        epoch, numbers = key
        return self._collate([self._source.get(number, epoch) for number in numbers])

    def each(self, keys: Sequence[Key]) -> Iterator[Any]:
        return map(self.__getitem__, keys)


class _Workers:
    """Processes that stay from epoch to epoch and make the batches that are going to be asked for."""

    def __init__(self, made: _Made, count: int, *, pin: bool) -> None:
        self._keys: list[Key] = []
        self._loader: DataLoader[Any] = DataLoader(
            made,
            sampler=self._keys,
            batch_size=None,
            num_workers=count,
            pin_memory=pin,
            persistent_workers=True,
            multiprocessing_context="spawn",  # a fork of a process with threads can hang
            worker_init_fn=_begin,
            generator=torch.Generator(),  # its own: a loader's draws must not move the network's chance
        )

    def __call__(self, keys: Sequence[Key]) -> Iterator[Any]:
        self._keys[:] = keys
        return iter(self._loader)


def _begin(worker: int) -> None:
    """Leave signals to the main process, which still wants this step's batches, and the cores to others."""
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, signal.SIG_IGN)
    torch.set_num_threads(1)
