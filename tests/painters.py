"""A run of Diff-BGM at toy size, in the run format: trained on nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import tomli_w
import torch

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.training import saving
from symmv_tools.training.diffbgm_runs import build, write_widths
from symmv_tools.training.diffbgm_settings import read_preset
from symmv_tools.training.loop import WEIGHTS
from symmv_tools.training.runs import SETTINGS

TINY: dict[str, Any] = {
    "channels": 8,
    "multipliers": (1, 1, 1),
    "attention_levels": (2,),
    "heads": 1,
    "width": 8,
    "blocks": 1,
}


def write_painter(
    folder: Path, widths: Mapping[str, int] | None = None, *, motion: bool = True, **changes: Any
) -> Path:
    """A network as chance made it, but loud; `motion` says whether it knows a range of it, 0 to 10."""
    folder.mkdir(parents=True)
    settings = replace(read_preset("toy"), **TINY | changes)
    torch.manual_seed(0)
    network = build(settings, widths or {})
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    saving.save(folder / WEIGHTS, network.state_dict(), {"epoch": 1, "step": 1, "scores": {}})
    (folder / SETTINGS).write_text(tomli_w.dumps(asdict(settings)), "utf-8")
    write_widths(folder, widths or {})
    if motion:
        write_constants(folder, Constants((0.0, 10.0)))
    return folder
