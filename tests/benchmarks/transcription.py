"""Accuracy and speed of the transcription engines on rendered POP909 songs.

    SYMMV_DATA=… python -m tests.benchmarks.transcription [SONGS [SECONDS]]

All tracks of a song are played by one sampled piano (TimGM6mb), with the pedal up: held notes have no
end that a listener could name. The truth is what sounds: a pitch that two tracks strike together counts
once, and a note ends where its pitch is struck again. Scores are mir_eval's F1: onsets within 50 ms;
offsets too within 20 % of the note or 50 ms.
"""

from __future__ import annotations

import os
import sys
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
import soxr
import torch
from numpy.typing import NDArray
from piano_transcription_inference.models import Note_pedal

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.io import midi
from symmv_tools.io.render import released, render
from symmv_tools.models import basic_pitch, bytedance, transkun
from symmv_tools.music.notes import Notes, make_notes
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section

SONGS = ("001", "010", "100", "300", "500", "050", "200", "400", "600", "700")
HOPS = (8.0, 12.0, 14.0, 16.0)  # seconds between TransKun's segments of 16 s
THREADS = 1  # the cost of a core says more than the wall time of a shared machine
RATE = 44100


class Piece(NamedTuple):
    """A song to be heard: `sound` is stereo at 44.1 kHz, `truth` what it plays."""

    name: str
    truth: Notes
    sound: NDArray[np.float32]


class Contestant(NamedTuple):
    """An engine with its settings; `scored` is False if its weights are random."""

    name: str
    setting: str
    sample_rate: int
    channels: int
    listen: Callable[[NDArray[np.float32]], Notes]
    scored: bool = True


class Result(NamedTuple):
    """One contestant on one piece."""

    onset: float
    with_offset: float
    wall: float
    cpu: float


def main() -> None:
    """Hear every piece with every engine, and write the table."""
    n_songs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    torch.set_num_threads(THREADS)
    machine = f"{hardware()} Load average before: {os.getloadavg()[0]:.1f}."
    archive = data() / "symbolic" / "POP909_001-800.tar.gz"
    pieces = [piece(name, path, seconds) for name, path in unpacked(archive, SONGS[:n_songs])]
    text = "\n".join([*table(pieces, seconds), "", f"{note(pieces, seconds)} {machine}"])
    print(text)
    replace_section("transcription", text)


# --- what is heard --------------------------------------------------------------------------------


def unpacked(archive: Path, names: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield the names of songs and where their MIDI files lie for the moment."""
    if not archive.is_file():
        sys.exit(f"there is no {archive}; SYMMV_DATA must hold the POP909 archive there")
    with tarfile.open(archive) as tar, tempfile.TemporaryDirectory() as folder:
        for name in names:
            tar.extract(f"POP909/{name}/{name}.mid", folder, filter="data")
            yield name, Path(folder) / "POP909" / name / f"{name}.mid"


def piece(name: str, path: Path, seconds: float) -> Piece:
    """Render the beginning of a MIDI file."""
    file = midi.read(path)
    notes = without_unisons(file.notes.take(file.notes.onset < seconds - 0.1))
    end = np.minimum(released(notes, None), seconds)
    truth = make_notes(notes.onset, np.maximum(end - notes.onset, 0.01), notes.pitch, notes.velocity)
    sound = render(notes, sample_rate=RATE)[: round(seconds * RATE)]
    return Piece(name, truth, sound)


def without_unisons(notes: Notes) -> Notes:
    """Return the notes without those that strike a pitch within 50 ms of an earlier note."""
    last: dict[int, float] = {}
    keep = np.ones(len(notes), bool)
    for i, (onset, pitch) in enumerate(zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True)):
        keep[i] = onset - last.get(pitch, -1.0) > 0.05
        if keep[i]:
            last[pitch] = onset
    return notes.take(keep)


# --- who listens ----------------------------------------------------------------------------------


def contestants() -> Iterator[Contestant]:
    """Yield every engine, its network loaded."""
    model = transkun.load(str(checkpoints.locate("transkun-2.0")), "cpu")
    for hop in HOPS:
        listen = partial(_transkun, model=model, hop=hop)
        yield Contestant("transkun", f"16 / {hop:g} s", transkun.SAMPLE_RATE, transkun.CHANNELS, listen)
    net = basic_pitch.load(str(checkpoints.locate("basic-pitch-icassp-2022")), "cpu", THREADS)
    hear = partial(basic_pitch.transcribe, model=net, batch=4)
    yield Contestant("basic-pitch", "", basic_pitch.SAMPLE_RATE, basic_pitch.CHANNELS, hear)
    yield _bytedance()


def _transkun(samples: NDArray[np.float32], model: object, hop: float) -> Notes:
    return transkun.transcribe(samples, model, segment_seconds=16.0, hop_seconds=hop)[0]


def _bytedance() -> Contestant:
    try:
        weights, scored = checkpoints.locate("bytedance-piano"), True
    except MissingCheckpoint:
        weights, scored = _random_weights(), False
    model = bytedance.load(str(weights), "cpu")
    setting = "batch 4" if scored else "batch 4, random weights"
    rate, channels = bytedance.SAMPLE_RATE, bytedance.CHANNELS
    return Contestant(
        "bytedance", setting, rate, channels, lambda x: bytedance.transcribe(x, model, batch=4)[0], scored
    )


def _random_weights() -> Path:
    """Write a checkpoint of the published form and size; its speed is that of the real one."""
    torch.manual_seed(0)
    net = Note_pedal(100, 88)
    states = {part: getattr(net, part).state_dict() for part in ("note_model", "pedal_model")}
    path = Path(tempfile.mkdtemp()) / "random.pth"
    torch.save({"model": states}, path)
    return path


# --- how well and how fast --------------------------------------------------------------------------

HEADER = (
    "| engine | setting | onset F1 | worst song | onset+offset F1 | worst song "
    "| wall s per s | CPU s per s |\n|---|---|---|---|---|---|---|---|"
)


def table(pieces: list[Piece], seconds: float) -> list[str]:
    """Let every engine hear piece after piece, so that a busy hour of the machine strikes all alike."""
    results: dict[Contestant, list[Result]] = {contestant: [] for contestant in contestants()}
    for contestant in results:
        contestant.listen(_as_wanted(contestant, pieces[0].sound[: 2 * RATE]))  # warm up
    for i, one in enumerate(pieces):
        for contestant, made in results.items():
            if contestant.scored or i == 0:  # random weights are only timed
                made.append(hear(contestant, one, seconds))
                print(one.name, contestant.name, contestant.setting, made[-1], flush=True)
    return [HEADER, *(row(contestant, made) for contestant, made in results.items())]


def row(contestant: Contestant, results: list[Result]) -> str:
    """Return one line: mean and worst scores, median times."""
    onset, with_offset, wall, cpu = np.array(results).T
    scores = [onset.mean(), onset.min(), with_offset.mean(), with_offset.min()]
    cells = [f"{score:.3f}" if contestant.scored else "-" for score in scores]
    times = [f"{np.median(wall):.2f}", f"{np.median(cpu):.2f}"]
    return f"| {' | '.join([contestant.name, contestant.setting, *cells, *times])} |"


def hear(contestant: Contestant, piece: Piece, seconds: float) -> Result:
    """Time one engine on one piece and score what it wrote."""
    samples = _as_wanted(contestant, piece.sound)
    wall, cpu = time.perf_counter(), time.process_time()
    notes = contestant.listen(samples)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Result(
        score(piece.truth, notes, None), score(piece.truth, notes, 0.2), wall / seconds, cpu / seconds
    )


def score(truth: Notes, notes: Notes, offset_ratio: float | None) -> float:
    """F1 of notes found; with an `offset_ratio` their ends must be right too."""
    parts = [*_for_mir_eval(truth), *_for_mir_eval(notes)]
    with warnings.catch_warnings(action="ignore"):  # of empty estimates, which score 0
        found = mir_eval.transcription.precision_recall_f1_overlap(*parts, offset_ratio=offset_ratio)
    return float(found[2])


def _for_mir_eval(notes: Notes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    intervals = np.stack([notes.onset, np.maximum(notes.offset, notes.onset + 0.01)], axis=1)
    return intervals, 440.0 * 2.0 ** ((notes.pitch.astype(float) - 69.0) / 12.0)


def _as_wanted(contestant: Contestant, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    sound = sound.mean(axis=1) if contestant.channels == 1 else sound
    return np.ascontiguousarray(soxr.resample(sound, RATE, contestant.sample_rate))


def note(pieces: list[Piece], seconds: float) -> str:
    """What the numbers are of."""
    return (
        f"POP909 songs {', '.join(p.name for p in pieces)}, the first {seconds:g} s, all tracks on one piano "
        "(TimGM6mb), pedal up; a pitch struck twice within 50 ms counts once. mir_eval: onsets within 50 ms, "
        "offsets within 20 % or 50 ms. `setting` of transkun: segment / hop. Times are medians over the "
        f"songs, per second of music, on {THREADS} thread, without loading.\n\n"
        "`SYMMV_DATA=… python -m tests.benchmarks.transcription`."
    )


if __name__ == "__main__":
    main()
