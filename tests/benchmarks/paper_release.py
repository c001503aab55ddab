"""Preset `paper` against what SymMV released: chord files, accompaniments, keys.

Convention: a chord file is right if every byte is. An accompaniment is right if its notes are those of
the texture file, each with start, end, pitch and velocity, in ticks of SymMV's clock. A key is right if
tonic and mode are. All three are made from `midi/N.mid` alone; every song that fails is printed.

    SYMMV_DATA=… python -m tests.benchmarks.paper_release
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from symmv_tools.io import midi
from symmv_tools.music import symmv
from symmv_tools.music.harte import pitch_class
from symmv_tools.music.keys import find_key
from symmv_tools.music.notes import Notes
from symmv_tools.pipeline.active import Active
from symmv_tools.pipeline.graph import build
from symmv_tools.stages import ALL
from tests.benchmarks.data import symmv as symmv_release
from tests.benchmarks.data import symmv_tonality
from tests.benchmarks.page import hardware, replace_section


class Verdict(NamedTuple):
    """What of one song is as released, and how many notes of its texture file we made."""

    song: str
    chords: bool
    texture: bool
    key: bool
    lines: int
    notes: int
    notes_found: int


def in_ticks(notes: Notes) -> list[tuple[int, ...]]:
    """Start, end, pitch and velocity of each note, sorted."""
    start, stop = (np.round(t * symmv.TICKS_PER_SECOND).astype(int) for t in (notes.onset, notes.offset))
    table = np.stack([start, stop, notes.pitch.astype(int), notes.velocity.astype(int)], axis=1)
    return sorted(map(tuple, table.tolist()))


def verdict(folder: Path, song: str, tonality: str, profile: str) -> Verdict:
    """Compare one song."""
    notes = midi.read(folder / "midi" / f"{song}.mid").notes
    released = in_ticks(midi.read(folder / "midi" / "texture" / f"{song}_new.mid").notes)
    ours = in_ticks(symmv.split(notes).accompaniment)
    chords = (folder / "chord" / f"{song}.txt").read_bytes()
    key = find_key(notes, profile)
    return Verdict(
        song,
        symmv.chord_file(symmv.find_chords(notes)).encode() == chords,
        ours == released,
        key is not None and _as_pair(key.name, ":") == _as_pair(tonality, " "),
        chords.count(b"\n"),
        len(released),
        len(released) if ours == released else len(set(ours) & set(released)),
    )


def _as_pair(name: str, separator: str) -> tuple[int, str]:
    tonic, mode = name.split(separator)
    return pitch_class(tonic), mode


def main() -> None:
    """Print every failing song, and write the table."""
    profile = next(n.settings.profile for n in Active(build(ALL), "paper").nodes() if n.key == "keys")
    with symmv_release() as folder:
        verdicts = [verdict(folder, song, key, profile) for song, key in sorted(symmv_tonality().items())]
    for one in verdicts:
        for what in ("chords", "texture", "key"):
            if not getattr(one, what):
                print(f"{one.song}: {what} differ from the release")
    text = "\n".join([*_table(verdicts), "", hardware()])
    print(text)
    replace_section("paper_release", text)


def _table(verdicts: list[Verdict]) -> list[str]:
    n = len(verdicts)
    chords, textures, keys = (
        sum(getattr(v, what) for v in verdicts) for what in ("chords", "texture", "key")
    )
    notes, found = sum(v.notes for v in verdicts), sum(v.notes_found for v in verdicts)
    lines = sum(v.lines for v in verdicts)
    return [
        "| SymMV 0001-1000, preset `paper` | as released | of | share |",
        "| --- | --- | --- | --- |",
        f"| chord files, byte for byte ({lines:,} lines) | {chords} | {n} | {chords / n:.4f} |",
        f"| texture files, all notes | {textures} | {n} | {textures / n:.4f} |",
        f"| texture notes: start, end, pitch, velocity | {found:,} | {notes:,} | {found / notes:.6f} |",
        f"| tonality | {keys} | {n} | {keys / n:.4f} |",
    ]


if __name__ == "__main__":
    main()
