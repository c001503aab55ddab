"""Cut the demo's songs out of POP909: `SYMMV_DATA=… python demo/cut.py`. Run once; its output is shipped.

Each cut is 30 s long (the length of the clip) and starts on a human-checked downbeat of the release,
shortly before the singer comes in. Notes that began earlier are left out.
"""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np

from symmv_tools.io import midi
from symmv_tools.music.notes import make_notes

SECONDS = 30.0
SONGS = {"001": 10.0, "003": 24.0, "010": 14.0, "100": 32.0}
"""POP909 number -> second after which the first downbeat is where the cut starts."""


def main() -> None:
    """Write demo/songs/pop909-NNN.mid for every song."""
    archive = Path(os.environ["SYMMV_DATA"]) / "symbolic" / "POP909_001-800.tar.gz"
    out = Path(__file__).parent / "songs"
    with tarfile.open(archive) as tar, tempfile.TemporaryDirectory() as scratch:
        for number, earliest in SONGS.items():
            names = [f"POP909/{number}/{number}.mid", f"POP909/{number}/beat_midi.txt"]
            tar.extractall(scratch, [tar.getmember(name) for name in names], filter="data")
            song, beats = (Path(scratch) / name for name in names)
            out.mkdir(exist_ok=True)
            (out / f"pop909-{number}.mid").write_bytes(cut(song, downbeat_after(beats, earliest)))


def downbeat_after(beats: Path, seconds: float) -> float:
    """Return the first downbeat at or after `seconds`; the file's third column marks downbeats."""
    table = np.loadtxt(beats)
    return float(min(time for time, _, downbeat in table if downbeat and time >= seconds))


def cut(path: Path, start: float) -> bytes:
    """Return the SECONDS from `start` as MIDI bytes, starting at 0."""
    song = midi.read(path)
    notes = song.notes
    inside = (notes.onset >= start - 0.02) & (notes.onset < start + SECONDS)
    kept = notes.take(inside)
    onset = np.maximum(kept.onset - start, 0.0)
    duration = np.minimum(kept.offset - start, SECONDS) - onset
    moved = make_notes(onset, duration, kept.pitch, kept.velocity, kept.track)
    return midi.write(moved)


if __name__ == "__main__":
    main()
