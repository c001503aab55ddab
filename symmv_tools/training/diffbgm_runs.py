"""A run of Diff-BGM: what beside its weights and settings makes a network of it.

conditions.json   what the network goes by, of all that its settings want, and how wide that is
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffusion.schedule import SCHEDULES, Schedule
from symmv_tools.training.diffbgm_settings import DiffBgmSettings
from symmv_tools.training.runs import read_settings, read_weights

CONDITIONS = "conditions.json"


def read_network(run: Path) -> tuple[DiffBGM, DiffBgmSettings]:
    """Return the best network of a run, ready to make music, and its settings."""
    settings: DiffBgmSettings = read_settings(run, DiffBgmSettings)
    weights, _ = read_weights(run)
    network = build(settings, read_widths(run))
    network.load_state_dict(weights)
    return network.eval(), settings


def build(settings: DiffBgmSettings, widths: Mapping[str, int]) -> DiffBGM:
    """Return an untrained network that goes by what there is of the conditions that its settings want."""
    shot, chord, melody = (name in widths for name in ("shot", "chord", "melody"))
    return DiffBGM(replace(settings, shot=shot, chord=chord, melody=melody), widths)


def schedule_of(settings: DiffBgmSettings) -> Schedule:
    """Return the noise that a network of these settings knows."""
    return SCHEDULES[settings.noise](settings.noise_steps)


def read_widths(run: Path) -> dict[str, int]:
    """Return what the network of a run goes by, and how wide; BadCall if the run does not say."""
    path = run / CONDITIONS
    try:
        return {str(name): int(width) for name, width in json.loads(path.read_bytes()).items()}
    except (OSError, ValueError, TypeError, AttributeError) as why:
        raise BadCall(f"{path} is not what `symmv train` wrote: {why}", "take it from a backup") from why


def write_widths(run: Path, widths: Mapping[str, int]) -> None:
    """Write what `read_widths` returns."""
    with written(run / CONDITIONS) as part:
        part.write_text(json.dumps(widths, indent=1) + "\n", "utf-8")
