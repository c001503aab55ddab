"""The best readings of a title by a table of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from symmv_tools.sources.title_features import Features, Reading, Span, spans

Weights = Mapping[str, float]
MOST_SPANS = 24
"""Spans per role whose combinations are looked at."""
MARGIN = 8.0
"""Combinations whose spans alone are this much worse than the best ones' are not looked at (e^-8: never)."""


def best_readings(features: Features, weights: Weights) -> list[tuple[float, Reading]]:
    """Readings with their scores (natural logarithms, up to a constant), best first."""
    artists, songs = (_best_spans(features, role, weights) for role in "AS")
    pairs = [
        (one + other, Reading(artist, song))
        for other, song in songs
        for one, artist in artists
        if artist.end <= song.begin or song.end <= artist.begin
    ]
    least = max((score for score, _ in pairs), default=0.0) - MARGIN
    found = [(score, reading) for score, reading in pairs if score >= least]
    found += [(score, Reading(None, song)) for score, song in songs]
    scored = [(score + _sum(features.of_reading(r), weights), r) for score, r in found]
    return sorted(scored, key=lambda s: -s[0])


def _best_spans(features: Features, role: str, weights: Weights) -> list[tuple[float, Span]]:
    """The best spans of a role, by what they gain over leaving their words to nobody."""
    text = features.text
    n = len(text)
    gain = [
        _sum(features.of_word(role, k), weights) - _sum(features.of_word("O", k), weights) for k in range(n)
    ]
    words = list(accumulate(gain, initial=0.0))
    gaps = list(accumulate((_sum(features.of_gap(role, k), weights) for k in range(n)), initial=0.0))
    left = [_sum(features.of_left(role, k), weights) for k in range(n)]
    right = [_sum(features.of_right(role, k), weights) if k else 0.0 for k in range(n + 1)]
    scored = [
        (left[b] + right[e] + words[e] - words[b] + gaps[e] - gaps[b + 1], Span(b, e))
        for b, e in spans(text, role)
    ]
    scored = sorted(scored, reverse=True)[: 4 * MOST_SPANS]
    scored = [(score + _sum(features.of_span(role, span), weights), span) for score, span in scored]
    return sorted(scored, reverse=True)[:MOST_SPANS]


def _sum(names: Sequence[str], weights: Weights) -> float:
    return sum([weights.get(name, 0.0) for name in names])
