"""Feeds read, sites told from hosts, settings as text: the parts of the web client that need no web."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.io.web import feed
from symmv_tools.io.web.downloader import options, site_of
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.settings import make

pytestmark = pytest.mark.quick

TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda t: t == t.strip())
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:yt="http://www.youtube.com/xml/schemas/2015">{}</feed>'
)
RSS = '<rss version="2.0"><channel><title>The channel</title>{}</channel></rss>'


@given(st.lists(TITLES, max_size=4))
def test_an_atom_feed_is_read_as_it_was_written(titles: list[str]) -> None:
    entries = "".join(
        f"<entry><yt:videoId>x</yt:videoId><title>{escape(title)}</title>"
        f'<link rel="self" href="https://no"/><link rel="alternate" href={quoteattr(f"https://x/?v={i}&a=b")}/>'
        f"<author><name>me</name></author></entry>"
        for i, title in enumerate(titles)
    )
    found = list(feed.items(ATOM.format(entries).encode()))
    assert found == [feed.Item(f"https://x/?v={i}&a=b", title, "me") for i, title in enumerate(titles)]


def test_rss_items_have_links_or_enclosures() -> None:
    items = (
        "<item><title>one</title><link>\n https://x/1 </link></item>"
        '<item><title>two</title><enclosure url="https://x/2.mp3" type="audio/mpeg"/></item>'
        "<item><title>not of the web</title><link>file:///etc/passwd</link></item>"
        "<item><title>nowhere</title></item>"
    )
    found = list(feed.items(RSS.format(items).encode()))
    assert found == [
        feed.Item("https://x/1", "one", "The channel"),
        feed.Item("https://x/2.mp3", "two", "The channel"),
    ]


@pytest.mark.parametrize("junk", ["", "<rss>", "<html></html>", "\x00", "<feed/>", "{}"])
def test_what_is_no_feed_has_no_items(junk: str) -> None:
    assert list(feed.items(junk.encode())) == []


def test_a_bomb_of_entities_is_not_lit() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + RSS.format(
        "<item><title>&b;</title><link>https://x/1</link></item>"
    )
    assert list(feed.items(bomb.encode())) == []


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'<?xml version="1.0"?>\n<rss version="2.0">', True),
        (b'<feed xmlns="http://www.w3.org/2005/Atom">', True),
        (b"<!doctype html><html><body>", False),
        (b"\x00\x00\x00 ftypmp42", False),
        (b"", False),
    ],
)
def test_a_feed_is_told_by_its_beginning(head: bytes, expected: bool) -> None:
    assert feed.is_feed(head) is expected


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.youtube.com/watch?v=x", "youtube.com"),
        ("https://rr3---sn-i5heen7s.googlevideo.com/videoplayback", "googlevideo.com"),
        ("https://www.bbc.co.uk/x", "bbc.co.uk"),
        ("https://example.org.", "example.org"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("http://[::1]:8080/x", "::1:8080"),
        ("http://localhost/x", "localhost"),
        ("http://[broken", "unreadable"),
        ("ytsearch5:foo", ""),
    ],
)
def test_hosts_of_one_owner_are_one_site(url: str, site: str) -> None:
    assert site_of(url) == site


def test_settings_survive_toml_and_say_what_they_mean() -> None:
    settings = WebSettings(videos_per_hour=100.0, proxy="http://127.0.0.1:1")
    text = tomli_w.dumps(dataclasses.asdict(settings))
    assert make(WebSettings, tomllib.loads(text), "settings.toml [web]") == settings
    assert all(len(field.metadata["meaning"]) > 20 for field in dataclasses.fields(WebSettings))


def test_nothing_that_is_unset_is_given_to_yt_dlp(tmp_path: Path) -> None:
    chosen = options(WebSettings(), tmp_path, print)
    assert not {"cookiefile", "proxy", "http_headers", "ratelimit"} & chosen.keys()
    assert chosen["js_runtimes"] == {"deno": {}}
    assert chosen["retries"] == chosen["extractor_retries"] == chosen["fragment_retries"] == 0
