"""What others are asked reaches the export: after what a song brings, and with the name of who said it."""

from __future__ import annotations

from pathlib import Path

import pytest

from symmv_tools.engines.local import LocalEngine
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.joining import Join
from symmv_tools.pipeline.run import annotate
from symmv_tools.song import Song
from symmv_tools.stages import read_midi, style
from tests.media import write_song


def test_what_a_song_brings_wins_and_provenance_names_the_model_of_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMMV_STATE", str(tmp_path / "state"))
    write_song(tmp_path / "song.mid")
    midi = str(tmp_path / "song.mid")
    house = House.open(tmp_path / "work", create=True, stages=[read_midi.STAGE, style.STAGE])
    house.active.change(None, ["style.command=echo pop", "style.model=toy", "style.requests_per_minute=6000"])
    house.store.put([Song("a:1", "Yellow", "Coldplay", midi=midi)])
    house.store.put([Song("a:2", "Yellow", "Coldplay", midi=midi, style="Britpop")])
    house.store.put([Song("a:3", "Yellow", midi=midi)])
    annotate(house, workers=1)
    rows = list(Join(house, house.nodes()).rows())
    house.store.close()
    assert [row["style"] for row in rows] == ["pop", "Britpop", None]
    models = [{p["stage"]: p["model"] for p in row["provenance"]} for row in rows]
    assert models == [{"read_midi": None, "style": "llm:toy"}, {"read_midi": None}, {"read_midi": None}]


def test_a_lane_that_waits_for_the_web_takes_no_place_of_the_cpu() -> None:
    engine = LocalEngine(workers=2)
    assert engine.queue("web:shazam") == "web:shazam"
    assert engine.slots("web:shazam") == 1
    assert {engine.queue(lane) for lane in ("cpu", "gpu", "madmom")} == {"cpu"}
    assert engine.slots("cpu") == engine.slots("madmom") == 2
