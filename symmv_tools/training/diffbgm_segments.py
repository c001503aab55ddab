"""The segments of an export from which Diff-BGM learns, each read when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from symmv_tools.dataset.load import load
from symmv_tools.dataset.siblings import SEGMENTS
from symmv_tools.errors import BadCall
from symmv_tools.music.chord_vectors import WIDTH
from symmv_tools.training.chance import generator, order_of
from symmv_tools.training.diffbgm_examples import COLUMNS, NOTES, Example, SegmentSettings, example_of
from symmv_tools.training.musprod_examples import MELODY


class Segments:
    """The segments of an export (or of one `split`) as examples that know these `conditions`.

    `get(i, epoch)` reads segment i, 0 to `len(segments)` - 1; its transposition depends on seed, epoch, song
    and segment alone. `order(epoch)` is the order in which to ask. May be pickled, so the workers of a
    DataLoader can each have one.

    Raises BadCall for an export or split that is not there, and where it has no segments.
    """

    def __init__(
        self,
        export: str | os.PathLike[str],
        conditions: Collection[str] = (),
        settings: SegmentSettings | None = None,
        *,
        split: str | None = None,
        seed: int = 0,
    ) -> None:
        self.conditions, self.settings, self.seed = tuple(conditions), settings or SegmentSettings(), seed
        columns = ["index", *NOTES, *(COLUMNS[name] for name in self.conditions)]
        self._rows = load(export, config=SEGMENTS, split=split, columns=columns)
        numbers = load(export, config=SEGMENTS, split=split, columns=["index"])
        sizes = [table.num_rows for table in numbers.tables()]
        self._group = np.repeat(np.arange(len(sizes)), sizes)
        if len(self._group) == 0:
            raise BadCall(f"{export} has no segment to learn from", "its songs have no eight bars with notes")

    def __len__(self) -> int:
        return len(self._group)

    def get(self, index: int, epoch: int = 0) -> Example:
        """Return the example that a segment is in an epoch; IndexError if there is no such segment."""
        segment = self._rows[index]
        rng = generator(self.seed, epoch, f"{segment['song_id']} {segment['index']}")
        return example_of(segment, self.conditions, self.settings, rng)

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Return all segments in the order of an epoch, (n,): shuffled as far as reading allows."""
        return order_of(self._group, self.seed, epoch)


def widths_of(export: Path, conditions: Collection[str]) -> dict[str, int]:
    """Return how wide those of these conditions are of which some segment of the export knows something.

    Features are as wide as the first ones, a chord is 36, shots are 1 wide, and a melody, which is a roll, 0.
    """
    widths = {name: _width(export, name) for name in conditions}
    return {name: width for name, width in widths.items() if width is not None}


def _width(export: Path, condition: str) -> int | None:
    for table in load(export, config=SEGMENTS, columns=[COLUMNS[condition]]).tables():
        if condition == "melody":
            track = pc.struct_field(table["note"].combine_chunks(), "track")
            if pc.any(pc.equal(pc.list_flatten(track), pa.scalar(MELODY))).as_py():
                return 0
            continue
        known = table[COLUMNS[condition]].drop_null()
        if len(known):
            return {"chord": WIDTH, "shot": 1}.get(condition) or len(known[0][0])
    return None
