"""Runs of V-MusProd's stages at toy size, in the run format: trained on nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tomli_w
import torch

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.models.vmusprod.network import build
from symmv_tools.training import saving
from symmv_tools.training.loop import WEIGHTS
from symmv_tools.training.musprod_settings import read_preset
from symmv_tools.training.runs import SETTINGS

STAGES = ("chord", "melody", "accompaniment")


def write_run(
    folder: Path, stage: str, *, widths: dict[str, int] | None = None, motion: bool = True, **changes: Any
) -> Path:
    """A network as chance made it; `motion` says whether it knows a range of it, 0 to 10."""
    folder.mkdir(parents=True)
    assignments = [f"{name}={json.dumps(value)}" for name, value in changes.items()]
    settings = read_preset("toy", stage, assignments)
    torch.manual_seed(0)
    network = build(stage, settings, widths or {})
    saving.save(folder / WEIGHTS, network.state_dict(), {"epoch": 1, "step": 1, "scores": {}})
    (folder / SETTINGS).write_text(tomli_w.dumps(asdict(settings)), "utf-8")
    if motion:
        write_constants(folder, Constants((0.0, 10.0)))
    return folder


def write_band(folder: Path, **more: Any) -> Path:
    """A folder of the three runs; only chords see the video, with colours."""
    for stage in STAGES:
        write_run(folder / stage, stage, **more)
    return folder
