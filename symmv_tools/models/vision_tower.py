"""Features of pictures by a pretrained vision network: CLIP, SigLIP, DINOv2, ViT, … through transformers.

V-MusProd's data analysis uses CLIP features of 512 numbers (Zhuo et al., ICCV 2023; Radford et al., ICML
2021); ViT-B/32 is our choice of CLIP. What comes out is what `get_image_features` of the network gives:
of a network of two towers the projection into the space shared with words, neither scaled nor normalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, CLIPImageProcessorPil

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import clip2video, pretrained


@dataclass(frozen=True)
class VisionTower:
    """A loaded network with its preprocessing; `shortest_edge` is the size of the pictures it sees."""

    model: Any
    processor: Any
    shortest_edge: int


def load(folder: str, device: str) -> VisionTower:
    """Return the network in `folder`, ready on `device`; MissingCheckpoint if it sees no pictures.

    A file of safetensors in place of the folder is CLIP2Video's.
    """
    if Path(folder).suffix == ".safetensors":
        return _clip2video(folder, device)
    processor = pretrained.image_processor(folder)
    network = pretrained.model(AutoModel, folder, device)
    if not hasattr(network, "get_image_features") and network.main_input_name != "pixel_values":
        raise MissingCheckpoint(
            f"{folder} holds a {type(network).__name__}, which does not look at pictures",
            "name a vision network, e.g. clip-vit-b-32",
        )
    return VisionTower(network, processor, shortest_edge(processor))


def _clip2video(file: str, device: str) -> VisionTower:
    network = clip2video.load(file, device)
    size = network.visual.size
    crop = {"height": size, "width": size}
    return VisionTower(network, CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size=crop), size)


def over_time(features: NDArray[np.float32], tower: VisionTower) -> NDArray[np.float32]:
    """Return the features (T, d) of a video from those of its pictures; the same unless it is CLIP2Video."""
    if not isinstance(tower.model, clip2video.Clip2Video):
        return features
    with torch.inference_mode():
        tensor = torch.from_numpy(features).to(tower.model.device, tower.model.dtype)
        seen: NDArray[np.float32] = tower.model.over_time(tensor).float().cpu().numpy()
    return seen


def shortest_edge(processor: Any) -> int:
    """Return the pixels to which a processor scales a picture's shorter side (224 where it does not say)."""
    size = processor.size or {}
    named = [size[name] for name in ("shortest_edge", "height", "width") if size.get(name)]
    return int(named[0]) if named else 224


def encode(frames: Sequence[NDArray[np.uint8]], tower: VisionTower) -> NDArray[np.float32]:
    """Return the features (T, d) of frames, each RGB (h, w, 3)."""
    with torch.inference_mode(), pretrained.quiet():
        pixels = tower.processor(images=list(frames), return_tensors="pt", input_data_format="channels_last")
        pixels = pixels["pixel_values"].to(tower.model.device, tower.model.dtype)  # (T, 3, H, W)
        features: NDArray[np.float32] = _features(tower.model, pixels).float().cpu().numpy()
    return features


def _features(model: Any, pixels: torch.Tensor) -> torch.Tensor:
    if hasattr(model, "get_image_features"):
        return _pooled(model.get_image_features(pixel_values=pixels))
    return _pooled(model(pixel_values=pixels))


def _pooled(output: Any) -> torch.Tensor:
    """Return what the network pools its patches to, (T, d); their mean where it pools nothing."""
    if isinstance(output, torch.Tensor):
        return output
    pooled: torch.Tensor | None = getattr(output, "pooler_output", None)
    if pooled is None:
        last: torch.Tensor = output.last_hidden_state  # (T, patches, d), of convolutions (T, d, H, W)
        pooled = last.mean(dim=1) if last.ndim == 3 else last.flatten(2).mean(dim=2)
    return pooled.flatten(1)
