"""What Diff-BGM is trained by, and scored by after each epoch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symmv_tools.models.diffusion.losses import drawn_steps, losses
from symmv_tools.training.batches import Batches
from symmv_tools.training.diffbgm_batches import Batch
from symmv_tools.training.diffbgm_examples import Example
from symmv_tools.training.diffbgm_runs import schedule_of
from symmv_tools.training.diffbgm_settings import DiffBgmSettings
from symmv_tools.training.learner import autocast, precision_of
from symmv_tools.training.loop import Scores, on_device


def size(batch: Batch) -> int:
    """Return how many segments a batch has: what its loss is the mean of."""
    return len(batch.song_ids)


class Denoising:
    """The squared error of what is predicted at a random step; some segments forget their condition."""

    def __init__(self, settings: DiffBgmSettings) -> None:
        self._settings, self._schedule = settings, schedule_of(settings)

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean over a batch; all chance is torch's own."""
        x, condition = batch.music, batch.condition
        t = drawn_steps(self._schedule, x)
        noise = torch.randn_like(x)
        is_kept = torch.rand(len(x), device=x.device) >= self._settings.drop_condition
        condition = condition._replace(is_kept=condition.is_kept & is_kept)
        return self._errors(network, batch._replace(condition=condition), t, noise).mean()

    def validated(
        self, network: nn.Module, batches: Batches[Example, Batch] | None, device: torch.device
    ) -> Scores:
        """Return the mean over the segments of `batches`; no scores without.

        Each segment has a step and a noise of its own that are always the same, and every batch has steps
        from all over: so one epoch differs from another by what was learned alone. Nothing is dropped.
        """
        if batches is None:
            return {}
        total, count, of = 0.0, 0, len(batches(0))
        in_precision = autocast(precision_of(self._settings.precision, device), device)
        for number, batch in enumerate(batches(0)):
            here: Batch = on_device(batch, device)
            t = (torch.arange(size(batch)) + (number + 0.5) / of) / size(batch) * self._schedule.steps
            noise = torch.randn(batch.music.shape, generator=torch.Generator().manual_seed(number))
            with in_precision():
                errors = self._errors(network, here, t.long().to(device), noise.to(device))
            total, count = total + errors.sum().item(), count + size(batch)
        return {"validation": total / count}

    def _errors(self, network: nn.Module, batch: Batch, t: Tensor, noise: Tensor) -> Tensor:
        return losses(
            lambda x, t: network(x, t, batch.condition),
            self._schedule,
            batch.music,
            t,
            noise,
            objective=self._settings.objective,
            min_snr=self._settings.min_snr,
        )
