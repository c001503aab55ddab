"""Features of sentences by a frozen pretrained language network, BERT for Diff-BGM.

Li et al., "Diff-BGM" (CVPR 2024), section 5.1: "official pre-trained bert-base-uncased model [3] as the
language encoder", frozen. Neither text nor code says how a sentence's tokens become one vector of 768; we
take the first token's last hidden state ([CLS], as is usual with BERT), or the mean over tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel

from symmv_tools.models import pretrained

POOLINGS = ("cls", "mean")


@dataclass(frozen=True)
class TextEncoder:
    """A loaded network with its tokenizer."""

    model: Any
    tokenizer: Any


def load(folder: str, device: str) -> TextEncoder:
    """Return the network in `folder`, ready on `device`."""
    tokenizer = pretrained.tokenizer(folder)
    return TextEncoder(pretrained.model(AutoModel, folder, device, unused="pooler"), tokenizer)


def encode(
    sentences: Sequence[str], encoder: TextEncoder, *, pooling: str = "cls", batch: int = 32
) -> NDArray[np.float32]:
    """Return the features (T, d) of T sentences; equal sentences are computed once.

    What is longer than the network can read is cut at its end.
    """
    different = sorted(set(sentences), key=lambda sentence: (len(sentence), sentence))
    batches = [different[i : i + batch] for i in range(0, len(different), batch)]
    with torch.inference_mode(), pretrained.quiet():
        rows = [row for some in batches for row in _encoded(some, encoder, pooling)]
    found = dict(zip(different, rows, strict=True))
    if not sentences:
        return np.empty((0, encoder.model.config.hidden_size), np.float32)
    return np.stack([found[sentence] for sentence in sentences])


def _encoded(sentences: list[str], encoder: TextEncoder, pooling: str) -> NDArray[np.float32]:
    tokens = encoder.tokenizer(
        sentences,
        padding=True,
        truncation=True,
        max_length=encoder.model.config.max_position_embeddings,
        return_tensors="pt",
    ).to(encoder.model.device)
    states = encoder.model(**tokens).last_hidden_state.float()  # (n, tokens, d)
    if pooling == "cls":
        pooled = states[:, 0]
    else:
        mask = tokens["attention_mask"].unsqueeze(-1).float()  # (n, tokens, 1)
        pooled = (states * mask).sum(dim=1) / mask.sum(dim=1)
    rows: NDArray[np.float32] = pooled.cpu().numpy()
    return rows
