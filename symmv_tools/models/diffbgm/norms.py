"""How channels are normed, and layers that say nothing before they have learned."""

from __future__ import annotations

import math

from torch import nn

_GROUPS = 32


def group_norm(channels: int) -> nn.GroupNorm:
    """Return the norm over groups of two channels or more: 32 groups where channels are 64 or a multiple."""
    return nn.GroupNorm(math.gcd(_GROUPS, channels // 2), channels)


def silenced(layer: nn.Conv2d) -> nn.Conv2d:
    """Return `layer` with weights of zero, so that the path around it is all there is to begin with."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
