"""What ties songs together, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.dataset.ties import page_of, ties

pytestmark = pytest.mark.quick

SHA = "ab" * 32
ID = "dQw4w9WgXcQ"


def tied(one: dict[str, Any], other: dict[str, Any], *by: str) -> bool:
    return bool(set(ties(one, by)) & set(ties(other, by)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"audio_sha256": SHA}, {"video_sha256": SHA}),
        ({"midi_sha256": SHA}, {"midi_sha256": SHA}),
        ({"video_url": f"https://youtu.be/{ID}"}, {"cover_url": f"https://www.youtube.com/watch?v={ID}&t=3"}),
        ({"shazam_id": "5"}, {"shazam_id": "5"}),
        ({"isrc": "GB-AYE-69-00532"}, {"isrc": "gbaye6900532"}),
        ({"recording": "x"}, {"recording": "x"}),
        ({"title": "Señorita!", "artist": "Shawn Mendes"}, {"title": "senorita", "artist": "SHAWN  MENDES"}),
    ],
)
def test_what_is_the_same_ties(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert tied(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"audio_sha256": "unreadable"}, {"audio_sha256": "unreadable"}),
        ({"isrc": "N/A"}, {"isrc": "N/A"}),
        ({"isrc": "GBAYE6900532"}, {"shazam_id": "GBAYE6900532"}),
        ({"title": "Yellow"}, {"title": "Yellow"}),
        ({"title": "???", "artist": "!!!"}, {"title": "???", "artist": "!!!"}),
        ({"title": "a b", "artist": "c"}, {"title": "a", "artist": "b c"}),
        ({"artist": "Coldplay", "channel_id": "UC1"}, {"artist": "Coldplay", "channel_id": "UC1"}),
        ({"video_url": f"https://youtu.be/{ID}"}, {"video_url": f"https://youtu.be/{ID.lower()}"}),
        ({"video_url": None, "shazam_id": ""}, {"video_url": None, "shazam_id": ""}),
    ],
)
def test_what_says_nothing_ties_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not tied(one, other)


def test_artist_and_channel_tie_where_they_are_asked_to() -> None:
    assert tied({"artist": "Coldplay"}, {"artist": "COLDPLAY"}, "artist")
    assert tied({"channel_id": "UC1"}, {"channel_id": "UC1"}, "channel")
    assert not tied({"channel_id": "UC1"}, {"channel_id": "UC1"}, "artist")


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (f"https://www.youtube.com/watch?v={ID}", f"youtube:{ID}"),
        (f"http://m.youtube.com/watch?list=PL1&v={ID}#t=1", f"youtube:{ID}"),
        (f"https://music.youtube.com/watch?v={ID}", f"youtube:{ID}"),
        (f"https://youtu.be/{ID}?si=abc", f"youtube:{ID}"),
        (f"https://www.youtube.com/shorts/{ID}/", f"youtube:{ID}"),
        (f"https://www.youtube-nocookie.com/embed/{ID}", f"youtube:{ID}"),
        ("https://www.bilibili.com/video/BV1jt411B7zD?", "bilibili:BV1jt411B7zD"),
        ("https://m.bilibili.com/video/BV1jt411B7zD/?spm_id_from=1&p=2", "bilibili:BV1jt411B7zD:2"),
        ("https://www.youtube.com/@somebody1", "youtube.com/@somebody1"),
        ("http://www.Example.org/a/?x=1#top", "example.org/a?x=1"),
        ("http://[half", "http://[half"),
        ("no address", "no address"),
    ],
)
def test_one_page_has_one_name(url: str, page: str) -> None:
    assert page_of(url) == page


@given(st.text())
def test_any_text_is_some_page(url: str) -> None:
    assert isinstance(page_of(url), str)
