"""The songs of an export from which a stage of V-MusProd can learn, each read when it is asked for.

Of every song a few bytes are kept (where it is, how long it is); an export of a million is never in memory.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from symmv_tools.dataset.constants import read_constants
from symmv_tools.dataset.load import configs, load
from symmv_tools.dataset.row_groups import ID
from symmv_tools.dataset.rows import Rows
from symmv_tools.errors import BadCall
from symmv_tools.settings import nearest
from symmv_tools.training.chance import generator, order_of
from symmv_tools.training.musprod_examples import (
    COLUMNS,
    FEATURES,
    SEEING,
    STAGES,
    Example,
    ExampleSettings,
    example_of,
)
from symmv_tools.training.musprod_lacks import LOOKED_AT, look


class Songs:
    """The usable songs of an export (or of one `split`) for one stage, as examples.

    `get(i, epoch)` reads song i, 0 to `len(songs)` - 1; crop and transposition depend on seed, epoch and
    song_id alone. `order(epoch)` is the order in which to ask. `left_out` counts the songs that lack
    something, by what; `size` (n,) is how many notes (chords) each target has, before it is cropped. May be
    pickled, so the workers of a DataLoader can each have one.

    Raises BadCall for an export, split or stage that is not there, and where no song can be used.
    """

    def __init__(
        self,
        export: str | os.PathLike[str],
        stage: str,
        settings: ExampleSettings | None = None,
        *,
        split: str | None = None,
        seed: int = 0,
    ) -> None:
        if stage not in STAGES:
            raise BadCall(
                f"there is no stage {stage!r}; there are {', '.join(STAGES)}", nearest(stage, STAGES)
            )
        self.stage, self.settings, self.seed = stage, settings or ExampleSettings(), seed
        export = Path(export)
        self._features = _feature_tables(export, stage, self.settings)
        self._motion_range = _motion_range(export) if self.settings.tempo == "motion" else None
        self._rows = load(export, split=split, columns=COLUMNS)
        found = self._looked(load(export, split=split, columns=LOOKED_AT))
        self._number, self._group, self.size, self.left_out = found
        if len(self._number) == 0:
            why = ", ".join(f"{what}: {count:,}" for what, count in self.left_out.most_common())
            raise BadCall(f"{export} has no song to learn {stage} from ({why or 'it has none at all'})")

    def __len__(self) -> int:
        return len(self._number)

    @property
    def ids(self) -> list[str]:
        """Every song's song_id."""
        ids = self._rows.ids()
        return [ids[number] for number in self._number.tolist()]

    def get(self, index: int, epoch: int = 0) -> Example:
        """Return the example that a song is in an epoch; IndexError if there is no such song."""
        song = self._rows[int(self._number[index])]
        song_id = song["song_id"]
        features = {name: row for name, table in self._features.items() if (row := _row_of(table, song_id))}
        rng = generator(self.seed, epoch, song_id)
        return example_of(song, features, self.stage, self.settings, rng, self._motion_range)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return all songs in the order of an epoch, (n,): shuffled as far as reading allows."""
        return order_of(self._group, self.seed, epoch)

    def _looked(self, rows: Rows) -> _Found:
        """Go through all rows once, and keep of each that can be used where it is and its size."""
        with_motion = _ids_with_values(self._features["motion"]) if "motion" in self._features else None
        found: list[NDArray[np.int64]] = [np.zeros((0, 3), np.int64)]
        left_out: Counter[str] = Counter()
        done = 0
        for group, table in enumerate(rows.tables()):
            lacks, size = look(table, self.stage)
            if with_motion is not None:
                lacks["no motion"] = ~_is_in(table[ID], with_motion)
            usable = np.ones(table.num_rows, bool)
            for what, is_so in lacks.items():
                left_out[what] += int((usable & is_so).sum())
                usable &= ~is_so
            kept = np.flatnonzero(usable)
            found.append(np.stack([done + kept, np.full(len(kept), group), size[kept]], axis=1))
            done += table.num_rows
        number, group_of, sizes = np.concatenate(found).T
        return _Found(number.copy(), group_of.copy(), sizes.copy(), +left_out)


class _Found(NamedTuple):
    """Numbers, row groups and sizes of the songs that can be used, (n,); and how many others lack what."""

    number: NDArray[np.int64]
    group: NDArray[np.int64]
    size: NDArray[np.int64]
    left_out: Counter[str]


def _feature_tables(export: Path, stage: str, settings: ExampleSettings) -> dict[str, Rows]:
    """The tables that this stage reads; chords and undivided music see, the others read chords."""
    wanted = [name for name in FEATURES if stage in SEEING]
    there = configs(export) if export.is_dir() else []
    if settings.tempo == "motion":
        wanted.append("motion")
        if "features_motion" not in there:
            raise BadCall(f"{export} has no features_motion, so its videos have no tempo", _NO_MOTION)
    names = {name: f"features_{name}" for name in wanted if f"features_{name}" in there}
    return {name: load(export, config=config, columns=_OF_FEATURES) for name, config in names.items()}


def _motion_range(export: Path) -> tuple[float, float]:
    found = read_constants(export).motion_range
    if found is None:
        raise BadCall(f"{export} has no motion in its train split, so no range of it", _NO_MOTION)
    return found


_NO_MOTION = "annotate motion and export again, or take the songs' own tempo: tempo = 'song'"
_OF_FEATURES = ("start", "rate", "value")


def _row_of(features: Rows, song_id: str) -> Mapping[str, Any] | None:
    numbers = features.find(song_id)
    return features[numbers[0]] if numbers else None


def _ids_with_values(features: Rows) -> Any:
    """The song_ids of a table of features that are not empty."""
    tables = [
        table.filter(pc.greater(pc.list_value_length(table["value"]), pa.scalar(0)))
        for table in features.tables()
    ]
    return pa.concat_tables([table.select([ID]) for table in tables])[ID].combine_chunks()


def _is_in(ids: Any, known: Any) -> NDArray[np.bool_]:
    is_in: NDArray[np.bool_] = pc.is_in(ids, value_set=known).to_numpy()
    return is_in
