"""All symbolic annotations by default against pretty_midi + chorder + music21's key analysis, on one core.

    ours      stages read_midi, midi_quality, beats_from_notes, tempo, chords, keys, melody; default settings
    theirs    pretty_midi.PrettyMIDI(path)                             notes
              Dechorder.dechord(MidiFile(path))                        chords, as chorder's README has it
              music21.converter.parse(path).analyze("key")             key, as music21's user's guide has it

from the file to the columns, POP909 001-100, in turns of ten songs. Theirs gives neither melody, beats nor
key changes. Imports and the networks' weights are loaded before. Times are CPU seconds of one thread: what
a core takes, whoever else is on the machine.

    SYMMV_DATA=… python -m tests.benchmarks.symbolic_speed
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symmv_tools import checkpoints
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Stage
from symmv_tools.stages import beats_from_notes, chords, keys, melody, midi_quality, read_midi, tempo
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

STAGES = (read_midi, midi_quality, beats_from_notes, tempo, chords, keys, melody)
SONGS, TURN = range(1, 101), 10
LEAST_RATIO = 20.0


def ours(paths: Sequence[Path]) -> dict[str, float]:
    """Annotate the songs; returns CPU seconds by stage."""
    values: list[dict[str, object]] = [{} for _ in paths]
    seconds = {}
    for module in STAGES:
        stage: Stage = module.STAGE
        items = [
            Item(Song(song_id=f"pop909:{path.stem}", midi=str(path)), known)
            for path, known in zip(paths, values, strict=True)
        ]
        settings = stage.settings()
        begin = time.process_time()
        assert stage.run is not None
        outcomes = list(stage.run(items, settings, Context(weights=_weights(stage, settings))))
        seconds[stage.name] = time.process_time() - begin
        for known, outcome in zip(values, outcomes, strict=True):
            assert isinstance(outcome, Done), outcome
            known.update(outcome.values)
    return seconds


def _weights(stage: Stage, settings: object) -> dict[str, str]:
    return {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}


def theirs(paths: Sequence[Path]) -> dict[str, float]:
    """The same from three libraries; returns CPU seconds by library."""
    import music21
    import pretty_midi
    from chorder import Dechorder
    from miditoolkit import MidiFile

    music21_parse: Any = music21.converter.parse  # untyped
    calls: tuple[Callable[[str], object], ...] = (
        pretty_midi.PrettyMIDI,
        lambda path: Dechorder.dechord(MidiFile(path)),
        lambda path: music21_parse(path, forceSource=True).analyze("key"),
    )
    times = [time.process_time()]
    for call in calls:
        for path in paths:
            call(str(path))
        times.append(time.process_time())
    return dict(zip(("pretty_midi", "chorder", "music21"), np.diff(times).tolist(), strict=True))


def main() -> None:
    """Take turns, write the table, and fail below the promised ratio."""
    if find_spec("music21") is None:
        sys.exit("music21 is not installed; try: pip install -r manifests/requirements/bench.txt")
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    with pop909() as folder:
        paths = [folder / f"{number:03d}" / f"{number:03d}.mid" for number in SONGS]
        ours(paths[:1])
        theirs(paths[:1])
        turns = [paths[first : first + TURN] for first in range(0, len(paths), TURN)]
        taken = [(ours(turn), theirs(turn)) for turn in turns]
    totals = [{name: sum(turn[side][name] for turn in taken) for name in taken[0][side]} for side in (0, 1)]
    ratio = sum(totals[1].values()) / sum(totals[0].values())
    text = _table(totals, ratio)
    print(text)
    replace_section("symbolic_speed", text)
    if ratio < LEAST_RATIO:
        sys.exit(f"ours is {ratio:.1f} times as fast, less than the promised {LEAST_RATIO:.0f}")


def _table(totals: list[dict[str, float]], ratio: float) -> str:
    rows = ["| | CPU ms per song |", "| --- | --- |"]
    for side, name in zip(totals, ("ours, together", "theirs, together"), strict=True):
        rows += [f"| {part} | {1000 * seconds / len(SONGS):.1f} |" for part, seconds in side.items()]
        rows.append(f"| **{name}** | **{1000 * sum(side.values()) / len(SONGS):.1f}** |")
    return "\n".join([*rows, "", f"Ratio {ratio:.1f}, POP909 001-100, one thread. {hardware()}"])


if __name__ == "__main__":
    main()
