"""TensorFlow's checkpoints, written here as TensorFlow writes them: read; cut or damaged, refused."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.checkpoints.tf_bundle import _crc32c, _masked, read_bundle
from symmv_tools.errors import MissingCheckpoint

pytestmark = pytest.mark.quick

Tensors = dict[str, NDArray[Any]]
DTYPES: dict[Any, int] = {np.dtype(name): n for n, name in ((1, "<f4"), (2, "<f8"), (3, "<i4"), (9, "<i8"))}
SOME: Tensors = {
    "conv2d/bias": np.arange(3, dtype="<f4"),
    "conv2d/kernel": np.arange(6, dtype="<f4").reshape(1, 2, 3),
    "global_step": np.array(7, "<i8"),
}


# --- a writer, after the same descriptions of the format ----------------------------------------------


def varint(number: int) -> bytes:
    head = bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
    return head + varint(number >> 7) if number > 0x7F else head


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(pairs: Mapping[bytes, bytes], kind: int = 0) -> bytes:
    """A block of a table with its trailer; every second key begins anew."""
    body, restarts, last = b"", [], b""
    for i, (key, value) in enumerate(pairs.items()):
        if i % 2 == 0:
            restarts.append(len(body))
            last = b""
        shared = next((n for n in range(min(len(key), len(last)), 0, -1) if key[:n] == last[:n]), 0)
        body += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    body += struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts)) + bytes([kind])
    return body + struct.pack("<I", _masked(_crc32c(body)))


def table(pairs: Mapping[bytes, bytes], *, per_block: int = 3, kind: int = 0) -> bytes:
    out, places, keys = b"", {}, sorted(pairs)
    for at in range(0, len(keys), per_block):
        some = keys[at : at + per_block]
        made = block({key: pairs[key] for key in some}, kind)
        places[some[-1]] = varint(len(out)) + varint(len(made) - 5)
        out += made
    handles = b""
    for made in (block({}), block(places)):
        handles += varint(len(out)) + varint(len(made) - 5)
        out += made
    return out + handles.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db")


def entry(tensor: NDArray[Any], start: int) -> bytes:
    shape = b"".join(field(2, field(1, size)) for size in tensor.shape)
    checksum = varint(6 << 3 | 5) + struct.pack("<I", 0)
    placed = field(4, start) + field(5, tensor.nbytes)
    return field(1, DTYPES[tensor.dtype]) + field(2, shape) + placed + checksum


def write(
    folder: Path, tensors: Tensors, *, header: bytes = field(1, 1), kind: int = 0, **odd: bytes
) -> Path:
    """Write a bundle with an empty stem; `odd` are further entries as they are."""
    pairs, data = {b"": header}, b""
    for name in sorted(tensors):
        pairs[name.encode()] = entry(tensors[name], len(data))
        data += tensors[name].tobytes()
    pairs |= {name.encode(): value for name, value in odd.items()}
    (folder / ".index").write_bytes(table(pairs, kind=kind))
    (folder / ".data-00000-of-00001").write_bytes(data)
    return folder


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


# --- what is written is read --------------------------------------------------------------------------


def test_the_checksum_is_crc32c() -> None:
    assert _crc32c(b"123456789") == 0xE3069283  # the check value of every list of checksums


@given(
    st.dictionaries(
        st.text("ab/_1", min_size=1, max_size=8),
        st.sampled_from(list(DTYPES)).flatmap(lambda d: arrays(d, array_shapes(min_dims=0, max_side=4))),
        max_size=9,
    )
)
def test_what_was_written_is_read(scratch: Path, tensors: Tensors) -> None:
    found = read_bundle(write(scratch, tensors))
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found[name], tensor)


def test_a_stem_names_the_files(tmp_path: Path) -> None:
    for path in list(write(tmp_path, SOME).iterdir()):
        path.rename(path.with_name(f"model.ckpt{path.name}"))
    assert read_bundle(tmp_path, "model.ckpt").keys() == SOME.keys()


def test_what_tensorflow_itself_wrote_is_read() -> None:
    found = read_bundle(checkpoints.locate("musicnn-mtt"))
    assert len(found) == 150
    assert found["conv2d/kernel"].shape == (7, 38, 1, 204)
    assert (found["batch_normalization/moving_variance"] > 0).all()


# --- what is none is refused --------------------------------------------------------------------------


def test_an_index_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = (write(tmp_path, SOME) / ".index").read_bytes()
    for length in range(len(whole)):
        (tmp_path / ".index").write_bytes(whole[:length])
        with pytest.raises(MissingCheckpoint, match="does not hold a TensorFlow checkpoint"):
            read_bundle(tmp_path)


@given(st.data())
def test_a_damaged_index_is_refused_or_reads_as_it_was(scratch: Path, data: st.DataObject) -> None:
    whole = bytearray((write(scratch, SOME) / ".index").read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    (scratch / ".index").write_bytes(whole)
    try:
        found = read_bundle(scratch)
    except MissingCheckpoint:
        return
    for name, tensor in SOME.items():  # the byte was of the padding
        np.testing.assert_array_equal(found[name], tensor)


def test_data_cut_short_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, SOME) / ".data-00000-of-00001"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(MissingCheckpoint, match=r"ends at byte 43, before global_step does"):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({"kind": 1}, "compressed"),
        ({"header": field(1, 2)}, "in 2 parts"),
        ({"header": field(1, 1) + field(2, 1)}, "big-endian"),
        ({"words": field(1, 7)}, "words is of TensorFlow's type 7"),
        ({"table": field(1, 1) + field(7, b"")}, "table is kept in slices"),
        ({"long": entry(np.zeros(99, "<f4"), 0)}, "before long does"),
        ({"wide": field(1, 1) + field(5, 8)}, r"wide has 8 bytes, and its shape \(\)"),
        ({"odd": b"\x0b"}, "unknown kind 3"),
    ],
)
def test_what_we_cannot_read_is_named(tmp_path: Path, odd: dict[str, Any], why: str) -> None:
    with pytest.raises(MissingCheckpoint, match=why):
        read_bundle(write(tmp_path, SOME, **odd))


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingCheckpoint, match=r"\.index cannot be opened") as caught:
        read_bundle(tmp_path)
    assert "doctor --fix" in caught.value.hint


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, SOME)
    (tmp_path / ".index").write_bytes(b"PK\x03\x04" * 100)
    with pytest.raises(MissingCheckpoint, match="a file of another kind"):
        read_bundle(tmp_path)
