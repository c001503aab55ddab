"""The settings of V-MusProd's trainers: what to learn, from what, how large and how long; their presets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symmv_tools.models.vmusprod.sizes import Sizes
from symmv_tools.settings import runtime, semantic
from symmv_tools.training.musprod_examples import STAGES, ExampleSettings
from symmv_tools.training.presets import Shelf
from symmv_tools.training.settings import FitSettings


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


_SHELF = Shelf("musprod", MusProdSettings, STAGES)


def presets() -> list[str]:
    """Return the names of the shipped presets."""
    return _SHELF.names()


def read_preset(name: str, stage: str, assignments: Iterable[str] = ()) -> MusProdSettings:
    """Return the settings of a stage, see `Shelf.read`."""
    settings: MusProdSettings = _SHELF.read(name, stage, assignments)
    return settings
