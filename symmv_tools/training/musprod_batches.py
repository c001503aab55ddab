"""Examples of V-MusProd's stages side by side, as the networks take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from symmv_tools.models.vmusprod.controller import Features
from symmv_tools.models.vmusprod.embedding import TokenBatch
from symmv_tools.music.tokens.vocabulary import Tokens, tempo_class
from symmv_tools.training.musprod_examples import Example


class Batch(NamedTuple):
    """Examples side by side: `read` is all events but the last, `target` (B, T, 6) all but the first.

    `condition` is what the network goes by: other music, or features by their names. `tokens` counts the
    real ones of `target`.
    """

    song_ids: list[str]
    read: TokenBatch
    target: Tensor
    condition: TokenBatch | dict[str, Features]
    tokens: int


class Collate:
    """Pads examples and puts them side by side; goes to the workers as a pickle.

    `reads_source` says whether the condition is the examples' source, or their features of `widths`.
    """

    def __init__(self, reads_source: bool, widths: Mapping[str, int]) -> None:
        self._reads_source, self._widths = reads_source, widths

    def __call__(self, examples: list[Example]) -> Batch:
        """Return the batch; examples keep their order."""
        tempos = [e.tempo for e in examples]
        said = side_by_side([(e.target, e.timing) for e in examples], tempos)
        event, bar, beat, tempo, timing, is_real = said
        assert timing is not None
        has_next = is_real[:, 1:]  # the last event of each sequence is only said, never read
        read = TokenBatch(event[:, :-1], bar[:, :-1], beat[:, :-1], tempo, timing[:, :-1], has_next)
        ids = [e.song_id for e in examples]
        return Batch(ids, read, event[:, 1:], self._condition(examples), int(has_next.sum()))

    def _condition(self, examples: list[Example]) -> TokenBatch | dict[str, Features]:
        if not self._reads_source:
            return {n: padded_features([getattr(e, n) for e in examples], w) for n, w in self._widths.items()}
        sources = [(e.source, e.source_timing) for e in examples]
        tempos = [e.tempo for e in examples]
        return side_by_side([(s, t) for s, t in sources if s is not None and t is not None], tempos)


def side_by_side(parts: Sequence[tuple[Tokens, NDArray[np.int64]]], bpm: Sequence[float]) -> TokenBatch:
    """Return sequences, each with the timing of its events and its tempo, padded with zeros."""
    columns = zip(*((*tokens, timing) for tokens, timing in parts), strict=True)
    event, bar, beat, timing = (_padded(column) for column in columns)
    is_real = _padded([np.ones(len(tokens.bar), bool) for tokens, _ in parts])
    tempo = torch.tensor([tempo_class(each) for each in bpm])
    return TokenBatch(event, bar, beat, tempo, timing, is_real)


def padded_features(values: Sequence[NDArray[np.float32] | None], width: int) -> Features:
    """Return one modality of some videos, padded; a video without it is all padding."""
    known = [np.zeros((0, width), np.float32) if value is None else value for value in values]
    if not any(map(len, known)):
        known[0] = np.zeros((1, width), np.float32)  # one place at least, that nobody hears
        return Features(_padded(known), torch.zeros(len(known), 1, dtype=torch.bool))
    return Features(_padded(known), _padded([np.ones(len(value), bool) for value in known]))


def _padded(arrays: Sequence[NDArray[np.generic]]) -> Tensor:
    return pad_sequence([torch.from_numpy(np.array(each)) for each in arrays], batch_first=True)
