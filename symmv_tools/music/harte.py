"""Chord labels: Harte's syntax, the qualities we name, and SymMV's own spelling of them.

Harte et al., "Symbolic representation of musical chords" (ISMIR 2005), as mir_eval reads it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NO_CHORD = "N"
ROOTS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
DEGREES = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")

QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "dim7": (0, 3, 6, 9),
    "hdim7": (0, 3, 6, 10),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
}
"""The qualities that our annotators name, as semitones above the root."""

SYMMV10 = {
    "M": "maj",
    "m": "min",
    "7": "7",
    "M7": "maj7",
    "m7": "min7",
    "o": "dim",
    "+": "aug",
    "o7": "dim7",
    "sus2": "sus2",
    "sus4": "sus4",
}
"""The ten qualities of SymMV's release, which V-MusProd's chord model speaks, and their Harte names."""

# What a quality outside `QUALITIES` is at heart; brackets are dropped first.
_AT_HEART = {
    "": "maj",
    "maj6": "maj",
    "min6": "min",
    "minmaj7": "min",
    "9": "7",
    "11": "7",
    "13": "7",
    "maj9": "maj7",
    "maj11": "maj7",
    "maj13": "maj7",
    "min9": "min7",
    "min11": "min7",
    "min13": "min7",
}
_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_LABEL = re.compile(r"(?P<root>[A-G][#b]*)(:(?P<quality>[^/]*))?(/(?P<bass>[#b]*\d+))?")
_SYMMV_LABEL = re.compile(r"(?P<root>[A-G][#b]?)(?P<quality>.*)")


class Chord(NamedTuple):
    """A chord of our vocabulary: `root` as pitch class, `bass` in semitones above it (0 = root position)."""

    root: int
    quality: str
    bass: int = 0

    @property
    def label(self) -> str:
        """The chord in Harte's syntax, e.g. `A:min7/b3`."""
        bass = f"/{DEGREES[self.bass % 12]}" if self.bass % 12 else ""
        return f"{ROOTS[self.root % 12]}:{self.quality}{bass}"


def parse(label: str) -> Chord | None:
    """Read a Harte label; `N` and `X` are None.

    Qualities outside our vocabulary become what they are at heart (`maj(9)` is `maj`, `min11` is `min7`,
    a sixth chord its triad, anything unheard of `maj`). Raises ValueError if it is no chord label at all.
    """
    if label in (NO_CHORD, "X"):
        return None
    found = _LABEL.fullmatch(label)
    if not found:
        raise ValueError(f"{label!r} is no chord in Harte's syntax, such as C:maj, A:min7/b3 or N")
    quality = (found["quality"] or "").split("(")[0]
    quality = _AT_HEART.get(quality, quality)
    bass = _degree(found["bass"]) if found["bass"] else 0
    return Chord(pitch_class(found["root"]), quality if quality in QUALITIES else "maj", bass)


def transposed(label: str, semitones: int) -> str:
    """Return the label of the chord moved by `semitones`, in our spelling; `N` stays."""
    chord = parse(label)
    return NO_CHORD if chord is None else chord._replace(root=(chord.root + semitones) % 12).label


def pitch_class(name: str) -> int:
    """Return the pitch class of a name such as `Eb`, `F#`, or music21's `E-`: 0 to 11, C being 0."""
    accidentals = name[1:].replace("-", "b")
    return (_NATURALS[name[0].upper()] + accidentals.count("#") - accidentals.count("b")) % 12


# --- SymMV ----------------------------------------------------------------------------------------


def from_symmv(label: str) -> str:
    """Return a label of SymMV's chord files (`FM7`, `Am`, `Co`, `C+`) in Harte's syntax.

    `/o7` is chorder's half-diminished, which SymMV's files leave out. Raises ValueError for other qualities.
    """
    found = _SYMMV_LABEL.fullmatch(label)
    qualities = SYMMV10 | {"/o7": "hdim7"}
    if not found or found["quality"] not in qualities:
        raise ValueError(f"{label!r} is no chord of SymMV's, such as FM7, Am, Co or C+")
    return Chord(pitch_class(found["root"]), qualities[found["quality"]]).label


def symmv10(label: str) -> str | None:
    """Return the nearest of SymMV's chords, root and quality as in its files (`Am7`); None for `N`.

    Half-diminished becomes `o`, its triad; bass notes are dropped. Roots are spelled with sharps, as there.
    """
    chord = parse(label)
    if chord is None:
        return None
    harte = "dim" if chord.quality == "hdim7" else chord.quality
    quality = next(name for name, meaning in SYMMV10.items() if meaning == harte)
    return _SHARPS[chord.root] + quality


_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def _degree(text: str) -> int:
    """Semitones of a degree such as `b7` above the root, 0 to 11."""
    number = int(text.lstrip("#b"))
    major = (0, 2, 4, 5, 7, 9, 11)[(number - 1) % 7]
    return (major + text.count("#") - text.count("b")) % 12
