"""The training loop."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from symmv_tools.errors import BadCall, Diverged
from symmv_tools.training import saving
from symmv_tools.training.journal import Step
from symmv_tools.training.loop import LAST, fit
from symmv_tools.training.settings import FitSettings
from tests.training import toys

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


# --- what goes wrong --------------------------------------------------------------------------------


def test_a_loss_that_is_no_number_names_its_step_and_songs_and_spoils_nothing(tmp_path: Path) -> None:
    calls = list[toys.Batch]()

    def loss(net: nn.Module, batch: toys.Batch) -> Tensor:
        calls.append(batch)
        return toys.error(net, batch)["error"] * (float("nan") if len(calls) == 6 else 1.0)

    with pytest.raises(Diverged) as said:
        fit(
            toys.plain_network(),
            toys.batches(),
            loss,
            toys.validate,
            toys.settings(save_steps=1),
            folder=tmp_path,
        )
    assert said.value.message == (
        f"the loss of step 3 is nan; its batch is {', '.join(calls[4].song_ids + calls[5].song_ids)}"
    )
    tensors, about = saving.load(tmp_path / LAST)
    assert about["place"]["step"] == 2
    assert all(value.isfinite().all() for value in tensors.values())


def test_a_gradient_that_is_no_number_is_caught_before_it_is_taken() -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, 0.0)

    def loss(net: nn.Module, batch: Tensor) -> Tensor:
        root: Tensor = net(batch).sqrt().sum()  # the slope of a root is infinite at 0
        return root

    with pytest.raises(Diverged, match="the gradient of step 1 is nan; its batch is songs without names"):
        fit(net, lambda epoch: [torch.zeros(1, 1)], loss, lambda _: {}, FitSettings(epochs=1))
    assert net.weight.item() == 0.0


def test_no_batches_are_a_bad_call() -> None:
    nothing: list[Pairs] = []
    with pytest.raises(BadCall, match="there is nothing to learn from"):
        fit(nn.Linear(1, 1), lambda epoch: nothing, squared, lambda _: {}, FitSettings())


# --- what is kept, and when it ends -----------------------------------------------------------------


def test_the_best_epoch_is_kept_and_patience_ends() -> None:
    costs = iter([3.0, 1.0, 2.0, 2.0, 2.0, 0.0])
    seen = list[Tensor]()

    def validate(net: nn.Module) -> dict[str, float]:
        seen.append(next(net.parameters()).clone())
        return {"cost": next(costs)}

    net, said = nn.Linear(1, 1), list[str]()
    settings = FitSettings(epochs=6, patience=3)
    fitted = fit(
        net, lambda epoch: pairs(), squared, validate, settings, said.append, cost=lambda s: s["cost"]
    )
    assert (fitted.epoch, fitted.scores, fitted.steps) == (2, {"cost": 1.0}, 10)
    assert torch.equal(fitted.weights["weight"], seen[1])
    assert torch.equal(net.weight, seen[1])
    assert said[-1] == "none better in 3 epochs: epoch 2 is kept"


def test_steps_end_in_mid_epoch_with_a_validation() -> None:
    said = list[str]()
    fitted = fit(
        nn.Linear(1, 1), lambda epoch: pairs(), squared, lambda _: {}, FitSettings(steps=3), said.append
    )
    assert fitted.steps == 3
    assert len(said) == 2


def test_a_step_of_two_batches_is_a_step_of_one_twice_as_large() -> None:
    """Each vector counts the same, though the batches' numbers of vectors differ."""
    one, other = (_fitted_in(most, accumulate) for most, accumulate in ((2, 3), (6, 1)))
    for mine, theirs in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-5)


def _fitted_in(most: int, accumulate: int) -> nn.Module:
    """The plain network, fitted to six songs in batches of `most`."""
    source, net = toys.Songs(6), toys.plain_network()
    songs = [source.get(n, 0) for n in range(6)]
    made = [toys.collate(songs[i : i + most]) for i in range(0, 6, most)]
    settings = toys.settings(accumulate=accumulate, average_steps=0.0)
    fit(net, lambda epoch: made, toys.error, toys.validate, settings, lambda line: None, size=toys.size)
    return net


def test_the_watcher_hears_of_every_step() -> None:
    heard = list[Step]()
    fit(
        toys.plain_network(),
        toys.batches(),
        toys.error,
        toys.validate,
        toys.settings(epochs=2),
        lambda line: None,
        size=toys.size,
        watch=heard.append,
    )
    assert [step.step for step in heard] == list(range(1, 9))
    assert {step.steps for step in heard} == {8}
    assert sum(step.tokens for step in heard) == 2 * int(toys.Songs(13).lengths.sum())
    assert all(0.0 <= step.waiting <= 1.0 and step.tokens_per_second > 0 for step in heard)
    assert heard[-1].seconds_left == 0.0


# --- several processes ------------------------------------------------------------------------------

_TWO = """
import sys
import torch
from symmv_tools.training.loop import fit
from symmv_tools.training.parallel import joined
from tests.training import toys

torch.set_num_threads(1)
with joined() as group:
    net = toys.plain_network() if group.is_first else torch.nn.Sequential(*toys.plain_network()).apply(
        lambda m: [p.data.zero_() for p in m.parameters()])
    heard = []
    fit(net, toys.batches(), toys.error, toys.validate, toys.settings(accumulate=2), lambda line: None,
        size=toys.size, group=group, watch=heard.append)
    if group.is_first:
        torch.save([[s.loss for s in heard], net.state_dict()], sys.argv[1])
"""


@pytest.mark.timeout(180)
def test_two_processes_are_one(tmp_path: Path) -> None:
    """Seven batches an epoch, dealt in fours: at the end the second process has fewer, or none."""
    alone, heard = toys.plain_network(), list[Step]()
    fit(
        alone,
        toys.batches(),
        toys.error,
        toys.validate,
        toys.settings(accumulate=4),
        lambda line: None,
        size=toys.size,
        watch=heard.append,
    )
    losses, weights = _together(tmp_path)
    np.testing.assert_allclose(losses, [step.loss for step in heard], rtol=0, atol=1e-6)
    for name, value in alone.state_dict().items():
        torch.testing.assert_close(weights[name], value, rtol=0, atol=1e-6)


def _together(folder: Path) -> tuple[list[float], dict[str, Tensor]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "two.py").write_text(_TWO)
    root = str(Path(__file__).parents[2])
    started = [
        subprocess.Popen(
            [sys.executable, str(folder / "two.py"), str(folder / "ended.pt")],
            env=os.environ
            | {"PYTHONPATH": root, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            | {"WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank), "GLOO_SOCKET_IFNAME": "lo"},
        )
        for rank in range(2)
    ]
    assert [process.wait(150) for process in started] == [0, 0]
    losses, weights = torch.load(folder / "ended.pt", weights_only=True)
    return losses, weights
