"""How large the network is and what it goes by: one frozen dataclass, and presets of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import nn

from symmv_tools import settings

SELECTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text_then_visual": (("text",), ("visual",)),
    "visual_then_text": (("visual",), ("text",)),
    "visual": (("visual",), ("visual",)),
    "text": (("text",), ("text",)),
    "both": (("visual", "text"), ("visual", "text")),
    "none": ((), ()),
}
"""What the music is made from while t > t0, and from then on. The first four are the paper's table 6.

"text_then_visual" is its equation 6; "none" is its table 2's unconditional; "both", the sum, is ours.
"""

MASKS = ("segments", "release", "none")


@dataclass(frozen=True)
class Sizes:
    """Sizes and switches; the defaults are those of `paper`.

    The paper says nothing of sizes; they are the release's, which are Polyffusion's (Min et al., ISMIR 2023).
    `t0`, `window` and `mask` change no weight: build a network with others, and it takes the same weights.
    """

    channels: int = settings.semantic(64, "channels of the first level, an even number")
    multipliers: tuple[int, ...] = settings.semantic(
        (1, 2, 4, 4), "channels of each level, as multiples; each level is half as long and high as the last"
    )
    blocks: int = settings.semantic(2, "residual blocks per level going down; going up there is one more")
    attention_levels: tuple[int, ...] = settings.semantic(
        (2, 3), "levels with attention, counted from 0; between down and up there always is some"
    )
    heads: int = settings.semantic(4, "heads of every attention; they divide the channels there")
    layers: int = settings.semantic(1, "transformer layers wherever there is attention")
    width: int = settings.semantic(512, "width of the condition's frames, one per beat")
    dropout: float = settings.semantic(0.0, "share of values dropped in training, 0 to 1")
    selection: str = settings.semantic(
        "text_then_visual", "which features count before and after t0", choices=tuple(SELECTIONS)
    )
    t0: int = settings.semantic(200, "the feature changes here: the first one counts while t > t0")
    mask: str = settings.semantic(
        "segments",
        "segments: notes hear the frames of their own window; release: notes also hear only the notes of "
        "theirs; none: everything hears everything",
        choices=MASKS,
    )
    window: int = settings.semantic(8, "frames, which are beats, per segment: the paper's k")
    time_encoding: bool = settings.semantic(True, "frames and music know at which beat they are")
    chord: bool = settings.semantic(False, "the chord of each beat is given")
    shot: bool = settings.semantic(False, "how many shots open within each beat is given")
    melody: bool = settings.semantic(False, "the melody is given")


PRESETS = {
    # sizes of the release, masks and time encoding as the text has them
    "paper": Sizes(),
    # what its code does: two blocks of 16 beats, for self-attention too, and no time encoding
    "release": Sizes(mask="release", window=16, time_encoding=False),
    # as paper, and with the shots, which the paper extracts and its code drops; dropout, lest 41 M
    # parameters learn 900 songs by heart: both chosen by us
    "default": Sizes(shot=True, dropout=0.1),
    # for tests
    "toy": Sizes(channels=16, multipliers=(1, 2, 2), blocks=1, attention_levels=(2,), heads=2, width=32),
}


def unconditional(sizes: Sizes) -> Sizes:
    """Return the same without any condition."""
    return replace(sizes, selection="none", chord=False, shot=False, melody=False)


def n_parameters(network: nn.Module) -> int:
    """Return how many numbers `network` learns."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
