"""That the network, the loss and the samplers together learn."""

from __future__ import annotations

import torch

from symmv_tools.models.diffbgm.condition import Condition
from symmv_tools.models.diffbgm.guidance import guided
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffbgm.sizes import Sizes
from symmv_tools.models.diffusion.denoiser import Denoiser
from symmv_tools.models.diffusion.losses import drawn_steps, losses
from symmv_tools.models.diffusion.samplers import sample
from symmv_tools.models.diffusion.schedule import scaled_linear
from tests.models.diffbgm.toys import rows

TINY = Sizes(
    channels=16,
    multipliers=(1, 2),
    blocks=1,
    attention_levels=(1,),
    heads=2,
    width=16,
    window=2,
    selection="visual",
)


def test_it_learns_four_rolls_by_heart() -> None:
    """Each for its own video: from noise alone, 10 evaluations later they are there, to the note."""
    torch.manual_seed(0)
    music = (torch.rand(4, 2, 16, 8) < 0.2).float()
    film = Condition(torch.ones(4, dtype=torch.bool), visual=torch.randn(4, 4, 6))
    network, schedule = DiffBGM(TINY, {"visual": 6}), scaled_linear(1000)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    which = [0, 1, 2, 3] * 4
    for _ in range(150):
        noise = torch.randn(16, 2, 16, 8)
        cost = losses(
            lambda x, t: network(x, t, rows(film, which)),
            schedule,
            music[which],
            drawn_steps(schedule, noise),
            noise,
            objective="v",
        )
        optimiser.zero_grad()
        torch.autograd.backward(cost.mean())
        optimiser.step()
    network.eval()
    found = sample(Denoiser(guided(network, film), schedule, "v"), torch.randn(4, 2, 16, 8), steps=10)
    assert (found.round() == music).float().mean() > 0.98
