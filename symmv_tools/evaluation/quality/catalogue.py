"""Every quality metric with its definition and source, and all of one piece's values.

To add one: a pure function in this room, a `Metric` here, a line in `measure`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.quality import bars, beats, chords, diffbgm, onsets, pitches
from symmv_tools.evaluation.quality.piece import Piece

MUSDR_SLOTS = 64


class Metric(NamedTuple):
    """One quality metric: a name that says its definition, and what a table and a reader should know.

    `definition` is a sentence with the choices made, `source` who defined it. `needs` are what a piece
    must have for it: "notes", "quarters" (a grid), "bars" (likewise) or "chords".
    """

    name: str
    title: str
    unit: str
    definition: str
    source: str
    needs: tuple[str, ...] = ("notes",)


_MUSPY = "MusPy 0.5.0"
_MUSDR = "MusDr; Wu & Yang, ISMIR 2020"
_DIFFBGM = "Diff-BGM's test.ipynb (c5a0e8a)"
_BARS = ("notes", "bars")

METRICS: tuple[Metric, ...] = (
    Metric(
        "sc_muspy",
        "SC",
        "share",
        "Largest share of notes that one of the 24 major and natural minor scales holds; drums left out.",
        f"{_MUSPY} `scale_consistency`; Mogren 2016",
    ),
    Metric(
        "pe_muspy",
        "PE",
        "bits",
        "Entropy of the 128 pitches, each note counting once however long it is; drums left out.",
        f"{_MUSPY} `pitch_entropy`",
    ),
    Metric(
        "pce_muspy",
        "PCE",
        "bits",
        "Entropy of the 12 pitch classes over the whole piece, each note counting once; drums left out.",
        f"{_MUSPY} `pitch_class_entropy`",
    ),
    Metric(
        "ebr_muspy",
        "EBR",
        "share",
        "Share of quarters in which no note, drums included, sounds; from 0 to the last note, pedal or other "
        "controller event; a note fills the quarter of its end even if it ends where that begins.",
        f"{_MUSPY} `empty_beat_rate`",
        ("notes", "quarters"),
    ),
    Metric(
        "ebr_notes",
        "EBR to the last note",
        "share",
        "As ebr_muspy, but the piece ends with its last note, whatever pedals do after it.",
        "ours",
        ("notes", "quarters"),
    ),
    Metric(
        "ioi_mgeval",
        "IOI",
        "s",
        "Mean difference of all sorted onsets, drums included, those of notes struck together (0) as well; so "
        "it is the time from first to last onset by the number of notes less one.",
        "mgeval `avg_IOI`; Yang & Lerch 2020",
    ),
    Metric(
        "ioi_distinct",
        "IOI of distinct onsets",
        "s",
        "As ioi_mgeval, but notes struck at exactly the same time are one onset.",
        "ours",
    ),
    Metric(
        "h1_musdr",
        "H1",
        "bits",
        "Mean entropy of the pitch classes of the notes that begin in one bar, on the nearest of 64 "
        "positions; bars without notes do not count.",
        f"{_MUSDR}, H with one bar",
        _BARS,
    ),
    Metric(
        "h4_musdr",
        "H4",
        "bits",
        "As h1_musdr, in windows of four bars that slide by one; a shorter piece is one window.",
        f"{_MUSDR}, H with four bars",
        _BARS,
    ),
    Metric(
        "gps64_musdr",
        "GPS, 64 positions",
        "share",
        "Mean over all pairs of bars of 1 - (positions at which one of the two has an onset) / 64, onsets on "
        "the nearest position; from the first bar to that of the last onset, empty ones included. MusDr "
        "draws 1,000 pairs where there are more; all pairs are its mean without the luck.",
        f"{_MUSDR}, GS",
        _BARS,
    ),
    Metric(
        "groove_muspy",
        "groove consistency",
        "share",
        "Mean over neighbouring bars of 1 - (ticks at which one of the two has an onset) / (ticks of a bar); "
        "drums included, up to the end that ebr_muspy takes. Depends on the file's ticks per quarter; 24 on "
        "annotated beats.",
        f"{_MUSPY} `groove_consistency` with bars of four quarters",
        _BARS,
    ),
    Metric(
        "pche8_diffbgm",
        "PCHE, 8 bars",
        "bits",
        "Mean of -sum p log2(p + 1e-6) over the pitch classes of windows of eight bars, side by side; the "
        "window of the last onset is dropped, windows without notes do not count (the notebook gives NaN).",
        _DIFFBGM,
        _BARS,
    ),
    Metric(
        "gps16_diffbgm",
        "GPS, 16 slots",
        "share",
        "As gps64_musdr with 16 slots: onsets on the nearest semiquaver or triplet quaver, as music21 reads "
        "MIDI, then cut down to a slot; the bar of the last onset is dropped.",
        _DIFFBGM,
        _BARS,
    ),
    Metric(
        "cpi3_musdr",
        "CPI",
        "share",
        "Distinct among all progressions of three chords, the very last not counted and three chords or "
        "fewer being 1, as in MusDr's code; equal neighbours are one chord, N and X are left out.",
        f"{_MUSDR}, CPI",
        ("chords",),
    ),
    Metric(
        "polyphony_muspy",
        "polyphony",
        "pitches",
        "Mean number of different pitches that sound, over the time in which any does; drums left out.",
        f"{_MUSPY} `polyphony`",
        ("notes", "quarters"),
    ),
    Metric(
        "polyphony_rate_muspy",
        "polyphony rate",
        "share",
        "Share of the time, up to the end that ebr_muspy takes, in which more than two pitches sound.",
        f"{_MUSPY} `polyphony_rate` with its threshold of 2",
        ("notes", "quarters"),
    ),
    Metric(
        "pitch_range_muspy",
        "pitch range",
        "semitones",
        "From the lowest to the highest pitch; drums left out.",
        f"{_MUSPY} `pitch_range`",
    ),
    Metric(
        "n_pitches_muspy",
        "pitches used",
        "pitches",
        "Number of different pitches; drums left out.",
        f"{_MUSPY} `n_pitches_used`",
    ),
    Metric(
        "n_pitch_classes_muspy",
        "pitch classes used",
        "classes",
        "Number of different pitch classes; drums left out.",
        f"{_MUSPY} `n_pitch_classes_used`",
    ),
    Metric(
        "notes_per_second",
        "note density",
        "notes/s",
        "Notes, drums included, by the seconds from the first onset to the end of the last note.",
        "ours",
    ),
    Metric(
        "notes_per_quarter",
        "note density in quarters",
        "notes/quarter",
        "Notes, drums included, by the quarters from the first onset to the end of the last note.",
        "ours",
        ("notes", "quarters"),
    ),
)
"""All metrics, in the order of tables."""


def measure(piece: Piece) -> dict[str, float]:
    """Return every metric of `piece` by name, in the order of `METRICS`; NaN where it is not defined.

    Not defined is what needs notes, a grid or chords where there is none (also where MusPy says 0), and what
    one note, one bar or eight are too little for.
    """
    found: dict[str, float] = {}
    if len(piece.notes):
        found = {**_of_pitches(piece), **_of_onsets(piece)}
    if len(piece.notes) and piece.grid != "none":
        found |= {**_of_beats(piece), **_of_bars(piece), **_of_windows(piece)}
    if piece.chords is not None:
        found["cpi3_musdr"] = chords.progression_irregularity(piece.chords)
    return {metric.name: found.get(metric.name, np.nan) for metric in METRICS}


def _of_pitches(piece: Piece) -> dict[str, float]:
    used = np.bincount(piece.notes.pitch[~piece.is_drum], minlength=132)  # 132 is 11 octaves
    classes = used.reshape(11, 12).sum(axis=0)
    n_pitches, n_classes = np.count_nonzero(used), np.count_nonzero(classes)
    return {
        "sc_muspy": pitches.scale_consistency(classes),
        "pe_muspy": float(pitches.entropies(used)),
        "pce_muspy": float(pitches.entropies(classes)),
        "pitch_range_muspy": pitches.pitch_range(used),
        "n_pitches_muspy": float(n_pitches or np.nan),
        "n_pitch_classes_muspy": float(n_classes or np.nan),
    }


def _of_onsets(piece: Piece) -> dict[str, float]:
    return {
        "ioi_mgeval": onsets.mean_gap(piece.notes.onset),
        "ioi_distinct": onsets.mean_gap(np.unique(piece.notes.onset)),
        "notes_per_second": onsets.density(piece.notes.onset, piece.notes.offset),
    }


def _of_beats(piece: Piece) -> dict[str, float]:
    start, end, pitched = piece.start, piece.end, ~piece.is_drum
    sounding = beats.depth(start[pitched], end[pitched], piece.notes.pitch[pitched])
    return {
        "ebr_muspy": beats.empty_beat_rate(start, end, piece.length),
        "ebr_notes": beats.empty_beat_rate(start, end, float(end.max(initial=0.0))),
        "polyphony_muspy": beats.polyphony(sounding),
        "polyphony_rate_muspy": beats.polyphony_rate(sounding, piece.length),
        "notes_per_quarter": onsets.density(start, end),
    }


def _of_bars(piece: Piece) -> dict[str, float]:
    """The metrics of bars that hold drums too."""
    reached = piece.bars[: np.searchsorted(piece.bars, piece.length, side="right") + 1]
    bar_ticks = _ticks(reached, piece)
    onset_ticks = np.minimum(_ticks(piece.start, piece), bar_ticks[-1] - 1)
    return {"groove_muspy": bars.groove_consistency(onset_ticks, bar_ticks)}


def _ticks(quarters: NDArray[np.float64], piece: Piece) -> NDArray[np.int64]:
    return np.rint(quarters * piece.resolution).astype(np.int64)


def _of_windows(piece: Piece) -> dict[str, float]:
    """The metrics of bars that know no drums."""
    start, pitch = piece.start[~piece.is_drum], piece.notes.pitch[~piece.is_drum]
    musdr = bars.nearest_places(start, piece.bars, MUSDR_SLOTS)
    by_bar = bars.classes_by_bar(musdr.bar, pitch, musdr.n_bars)
    diff = bars.places_below(diffbgm.as_music21_reads(start), piece.bars, diffbgm.SLOTS)
    return {
        "h1_musdr": bars.sliding_entropy(by_bar, 1),
        "h4_musdr": bars.sliding_entropy(by_bar, 4),
        "gps64_musdr": bars.groove_similarity(musdr, musdr.n_bars, MUSDR_SLOTS),
        "pche8_diffbgm": diffbgm.side_by_side_entropy(bars.classes_by_bar(diff.bar, pitch, diff.n_bars)),
        "gps16_diffbgm": bars.groove_similarity(diff, diff.n_bars - 1, diffbgm.SLOTS),
    }
