"""The training loop."""

import torch
from torch import Tensor, nn

from symmv_tools.training.loop import fit
from symmv_tools.training.settings import FitSettings

Pairs = tuple[Tensor, Tensor]


def pairs() -> list[Pairs]:
    x = torch.linspace(-1, 1, 8)[:, None]
    return [(x[:4], 3 * x[:4] - 1), (x[4:], 3 * x[4:] - 1)]


def squared(network: nn.Module, batch: Pairs) -> Tensor:
    error: Tensor = (network(batch[0]) - batch[1]).square().mean()
    return error


def test_a_line_is_fitted_and_every_epoch_is_reported() -> None:
    torch.manual_seed(0)
    network, said = nn.Linear(1, 1), list[str]()
    settings = FitSettings(epochs=60, learning_rate=0.1, weight_decay=0.0, average_steps=10)
    fit(network, lambda epoch: pairs(), squared, lambda _: {"score": 1.0}, settings, said.append)
    assert squared(network, pairs()[0]).item() < 1e-3
    assert len(said) == 60
    assert said[0].startswith("epoch 1/60: loss ")
    assert "score 1.0000" in said[0]


def test_what_is_validated_and_kept_is_the_average_and_training_goes_on_from_its_own_weights() -> None:
    torch.manual_seed(0)
    network, seen = nn.Linear(1, 1, bias=False), list[float]()

    def validate(network: nn.Module) -> dict[str, float]:
        assert not network.training
        seen.append(next(network.parameters()).item())
        return {}

    settings = FitSettings(epochs=3, average_steps=1e9)
    kept = fit(network, lambda epoch: pairs(), squared, validate, settings, lambda line: None)
    assert kept.weights["weight"].item() == seen[-1] == next(network.parameters()).item()
    assert len(set(seen)) == 3


def test_each_epoch_asks_for_its_batches_once() -> None:
    asked = list[int]()

    def batches(epoch: int) -> list[Pairs]:
        asked.append(epoch)
        return pairs()

    fit(nn.Linear(1, 1), batches, squared, lambda _: {}, FitSettings(epochs=3), lambda line: None)
    assert asked == [0, 1, 2]
