"""Tiny releases in the shape of POP909 and SymMV, made on the spot; the MIDI of POP909's is the demo's."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import symusic

DEMO = Path(__file__).parents[1] / "demo" / "songs" / "pop909-001.mid"

# The beginning of POP909's song 001 (MIT).
POP909_TEXTS = {
    "beat_midi": (
        "0.0553 1.0 1.0\n0.7220 0.0 0.0\n1.3887 1.0 0.0\n2.0553 0.0 0.0\n2.7220 1.0 1.0\n3.3887 0.0 0.0\n"
    ),
    "beat_audio": "2.66\t1.0\n3.33\t2.0\n4.0\t3.0\n4.66\t4.0\n5.33\t1.0\n",
    "chord_midi": "0.055333\t2.721993\tN\n2.721993\t4.055323\tB:maj\n4.055323\t5.388653\tC#:sus4(b7)/5\n",
    "chord_audio": "0.0\t2.5541950113378684\tN\n2.5541950113378684\t3.9938321995464854\tB:maj7\n",
    "key_audio": "2.670294784580499\t191.9825850340136\tGb:maj\n",
}
SYMMV_HEADER = "index\tyoutube_url\ttonality\tshazam_id"
SYMMV_CHORDS = "220 1760 Am\n1760 2200 FM7\n2640 3080 Co\n"


def write_pop909(root: Path, numbers: Sequence[str] = ("001", "002", "003")) -> Path:
    """Write a folder POP909 below `root` with these songs, and return it."""
    folder = root / "POP909"
    for number in numbers:
        song = folder / number
        song.mkdir(parents=True)
        shutil.copyfile(DEMO, song / f"{number}.mid")
        for name, text in POP909_TEXTS.items():
            (song / f"{name}.txt").write_text(text, encoding="utf-8")
    write_workbook(
        folder / "index.xlsx",
        [["song_id", "name", "artist"], *([n, f"歌 {n} & <b>", "唐磊"] for n in numbers)],
    )
    return folder


def write_workbook(path: Path, rows: Sequence[Sequence[str]], prologue: str = "") -> None:
    """Write an .xlsx whose cells are inline text, as POP909's is."""
    lines = []
    for i, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{chr(65 + j)}{i}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
            for j, text in enumerate(row)
        )
        lines.append(f'<row r="{i}">{cells}</row>')
    names = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f"{prologue}<worksheet {names}><sheetData>{''.join(lines)}</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", sheet)


Ticks = tuple[int, int, int]  # start, end, pitch
FULL: tuple[Ticks, ...] = ((0, 440, 60), (0, 880, 72), (440, 880, 64), (660, 1100, 67), (1320, 1540, 65))
TEXTURE: tuple[Ticks, ...] = ((0, 440, 60), (440, 880, 72), (660, 880, 64), (660, 1100, 67), (1320, 1540, 65))
"""FULL by SymMV's rule: 72 and 64 are struck as the highest and sound on, so they begin at the next onset."""


def write_ticks(path: Path, notes: Sequence[Ticks]) -> None:
    """Write a MIDI file as SymMV's are: 220 ticks a beat at 120 beats a minute, one piano."""
    score: Any = symusic.Score(220)
    score.tempos.append(symusic.Tempo(0, qpm=120.0))
    track: Any = symusic.Track()
    for start, end, pitch in notes:
        track.notes.append(symusic.Note(start, end - start, pitch, 70))
    score.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(score.dumps_midi())


def write_symmv(root: Path, rows: Mapping[str, str]) -> Path:
    """Write a folder `dataset` below `root`, and its table beside it; `rows` maps a number to its cells."""
    folder = root / "dataset"
    for number in rows:
        write_ticks(folder / "midi" / f"{number}.mid", FULL)
        write_ticks(folder / "midi" / "texture" / f"{number}_new.mid", TEXTURE)
        (folder / "chord").mkdir(exist_ok=True)
        (folder / "chord" / f"{number}.txt").write_text(SYMMV_CHORDS, encoding="utf-8")
    lines = [SYMMV_HEADER, *(f"{number}\t{cells}" for number, cells in rows.items())]
    (root / "SymMV.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def packed(folder: Path, archive: Path) -> Path:
    """Pack `folder` with its name into a .tar.gz, and return that."""
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, folder.name)
    return archive
