"""RSS and Atom: YouTube publishes the newest 15 videos of a channel as Atom, which yt-dlp does not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

LARGEST_BYTES = 8 << 20
"""A feed is a page of text; more is not read."""


class Item(NamedTuple):
    """One entry of a feed."""

    url: str
    title: str | None
    channel: str | None


def is_feed(head: bytes) -> bool:
    """Whether a document that starts like this is RSS or Atom."""
    return re.search(rb"<(rss|feed|rdf:RDF)[\s>]", head) is not None


def items(document: bytes) -> Iterator[Item]:
    """Yield the entries of a feed, in its order; what is no feed has none.

    A document that declares entities is refused as a whole: no feed needs them, and bombs do.
    """
    if b"<!ENTITY" in document:
        return
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError:
        return
    channel = _said(root, "title") or _said(next(_named(root, "channel"), root), "title")
    for item in [*_named(root, "item"), *_named(root, "entry")]:
        if url := _link(item):
            author = next(_named(item, "author"), None)
            yield Item(
                url, _said(item, "title"), (_said(author, "name") if author is not None else None) or channel
            )


def _named(parent: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (child for child in parent.iter() if _bare(child) == name)


def _bare(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _said(parent: ElementTree.Element, name: str) -> str | None:
    found = next((child for child in parent if _bare(child) == name), None)
    return found.text.strip() if found is not None and found.text else None


def _link(item: ElementTree.Element) -> str | None:
    """Return the address of an item: Atom has it in `href`, RSS in the text, podcasts in an enclosure."""
    for child in item:
        if _bare(child) == "link" and child.get("rel", "alternate") == "alternate":
            url = (child.get("href") or child.text or "").strip()
        elif _bare(child) == "enclosure":
            url = child.get("url", "").strip()
        else:
            continue
        if url.startswith(("http://", "https://")):
            return url
    return None
