"""How alike embeddings are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cosine_similarity(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the cosine of every row of `a` (n, d) with every row of `b` (m, d), shape (n, m), in [-1, 1].

    A row of zeros has no direction, and one with NaN or infinity none that is known: NaN, which ranks
    worst (`ranks.ranks_of_truth`). Raises ValueError if the two do not have equally many columns.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"embeddings must be (n, d) and (m, d); got shapes {a.shape} and {b.shape}")
    # Rounding may carry the cosine of a row with itself past 1, and so ahead of what is as near.
    return np.clip(_directions(a) @ _directions(b).T, -1.0, 1.0)


def _directions(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rows at length 1, NaN where there is no direction."""
    rows = np.asarray(rows, np.float64)
    largest = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
    usable = np.isfinite(largest) & (largest > 0)
    # By the largest first: the square of 1e-200 would be nothing.
    scaled = np.divide(rows, largest, out=np.full_like(rows, np.nan), where=usable)
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True))
