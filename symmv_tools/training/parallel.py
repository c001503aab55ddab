"""Several processes that train one network: `torchrun --nproc-per-node 4 --no-python -- symmv train …`.

Gradients are added up by hand, in one message, where DistributedDataParallel would send them piece by
piece while others are still computed. That costs some milliseconds a step, and saves a wrapper around the
network, its rules for parameters without a gradient (a song without colours) and for processes without a
batch (at the end of an epoch).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, distributed, nn

from symmv_tools.errors import MissingGpu

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Group:
    """The processes that train together, seen from one of them: `rank` of `world`, and its device."""

    rank: int = 0
    world: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return self.rank == 0

    def gather(self, thing: Thing) -> list[Thing]:
        """Return what each process has, by rank; small things."""
        if self.world == 1:
            return [thing]
        everyone: list[Thing | None] = [None] * self.world
        distributed.all_gather_object(everyone, thing)
        return everyone  # type: ignore[return-value]

    def gather_rows(self, rows: Tensor) -> Gathered:
        """Return the rows (n, d) of all processes, by rank, differentiably: (sum of n, d).

        Their gradient is what all processes together say of one's own rows, so that after `sum_gradients`
        the weights learn what they would of one process with all rows. Every process must call, and go
        backwards.
        """
        if self.world == 1:
            return Gathered(rows, 0)
        sizes = self.gather(len(rows))
        first = sum(sizes[: self.rank])
        return Gathered(_GatherRows.apply(rows, sizes, first), first)  # type: ignore[no-untyped-call]

    def share(self, network: nn.Module) -> None:
        """Give every process the weights of the first."""
        if self.world > 1:
            for tensor in network.state_dict().values():
                distributed.broadcast(tensor, 0)

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by the sum over the processes; nobody's stays nobody's."""
        if self.world == 1:
            return
        wanted = [parameter for parameter in parameters if parameter.requires_grad]
        known = torch.tensor([float(p.grad is not None) for p in wanted], device=self.device)
        flat = torch.cat([_gradient(parameter).flatten() for parameter in wanted] + [known])
        distributed.all_reduce(flat)
        sums = torch.split(flat[: -len(wanted)], [parameter.numel() for parameter in wanted])
        for parameter, total, count in zip(wanted, sums, flat[-len(wanted) :].tolist(), strict=True):
            parameter.grad = total.view_as(parameter) if count else None


class Gathered(NamedTuple):
    """The rows of all processes, and the number of this one's first."""

    rows: Tensor
    first: int


class _GatherRows(torch.autograd.Function):
    """Rows of different numbers, padded to the most for the way."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, sizes: list[int], first: int) -> Tensor:
        ctx.own = slice(first, first + len(rows))
        padded = rows.new_zeros(max(sizes), rows.shape[1])
        padded[: len(rows)] = rows
        everyone = [torch.empty_like(padded) for _ in sizes]
        distributed.all_gather(everyone, padded)
        return torch.cat([each[:size] for each, size in zip(everyone, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        total = gradient.contiguous().clone()
        distributed.all_reduce(total)
        return total[ctx.own], None, None


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


ALONE = Group()
"""One process on the CPU."""


def is_first_process() -> bool:
    """Return whether this is the one of torchrun's processes, or the only one, that has something to say."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(gpu: int | None = None) -> Iterator[Group]:
    """Join the processes that torchrun started, or work alone on the CPU or on GPU `gpu`.

    Under torchrun each process takes the GPU of its local rank if `gpu` names any, else a share of the
    CPU. Raises MissingGpu if there is no such GPU.
    """
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if world > 1 and gpu is not None:
        gpu = int(os.environ["LOCAL_RANK"])
    group = Group(rank, world, device_of(gpu))
    if world == 1:
        yield group
        return
    distributed.init_process_group("gloo" if gpu is None else "cpu:gloo,cuda:nccl")
    try:
        yield group
    finally:
        distributed.destroy_process_group()


def device_of(gpu: int | None) -> torch.device:
    """Return the CPU, or GPU `gpu`; MissingGpu if there is no such GPU."""
    if gpu is None:
        return torch.device("cpu")
    if gpu >= (count := torch.cuda.device_count()):
        found = f"torch sees {count} of them" if count else "torch sees none"
        raise MissingGpu(f"GPU {gpu} is asked for, but {found}", "leave --gpu away, or run `symmv doctor`")
    torch.cuda.set_device(gpu)
    return torch.device("cuda", gpu)
