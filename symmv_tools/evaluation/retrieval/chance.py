"""What guessing scores, in closed form: the row without which no other row means anything.

All say that the rank of the truth among M candidates is uniform on 1 to M, as it is where similarities say
nothing and do not tie.
"""

from __future__ import annotations

import numpy as np


def precision_by_chance(k: int, pool_size: int) -> float:
    """Return P@K of guessing, K/M: 7.8, 15.6 and 31.3 % at K = 5, 10, 20 of M = 64; 7.1, 14.3, 28.6 of 70."""
    return min(k, pool_size) / pool_size


def rank_by_chance(pool_size: int) -> float:
    """Return the mean rank of guessing, (M + 1)/2, which is the median too: 32.5 of 64 and 35.5 of 70."""
    return (pool_size + 1) / 2


def reciprocal_rank_by_chance(pool_size: int) -> float:
    """Return the mean reciprocal rank of guessing, (1 + 1/2 + … + 1/M)/M: 0.0741 of 64 and 0.0690 of 70."""
    return float(np.mean(1 / np.arange(1, pool_size + 1)))
