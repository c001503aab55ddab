"""Examples of V-MusProd's stages, made of the rows of an export.

What the paper leaves open is chosen by us. The melody is the track `melody`; all other tracks are
accompaniment: so POP909's bridge, the "secondary melodies or lead instruments", is, as the melody that the
paper has in mind is one line. A song begins with the bar of its first note and ends with the bar in which its
last one does, so nobody learns to be silent until the singer comes. Bars keep their number in the song, and
the Timing Encoding tells how far the *song* has come, also where an example is only a part of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.clock import video_time
from symmv_tools.dataset.segments import means
from symmv_tools.errors import BadSettings
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.music.quantise import Grid, Quantised, quantise
from symmv_tools.music.tempo import global_tempo
from symmv_tools.music.tokens.clock import Bars, bars_of, timing
from symmv_tools.music.tokens.encode import encode, framed, merged
from symmv_tools.music.tokens.harmony import Harmony, harmony_of, transposed
from symmv_tools.music.tokens.vocabulary import Tokens
from symmv_tools.settings import semantic
from symmv_tools.training.chance import semitones
from symmv_tools.video.motion import tempo_of_motion

STAGES = ("chord", "melody", "accompaniment", "music")
"""What can be learned: chords; melody from chords; accompaniment from chords merged with melody; and, for the
ablations of the paper's table 2, the undivided music from chords (Video2music leaves the source alone)."""

SEEING = ("chord", "music")
"""The stages that see the video; the others are told chords, and how far the song has come."""

MELODY = "melody"
"""The track that is the melody."""

COLUMNS = (
    *(f"note_midi.{part}" for part in ("time", "duration", "value", "track")),
    *(f"beat.{part}" for part in ("time", "value")),
    *(f"chord.{part}" for part in ("time", "duration", "value")),
    *("tempo_global", "alignment", "audio_video_offset"),
)
"""What examples are made of."""

FEATURES = ("semantic", "colour")


@dataclass(frozen=True)
class ExampleSettings:
    """How songs become examples. The paper says only where the tempo comes from: from motion."""

    most_bars: int = semantic(0, "bars of an example, a stretch of its song; 0 = whole songs")
    crop: str = semantic(
        "random", "which bars of a longer song: random, or its first", choices=("random", "first")
    )
    transpose: bool = semantic(True, "by -5 to 6 semitones, anew in each epoch")
    tempo: str = semantic(
        "song", "the song's own, or what its video's motion maps to (paper, 4.1)", choices=("song", "motion")
    )
    feature_seconds: float = semantic(1.0, "semantic and colour features are means over so many seconds")

    def __post_init__(self) -> None:
        if self.most_bars < 0:
            raise BadSettings(f"most_bars is {self.most_bars}; it must be 0 or more", "0 takes whole songs")
        if not self.feature_seconds > 0:
            raise BadSettings(f"feature_seconds is {self.feature_seconds:g}; it must be above 0")


class Example(NamedTuple):
    """One song, or a stretch of it, as one stage learns it.

    `target` runs from START to END; `source` is what the encoder reads, None for chords. `timing` (n,) and
    `source_timing` are the classes of CMT's Timing Encoding for each of their events. `tempo` is in beats per
    minute. `length_bars` counts the bars of the whole song. `semantic` (Ts, ds) and `colour` (Tc, dc) are the
    video's features meanwhile, None where the export has none of this song.
    """

    song_id: str
    target: Tokens
    source: Tokens | None
    timing: NDArray[np.int64]
    source_timing: NDArray[np.int64] | None
    tempo: float
    length_bars: int
    semantic: NDArray[np.float32] | None
    colour: NDArray[np.float32] | None


class Parts(NamedTuple):
    """A song on the grid of its beats: its bars, and melody, accompaniment and chords in steps."""

    grid: Grid
    bars: Bars
    melody: Quantised
    accompaniment: Quantised
    chords: Harmony


def parts_of(song: Mapping[str, Any]) -> Parts:
    """Return a Row on its grid. What is null is empty; but there must be two beats, and a note or chord."""
    grid = Grid(np.asarray(song["beat"]["time"], np.float64), np.asarray(song["beat"]["value"], np.uint8))
    melody, accompaniment = (quantise(notes, grid) for notes in _split(song.get("note_midi")))
    chord = song.get("chord") or {"time": np.zeros(0), "duration": np.zeros(0), "value": []}
    bars = _sounding_bars(grid, (melody, accompaniment), chord)
    chords = harmony_of(chord["time"], chord["duration"], chord["value"], grid, bars)
    return Parts(grid, bars, melody, accompaniment, chords)


def _split(group: Mapping[str, Any] | None) -> Iterator[Notes]:
    """Melody and accompaniment; velocities are dropped, tokens have none."""
    if group is None:
        group = dict.fromkeys(("time", "duration", "value", "track"), np.zeros(0))
    is_melody = np.array([track == MELODY for track in group["track"]], bool)
    for mine in (is_melody, ~is_melody):
        time, duration, pitch = (np.asarray(group[part])[mine] for part in ("time", "duration", "value"))
        yield make_notes(time, duration, pitch, np.zeros(len(time)))


def _sounding_bars(grid: Grid, parts: tuple[Quantised, ...], chord: Mapping[str, Any]) -> Bars:
    """The bars from the first note to the end of the last; without notes, of the chords."""
    step = np.concatenate([part.step for part in parts])
    end = np.concatenate([part.step + part.duration for part in parts])
    if len(step) == 0:
        step = np.rint(grid.step_at(chord["time"])).astype(np.int64)
        end = np.rint(grid.step_at(chord["time"] + chord["duration"])).astype(np.int64)
    return bars_of(grid, int(step.min()), int(end.max()))


# --- an example -----------------------------------------------------------------------------------


def example_of(
    song: Mapping[str, Any],
    features: Mapping[str, Mapping[str, Any]],
    stage: str,
    settings: ExampleSettings,
    rng: np.random.Generator,
    motion_range: tuple[float, float] | None = None,
) -> Example:
    """Return what `stage` learns of a Row, see `parts_of`.

    `features` are those of semantic, colour and motion that there are, as `row.FEATURES`. With
    `settings.tempo` motion, that and `motion_range` (`Constants`) must be there.
    """
    parts = parts_of(song)
    first, part = _stretch(parts.bars, settings, rng)
    pitch = np.concatenate([parts.melody.pitch, parts.accompaniment.pitch])
    higher = semitones(pitch, rng) if settings.transpose else 0
    target, source = _tokens(_moved(parts, higher)._replace(bars=part), stage, first)
    edges = _edges(parts.grid, part, settings.feature_seconds)
    seen = {name: _seen(features.get(name), video_time(song, edges)) for name in FEATURES}
    return Example(
        song_id=song["song_id"],
        target=target,
        source=source,
        timing=timing(target.bar, target.beat, parts.bars),
        source_timing=None if source is None else timing(source.bar, source.beat, parts.bars),
        tempo=_tempo(song, features, settings, motion_range),
        length_bars=len(parts.bars),
        **seen,
    )


def _stretch(bars: Bars, settings: ExampleSettings, rng: np.random.Generator) -> tuple[int, Bars]:
    """The first bar of the example, and its bars."""
    most = settings.most_bars or len(bars)
    spare = max(0, len(bars) - most)
    first = int(rng.integers(spare + 1)) if settings.crop == "random" else 0
    return first, bars.part(first, most)


def _moved(parts: Parts, higher: int) -> Parts:
    melody, accompaniment = (
        notes._replace(pitch=(notes.pitch.astype(int) + higher).astype(np.uint8))
        for notes in (parts.melody, parts.accompaniment)
    )
    chords = transposed(parts.chords, higher)
    return parts._replace(melody=melody, accompaniment=accompaniment, chords=chords)


def _tokens(parts: Parts, stage: str, first_bar: int) -> tuple[Tokens, Tokens | None]:
    """Target and source of a stage."""
    _, bars, melody, accompaniment, chords = parts
    if stage == "chord":
        return framed(encode(bars, chords=chords, first_bar=first_bar)), None
    by_stage = {"melody": melody, "accompaniment": accompaniment}
    said = by_stage[stage] if stage in by_stage else merged(melody, accompaniment)
    heard = melody if stage == "accompaniment" else None
    target = framed(encode(bars, notes=said, first_bar=first_bar))
    return target, encode(bars, chords=chords, notes=heard, first_bar=first_bar)


# --- what the video gives -------------------------------------------------------------------------


def _edges(grid: Grid, bars: Bars, seconds: float) -> NDArray[np.float64]:
    """The borders of equal parts of the time of `bars`, seconds of music."""
    begin, end = grid.seconds_at(bars.start[[0, -1]]).tolist()
    count = max(1, math.ceil((end - begin) / seconds))
    return np.asarray(begin + seconds * np.arange(count + 1))


def _seen(features: Mapping[str, Any] | None, edges: NDArray[np.float64]) -> NDArray[np.float32] | None:
    if features is None or len(features["value"]) == 0:
        return None
    return means(features, edges).astype(np.float32)


def _tempo(
    song: Mapping[str, Any],
    features: Mapping[str, Mapping[str, Any]],
    settings: ExampleSettings,
    motion_range: tuple[float, float] | None,
) -> float:
    if settings.tempo == "motion":
        assert motion_range is not None
        moving = np.asarray(features["motion"]["value"], np.float64)[:, 0]  # 1 would be the optical flow
        return tempo_of_motion(float(moving.mean()), *motion_range)
    found = song.get("tempo_global") or global_tempo(np.asarray(song["beat"]["time"], np.float64))
    assert found is not None  # there are two beats
    return float(found)
