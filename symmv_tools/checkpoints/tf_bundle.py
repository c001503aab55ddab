"""Read the tensors of a TensorFlow checkpoint (a "tensor bundle", version 2) with numpy alone.

The index is a LevelDB table (LevelDB's doc/table_format.md) from the names of tensors to where they lie in
the data file; its values are messages of TensorFlow's protobuf/tensor_bundle.proto. There is no pickle in
either and nothing that could run.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import MissingCheckpoint

_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8"}  # of types.proto: those that networks are kept in
_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes
_TRAILER = 5  # bytes after each block: how it is compressed, and its checksum
_HEADER_KEY = b""


class _Unreadable(ValueError):
    """Why the files are no bundle; the path is added where it is known."""


class _Span(NamedTuple):
    """Where a block of the index lies."""

    start: int
    size: int


class _Entry(NamedTuple):
    """What the index says of one tensor."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int


def read_bundle(folder: str | Path, stem: str = "") -> dict[str, NDArray[Any]]:
    """Return every tensor of the checkpoint in `folder` by its name; read-only arrays.

    The files are `STEM.index` and `STEM.data-00000-of-00001`; a checkpoint that was saved as "FOLDER/" has
    an empty stem, and hidden files. The index is checked against its own checksums, the data against the
    sizes that the index states: whether the numbers are right is for a sha256 to say (`checkpoints.locate`).

    Raises MissingCheckpoint, with the reason, if a file is not there, cut short, damaged, compressed, in
    several parts, or of another kind.
    """
    index, data = (Path(folder) / f"{stem}{ending}" for ending in (".index", ".data-00000-of-00001"))
    try:
        entries = dict(_entries(index.read_bytes()))
        content = data.read_bytes()
        return {name: _tensor(name, entry, content) for name, entry in entries.items()}
    except OSError as why:
        reason = f"{why.filename} cannot be opened ({why.strerror})"
        raise _no_bundle(folder, reason) from why
    except _Unreadable as why:
        raise _no_bundle(folder, str(why)) from why


def _no_bundle(folder: str | Path, why: str) -> MissingCheckpoint:
    return MissingCheckpoint(
        f"{folder} does not hold a TensorFlow checkpoint that can be read: {why}",
        "fetch the weights again; if they came with a package, `symmv doctor --fix` puts it back",
    )


def _tensor(name: str, entry: _Entry, content: bytes) -> NDArray[Any]:
    dtype, count = np.dtype(entry.dtype), math.prod(entry.shape)
    if entry.size != count * dtype.itemsize:
        raise _Unreadable(f"{name} has {entry.size} bytes, and its shape {entry.shape} wants another number")
    if entry.start + entry.size > len(content):
        raise _Unreadable(f"the data file ends at byte {len(content)}, before {name} does (is it cut short?)")
    return np.frombuffer(content, dtype, count, entry.start).reshape(entry.shape)


# --- the index: a table -----------------------------------------------------------------------------


def _entries(index: bytes) -> Iterator[tuple[str, _Entry]]:
    try:
        for key, value in _table(index):
            if key == _HEADER_KEY:
                _check_header(value)
            else:
                yield key.decode(), _entry(key.decode(), value)
    except (IndexError, struct.error, UnicodeDecodeError) as why:
        raise _Unreadable("its index is damaged") from why


def _table(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values in order."""
    footer = index[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise _Unreadable("its index does not end as one does (cut short, or a file of another kind?)")
    _, behind = _span(footer, 0)  # of the table's own statistics, which bundles have none of
    for _, place in _block(index, _span(footer, behind)[0]):
        yield from _block(index, _span(place, 0)[0])


def _span(content: bytes, at: int) -> tuple[_Span, int]:
    """Return the two numbers at `at`, and where they end."""
    start, at = _varint(content, at)
    size, at = _varint(content, at)
    return _Span(start, size), at


def _block(index: bytes, span: _Span) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a block; of each key is kept how much of the last it repeats, and the rest."""
    content = _checked(index, span)
    (restarts,) = struct.unpack("<I", content[-4:])
    at, end, key = 0, len(content) - 4 * (restarts + 1), b""
    while at < end:
        shared, at = _varint(content, at)
        rest, at = _varint(content, at)
        length, at = _varint(content, at)
        key = key[:shared] + content[at : at + rest]
        yield key, content[at + rest : at + rest + length]
        at += rest + length


def _checked(index: bytes, span: _Span) -> bytes:
    end = span.start + span.size
    kind, checksum = struct.unpack("<BI", index[end : end + _TRAILER])
    if _masked(_crc32c(index[span.start : end + 1])) != checksum:
        raise _Unreadable("its index has other checksums than it states (damaged?)")
    if kind != 0:
        raise _Unreadable("its index is compressed, as TensorFlow's own writer never leaves it")
    return index[span.start : end]


def _crc32c(content: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _CRC32C[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def _masked(crc: int) -> int:
    """Return the sum as LevelDB keeps it, so that the sum of data that holds sums is no trap."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _row_of_crc32c(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CRC32C = tuple(map(_row_of_crc32c, range(256)))


# --- its values: messages of protocol buffers -------------------------------------------------------


def _check_header(message: bytes) -> None:
    fields = dict(_fields(message))
    shards, is_big_endian = fields.get(1, 1), fields.get(2, 0)
    if shards != 1:
        raise _Unreadable(f"it comes in {shards!r} parts, and only one can be read")
    if is_big_endian:
        raise _Unreadable("it was written on a big-endian machine")


def _entry(name: str, message: bytes) -> _Entry:
    shape: tuple[int, ...] = ()
    numbers: dict[int, int] = {}
    for field, value in _fields(message):
        if field == 7:
            raise _Unreadable(f"{name} is kept in slices")
        if isinstance(value, int):
            numbers[field] = value
        elif field == 2:
            shape = tuple(_dimension(part) for number, part in _fields(value) if number == 2)
    if (kind := numbers.get(1, 0)) not in _DTYPES:
        raise _Unreadable(f"{name} is of TensorFlow's type {kind}, which is no float or integer that we read")
    return _Entry(_DTYPES[kind], shape, numbers.get(4, 0), numbers.get(5, 0))


def _dimension(message: int | bytes) -> int:
    size = dict(_fields(message)).get(1, 0) if isinstance(message, bytes) else 0
    return size if isinstance(size, int) else 0


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field: integers, or the bytes of anything longer."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == 2:
            size, at = _varint(message, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise _Unreadable(f"its index holds a field of the unknown kind {wire}")
        yield number, message[at : at + size]
        at += size


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at`, seven bits a byte with the lowest first, and where it ends."""
    number = shift = 0
    while True:
        byte = content[at]
        number, shift, at = number | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return number, at
