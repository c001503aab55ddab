"""The settings of Diff-BGM's trainer: what to learn, from what, how large and how long; and their presets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symmv_tools.errors import BadSettings
from symmv_tools.models.diffbgm.sizes import Sizes
from symmv_tools.models.diffusion.objectives import OBJECTIVES
from symmv_tools.models.diffusion.schedule import SCHEDULES
from symmv_tools.settings import runtime, semantic
from symmv_tools.training.diffbgm_examples import SegmentSettings
from symmv_tools.training.presets import Shelf
from symmv_tools.training.settings import FitSettings

STAGE = "diffbgm"


@dataclass(frozen=True)
class DiffBgmSettings(FitSettings, SegmentSettings, Sizes):
    """Everything about a training of Diff-BGM."""

    stage: str = semantic(STAGE, "what is learned", choices=(STAGE,))
    seed: int = semantic(0, "of the weights, of the order, of transpositions, of all noise")
    batch_segments: int = semantic(32, "segments in a batch at most")
    noise_steps: int = semantic(1000, "steps from data to noise: the paper's N")
    noise: str = semantic("cosine", "how noise grows over the steps", choices=tuple(SCHEDULES))
    objective: str = semantic("v", "what the network predicts", choices=tuple(OBJECTIVES))
    min_snr: float = semantic(5.0, "gamma of min-SNR weighting; 0: all steps weigh the same")
    drop_condition: float = semantic(0.1, "share of segments learned without condition; 0: no guidance later")
    missing_video: str = semantic(
        "without",
        "if the export has none of a condition that takes a video: refuse, or train without it",
        choices=("refuse", "without"),
    )
    workers: int = runtime(2, "processes that make batches; 0: the one that trains")

    epochs: int = semantic(100, "passes over the data")
    learning_rate: float = semantic(2e-4, "the highest; the schedule says when")
    schedule: str = semantic(
        "cosine", "how the learning rate goes", choices=("one-cycle", "cosine", "constant")
    )
    warmup: float = semantic(0.02, "share of the steps in which the rate rises")
    beta2: float = semantic(0.99, "of Adam")
    average_steps: float = semantic(
        2000.0, "the weights that are validated and kept are a mean over so many steps; 0: the last ones"
    )

    def __post_init__(self) -> None:
        if not 0 <= self.drop_condition <= 1:
            raise BadSettings(f"drop_condition is {self.drop_condition:g}; it is a share, 0 to 1")
        for name in ("noise_steps", "batch_segments"):
            if getattr(self, name) < 1:
                raise BadSettings(f"{name} is {getattr(self, name)}; it must be 1 or more")
        if self.min_snr < 0:
            raise BadSettings(f"min_snr is {self.min_snr:g}; it must be 0 or more", "5 is usual, 0 is none")


_SHELF = Shelf("diffbgm", DiffBgmSettings, (STAGE,))


def presets() -> list[str]:
    """Return the names of the shipped presets."""
    return _SHELF.names()


def read_preset(name: str, assignments: Iterable[str] = ()) -> DiffBgmSettings:
    """Return the settings of a training, see `Shelf.read`."""
    settings: DiffBgmSettings = _SHELF.read(name, STAGE, assignments)
    return settings
