"""What comes next: its type first, then the other attributes, which know the type; and the loss of both.

The type first is CMT's way (and Compound Word's, Hsiao et al., AAAI 2021); V-MusProd's paper does not say.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.vmusprod.sizes import EMBEDDING_WIDTHS, Sizes
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES


class Heads(nn.Module):
    """Logits of each attribute's classes, from (…, width).

    The type has an embedding of its own here, apart from that of the events that are read: files of
    safetensors hold no weight under two names.
    """

    def __init__(self, sizes: Sizes, words: Mapping[str, int]) -> None:
        super().__init__()
        others = [name for name in ATTRIBUTES if name != "type"]
        type_width = EMBEDDING_WIDTHS["type"] * sizes.width // 512
        self.type_head = nn.Linear(sizes.width, words["type"])
        self.embedding = nn.Embedding(words["type"], type_width)
        self.join = nn.Linear(sizes.width + type_width, sizes.width)
        self.others = nn.ModuleDict({name: nn.Linear(sizes.width, words[name]) for name in others})

    def forward(self, hidden: Tensor, next_type: Tensor) -> dict[str, Tensor]:
        """Return the logits of all attributes, (…, classes); `next_type` (…) is the type that comes."""
        return {"type": self.type_head(hidden), **self.given_type(hidden, next_type)}

    def given_type(self, hidden: Tensor, next_type: Tensor) -> dict[str, Tensor]:
        """Return the logits of all attributes but the type, if the next event has `next_type`."""
        joined = self.join(torch.cat([hidden, self.embedding(next_type)], dim=-1))
        return {name: head(joined) for name, head in self.others.items()}


def losses(logits: Mapping[str, Tensor], target: Tensor) -> dict[str, Tensor]:
    """Return the mean cross-entropy (nats) of each attribute over the events that have it.

    Their sum is the loss. `target` (B, T, 6) are the events to come. Class 0 says that an event is padding,
    or has no such attribute, and is not counted; an attribute that no event has costs 0.
    """
    found = {}
    for i, name in enumerate(ATTRIBUTES):
        classes = target[..., i].flatten()
        total = F.cross_entropy(logits[name].flatten(0, -2).float(), classes, ignore_index=0, reduction="sum")
        found[name] = total / (classes > 0).sum().clamp(min=1)
    return found
