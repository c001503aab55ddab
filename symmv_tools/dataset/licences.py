"""Which licences let a copy be passed on, told from the many ways in which sources write them."""

from __future__ import annotations

import re

_FREE = {
    "mit": "MIT",
    "isc": "ISC",
    "apache 2.0": "Apache-2.0",
    "bsd 2 clause": "BSD-2-Clause",
    "bsd 3 clause": "BSD-3-Clause",
    "odc by 1.0": "ODC-By-1.0",
    "odbl 1.0": "ODbL-1.0",
    "pddl 1.0": "PDDL-1.0",
    "unlicense": "Unlicense",
    "cc0 1.0": "CC0-1.0",
    "cc0": "CC0-1.0",
    "public domain": "public domain",
    "pdm 1.0": "public domain",
    "cc pdm 1.0": "public domain",
}
"""Names, in small letters and words, and how they are spelled here: as SPDX does."""

_CREATIVE_COMMONS = re.compile(r"cc by( nc)?( sa)?( nd)?(?: (\d\.\d))?(?: [a-z]{2,4})?")
_URL = re.compile(r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/(\d\.\d)/?.*")
_SHORT = {
    "creative commons": "cc",
    "attribution": "by",
    "noncommercial": "nc",
    "non commercial": "nc",
    "sharealike": "sa",
    "share alike": "sa",
    "noderivatives": "nd",
    "no derivatives": "nd",
    "noderivs": "nd",
}
_NOISE = re.compile(r"\(.*?\)|\b(?:licen[sc]ed?|international|unported|generic|reuse allowed|version|the)\b")


def redistributable(text: str | None) -> str | None:
    """Return the licence, spelled as by SPDX, if it allows that copies and adaptations are passed on.

    So all of Creative Commons but the `ND` family: notes that were written down from a recording adapt
    it. `NC` is among them, for what is passed on for no money is passed on; whoever sells must look at
    the `license` of each row. What is unknown, or leaves all to the site ("Standard YouTube License"), is
    None.
    """
    words = _words(text or "")
    if words in _FREE:
        return _FREE[words]
    found = _CREATIVE_COMMONS.fullmatch(words)
    if found is None or found[3]:
        return None
    name = "-".join(["CC-BY", *(part.strip().upper() for part in found.group(1, 2) if part)])
    return f"{name}-{found[4]}" if found[4] else name


def _words(text: str) -> str:
    """A licence in small letters, its parts separated by single spaces, without what says nothing."""
    text = text.strip().casefold()
    if url := _URL.fullmatch(text):
        kind = {"zero": "cc0", "mark": "public domain"}.get(url[1], f"cc {url[1]}")
        text = kind if "cc " not in kind else f"{kind} {url[2]}"
    text = " ".join(re.sub(r"[-_,/]", " ", _NOISE.sub(" ", text)).split())
    for long, short in _SHORT.items():
        text = re.sub(rf"\b{long}\b", short, text)
    return text
