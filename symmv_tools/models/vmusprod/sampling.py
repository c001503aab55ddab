"""Drawing music from a network: event by event, attribute by attribute, within the rules."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmv_tools.models.vmusprod.embedding import TokenBatch
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.grammar import Grammar, Place
from symmv_tools.music.tokens.vocabulary import ATTRIBUTES, NOTE, QUALITY, ROOT, TYPE, USES


class Choice(NamedTuple):
    """How an attribute is drawn: logits over `temperature`, 0 for the likeliest, of the likeliest classes.

    Those together have the probability `top_p` or more (Holtzman et al., 2020); 1 means all.
    """

    temperature: float = 1.0
    top_p: float = 0.95


class Sampled(NamedTuple):
    """B pieces of music: the events (n, 6) of each, without START and END.

    `log_likelihood` (B,) is what the network gives them in nats, as it was trained but for what the rules
    forbid, per event and END.
    """

    events: list[NDArray[np.int64]]
    log_likelihood: NDArray[np.float64]


def check(choices: Mapping[str, Choice]) -> None:
    """Raise ValueError for attributes that there are not and numbers that make no sense."""
    for name, choice in choices.items():
        if name not in ATTRIBUTES:
            raise ValueError(f"there is no attribute {name!r}; there are {', '.join(ATTRIBUTES)}")
        if not (math.isfinite(choice.temperature) and choice.temperature >= 0):
            raise ValueError(f"the temperature of {name} must be 0 or more; got {choice.temperature}")
        if not 0 < choice.top_p <= 1:
            raise ValueError(f"the top-p of {name} must lie above 0 and up to 1; got {choice.top_p}")


@torch.no_grad()
def sample(
    network: Generator,
    condition: Any,
    grammar: Grammar,
    tempo: int,
    *,
    variants: int = 1,
    choices: Mapping[str, Choice] | None = None,
    chance: torch.Generator,
    watch: Callable[[int], None] | None = None,
) -> Sampled:
    """Draw `variants` pieces for each of the B conditions, all at once, until every one has ended.

    `condition` is what `network.encode` takes; without one B is 1. `tempo` is its class. `choices` are by
    attribute; others are drawn as `Choice()` says. `chance`, on the network's device, decides; the same one,
    the same number of pieces and the same device give the same music. `watch` hears the least number of bars
    begun. Besides the music itself, memory does not grow with its length where attention is linear.
    """
    choices = choices or {}
    check(choices)
    state = network.start(condition, variants)
    place = grammar.start(_rows(state.decoder.memory, variants))
    said, total = [], torch.zeros(len(place.bar), device=place.bar.device)
    while not bool(place.has_ended.all()):
        hidden, state = network.step(_read(place, tempo, grammar), state)
        event, likelihood = _next(network, hidden, grammar, place, choices, chance)
        place = grammar.after(event, place)
        said.append(event)
        total += likelihood
        if watch is not None and len(said) % 64 == 0:
            watch(int(place.bar.min()) + 1)
    return _collected(torch.stack(said, dim=1), total)


def _rows(memory: Any, variants: int) -> int:
    return variants if memory is None else len(memory.value)


def _read(place: Place, tempo: int, grammar: Grammar) -> TokenBatch:
    """The last events as the network reads them."""
    bar = place.bar.clamp(min=0)
    return TokenBatch(
        place.last[:, None],
        bar[:, None],
        place.beat[:, None],
        torch.full_like(bar, tempo),
        grammar.timing(place)[:, None],
        torch.ones_like(bar[:, None], dtype=torch.bool),
    )


def _next(
    network: Generator,
    hidden: Tensor,
    grammar: Grammar,
    place: Place,
    choices: Mapping[str, Choice],
    chance: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """The next events (B, 6) and their log-likelihoods (B,): type first, root before quality."""
    event = torch.zeros_like(place.last)
    logits = network.heads.type_head(hidden)
    event[:, TYPE], total = _drawn(logits, grammar.types(place), choices.get("type", Choice()), chance)
    others = network.heads.given_type(hidden, event[:, TYPE])
    for name in ("bar_beat", *(("pitch", "duration") if grammar.says == NOTE else ("root", "quality"))):
        column = ATTRIBUTES.index(name)
        has_it = torch.isin(event[:, TYPE], _users(column).to(event.device))
        mask = grammar.quality(place, event[:, ROOT]) if column == QUALITY else getattr(grammar, name)(place)
        drawn, likelihood = _drawn(others[name], mask, choices.get(name, Choice()), chance)
        event[:, column] = torch.where(has_it, drawn, 0)
        total = total + torch.where(has_it, likelihood, 0.0)
    return event, total


def _users(column: int) -> Tensor:
    """The types that use a column."""
    return torch.tensor([kind for kind, columns in USES.items() if column in columns])


def _drawn(logits: Tensor, mask: Tensor, choice: Choice, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Classes (B,) of `logits` (B, classes) among those of `mask`, and their log-likelihoods."""
    allowed = logits.float().masked_fill(~mask, -torch.inf)
    if choice.temperature == 0:
        drawn = allowed.argmax(dim=-1)
    else:
        likely = likeliest((allowed / choice.temperature).softmax(dim=-1), choice.top_p)
        drawn = torch.multinomial(likely, 1, generator=chance)[:, 0]
    return drawn, allowed.log_softmax(dim=-1).gather(-1, drawn[:, None])[:, 0]


def likeliest(probability: Tensor, top_p: float) -> Tensor:
    """Return `probability` (…, classes) with 0 for all but the fewest that together reach `top_p`."""
    if top_p >= 1.0:
        return probability
    ordered, order = probability.sort(dim=-1, descending=True)
    before = ordered.cumsum(dim=-1) - ordered
    kept = ordered.masked_fill(before >= top_p, 0.0)
    return torch.zeros_like(probability).scatter(-1, order, kept)


def _collected(events: Tensor, total: Tensor) -> Sampled:
    """What was said (B, n, 6), each until its END."""
    is_music = torch.isin(events[..., TYPE], torch.tensor(list(USES), device=events.device))
    count = is_music.sum(dim=1)
    music = [event[:n].cpu().numpy() for event, n in zip(events, count.tolist(), strict=True)]
    return Sampled(music, (total / (count + 1)).double().cpu().numpy())
