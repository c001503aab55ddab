"""pipeline/joining.py: what the source says of a song counts more than what a stage made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.joining import Join
from symmv_tools.pipeline.run import annotate
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Stage
from symmv_tools.store import Store


def _place(items: Sequence[Item], settings: Any, context: Context) -> Iterator[Outcome]:
    for _ in items:
        yield Done({"audio_video_offset": 7.0})


PLACE = Stage("place", "1.0.0", {"audio_video_offset": pa.float64()}, media=("midi",), run=_place)


def test_a_given_offset_counts_and_the_stage_fills_in_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a.mid").write_text("a", encoding="utf-8")
    store = Store.open(tmp_path / "work", create=True)
    midi = str(tmp_path / "a.mid")
    store.put([Song("test:given", midi=midi, audio_video_offset=1.5), Song("test:open", midi=midi)])
    house = House(store, (PLACE,))
    annotate(house, workers=1)
    rows = {row["song_id"]: row["audio_video_offset"] for row in Join(house, house.nodes()).rows()}
    assert rows == {"test:given": 1.5, "test:open": 7.0}
