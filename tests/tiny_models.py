"""Tiny networks with random weights, saved as the Hugging Face hub has them: real files, a few kilobytes."""

from __future__ import annotations

import importlib
import string
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools.models import pretrained

hf: Any = importlib.import_module("transformers")  # as Any: its annotations tell of another use
SIZE = 32
torch.set_num_threads(1)  # networks this small spend more time on starting threads than on computing
WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *map("".join, product("aeiou", string.ascii_lowercase)),
]
_SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 37,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "initializer_range": 0.3,  # wide enough that different pictures differ in what is said about them
}
_SIGHT: dict[str, Any] = {**_SMALL, "image_size": SIZE, "patch_size": 8, "projection_dim": 16}
_SPEECH: dict[str, Any] = {
    **_SMALL,
    "vocab_size": len(WORDS),
    "projection_dim": 16,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "sep_token_id": 3,
    "pad_token_id": 0,
    "max_position_embeddings": 64,
}


def pictures(n: int, height: int = 40, width: int = 64, seed: int = 0) -> list[NDArray[np.uint8]]:
    """Pictures of coarse coloured tiles, RGB (height, width, 3)."""
    tiles = np.random.default_rng(seed).integers(
        0, 256, (n, -(-height // 8), -(-width // 8), 3), dtype=np.uint8
    )
    return list(tiles.repeat(8, axis=1).repeat(8, axis=2)[:, :height, :width])


def clip(folder: Path, seed: int = 0) -> Path:
    """Save a CLIP: 16 numbers per picture."""
    with _quiet(seed):
        config = hf.CLIPConfig(text_config=_SPEECH, vision_config=_SIGHT, projection_dim=16)
        hf.CLIPModel(config).save_pretrained(folder)
        crop = {"height": SIZE, "width": SIZE}
        hf.CLIPImageProcessorPil(size={"shortest_edge": SIZE}, crop_size=crop).save_pretrained(folder)
    return folder


def dinov2(folder: Path, seed: int = 0) -> Path:
    """Save a DINOv2, which has no words beside its pictures."""
    with _quiet(seed):
        hf.Dinov2Model(hf.Dinov2Config(**_SMALL, image_size=SIZE, patch_size=8)).save_pretrained(folder)
        crop = {"height": SIZE, "width": SIZE}
        hf.BitImageProcessorPil(size={"shortest_edge": SIZE}, crop_size=crop).save_pretrained(folder)
    return folder


def blip(folder: Path, seed: int = 0) -> Path:
    """Save a BLIP that captions."""
    with _quiet(seed):
        speech = {**_SPEECH, "encoder_hidden_size": 32}
        config = hf.BlipConfig(text_config=speech, vision_config=_SIGHT, projection_dim=16)
        hf.BlipForConditionalGeneration(config).save_pretrained(folder)
        images = hf.BlipImageProcessorPil(size={"height": SIZE, "width": SIZE})
        hf.BlipProcessor(images, tokenizer()).save_pretrained(folder)
    return folder


def git(folder: Path, seed: int = 0) -> Path:
    """Save a GIT, a captioner that only continues."""
    with _quiet(seed):
        hf.GitForCausalLM(hf.GitConfig(vision_config=_SIGHT, **_SPEECH)).save_pretrained(folder)
        crop = {"height": SIZE, "width": SIZE}
        images = hf.CLIPImageProcessorPil(size={"shortest_edge": SIZE}, crop_size=crop)
        hf.GitProcessor(images, tokenizer()).save_pretrained(folder)
    return folder


def llava(folder: Path, seed: int = 0) -> Path:
    """Save a LLaVA, a captioner that chats."""
    with _quiet(seed):
        words = tokenizer("<image>")
        image = words.convert_tokens_to_ids("<image>")
        speech = hf.LlamaConfig(**{**_SPEECH, "vocab_size": len(words)}, num_key_value_heads=4)
        sight = hf.CLIPVisionConfig(**_SIGHT)
        config = hf.LlavaConfig(vision_config=sight, text_config=speech, image_token_id=image)
        hf.LlavaForConditionalGeneration(config).save_pretrained(folder)
        crop = {"height": SIZE, "width": SIZE}
        processor = hf.LlavaProcessor(
            hf.CLIPImageProcessorPil(size={"shortest_edge": SIZE}, crop_size=crop),
            words,
            patch_size=8,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
            chat_template=_CHAT,
        )
        processor.save_pretrained(folder)
    return folder


_CHAT = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image> {% else %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}"
)


def bert(folder: Path, seed: int = 0) -> Path:
    """Save a BERT: 32 numbers per sentence."""
    with _quiet(seed):
        hf.BertModel(hf.BertConfig(**{**_SPEECH, "max_position_embeddings": 16})).save_pretrained(folder)
        tokenizer().save_pretrained(folder)
    return folder


def clap(folder: Path, *, fused: bool = False, seed: int = 0) -> Path:
    """Save a CLAP that hears a second at 8 kHz: 16 numbers per window."""
    hearing = {
        "num_mel_bins": 16,
        "window_size": 4,
        "spec_size": 64,
        "patch_size": 4,
        "patch_stride": [4, 4],
        "hidden_size": 32,
        "patch_embeds_hidden_size": 16,
        "depths": [1, 1],
        "num_hidden_layers": 2,
        "num_attention_heads": [2, 2],
        "num_classes": 4,
        "enable_fusion": fused,
    }
    with _quiet(seed):
        config = hf.ClapConfig(text_config=_SPEECH, audio_config=hearing, projection_dim=16)
        hf.ClapModel(config).save_pretrained(folder)
        extractor = hf.ClapFeatureExtractor(
            feature_size=16,
            sampling_rate=8000,
            hop_length=80,
            max_length_s=1,
            fft_window_size=256,
            frequency_min=50,
            frequency_max=3500,
            truncation="fusion" if fused else "rand_trunc",
        )
        extractor.save_pretrained(folder)
    return folder


def ast(folder: Path, seed: int = 0) -> Path:
    """Save an AST that tells six classes of sound of 0.64 s at 16 kHz."""
    labels = {i: f"class {i}" for i in range(6)}
    with _quiet(seed):
        config = hf.ASTConfig(
            **_SMALL,
            max_length=64,
            num_mel_bins=32,
            patch_size=16,
            frequency_stride=8,
            time_stride=8,
            id2label=labels,
            label2id={name: i for i, name in labels.items()},
        )
        hf.ASTForAudioClassification(config).save_pretrained(folder)
        hf.ASTFeatureExtractor(num_mel_bins=32, max_length=64).save_pretrained(folder)
    return folder


def wav2vec2(folder: Path, seed: int = 0) -> Path:
    """Save a wav2vec 2.0, which hears samples and pools nothing: 32 numbers per frame."""
    with _quiet(seed):
        config = hf.Wav2Vec2Config(
            **_SMALL,
            conv_dim=[16, 16],
            conv_stride=[10, 8],
            conv_kernel=[10, 8],
            num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=2,
        )
        hf.Wav2Vec2Model(config).save_pretrained(folder)
        hf.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return folder


def tokenizer(*special: str) -> Any:
    """A WordPiece tokenizer of two-letter words."""
    made = hf.BertTokenizer(vocab={word: i for i, word in enumerate(WORDS)})
    if special:
        made.add_special_tokens({"additional_special_tokens": list(special)})
    return made


@contextmanager
def _quiet(seed: int) -> Iterator[None]:
    with pretrained.quiet(), torch.random.fork_rng([]):
        torch.manual_seed(seed)
        yield
