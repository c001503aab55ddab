"""CLIP2Video: CLIP features of pictures that know what changes from one to the next.

Fang et al., "CLIP2Video: Mastering Video-Text Retrieval via Image CLIP" (2021), section 3.2: the temporal
difference block. V-MusProd names it as its extractor (Zhuo et al., ICCV 2023) and no more. Written anew after
the paper and the released code (MIT), whose names of tensors the checkpoint has. That network was trained on
12 pictures at a time and gives one vector per clip, the mean over its pictures; we take the 12 vectors before
that mean, of windows that lie side by side (chosen by us: V-MusProd does not say).
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from symmv_tools.errors import MissingCheckpoint

WINDOW = 12
"""Pictures that see each other, as in training."""

_HEAD = 64  # numbers per attention head, as everywhere in CLIP
_PARTS = ("frame_position_embeddings", "type_position_embeddings", "frame2t_attention", "trans_layernorm")


class Clip2Video(nn.Module):
    """CLIP's picture encoder and the temporal difference block, with sizes read from the tensors."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        super().__init__()
        d = tensors["visual.proj"].shape[1]
        self.visual = _Visual(tensors)
        self.frame_position_embeddings = nn.Embedding(len(tensors["frame_position_embeddings.weight"]), d)
        self.type_position_embeddings = nn.Embedding(2, d)
        self.frame2t_attention = _Transformer(d, 1, eps=1e-12)
        self.trans_layernorm = nn.LayerNorm(d)
        self.transformerClip = _Transformer(d, _layers(tensors, "transformerClip."), eps=1e-12)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.visual.proj.device

    @property
    def dtype(self) -> torch.dtype:
        """How finely it computes."""
        return self.visual.proj.dtype

    def get_image_features(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """Return CLIP's features (T, d) of pictures (T, 3, H, W), each by itself."""
        features: torch.Tensor = self.visual(pixel_values)
        return features

    def over_time(self, features: torch.Tensor) -> torch.Tensor:
        """Return features (T, d) of length 1 that know their window, from CLIP's own (T, d)."""
        whole = len(features) // WINDOW * WINDOW
        windows = [features[:whole].reshape(-1, WINDOW, features.shape[1])] if whole else []
        rest = [features[whole:].unsqueeze(0)] if whole < len(features) else []
        return torch.cat([self._window(some).flatten(0, 1) for some in (*windows, *rest)])

    def _window(self, frames: torch.Tensor) -> torch.Tensor:
        t = frames.shape[1]
        position = self.frame_position_embeddings.weight[:t]  # (t, d)
        change = self.frame2t_attention(frames[:, 1:] - frames[:, :-1] + position[1:])  # (n, t - 1, d)
        change = 2 * torch.sigmoid(self.trans_layernorm(change)) - 1
        of_change, of_frame = self.type_position_embeddings.weight
        tokens = frames.new_empty(len(frames), 2 * t - 1, frames.shape[2])
        tokens[:, ::2] = frames + position + of_frame
        tokens[:, 1::2] = change + position[:-1] + of_change
        seen = self.transformerClip(tokens)[:, ::2] + frames
        return nn.functional.normalize(seen, dim=-1)


class _Visual(nn.Module):
    """CLIP's vision transformer."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        super().__init__()
        width, _, patch, _ = tensors["visual.conv1.weight"].shape
        places = len(tensors["visual.positional_embedding"])
        self.size = round((places - 1) ** 0.5) * patch
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(places, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = _Transformer(width, _layers(tensors, "visual.transformer."))
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.empty(width, tensors["visual.proj"].shape[1]))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        patches = self.conv1(pixels).flatten(2).transpose(1, 2)  # (T, patches, width)
        first = self.class_embedding.expand(len(patches), 1, -1)
        tokens = self.ln_pre(torch.cat([first, patches], dim=1) + self.positional_embedding)
        features: torch.Tensor = self.ln_post(self.transformer(tokens)[:, 0]) @ self.proj
        return features


class _Transformer(nn.Module):
    """CLIP's transformer, without a mask."""

    def __init__(self, width: int, layers: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.resblocks = nn.Sequential(*[_Block(width, eps) for _ in range(layers)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.resblocks(x) if x.shape[1] else x
        return y


class _Block(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // _HEAD, batch_first=True)
        self.ln_1 = nn.LayerNorm(width, eps)
        layers = {
            "c_fc": nn.Linear(width, 4 * width),
            "gelu": _QuickGelu(),
            "c_proj": nn.Linear(4 * width, width),
        }
        self.mlp = nn.Sequential(OrderedDict(layers))
        self.ln_2 = nn.LayerNorm(width, eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        z: torch.Tensor = x + self.mlp(self.ln_2(x))
        return z


class _QuickGelu(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(1.702 * x)


def _layers(tensors: dict[str, torch.Tensor], prefix: str) -> int:
    return len({name.split(".resblocks.")[1].split(".")[0] for name in tensors if name.startswith(prefix)})


@cache
def load(file: str, device: str) -> Clip2Video:
    """Return the network whose tensors the safetensors file holds under their released names."""
    try:
        tensors = _wanted(load_file(file))
        network = Clip2Video(tensors)
        network.load_state_dict(tensors, strict=True)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as why:
        raise MissingCheckpoint(
            f"{file} does not hold the tensors of CLIP2Video (sim_type seqTransf, temporal_type TDB, "
            f"temporal_proj sigmoid_selfA): {str(why).splitlines()[0]}",
            "make it of the released pytorch_model.bin as docs/how-to/see-the-video.md shows",
        ) from why
    half: Any = torch.float32 if device == "cpu" else torch.float16
    return network.to(device, half).eval().requires_grad_(False)


def _wanted(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the tensors of the video's side; the released file holds that of words as well."""
    named = {name.removeprefix("clip."): tensor.float() for name, tensor in tensors.items()}
    parts = {"visual", "transformerClip", *_PARTS}
    return {name: tensor for name, tensor in named.items() if name.split(".")[0] in parts}
