"""A whole export in another format: one folder of files, under names that no song id can bend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from symmv_tools.dataset.convert import midi, pop909
from symmv_tools.dataset.convert.jams_file import to_jams
from symmv_tools.dataset.convert.labels import beats_text, lab_text
from symmv_tools.dataset.convert.shards import json_lines, tar_files
from symmv_tools.dataset.row_groups import ID
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.settings import nearest
from symmv_tools.song import file_name

Row = Mapping[str, Any]
Files = Iterator[tuple[str, bytes]]

SONGS = "songs.jsonl"
"""The list beside the files: a line of JSON for each song, its `song_id` and the `name` of its files."""


class Format(NamedTuple):
    """A format: the columns it reads (None: all), and the files, by name, of the rows of an export."""

    columns: tuple[str, ...] | None
    files: Callable[[Iterable[Row]], Files]


def convert(rows: Iterable[Row], to: str, out: Path) -> Iterator[Path]:
    """Write `rows` into the new or empty folder `out` in the format `to`; yield each path once it is there.

    Raises BadCall for an unknown format, a folder that holds something, or more songs than the format can.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadCall(f"{out} is there already and not empty", "name a new folder")
    for name, content in format_of(to).files(rows):
        with written(out / name) as part:
            part.write_bytes(content)
        yield out / name


def format_of(name: str) -> Format:
    """Return the format of that name; BadCall if there is none."""
    if name not in FORMATS:
        raise BadCall(f"there is no format {name!r}", nearest(name, FORMATS))
    return FORMATS[name]


def _song_by_song(files: Callable[[Row, str], Files]) -> Callable[[Iterable[Row]], Files]:
    """The files of a format that knows no data sets, only songs; at the end, the list of songs."""

    def of_all(rows: Iterable[Row]) -> Files:
        lines = []
        for row in rows:
            name = file_name(row[ID])
            lines.append(json.dumps({"song_id": row[ID], "name": name}) + "\n")
            yield from files(row, name)
        yield SONGS, "".join(lines).encode()

    return of_all


def _jams(row: Row, name: str) -> Files:
    yield f"{name}.jams", json.dumps(to_jams(row), ensure_ascii=False, allow_nan=False).encode()


def _midi(row: Row, name: str) -> Files:
    yield f"{name}.mid", midi.to_midi(row)


def _lab(row: Row, name: str) -> Files:
    """Null has no file; a file without a line says that somebody looked and found nothing."""
    if row.get("chord") is not None:
        yield f"chords/{name}.lab", lab_text(row["chord"]).encode()
    if row.get("key_mode") is not None:
        yield f"keys/{name}.lab", lab_text(row["key_mode"]).encode()
    if row.get("beat") is not None:
        yield f"beats/{name}.beats", beats_text(row["beat"]).encode()


def _pop909(rows: Iterable[Row]) -> Files:
    said: dict[str, Row] = {}
    for row in rows:
        number = pop909.number_of(row[ID], set(said))
        if number is None:
            raise BadCall(
                f"POP909's folders have three digits: it holds {pop909.MOST_SONGS} songs, and here are more",
                "convert one split: --split test",
            )
        said[number] = {name: row.get(name) for name in (ID, "title", "artist")}
        yield from pop909.pop909_files(row, number)
    yield pop909.INDEX, pop909.index_file(dict(sorted(said.items())))


FORMATS: dict[str, Format] = {
    "jams": Format(None, _song_by_song(_jams)),
    "jsonl": Format(None, json_lines),
    "lab": Format(("chord", "key_mode", "beat"), _song_by_song(_lab)),
    "midi": Format(midi.COLUMNS, _song_by_song(_midi)),
    "pop909": Format(pop909.COLUMNS, _pop909),
    "webdataset": Format(None, tar_files),
}
"""The formats that a whole export can be written in."""
