"""The settings of the video-music CLIP's trainer, and their presets: `manifests/training/vmcp-NAME.toml`.

A file lists what differs from the defaults below; `base` names a shipped one to differ from instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symmv_tools.errors import BadSettings
from symmv_tools.models.vmcp import VmcpSizes
from symmv_tools.settings import runtime, semantic
from symmv_tools.training.presets import Shelf
from symmv_tools.training.settings import FitSettings

STAGE = "vmcp"


@dataclass(frozen=True)
class VmcpSettings(FitSettings, VmcpSizes):
    """Everything about one training. The paper gives the loss and the features, and no number."""

    stage: str = semantic(STAGE, "what is learned", choices=(STAGE,))
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


_SHELF = Shelf("vmcp", VmcpSettings, (STAGE,))


def presets() -> list[str]:
    """Return the names of the shipped presets."""
    return _SHELF.names()


def read_preset(name: str, assignments: Iterable[str] = ()) -> VmcpSettings:
    """Return the settings of a training, see `Shelf.read`."""
    settings: VmcpSettings = _SHELF.read(name, STAGE, assignments)
    return settings
