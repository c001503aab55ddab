"""What can be seen of a reading of a title, which says what is the artist and what the song: named features.

A reading is two spans of words, or one where no artist is named. Its score is the sum of the weights of its
features: of every word (by the role that it plays: A, S, or O for others), of both ends of a span, of a
span, and of the two spans together. So every sum can be taken piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from symmv_tools.sources.title_text import Pair, Text
from symmv_tools.sources.title_words import CLASSES_OF, LESSON, NOISE, PIANO, classes_of, shape_of

LONGEST_SPAN = {"A": 10, "S": 16}
"""Words of the longest artist and the longest song that are considered."""
_STRONG = ("pipe", "dash", "slashes", "colon", "half dash", "slash", "tilde", "bullet", "arrow", "ellipsis")
_WEAK = ("wide", "comma", "hyphen", "underscore", "stop", "semicolon")
_JOINED = ("space", "glued")
_NAMES = frozenset(("plain", "name", "title", "group", "and"))


class Span(NamedTuple):
    """Words begin:end."""

    begin: int
    end: int


class Reading(NamedTuple):
    """What of the title is the artist, if anything, and what the song."""

    artist: Span | None
    song: Span


class Features:
    """The features of one title; every method returns names."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._folded = [word.casefold().replace("’", "'") for word in text.words]
        self._is_piano = bool(PIANO.search(text.text))
        self._piano = " piano" if self._is_piano else ""
        self._lesson = f" lesson{self._piano}" if LESSON.search(text.text) else " no lesson"
        self._is_shouted = not any(c.islower() for c in text.text)
        self.is_cover = self._is_piano or any("cover" in CLASSES_OF.get(word, ()) for word in self._folded)

    @cached_property
    def strongest(self) -> str:
        """The separator that this title is most likely cut at."""
        gaps = self.text.gaps
        if any(p.kind == '"' for p in self.text.pairs) and not any(kind in gaps for kind in _STRONG):
            return "quote"
        return next((kind for kind in (*_STRONG, *_WEAK) if kind in gaps), "none")

    @cached_property
    def classes(self) -> list[tuple[str, ...]]:
        """Classes of every word."""
        return [classes_of(*pair) for pair in zip(self.text.words, self._folded, strict=True)]

    @cached_property
    def _has_opening(self) -> bool:
        return any("opening" in c for c in self.classes)

    @cached_property
    def shapes(self) -> list[str]:
        """How every word is written."""
        shapes = [shape_of(word) for word in self.text.words]
        # A title all in capitals says nothing by them.
        return ["shouted" if self._is_shouted and s != "uncased" else s for s in shapes]

    @cached_property
    def _around(self) -> list[Pair | None]:
        around: list[Pair | None] = [None] * len(self.text)
        for pair in sorted(self.text.pairs, key=lambda p: p.begin - p.end):
            around[pair.begin : pair.end] = [pair] * (pair.end - pair.begin)
        return around

    @cached_property
    def _chunk(self) -> list[int]:
        chunk, at = [], 0
        for k, kind in enumerate(self.text.gaps[:-1]):
            at += kind in _STRONG and k > 0
            chunk.append(at)
        return chunk

    def of_all(self, reading: Reading) -> Iterator[str]:
        """Every feature of a reading, one at a time."""
        role = ["O"] * len(self.text)
        for name, span in zip("AS", reading, strict=True):
            if span is not None:
                role[span.begin : span.end] = name * (span.end - span.begin)
                yield from self.of_left(name, span.begin)
                yield from self.of_right(name, span.end)
                yield from self.of_span(name, span)
                for k in range(span.begin + 1, span.end):
                    yield from self.of_gap(name, k)
        for k, name in enumerate(role):
            yield from self.of_word(name, k)
        yield from self.of_reading(reading)

    def of_word(self, role: str, k: int) -> list[str]:
        """Word k in a role."""
        names = [f"{role} {c}" for c in self.classes[k]]
        pair = self._around[k]
        names += [f"{role} word", f"{role} is {self.shapes[k]}"]
        if role == "O" and k == 0:
            names += [f"O {c} opens the title" for c in self.classes[0]]
        if role == "O" and "number" in self.classes[k] and self.text.gaps[k] in _JOINED:
            before = self.classes[k - 1] if k else ("nothing",)
            names += [f"O number right after {c}" for c in before]
            names += [f"O number right after {c} piano" for c in before if self._is_piano]
        if role == "O" and pair is None:
            names += [f"O bare {c}" for c in self.classes[k]] + [f"O bare of {self.strongest}"]
        if pair is not None:
            names.append(f"{role} in {pair.kind}")
            if self._is_piano:
                names.append(f"{role} in {pair.kind} piano")
        if "function" in self.classes[k] or "and" in self.classes[k]:
            names += [f"{role} '{self._folded[k]}'", f"{role} '{self._folded[k]}' {self.shapes[k]}"]
            if role == "O" and k + 1 < len(self.text) and self.text.gaps[k + 1] in _JOINED:
                names += [f"O '{self._folded[k]}' then {c}" for c in self.classes[k + 1]]
        return names

    def of_gap(self, role: str, k: int) -> list[str]:
        """A gap inside a span."""
        kind = self.text.gaps[k]
        if kind in _JOINED:
            return [f"{role} joins glued"] if kind == "glued" else []
        return [f"{role} joins {kind}", f"{role} joins {kind} of {self.strongest}"]

    def of_left(self, role: str, k: int) -> list[str]:
        """A span that begins with word k."""
        before = self.classes[k - 1] if k else ("nothing",)
        names = self._of_end(role, "left", self.text.gaps[k])
        how = "right after" if self.text.gaps[k] in _JOINED else "after"
        names += [f"{role} {how} {c}" for c in before] + [f"{role} first {c}" for c in self.classes[k]]
        if self._is_piano:
            names += [f"{role} after {c} piano" for c in before]
        return names

    def of_right(self, role: str, k: int) -> list[str]:
        """A span that ends before word k."""
        after = self.classes[k] if k < len(self.text) else ("nothing",)
        names = self._of_end(role, "right", self.text.gaps[k])
        how = "right before" if self.text.gaps[k] in _JOINED else "before"
        names += [f"{role} {how} {c}" for c in after] + [f"{role} last {c}" for c in self.classes[k - 1]]
        if self._is_piano:
            names += [f"{role} before {c} piano" for c in after]
        if "function" in self.classes[k - 1]:
            names += [
                f"{role} last '{self._folded[k - 1]}'",
                f"{role} last '{self._folded[k - 1]}' {self.shapes[k - 1]}",
            ]
            names += [f"{role} last '{self._folded[k - 1]}' {how} {c}" for c in after if c in NOISE]
        return names

    def _of_end(self, role: str, side: str, kind: str) -> list[str]:
        return [f"{role} {side} {kind}", f"{role} {side} {kind} of {self.strongest}"]

    def of_span(self, role: str, span: Span) -> list[str]:
        """A span as a whole."""
        begin, end = span
        n = end - begin
        names = [f"{role} has {min(n, 9)}"]
        for pair in self.text.pairs:
            if pair.begin >= end or pair.end <= begin:
                continue
            names.append(f"{role} {_relation(pair, span)} {pair.kind}")
        shapes = self.shapes[begin:end]
        if not self._is_shouted and all(s in ("CAPS", "initial") for s in shapes):
            names.append(f"{role} is all CAPS")
        if n in (2, 3) and "name" in self.classes[begin] and "lower" not in shapes[1:]:
            names.append(f"{role} looks like a name")
        names += self._of_words_together(role, span)
        cut = (self.text.gaps[begin] in _JOINED) + (self.text.gaps[end] in _JOINED)
        if any(p.begin == begin and p.end == end for p in self.text.pairs):
            cut = 0
        if all(NOISE.intersection(c) or "number" in c or "year" in c for c in self.classes[begin:end]):
            names.append(f"{role} is noise")
        return [*names, f"{role} cuts {cut} of {self.strongest}"]

    def _of_words_together(self, role: str, span: Span) -> Iterator[str]:
        classes = self.classes[span.begin : span.end]
        yield f"{role} has {min(sum('function' in c for c in classes), 3)} function words"
        if all(_NAMES.issuperset(c) for c in classes) and "lower" not in self.shapes[span.begin : span.end]:
            yield f"{role} may be a name of {min(len(classes), 5)}"

    def of_reading(self, reading: Reading) -> list[str]:
        """Both spans together."""
        artist, song = reading
        order = "alone" if artist is None else "AS" if artist < song else "SA"
        names = [f"{order}{self._lesson}", f"{order}{self._piano}"]
        names.append(f"{order} of {self.strongest}{self._piano}")
        if self._has_opening:
            names.append(f"{order} with an opening")
        if artist is None:
            names.append(f"alone of {self.strongest} has {min(song.end - song.begin, 6)}")
        else:
            left, right = min(artist, song), max(artist, song)
            names += [*self._of_between(order, left, right), *self._of_chunks(order, left, right)]
            names += self._of_contrast(artist, song)
        return names

    def _of_between(self, order: str, left: Span, right: Span) -> Iterator[str]:
        if left.end == right.begin:
            yield f"touch {self.text.gaps[left.end]} of {self.strongest}"
            yield f"{order} touch {self._joint(left.end)}{self._piano}"
            return
        for c in sorted({c for k in range(left.end, right.begin) for c in self.classes[k]}):
            yield f"{order} past {c}"
        yield f"past {min(right.begin - left.end, 4)}"

    def _of_chunks(self, order: str, left: Span, right: Span) -> Iterator[str]:
        last = self._chunk[-1]
        where = " ".join(str(min(self._chunk[span.begin], 3)) for span in (left, right))
        yield f"chunks {min(last + 1, 4)} {where} {order}"
        if last:
            yield f"chunks {min(last + 1, 4)} {where}{self._piano}"

    def _joint(self, k: int) -> str:
        opens = next((p.kind for p in self.text.pairs if p.begin == k), "")
        closes = next((p.kind for p in self.text.pairs if p.end == k), "")
        return f"{closes}{self.text.gaps[k]}{opens}"

    def _of_contrast(self, artist: Span, song: Span) -> Iterator[str]:
        one, other = (self._case(span) for span in (artist, song))
        if one != other:
            yield f"A is {one}, S is {other}"
        if "name" in self.classes[song.begin] and "name" not in self.classes[artist.begin]:
            yield "the song begins with a name, the artist does not"

    def _case(self, span: Span) -> str:
        shapes = set(self.shapes[span.begin : span.end]) - {"initial", "other"}
        return "/".join(sorted(shapes)) if len(shapes) < 2 else "mixed"


def _relation(pair: Pair, span: Span) -> str:
    if (pair.begin, pair.end) == span:
        return "is the whole of"
    if pair.begin <= span.begin and span.end <= pair.end:
        return "is a part of"
    return "begins with" if pair.begin == span.begin else "ends with" if pair.end == span.end else "holds"


def spans(text: Text, role: str) -> list[Span]:
    """Every span that a role can have: of legal length, and cutting no bracket or quote in half."""
    n, longest = len(text), LONGEST_SPAN[role]
    crossing = [(p.begin, p.end) for p in text.pairs]
    return [
        Span(b, e)
        for b in range(n)
        for e in range(b + 1, min(n, b + longest) + 1)
        if not any(b < begin < e < end or begin < b < end < e for begin, end in crossing)
    ]
