"""What music that knows little of its video scores with the same judge: real music, dealt out anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.retrieval.videos import Videos

RANDOM, TEMPO = "random music", "tempo only"

_SEED = 0

Made = tuple[NDArray[np.int64], NDArray[np.float32]]
"""The video that each piece is for, (n,), and what the judge hears in it, (n, d)."""


def baselines(truth: NDArray[np.int64], vector: NDArray[np.float32], videos: Videos) -> dict[str, Made]:
    """Return systems that give each video the real music of another, by their names in tables.

    `truth` (n,) and `vector` (n, d) are the real pieces. `random music` takes any; `tempo only` the one whose
    tempo is nearest, in octaves, to the tempo that V-MusProd makes of the video's motion, and is left out
    where motion or tempos are not known.
    """
    others = videos.clip[truth][:, None] != videos.clip[truth][None]  # (n, n)
    if not others.any(axis=1).all():
        return {}
    found = {RANDOM: (truth, vector[_any(others)])}
    far = np.abs(np.log2(videos.bpm[truth][:, None] / videos.tempo[truth][None]))
    far[~others] = np.nan
    told = np.flatnonzero(~np.isnan(far).all(axis=1))
    if len(told):
        found[TEMPO] = (truth[told], vector[np.nanargmin(far[told], axis=1)])
    return found


def _any(others: NDArray[np.bool_]) -> NDArray[np.int64]:
    """One of the true columns of each row, (n,)."""
    drawn = np.random.default_rng(_SEED).random(others.shape)
    return np.asarray(np.where(others, drawn, -1.0).argmax(axis=1))
