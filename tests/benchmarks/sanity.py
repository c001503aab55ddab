"""Is it music at all? What goes wrong when small networks compose, in numbers, beside what real songs do.

Of a song on its grid (`musprod_examples.Parts`): bars in which nothing sounds although they have a chord;
melody notes in the chord that sounds, and in the major scale that holds most of the song's notes; notes in
loops, which are stretches of 32 notes or more that are one pattern of at most 16 notes over and over (pitch,
duration and the time since the note before); ranges (5th to 95th percentile of pitch) and notes per bar of
melody and accompaniment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.quantise import Quantised
from symmv_tools.music.tokens.encode import encode, merged
from symmv_tools.music.tokens.harmony import chromagram
from symmv_tools.music.tokens.vocabulary import CHORD, NO_ROOT, ROOT, STEPS_PER_BEAT, TYPE
from symmv_tools.training.musprod_examples import Parts

PATTERN, STRETCH = 16, 32  # notes
_MAJOR = np.isin(np.arange(12), [0, 2, 4, 5, 7, 9, 11])


def sanity(parts: Parts) -> dict[str, float]:
    """Return the measures of a song by name; NaN where it has no such notes."""
    chroma = _chroma_of_beats(parts)
    return {
        "bars without a note, of those with a chord": _empty_bars(parts),
        "melody notes in the chord": _in_chord(parts, chroma),
        "melody notes in the song's scale": _in_scale(parts),
        "melody notes in loops": loops(parts.melody),
        "accompaniment notes in loops": loops(parts.accompaniment),
        **_reach("melody", parts.melody, len(parts.bars)),
        **_reach("accompaniment", parts.accompaniment, len(parts.bars)),
        "chords per bar": len(parts.chords.step) / len(parts.bars),
        "different chords": float(len(set(parts.chords.label))),
    }


def loops(notes: Quantised) -> float:
    """Return the share of notes in loops."""
    order = np.lexsort((notes.pitch, notes.step))
    step, duration, pitch = (part[order].astype(np.int64) for part in notes[:3])
    said = np.stack([pitch, duration, np.diff(step, prepend=step[:1])], axis=1)
    looped = np.zeros(len(said), bool)
    for period in range(1, PATTERN + 1):
        again = np.append(False, (said[period:] == said[:-period]).all(axis=1))  # note i + period - 1
        edge = np.flatnonzero(np.diff(np.append(again, False).astype(int)))
        for begin, end in zip(edge[::2].tolist(), edge[1::2].tolist(), strict=True):
            if end - begin + period >= max(STRETCH, 3 * period):
                looped[begin : end + period] = True
    return float(looped.mean()) if len(looped) else np.nan


def _chroma_of_beats(parts: Parts) -> NDArray[np.uint8]:
    """The pitch classes of the chord on each beat, (beats, 12); zeros where there is none."""
    beat = np.arange(parts.bars.start[0], parts.bars.start[-1], STEPS_PER_BEAT)
    said = encode(parts.bars, chords=parts.chords).event
    chords = said[said[:, TYPE] == CHORD]
    begins = np.union1d(parts.bars.start[:-1], parts.chords.step[parts.bars.hold(parts.chords.step)])
    return chromagram(chords)[np.searchsorted(begins, beat, side="right") - 1]


def _empty_bars(parts: Parts) -> float:
    both = merged(parts.melody, parts.accompaniment)
    sounds = np.zeros(parts.bars.steps + 1, int)
    first, last = (
        (at - parts.bars.start[0]).clip(0, parts.bars.steps) for at in (both.step, both.step + both.duration)
    )
    np.add.at(sounds, first, 1)
    np.add.at(sounds, last, -1)
    border = parts.bars.start[:-1] - parts.bars.start[0]
    is_heard = np.add.reduceat(sounds.cumsum()[:-1], border) > 0
    said = encode(parts.bars, chords=parts.chords)
    is_chord = (said.event[:, TYPE] == CHORD) & (said.event[:, ROOT] != NO_ROOT)
    has_chord = np.isin(np.arange(len(parts.bars)), said.bar[is_chord])
    return float((~is_heard)[has_chord].mean()) if has_chord.any() else np.nan


def _in_chord(parts: Parts, chroma: NDArray[np.uint8]) -> float:
    beat = (parts.melody.step - parts.bars.start[0]) // STEPS_PER_BEAT
    sounding = chroma[beat.clip(0, len(chroma) - 1)]
    has_chord = sounding.any(axis=1)
    found = sounding[np.arange(len(beat)), parts.melody.pitch % 12][has_chord]
    return float(found.mean()) if len(found) else np.nan


def _in_scale(parts: Parts) -> float:
    pitches = np.concatenate([parts.melody.pitch, parts.accompaniment.pitch])
    count = np.bincount(pitches % 12, minlength=12)
    scales = [np.roll(_MAJOR, tonic) for tonic in range(12)]
    best = max(scales, key=lambda scale: int(count[scale].sum()))
    found = best[parts.melody.pitch % 12]
    return float(found.mean()) if len(found) else np.nan


def _reach(name: str, notes: Quantised, bars: int) -> dict[str, float]:
    low, high = np.percentile(notes.pitch, [5, 95]) if len(notes.pitch) else (np.nan, np.nan)
    return {
        f"{name}: lowest pitch": float(low),
        f"{name}: highest pitch": float(high),
        f"{name}: notes per bar": len(notes.pitch) / bars,
    }
