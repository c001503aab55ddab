"""How much music is in compound events: events per song and stage, and what the vocabulary cannot hold.

POP909: its released tracks, beat_midi and chord_midi. SymMV (every fifth of 0001-1000): its own split into
melody and accompaniment, its chord files, beats found by our default, for it has none. Whole songs, not
transposed. A chord is held exactly if its label is `N` or names one of the ten qualities and nothing else;
"by time" weighs by duration. Seconds are of one thread's CPU: an example of the accompaniment from a Row in
memory, and encoding alone of all that a song has, beside `tests.music.tokens.said.literally`, which writes
the same events one by one.

The second table is what music loses by being said: the quality metrics of songs as they are (on their own
beats), and decoded from their tokens, melody and accompaniment in one track, from the first bar with a note
on, at the song's steady tempo. A generator that were perfect would score the latter.

    SYMMV_DATA=… python -m tests.benchmarks.tokens
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools.evaluation.quality.catalogue import measure
from symmv_tools.evaluation.quality.piece import piece_of_row
from symmv_tools.music import harte
from symmv_tools.music.beats import Beats
from symmv_tools.music.notes import Notes
from symmv_tools.music.quantise import Grid, performed
from symmv_tools.music.tempo import global_tempo
from symmv_tools.music.tokens.decode import decode
from symmv_tools.music.tokens.encode import encode, merged
from symmv_tools.music.tokens.harmony import Harmony
from symmv_tools.music.tokens.vocabulary import LONGEST, MOST_BEATS
from symmv_tools.sources import pop909 as pop909_source
from symmv_tools.sources import symmv as symmv_source
from symmv_tools.sources.releases import Labels
from symmv_tools.training.chance import generator
from symmv_tools.training.musprod_examples import STAGES, ExampleSettings, example_of, parts_of
from tests.benchmarks.data import pop909, symmv
from tests.benchmarks.melody import beat_tracker
from tests.benchmarks.page import hardware, replace_section
from tests.music.tokens.said import literally

SETTINGS = ExampleSettings(transpose=False)
LITERAL = 20  # songs of each set that are written event by event
METRICS_SAID = (
    "sc_muspy",
    "pe_muspy",
    "pce_muspy",
    "ebr_muspy",
    "ebr_notes",
    "ioi_mgeval",
    "ioi_distinct",
    "gps64_musdr",
    "h4_musdr",
    "polyphony_muspy",
    "notes_per_second",
)
EXACT = {*harte.SYMMV10.values(), ""}


class Measured(NamedTuple):
    """One song. `events` by stage, targets and sources; `chords` rows of (seconds, exact, with bass)."""

    events: dict[str, int]
    bars: int
    long_bars: int
    notes: int
    cut: int
    twins: int
    chords: NDArray[np.float64]
    seconds: dict[str, float]


def main() -> None:
    """Measure, print, write the section."""
    torch.set_num_threads(1)
    with pop909() as folder:
        said = [(real(song), through_tokens(song)) for song in pop909_rows(folder, range(701, 801))]
        found = {
            "POP909 001-700": [*measured_all(pop909_rows(folder, range(1, 701)))],
            "POP909 701-800": [*measured_all(pop909_rows(folder, range(701, 801)))],
        }
    with symmv() as folder:
        found["SymMV, a fifth"] = [*measured_all(symmv_rows(folder, range(1, 1001, 5)))]
    text = "\n".join(
        [*table(found), "", *losses(said), "", f"`python -m tests.benchmarks.tokens`. {hardware()}"]
    )
    print(text)
    replace_section("tokens", text)


# --- rows -----------------------------------------------------------------------------------------


def pop909_rows(folder: Path, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Rows of POP909's songs."""
    for number in numbers:
        said = pop909_source.read_annotations(folder / f"{number:03d}")
        yield row(f"pop909:{number:03d}", said.notes, said.beats_midi, said.chords_midi)


def symmv_rows(folder: Path, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Rows of SymMV's songs, with beats that we found."""
    track = beat_tracker()
    for number in numbers:
        if (folder / "midi" / f"{number:05d}.mid").is_file():
            said = symmv_source.read_annotations(folder, f"{number:05d}")
            yield row(f"symmv:{number:05d}", said.split, track(said.notes), said.chords)


def row(song_id: str, notes: Notes, beats: Beats, chords: Labels) -> dict[str, Any]:
    """A Row as an export would have it."""
    return {
        "song_id": song_id,
        "note_midi": notes.as_group(),
        "beat": {
            "time": beats.time,
            "value": beats.position,
            "confidence": np.ones(len(beats.time), np.float32),
        },
        "chord": chords.as_group(),
        "tempo_global": global_tempo(beats.time),
    }


# --- measuring ------------------------------------------------------------------------------------


def measured_all(rows: Iterator[dict[str, Any]]) -> Iterator[Measured]:
    """Measure each song."""
    return (measured(song, is_literal=i < LITERAL) for i, song in enumerate(rows))


def measured(song: dict[str, Any], *, is_literal: bool) -> Measured:
    """Measure one song."""
    _, bars, melody, accompaniment, chords = parts_of(song)
    examples = {stage: example_of(song, {}, stage, SETTINGS, generator(0, 0, "")) for stage in STAGES}
    events = {stage: len(example.target.event) for stage, example in examples.items()}
    sources = {f"{stage}, source": len(one.source.event) for stage, one in examples.items() if one.source}
    both = merged(melody, accompaniment)
    downbeats = np.flatnonzero(song["beat"]["value"] == 1)
    seconds = {
        "example": took(lambda: example_of(song, {}, "accompaniment", SETTINGS, generator(0, 0, ""))),
        "encode": took(lambda: encode(bars, chords=chords, notes=both)),
    }
    if is_literal:
        seconds["literally"] = took(lambda: literally(bars, chords, both))
    return Measured(
        events | sources,
        len(bars),
        int((np.diff(downbeats) > MOST_BEATS).sum()),
        len(melody.step) + len(accompaniment.step),
        sum(int((part.duration > LONGEST).sum()) for part in (melody, accompaniment)),
        len(song["note_midi"]["time"]) - len(melody.step) - len(accompaniment.step),
        chord_rows(song["chord"]),
        seconds,
    )


def took(work: Callable[[], object]) -> float:
    """CPU seconds of this thread, the second time."""
    work()
    began = time.thread_time()
    work()
    return time.thread_time() - began


def chord_rows(group: dict[str, Any]) -> NDArray[np.float64]:
    """Of each chord its seconds, whether its quality is held exactly, and whether it has a bass."""
    labels = [label.partition("/") for label in group["value"]]
    exact = [name in ("N", "X") or name.partition(":")[2] in EXACT for name, _, _ in labels]
    bass = [bool(slash) for _, slash, _ in labels]
    return np.stack([np.asarray(group["duration"], float), exact, bass], axis=1)


def real(song: dict[str, Any]) -> dict[str, float]:
    """The quality metrics of a Row."""
    return measure(piece_of_row(song))


def through_tokens(song: dict[str, Any]) -> dict[str, float]:
    """The quality metrics of a Row that was said and understood again."""
    notes, grid, said = spoken(song)
    beat = {"time": grid.beat, "value": grid.position}
    chord = {"time": grid.seconds_at(said.step), "value": said.label}
    return measure(
        piece_of_row(
            {"song_id": song["song_id"], "note_midi": notes.as_group(), "beat": beat, "chord": chord}
        )
    )


def spoken(song: dict[str, Any]) -> tuple[Notes, Grid, Harmony]:
    """A Row that was said and understood again: all notes on one track, at a steady tempo."""
    _, bars, melody, accompaniment, chords = parts_of(song)
    parts = (melody, accompaniment)
    heard = [decode(encode(bars, chords=chords, notes=part).event) for part in parts]
    grid = heard[0].bars.as_grid(song["tempo_global"])
    return performed(merged(*(one.notes for one in heard)), grid), grid, heard[0].chords


# --- the table ------------------------------------------------------------------------------------


def table(found: dict[str, list[Measured]]) -> list[str]:
    """Lines of Markdown, a column for each data set."""
    kinds = [*STAGES, *(f"{stage}, source" for stage in STAGES[1:3])]
    lines = {"songs": [f"{len(songs):,}" for songs in found.values()]}
    lines |= {
        f"events, {kind}: mean (95 % of songs have fewer than)": [
            spread([song.events[kind] for song in songs]) for songs in found.values()
        ]
        for kind in kinds
    }
    lines |= {
        "bars: mean (95 %)": [spread([song.bars for song in songs]) for songs in found.values()],
        f"bars of more than {MOST_BEATS} beats, divided": [
            share(s, "long_bars", "bars") for s in found.values()
        ],
        f"notes longer than {LONGEST} 16ths, cut": [share(s, "cut", "notes") for s in found.values()],
        "notes that fall on a twin": [share(s, "twins", "notes") for s in found.values()],
        "chords held exactly, but for the bass (by time)": [held(songs) for songs in found.values()],
        "chords with a bass, lost": [
            f"{100 * np.concatenate([s.chords for s in songs])[:, 2].mean():.1f} %"
            for songs in found.values()
        ],
    }
    for kind in ("example", "encode", "literally"):
        lines[f"CPU ms: {kind}"] = [
            f"{1000 * np.mean([s.seconds[kind] for s in songs if kind in s.seconds]):.2f}"
            for songs in found.values()
        ]
    head = ["| | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    return [*head, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in lines.items())]


def spread(values: list[int]) -> str:
    """Mean and 95th percentile."""
    return f"{np.mean(values):,.0f} ({np.percentile(values, 95):,.0f})"


def share(songs: list[Measured], part: str, whole: str) -> str:
    """The share of all songs' `whole` that is `part`."""
    return f"{100 * sum(getattr(s, part) for s in songs) / sum(getattr(s, whole) for s in songs):.3f} %"


def held(songs: list[Measured]) -> str:
    """Share of chords that the ten qualities hold, by number and by time."""
    seconds, exact, _ = np.concatenate([song.chords for song in songs]).T
    return f"{100 * exact.mean():.1f} % ({100 * (seconds * exact).sum() / seconds.sum():.1f} %)"


def losses(said: list[tuple[dict[str, float], dict[str, float]]]) -> list[str]:
    """Lines of Markdown: means over songs, before and after."""
    lines = ["| POP909 701-800 | as it is | through tokens |", "|---|---|---|"]
    for name in METRICS_SAID:
        before, after = (np.nanmean([pair[i][name] for pair in said]) for i in (0, 1))
        lines.append(f"| `{name}` | {before:.4f} | {after:.4f} |")
    return lines


if __name__ == "__main__":
    main()
