"""Batches of similar length."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.training.batches import Batches, cut

pytestmark = pytest.mark.quick

lengths_of_songs = st.lists(st.integers(1, 500), min_size=1, max_size=80).map(np.array)


class Numbers:
    """Example n is n, and its epoch."""

    def __init__(self, n: int) -> None:
        self.n = n

    def get(self, index: int, epoch: int) -> tuple[int, int]:
        return index, 100 * epoch + index

    def order(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng(epoch).permutation(self.n)


class Batch(NamedTuple):
    number: torch.Tensor
    drawn: torch.Tensor


def collate(examples: list[tuple[int, int]]) -> Batch:
    number, drawn = zip(*examples, strict=True)
    return Batch(torch.tensor(number), torch.tensor(drawn))


def batches(workers: int = 0, seed: int = 0) -> Batches[tuple[int, int], Batch]:
    lengths: NDArray[np.int64] = np.arange(20)[::-1] + 1
    return Batches(Numbers(20), lengths, collate, most=3, seed=seed, workers=workers)


def as_lists(made: object) -> list[list[list[int]]]:
    return [[batch.number.tolist(), batch.drawn.tolist()] for batch in made]  # type: ignore[attr-defined]


@given(lengths_of_songs, st.integers(1, 9), st.integers(0, 2000), st.integers(0, 99))
def test_every_example_comes_once_and_no_batch_is_too_large(
    lengths: NDArray[np.int64], most: int, tokens: int, seed: int
) -> None:
    made = cut(lengths, np.arange(len(lengths)), np.random.default_rng(seed), most=most, tokens=tokens)
    assert sorted(number for batch in made for number in batch) == list(range(len(lengths)))
    for batch in made:
        assert 1 <= len(batch) <= most
        assert not tokens or len(batch) == 1 or len(batch) * lengths[list(batch)].max() <= tokens


def test_little_is_padding() -> None:
    lengths = np.random.default_rng(0).integers(100, 2000, 500)
    made = cut(lengths, np.arange(500), np.random.default_rng(1), most=16)
    padded = sum(len(batch) * int(lengths[list(batch)].max()) for batch in made)
    assert lengths.sum() / padded > 0.85


def test_what_is_read_together_stays_together() -> None:
    """However long: row groups that lie far apart are not read for the same batch."""
    lengths = np.random.default_rng(0).integers(1, 2000, 10_000)
    made = cut(lengths, np.arange(10_000), np.random.default_rng(1), most=4)
    assert max(max(batch) - min(batch) for batch in made) < 256
    at = np.array([np.mean(batch) for batch in made])
    assert np.abs(at - np.linspace(0, 10_000, len(at))).max() < 300


def test_the_order_is_the_seed_s_and_the_epoch_s() -> None:
    first = as_lists(batches()(0))
    assert first == as_lists(batches()(0))
    assert first != as_lists(batches()(1))
    assert first != as_lists(batches(seed=1)(0))


def test_a_slice_makes_what_the_whole_makes_there() -> None:
    epoch = batches()(3)
    assert as_lists(epoch)[4:] == as_lists(epoch[4:])
    assert as_lists(epoch)[1::2] == as_lists(epoch[1::2])
    assert epoch[5].drawn.tolist() == as_lists(epoch)[5][1]
    assert len(epoch[1::2]) == 3


@pytest.mark.timeout(120)
def test_workers_change_nothing_and_leave_chance_alone() -> None:
    alone, helped = batches(), batches(workers=2)
    before = torch.get_rng_state()
    for epoch in (0, 1):
        assert as_lists(helped(epoch)) == as_lists(alone(epoch))
    assert as_lists(helped(1)[3:]) == as_lists(alone(1)[3:])
    assert torch.equal(before, torch.get_rng_state())


def test_validation_is_always_the_same() -> None:
    lengths = np.array([5, 1, 3])
    still = Batches(Numbers(3), lengths, collate, most=2, shuffle=False)
    assert as_lists(still(0)) == as_lists(still(7))
    assert [batch.number.tolist() for batch in still(0)] == [[1, 2], [0]]
