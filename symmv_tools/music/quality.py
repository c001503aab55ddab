"""Is this a transcription of music, or of noise? Statistics of the notes, and what is plausible.

The paper left the question to three musicians. The limits were fixed on POP909 001-800 (clean) and
the first 1000 transcriptions released by SymMV, so that they keep all of these but SymMV 00097,
whose notes fit no scale. Of every tenth song, damaged on purpose, they refuse: notes chopped to
20-40 or 60-120 ms 100 %, notes shortened to 20-40 ms 100 %, four notes of five lost 100 %, as many
random notes added as there were 98 %; half as many random notes pass (1 %). The command is in
`tests/benchmarks/quality.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.notes import Notes
from symmv_tools.settings import semantic

SHORT_SECONDS = 0.05
"""A note shorter than this is a fragment: 50 ms is the onset tolerance of every transcription score."""

_NO_TIME = 1e-6  # seconds; keeps notes without length from dividing by zero
_WINDOW_SECONDS = 8.0  # long enough to have a scale, short enough not to modulate
_MAJOR = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))
_DIATONIC = np.array([np.roll(_MAJOR, tonic) for tonic in range(12)], np.float64)  # (12 scales, 12 classes)


@dataclass(frozen=True)
class QualityStatistics:
    """What one can say of a song's notes in one pass; all zero where there are none.

    `seconds` runs from the first onset to the last end, and the other times and shares are of that
    stretch. `short_share` counts notes below `SHORT_SECONDS`, `duplicate_share` notes beyond the
    first of one onset and pitch. `pitch_range` is in semitones. Polyphony is counted while anything
    sounds. `silent_share` is the time without a note, `longest_gap_share` its longest piece.
    `diatonic_share` is the share of notes that lie in the major scale that fits best, chosen anew
    every 8 s.
    """

    n_notes: float = 0.0
    seconds: float = 0.0
    notes_per_second: float = 0.0
    short_share: float = 0.0
    median_duration: float = 0.0
    duplicate_share: float = 0.0
    pitch_range: float = 0.0
    mean_polyphony: float = 0.0
    max_polyphony: float = 0.0
    silent_share: float = 0.0
    longest_gap_share: float = 0.0
    diatonic_share: float = 0.0


def statistics(notes: Notes) -> QualityStatistics:
    """Return the statistics of `notes`."""
    n = len(notes)
    if n == 0:
        return QualityStatistics()
    seconds = max(notes.end - float(notes.onset[0]), _NO_TIME)
    gaps = _gaps(notes)
    sounding = max(seconds - float(gaps.sum()), _NO_TIME)
    return QualityStatistics(
        n_notes=float(n),
        seconds=seconds,
        notes_per_second=n / seconds,
        short_share=float(np.mean(notes.duration < SHORT_SECONDS)),
        median_duration=float(np.median(notes.duration)),
        duplicate_share=1.0 - len(np.unique(np.stack([notes.onset, notes.pitch]), axis=1).T) / n,
        pitch_range=float(notes.pitch.max()) - float(notes.pitch.min()),
        mean_polyphony=float(notes.duration.sum()) / sounding,
        max_polyphony=_max_polyphony(notes),
        silent_share=1.0 - sounding / seconds,
        longest_gap_share=float(gaps.max(initial=0.0)) / seconds,
        diatonic_share=_diatonic_share(notes),
    )


def _gaps(notes: Notes) -> NDArray[np.float64]:
    reach = np.maximum.accumulate(notes.offset)
    gaps: NDArray[np.float64] = np.maximum(notes.onset[1:] - reach[:-1], 0.0)
    return gaps


def _max_polyphony(notes: Notes) -> float:
    time = np.concatenate([notes.offset, notes.onset])
    step = np.repeat([-1, 1], len(notes))
    return float(np.cumsum(step[np.lexsort((step, time))]).max())  # at one time, ends come first


def _diatonic_share(notes: Notes) -> float:
    window = ((notes.onset - notes.onset[0]) / _WINDOW_SECONDS).astype(int)
    _, window = np.unique(window, return_inverse=True)
    counts = np.zeros((window.max() + 1, 12))
    np.add.at(counts, (window, notes.pitch % 12), 1.0)
    return float((counts @ _DIATONIC.T).max(axis=1).sum() / len(notes))


# --- what is plausible ----------------------------------------------------------------------------


@dataclass(frozen=True)
class QualityLimits:
    """What a transcription must keep to; the module's docstring says where the numbers are from."""

    min_notes: int = semantic(16, "notes in the song")
    min_seconds: float = semantic(5.0, "seconds from the first onset to the last end")
    max_short_share: float = semantic(0.4, "share of notes that are shorter than 50 ms")
    max_notes_per_second: float = semantic(25.0, "notes per second")
    min_notes_per_second: float = semantic(1.5, "notes per second")
    hollow_notes_per_second: float = semantic(3.0, "notes per second below which silence is suspicious")
    max_hollow_silent_share: float = semantic(0.18, "share of silence allowed where notes are that few")
    max_gap_share: float = semantic(0.5, "share of the song that its longest silence may take")
    max_mean_polyphony: float = semantic(20.0, "notes sounding at once, on average while any sounds")
    max_duplicate_share: float = semantic(0.3, "share of notes that repeat another's onset and pitch")
    min_pitch_range: float = semantic(7.0, "semitones between the lowest and the highest note")
    min_diatonic_share: float = semantic(0.82, "share of notes in the best major scale of each 8 s")


class Refusal(NamedTuple):
    """Why a transcription is refused: `code` is a constant, `message` names the value and its limit."""

    code: str
    message: str


# Code, statistic, limit, and what is wrong with a value on its far side; the plainest reason first.
# A limit's name says by "min" or "max" which side that is.
_CHECKS = (
    ("TOO_FEW_NOTES", "n_notes", "min_notes", "only {value} notes; at least {limit} are asked"),
    ("TOO_SHORT", "seconds", "min_seconds", "only {value} s of music; at least {limit} s are asked"),
    (
        "FRAGMENTED",
        "short_share",
        "max_short_share",
        "a share of {value} of the notes is shorter than 50 ms; at most {limit} may be",
    ),
    (
        "TOO_DENSE",
        "notes_per_second",
        "max_notes_per_second",
        "{value} notes per second; at most {limit} are believed of one piano",
    ),
    (
        "TOO_SPARSE",
        "notes_per_second",
        "min_notes_per_second",
        "only {value} notes per second; at least {limit} are asked",
    ),
    (
        "LONG_GAP",
        "longest_gap_share",
        "max_gap_share",
        "one silence takes a share of {value} of the song; at most {limit} may be silent in one piece",
    ),
    (
        "TOO_THICK",
        "mean_polyphony",
        "max_mean_polyphony",
        "{value} notes sound at once on average; at most {limit} are believed (do they never end?)",
    ),
    (
        "DUPLICATES",
        "duplicate_share",
        "max_duplicate_share",
        "a share of {value} of the notes repeats another's onset and pitch; at most {limit} may",
    ),
    (
        "NARROW",
        "pitch_range",
        "min_pitch_range",
        "all notes lie within {value} semitones; at least {limit} are asked",
    ),
    (
        "OUT_OF_SCALE",
        "diatonic_share",
        "min_diatonic_share",
        "only a share of {value} of the notes fits a major scale; at least {limit} is asked",
    ),
)


def refusal(found: QualityStatistics, limits: QualityLimits) -> Refusal | None:
    """Return why a transcription is refused, the plainest reason first, or None if it is plausible."""
    if found.n_notes == 0:
        return Refusal("NO_NOTES", "there is not a single note")
    for code, statistic, limit_name, words in _CHECKS:
        value, limit = getattr(found, statistic), getattr(limits, limit_name)
        if value < limit if limit_name.startswith("min") else value > limit:
            return Refusal(code, words.format(value=f"{value:.4g}", limit=f"{limit:.4g}"))
    return _hollow(found, limits)


def _hollow(found: QualityStatistics, limits: QualityLimits) -> Refusal | None:
    """Refuse few notes among much silence; either alone is music, both together are lost notes."""
    few = found.notes_per_second < limits.hollow_notes_per_second
    if not few or found.silent_share <= limits.max_hollow_silent_share:
        return None
    return Refusal(
        "HOLLOW",
        f"only {found.notes_per_second:.4g} notes per second, and a share of {found.silent_share:.4g} is "
        f"silent; below {limits.hollow_notes_per_second:.4g} notes per second at most "
        f"{limits.max_hollow_silent_share:.4g} may be",
    )
