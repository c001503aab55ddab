"""The page of a song: whole, offline, and deaf to what titles would like it to do."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from symmv_tools.dataset.page.song_page import song_page

Row = dict[str, Any]
Maker = Callable[..., Row]

SCRIPT = "<script>alert('x')</script>\"' onerror=alert(1) {style}"
STATES: list[Row] = [
    {"stage": "chords", "variant": "paper", "outcome": "done", "seconds": 0.1234},
    {"stage": "shots", "outcome": "failed", "seconds": 2.0, "code": "TRUNCATED", "message": SCRIPT},
    {"stage": "beats", "outcome": "absent", "seconds": None},
]
VOID = {"meta", "img"}


class Page(HTMLParser):
    """Collects tags, links and text, and notes any tag that is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [str(value) for key, value in self.attributes if key == name]


def test_foreign_text_comes_out_as_text(full_song: Maker) -> None:
    row = full_song(song_id=f"folder:{SCRIPT}") | dict.fromkeys(
        ("title", "artist", "album", "license"), SCRIPT
    )
    page = Page(song_page(row, STATES))
    assert page.open == []
    assert "script" not in page.tags
    assert not {name for name, _ in page.attributes if name.startswith("on")}
    assert page.text.count(SCRIPT) >= 6  # <title>, h1, artist, song_id, album, licence, reason


def test_the_page_needs_nothing_else(full_song: Maker) -> None:
    page = Page(song_page(full_song(), STATES))
    assert {source[:22] for source in page.values("src")} == {"data:image/png;base64,"}
    assert page.values("href") == ["https://example.org/v?a=1&b=2"]
    assert not {"link", "script", "iframe"} & set(page.tags)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " https://x", "file:///etc/passwd"]
)
def test_only_web_addresses_become_links(full_song: Maker, url: str) -> None:
    page = Page(song_page(full_song() | {"video_url": url}, []))
    assert page.values("href") == []
    assert url.strip() in page.text


def test_stages_come_with_outcome_seconds_and_reason(midi_only_song: Maker) -> None:
    text = Page(song_page(midi_only_song(), STATES)).text
    for part in ("chords@paper", "done", "0.12", "failed", "TRUNCATED: ", "absent"):
        assert part in text


def test_facts_and_lists_are_there(midi_only_song: Maker) -> None:
    text = Page(song_page(midi_only_song(), [])).text
    for part in ("0:08", "120.0 beats per minute", "C major", "Am7/♭3", "Chords (3)"):
        assert part in text
    assert "Stages" not in text


def test_a_long_song_gets_a_close_up(midi_only_song: Maker) -> None:
    assert Page(song_page(midi_only_song(count=16), [])).tags.count("img") == 1
    assert Page(song_page(midi_only_song(count=120), [])).tags.count("img") == 2


def test_an_empty_row_has_a_page() -> None:
    assert Page(song_page({"song_id": "x"}, [])).open == []


JPEG = b"\xff\xd8\xff\xe0"


def seen() -> Row:
    """What the stages saw in a video of eight seconds."""
    return {
        "contact_sheet": {"time": np.array([1.0, 3.0, 6.0]), "value": [JPEG] * 3},
        "palette": {
            "time": np.array([0.0, 0.0, 4.0]),
            "value": ["#ff0000", "#00ff00", "#0000ff"],
            "share": np.array([0.7, 0.3, 1.0], np.float32),
        },
        "features_motion": {"start": 0.2, "rate": 5.0, "value": [[float(i % 7)] for i in range(38)]},
    }


def test_what_was_seen_in_the_video_is_on_the_page(full_song: Maker) -> None:
    page = Page(song_page(full_song(), STATES, seen()))
    assert page.open == []
    assert page.tags.count("img") == 1 + 1 + 3
    for said in ("0:01 · shot 1 of 3", "0:03 · shot 2 of 3", "0:06 · shot 3 of 3"):
        assert said in page.text


@pytest.mark.parametrize("column", ["contact_sheet", "palette", "features_motion"])
def test_each_of_it_may_be_missing_empty_or_alone(full_song: Maker, column: str) -> None:
    everything = seen()
    empty: Row = {name: [] for name in everything[column]} | {"start": 0.0, "rate": 5.0}
    for part in (
        everything | {column: None},
        everything | {column: empty},
        {column: everything[column]},
    ):
        assert Page(song_page(full_song() | {"shot": None, "beat": None}, STATES, part)).open == []


def test_players_have_names_beside_the_page_and_the_policy_allows_no_other(full_song: Maker) -> None:
    page = song_page(full_song(), STATES, None, {"video": 'a".mp4', "audio": "a.wav"})
    assert "media-src 'self'" in page
    assert Page(page).values("src")[:2] == ["a%22.mp4", "a.wav"]
    assert {"video", "audio"} <= set(Page(page).tags)
    assert not {"video", "audio"} & set(Page(song_page(full_song(), STATES)).tags)


def test_captions_come_with_their_times_and_as_text(full_song: Maker) -> None:
    caption = {"time": np.array([0.0, 5.0]), "duration": np.array([5.0, 3.0]), "value": ["a bird", SCRIPT]}
    page = Page(song_page(full_song() | {"caption": caption}, []))
    assert "Captions (2)" in page.text
    assert SCRIPT in page.text
    assert "script" not in page.tags


def test_the_page_says_how_the_video_lies_beside_the_music(full_song: Maker) -> None:
    match = {"match_score": 0.987, "audio_video_offset": 12.34, "transposition": -2, "tempo_ratio": 1.041}
    page = Page(song_page(full_song() | match, STATES))
    assert "score 0.99, +12.34 s in the video, -2 semitones, 4% slower" in page.text
    same = {"match_score": 1.0, "audio_video_offset": 0.0, "transposition": 0, "tempo_ratio": 1.0}
    assert "score 1.00, +0.00 s in the video" in Page(song_page(full_song() | same, STATES)).text
