"""Stage `tempo`: tempo curve, tempo of the whole song and time signatures, from the beats.

SymMV's paper calculates the tempo "from beat and downbeat positions" and gives no formula; ours is
chosen by us and the same in every preset, which differ in where the beats come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from symmv_tools import row
from symmv_tools.music.tempo import global_tempo, tempo_curve, time_signatures
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


@dataclass(frozen=True)
class TempoSettings:
    """When tempo and metre count as changed."""

    tolerance: float = semantic(0.08, "relative difference in beat length that is no change of tempo")
    steady_bars: int = semantic(4, "bars in a row that another length of bar must last to be a new metre")


def run(songs: Sequence[Item], settings: TempoSettings, context: Context) -> Iterator[Outcome]:
    """Give each song its tempo; without two beats the lists are empty and `tempo_global` is null."""
    for item in songs:
        yield Done(_tempo(item.values["beat"], settings))


def _tempo(beat: Mapping[str, Any], settings: TempoSettings) -> dict[str, Any]:
    time = np.asarray(beat["time"], np.float64)
    curve = tempo_curve(time, settings.tolerance)
    metre = time_signatures(time, np.asarray(beat["value"], np.uint8), settings.steady_bars)
    return {
        "tempo": {
            "time": curve.time,
            "duration": curve.duration,
            "value": curve.bpm.astype(np.float32),
            "confidence": curve.confidence.astype(np.float32),
        },
        "tempo_global": global_tempo(time),
        "time_signature": metre._asdict(),
    }


STAGE = Stage(
    name="tempo",
    version="1.1.0",
    needs=("beat",),
    makes={"tempo": row.TEMPO, "tempo_global": pa.float64(), "time_signature": row.TIME_SIGNATURE},
    settings=TempoSettings,
    run=run,
    about="Tempo curve, global tempo (from the median of four beats) and time signatures.",
)
