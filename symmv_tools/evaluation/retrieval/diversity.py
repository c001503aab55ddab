"""How unlike one another generated pieces are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.stats import t

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.bootstrap import LEVEL


class Diversity(NamedTuple):
    """What `diversity` returns.

    `value` is Eq. 11 averaged over the halvings and `spread` the standard deviation between them, by which a
    single halving is off. `all_pairs` is what `value` tends to with ever more halvings; its
    95 % `interval` (None where there are not three songs) says how far other pieces would have led elsewhere.
    """

    value: float
    spread: float
    all_pairs: float
    interval: tuple[float, float] | None
    half: int
    repeats: int


def diversity(
    features: NDArray[np.floating],
    repeats: int = 100,
    seed: int = 0,
    *,
    half: int | None = None,
    songs: NDArray[np.generic] | None = None,
) -> Diversity:
    """Return how far apart the `features` (n, d) of pieces are, by Eq. 11 of Diff-BGM (2024).

    The pieces are divided at random into two sets of `half`, and the mean is taken of the L2 distances,
    not squared, between the i-th of one and the i-th of the other. The paper does not say how large the sets
    are: ours hold half of the pieces each. Nor does it say how often: ours are drawn `repeats` times.
    Every pair is as likely as any other, so the size of the sets moves `spread`, not what is measured.

    `songs` (n,) names the song of each row where rows are segments; the interval leaves out songs.

    Raises BadCall if there are not two pieces or `half` does not fit, and ValueError for NaN or infinity.
    """
    rows = features.astype(np.float64)
    half = len(rows) // 2 if half is None else half
    _check(rows, half, repeats)
    halvings = _halvings(rows, half, repeats, np.random.default_rng(seed))
    all_pairs, interval = _all_pairs(rows, np.arange(len(rows)) if songs is None else songs)
    spread = float(halvings.std(ddof=1)) if repeats > 1 else float("nan")
    return Diversity(float(halvings.mean()), spread, all_pairs, interval, half, repeats)


def _halvings(
    features: NDArray[np.float64], half: int, repeats: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Return Eq. 11 of each halving, shape (repeats,)."""
    found = np.empty(repeats)
    for repeat in range(repeats):
        one, other = random.permutation(len(features))[: 2 * half].reshape(2, half)
        found[repeat] = np.linalg.norm(features[one] - features[other], axis=1).mean()
    return found


def _all_pairs(
    features: NDArray[np.float64], songs: NDArray[np.generic]
) -> tuple[float, tuple[float, float] | None]:
    """Return the mean distance of two different rows and its interval, by leaving out one song at a time.

    Arvesen, "Jackknifing U-statistics" (1969), with Student's t. Drawing with replacement would pair pieces
    with themselves, at distance 0.
    """
    names, of, sizes = np.unique(songs, return_inverse=True, return_counts=True)
    touching, within = np.empty(len(names)), np.empty(len(names))
    for song in range(len(names)):
        away = cdist(features[of == song], features)
        touching[song], within[song] = away.sum(), away[:, of == song].sum()
    n, total = len(features), touching.sum()
    value = float(total / (n * (n - 1)))
    left = n - sizes
    if len(names) < 3 or left.min() < 2:
        return value, None
    without = (total - 2 * touching + within) / (left * (left - 1))
    freedom = len(names) - 1
    error = np.sqrt(freedom * without.var())
    reach = float(t.ppf((1 + LEVEL) / 2, freedom) * error)
    return value, (max(value - reach, 0.0), value + reach)


def _check(features: NDArray[np.float64], half: int, repeats: int) -> None:
    if features.ndim != 2 or not np.isfinite(features).all():
        raise ValueError(f"features must be finite numbers, (n, d); got shape {features.shape}, or NaN in it")
    if not 1 <= half <= len(features) // 2 or repeats < 1:
        raise BadCall(
            f"two sets of {half} pieces cannot be drawn {repeats} times from {len(features)} pieces",
            "diversity needs two pieces, sets of at most half of them, and one halving or more",
        )
