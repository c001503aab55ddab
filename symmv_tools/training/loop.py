"""One plain loop that fits any network: batches and a loss come in, the averaged network goes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

Batch = TypeVar("Batch")


@dataclass(frozen=True)
class FitSettings:
    """How long and how fast."""

    epochs: int
    learning_rate: float = (
        2e-3  # the highest; it rises over the first 8 % of the steps and then falls to nothing
    )
    weight_decay: float = 0.02
    clip_norm: float = 1.0
    average_steps: float = 200.0  # the weights that are validated and kept are a mean over so many steps


def fit(
    network: nn.Module,
    batches: Callable[[int], Sequence[Batch]],
    loss: Callable[[nn.Module, Batch], Tensor],
    validate: Callable[[nn.Module], Mapping[str, float]],
    settings: FitSettings,
    report: Callable[[str], None] = print,
) -> dict[str, Tensor]:
    """Fit `network` in place and return the averaged weights after the last epoch.

    `batches(epoch)` gives the batches of an epoch, the same number in each. `loss(network, batch)`
    is a scalar. After each epoch `validate` scores the averaged network, and one line is reported.
    """
    first = batches(0)
    steps = settings.epochs * len(first)
    optimiser = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, steps, pct_start=0.08, div_factor=10.0, final_div_factor=100.0
    )
    average = {name: value.clone() for name, value in network.state_dict().items()}
    began, step = time.monotonic(), 0
    for epoch in range(settings.epochs):
        network.train()
        total = 0.0
        todays = first if epoch == 0 else batches(epoch)
        for batch in todays:
            value = loss(network, batch)
            optimiser.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
            optimiser.step()
            schedule.step()
            step += 1
            total += value.item()
            _average_in(average, network, weight=1 / min(settings.average_steps, 1 + step / 2))
        scores = _validated(network, average, validate)
        words = ", ".join(f"{name} {score:.4f}" for name, score in scores.items())
        seconds = time.monotonic() - began
        report(
            f"epoch {epoch + 1}/{settings.epochs}: loss {total / len(todays):.4f}, {words}, {seconds:.0f} s"
        )
    network.load_state_dict(average)
    return average


def _average_in(average: dict[str, Tensor], network: nn.Module, weight: float) -> None:
    for name, value in network.state_dict().items():
        average[name].lerp_(value, weight)


def _validated(
    network: nn.Module, average: dict[str, Tensor], validate: Callable[[nn.Module], Mapping[str, float]]
) -> Mapping[str, float]:
    """Score the network under its averaged weights, and give it its own back."""
    own = {name: value.clone() for name, value in network.state_dict().items()}
    network.load_state_dict(average)
    network.eval()
    with torch.no_grad():
        scores = validate(network)
    network.load_state_dict(own)
    return scores
