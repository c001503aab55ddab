"""CLIP2Video with random weights, against transformers' CLIP and a literal reading of its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from safetensors.torch import save_file
from torch import nn

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import clip2video, vision_tower
from symmv_tools.models.clip2video import Clip2Video
from tests.tiny_models import hf, pictures

WIDTH, D = 128, 64  # two heads and one
Tensors = dict[str, torch.Tensor]


def random(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=generator) * 0.2


def blocks(generator: torch.Generator, prefix: str, width: int, layers: int) -> Tensors:
    shapes = {
        "attn.in_proj_weight": (3 * width, width),
        "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width),
        "attn.out_proj.bias": (width,),
        "ln_1.weight": (width,),
        "ln_1.bias": (width,),
        "mlp.c_fc.weight": (4 * width, width),
        "mlp.c_fc.bias": (4 * width,),
        "mlp.c_proj.weight": (width, 4 * width),
        "mlp.c_proj.bias": (width,),
        "ln_2.weight": (width,),
        "ln_2.bias": (width,),
    }
    return {
        f"{prefix}.resblocks.{layer}.{name}": random(generator, *shape)
        for layer in range(layers)
        for name, shape in shapes.items()
    }


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    """As much of a released checkpoint as matters here, and a piece of its side of words."""
    g = torch.Generator().manual_seed(0)
    return {
        "clip.visual.conv1.weight": random(g, WIDTH, 3, 8, 8),
        "clip.visual.class_embedding": random(g, WIDTH),
        "clip.visual.positional_embedding": random(g, 17, WIDTH),
        **{
            f"clip.visual.{n}.{w}": random(g, WIDTH)
            for n in ("ln_pre", "ln_post")
            for w in ("weight", "bias")
        },
        **blocks(g, "clip.visual.transformer", WIDTH, 2),
        "clip.visual.proj": random(g, WIDTH, D),
        "clip.transformer.resblocks.0.ln_1.bias": random(g, D),
        "clip.logit_scale": random(g, 1),
        "frame_position_embeddings.weight": random(g, 77, D),
        "type_position_embeddings.weight": random(g, 2, D),
        "trans_layernorm.weight": random(g, D),
        "trans_layernorm.bias": random(g, D),
        **blocks(g, "frame2t_attention", D, 1),
        **blocks(g, "transformerClip", D, 3),
        "weight_center": random(g, 5, D),
    }


@pytest.fixture(scope="module")
def file(tensors: Tensors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "clip2video.safetensors"
    save_file(tensors, path)
    return path


@pytest.fixture(scope="module")
def network(file: Path) -> Clip2Video:
    return clip2video.load(str(file), "cpu")


def as_transformers(tensors: Tensors) -> Any:
    """The same picture encoder as transformers has it, under its names."""
    config = hf.CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=2, num_attention_heads=2,
        image_size=32, patch_size=8, projection_dim=D,
    )  # fmt: skip
    visual = {n.removeprefix("clip.visual."): t for n, t in tensors.items() if n.startswith("clip.visual.")}
    named = {
        "visual_projection.weight": visual["proj"].T,
        "vision_model.embeddings.class_embedding": visual["class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": visual["conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": visual["positional_embedding"],
    }
    for ours, theirs in (("ln_pre", "pre_layrnorm"), ("ln_post", "post_layernorm")):
        named |= {f"vision_model.{theirs}.{w}": visual[f"{ours}.{w}"] for w in ("weight", "bias")}
    for layer in range(2):
        mine, yours = f"transformer.resblocks.{layer}", f"vision_model.encoder.layers.{layer}"
        for w in ("weight", "bias"):
            parts = visual[f"{mine}.attn.in_proj_{w}"].chunk(3)
            named |= {f"{yours}.self_attn.{p}_proj.{w}": t for p, t in zip("qkv", parts, strict=True)}
            named |= {
                f"{yours}.self_attn.out_proj.{w}": visual[f"{mine}.attn.out_proj.{w}"],
                f"{yours}.layer_norm1.{w}": visual[f"{mine}.ln_1.{w}"],
                f"{yours}.layer_norm2.{w}": visual[f"{mine}.ln_2.{w}"],
                f"{yours}.mlp.fc1.{w}": visual[f"{mine}.mlp.c_fc.{w}"],
                f"{yours}.mlp.fc2.{w}": visual[f"{mine}.mlp.c_proj.{w}"],
            }
    model = hf.CLIPVisionModelWithProjection(config).eval()
    model.load_state_dict({name: tensor.contiguous() for name, tensor in named.items()}, strict=True)
    return model


def test_each_picture_by_itself_is_seen_as_transformers_clip_sees_it(
    tensors: Tensors, network: Clip2Video
) -> None:
    pixels = torch.randn(5, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = as_transformers(tensors)(pixel_values=pixels).image_embeds
        torch.testing.assert_close(network.get_image_features(pixels), expected, atol=1e-4, rtol=1e-4)


def encoder(tensors: Tensors, prefix: str, layers: int) -> nn.Sequential:
    """The transformer of `prefix`, as torch's own layers."""
    made = []
    for i in range(layers):
        layer = nn.TransformerEncoderLayer(
            D, 1, 4 * D, 0.0, lambda x: x * torch.sigmoid(1.702 * x), 1e-12, batch_first=True, norm_first=True
        )
        one = f"{prefix}.resblocks.{i}"
        state: Tensors = {}
        for w in ("weight", "bias"):
            state |= {
                f"self_attn.in_proj_{w}": tensors[f"{one}.attn.in_proj_{w}"],
                f"self_attn.out_proj.{w}": tensors[f"{one}.attn.out_proj.{w}"],
                f"linear1.{w}": tensors[f"{one}.mlp.c_fc.{w}"],
                f"linear2.{w}": tensors[f"{one}.mlp.c_proj.{w}"],
                f"norm1.{w}": tensors[f"{one}.ln_1.{w}"],
                f"norm2.{w}": tensors[f"{one}.ln_2.{w}"],
            }
        layer.load_state_dict(state, strict=True)
        made.append(layer.eval())
    return nn.Sequential(*made)


def literal(tensors: Tensors, frames: torch.Tensor) -> torch.Tensor:
    """One window (t, d), token by token: "difference-enhanced tokens" are put between adjacent frames."""
    position = tensors["frame_position_embeddings.weight"]
    of_change, of_frame = tensors["type_position_embeddings.weight"]
    t = len(frames)
    changes = [frames[i + 1] - frames[i] + position[i + 1] for i in range(t - 1)]
    if changes:
        mixed = encoder(tensors, "frame2t_attention", 1)(torch.stack(changes)[None])[0]
        weight, bias = (tensors[f"trans_layernorm.{w}"] for w in ("weight", "bias"))
        changes = list(2 * torch.sigmoid(nn.functional.layer_norm(mixed, (D,), weight, bias)) - 1)
    tokens = []
    for i in range(t):
        tokens.append(frames[i] + position[i] + of_frame)
        if i < t - 1:
            tokens.append(changes[i] + position[i] + of_change)
    out = encoder(tensors, "transformerClip", 3)(torch.stack(tokens)[None])[0]
    rows = [out[2 * i] + frames[i] for i in range(t)]
    return torch.stack([row / row.norm() for row in rows])


@pytest.mark.parametrize("t", [1, 2, 11, 12, 13, 24, 29])
def test_over_time_it_is_the_temporal_difference_block(tensors: Tensors, network: Clip2Video, t: int) -> None:
    frames = torch.randn(t, D, generator=torch.Generator().manual_seed(t))
    with torch.no_grad():
        expected = torch.cat([literal(tensors, frames[i : i + 12]) for i in range(0, t, 12)])
        torch.testing.assert_close(network.over_time(frames), expected, atol=1e-5, rtol=1e-4)


def test_as_a_vision_tower_it_sees_pictures_and_then_the_video(file: Path) -> None:
    tower = vision_tower.load(str(file), "cpu")
    assert tower.shortest_edge == 32
    alone = vision_tower.encode(pictures(5), tower)
    together = vision_tower.over_time(alone, tower)
    assert alone.shape == together.shape == (5, D)
    assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert np.abs(vision_tower.over_time(alone[::-1].copy(), tower)[::-1] - together).max() > 1e-3


@pytest.mark.parametrize(
    "lack", ["frame2t_attention", "clip.visual.proj", "transformerClip.resblocks.1.ln_1.bias"]
)
def test_other_tensors_are_refused(tensors: Tensors, tmp_path: Path, lack: str) -> None:
    file = tmp_path / "other.safetensors"
    save_file({name: tensor for name, tensor in tensors.items() if not name.startswith(lack)}, file)
    with pytest.raises(MissingCheckpoint, match="does not hold the tensors of CLIP2Video"):
        clip2video.load(str(file), "cpu")


def test_what_is_no_safetensors_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "no.safetensors"
    file.write_bytes(b"\x80\x04garbage")
    with pytest.raises(MissingCheckpoint, match="does not hold the tensors of CLIP2Video"):
        clip2video.load(str(file), "cpu")
