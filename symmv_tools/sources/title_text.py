"""A title as words and what stands between them: the letters of the title parser.

`Text` keeps every character of the cleaned title. Word i lies at `begin[i]:end[i]`; gap i stands before
word i, and gap n after the last one. Brackets and quotes are matched across the whole title, so that no
hypothesis cuts one in half.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from symmv_tools.sources.title_words import EXTENSIONS, GLUED

LONGEST = 400
"""Characters of a title that are read. YouTube allows 100; whatever is longer is somebody's joke."""
MOST_WORDS = 48

# Signs that combine with a letter are part of the word; \w does not hold them.
_LETTER = r"(?:[^\W_]|[\u0300-\u036f\u0900-\u0dff\u0e31-\u0e4e\u1000-\u109f])"
_CJK = r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_LATIN = rf"(?:(?!{_CJK}){_LETTER})"
_GLUED = f"(?:{'|'.join(GLUED)})"
_WORD = re.compile(
    rf"https?://\S+|www\.\S+|\b{_LATIN}+\.(?:com|net|org|co)\b|(?<=\w)\.(?:{'|'.join(EXTENSIONS)})\b"
    rf"|\d+(?:[.,:]\d+)+"
    rf"|{_GLUED}|(?:(?!{_GLUED}){_CJK})+"
    rf"|(?:{_LATIN}\.){{2,}}{_LATIN}?(?!{_LATIN})|[#@$]?{_LATIN}+(?:['’´`ʼ]{_LATIN}+)*|[&+]",
    re.IGNORECASE,
)
_BRACKETS = {
    "(": ")",
    "[": "]",
    "{": "}",
    "（": "）",
    "［": "］",
    "【": "】",
    "〔": "〕",
    "〖": "〗",
    "<": ">",
}
_QUOTES = {
    "“": "”",
    "„": "“”",
    "‟": "”",
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
    "‹": "›",
}
_OPENERS = _BRACKETS | _QUOTES
_CLOSERS = frozenset("".join(_OPENERS.values())) - {"«"}
_SEPARATORS = (  # the first kind that is found in a gap names it
    ("pipe", re.compile(r"[|｜│¦]")),
    ("dash", re.compile(r"\s[-‐‑–—―−－]+\s|[–—―]|--|\s[-－]+$|^[-－]+\s")),
    ("arrow", re.compile(r"[→⇒►▶>»<«]")),
    ("half dash", re.compile(r"\s[-‐－]|[-‐－]\s")),
    ("slashes", re.compile(r"//")),
    ("colon", re.compile(r"[:：]")),
    ("slash", re.compile(r"\s[/\\／]|[/\\／]\s|／")),
    ("tilde", re.compile(r"[~〜～∼]")),
    ("bullet", re.compile(r"[•·・●*★☆♥♪♫♬]")),
    ("ellipsis", re.compile(r"\.\.+|…")),
    ("semicolon", re.compile(r"[;；]")),
    ("comma", re.compile(r"[,，、]")),
    ("stop", re.compile(r"[.!?！？。]\s|[.!?！？。]$")),
    ("wide", re.compile(r"\s\s|\u3000|\t")),
    ("underscore", re.compile(r"_")),
    ("hyphen", re.compile(r"[-‐－]")),
    ("slash", re.compile(r"[/\\]")),
)


@dataclass(frozen=True)
class Pair:
    """A bracket or quote and its partner, around words begin:end; `kind` is "(", "[" or '"'."""

    begin: int
    end: int
    kind: str
    at: int
    closed_at: int


@dataclass(frozen=True)
class Text:
    """A title cut into words."""

    text: str
    begin: tuple[int, ...]
    end: tuple[int, ...]
    pairs: tuple[Pair, ...]

    def __len__(self) -> int:
        return len(self.begin)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words as they are written."""
        return tuple(self.text[b:e] for b, e in zip(self.begin, self.end, strict=True))

    @cached_property
    def gaps(self) -> tuple[str, ...]:
        """The kind of separator in each of the n + 1 gaps; "edge" at both ends of the title."""
        inner = [self._kind(b, e) for b, e in zip(self.end[:-1], self.begin[1:], strict=True)]
        return ("edge", *inner, "edge")

    def _kind(self, begin: int, end: int) -> str:
        between = self.text[begin:end]
        if between == " " or not between:
            return "space" if between else "glued"
        taken = {at for pair in self.pairs for at in (pair.at, pair.closed_at)}
        left = "".join(" " if begin + k in taken else c for k, c in enumerate(between))
        if left != between:
            left = re.sub(r"\s+", " ", left)
        if left.startswith(".") and _keeps(".", self.text[:begin]):
            left = left[1:]
        for kind, pattern in _SEPARATORS:
            if pattern.search(left):
                return kind
        if any(unicodedata.category(c) in ("So", "Sk", "Sm") for c in left):
            return "bullet"
        return "stray" if re.search(r"[()\[\]{}\"（）]", left) else "space"

    def written(self, begin: int, end: int) -> str:
        """Words begin:end as written, with the brackets and quotes that lie within, "!", "?" and the like."""
        left, right = self.begin[begin], self.end[end - 1]
        for pair in self.pairs:
            if begin <= pair.begin and pair.end <= end:
                left, right = min(left, pair.at), max(right, pair.closed_at + 1)
        limit = self.begin[end] if end < len(self) else len(self.text)
        while right < limit and self.text[right] in "!?！？":
            right += 1
        if right < limit and self.text[right] in ".'’" and _keeps(self.text[right], self.text[left:right]):
            right += 1
        if left and self.text[left - 1] in "'’" and not any(p.at == left - 1 for p in self.pairs):
            left -= 1
        return unwrapped(" ".join(self.text[left:right].split()))


def _keeps(sign: str, before: str) -> bool:
    # A full stop stays with N.I.B. and Jr., an apostrophe with Makin'; the end of a sentence does not.
    if sign == ".":
        return bool(
            re.search(
                r"(?:^|\W)(?:\w\.\w|\w|jr|sr|mr|mrs|dr|st|ms|vol|op|no|pt|bros|co|inc)$",
                before,
                re.IGNORECASE,
            )
        )
    return before[-1:].casefold() in ("n", "s")


def unwrapped(text: str) -> str:
    """`text` without the brackets or quotes around all of it."""
    while len(text) > 2 and (text[-1] in _OPENERS.get(text[0], "") or text[0] == text[-1] in "\"'"):
        inside = text[1:-1]
        if text[0] in inside or text[-1] in inside:
            break
        text = inside.strip()
    return text


def clean(text: str) -> str:
    """`text` without what nobody sees or a terminal obeys: controls, bidi marks, surrogates; NFC; cut."""
    text = unicodedata.normalize("NFC", html.unescape(text[: 4 * LONGEST]))
    shown = ("".join(_visible(c) for c in text)).strip()[:LONGEST]
    return re.sub(r"''|´´|``|’’|‘‘|＂|〝|〞|〟", '"', shown).replace("‘", "'").replace("´", "'").strip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "Z":
        return "\u3000" if character == "\u3000" else " "
    if category == "Cc":
        return " "
    return "" if category[0] == "C" or "\ufe00" <= character <= "\ufe0f" else character


def read(title: str) -> Text:
    """Cut a title into words. Any string is a title; one without words gives no words."""
    text = clean(title)
    found = list(_WORD.finditer(text))[:MOST_WORDS]
    begin, end = tuple(m.start() for m in found), tuple(m.end() for m in found)
    if len(found) == MOST_WORDS:
        text = text[: end[-1]]
    return Text(text, begin, end, _pairs(text, begin, end))


def _pairs(text: str, begin: tuple[int, ...], end: tuple[int, ...]) -> tuple[Pair, ...]:
    inside = {at for b, e in zip(begin, end, strict=True) for at in range(b, e)}
    found: list[Pair] = []
    open_: list[tuple[str, int]] = []
    for at, character in enumerate(text):
        if at in inside:
            continue
        if (where := _partner(character, open_, text, at)) is not None:
            opener, opened = open_[where]
            del open_[where:]
            words = [k for k, b in enumerate(begin) if opened < b < at]
            if words:
                kind = '"' if opener in _QUOTES or opener in "\"'" else "[" if opener in "[［【〔〖" else "("
                found.append(Pair(words[0], words[-1] + 1, kind, opened, at))
        elif character in _OPENERS or (character in "\"'" and _opens(character, text, at)):
            open_.append((character, at))
    return tuple(found)


def _opens(character: str, text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return character == '"' or (bool(after.strip()) and not before.isalnum())


def _partner(character: str, open_: list[tuple[str, int]], text: str, at: int) -> int | None:
    """Which of the open ones `character` closes, if any."""
    for where in range(len(open_) - 1, -1, -1):
        opener = open_[where][0]
        if character in _OPENERS.get(opener, ""):
            return where
        if character == opener == '"':
            return where
        if character == opener == "'" and not text[at + 1 : at + 2].isalnum():
            return where
    return None
