"""Splits that were said before: the lists that symmv ships, files like them, and earlier exports."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from symmv_tools.dataset.card import DATA
from symmv_tools.dataset.check import SPLITS
from symmv_tools.dataset.splits import Published
from symmv_tools.errors import BadCall, BadManifest
from symmv_tools.settings import nearest
from symmv_tools.song import printable

_COLUMNS = ("song_id", "split", "group_id")


def read_frozen(source: str) -> dict[str, Published]:
    """Return who lies where by `source`: a list that symmv ships, a TSV file, or the folder of an export.

    A file has a header and the columns `song_id` and `split`; `group_id` may be there as well. Raises
    BadCall if there is nothing of that name, and BadManifest, with the line, for a file that cannot be
    understood or contradicts itself.
    """
    path = Path(source)
    if is_export(source):
        return _of_export(path)
    if path.is_file():
        return _of_list(path)
    shelf = Path(str(files("symmv_tools.manifests") / "splits"))
    known = {shipped.stem: shipped for shipped in shelf.glob("*.tsv")}
    if source not in known:
        raise BadCall(
            f"there is no file, no export and no shipped list of splits called {printable(source)!r}",
            nearest(source, known),
        )
    return _of_list(known[source])


def is_export(source: str) -> bool:
    """Whether `source` is the folder of an export, and not a list."""
    return (Path(source) / DATA).is_dir()


def of_table(table: pa.Table, where: str) -> dict[str, Published]:
    """Return who lies where by a table with `_COLUMNS`; BadManifest if it contradicts itself."""
    found: dict[str, Published] = {}
    columns = (table.column(name).to_pylist() for name in _COLUMNS)
    for song_id, split, group_id in zip(*columns, strict=True):
        _enter(found, song_id, split, group_id, where)
    _check_groups(found, where)
    return found


def _of_export(folder: Path) -> dict[str, Published]:
    parts = [
        pq.read_table(path, columns=list(_COLUMNS)) for path in sorted((folder / DATA).glob("*.parquet"))
    ]
    if not parts:
        raise BadCall(f"{folder} holds no rows", "name an export that does")
    return of_table(pa.concat_tables(parts), str(folder))


def _of_list(path: Path) -> dict[str, Published]:
    lines = _lines(path)
    header = lines[0].split("\t") if lines else []
    if not {"song_id", "split"} <= set(header):
        raise BadManifest(f"{path}:1: the columns song_id and split are expected", "write them into line 1")
    found: dict[str, Published] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = dict(zip(header, line.split("\t"), strict=False))
        _enter(found, cells["song_id"], cells.get("split", ""), cells.get("group_id"), f"{path}:{number}")
    _check_groups(found, str(path))
    return found


def _lines(path: Path) -> list[str]:
    try:
        # by "\n" alone: an id may hold what str.splitlines takes for the end of a line
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as why:
        raise BadManifest(f"{path} cannot be read as text: {why}", "name a TSV file in UTF-8") from why


def _enter(found: dict[str, Published], song_id: str, split: str, group_id: str | None, where: str) -> None:
    if split not in SPLITS:
        raise BadManifest(
            f"{where}: {printable(song_id)!r} is in split {printable(split)!r}", nearest(split, SPLITS)
        )
    if found.setdefault(song_id, Published(split, group_id or None)).split != split:
        raise BadManifest(
            f"{where}: {printable(song_id)!r} is in {split} and in {found[song_id].split}",
            "keep one of the two",
        )


def _check_groups(found: dict[str, Published], where: str) -> None:
    """Refuse a list in which a group lies in two splits."""
    split_of: dict[str, str] = {}
    for split, group_id in found.values():
        if group_id and split_of.setdefault(group_id, split) != split:
            said = f"group {printable(group_id)!r} spans {split_of[group_id]} and {split}"
            raise BadManifest(f"{where}: {said}", "put all songs of a group into one split")
