"""Whole systems against the videos of an export: each piece's music on its video's cuts and motion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from symmv_tools.dataset.constants import read_constants
from symmv_tools.dataset.load import configs, load
from symmv_tools.dataset.row_groups import RowGroups
from symmv_tools.dataset.rows import Rows
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.alignment.catalogue import ABOVE, CHANCE_SUFFIXES, OF_SYSTEMS, SCORED, measure
from symmv_tools.evaluation.alignment.scene import of_row
from symmv_tools.evaluation.measured import Measured, measure_all
from symmv_tools.evaluation.result import Result, result
from symmv_tools.evaluation.systems import Entry, System, partners, strangers
from symmv_tools.io.midi import parse

_Row = Mapping[str, Any]

MUSIC = ("note_midi", "beat", "duration", "audio_video_offset", "alignment")
PICTURE = ("shot", "video_fps")
_FEATURES = ("features_motion", "features_semantic", "features_music")
_CHANCE = CHANCE_SUFFIXES[0]


class Videos:
    """The pictures and the true music of an export, song by song; a row group or two are in memory."""

    def __init__(self, system: System) -> None:
        if not system.is_export:
            raise BadCall(
                f"{system.name} is no export: cuts and motion are columns of one",
                "name the export whose videos the music was made for",
            )
        there = set(configs(system.path))
        self._rows = _rows(system, (*MUSIC, *PICTURE))
        self._features = {
            name: load(system.path, split=system.split, config=name) for name in _FEATURES if name in there
        }
        self.ids = self._rows.ids()
        self.motion_range = read_constants(system.path).motion_range

    def row(self, song_id: str) -> _Row:
        """Return the song's own music and picture."""
        return self._rows[song_id]

    def features(self, song_id: str) -> dict[str, Mapping[str, Any]]:
        """Return the song's features, by table; a table that lacks the song is left out."""
        return {name: rows[song_id] for name, rows in self._features.items() if rows.find(song_id)}


def evaluate_alignment(
    systems: Sequence[System], *, advance: Callable[[int], None] = lambda n: None
) -> tuple[Result, list[Measured]]:
    """Score every piece of all systems on the videos of the first, an export.

    Of MIDI files the beats are those of their own tempo, and music and video begin together. Raises BadCall
    if the first is no export or has no shots, or a system has no piece for any of its videos.
    """
    videos = Videos(systems[0])
    measured = [_measured(one, one is systems[0], videos, advance) for one in systems]
    if not any(values for values in measured[0].values.values()):
        raise BadCall(
            f"no song of {systems[0].name} has a video whose shots or motion are known",
            "annotate the videos and export again: symmv annotate shots motion",
        )
    names = [metric.name for metric in OF_SYSTEMS]
    said = {
        "chance": "the same events turned in time, mean over pieces",
        "beats": "annotated, or the MIDI file's",
    }
    return result("alignment", measured[0], measured[1:], names, said, _chance), measured


def _measured(system: System, is_real: bool, videos: Videos, advance: Callable[[int], None]) -> Measured:
    names = partners(system.ids, videos.ids)
    if not names:
        raise strangers(system.name, system.ids[0], "the export", videos.ids[0])

    def scored(entry: Entry) -> Mapping[str, float]:
        song_id = names[entry.id]
        real, features = videos.row(song_id), videos.features(song_id)
        if is_real:
            scene = of_row(real, features)
        else:
            features.pop("features_music", None)  # the true music's
            scene = of_row(
                _music(entry) | {name: real.get(name) for name in PICTURE}, features, reference=real
            )
        return _with_gain(measure(scene, motion_range=videos.motion_range))

    entries = (entry for entry in system.entries(MUSIC) if entry.id in names)
    return measure_all(system.name, entries, scored, advance=advance)


def _with_gain(found: Mapping[str, float]) -> dict[str, float]:
    return {
        **found,
        **{metric.name + ABOVE: found[metric.name] - found[metric.name + _CHANCE] for metric in SCORED},
    }


def _music(entry: Entry) -> dict[str, Any]:
    """What of_row reads of the music: a row's columns, or a MIDI file's notes and beats."""
    if entry.row is not None:
        return {name: entry.row.get(name) for name in MUSIC}
    raw = entry.midi_bytes()
    if raw is None:
        raise BadMedium(
            "NO_NOTES", f"{entry.id} has no MIDI: its beats are not known", "annotate and export it"
        )
    said = parse(raw, entry.id)
    n_beats = int(said.tempo.quarters_at(said.duration)) + 1
    beat = {"time": said.tempo.seconds_at(np.arange(n_beats))}
    return {"note_midi": said.notes.as_group(), "beat": beat, "duration": said.duration}


def _rows(system: System, columns: Sequence[str]) -> Rows:
    there = RowGroups(load(system.path, split=system.split).files, None).names
    return load(system.path, split=system.split, columns=[name for name in columns if name in there])


def _chance(found: Measured, metric: str) -> float | None:
    values = found.of(metric + _CHANCE)
    return float(values.mean()) if len(values) else None
