"""The video controller: what the pictures show and their colours, as keys and values for the music."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from symmv_tools.models.vmusprod.cross import Memory
from symmv_tools.models.vmusprod.layers import Encoder
from symmv_tools.models.vmusprod.sizes import Sizes
from symmv_tools.models.waves import waves


class Features(NamedTuple):
    """One modality of B videos: `value` (B, S, d) in the order of time, `is_real` (B, S) False for padding.

    A video that has none of it is all padding.
    """

    value: Tensor
    is_real: Tensor


class VideoController(nn.Module):
    """Features of each modality through an encoder of its own, one after the other through a fusion encoder.

    The paper's section 4.1. `widths` says which modalities there are, one at least, and the width of their
    features. That features are projected and get positional encodings is chosen by us.
    """

    def __init__(self, sizes: Sizes, widths: Mapping[str, int]) -> None:
        super().__init__()
        self.project = nn.ModuleDict({name: nn.Linear(width, sizes.width) for name, width in widths.items()})
        self.encode = nn.ModuleDict({name: Encoder(sizes, sizes.controller_layers) for name in widths})
        self.modality = nn.ParameterDict(
            {name: nn.Parameter(torch.randn(sizes.width) * 0.02) for name in widths}
        )
        self.fuse = Encoder(sizes, sizes.controller_layers)

    def forward(self, features: Mapping[str, Features]) -> Memory:
        """Return the memory of all modalities, in the order of `widths`; others than these are left alone.

        Raises ValueError if one of `widths` is missing.
        """
        missing = [name for name in self.project if name not in features]
        if missing:
            raise ValueError(
                f"this network sees {', '.join(self.project)}, and {', '.join(missing)} did not come; "
                "for a video without them, give features that are all padding"
            )
        encoded = [self._encoded(name, features[name]) for name in self.project]
        is_real = torch.cat([features[name].is_real for name in self.project], dim=1)
        return Memory(self.fuse(torch.cat(encoded, dim=1), is_real), is_real, None)

    def _encoded(self, name: str, features: Features) -> Tensor:
        x = self.project[name](features.value)  # (B, S, width)
        place = torch.arange(x.shape[1], device=x.device)
        encoded = self.encode[name](x + waves(place, x.shape[-1]).to(x.dtype), features.is_real)
        marked: Tensor = encoded + self.modality[name]
        return marked
