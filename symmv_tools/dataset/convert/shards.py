"""Rows as JSON lines, or as WebDataset's tar files: shards of some megabytes for readers without Parquet."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from symmv_tools.song import file_name

Row = Mapping[str, Any]

SHARD_BYTES = 64 << 20
_MEDIA = ("audio", "video")
_END = b"\0" * (2 * tarfile.BLOCKSIZE)


def json_lines(rows: Iterable[Row]) -> Iterator[tuple[str, bytes]]:
    """Yield `{split}-00000.jsonl`, …: a line for each row, bytes (MIDI, embedded media) in base64."""
    return _shards(rows, "jsonl", lambda row: _line(_plain(row)), b"".join)


def tar_files(rows: Iterable[Row]) -> Iterator[tuple[str, bytes]]:
    """Yield `{split}-00000.tar`, …: for each row `{pair_id}.json`, its `.mid`, and its media if embedded.

    The files of a row stand together, as WebDataset asks; the media are called `.audio.ogg`, `.video.mp4`
    after their kind.
    """
    return _shards(rows, "tar", _members, lambda members: b"".join([*members, _END]))


def _shards(
    rows: Iterable[Row],
    suffix: str,
    encode: Callable[[Row], bytes],
    join: Callable[[list[bytes]], bytes],
) -> Iterator[tuple[str, bytes]]:
    pending: dict[str, list[bytes]] = {}
    count: dict[str, int] = {}

    def shard(split: str) -> tuple[str, bytes]:
        count[split] = count.get(split, 0) + 1
        return f"{split}-{count[split] - 1:05d}.{suffix}", join(pending.pop(split))

    for row in rows:
        split, content = row["split"], encode(row)
        if sum(map(len, pending.get(split, ()))) + len(content) > SHARD_BYTES and split in pending:
            yield shard(split)
        pending.setdefault(split, []).append(content)
    for split in list(pending):
        yield shard(split)


def _plain(value: Any) -> Any:
    """Return a value of a row as JSON has it."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _line(plain: Any) -> bytes:
    return (json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _members(row: Row) -> bytes:
    """Return the files of a row as tar has them, without the end of the archive."""
    name = row.get("pair_id") or file_name(row["song_id"])
    media = {medium: row.get(medium) or {} for medium in _MEDIA}
    told = {k: v for k, v in row.items() if k not in ("midi", *_MEDIA)}
    told |= {medium: {"path": media[medium].get("path")} for medium in _MEDIA}
    files = [(f"{name}.json", _line(_plain(told)))]
    if row.get("midi"):
        files.append((f"{name}.mid", row["midi"]))
    for medium, cell in media.items():
        if cell.get("bytes"):
            files.append((f"{name}.{medium}{PurePath(cell.get('path') or '').suffix}", cell["bytes"]))
    return b"".join(_member(*file) for file in files)


def _member(name: str, content: bytes) -> bytes:
    header = tarfile.TarInfo(name)
    header.size = len(content)
    padding = b"\0" * (-len(content) % tarfile.BLOCKSIZE)
    return header.tobuf(tarfile.PAX_FORMAT) + content + padding
