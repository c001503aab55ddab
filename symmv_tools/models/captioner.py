"""Sentences about pictures by a pretrained network: BLIP, BLIP-2, GIT, Qwen-VL, … through transformers.

BGM909 was described by BLIP (Li et al., "Diff-BGM", CVPR 2024, section 3.2; Li et al., "BLIP", ICML 2022).
Any network that transformers knows as "image-text-to-text" comes in by the same door. Three kinds of them
are asked differently: one that has a chat template gets `prompt` as a question beside each picture, one
that has none continues `prompt`, or begins by itself where `prompt` is empty.
"""

from __future__ import annotations

import inspect
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForImageTextToText

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models import pretrained

_DRAWING = threading.Lock()  # torch has one source of randomness per process
_QUESTION = "Describe this picture in one sentence."


@dataclass(frozen=True)
class Captioner:
    """A loaded network with its processor, and how it is to be asked."""

    model: Any
    processor: Any
    prompt: str = ""
    max_tokens: int = 30
    beams: int = 3
    sentences: int = 1
    top_p: float = 0.9

    @property
    def chats(self) -> bool:
        """Whether it answers questions."""
        return bool(getattr(self.processor, "chat_template", None))


def load(folder: str, device: str, **asking: Any) -> Captioner:
    """Return the network in `folder`, ready on `device`; `asking` are the other fields of Captioner."""
    processor = pretrained.processor(folder)
    if not (hasattr(processor, "image_processor") and hasattr(processor, "tokenizer")):
        raise MissingCheckpoint(
            f"{folder} has no processor for pictures and words, so nothing can be captioned with it",
            "name a captioner, e.g. blip-base",
        )
    # bfloat16 has the range of float32; large captioners overflow in float16
    model = pretrained.model(AutoModelForImageTextToText, folder, device, half=torch.bfloat16)
    return Captioner(model, processor, **asking)


def describe(frames: Sequence[NDArray[np.uint8]], captioner: Captioner) -> list[list[str]]:
    """Return the sentences about each frame, RGB (h, w, 3): as many as the captioner is to say.

    One sentence is the best that a beam search finds. Several are drawn at random (nucleus sampling, as
    BLIP drew its own training captions), from a seed that the frame gives: the same picture gets the same
    sentences, whatever is described beside it.
    """
    if captioner.sentences == 1:
        return [[sentence] for sentence in _generated(frames, captioner)]
    said = []
    for frame in frames:
        with _drawn_from(zlib.crc32(np.ascontiguousarray(frame).tobytes()), captioner.model.device):
            said.append(_generated([frame], captioner))
    return said


def _generated(frames: Sequence[NDArray[np.uint8]], captioner: Captioner) -> list[str]:
    model = captioner.model
    with torch.inference_mode(), pretrained.quiet():
        understood = inspect.signature(model.forward).parameters  # a tokenizer may say more than that
        inputs = {k: _moved(v, model) for k, v in _inputs(frames, captioner).items() if k in understood}
        tokens = model.generate(**inputs, **_how(captioner))  # (frames * sentences, tokens)
        if captioner.chats:
            tokens = tokens[:, inputs["input_ids"].shape[1] :]  # the question comes back before the answer
        texts = captioner.processor.batch_decode(tokens, skip_special_tokens=True)
    return [_sentence(text, "" if captioner.chats else captioner.prompt) for text in texts]


def _moved(value: torch.Tensor, model: Any) -> torch.Tensor:
    return value.to(model.device, model.dtype if value.is_floating_point() else value.dtype)


@contextmanager
def _drawn_from(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch for a while, and leave its source of randomness as it was."""
    with _DRAWING, torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def _inputs(frames: Sequence[NDArray[np.uint8]], captioner: Captioner) -> Any:
    processor, pictures = captioner.processor, list(frames)
    if captioner.chats:
        question = captioner.prompt or _QUESTION
        content = [{"type": "image"}, {"type": "text", "text": question}]
        text = processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        processor.tokenizer.padding_side = "left"  # what is generated must follow the question at once
        each = [[picture] for picture in pictures]
        return processor(images=each, text=[text] * len(each), padding=True, return_tensors="pt")
    if captioner.prompt:
        prompts = [captioner.prompt] * len(pictures)
        return processor(images=pictures, text=prompts, padding=True, return_tensors="pt")
    return processor(images=pictures, return_tensors="pt")


def _how(captioner: Captioner) -> dict[str, Any]:
    if captioner.sentences == 1:
        return {"max_new_tokens": captioner.max_tokens, "num_beams": captioner.beams, "do_sample": False}
    return {
        "max_new_tokens": captioner.max_tokens,
        "num_beams": 1,
        "do_sample": True,
        "top_p": captioner.top_p,
        "top_k": 0,
        "num_return_sequences": captioner.sentences,
    }


def _sentence(text: str, prompt: str) -> str:
    """Return one line of text; whatever a network says, it stays text."""
    text = re.sub(r"\s+", " ", text).strip()
    return text[len(prompt) :].strip() if prompt and text.casefold().startswith(prompt.casefold()) else text
