"""Pieces as the video-music CLIP learns them: a stretch of segments, what is seen beside what is heard."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from symmv_tools.errors import BadCall
from symmv_tools.training.chance import generator
from symmv_tools.training.vmcp_cache import Cache
from symmv_tools.training.vmcp_settings import VmcpSettings


class Piece(NamedTuple):
    """L segments of a song: means of what is seen (L, dv) and heard (L, dm); float32."""

    song_id: str
    video: NDArray[np.float32]
    music: NDArray[np.float32]


class Batch(NamedTuple):
    """Pieces side by side: `video` (B, L, dv), `music` (B, L, dm), `is_real` (B, L), `tokens` of it true."""

    song_ids: list[str]
    video: Tensor
    music: Tensor
    is_real: Tensor
    tokens: int


class Pieces:
    """The songs of one split, as `batches.Source` has it. Raises BadCall if there are none.

    `moves` is whether a stretch begins anywhere, anew in each epoch; else it is the first.
    """

    def __init__(self, cache: Cache, split: str, settings: VmcpSettings, *, moves: bool) -> None:
        self.cache, self.settings, self.moves = cache, settings, moves
        self._number = np.flatnonzero(np.array(cache.split) == split)
        if not len(self._number):
            raise BadCall(f"no song of the split {split} is both seen and heard")
        whole = cache.seconds[self._number] // settings.segment_seconds
        self.lengths: NDArray[np.int64] = np.clip(whole, 1, settings.most_segments)

    def __len__(self) -> int:
        return len(self._number)

    def get(self, index: int, epoch: int) -> Piece:
        """Return a song as it is in an epoch."""
        number = int(self._number[index])
        song_id, both = self.cache.song_id[number], self.cache.both(number)
        first, count = self._stretch(song_id, len(both.video), epoch)
        seconds = self.settings.segment_seconds
        video, music = (segments_of(side[first : first + count * seconds], seconds) for side in both)
        return Piece(song_id, video, music)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return all songs in any order."""
        return np.random.default_rng([self.settings.seed, epoch]).permutation(len(self))

    def _stretch(self, song_id: str, seconds: int, epoch: int) -> tuple[int, int]:
        """The first second, and how many segments."""
        each, most = self.settings.segment_seconds, self.settings.most_segments
        if not self.moves or seconds < each:
            return 0, most
        rng = generator(self.settings.seed, epoch, song_id)
        count = min(most, seconds // each)
        return int(rng.integers(0, seconds - count * each + 1)), count


def segments_of(by_second: NDArray[np.floating], seconds: int) -> NDArray[np.float32]:
    """Return the means (L, d) of features (T, d) over segments one after the other; what is left is dropped.

    Less than a segment is one.
    """
    count = len(by_second) // seconds
    if not count:
        return np.asarray(by_second.astype(np.float32).mean(axis=0, keepdims=True), np.float32)
    cut = by_second[: count * seconds].astype(np.float32)
    found: NDArray[np.float32] = cut.reshape(count, seconds, -1).mean(axis=1)
    return found


def collate(pieces: list[Piece]) -> Batch:
    """Put pieces side by side."""
    video, music, is_real = (
        pad_sequence([torch.from_numpy(side) for side in sides], batch_first=True)
        for sides in (
            [piece.video for piece in pieces],
            [piece.music for piece in pieces],
            [np.ones(len(piece.video), bool) for piece in pieces],
        )
    )
    return Batch([piece.song_id for piece in pieces], video, music, is_real, int(is_real.sum()))
