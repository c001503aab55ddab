"""Stage `midi_quality`: implausible transcriptions are rejected with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields

import pyarrow as pa

from symmv_tools.music.notes import from_group
from symmv_tools.music.quality import QualityLimits, QualityStatistics, refusal, statistics
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected, Stage

QUALITY = pa.struct([(field.name, pa.float64()) for field in fields(QualityStatistics)])


def run(songs: Sequence[Item], settings: QualityLimits, context: Context) -> Iterator[Outcome]:
    """Give each song its statistics, or say which limit it breaks."""
    for item in songs:
        found = statistics(from_group(item.values["notes"]))
        refused = refusal(found, settings)
        yield Rejected(*refused) if refused else Done({"midi_quality": asdict(found)})


STAGE = Stage(
    name="midi_quality",
    version="1.0.0",
    needs=("notes",),
    makes={"midi_quality": QUALITY},
    settings=QualityLimits,
    run=run,
    about="Statistics of the notes; fragmented or implausible transcriptions are rejected with a reason.",
)
