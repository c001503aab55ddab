"""`rendered_tags`: the notes of a song are heard as an evaluation hears them."""

from __future__ import annotations

import numpy as np

from symmv_tools import checkpoints
from symmv_tools.evaluation.retrieval.tagged import Tagger
from symmv_tools.evaluation.systems import Entry
from symmv_tools.io.midi import parse, write
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item
from symmv_tools.stages.rendered_tags import STAGE, RenderedTagsSettings
from tests.evaluation.pieces import tune


def test_a_song_is_heard_as_its_midi_file_is_judged() -> None:
    raw = write(tune(0, 2))
    said = parse(raw, "x")
    item = Item(Song("x"), values={"notes": said.notes.as_group(), "pedal": said.pedal, "midi_quality": None})
    settings = RenderedTagsSettings(model="musicnn-mtt", layer="mean_pool")
    weights = {name: str(checkpoints.locate(name)) for name in STAGE.checkpoints(settings)}
    assert STAGE.run is not None
    (outcome,) = STAGE.run([item], settings, Context(weights=weights))
    assert isinstance(outcome, Done)
    found, judged = outcome.values["features_music"], Tagger(layer="mean_pool")(Entry("x", row={"midi": raw}))
    assert (found["start"], found["rate"]) == (judged["start"], judged["rate"])
    np.testing.assert_array_equal(found["value"], judged["value"])


def test_it_is_off_unless_a_network_is_named() -> None:
    assert not STAGE.enabled(RenderedTagsSettings())
    assert STAGE.checkpoints(RenderedTagsSettings()) == ()
