"""The settings of the video-music CLIP's trainer, and their presets: `manifests/training/vmcp-NAME.toml`.

A file lists what differs from the defaults below; `base` names a shipped one to differ from instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadSettings
from symmv_tools.models.vmcp import VmcpSizes
from symmv_tools.settings import make, nearest, parse_assignment, runtime, semantic
from symmv_tools.training.settings import FitSettings

_SHELF = files("symmv_tools.manifests") / "training"
_NAME = "vmcp-"


@dataclass(frozen=True)
class VmcpSettings(FitSettings, VmcpSizes):
    """Everything about one training. The paper gives the loss and the features, and no number."""

    seed: int = semantic(0, "of the weights, of the order and of crops")
    begin_from: str = semantic(
        "", "a run whose weights are learned further (the paper's fine-tuning); empty: random ones"
    )
    segment_seconds: int = semantic(6, "length of a segment; its features are means over it")
    most_segments: int = semantic(16, "segments of a piece in a batch, a stretch of it at a random place")
    batch_pieces: int = semantic(64, "pieces in a step, all processes together: N in the paper")
    hardness: float = semantic(
        0.0, "negatives weigh by their similarity to this power (Robinson et al., 2021); 0: alike, the paper"
    )
    workers: int = runtime(0, "processes that make batches; 0: the one that trains")

    epochs: int = semantic(60, "passes over the data")
    learning_rate: float = semantic(5e-4, "the highest; the schedule says when")
    schedule: str = semantic(
        "cosine", "how the learning rate goes", choices=("one-cycle", "cosine", "constant")
    )
    warmup: float = semantic(0.05, "share of the steps in which the rate rises")

    def __post_init__(self) -> None:
        for name in ("segment_seconds", "most_segments", "batch_pieces"):
            if getattr(self, name) < 1:
                raise BadSettings(f"{name} is {getattr(self, name)}; it must be 1 or more")
        if self.batch_pieces * self.most_segments < 2:
            raise BadSettings("a step of one segment has nothing to tell it from", "raise batch_pieces")
        if self.hardness < 0:
            raise BadSettings(f"hardness is {self.hardness:g}; it must be 0 or more", "0 is the paper's loss")


def presets() -> list[str]:
    """Return the names of the shipped presets."""
    names = [file.name for file in _SHELF.iterdir()]
    return sorted(n.removeprefix(_NAME).removesuffix(".toml") for n in names if n.startswith(_NAME))


def read_preset(name: str, assignments: Iterable[str] = ()) -> VmcpSettings:
    """Return the settings of a shipped preset or a TOML file, with `key=value` over it.

    Raises BadSettings, with the nearest name, for what there is not.
    """
    values = _values(name)
    for text in assignments:
        _, field, value = parse_assignment(f"train.{text}")
        values[field] = value
    settings: VmcpSettings = make(VmcpSettings, values, "training of vmcp")
    return settings


def _values(name: str) -> dict[str, Any]:
    table = _table(name)
    base = table.pop("base", None)
    return (_values(str(base)) if base else {}) | table


def _table(name: str) -> dict[str, Any]:
    if name in presets():
        return tomllib.loads((_SHELF / f"{_NAME}{name}.toml").read_text(encoding="utf-8"))
    if not Path(name).is_file():
        message = f"there is no preset {name!r}, neither shipped nor as a file"
        raise BadSettings(message, nearest(name, presets()))
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(f"{name} is not valid TOML: {why}", "mend the line") from why
