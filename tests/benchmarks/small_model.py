"""What a small V-MusProd makes of nothing, beside real music: the paper's Table 4, and sanity.

The networks are the three runs in $SYMMV_RUNS: trained with the preset `small` on POP909 001-700, validated
on 701-800 (docs/how-to/train-v-musprod.md has the commands). They compose 12 songs each as long and as fast
as every tenth validation song; nothing else is given to them. Written as MIDI with all notes on one track,
and measured as `symmv eval quality` does, on the grid of the files, beside POP909's own files. "Through
tokens" are the validation songs said in the networks' words, which is what they could reach at best.
Intervals: 2,000 resamples of the songs.

Sanity is measured on the grid (tests/benchmarks/sanity.py), of real songs on their own beats. Seconds are of
one thread. With $SYMMV_KEEP the songs stay in that folder, with piano rolls of eight of them.

    SYMMV_DATA=… SYMMV_RUNS=… python -m tests.benchmarks.small_model
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw

from symmv_tools.evaluation.beside import beside
from symmv_tools.evaluation.bootstrap import estimate
from symmv_tools.evaluation.published import table as published
from symmv_tools.evaluation.quality.corpus import Quality, evaluate_quality
from symmv_tools.evaluation.result import Result
from symmv_tools.evaluation.systems import System
from symmv_tools.generate.compose import Piece, generate
from symmv_tools.generate.film import Film
from symmv_tools.generate.plan import Wishes, planned
from symmv_tools.generate.runs import Band, read_band
from symmv_tools.generate.writing import as_midi
from symmv_tools.io import midi
from symmv_tools.training.musprod_examples import Parts, parts_of
from symmv_tools.training.runs import read_weights
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section
from tests.benchmarks.sanity import sanity
from tests.benchmarks.tokens import pop909_rows, spoken

VARIANTS = 12
LIKE = range(701, 801, 10)
SPLITS = {"train": range(1, 701), "validation": range(701, 801)}
METRICS = (
    "sc_muspy",
    "pe_muspy",
    "pce_muspy",
    "ebr_muspy",
    "ebr_notes",
    "ioi_mgeval",
    "gps64_musdr",
    "h4_musdr",
)
DRAWN = 8


def main() -> None:
    """Compose, measure, write the section."""
    torch.set_num_threads(1)
    runs = os.environ.get("SYMMV_RUNS") or sys.exit("SYMMV_RUNS does not say where the three runs lie")
    band = read_band([Path(runs)], torch.device("cpu"))
    with scratch() as folder, pop909() as songs:
        rows = {split: [*pop909_rows(songs, numbers)] for split, numbers in SPLITS.items()}
        like = [row for row in rows["validation"] if int(row["song_id"][-3:]) in LIKE]
        began = time.thread_time()
        pieces = [piece for row in like for piece in composed(band, row)]
        seconds = (time.thread_time() - began) / len(pieces)
        result = measured(folder, songs, rows["validation"], pieces)
        grids = {split: [parts_of(row) for row in rows[split]] for split in SPLITS}
        grids["generated"] = [parts_of(row_of(piece)) for piece in pieces]
        lines = [
            *table_4(result),
            "",
            *beside_real(result),
            "",
            *sane(grids),
            "",
            *trained(band),
            "",
            f"{len(pieces)} songs, {np.mean([piece.seconds for piece in pieces]):.0f} s of music on average, "
            f"each in {seconds:.1f} s of CPU. `python -m tests.benchmarks.small_model`. {hardware()}",
        ]
        draw(folder / "rolls.png", pieces[:: len(pieces) // DRAWN][:DRAWN])
    print("\n".join(lines))
    replace_section("small_model", "\n".join(lines))


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder: $SYMMV_KEEP, emptied, or one that goes."""
    if kept := os.environ.get("SYMMV_KEEP"):
        shutil.rmtree(kept, ignore_errors=True)
        Path(kept).mkdir(parents=True)
        yield Path(kept)
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


# --- music ------------------------------------------------------------------------------------------


def composed(band: Band, song: Mapping[str, Any]) -> list[Piece]:
    """Songs as long and as fast as `song`."""
    bars = parts_of(song).bars
    tempo = float(song["tempo_global"])
    seconds = bars.steps / 4 * 60.0 / tempo
    beats = int(np.bincount(bars.beats).argmax())
    wishes = Wishes(tempo=tempo, beats_per_bar=beats, variants=VARIANTS, seed=int(song["song_id"][-3:]))
    return generate(band, Film(seconds, None, {}), wishes)


def row_of(piece: Piece) -> dict[str, Any]:
    """A piece as a Row."""
    _, bars = planned(piece.seconds, piece.tempo, piece.beats_per_bar, is_exact=True)
    grid = bars.as_grid(piece.tempo)
    beat = {"time": grid.beat, "value": grid.position}
    return {"song_id": "", "note_midi": piece.notes.as_group(), "beat": beat, "chord": piece.chords}


# --- measures ---------------------------------------------------------------------------------------


def measured(folder: Path, songs: Path, rows: list[dict[str, Any]], pieces: list[Piece]) -> Result:
    """Write all systems as MIDI, and measure them."""
    for split, numbers in SPLITS.items():
        write(
            folder / split, {f"{n:03d}": (songs / f"{n:03d}" / f"{n:03d}.mid").read_bytes() for n in numbers}
        )
    write(folder / "through tokens", {row["song_id"][-3:]: spoken_midi(row) for row in rows})
    made = {f"{i:03d}": as_midi(piece.merged()) for i, piece in enumerate(pieces)}
    write(folder / "ours", made)
    names = {
        "validation": "Real (701-800)",
        "train": "Real (001-700)",
        "through tokens": "Real through tokens",
    }
    systems = [System(name, folder / place) for place, name in (names | {"ours": "small V-MusProd"}).items()]
    return evaluate_quality(systems, Quality()).result


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files of MIDI."""
    folder.mkdir()
    for name, content in files.items():
        (folder / f"{name}.mid").write_bytes(content)


def spoken_midi(row: dict[str, Any]) -> bytes:
    """A song's MIDI file after it was said and understood."""
    return midi.write(spoken(row)[0], tempo_bpm=float(row["tempo_global"]))


def table_4(result: Result) -> list[str]:
    """What `symmv eval table symmv-4` says, as Markdown."""
    printed = published("symmv-4")
    lines = ["| | source | " + " | ".join(c.name for c in printed.columns) + " |", "|---|---|" + "---|" * 5]
    for row in beside(printed, [result]):
        cells = [cell.text + distance(cell.from_real) for cell in row.cells]
        lines.append(f"| {row.name} | {row.source} | " + " | ".join(cells) + " |")
    return lines


def distance(from_real: float | None) -> str:
    """` (+1.2 %)`."""
    return "" if from_real is None else f" ({100 * from_real:+.1f} %)"


def beside_real(result: Result) -> list[str]:
    """More measures, mean and interval of each system."""
    names = list(dict.fromkeys(line.system for line in result.lines))
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for metric in METRICS:
        cells = [in_words(asdict(line)) for name in names if (line := result.line(name, metric))]
        lines.append(f"| `{metric}` | " + " | ".join(cells) + " |")
    return lines


def in_words(line: Mapping[str, Any]) -> str:
    """`.965 (.961-.969), n = 100`."""
    low, high = line["interval"]
    return f"{line['mean']:.4f} ({low:.4f}-{high:.4f}), n = {line['n']}"


def sane(grids: Mapping[str, list[Parts]]) -> list[str]:
    """The measures of `sanity`, mean and interval over songs."""
    found = {name: [sanity(parts) for parts in songs] for name, songs in grids.items()}
    lines = ["| | " + " | ".join(found) + " |", "|---|" + "---|" * len(found)]
    for measure in found["train"][0]:
        cells = [with_interval([song[measure] for song in songs]) for songs in found.values()]
        lines.append(f"| {measure} | " + " | ".join(cells) + " |")
    return lines


def with_interval(values: list[float]) -> str:
    """`.64 (.62-.66)`, of the songs that have such notes."""
    mean, interval = estimate(np.array([value for value in values if np.isfinite(value)]))
    return f"{mean:.3f}" + (f" ({interval[0]:.3f}-{interval[1]:.3f})" if interval else "")


def trained(band: Band) -> list[str]:
    """What the runs tell of their training."""
    lines = [
        "| stage | parameters | epoch kept | nats per event, validation | by attribute |",
        "|---|---|---|---|---|",
    ]
    for stage, player in band.players.items():
        about = read_weights(player.folder)[1]
        scores = dict(about["scores"])
        total = scores.pop("validation")
        each = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
        size = sum(parameter.numel() for parameter in player.network.parameters())
        lines.append(f"| {stage} | {size:,} | {about['epoch']} | {total:.3f} | {each} |")
    return lines


# --- pictures ---------------------------------------------------------------------------------------


def draw(path: Path, pieces: list[Piece]) -> None:
    """Piano rolls, one above the other: melody dark, accompaniment light, chords above."""
    width, height, per_second = 2400, 180, 2400 / 60
    picture = Image.new("RGB", (width, height * len(pieces)), "white")
    pen = ImageDraw.Draw(picture)
    for i, piece in enumerate(pieces):
        notes, top = piece.notes, i * height
        order = np.argsort(np.array(notes.track) == "melody", kind="stable")
        for n in order.tolist():
            left, right = notes.onset[n] * per_second, notes.offset[n] * per_second
            y = top + height - 2 * (int(notes.pitch[n]) - 20)
            colour = "#c0392b" if notes.track[n] == "melody" else "#7fa6c9"
            pen.rectangle([left, y, max(left + 1, right - 1), y + 1], fill=colour)
        for start, label in zip(piece.chords["time"].tolist(), piece.chords["value"], strict=True):
            pen.text((start * per_second, top), label, fill="black")
        pen.line([0, top, width, top], fill="#999999")
    picture.save(path)


if __name__ == "__main__":
    main()
