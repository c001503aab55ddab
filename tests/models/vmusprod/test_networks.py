"""The networks: read at once or step by step they say the same; who hears whom is proven by gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from symmv_tools.models.vmusprod.chord import VideoToMusic
from symmv_tools.models.vmusprod.embedding import TokenBatch
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.network import STAGES, WORDS, build, reads_source
from symmv_tools.models.vmusprod.seq2seq import SourceToMusic
from symmv_tools.models.vmusprod.sizes import PRESETS, Sizes, n_parameters
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES, CLASSES
from tests.models.vmusprod.pieces import WIDTHS, between, event, film, next_types, piece, rows

pytestmark = pytest.mark.quick

TOY = PRESETS["toy"]
SOFTMAX = replace(TOY, attention="softmax")
FILM = {"semantic": [9, 4], "colour": [5, 7]}
# The rows of the paper's table 2, and of its table 4: settings, no code.
VARIANTS: dict[str, tuple[str, Sizes, dict[str, int]]] = {
    "chord": ("chord", TOY, WIDTHS),
    "chord, softmax": ("chord", SOFTMAX, WIDTHS),
    "chord w/o semantic": ("chord", replace(TOY, semantic=False), WIDTHS),
    "chord w/o colour": ("chord", replace(TOY, colour=False), WIDTHS),
    "chord, unconditional": ("chord", TOY, {}),
    "melody": ("melody", TOY, {}),
    "melody, softmax": ("melody", SOFTMAX, {}),
    "accompaniment w/o motion": ("accompaniment", replace(TOY, motion=False), {}),
    "Video2music": ("music", replace(TOY, chords_first=False), WIDTHS),
    "Video2chord2music": ("music", TOY, {}),
}
variants = pytest.mark.parametrize("name", VARIANTS)


def made(name: str) -> Generator:
    torch.manual_seed(0)
    return build(*VARIANTS[name]).eval()


def condition_of(name: str, seed: int = 5) -> Any:
    """What the network of a variant goes by, for two songs."""
    stage, sizes, widths = VARIANTS[name]
    if reads_source(stage, sizes):
        return piece([40, 25], seed=seed)
    return film(FILM, seed=seed) if widths else None


def all_but(logits: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in logits.items()}


@variants
def test_every_event_gets_logits_for_every_attribute(name: str) -> None:
    read = piece([30, 21])
    logits = made(name)(read, next_types(read), condition_of(name))
    assert all_but(logits) == {attribute: (2, 30, CLASSES[attribute]) for attribute in ATTRIBUTES}


@variants
def test_step_by_step_is_what_all_at_once_is(name: str) -> None:
    network, read, condition = made(name), piece([70, 70], bars=9), condition_of(name)
    expected = network(read, next_types(read), condition)
    state = network.start(condition, variants=2 if condition is None else 1)
    for t in range(70):
        hidden, state = network.step(event(read, t), state)
        logits = network.heads(hidden, next_types(read)[:, t])
        for attribute in ATTRIBUTES:
            torch.testing.assert_close(logits[attribute], expected[attribute][:, t], atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["chord", "melody", "chord, unconditional"])
def test_variants_are_rows_of_their_own(name: str) -> None:
    """Three variants of each of two songs, reading three different things, are six pieces of music."""
    network, read, condition = made(name), piece([20] * 6), condition_of(name)
    songs = 1 if condition is None else 2
    state = network.start(condition, variants=6 // songs)
    for t in range(20):
        hidden, state = network.step(event(read, t), state)
    for row in range(6):
        of = _song(condition, row * songs // 6)
        alone = network.decode(rows(read, [row]), network.encode(of))
        torch.testing.assert_close(hidden[row], alone[0, -1], atol=1e-4, rtol=0)


def _song(condition: Any, number: int) -> Any:
    if condition is None:
        return None
    if isinstance(condition, TokenBatch):
        return rows(condition, [number])
    return {name: type(one)(one.value[[number]], one.is_real[[number]]) for name, one in condition.items()}


@variants
def test_padding_and_the_neighbours_of_a_batch_change_nothing(name: str) -> None:
    network, read, condition = made(name), piece([30, 21]), condition_of(name)
    both = network(read, next_types(read), condition)
    short = between(rows(read, [1]), 0, 21)
    alone = network(short, next_types(read)[[1], :21], _cropped(_song(condition, 1)))
    for attribute in ATTRIBUTES:
        torch.testing.assert_close(both[attribute][[1], :21], alone[attribute], atol=1e-4, rtol=0)


def _cropped(condition: Any) -> Any:
    """One song's condition without its padding."""
    if condition is None:
        return None
    if isinstance(condition, TokenBatch):
        return between(condition, 0, int(condition.is_real.sum()))
    lengths = {name: int(one.is_real.sum()) for name, one in condition.items()}
    return {
        name: type(one)(one.value[:, : lengths[name]], one.is_real[:, : lengths[name]])
        for name, one in condition.items()
    }


@variants
def test_no_event_is_told_of_a_later_one(name: str) -> None:
    network, read, condition = made(name), piece([70]), _song(condition_of(name), 0)
    memory = network.encode(condition)
    for t in (0, 33, 63, 64):
        embedded = network.embed(read).detach().requires_grad_()
        bar = read.bar.cummax(dim=1).values
        heard = network.decoder(embedded, bar, memory)[0, t]
        heard.square().sum().backward(inputs=[embedded], retain_graph=True)  # the memory serves all
        assert embedded.grad is not None
        reached = embedded.grad[0].abs().sum(dim=1) > 0
        assert reached.tolist() == [i <= t for i in range(70)]


def test_a_decoder_of_one_layer_hears_exactly_three_bars_of_its_source() -> None:
    """Of more layers, a token also hears what earlier tokens heard, but never of a bar after the next."""
    read, source = piece([60], bars=8, seed=1), piece([50], bars=8, seed=2)
    for layers in (2, 4):  # one and two of them in the decoder
        torch.manual_seed(0)
        network = build("melody", replace(TOY, layers=layers), {}).eval()
        memory = network.encode(source)
        assert memory is not None
        for t in (0, 20, 40, 59):
            value = memory.value.detach().requires_grad_()
            torch.autograd.backward(network.decode(read, memory._replace(value=value))[0, t].square().sum())
            assert value.grad is not None
            reached = (value.grad[0].abs().sum(dim=1) > 0).tolist()
            away = (source.bar[0] - read.bar[0, t]).tolist()
            if layers == 2:
                assert reached == [abs(bars) <= 1 for bars in away]
            assert not any(there for there, bars in zip(reached, away, strict=True) if bars > 1)


def test_music_beyond_its_source_goes_on() -> None:
    network, source = made("melody"), piece([10], bars=2)
    read = piece([50], bars=40)
    logits = network(read, next_types(read), source)
    torch.autograd.backward([value.square().sum() for value in logits.values()])
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(value.isfinite().all() for value in (*logits.values(), *gradients))


def test_what_is_switched_off_is_neither_there_nor_asked_for() -> None:
    whole, blind, grey = made("chord"), made("chord w/o semantic"), made("chord, unconditional")
    assert isinstance(whole, VideoToMusic)
    assert whole.controller is not None
    assert list(whole.controller.project) == ["semantic", "colour"]
    assert isinstance(blind, VideoToMusic)
    assert blind.controller is not None
    assert list(blind.controller.project) == ["colour"]
    assert not any("cross" in name or "controller" in name for name, _ in grey.named_parameters())
    still = made("accompaniment w/o motion")
    assert not any("tempo" in name or "timing" in name for name, _ in still.named_parameters())
    read = piece([9])._replace(timing=None)
    still(read, next_types(read), piece([5])._replace(timing=None))


def test_only_music_with_notes_has_a_timing_encoding() -> None:
    timed = {name: made(name).embed.timing is not None for name in VARIANTS if "motion" not in name}
    assert {name for name, there in timed.items() if not there} == {n for n in timed if n.startswith("chord")}


@pytest.mark.parametrize("name", ["chord", "chord w/o semantic", "melody"])
def test_every_part_of_the_condition_reaches_the_music(name: str) -> None:
    network, read = made(name), piece([30, 21])
    logits = network(read, next_types(read), condition_of(name))
    torch.autograd.backward([value.square().sum() for value in logits.values()])
    # a bias of keys moves all scores of a query alike, and softmax does not see it
    idle = [
        each
        for each, p in network.named_parameters()
        if (p.grad is None or p.grad.count_nonzero() == 0) and not each.endswith("cross.key.bias")
    ]
    assert idle == []


def test_a_film_without_colours_is_no_trouble() -> None:
    """Its colours are all padding; the other film of the batch has them."""
    network, read, both = made("chord"), piece([10, 10]), film(FILM)
    both["colour"].is_real[0] = False
    logits = network(read, next_types(read), both)
    assert all(value.isfinite().all() for value in logits.values())
    nothing = film({"semantic": [1], "colour": [1]})
    for features in nothing.values():
        features.is_real[:] = False
    blank = network(rows(read, [0]), next_types(read)[:1], nothing)
    assert all(value.isfinite().all() for value in blank.values())


def test_a_missing_modality_is_a_sentence() -> None:
    read = piece([5, 5])
    with pytest.raises(ValueError, match="sees semantic, colour, and colour did not come"):
        made("chord")(read, next_types(read), film({"semantic": [3, 3]}))


def test_a_missing_timing_is_a_sentence() -> None:
    read = piece([5])
    with pytest.raises(ValueError, match="come without `timing`"):
        made("melody")(read._replace(timing=None), next_types(read), piece([5]))


def test_an_unknown_stage_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="one of chord, melody, accompaniment, music; got 'drums'"):
        build("drums", TOY, {})


def test_the_paper_preset_has_the_parameters_of_cmt() -> None:
    """39.0 M by CMT's code; ours without a video has the same layers and slightly different words."""
    with torch.device("meta"):
        millions = {
            "unconditional": n_parameters(build("chord", Sizes(), {})) / 1e6,
            "melody": n_parameters(build("melody", Sizes(), {})) / 1e6,
        }
    assert millions["unconditional"] == pytest.approx(39.0, abs=0.1)
    assert millions["melody"] < 47


def test_stages_are_those_of_the_examples() -> None:
    from symmv_tools.training import musprod_examples

    assert STAGES == musprod_examples.STAGES


def test_the_state_of_linear_attention_never_grows() -> None:
    network, read, source = made("melody"), piece([100], bars=9), piece([40], bars=9)
    state = network.start(source)
    begin = _numbers(state)
    for t in range(100):
        _, state = network.step(event(read, t), state)
    assert _numbers(state) == begin


def _numbers(state: Any) -> int:
    """How many numbers lie in a state, at any depth."""
    if isinstance(state, Tensor):
        return state.numel()
    return sum(_numbers(part) for part in state) if isinstance(state, (tuple, list)) else 0


def test_networks_take_their_words_from_outside() -> None:
    fewer = {**WORDS, "pitch": 40}
    network = SourceToMusic(TOY, fewer)
    read = piece([8])
    read.event[..., ATTRIBUTES.index("pitch")].clamp_(max=39)
    assert network(read, next_types(read), read)["pitch"].shape == (1, 8, 40)
