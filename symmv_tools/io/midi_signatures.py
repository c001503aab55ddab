"""Time and key signatures in a MIDI file: what `io.midi` leaves out, for those who carry rows elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import symusic
from numpy.typing import NDArray

from symmv_tools.io._midi_chunks import standard_part
from symmv_tools.io.midi import clock_of

_FIFTHS = {letter: i - 1 for i, letter in enumerate("FCGDAEB")}
_MOST_ACCIDENTALS = 7
_MAJOR, _MINOR = 0, 1


class Signatures(NamedTuple):
    """Signatures, each valid until the next: numerator / denominator from `time`, `key` from `key_time` on.

    Times are seconds, float64; keys are JAMS key_mode labels such as `F#:minor`.
    """

    time: NDArray[np.float64]
    numerator: NDArray[np.uint8]
    denominator: NDArray[np.uint8]
    key_time: NDArray[np.float64]
    key: list[str]


def with_signatures(raw: bytes, metre: Mapping[str, Any] | None, keys: Mapping[str, Any] | None) -> bytes:
    """Return a MIDI file of `io.midi.write` with the Row's `time_signature` and `key_mode` groups added.

    Left out are what MIDI cannot say: denominators that are no power of two, and numerators of 0. A key
    with more than seven accidentals is respelt (`G#:major` becomes `Ab:major`).
    """
    score: Any = symusic.Score.from_midi(raw)
    (tempo,) = score.tempos
    ticks_per_second = score.ticks_per_quarter * 1e6 / tempo.mspq
    for tick, over, under in _events(metre, ticks_per_second, "numerator", "denominator"):
        if over > 0 and under > 0 and under & (under - 1) == 0:
            score.time_signatures.append(symusic.TimeSignature(tick, int(over), int(under)))
    for tick, key in _events(keys, ticks_per_second, "value"):
        score.key_signatures.append(symusic.KeySignature(tick, *_accidentals(key)))
    return bytes(score.dumps_midi())


def read_signatures(raw: bytes) -> Signatures:
    """Read the signatures of a MIDI file that `io.midi.parse` has accepted."""
    score: Any = symusic.Score.from_midi(standard_part(raw, "the MIDI data"))
    clock = clock_of(score)
    metre, keys = score.time_signatures.numpy(), score.key_signatures.numpy()
    return Signatures(
        clock.at(metre["time"]),
        metre["numerator"].astype(np.uint8),
        metre["denominator"].astype(np.uint8),
        clock.at(keys["time"]),
        [_name(int(sharps), int(mode)) for sharps, mode in zip(keys["key"], keys["tonality"], strict=True)],
    )


def _events(group: Mapping[str, Any] | None, ticks_per_second: float, *names: str) -> list[tuple[Any, ...]]:
    if group is None:
        return []
    ticks = np.round(np.asarray(group["time"], float) * ticks_per_second).astype(int).tolist()
    return list(zip(ticks, *(np.asarray(group[name]).tolist() for name in names), strict=True))


def _accidentals(key: str) -> tuple[int, int]:
    """Return the sharps of a key (flats are negative), -7 to 7, and its mode."""
    tonic, mode = key.split(":")
    sharps = _FIFTHS[tonic[0]] + 7 * (tonic.count("#") - tonic.count("b"))
    sharps -= 3 if mode == "minor" else 0
    if abs(sharps) > _MOST_ACCIDENTALS:
        sharps -= 12 if sharps > 0 else -12
    return sharps, _MINOR if mode == "minor" else _MAJOR


def _name(sharps: int, mode: int) -> str:
    steps = sharps + (3 if mode == _MINOR else 0) + 1
    accidentals = steps // 7
    letter = "FCGDAEB"[steps % 7]
    spelt = "#" * accidentals if accidentals > 0 else "b" * -accidentals
    return f"{letter}{spelt}:{'minor' if mode == _MINOR else 'major'}"
