"""The numbers of an export, counted in one pass: histograms and counters, so a million songs fit as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from symmv_tools.dataset.recipes import Recipe, read_recipes
from symmv_tools.dataset.report.harmony import ChordCensus
from symmv_tools.dataset.report.histogram import Histogram
from symmv_tools.dataset.report.losses import Funnel, Losses
from symmv_tools.dataset.report.losses import as_dict as losses_as_dict
from symmv_tools.dataset.report.reading import batches, data_files

WORDS = ("split", "genre", "style", "language", "license", "availability")
"""Columns whose values are counted."""

IDENTITIES = ("artist", "video_id", "group_id", "channel_id")
"""Columns whose distinct values are counted."""

PRESENT = ("video", "audio", "video_url", "lyrics", "tempo_global")
"""Further columns of which it matters only whether they are there."""

_GROUPS = {
    "note_midi": ("time", "duration", "value", "track"),
    "beat": ("value",),
    "chord": ("time", "value"),
    "key_mode": ("time", "duration", "value"),
    "shot": ("time", "duration"),
    "caption": ("value",),
}
_NUMBERS = ("duration", "tempo_global", "match_score")
_BINS = {
    "pitch": np.arange(129.0),  # MIDI
    "note_seconds": np.geomspace(1 / 64, 16, 61),  # six bins per octave
    "notes_per_second": np.linspace(0, 40, 801),
    "song_seconds": np.linspace(0, 1200, 1201),
    "shots_per_minute": np.linspace(0, 120, 1201),
    "shots": np.arange(2002.0),
    "chords_per_minute": np.linspace(0, 240, 1201),
    "tempo": np.linspace(0, 400, 801),
    "match_score": np.linspace(0, 1, 201),
}
_WHOLE = ("pitch", "shots")

PER_SONG = {
    "song_seconds": ("length of a song", "seconds"),
    "tempo": ("tempo", "beats per minute"),
    "notes_per_second": ("note density", "notes per second"),
    "chords_per_minute": ("chord changes", "chords per minute"),
    "shots": ("shots of a video", "shots"),
    "shots_per_minute": ("pace of a video", "shots per minute"),
    "match_score": ("pair score", "of 1"),
}
"""What is measured of each song: its histogram, what it is called, and its unit."""

PER_NOTE = {"pitch": ("pitch", "MIDI"), "note_seconds": ("duration of a note", "seconds")}
"""The same of each note."""


@dataclass
class Statistics:
    """What an export holds. All times are seconds, tempi beats per minute.

    `filled` counts the songs whose column is not null, `entries` the notes, beats, … of all songs, `words`
    the values of a column by name, `distinct` its different values. `tempo_of` has a histogram of tempi per
    genre. `keys` counts the seconds of each key. `shots_per_minute` takes a video to end with its last shot.
    """

    name: str
    songs: int = 0
    seconds: float = 0.0
    filled: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)
    words: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in WORDS})
    distinct: dict[str, int] = field(default_factory=dict)
    tracks: Counter[str] = field(default_factory=Counter)
    keys: dict[str, float] = field(default_factory=dict)
    chords: ChordCensus = field(default_factory=ChordCensus)
    histograms: dict[str, Histogram] = field(
        default_factory=lambda: {
            name: Histogram(edges, whole=name in _WHOLE) for name, edges in _BINS.items()
        }
    )
    tempo_of: dict[str, Histogram] = field(default_factory=dict)
    losses: Losses = field(default_factory=Losses)
    recipes: tuple[Recipe, ...] = ()

    @property
    def hours(self) -> float:
        """Hours of music."""
        return self.seconds / 3600

    def frequent_genres(self, count: int = 5, without: str = "") -> list[str]:
        """Return the most frequent genres, but for the one named `without` in whatever case."""
        ranked = sorted(self.words["genre"].items(), key=lambda item: (-item[1], item[0]))
        return [genre for genre, _ in ranked if genre.casefold() != without.casefold()][:count]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        harmony = self.chords
        return {
            "name": self.name,
            "songs": self.songs,
            "hours": self.hours,
            "filled": dict(self.filled),
            "entries": dict(self.entries),
            "words": {name: dict(counts.most_common()) for name, counts in self.words.items()},
            "distinct": self.distinct,
            "tracks": dict(self.tracks.most_common()),
            "key_seconds": dict(sorted(self.keys.items(), key=lambda item: -item[1])),
            "chord_labels": dict(harmony.labels.most_common()),
            "chord_shares_in_c_or_a": harmony.shares(None),
            "histograms": {name: histogram.as_dict() for name, histogram in self.histograms.items()},
            "tempo_by_genre": {genre: self.tempo_of[genre].as_dict() for genre in sorted(self.tempo_of)},
            "losses": losses_as_dict(self.losses),
        }


def statistics(folder: Path, order: Sequence[str] = ()) -> Statistics:
    """Count what the export in `folder` holds, streaming its columns; BadCall if it is none.

    `order` names the stages as songs meet them; a song that several turned away was lost at the first.
    """
    found = Statistics(folder.absolute().name, recipes=read_recipes(folder))
    funnel = Funnel(folder, order)
    identities: dict[str, set[int]] = {name: set() for name in IDENTITIES}
    nested = [f"{group}.{name}" for group, names in _GROUPS.items() for name in names]
    present = [
        "video.path",
        "audio.path",
        "video_url",
        "lyrics",
    ]  # never the bytes of media, which may be embedded
    for batch in batches(data_files(folder), ["song_id", *WORDS, *IDENTITIES, *_NUMBERS, *nested, *present]):
        there = {name: batch.column(name) for name in batch.schema.names}
        funnel.see(map(str, there["song_id"].to_pylist()))
        _count(found, batch.num_rows, there)
        for name, seen in identities.items():
            # Numbers stand for the strings: a million names would be a hundred times as large.
            seen.update(hash(value) for value in _strings(there, name) if value)
    found.distinct = {name: len(seen) for name, seen in identities.items()}
    found.losses = funnel.losses()
    return found


def _count(found: Statistics, rows: int, there: dict[str, pa.Array[Any]]) -> None:
    found.songs += rows
    counted = (*WORDS, *IDENTITIES, *PRESENT, *_GROUPS, "duration", "match_score")
    found.filled.update({name: rows - there[name].null_count for name in counted if name in there})
    for name in WORDS:
        found.words[name].update(value for value in _strings(there, name) if value)
    seconds = _numbers(there, "duration", rows)
    found.seconds += float(np.nansum(seconds))
    found.histograms["song_seconds"].add(seconds)
    found.histograms["match_score"].add(_numbers(there, "match_score", rows))
    _count_tempi(found, _numbers(there, "tempo_global", rows), _strings(there, "genre") or [None] * rows)
    for name, first in ((name, names[0]) for name, names in _GROUPS.items()):
        if name in there:
            lengths = pc.list_value_length(pc.struct_field(there[name], first))
            found.entries[name] += pc.sum(lengths).as_py() or 0
            _PER_GROUP.get(name, _nothing)(found, there, _float(lengths), seconds)


def _count_tempi(found: Statistics, tempi: NDArray[np.float64], genres: list[str | None]) -> None:
    found.histograms["tempo"].add(tempi)
    names = np.array([genre or "" for genre in genres], object)
    for genre in set(filter(None, genres)):
        here = found.tempo_of.setdefault(genre, Histogram(_BINS["tempo"]))
        here.add(tempi[names == genre])


def _count_notes(found: Statistics, there: Any, lengths: Any, seconds: Any) -> None:
    notes = there["note_midi"]
    values = {name: pc.list_flatten(pc.struct_field(notes, name)) for name in ("duration", "value", "track")}
    found.histograms["pitch"].add(_float(values["value"]))
    found.histograms["note_seconds"].add(_float(values["duration"]))
    found.histograms["notes_per_second"].add(_per(lengths, seconds))
    for entry in pc.value_counts(values["track"]).to_pylist():
        found.tracks[entry["values"] or ""] += entry["counts"]


def _count_chords(found: Statistics, there: Any, lengths: Any, seconds: Any) -> None:
    genres = _strings(there, "genre") or [None] * len(lengths)
    found.histograms["chords_per_minute"].add(_per(lengths, seconds / 60))
    found.chords.add(there["chord"], there.get("key_mode"), genres)


def _count_keys(found: Statistics, there: Any, lengths: Any, seconds: Any) -> None:
    lists = [pc.list_flatten(pc.struct_field(there["key_mode"], name)) for name in ("value", "duration")]
    names = lists[0].dictionary_encode()
    sums = np.bincount(names.indices.to_numpy(), _float(lists[1]), minlength=len(names.dictionary))
    for name, total in zip(names.dictionary.to_pylist(), sums.tolist(), strict=True):
        found.keys[name] = found.keys.get(name, 0.0) + total


def _count_shots(found: Statistics, there: Any, lengths: Any, seconds: Any) -> None:
    shot = there["shot"]
    time, duration = (_float(pc.list_flatten(pc.struct_field(shot, name))) for name in ("time", "duration"))
    ends = np.full(len(lengths), np.nan)
    songs = pc.list_parent_indices(pc.struct_field(shot, "time")).to_numpy()
    np.fmax.at(ends, songs, time + duration)
    found.histograms["shots"].add(lengths)
    found.histograms["shots_per_minute"].add(_per(lengths, ends / 60))


def _nothing(found: Statistics, there: Any, lengths: Any, seconds: Any) -> None:
    """Of beats and captions the number is enough."""


_PER_GROUP = {
    "note_midi": _count_notes,
    "chord": _count_chords,
    "key_mode": _count_keys,
    "shot": _count_shots,
}


def _per(counts: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """`counts` per `time`; NaN where there is no time."""
    none = np.full(len(counts), np.nan)
    return np.asarray(np.divide(counts, time, out=none, where=time > 0), np.float64)


def _numbers(there: dict[str, pa.Array[Any]], name: str, rows: int) -> NDArray[np.float64]:
    return _float(there[name]) if name in there else np.full(rows, np.nan)


def _strings(there: dict[str, pa.Array[Any]], name: str) -> list[str | None]:
    return there[name].to_pylist() if name in there else []


def _float(array: pa.Array[Any]) -> NDArray[np.float64]:
    """`array` as float64, null as NaN."""
    return np.asarray(array.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
