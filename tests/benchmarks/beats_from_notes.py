"""Beats and downbeats from notes: ours, accents, naive grids, and madmom on the rendered audio.

    SYMMV_DATA=… python -m tests.benchmarks.beats_from_notes [SONGS_HEARD [SECONDS_HEARD]]

Data: POP909 701-800, all tracks merged, against beat_midi.txt; ASAP's 20 performances against their
annotations. Convention: mir_eval, 70 ms, the first 5 s trimmed; F of beats, F of downbeats, CMLt and
AMLt of beats; means over songs. Downbeats of POP909 are the third column; where that counts bars of six
(index.xlsx: three), the second. POP909 also has bars heard in the recordings (beat_audio.txt): "audio's
bars" is F of downbeats against those, moved to the nearest beats of beat_midi.txt, over the songs in which
both have equally long bars. madmom hears the first SECONDS_HEARD of SONGS_HEARD songs of each, played by
one sampled piano; the others are scored on the same beginnings beside it.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.io import midi
from symmv_tools.io.render import render
from symmv_tools.music.accents import beats_by_accents
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.stages.beats import BeatsSettings
from symmv_tools.stages.beats_from_notes import CHECKPOINT, BeatsFromNotesSettings, tracker
from symmv_tools.training.beat_examples import read_song
from tests.benchmarks.beats import OWN_MAX_BPM, hear, spawned
from tests.benchmarks.data import data, pop909
from tests.benchmarks.page import hardware, replace_section

Times = NDArray[np.float64]
OURS, ACCENTS = "notes: network (`default`)", "notes: accents (`tracker = accents`)"
HEADER = (
    "| beats from | songs | F | downbeat F | audio's bars | CMLt | AMLt | fails |\n"
    "|---|---|---|---|---|---|---|---|"
)


class Found(NamedTuple):
    """Beats and downbeats in seconds, annotated or found."""

    beats: Times
    downbeats: Times


class Piece(NamedTuple):
    """A piece, what is annotated of it, and the beats that the MIDI file's own tempo implies.

    `audio_downbeats` are the recording's bars on the annotated beats, empty where they do not fit.
    """

    name: str
    notes: Notes
    truth: Found
    audio_downbeats: Times
    own: Found
    pedal: dict[str, NDArray[np.float64]]


Contender = Callable[[Piece], Found]


# --- the pieces -----------------------------------------------------------------------------------


def pop_piece(folder: Path) -> Piece:
    """Read one song of POP909."""
    song, file = read_song(folder), midi.read(folder / f"{folder.name}.mid")
    truth = Found(song.beat, song.beat[song.is_downbeat])
    audio = np.loadtxt(folder / "beat_audio.txt")
    audio_downbeats = on_beats(audio[audio[:, 1] == 1, 0], truth)
    return Piece(folder.name, file.notes, truth, audio_downbeats, implied(file), file.pedal)


def on_beats(downbeats: Times, truth: Found) -> Times:
    """Downbeats heard in a recording, on the beats nearest to them; none if the bars are not equally long."""
    ratio = np.median(np.diff(downbeats)) / np.median(np.diff(truth.downbeats))
    nearest = np.abs(downbeats[:, None] - truth.beats).argmin(axis=1)
    distance = np.abs(downbeats - truth.beats[nearest])
    fits = 0.9 < ratio < 1.1 and np.median(distance) < 0.15
    return np.unique(truth.beats[nearest[distance < 0.2]]) if fits else np.zeros(0)


def asap_piece(path: Path) -> Piece:
    """Read one performance of ASAP; its labels are b, db and bR (a beat that cannot be told exactly)."""
    file = midi.read(path)
    lines = path.with_name(f"{path.stem}_annotations.txt").read_text("utf-8").splitlines()
    rows = [(float(line.split("\t")[0]), line.split("\t")[2].split(",")[0]) for line in lines]
    beats = np.array([t for t, label in rows if label in ("b", "db", "bR")])
    truth = Found(beats, np.array([t for t, label in rows if label == "db"]))
    return Piece("/".join(path.parts[-3:-1]), file.notes, truth, np.zeros(0), implied(file), file.pedal)


def asap_pieces() -> list[Piece]:
    """Read them all."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        tarfile.open(data() / "symbolic" / "ASAP_dev20.tar.gz") as t,
    ):
        t.extractall(scratch, filter="data")
        return [asap_piece(path) for path in sorted(Path(scratch).rglob("*.mid"))]


def implied(file: midi.MidiFile) -> Found:
    """A beat per quarter of the file from its first tick, four to the bar."""
    starts = np.append(file.tempo.time, max(file.duration, file.tempo.time[-1] + 1.0))
    quarters = np.concatenate([[0.0], np.cumsum(np.diff(starts) * file.tempo.bpm / 60.0)])
    beats = np.interp(np.arange(int(quarters[-1]) + 1), quarters, starts)
    return Found(beats, beats[::4])


def beginning(piece: Piece, seconds: float) -> Piece:
    """The first `seconds` of a piece."""
    truth = Found(*(times[times < seconds] for times in piece.truth))
    audio_downbeats = piece.audio_downbeats[piece.audio_downbeats < seconds]
    notes = piece.notes.take(piece.notes.onset < seconds)
    return piece._replace(notes=notes, truth=truth, audio_downbeats=audio_downbeats)


def as_if_transcribed(piece: Piece) -> Piece:
    """Every onset 15 ms off (one deviation), 1 note in 10 missing, 1 in 20 invented, velocities by chance."""
    rng, notes = np.random.default_rng(0), piece.notes
    notes = notes.take(rng.random(len(notes)) > 0.1)
    n = len(notes)
    extra = rng.integers(n, size=n // 20)
    onset = notes.onset + rng.normal(0, 0.015, n)
    made = make_notes(
        np.append(onset, onset[extra] + rng.uniform(-0.5, 0.5, len(extra))),
        np.append(notes.duration, notes.duration[extra]),
        np.append(notes.pitch, notes.pitch[extra] - 12),
        rng.integers(20, 110, n + len(extra)),
    )
    return piece._replace(notes=made)


# --- the contenders -------------------------------------------------------------------------------


def network() -> Contender:
    """What `default` does."""
    track = tracker(BeatsFromNotesSettings(), {CHECKPOINT: str(checkpoints.locate(CHECKPOINT))})

    def find(piece: Piece) -> Found:
        beats = track(piece.notes)
        return Found(beats.time, beats.time[beats.position == 1])

    return find


def accents(piece: Piece) -> Found:
    """The tracker without a network."""
    beats = beats_by_accents(piece.notes)
    return Found(beats.time, beats.time[beats.position == 1])


def grid(piece: Piece) -> Found:
    """120 beats per minute from the first onset, four to the bar."""
    beats = np.arange(piece.notes.onset[0], piece.notes.end, 0.5)
    return Found(beats, beats[::4])


def own(piece: Piece) -> Found:
    """What the file says of its tempo."""
    return piece.own


def heard(pieces: Sequence[Piece], seconds: float) -> dict[str, list[Found]]:
    """What madmom hears, by fastest tempo."""
    found: dict[str, list[Found]] = {}
    with spawned() as process:
        for piece in pieces:
            sound = render(piece.notes, piece.pedal)[: round(seconds * 44100)].mean(axis=1)
            for fastest, rows in process.submit(hear, sound, "madmom").result().beats.items():
                name = f"audio: madmom, to {fastest:g} bpm"
                found.setdefault(name, []).append(Found(rows[:, 0], rows[rows[:, 1] == 1, 0]))
    return found


# --- the scores -----------------------------------------------------------------------------------


def scores(truth: Found, found: Found) -> tuple[float, float, float, float]:
    """F of beats, F of downbeats, CMLt, AMLt."""
    (beats, downbeats), (our_beats, our_downbeats) = (
        [mir_eval.beat.trim_beats(times) for times in each] for each in (truth, found)
    )
    _, correct, _, allowed = mir_eval.beat.continuity(beats, our_beats)
    f_measure = mir_eval.beat.f_measure
    return f_measure(beats, our_beats), f_measure(downbeats, our_downbeats), correct, allowed


def failure(truth: Found, found: Found, score: Sequence[float]) -> str | None:
    """What went wrong, if much did."""
    if len(found.beats) < 2:
        return "no beats"
    ratio = float(np.median(np.diff(truth.beats)) / np.median(np.diff(found.beats)))
    if score[0] < 0.8:
        wrong = [name for name, (low, high) in TEMPI.items() if low <= ratio < high]
        return wrong[0] if wrong else "beside the beat"
    return "bars displaced" if score[1] < 0.6 else None


TEMPI = {
    "under half tempo": (0.0, 0.4),
    "half tempo": (0.4, 0.6),
    "two thirds": (0.6, 0.75),
    "three halves": (1.4, 1.6),
    "double tempo": (1.6, 2.4),
    "over double": (2.4, 99.0),
}


def line(name: str, pieces: Sequence[Piece], found: Sequence[Found]) -> str:
    """One row of the table; says on the screen which pieces failed, and the row at once."""
    table = [scores(piece.truth, f) for piece, f in zip(pieces, found, strict=True)]
    failures = [failure(p.truth, f, s) for p, f, s in zip(pieces, found, table, strict=True)]
    for piece, score, what in zip(pieces, table, failures, strict=True):
        if what:
            print(f"{name}\t{piece.name}\t{what}\t" + "\t".join(f"{value:.3f}" for value in score))
    counts = {
        what: failures.count(what) for what in (*TEMPI, "beside the beat", "bars displaced", "no beats")
    }
    said = ", ".join(f"{n} {what}" for what, n in counts.items() if n) or "none"
    beat, downbeat, correct, allowed = np.mean(table, axis=0)
    row = (
        f"| {name} | {len(pieces)} | {beat:.3f} | {downbeat:.3f} | {of_audio(pieces, found)} "
        f"| {correct:.3f} | {allowed:.3f} | {said} |"
    )
    print(row, flush=True)
    return row


def of_audio(pieces: Sequence[Piece], found: Sequence[Found]) -> str:
    """Mean F of downbeats against the recordings' bars, and over how many songs."""
    each = [
        mir_eval.beat.f_measure(
            *(mir_eval.beat.trim_beats(times) for times in (p.audio_downbeats, f.downbeats))
        )
        for p, f in zip(pieces, found, strict=True)
        if len(p.audio_downbeats)
    ]
    return f"{np.mean(each):.3f} ({len(each)})" if each else ""


def milliseconds(contender: Contender, pieces: Sequence[Piece]) -> float:
    """CPU time per piece, warm."""
    contender(pieces[0])
    begin = time.process_time()
    for piece in pieces:
        contender(piece)
    return (time.process_time() - begin) / len(pieces) * 1e3


def main() -> None:
    """Score everybody, and write the tables."""
    n_heard = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with pop909() as folder:
        pop = [pop_piece(folder / f"{number:03d}") for number in range(701, 801)]
    asap, ours = asap_pieces(), network()
    kinds = {"POP909 701-800": pop, "ASAP, 20 performances": asap}
    whole = {title: rows_of_whole_pieces(pieces, ours) for title, pieces in kinds.items()}
    begun = {title: rows_of_beginnings(pieces, ours, n_heard, seconds) for title, pieces in kinds.items()}
    tables = [f"**{title}**\n\n" + "\n".join([HEADER, *whole[title], *begun[title]]) for title in kinds]
    text = "\n\n".join([*tables, note(ours, pop, seconds)])
    print(text)
    replace_section("beats_from_notes", text)


def rows_of_whole_pieces(pieces: Sequence[Piece], ours: Contender) -> list[str]:
    """Everybody but madmom, on the notes as they are; the trackers also on disturbed ones."""
    contenders = {OURS: ours, ACCENTS: accents, "120 bpm from the first onset": grid, "the file's tempo": own}
    rows = [line(name, pieces, [find(p) for p in pieces]) for name, find in contenders.items()]
    worse = [as_if_transcribed(p) for p in pieces]
    for name in (OURS, ACCENTS):
        rows.append(line(f"{name}, notes disturbed", worse, [contenders[name](p) for p in worse]))
    return rows


def rows_of_beginnings(pieces: Sequence[Piece], ours: Contender, n_heard: int, seconds: float) -> list[str]:
    """The trackers and madmom on the beginnings of some pieces."""
    some = [beginning(p, seconds) for p in pieces[:: max(1, len(pieces) // n_heard)]][:n_heard]
    found = {OURS: [ours(p) for p in some], ACCENTS: [accents(p) for p in some], **heard(some, seconds)}
    return [line(name, some, each) for name, each in found.items()]


def note(ours: Contender, pop: Sequence[Piece], seconds: float) -> str:
    """The words below the tables."""
    speed = {name: milliseconds(find, pop[:30]) for name, find in ((OURS, ours), (ACCENTS, accents))}
    fast = "; ".join(f"{name} {value:.0f} ms" for name, value in speed.items())
    command = " ".join(["python -m tests.benchmarks.beats_from_notes", *sys.argv[1:]])
    n_notes = np.mean([len(piece.notes) for piece in pop[:30]])
    return (
        f"Rows of fewer songs: their first {seconds:g} s, rendered with TimGM6mb for madmom (fastest tempo "
        f"{BeatsSettings().max_bpm:g}, our default, or its own {OWN_MAX_BPM:g}), the notes for the others. "
        "Disturbed: onsets off by 15 ms, a tenth of the notes missing, a twentieth invented, velocities by "
        "chance. Fails: beats below F .8, by the tempo found; bars displaced where beats are right and "
        f"downbeats below F .6. One core per song of {n_notes:.0f} notes: {fast}.\n\n"
        f"`SYMMV_DATA=… {command}`. {hardware()}"
    )


if __name__ == "__main__":
    main()
