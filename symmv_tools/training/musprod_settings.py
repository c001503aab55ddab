"""The settings of V-MusProd's trainers: what to learn, from what, how large and how long; and their presets.

A file lists what differs from the defaults below. Its top is for all stages, a table such as [melody] for
one; `base` names a shipped file to differ from instead. The files are in manifests/training.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadSettings
from symmv_tools.models.vmusprod.sizes import Sizes
from symmv_tools.settings import make, nearest, parse_assignment, runtime, semantic
from symmv_tools.training.musprod_examples import STAGES, ExampleSettings
from symmv_tools.training.settings import FitSettings

_SHELF = files("symmv_tools.manifests") / "training"
_NAME = "musprod-"


@dataclass(frozen=True)
class MusProdSettings(FitSettings, ExampleSettings, Sizes):
    """Everything about one stage's training."""

    stage: str = semantic("chord", "what is learned", choices=STAGES)
    seed: int = semantic(0, "of the weights, of the order, of crops and transpositions")
    batch_songs: int = semantic(8, "songs in a batch at most")
    batch_tokens: int = semantic(
        0, "tokens in a batch at most, padding included, as far as can be told before; 0: any"
    )
    missing_video: str = semantic(
        "without",
        "if the export has no features that the controller is to see: refuse, or train without them",
        choices=("refuse", "without"),
    )
    workers: int = runtime(2, "processes that make batches; 0: the one that trains")

    epochs: int = semantic(200, "passes over the data")
    learning_rate: float = semantic(5e-4, "the highest; the schedule says when")
    schedule: str = semantic(
        "cosine", "how the learning rate goes", choices=("one-cycle", "cosine", "constant")
    )
    warmup: float = semantic(0.02, "share of the steps in which the rate rises")


def presets() -> list[str]:
    """Return the names of the shipped presets."""
    return sorted(
        file.name.removeprefix(_NAME).removesuffix(".toml")
        for file in _SHELF.iterdir()
        if file.name.startswith(_NAME) and file.name.endswith(".toml")
    )


def read_preset(name: str, stage: str, assignments: Iterable[str] = ()) -> MusProdSettings:
    """Return the settings of a stage: a shipped preset or a TOML file, with `key=value` over it.

    Raises BadSettings, with the nearest name, for what there is not.
    """
    if stage not in STAGES:
        raise BadSettings(
            f"there is no stage {stage!r}; there are {', '.join(STAGES)}", nearest(stage, STAGES)
        )
    values = _values(name, stage)
    for text in assignments:
        _, field, value = parse_assignment(f"train.{text}")
        values[field] = value
    settings: MusProdSettings = make(MusProdSettings, values | {"stage": stage}, f"training of {stage}")
    return settings


def _values(name: str, stage: str) -> dict[str, Any]:
    """What a preset says of a stage, over what its base says."""
    table = _table(name)
    base = table.pop("base", None)
    own = table.pop(stage, {})
    for other in STAGES:
        table.pop(other, None)
    known = [field.name for field in fields(MusProdSettings)]
    for key, value in table.items():
        if isinstance(value, dict):
            raise BadSettings(f"{name}: there is no stage [{key}]", nearest(key, [*STAGES, *known]))
    found: dict[str, Any] = (_values(str(base), stage) if base else {}) | table | own
    return found


def _table(name: str) -> dict[str, Any]:
    shipped = _SHELF / f"{_NAME}{name}.toml"
    if name in presets():
        return tomllib.loads(shipped.read_text(encoding="utf-8"))
    if not Path(name).is_file():
        message = f"there is no preset {name!r}, neither shipped nor as a file"
        raise BadSettings(message, nearest(name, presets()))
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(f"{name} is not valid TOML: {why}", "mend the line") from why
