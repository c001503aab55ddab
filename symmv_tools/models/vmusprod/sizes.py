"""How large the networks are and what they see: one frozen dataclass, and presets of it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from symmv_tools import settings
from symmv_tools.models.attention import KINDS

TIME_WIDTH = 256
"""Width of the Timing Encoding before it is projected; CMT's."""

EMBEDDING_WIDTHS = {"type": 32, "bar_beat": 64, "pitch": 512, "duration": 128, "root": 64, "quality": 64}
"""Width of each attribute's embedding before all are joined, where `Sizes.width` is 512; else in proportion.

CMT's; it has no root and quality, which are chosen by us.
"""


@dataclass(frozen=True)
class Sizes:
    """Sizes and switches of one stage; the defaults are those of `paper`.

    V-MusProd (ICCV 2023) says nothing of sizes. Width, layers, heads, feedforward and dropout are those of
    CMT (Di et al., ACM MM 2021), by the same group; `controller_layers`, and how encoder and decoder share
    the layers, are chosen by us.
    """

    width: int = settings.semantic(512, "width of the transformers")
    layers: int = settings.semantic(
        12, "layers of a stage's music generator; encoder and decoder get half each"
    )
    heads: int = settings.semantic(8, "heads of every attention; they divide the width")
    feedforward: int = settings.semantic(2048, "width of the middle of every feed-forward layer")
    dropout: float = settings.semantic(0.1, "share of values dropped in training, 0 to 1")
    controller_layers: int = settings.semantic(2, "layers of each of the video controller's three encoders")
    attention: str = settings.semantic(
        "linear", "what a sequence hears itself by; cross-attention is softmax in both", choices=tuple(KINDS)
    )
    semantic: bool = settings.semantic(
        True, "the controller sees semantic features; false: the paper's w/o semantic"
    )
    colour: bool = settings.semantic(
        True, "the controller sees colour features; false: the paper's w/o color"
    )
    motion: bool = settings.semantic(
        True,
        "Tempo Embedding and Timing Encoding; false: the paper's w/o motion, which has one tempo for all",
    )
    chords_first: bool = settings.semantic(
        True, "stage music: from chords (the paper's Video2chord2music); false: from the video (Video2music)"
    )


PRESETS = {
    # CMT's sizes, where a stage has 39 M parameters
    "paper": Sizes(),
    # half as wide and as deep
    "small": Sizes(width=256, layers=6, feedforward=1024, controller_layers=1),
    # for tests
    "toy": Sizes(width=64, layers=2, heads=4, feedforward=128, dropout=0.0, controller_layers=1),
}


def n_parameters(network: nn.Module) -> int:
    """Return how many numbers `network` learns."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
