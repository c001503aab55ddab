"""Video-music CLIP: what is seen and what is heard of the same seconds, side by side in one space.

Zhuo et al., "Video Background Music Generation: Dataset, Method and Evaluation" (ICCV 2023), section 5.1:
both are split into segments of a fixed length, features of each segment (CLIP; a music tagger) go through a
transformer encoder per side, and InfoNCE pulls the two sides of a segment together. Sizes are not published:
chosen by us. So is that an encoder has no positions: the other segments of a piece are among the negatives,
and who knew that both are the seventh would have found the partner without a look at either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.vmusprod.layers import Encoder
from symmv_tools.models.vmusprod.sizes import Sizes
from symmv_tools.settings import semantic

FIRST_TEMPERATURE = 0.07
SHARPEST = 100.0
"""Where the learned temperature begins, and the largest 1 / temperature; both as CLIP (Radford 2021)."""

_LEAST_DEVIATION = 1e-4  # a feature that never changes says nothing, and shall not become large


@dataclass(frozen=True)
class VmcpSizes:
    """How large the two encoders are; all chosen by us."""

    width: int = semantic(256, "width of both encoders")
    layers: int = semantic(2, "layers of each encoder")
    heads: int = semantic(4, "heads of every attention; they divide the width")
    feedforward: int = semantic(1024, "width of the middle of every feed-forward layer")
    dropout: float = semantic(0.1, "share of values dropped in training, 0 to 1")
    embedding: int = semantic(256, "numbers of a segment in the joint space")


class Joint(NamedTuple):
    """The real segments of a batch in the joint space: `video` and `music` (n, embedding), of length 1 each.

    Row i of both is the same segment. `scale` is 1 / temperature.
    """

    video: Tensor
    music: Tensor
    scale: Tensor


class Tower(nn.Module):
    """One side: segments (B, L, d) to the joint space (B, L, embedding), each of length 1."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, sizes: VmcpSizes, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))
        self.project = nn.Linear(features, sizes.width)
        self.encode = Encoder(_of_layers(sizes), sizes.layers)
        self.join = nn.Linear(sizes.width, sizes.embedding)

    def normalise_by(self, mean: Tensor, deviation: Tensor) -> None:
        """Say what the features of the training set are like, (d,): the network sees them at 0 and 1."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation.clamp_min(_LEAST_DEVIATION))

    def forward(self, value: Tensor, is_real: Tensor) -> Tensor:
        """Segments hear all real ones (`is_real`, (B, L)) of their piece."""
        x = self.project((value - self.mean) / self.deviation)  # (B, L, width)
        joint = self.join(self.encode(x, is_real)).float()
        return F.normalize(joint, dim=-1)  # (B, L, embedding)


class VideoMusicClip(nn.Module):
    """Two towers and a temperature that is learned. `video` and `music` are the widths of their features."""

    def __init__(self, sizes: VmcpSizes, video: int, music: int) -> None:
        super().__init__()
        self.video, self.music = Tower(sizes, video), Tower(sizes, music)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(FIRST_TEMPERATURE)))

    @property
    def scale(self) -> Tensor:
        """1 / temperature, SHARPEST at most."""
        return self.log_scale.exp().clamp(max=SHARPEST)

    def forward(self, video: Tensor, music: Tensor, is_real: Tensor) -> Joint:
        """Segments (B, L, dv) and (B, L, dm) of B pieces, of which `is_real` (B, L)."""
        return Joint(self.video(video, is_real)[is_real], self.music(music, is_real)[is_real], self.scale)


def info_nce(
    anchors: Tensor, candidates: Tensor, scale: Tensor, *, first: int = 0, hardness: float = 0.0
) -> Tensor:
    """Return the mean over anchors (n, d) of -log of the softmax of their own among candidates (m, d).

    The paper's L(v -> m), and with the sides exchanged L(m -> v): anchors are all N * L segments of one side,
    candidates all of the other, the other segments of the same piece included, and an anchor's own stands in
    the denominator too. Cosines times `scale` are compared, for all rows are of length 1. The paper sums over
    anchors; the mean differs by a factor and does not depend on the batch. The own candidate of anchor i is
    number `first` + i.

    `hardness` above 0 weighs each negative by its similarity to that power, at mean 1 (Robinson et al.,
    "Contrastive learning with hard negative samples", ICLR 2021, without their correction for false
    negatives); 0 is the paper's loss.
    """
    logits = scale * anchors @ candidates.T  # (n, m)
    own = torch.arange(first, first + len(anchors), device=anchors.device)
    if hardness and len(candidates) > 1:
        logits = logits + _log_weights(logits.detach(), own, hardness)
    return F.cross_entropy(logits, own)


def _log_weights(logits: Tensor, own: Tensor, hardness: float) -> Tensor:
    """What is added to each negative, (n, m); to the own nothing."""
    is_own = F.one_hot(own, logits.shape[1]).bool()
    power = (hardness * logits).masked_fill(is_own, -math.inf)
    log_mean = power.logsumexp(dim=1, keepdim=True) - math.log(logits.shape[1] - 1)
    return (power - log_mean).masked_fill(is_own, 0.0)


def pooled(segments: Tensor) -> Tensor:
    """Return a piece as one direction: the mean of its segments (L, d), L > 0, at length 1; (d,).

    The paper ranks pieces and does not say how their segments become one: chosen by us.
    """
    return F.normalize(segments.mean(dim=0), dim=0)


def _of_layers(sizes: VmcpSizes) -> Sizes:
    """The sizes as V-MusProd's encoder takes them; its attention is softmax here."""
    return Sizes(
        width=sizes.width,
        heads=sizes.heads,
        feedforward=sizes.feedforward,
        dropout=sizes.dropout,
        attention="softmax",
    )
