"""Every quality metric with its definition and source, and all of one piece's values.

To add one: a pure function in this room, a `Metric` in definitions.py, a line in `measure`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.quality import bars, beats, chords, diffbgm, onsets, pitches
from symmv_tools.evaluation.quality.definitions import METRICS
from symmv_tools.evaluation.quality.piece import Piece

__all__ = ["METRICS", "measure"]

_MUSDR_SLOTS = 64


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
    onset = piece.notes.onset[piece.notes.duration > 0]
    return {
        "ioi_mgeval": onsets.mean_gap(onset),
        "ioi_distinct": onsets.mean_gap(np.unique(onset)),
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
    musdr = bars.nearest_places(start, piece.bars, _MUSDR_SLOTS)
    by_bar = bars.classes_by_bar(musdr.bar, pitch, musdr.n_bars)
    diff = bars.places_below(diffbgm.as_music21_reads(start), piece.bars, diffbgm.SLOTS)
    return {
        "h1_musdr": bars.sliding_entropy(by_bar, 1),
        "h4_musdr": bars.sliding_entropy(by_bar, 4),
        "gps64_musdr": bars.groove_similarity(musdr, musdr.n_bars, _MUSDR_SLOTS),
        "pche8_diffbgm": diffbgm.side_by_side_entropy(bars.classes_by_bar(diff.bar, pitch, diff.n_bars)),
        "gps16_diffbgm": bars.groove_similarity(diff, diff.n_bars - 1, diffbgm.SLOTS),
    }
