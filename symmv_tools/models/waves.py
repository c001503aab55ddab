"""Places as sines and cosines of many wavelengths."""

from __future__ import annotations

import torch
from torch import Tensor

_LONGEST_WAVE = 10_000.0  # Vaswani et al. (2017)


def waves(place: Tensor, width: int) -> Tensor:
    """Return sines and cosines of `place` (…) in `width` / 2 wavelengths, (…, width), float32.

    Vaswani et al., "Attention is all you need" (2017), section 3.5, with all sines before all cosines.
    """
    power = torch.arange(0, width, 2, device=place.device, dtype=torch.float32) / width
    angle = place[..., None] * _LONGEST_WAVE**-power
    return torch.cat([angle.sin(), angle.cos()], dim=-1)
