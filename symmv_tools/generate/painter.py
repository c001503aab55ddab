"""A trained Diff-BGM, from its run folder, and how it paints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from symmv_tools.dataset.constants import NAME, read_constants
from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffusion.samplers import SAMPLERS
from symmv_tools.settings import make, parse_assignment, semantic
from symmv_tools.training.diffbgm_examples import SEEN
from symmv_tools.training.diffbgm_runs import build, read_network, read_widths
from symmv_tools.training.diffbgm_settings import STAGE, DiffBgmSettings
from symmv_tools.training.runs import SETTINGS, stage_of

_FEATURES = {"visual": "semantic", "text": "text", "shot": "shot"}


@dataclass(frozen=True)
class Brush:
    """How noise becomes music. Seven bars of eight are new where `overlap_bars` is 1."""

    sampler: str = semantic("dpm-solver", "how to go from noise to music", choices=tuple(SAMPLERS))
    steps: int = semantic(20, "evaluations of the network for each eight bars; of guidance, pairs of them")
    guidance: float = semantic(1.0, "how far to go from what is made for nothing; 1: no guidance")
    overlap_bars: int = semantic(4, "bars of four that are given from the eight before, 0 to 7; 0: no joins")
    rounds: int = semantic(
        1, "times that each step is taken, so that new bars agree with given ones; not dpm-solver"
    )
    t0: int = semantic(-1, "the features change here; -1: as in training")
    window: int = semantic(0, "beats whose features a note hears, the paper's k; 0: as in training")

    def __post_init__(self) -> None:
        if self.steps < 1 or self.rounds < 1:
            raise BadSettings(f"steps and rounds must be 1 or more; got {self.steps} and {self.rounds}")
        if not 0 <= self.overlap_bars <= 7:
            raise BadSettings(f"overlap_bars is {self.overlap_bars}; it can be 0 to 7")
        if self.rounds > 1 and self.sampler == "dpm-solver":
            raise BadSettings("dpm-solver takes every step once", "take sampler=ddim or sampler=ddpm")
        if self.window < 0:
            raise BadSettings(f"window is {self.window}; it must be 0 or more")


class Painter(NamedTuple):
    """A network that paints rolls, what it goes by and how wide that is, and what it knows of motion."""

    network: DiffBGM
    settings: DiffBgmSettings
    widths: dict[str, int]
    motion_range: tuple[float, float] | None
    device: torch.device
    brush: Brush

    @property
    def seen(self) -> dict[str, int]:
        """What must be seen of a video for it, by the names of `film.watch`."""
        return {_FEATURES[name]: width for name, width in self.widths.items() if name in SEEN}


def is_painter(folders: Sequence[Path]) -> bool:
    """Return whether a run of Diff-BGM is among these folders."""
    return any((folder / SETTINGS).is_file() and stage_of(folder) == STAGE for folder in folders)


def read_brush(assignments: Iterable[str]) -> Brush:
    """Return how to paint, by `key=value`; BadSettings, with the nearest name, for what there is not."""
    values: dict[str, Any] = {}
    for text in assignments:
        _, field, value = parse_assignment(f"generate.{text}")
        values[field] = value
    brush: Brush = make(Brush, values, "generate")
    return brush


def read_painter(folders: Sequence[Path], brush: Brush, device: torch.device) -> Painter:
    """Return the network of the one run of Diff-BGM in `folders`; BadCall for more, or if it does not fit."""
    if len(folders) != 1:
        raise BadCall("Diff-BGM makes music alone", "name its run and no other: --model RUN")
    (folder,) = folders
    try:
        network, settings = read_network(folder)
    except RuntimeError as why:  # torch lists the tensors that do not fit
        raise BadCall(
            f"the weights in {folder} are not those of a network with its settings",
            "it was changed by hand or by another version: train it again",
        ) from why
    if not 1 <= brush.steps <= settings.noise_steps:
        raise BadSettings(f"steps is {brush.steps}; this network knows {settings.noise_steps} at most")
    widths = read_widths(folder)
    network = _retuned(network, settings, widths, brush)
    known = read_constants(folder).motion_range if (folder / NAME).is_file() else None
    return Painter(network.to(device), settings, widths, known, device, brush)


def _retuned(network: DiffBGM, settings: DiffBgmSettings, widths: dict[str, int], brush: Brush) -> DiffBGM:
    """The network with the brush's t0 and window, which change no weight."""
    t0 = settings.t0 if brush.t0 < 0 else brush.t0
    window = brush.window or settings.window
    if (t0, window) == (settings.t0, settings.window):
        return network
    other = build(replace(settings, t0=t0, window=window), widths)
    other.load_state_dict(network.state_dict())
    return other.eval()
