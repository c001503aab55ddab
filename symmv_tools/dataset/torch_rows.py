"""Rows for PyTorch: an IterableDataset whose workers divide the rows among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import distributed
from torch.utils.data import IterableDataset, get_worker_info

from symmv_tools.dataset.rows import Row, Rows


class TorchRows(IterableDataset[Any]):
    """See `Rows.to_torch`. Every row comes once an epoch, whatever the number of workers and ranks."""

    def __init__(self, rows: Rows, transform: Callable[[Row], Any] | None, shuffle: bool) -> None:
        super().__init__()
        self.rows, self.transform, self.shuffle = rows, transform or as_tensors, shuffle

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        part, parts = _share()
        start, stop = (len(self.rows) * p // parts for p in (part, part + 1))
        rng = np.random.default_rng([_epoch_seed(), part]) if self.shuffle else None
        return map(self.transform, self.rows.stream(start, stop, rng))


def as_tensors(cell: Any) -> Any:
    """Return a row, or a cell of it, with every array copied into a tensor."""
    if isinstance(cell, np.ndarray):
        return torch.from_numpy(cell.copy())  # torch cannot hold memory that must not be written
    return {name: as_tensors(value) for name, value in cell.items()} if isinstance(cell, dict) else cell


def _share() -> tuple[int, int]:
    """Which share of the rows is this worker's, and how many shares there are."""
    worker = get_worker_info()
    index, count = (worker.id, worker.num_workers) if worker else (0, 1)
    if distributed.is_available() and distributed.is_initialized():
        index += distributed.get_rank() * count
        count *= distributed.get_world_size()
    return index, count


def _epoch_seed() -> int:
    """A number that torch's seed decides and every epoch changes: a DataLoader deals it to its workers."""
    worker = get_worker_info()
    return int(torch.randint(2**62, ())) if worker is None else worker.seed - worker.id
