"""Videos on a plane by what is seen in them: t-SNE of CLIP features averaged over time (SymMV, figure 3b)."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from symmv_tools.dataset.report.reading import batches, data_files, opened, sibling_files
from symmv_tools.dataset.report.statistics import Statistics

FEATURES = "features_semantic"
GENRES = 5
MOST_SONGS = 2000
_FEWEST_SONGS = 10  # below that a map shows nothing
_FEW_SONGS = 400
_SEED = 909


@dataclass(frozen=True)
class VisualMap:
    """`place` is (n, 2), the place of each video, `genre` its genre; `missing` says why there is no map."""

    place: NDArray[np.float64]
    genre: tuple[str, ...]
    missing: str = ""


def visual_map(folder: Path, found: Statistics) -> VisualMap:
    """Map the videos of the five most frequent genres but Pop, at most `MOST_SONGS` of them."""
    if not sibling_files(folder, FEATURES):
        return _nothing("No CLIP features are in this export: `symmv annotate semantic` makes them.")
    genres = found.frequent_genres(GENRES, without="Pop")
    if len(genres) < 2:
        return _nothing(
            "Fewer than two genres besides Pop are known: `symmv annotate shazam "
            "--set shazam.enabled=true` asks for them."
        )
    if find_spec("sklearn") is None:
        return _nothing("The package scikit-learn is not installed: `pip install scikit-learn`.")
    genre_of = _genres(folder, genres)
    seen = dict(islice(_averages(folder, genre_of), MOST_SONGS))
    if len(seen) < _FEWEST_SONGS:
        return _nothing(f"Fewer than {_FEWEST_SONGS} videos have both a genre and CLIP features.")
    ordered = sorted(seen)
    return VisualMap(_plane(np.stack([seen[s] for s in ordered])), tuple(genre_of[s] for s in ordered))


def _nothing(missing: str) -> VisualMap:
    return VisualMap(np.empty((0, 2)), (), missing)


def _plane(features: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE  # type: ignore[import-untyped, unused-ignore]

    # The approximation pays from some hundred points; below, its threads only wait for each other.
    method = "exact" if len(features) <= _FEW_SONGS else "barnes_hut"
    perplexity = min(30.0, (len(features) - 1) / 3)
    mapper = TSNE(perplexity=perplexity, init="pca", random_state=_SEED, method=method, n_jobs=1)
    return np.asarray(mapper.fit_transform(features), np.float64)


def _genres(folder: Path, genres: list[str]) -> dict[str, str]:
    """The genre of each song that has one of these."""
    return {
        row["song_id"]: row["genre"]
        for batch in batches(data_files(folder), ("song_id", "genre"))
        for row in batch.to_pylist()
        if row["genre"] in genres
    }


def _averages(folder: Path, songs: Container[str]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield songs with their average features, row groups in a random but fixed order.

    The features of a million videos are hundreds of gigabytes; who wants some songs reads some row groups.
    """
    files = [opened(path) for path in sibling_files(folder, FEATURES)]
    groups = [(file, group) for file in files for group in range(file.num_row_groups)]
    for i in np.random.default_rng(_SEED).permutation(len(groups)):
        file, group = groups[i]
        rows = file.read_row_group(group, columns=["song_id", "value"])
        for song_id, vectors in zip(rows["song_id"].to_pylist(), rows["value"], strict=True):
            if song_id in songs and vectors.is_valid and len(vectors):
                yield song_id, _average(vectors.values)


def _average(vectors: Any) -> NDArray[np.float64]:
    """The average of equally long vectors over time, as a vector of length one."""
    values = pc.list_flatten(vectors).to_numpy(zero_copy_only=False).astype(np.float64)
    mean = values.reshape(len(vectors), -1).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float64)
