"""Laws and examples of media on disk."""

from __future__ import annotations

import builtins
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadMedium
from symmv_tools.store.media import Absent, Stat, media_folder, sha256_of, stat_of


@given(st.binary(max_size=100), st.integers(1, 40))
def test_the_fingerprint_is_that_of_the_whole_content(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, chunk: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)
    assert sha256_of(path, chunk) == hashlib.sha256(content).hexdigest()


def test_size_and_time_are_those_of_the_file_behind_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"four")
    os.utime(file, ns=(1, 1_700_000_000_123_456_789))
    link.symlink_to(file)
    assert stat_of(str(link)) == stat_of(file) == Stat(4, 1_700_000_000_123_456_789)


def test_what_is_absent_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("gone", "file/below", "loop", "nul\0"):
        assert stat_of(tmp_path / name) is Absent.MISSING
    for name in (".", "pipe"):
        assert stat_of(tmp_path / name) is Absent.NOT_A_FILE
    assert stat_of(tmp_path / ("x" * 5000)) is Absent.UNREADABLE
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read everything
    assert stat_of(tmp_path / "file") is Absent.UNREADABLE


def test_a_file_that_cannot_be_read_is_a_bad_medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, code in [("gone", "MEDIA_MISSING"), (".", "NOT_A_FILE"), ("pipe", "NOT_A_FILE")]:
        with pytest.raises(BadMedium) as caught:
            sha256_of(tmp_path / name)
        assert (caught.value.code, caught.value.retryable) == (code, True)

    def refuse(path: Any, *rest: Any, **more: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "shut").touch()
    monkeypatch.setattr(builtins, "open", refuse)
    with pytest.raises(BadMedium, match="shut cannot be read: Permission denied"):
        sha256_of(tmp_path / "shut")


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_every_song_has_a_folder_of_its_own_inside_the_store(one: str, other: str) -> None:
    root = Path("/store")
    folder = media_folder(root, one)
    assert folder.relative_to(root).parts[0] == "media"
    assert len(folder.relative_to(root).parts) == 3
    assert (folder == media_folder(root, other)) == (one == other)


def test_the_folder_of_a_song_never_moves() -> None:
    """Stores on people's disks depend on this path."""
    assert media_folder(Path("w"), "folder:a/b") == Path("w/media/77/77b4db4aeb3192ef8a62")
