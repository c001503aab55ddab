from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from safetensors.torch import load_file, save_file

from symmv_tools.models import text_encoder
from symmv_tools.models.text_encoder import TextEncoder, encode
from tests import tiny_models

SENTENCES = [
    "ab ec id",
    "ab",
    "",
    "ob ub ab ec id of up",
    "ab ec id",
    "[SEP] [MASK] ab",
    "A\x1b[31mB </script>",
    "猫",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.bert(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(scope="module")
def encoder(folder: Path) -> TextEncoder:
    return text_encoder.load(str(folder), "cpu")


@pytest.mark.parametrize("pooling", text_encoder.POOLINGS)
def test_vectors_are_those_of_a_direct_call(folder: Path, encoder: TextEncoder, pooling: str) -> None:
    from transformers import BertModel, BertTokenizer

    model: Any = BertModel.from_pretrained(folder)
    tokenizer: Any = BertTokenizer.from_pretrained(folder)
    for sentence, vector in zip(SENTENCES, encode(SENTENCES, encoder, pooling=pooling), strict=True):
        with torch.no_grad():
            states = model(**tokenizer(sentence, return_tensors="pt")).last_hidden_state[0].numpy()
        expected = states[0] if pooling == "cls" else states.mean(axis=0)
        assert_allclose(vector, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pooling", text_encoder.POOLINGS)
def test_a_sentence_does_not_hear_its_neighbours(encoder: TextEncoder, pooling: str) -> None:
    alone = np.concatenate([encode([sentence], encoder, pooling=pooling) for sentence in SENTENCES])
    for batch in (1, 3, 100):
        found = encode(SENTENCES, encoder, pooling=pooling, batch=batch)
        assert_allclose(found, alone, atol=1e-5, rtol=1e-5)


def test_equal_sentences_are_computed_once(encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    really = text_encoder._encoded

    def watched(sentences: list[str], encoder: TextEncoder, pooling: str) -> Any:
        read.extend(sentences)
        return really(sentences, encoder, pooling)

    monkeypatch.setattr(text_encoder, "_encoded", watched)
    assert len(encode(["ab"] * 5 + ["ec"], encoder)) == 6
    assert sorted(read) == ["ab", "ec"]


def test_a_novel_is_cut_where_the_network_ends(encoder: TextEncoder) -> None:
    assert_allclose(encode(["ab " * 500], encoder), encode(["ab " * 14], encoder), atol=1e-5)


def test_no_sentence_has_no_vector(encoder: TextEncoder) -> None:
    assert encode([], encoder).shape == (0, 32)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_whatever_a_caption_says_it_is_text(encoder: TextEncoder, sentences: list[str]) -> None:
    found = encode(sentences, encoder)
    assert found.shape == (len(sentences), 32)
    assert np.isfinite(found).all()


def test_the_pooler_may_be_missing_because_nobody_asks_it(tmp_path: Path) -> None:
    """RoBERTa and its like are published without one."""
    folder = tiny_models.bert(tmp_path / "bert")
    tensors = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith("pooler.")}
    assert len(kept) < len(tensors)
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    assert encode(["ab"], text_encoder.load(str(folder), "cpu")).shape == (1, 32)
