"""Which notes are the melody: a network that reads a song chord by chord and hears all of it.

Notes struck together make one step of a sequence, however long they last. Dilated convolutions see
the phrase around a step, attention over the whole song its form: where the singer sings and where the piano
fills. At each step at most one note is the melody, so the notes of a step and "none" share one probability.
Architecture chosen by us.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.networks import read_network
from symmv_tools.music.melody_features import NoteFeatures, note_features
from symmv_tools.music.melody_line import distinct_notes, melody_line, merging
from symmv_tools.music.notes import Notes

_DILATIONS = (1, 2, 4, 8, 16)
_POOL = 4  # steps that share one key of the attention: form is coarse, and the cost falls to a quarter
_SHORTEST, _LONGEST = 2.0, 2000.0  # wavelengths of the rotary positions, in typical steps


class Songs(NamedTuple):
    """A batch of B songs of N notes altogether, of at most G groups.

    `values` (N, features); `group` (N,) each note's place in the flattened (B, G); `voices` (B, G, 3)
    indices of notes, N being nobody; `time` (B, G) in typical steps; `is_real` (B, G), False for padding.
    """

    values: Tensor
    group: Tensor
    voices: Tensor
    time: Tensor
    is_real: Tensor


def as_batch(songs: Sequence[NoteFeatures]) -> Songs:
    """Return the songs as one padded batch."""
    groups = -(-max(len(song.time) for song in songs) // _POOL) * _POOL
    notes = sum(len(song.values) for song in songs)
    voices = np.full((len(songs), groups, 3), notes)
    time = np.zeros((len(songs), groups), np.float32)
    is_real = np.zeros((len(songs), groups), bool)
    before = 0
    for i, song in enumerate(songs):
        n, here = len(song.values), len(song.time)
        voices[i, :here] = np.where(song.voices < n, song.voices + before, notes)
        time[i, :here], is_real[i, :here] = song.time, True
        before += n
    return Songs(
        torch.from_numpy(np.concatenate([song.values for song in songs])),
        torch.from_numpy(np.concatenate([song.group + i * groups for i, song in enumerate(songs)])),
        torch.from_numpy(voices),
        torch.from_numpy(time),
        torch.from_numpy(is_real),
    )


class MelodyNet(nn.Module):
    """Songs to log-probabilities: (N,) that a note is its group's melody note, (B, G) that none is.

    The third output, (N, tracks) logits, says whose note it is. It is only asked for in training: to know the
    other lines of a song is to know what is not the melody.
    """

    def __init__(self, *, features: int, channels: int, rounds: int, heads: int, tracks: int) -> None:
        super().__init__()
        self.note = nn.Sequential(
            nn.Linear(features, channels), nn.ReLU(), nn.Linear(channels, channels), nn.ReLU()
        )
        self.chord = nn.Linear(4 * channels, channels)
        self.rounds = nn.ModuleList(_Round(channels, heads) for _ in range(rounds))
        self.phrases = nn.ModuleList(_Phrase(channels, dilation) for dilation in _DILATIONS)
        self.judge = nn.Sequential(nn.Linear(2 * channels, channels), nn.ReLU(), nn.Dropout(0.1))
        self.choose = nn.Linear(channels, 1)
        self.track = nn.Linear(channels, tracks)
        self.none = nn.Linear(channels, 1)

    def forward(self, songs: Songs) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        B, G = songs.time.shape
        note = self.note(songs.values)  # (N, C)
        somebody = torch.cat([note, note.new_zeros(1, note.shape[1])])  # (N + 1, C)
        together = note.new_zeros(B * G, note.shape[1]).index_add(0, songs.group, note).view(B, G, -1)
        x = self.chord(torch.cat([together, somebody[songs.voices].flatten(2)], dim=2))  # (B, G, C)
        real = songs.is_real[..., None].to(x.dtype)
        for round_ in self.rounds:
            x = round_(x, songs.time, real)
        for phrase in self.phrases:
            x = phrase(x, real)
        context = x.flatten(0, 1)  # (B G, C)
        judged = self.judge(torch.cat([note, context[songs.group]], dim=1))  # (N, C)
        choice = self.choose(judged)[:, 0].float()
        chosen, none = _shared(choice, self.none(context)[:, 0].float(), songs.group, (B, G))
        return chosen, none, self.track(judged).float()


def _shared(chosen: Tensor, none: Tensor, group: Tensor, shape: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Log of the softmax over each group's notes and its "none"."""
    highest = none.scatter_reduce(0, group, chosen, "amax").detach()
    total = (none - highest).exp().index_add(0, group, (chosen - highest[group]).exp())
    log_total = total.log() + highest
    return chosen - log_total[group], (none - log_total).view(shape)


class _Round(nn.Module):
    """A phrase seen through convolutions, then the song through attention."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.phrases = nn.ModuleList(_Phrase(channels, dilation) for dilation in _DILATIONS)
        self.form = _Form(channels, heads)

    def forward(self, x: Tensor, time: Tensor, real: Tensor) -> Tensor:
        for phrase in self.phrases:
            x = phrase(x, real)
        formed: Tensor = self.form(x, time, real)
        return formed


class _Phrase(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        around = self.conv((self.norm(x) * real).transpose(1, 2)).transpose(1, 2)  # (B, G, C)
        seen: Tensor = x + self.out(self.drop(F.relu(around)))
        return seen


class _Form(nn.Module):
    """Attention from every step to the whole song, `_POOL` steps at a time, with rotary positions in time.

    Su et al., "RoFormer" (2021); the wavelengths are learned, because music repeats by bars.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(channels, 2 * channels)
        self.out = nn.Linear(channels, channels)
        self.think = nn.Sequential(
            nn.LayerNorm(channels),
            nn.Linear(channels, 2 * channels),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(2 * channels, channels),
        )
        wavelengths = torch.logspace(math.log10(_SHORTEST), math.log10(_LONGEST), channels // heads // 2)
        self.log_frequency = nn.Parameter((2 * math.pi / wavelengths).log())

    def forward(self, x: Tensor, time: Tensor, real: Tensor) -> Tensor:
        B, G, C = x.shape
        normed = self.norm(x)
        weight = real.view(B, G // _POOL, _POOL, 1)
        count = weight.sum(dim=2)  # (B, K, 1)
        pooled = (normed.view(B, G // _POOL, _POOL, C) * weight).sum(dim=2) / count.clamp(min=1)
        when = (time.view(B, -1, _POOL) * weight[..., 0]).sum(dim=2) / count[..., 0].clamp(min=1)
        key, value = self.key_value(pooled).view(B, -1, 2, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        query = self.query(normed).view(B, G, self.heads, -1).transpose(1, 2)  # (B, heads, G, D)
        query, key = self._turned(query, time), self._turned(key, when)
        heard = F.scaled_dot_product_attention(
            query, key, value.to(query.dtype), attn_mask=(count > 0).view(B, 1, 1, -1)
        )
        x = x + self.out(heard.transpose(1, 2).reshape(B, G, C).to(x.dtype))
        thought: Tensor = x + self.think(x)
        return thought

    def _turned(self, x: Tensor, time: Tensor) -> Tensor:
        phase = time.float()[:, None, :, None] * self.log_frequency.exp()  # (B, 1, steps, D / 2)
        cos, sin = phase.cos().to(x.dtype), phase.sin().to(x.dtype)
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


# --- a network and a song -------------------------------------------------------------------------


@cache
def load(weights: str) -> MelodyNet:
    """Return the network in the file `weights`, ready to listen."""
    state, about = read_network(weights)
    network = MelodyNet(**about["shape"])
    network.load_state_dict(state)
    return network.eval()


def find_melody(notes: Notes, network: nn.Module, threshold: float) -> NDArray[np.bool_]:
    """Return which notes are melody, (n,): at most one of those struck together, if as likely as `threshold`.

    Of notes that are one key struck twice within 50 ms only the first can be melody.
    """
    is_melody = np.zeros(len(notes), bool)
    if len(notes):
        first, _ = merging(notes)
        merged, _ = distinct_notes(notes, np.zeros(len(notes), np.int64))
        is_melody[first[melody_line(*hear(merged, network), threshold)]] = True
    return is_melody


def hear(notes: Notes, network: nn.Module) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return which notes are struck together and how likely each is the melody, both (n,), n > 0.

    No two notes may be one key struck twice, see `melody_line.distinct_notes`.
    """
    features = note_features(notes)
    with torch.inference_mode():
        chosen, *_ = network(as_batch([features]))
    probability: NDArray[Any] = chosen.double().exp().numpy()
    return features.group, probability
