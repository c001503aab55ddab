"""Every quality metric with its definition and source, and all of one piece's values.

To add one: a pure function in this room, a `Metric` in definitions.py, a line in `measure`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.quality import bars, beats, chords, diffbgm, onsets, pitches
from symmv_tools.evaluation.quality.definitions import METRICS
from symmv_tools.evaluation.quality.piece import Piece

__all__ = ["METRICS", "measure"]

_MUSDR_SLOTS = 64


class _Pitched(NamedTuple):
    """The notes that are no drums."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    pitch: NDArray[np.uint8]


def measure(piece: Piece) -> dict[str, float]:
    """Return every metric of `piece` by name, in the order of `METRICS`; NaN where it is not defined.

    Not defined is what needs notes, a grid or chords where there is none (also where MusPy says 0), and what
    one note, one bar or eight are too little for.
    """
    found: dict[str, float] = {}
    if len(piece.notes):
        pitched = _pitched(piece)
        found = _of_onsets(piece)
        if len(pitched.pitch):
            found |= _of_pitches(pitched.pitch)
        if piece.grid != "none":
            found |= {**_of_beats(piece, pitched), **_of_bars(piece)}
        if piece.grid != "none" and len(pitched.pitch):
            found |= _of_windows(piece.bars, pitched)
    if piece.chords is not None:
        found["cpi3_musdr"] = chords.progression_irregularity(piece.chords)
    return {metric.name: found.get(metric.name, np.nan) for metric in METRICS}


def _pitched(piece: Piece) -> _Pitched:
    columns = piece.start, piece.end, piece.notes.pitch
    return _Pitched(*(column[~piece.is_drum] for column in columns) if piece.is_drum.any() else columns)


def _of_pitches(pitch: NDArray[np.uint8]) -> dict[str, float]:
    used = np.bincount(pitch, minlength=132)  # 132 is 11 octaves
    classes = used.reshape(11, 12).sum(axis=0)
    return {
        "sc_muspy": pitches.scale_consistency(classes),
        "pe_muspy": float(pitches.entropies(used)),
        "pce_muspy": float(pitches.entropies(classes)),
        "pitch_range_muspy": pitches.pitch_range(used),
        "n_pitches_muspy": float(np.count_nonzero(used)),
        "n_pitch_classes_muspy": float(np.count_nonzero(classes)),
    }


def _of_onsets(piece: Piece) -> dict[str, float]:
    onset = piece.notes.onset[piece.notes.duration > 0]
    return {
        "ioi_mgeval": onsets.mean_gap(onset),
        "ioi_distinct": onsets.mean_distinct_gap(onset),
        "notes_per_second": onsets.density(piece.notes.onset, piece.notes.offset),
    }


def _of_beats(piece: Piece, pitched: _Pitched) -> dict[str, float]:
    filled = beats.fill(piece.start, piece.end)
    sounding = beats.voices(*pitched)
    return {
        "ebr_muspy": beats.empty_beat_rate(filled, piece.length),
        "ebr_notes": beats.empty_beat_rate(filled, float(piece.end.max())),
        "polyphony_muspy": beats.polyphony(sounding),
        "polyphony_rate_muspy": beats.polyphony_rate(sounding, piece.length),
        "notes_per_quarter": onsets.density(piece.start, piece.end),
    }


def _of_bars(piece: Piece) -> dict[str, float]:
    """The metrics of bars that hold drums too."""
    reached = piece.bars[: np.searchsorted(piece.bars, piece.length, side="right") + 1]
    bar_ticks = _ticks(reached, piece)
    onset_ticks = np.minimum(_ticks(piece.start, piece), bar_ticks[-1] - 1)
    return {"groove_muspy": bars.groove_consistency(onset_ticks, bar_ticks)}


def _ticks(quarters: NDArray[np.float64], piece: Piece) -> NDArray[np.int64]:
    return np.rint(quarters * piece.resolution).astype(np.int64)


def _of_windows(borders: NDArray[np.float64], pitched: _Pitched) -> dict[str, float]:
    """The metrics of bars that know no drums."""
    slot = bars.nearest_slots(pitched.start, borders, _MUSDR_SLOTS)
    by_bar = bars.classes_by_bar(slot // _MUSDR_SLOTS, pitched.pitch)
    in_notebook = diffbgm.as_music21_reads(pitched.start)
    slot_there = bars.slots_below(in_notebook, borders, diffbgm.SLOTS)
    by_bar_there = bars.classes_by_bar(slot_there // diffbgm.SLOTS, pitched.pitch)
    return {
        "h1_musdr": bars.sliding_entropy(by_bar, 1),
        "h4_musdr": bars.sliding_entropy(by_bar, 4),
        "gps64_musdr": bars.groove_similarity(slot, len(by_bar), _MUSDR_SLOTS),
        "pche8_diffbgm": diffbgm.side_by_side_entropy(by_bar_there),
        "gps16_diffbgm": bars.groove_similarity(slot_there, len(by_bar_there) - 1, diffbgm.SLOTS),
    }
