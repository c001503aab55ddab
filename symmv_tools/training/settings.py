"""How long, how fast and how safely to train: what every trainer's settings begin with."""

from __future__ import annotations

from dataclasses import dataclass

from symmv_tools.settings import runtime, semantic
from symmv_tools.training.schedules import SCHEDULES


@dataclass(frozen=True)
class FitSettings:
    """The settings of `loop.fit`; the defaults are what the annotators were trained with."""

    epochs: int = semantic(10, "passes over the data")
    steps: int = semantic(0, "stop after so many steps, however many epochs that takes; 0: by epochs")
    optimiser: str = semantic("adamw", "which one", choices=("adamw", "adam"))
    learning_rate: float = semantic(2e-3, "the highest; the schedule says when")
    schedule: str = semantic("one-cycle", "how the learning rate goes", choices=SCHEDULES)
    warmup: float = semantic(0.08, "share of the steps in which the rate rises")
    beta1: float = semantic(0.9, "of Adam; one-cycle moves it between .95 and .85 instead")
    beta2: float = semantic(0.98, "of Adam")
    weight_decay: float = semantic(0.02, "of AdamW; Adam has none")
    accumulate: int = semantic(1, "batches per step (and process)")
    clip_norm: float = semantic(1.0, "longest gradient; 0: any")
    precision: str = semantic(
        "auto", "auto is bf16 where a GPU has it, else fp32", choices=("auto", "fp32", "bf16", "fp16")
    )
    average_steps: float = semantic(
        200.0, "the weights that are validated and kept are a mean over so many steps; 0: the last ones"
    )
    patience: int = semantic(0, "stop when so many epochs in a row were none the better; 0: never")
    save_minutes: float = runtime(10.0, "at most so much is lost when the machine goes down")
    save_steps: int = runtime(0, "save every so many steps as well; 0: by the clock alone")
