"""Beat and tempo scores, as mir_eval counts them."""

from __future__ import annotations

import mir_eval
import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.annotations.scores import Score

SKIPPED_SECONDS = 5.0
"""mir_eval, like MIREX, leaves out what comes before: people and trackers need time to find the beat."""

_OCTAVES = (1.0, 2.0, 3.0, 1 / 2, 1 / 3)

Times = NDArray[np.float64]


def beat_scores(found: Times, true: Times) -> dict[str, Score]:
    """Return `f` (F-measure at 70 ms), `cmlt` and `amlt` (continuity) of sorted beats in seconds.

    The first 5 s are left out on both sides. CMLt is the share of beats that go on rightly at the
    right tempo, AMLt allows double, half and off-beat too (`mir_eval.beat.continuity`). All are 0
    if one side has nothing; empty if neither has.
    """
    found, true = _trimmed(found), _trimmed(true)
    return _f_measure(found, true) | _continuity(found, true) if len(found) + len(true) else {}


def downbeat_scores(found: Times, true: Times) -> dict[str, Score]:
    """Return `f`, as `beat_scores` does, of the downbeats."""
    found, true = _trimmed(found), _trimmed(true)
    return _f_measure(found, true) if len(found) + len(true) else {}


def tempo_scores(found: float, true: float) -> dict[str, Score]:
    """Return `acc1`, `acc2` and `within_8` of a global tempo in beats per minute: 1 or 0 each.

    Accuracy 1 and 2 of Gouyon et al., "An experimental comparison of audio tempo induction
    algorithms" (2006): within 4 % of the true tempo; or of its double, triple, half or third too.
    `within_8` is Accuracy 1 at 8 %, mir_eval's and MIREX's tolerance.
    """
    off = [abs(found / (true * octave) - 1.0) for octave in _OCTAVES]
    claims = {"acc1": off[0] <= 0.04, "acc2": min(off) <= 0.04, "within_8": off[0] <= 0.08}
    return {name: Score(float(claim)) for name, claim in claims.items()}


def _trimmed(times: Times) -> Times:
    trimmed: Times = mir_eval.beat.trim_beats(times, SKIPPED_SECONDS)
    return trimmed


# mir_eval scores an empty side, and a lone beat, which has no period, as 0 and warns; so do we, in silence.


def _f_measure(found: Times, true: Times) -> dict[str, Score]:
    one_is_empty = not (len(found) and len(true))
    return {"f": Score(0.0 if one_is_empty else float(mir_eval.beat.f_measure(true, found)))}


def _continuity(found: Times, true: Times) -> dict[str, Score]:
    if min(len(found), len(true)) < 2:
        return {"cmlt": Score(0.0), "amlt": Score(0.0)}
    with np.errstate(divide="ignore", invalid="ignore"):  # two beats at one time are wrong, no accident
        _, cmlt, _, amlt = mir_eval.beat.continuity(true, found)
    return {"cmlt": Score(float(cmlt)), "amlt": Score(float(amlt))}
