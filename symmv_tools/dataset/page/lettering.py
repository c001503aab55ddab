"""Text for pictures: only what the fonts at hand can draw, and music spelt as musicians write it."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from symmv_tools.song import printable

# Song titles are in every script, and DejaVu, which comes with matplotlib, has no CJK.
_FALLBACKS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans",
    "Arial Unicode MS",
)
_NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES = {
    "maj": "",
    "min": "m",
    "dim": "°",
    "aug": "+",
    "min7": "m7",
    "dim7": "°7",
    "hdim7": "ø7",
    "min6": "m6",
    "maj6": "6",
    "min9": "m9",
    "min11": "m11",
    "min13": "m13",
    "minmaj7": "mM7",
}


@cache
def families() -> tuple[str, ...]:
    """The font families to draw with: DejaVu Sans and, for other scripts, what this machine has."""
    installed = {font.name for font in fontManager.ttflist}
    return ("DejaVu Sans", *(name for name in _FALLBACKS if name in installed))


@cache
def _letters() -> frozenset[int]:
    paths = [findfont(FontProperties(family=[name])) for name in families()]
    return frozenset(code for path in paths for code in get_font(path).get_charmap())


def drawable(text: str, width: int = 120) -> str:
    """`text` as one safe line that the fonts at hand can draw.

    Symbols that no font has (emoji, mostly) are dropped; letters become "□".
    """
    line = "".join(map(_drawable, printable(text, width)))
    return " ".join(line.split())


def _drawable(char: str) -> str:
    if ord(char) in _letters() or char.isspace():
        return char
    return "" if unicodedata.category(char)[0] in "SM" else "□"


def is_legible(text: str) -> bool:
    """Whether at least half of what `drawable` returned can be read."""
    return bool(text) and 2 * (text.count("□") + text.count("\N{REPLACEMENT CHARACTER}")) <= len(text)


def sharps(name: str) -> str:
    """`F#` and `Bb` with the signs that scores use."""
    return name.replace("#", "♯").replace("b", "♭")


def short_chord(label: str) -> str:
    """A Harte label as on a lead sheet: `A:min7/b3` becomes Am7/♭3, `N` nothing."""
    head, slash, bass = label.partition("/")
    root, _, quality = head.partition(":")
    if root in ("N", "X"):
        return ""
    kind, _, intervals = quality.partition("(")
    added = f"({intervals}" if intervals else ""
    return drawable(sharps(root) + _QUALITIES.get(kind, kind) + sharps(added + slash + bass))


def pitch_class(label: str) -> int | None:
    """The root of a chord or key label as a pitch class, C being 0; None for `N` and `X`."""
    if not (match := re.match(r"([A-G])([#b]*)", label)):
        return None
    signs = match[2]
    return (_NAMES[match[1]] + signs.count("#") - signs.count("b")) % 12


def key_name(label: str) -> str:
    """`F#:minor` as F♯ minor."""
    tonic, _, mode = label.partition(":")
    return drawable(f"{sharps(tonic)} {mode}")


def clock(seconds: float, _position: Any = None) -> str:
    """`seconds` as minutes and seconds, e.g. 1:05; also a tick formatter of matplotlib."""
    whole = round(seconds)
    return f"{'-' if whole < 0 else ''}{abs(whole) // 60}:{abs(whole) % 60:02d}"


def cut(text: str, size: float, room: float) -> str:
    """`text` of `size` points, cut to about `room` points; letters of CJK are twice as wide."""
    left = room / (0.68 * size) - 1
    for i, char in enumerate(text):
        left -= 1.5 if unicodedata.east_asian_width(char) in "WF" else 1
        if left < 0:
            return text[:i].rstrip() + "…"
    return text
