"""Shazam's stages against a service like it on loopback: right answers, none, and hostile ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shazamio.misc
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.io import shazam as client
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Failed, Item, Outcome, Stage
from symmv_tools.stages import shazam, shazam_by_id
from tests.loopback.services import Services, serving
from tests.media import tone, write_audio

TRACK = {
    "key": "40333609",
    "title": "Yellow",
    "subtitle": "Coldplay",
    "isrc": "GBAYE0000267",
    "genres": {"primary": "Alternative"},
    "sections": [
        {
            "type": "SONG",
            "metadata": [{"title": "Label", "text": "P"}, {"title": "Album", "text": "Parachutes"}],
        },
        {"type": "LYRICS", "text": ["Look at the stars", "", "Look how they shine for you"]},
    ],
}
KNOWN = {
    "title": "Yellow",
    "artist": "Coldplay",
    "genre": "Alternative",
    "lyrics": "Look at the stars\n\nLook how they shine for you",
    "shazam_id": "40333609",
    "isrc": "GBAYE0000267",
    "album": "Parachutes",
}
NOTHING = dict.fromkeys(KNOWN)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Services]:
    monkeypatch.setenv("SYMMV_STATE", str(tmp_path / "state"))
    with serving(Services(track=TRACK)) as running:
        for name in ("SEARCH_FROM_FILE", "ABOUT_TRACK"):
            url = getattr(shazamio.misc.ShazamUrl, name).replace("https://amp.shazam.com", running.url)
            monkeypatch.setattr(shazamio.misc.ShazamUrl, name, url)
        yield running


@pytest.fixture
def heard(tmp_path: Path) -> Item:
    write_audio(tmp_path / "tone.wav", tone(20, 22050))
    return Item(Song("test:heard", audio=str(tmp_path / "tone.wav")))


def outcomes(stage: Stage, *items: Item) -> list[Outcome]:
    settings = stage.settings(enabled=True, requests_per_minute=60_000.0, timeout_seconds=0.5)
    assert stage.run is not None
    return list(stage.run(items, settings, Context()))


def test_a_recording_is_asked_for_by_its_signature_and_nothing_else(services: Services, heard: Item) -> None:
    assert outcomes(shazam.STAGE, heard) == [Done(KNOWN)]
    ((method, path, _, body),) = services.requests
    assert method == "POST"
    assert "/-/tag/" in path
    assert set(json.loads(body)) == {"timezone", "signature", "timestamp", "context", "geolocation"}
    assert json.loads(body)["signature"]["samplems"] == pytest.approx(12_000, abs=500)


def test_a_known_id_is_looked_up(services: Services) -> None:
    assert outcomes(shazam_by_id.STAGE, Item(Song("test:id", shazam_id="40333609"))) == [Done(KNOWN)]
    assert "/-/track/40333609?" in services.requests[0][1]


@pytest.mark.parametrize("shazam_id", ["../../x", "-1", "", "1" * 50, "4\u0664"])
def test_an_id_that_is_none_is_not_asked_for(services: Services, shazam_id: str) -> None:
    (outcome,) = outcomes(shazam_by_id.STAGE, Item(Song("test:id", shazam_id=shazam_id)))
    assert outcome == Done({**NOTHING, "shazam_id": shazam_id})
    assert not services.requests


def test_what_shazam_does_not_know_is_null(services: Services, heard: Item) -> None:
    services.track = None
    assert outcomes(shazam.STAGE, heard) == [Done(NOTHING)]
    by_id = Item(Song("test:id", shazam_id="7"))
    assert outcomes(shazam_by_id.STAGE, by_id) == [Done({**NOTHING, "shazam_id": "7"})]


def test_a_match_at_another_speed_is_none(services: Services, heard: Item) -> None:
    services.matches = [{"timeskew": 0.02, "frequencyskew": 0.0}]
    assert outcomes(shazam.STAGE, heard) == [Done(NOTHING)]


def test_silence_costs_no_request(services: Services, tmp_path: Path) -> None:
    write_audio(tmp_path / "silence.wav", np.zeros(22050 * 3))
    silence = Item(Song("test:silence", audio=str(tmp_path / "silence.wav")))
    assert outcomes(shazam.STAGE, silence) == [Done(NOTHING)]
    assert not services.requests


@pytest.mark.parametrize("fault", ["garbage", "stall", "429", "huge", "redirect"])
def test_a_fault_fails_the_song_so_that_it_can_be_retried(
    services: Services, heard: Item, fault: str
) -> None:
    services.faults = [fault]
    (outcome,) = outcomes(shazam.STAGE, heard)
    assert isinstance(outcome, Failed)
    assert outcome.retryable
    assert "Shazam" in outcome.message


def test_a_service_that_breaks_once_is_forgiven(services: Services, heard: Item) -> None:
    services.faults = ["500"]
    assert outcomes(shazam.STAGE, heard) == [Done(KNOWN)]


@pytest.mark.parametrize(("fault", "code"), [("stall", "UNREACHABLE"), ("403", "REFUSED"), ("429", "BUSY")])
def test_a_trouble_that_lasts_is_met_by_the_first_song_alone(
    services: Services, heard: Item, fault: str, code: str
) -> None:
    services.faults = [fault]
    found = outcomes(shazam.STAGE, heard, heard, heard)
    assert [getattr(outcome, "code", "") for outcome in found] == [code] * 3
    assert len(services.requests) == 1


def test_shazam_is_not_asked_unless_the_settings_say_so() -> None:
    for stage in (shazam.STAGE, shazam_by_id.STAGE):
        assert not stage.enabled(stage.settings())


# --- hostile answers ------------------------------------------------------------------------------

words = st.text() | st.sampled_from(["\ud800", "<script>alert(1)</script>", "\u202e", "x" * 30_000, "\x00"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)  # the first table is slow to make
@given(st.data())
def test_a_track_of_any_shape_gives_texts_or_nulls_that_a_table_can_hold(data: st.DataObject) -> None:
    broken: dict[str, Any] = {name: data.draw(values | st.just(value)) for name, value in TRACK.items()}
    if isinstance(broken["sections"], list):
        broken["sections"] = [*broken["sections"], {"type": "LYRICS", "text": data.draw(values)}]
    found = client.facts(data.draw(st.just(broken) | values))
    assert set(found) == set(client.FIELDS)
    for text in found.values():
        pa.array([text], pa.string()).validate(full=True)
        assert text is None or 0 < len(text) <= 20_000


def test_texts_lose_what_a_terminal_would_obey() -> None:
    track = {"genres": {"primary": " \x1b[31mRock\u202e\ud800\x00 "}, "key": 12}
    assert client.facts(track) == {**NOTHING, "genre": "[31mRock", "shazam_id": "12"}
