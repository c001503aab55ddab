"""Whole systems measured: every piece's notes, and its sound where structure is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.measured import Measured, measure_all
from symmv_tools.evaluation.quality.catalogue import METRICS, measure
from symmv_tools.evaluation.quality.piece import Piece, piece_of_midi, piece_of_row
from symmv_tools.evaluation.result import Result, result
from symmv_tools.evaluation.sound import Sound, refuse_mixture
from symmv_tools.evaluation.structure.indicators import LONGEST_SECONDS, SAMPLE_RATE, structure_indicators
from symmv_tools.evaluation.structure.indicators import METRICS as STRUCTURE
from symmv_tools.evaluation.systems import Entry, System

Grid = Literal["file", "beats"]

_COLUMNS = {"file": ("midi", "chord"), "beats": ("note_midi", "pedal", "beat", "chord")}


@dataclass(frozen=True)
class Quality:
    """Measures a piece: its notes on `grid`, and with `sound` its structure too. Can be pickled."""

    grid: Grid = "file"
    sound: Sound | None = None

    def __call__(self, entry: Entry) -> Mapping[str, float]:
        """Return every metric of the piece; BadMedium if its file is broken or holds no music."""
        piece = self._piece(entry)
        found: dict[str, float] = {}
        if piece is not None:
            found |= measure(piece)
        samples = None if self.sound is None else self.sound.of(entry, SAMPLE_RATE)
        if samples is not None and len(samples) <= LONGEST_SECONDS * SAMPLE_RATE:
            found |= structure_indicators(samples, SAMPLE_RATE)
        if not found:
            raise BadMedium(
                "NO_NOTES", f"{entry.id} has no MIDI", "structure is measured of sound: --structure"
            )
        return found

    def _piece(self, entry: Entry) -> Piece | None:
        if self.grid == "beats" and entry.row is not None:
            return None if entry.row.get("note_midi") is None else piece_of_row(entry.row)
        raw = entry.midi_bytes()
        if raw is None:
            return None
        chord = None if entry.row is None else entry.row.get("chord")
        return replace(piece_of_midi(raw, entry.id), chords=None if chord is None else tuple(chord["value"]))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read of an export."""
        return tuple({*_COLUMNS[self.grid], *(("midi",) if self.sound else ())})


class Evaluation(NamedTuple):
    """The result, and every piece's figures behind it."""

    result: Result
    measured: list[Measured]


def evaluate_quality(
    systems: Sequence[System],
    how: Quality,
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda n: None,
) -> Evaluation:
    """Measure every piece of all systems; the first is real music.

    Raises BadCall where the annotated beats are asked of what is no export, and where structure would
    compare a renderer with a studio.
    """
    _refuse(systems, how)
    measured = [
        measure_all(one.name, one.entries(how.columns), how, workers=workers, advance=advance)
        for one in systems
    ]
    names = [metric.name for metric in (*METRICS, *STRUCTURE)]
    said = {"grid": how.grid} | (how.sound.conditions(SAMPLE_RATE) if how.sound else {})
    return Evaluation(result("quality", measured[0], measured[1:], names, said), measured)


def _refuse(systems: Sequence[System], how: Quality) -> None:
    without = [one.name for one in systems if not one.is_export]
    if how.grid == "beats" and without:
        raise BadCall(
            f"{', '.join(without)}: only an export has annotated beats",
            "measure on the grid of the files: --grid file",
        )
    if how.sound is not None:
        refuse_mixture(systems)
