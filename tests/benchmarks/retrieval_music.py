"""What music-to-music retrieval says of systems whose answer is known, and the Real row of its Diversity.

    SYMMV_DATA=… OMP_NUM_THREADS=1 python -m tests.benchmarks.retrieval_music

Real music is POP909 701-770. Three systems stand beside it: its piano track alone (nearly the right
music), every song moved up a fourth (the right music in another key), and the songs under wrong names
(other music of the same kind), which must score chance. Whole pieces, pools of 64, as `symmv eval
retrieval --unit piece`. Diversity of real music is printed for both of Musicnn's networks, whole pieces
and segments of eight bars, beside what Diff-BGM prints for BGM909.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from symmv_tools.evaluation.result import Result
from symmv_tools.evaluation.retrieval.diversity import diversity
from symmv_tools.evaluation.retrieval.heard import Ear, Unit, hear_all
from symmv_tools.evaluation.retrieval.music import Asked, evaluate_retrieval
from symmv_tools.evaluation.systems import System, open_system
from symmv_tools.io import midi
from symmv_tools.music.notes import Notes, make_notes
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

SONGS = range(701, 771)
WORKERS = 2
PUBLISHED_DIVERSITY = 6.664  # Diff-BGM, Table 2, Real(BGM909)
METRICS = {
    "p@5_diffbgm": "P@5",
    "p@10_diffbgm": "P@10",
    "p@20_diffbgm": "P@20",
    "average_rank_diffbgm": "average rank",
    "kl_tags_musicnn": "KL of tags",
    "fad_musicnn": "FAD, Musicnn",
}

Changed = Callable[[Notes], Notes]


def the_same(notes: Notes) -> Notes:
    return notes


def piano(notes: Notes) -> Notes:
    return notes.take(np.array([track == "piano" for track in notes.track]))


def a_fourth_up(notes: Notes) -> Notes:
    return make_notes(notes.onset, notes.duration, notes.pitch + 5, notes.velocity, notes.track)


def system(folder: Path, pop: Path, name: str, change: Changed, moved: int = 0) -> System:
    """Write every song, changed, under the name of the song `moved` places on."""
    (folder / name).mkdir()
    for i, number in enumerate(SONGS):
        said = midi.read(pop / f"{number:03d}" / f"{number:03d}.mid")
        title = SONGS[(i + moved) % len(SONGS)]
        content = midi.write(change(said.notes), said.pedal)
        (folder / name / f"{title}.mid").write_bytes(content)
    return open_system(str(folder / name))


def table(found: Result) -> Iterator[str]:
    names = [name for name in found.systems if name != found.real]
    yield f"| | {' | '.join(names)} | chance |"
    yield f"|---|{'---|' * (len(names) + 1)}"
    for metric, title in METRICS.items():
        cells, chance = [], None
        for name in names:
            line = found.line(name, metric)
            assert line is not None
            assert line.mean is not None
            interval = "" if line.interval is None else " ({:.3f} to {:.3f})".format(*line.interval)
            cells.append(f"{line.mean:.3f}{interval}")
            chance = line.chance
        yield f"| {title} | {' | '.join(cells)} | {chance:.3f} |"


def diversities(real: System) -> Iterator[str]:
    yield "| network | unit | n | Diversity of real music | Diff-BGM prints |"
    yield "|---|---|---|---|---|"
    units: tuple[Unit, ...] = ("piece", "segment")
    for network in ("musicnn-mtt", "musicnn-msd"):
        for unit in units:
            heard = hear_all(real, Ear(network, unit), workers=WORKERS)
            found = diversity(heard.vector, songs=heard.piece)
            assert found.interval is not None
            low, high = found.interval
            cell = f"{found.value:.3f} ({low:.3f} to {high:.3f})"
            yield f"| {network} | {unit} | {len(heard.vector)} | {cell} | {PUBLISHED_DIVERSITY} |"


def main() -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, pop909() as pop:
        folder = Path(scratch)
        systems = [
            system(folder, pop, "real", the_same),
            system(folder, pop, "piano alone", piano),
            system(folder, pop, "a fourth up", a_fourth_up),
            system(folder, pop, "wrong names", the_same, moved=1),
        ]
        found = evaluate_retrieval(systems, Ear(unit="piece"), Asked(), workers=WORKERS)
        lines = [*table(found), "", *diversities(systems[0])]
    said = "; ".join(f"{key}: {value}" for key, value in found.conditions.items())
    lines += [
        "",
        f"{len(SONGS)} songs, POP909 701-770, their MIDI written anew at 120 beats per minute. {said}.",
    ]
    lines += [
        "",
        f"`SYMMV_DATA=… python -m tests.benchmarks.retrieval_music`, {time.monotonic() - began:.0f} s.",
    ]
    text = "\n".join(lines) + f" {hardware()}"
    print(text)
    replace_section("retrieval_music", text)


if __name__ == "__main__":
    main()
