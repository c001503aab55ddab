"""Drawing music from a network: whatever the network, it is well formed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.models.vmusprod.controller import Features
from symmv_tools.models.vmusprod.embedding import TokenBatch
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.grammar import Grammar
from symmv_tools.models.vmusprod.network import build
from symmv_tools.models.vmusprod.sampling import Choice, Sampled, likeliest, sample
from symmv_tools.models.vmusprod.sizes import PRESETS
from symmv_tools.music.tokens.clock import Bars, located, steady_bars, timing
from symmv_tools.music.tokens.decode import decode
from symmv_tools.music.tokens.encode import encode, framed
from symmv_tools.music.tokens.harmony import chromagram
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES, CHORD, NOTE, ROOT, STEPS_PER_BEAT, TYPE, USES

C_MAJOR = {0, 2, 4, 5, 7, 9, 11}
bars_of_any_metre = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(
    lambda beats: Bars(np.cumsum([0, *beats]) * STEPS_PER_BEAT)
)


def network(seed: int = 0, stage: str = "chord", sure: float = 1.0) -> Generator:
    """One without a video; `sure` makes its likings more extreme."""
    torch.manual_seed(seed)
    made = build(stage, replace(PRESETS["toy"], chords_first=False), {}).eval()
    for head in (made.heads.type_head, *made.heads.others.values()):
        head.get_parameter("weight").data *= sure
    return made


def drawn(
    made: Generator, bars: Bars, says: int, *, seed: int = 0, scale: set[int] | None = None, **more: Any
) -> Sampled:
    chance = torch.Generator().manual_seed(seed)
    return sample(made, None, Grammar(bars, says, scale), 20, chance=chance, **more)


def said_again(event: NDArray[np.int64], bars: Bars, says: int) -> NDArray[np.int64]:
    """What was understood, in the words of `encode`."""
    heard = decode(event)
    parts = {"chords": heard.chords} if says == CHORD else {"notes": heard.notes}
    return encode(bars, **parts).event


@settings(max_examples=12, deadline=None)
@given(bars_of_any_metre, st.integers(0, 2**31), st.sampled_from([0.3, 1.0, 4.0]))
def test_notes_are_never_malformed(bars: Bars, seed: int, sure: float) -> None:
    """They are to the last event what `encode` would say of the notes."""
    found = drawn(network(seed, "music", sure), bars, NOTE, seed=seed, variants=2)
    for event in found.events:
        np.testing.assert_array_equal(decode(event).bars.start, bars.start)
        np.testing.assert_array_equal(event, said_again(event, bars, NOTE))
    assert (found.log_likelihood < 0).all()


@settings(max_examples=12, deadline=None)
@given(bars_of_any_metre, st.integers(0, 2**31), st.sampled_from([0.3, 1.0, 4.0]))
def test_chords_are_never_malformed(bars: Bars, seed: int, sure: float) -> None:
    """They may be said again without need; else they are what `encode` would say."""
    (event,) = drawn(network(seed, sure=sure), bars, CHORD, seed=seed).events
    heard = decode(event)
    np.testing.assert_array_equal(heard.bars.start, bars.start)
    again = decode(said_again(event, bars, CHORD))
    np.testing.assert_array_equal(np.stack(again.chords), np.stack(heard.chords))
    assert (event[:, 0] == CHORD).sum() >= len(bars)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**31))
def test_a_scale_is_kept_by_notes_and_by_chords(seed: int) -> None:
    bars = steady_bars(3)
    (notes,) = drawn(network(seed, "music"), bars, NOTE, seed=seed, scale=C_MAJOR).events
    assert set((decode(notes).notes.pitch % 12).tolist()) <= C_MAJOR
    (chords,) = drawn(network(seed), bars, CHORD, seed=seed, scale=C_MAJOR).events
    assert set(np.flatnonzero(chromagram(chords).any(axis=0)).tolist()) <= C_MAJOR


def test_the_seed_decides() -> None:
    made, bars = network(), steady_bars(6)
    first, again, other = (drawn(made, bars, CHORD, seed=seed, variants=3) for seed in (1, 1, 2))
    for one, two in zip(first.events, again.events, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(first.log_likelihood, again.log_likelihood)
    assert any(not np.array_equal(a, b) for a, b in zip(first.events, other.events, strict=True))
    assert not np.array_equal(first.events[0], first.events[1])


def test_without_temperature_chance_has_no_say() -> None:
    cold = {name: Choice(0.0) for name in ("type", "bar_beat", "root", "quality")}
    one, two = (drawn(network(), steady_bars(4), CHORD, seed=seed, choices=cold) for seed in (1, 2))
    np.testing.assert_array_equal(one.events[0], two.events[0])


def test_the_likelihood_is_that_of_the_whole_sequence_at_once() -> None:
    """Step by step as all at once: what rules forbid is taken out of both."""
    bars, made = steady_bars(3), network()
    found = drawn(made, bars, CHORD)
    whole = framed(located(found.events[0]))
    event, bar, beat = (torch.from_numpy(part)[None] for part in whole)
    when = torch.from_numpy(timing(whole.bar, whole.beat, bars))[None]
    real = torch.ones(1, len(whole.bar) - 1, dtype=torch.bool)
    read = TokenBatch(event[:, :-1], bar[:, :-1], beat[:, :-1], torch.tensor([20]), when[:, :-1], real)
    with torch.no_grad():
        logits = made(read, event[:, 1:, 0], None)
    total, grammar = 0.0, Grammar(bars, CHORD)
    place = grammar.start(1)
    for t, said in enumerate(event[0, 1:]):
        masks = {"type": grammar.types(place), "bar_beat": grammar.bar_beat(place)}
        masks |= {"root": grammar.root(place), "quality": grammar.quality(place, said[None, ROOT])}
        for name in ("type", *(ATTRIBUTES[column] for column in USES.get(int(said[TYPE]), ()))):
            allowed = logits[name][0, t].masked_fill(~masks[name][0], -torch.inf).log_softmax(dim=0)
            total += float(allowed[said[ATTRIBUTES.index(name)]])
        place = grammar.after(said[None], place)
    assert found.log_likelihood[0] == pytest.approx(total / (len(whole.bar) - 1), rel=1e-4)


def test_a_video_is_heard_and_each_has_its_variants() -> None:
    torch.manual_seed(0)
    made = build("chord", PRESETS["toy"], {"colour": 4}).eval()
    colour = Features(torch.randn(2, 5, 4), torch.ones(2, 5, dtype=torch.bool))
    chance = torch.Generator().manual_seed(0)
    grammar = Grammar(steady_bars(2), CHORD)
    found = sample(made, {"colour": colour}, grammar, 20, variants=3, chance=chance)
    assert len(found.events) == 6


def test_the_fewest_classes_that_reach_top_p_remain() -> None:
    kept = likeliest(torch.tensor([[0.5, 0.1, 0.25, 0.15]]), 0.7)
    assert kept.tolist() == [[0.5, 0.0, 0.25, 0.0]]
    assert likeliest(kept, 1.0) is kept


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"colour": Choice()}, "no attribute 'colour'"),
        ({"pitch": Choice(-1.0)}, "temperature of pitch must be 0 or more"),
        ({"pitch": Choice(1.0, 0.0)}, "top-p of pitch must lie above 0"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(choices: dict[str, Choice], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        drawn(network(), steady_bars(1), CHORD, choices=choices)


def test_bars_and_scale_must_be_some() -> None:
    with pytest.raises(ValueError, match="one bar at least"):
        Grammar(steady_bars(0), CHORD)
    with pytest.raises(ValueError, match="pitch classes 0 to 11"):
        Grammar(steady_bars(1), CHORD, {12})
