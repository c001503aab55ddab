"""Chord and key scores, by mir_eval's comparisons, weighted by time."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import mir_eval
import numpy as np
from mir_eval.chord import InvalidChordException
from numpy.typing import NDArray

from symmv_tools.evaluation.annotations.scores import Score
from symmv_tools.evaluation.annotations.timeline import Labels, compare, weighted_share
from symmv_tools.music.harte import NO_CHORD, ROOTS, pitch_class

_NO_KEY = ""
_CHORD_JUDGES: dict[str, Callable[[list[str], list[str]], NDArray[np.float64]]] = {
    "majmin": mir_eval.chord.majmin,
    "sevenths": mir_eval.chord.sevenths,
    "root": mir_eval.chord.root,
    "mirex": mir_eval.chord.mirex,
}


def chord_scores(found: Labels, true: Labels) -> dict[str, Score]:
    """Return the weighted chord symbol recall `majmin`, `sevenths`, `root` and `mirex`.

    Harte's syntax; see `mir_eval.chord` for what each compares. Time that `true` leaves without a
    label, or labels `X` or outside a comparison's vocabulary, does not count; where `found` says
    nothing it is taken to say `N`. A comparison in which no second counts is missing.
    """
    side_by_side = compare(_encodable(found), _encodable(true), NO_CHORD)
    shares = {name: weighted_share(side_by_side, judge) for name, judge in _CHORD_JUDGES.items()}
    return {name: share for name, share in shares.items() if share is not None}


def _encodable(chords: Labels) -> Labels:
    return chords._replace(label=[_label(label) for label in chords.label])


@lru_cache(maxsize=65536)
def _label(label: str) -> str:
    """Return the label, or `X` for the few that mir_eval takes but cannot compare: maj11 and aug7."""
    try:
        mir_eval.chord.encode(label)
    except InvalidChordException:
        return "X"
    return label


def key_scores(found: Labels, true: Labels) -> dict[str, Score]:
    """Return MIREX's weighted key score of the whole `song` and over `time`, empty if `true` has no key.

    Labels are JAMS keys such as `F#:minor`. 1 for the right key, 0.5 for the one a fifth above, 0.3
    for the relative and 0.2 for the parallel, 0 for others and for none
    (`mir_eval.key.weighted_score`). The key of a whole song is the one that holds longest in all.
    """
    found, true = _respelt(found), _respelt(true)
    share = weighted_share(compare(found, true, _NO_KEY), _judge_keys)
    if share is None:
        return {}
    return {"song": Score(_judge_key(_longest(true), _longest(found))), "time": share}


def _respelt(keys: Labels) -> Labels:
    """Return the keys in a spelling that mir_eval knows, which `Cb` and `E#` are not: `B major`."""
    parts = [label.partition(":") for label in keys.label]
    return keys._replace(label=[f"{ROOTS[pitch_class(tonic)]} {mode}" for tonic, _, mode in parts])


def _longest(keys: Labels) -> str:
    """Return the key that holds longest, the first of equals."""
    seconds: dict[str, float] = {}
    for name, duration in zip(keys.label, keys.duration.tolist(), strict=True):
        seconds[name] = seconds.get(name, 0.0) + duration
    return max(seconds, key=seconds.__getitem__, default=_NO_KEY)


def _judge_keys(true: list[str], found: list[str]) -> NDArray[np.float64]:
    return np.array([_judge_key(t, f) for t, f in zip(true, found, strict=True)])


def _judge_key(true: str, found: str) -> float:
    return float(mir_eval.key.weighted_score(true, found)) if found else 0.0
