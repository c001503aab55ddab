"""Channels, play lists, searches and feeds as entries, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from symmv_tools.io.web import feed
from symmv_tools.io.web.addresses import Addresses
from symmv_tools.io.web.downloader import PoliteYoutubeDL
from symmv_tools.io.web.entry import Entry, entry_of
from symmv_tools.io.web.trouble import WebTrouble

_DEEPEST = 3  # a channel has tabs, and a tab has play lists
_MOST_REDIRECTS = 5
_PLAY_LISTS = ("playlist", "multi_video")


def extracted(ydl: PoliteYoutubeDL, addresses: Addresses, url: str) -> dict[str, Any]:
    """Return what an extractor says of a URL: redirects followed, lists unread, formats unchosen."""
    found = ydl.extract_info(addresses.checked(url), download=False, process=False)
    for _ in range(_MOST_REDIRECTS):
        if found is None or found.get("_type") != "url":
            break
        key = found.get("ie_key")
        found = ydl.extract_info(found["url"], download=False, process=False, ie_key=key)
    if found is None or found.get("_type") == "url":
        raise WebTrouble("retryable", "REDIRECT_LOOP", f"{url} leads nowhere")
    return dict(found)


def entries(ydl: PoliteYoutubeDL, addresses: Addresses, url: str, depth: int = 0) -> Iterator[Entry]:
    """Yield what an address lists, as it comes; an address that is surely one video is not opened."""
    if addresses.is_single_video(url):
        yield Entry(addresses.identity(url), url)
    elif addresses.is_generic(url):
        yield from _of_feed(ydl, addresses, url)
    else:
        found = extracted(ydl, addresses, url)
        if found.get("_type") in _PLAY_LISTS:
            yield from _of_list(ydl, addresses, found, depth)
        else:
            yield entry_of(addresses.identity(url), url, found)


def _of_list(
    ydl: PoliteYoutubeDL, addresses: Addresses, found: Mapping[str, Any], depth: int
) -> Iterator[Entry]:
    for item in found.get("entries") or () if depth < _DEEPEST else ():
        url, key = item and (item.get("url") or item.get("webpage_url")), item and item.get("ie_key")
        if item and item.get("_type") in _PLAY_LISTS:
            yield from _of_list(ydl, addresses, item, depth + 1)
        elif url and addresses.is_list(url, key):
            yield from entries(ydl, addresses, url, depth + 1)
        elif url:
            yield entry_of(addresses.identity(url, key), url, item)


def _of_feed(ydl: PoliteYoutubeDL, addresses: Addresses, url: str) -> Iterator[Entry]:
    """Read a page of a site without an extractor: a feed is a list, anything else a video."""
    answer = ydl.urlopen(addresses.checked(url))
    try:
        head = answer.read(1024)
        document = head + answer.read(feed.LARGEST_BYTES) if feed.is_feed(head) else b""
    finally:
        answer.close()
    if not document:
        yield Entry(addresses.identity(url), url)
    for item in feed.items(document):
        found = {"title": item.title, "channel": item.channel}
        yield entry_of(addresses.identity(item.url), item.url, found)
