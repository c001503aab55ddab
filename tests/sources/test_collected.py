"""What all sources share."""

from __future__ import annotations

import os
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.sources.collected import spelled, storable, video_has_audio


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (object(), True),
        (None, False),
        (BadMedium("TRUNCATED", "no moov atom"), False),
        (OSError(5, "bad disk"), False),
    ],
)
def test_a_video_that_cannot_be_read_has_no_sound(
    monkeypatch: pytest.MonkeyPatch, answer: object, heard: bool
) -> None:
    def probe(path: str) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    audio = types.ModuleType("audio")
    audio.probe = probe  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "symmv_tools.io.audio", audio)
    assert video_has_audio("x.mp4") is heard


@given(st.text())
def test_text_is_storable_if_utf_8_can_hold_it(text: str) -> None:
    def encodes() -> bool:
        try:
            return text.encode() is not None
        except UnicodeEncodeError:
            return False

    assert storable(text) == encodes()


@given(st.text() | st.binary().map(os.fsdecode))
def test_every_name_can_be_spelled_on_one_line(name: str) -> None:
    shown = spelled(name)
    assert storable(shown)
    assert len(shown.splitlines()) <= 1
    if storable(name) and name.isprintable() and len(name) <= 120:
        assert shown == name


def test_undecodable_bytes_are_spelled_out() -> None:
    assert spelled(os.fsdecode(b"caf\xe9.mp3")) == r"caf\xe9.mp3"
    assert spelled("half \ud800") == r"half \xed\xa0\x80"
