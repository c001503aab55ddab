from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, Protocol

import pytest

from symmv_tools import checkpoints
from symmv_tools.checkpoints import local, manifest
from symmv_tools.checkpoints.manifest import Checkpoint
from symmv_tools.errors import MissingCheckpoint


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Declare(Protocol):
    def __call__(self, name: str, files: dict[str, bytes], **more: Any) -> Checkpoint: ...


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Declare:
    """Replace the manifest by the given entries, and every folder of this machine by a fresh one."""
    monkeypatch.setenv("SYMMV_CHECKPOINTS", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def replace(name: str, files: dict[str, bytes], **more: Any) -> Checkpoint:
        digests = {file: sha256(content) for file, content in files.items()}
        size = sum(map(len, files.values()))
        entry = Checkpoint(name, "about", "MIT", "https://example.org", size, digests, **more)
        for module in (manifest, local):
            monkeypatch.setattr(module, "declared", lambda: {name: entry})
        return entry

    return replace


def put(folder: Path, **files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_file_in_the_users_own_folder_is_found(declare: Declare, tmp_path: Path) -> None:
    declare("net", {"net": b"abc"})
    put(tmp_path / "own" / "net", net=b"abc")
    assert checkpoints.locate("net") == tmp_path / "own" / "net" / "net"


def test_a_file_of_the_wrong_content_is_refused(declare: Declare, tmp_path: Path) -> None:
    declare("net", {"net": b"abc"}, url="https://example.org/net")
    put(tmp_path / "own" / "net", net=b"abd")
    with pytest.raises(MissingCheckpoint, match=r"own/net/net is not what 'net' needs") as caught:
        checkpoints.locate("net")
    assert "symmv models pull net" in caught.value.hint


def test_a_missing_file_says_where_to_put_it(declare: Declare, tmp_path: Path) -> None:
    declare("net", {"net": b"abc"}, url="https://example.org/net?download=1")
    with pytest.raises(MissingCheckpoint, match="not on this machine") as caught:
        checkpoints.locate("net")
    assert "https://example.org/net?download=1" in caught.value.hint
    assert str(tmp_path / "own" / "net" / "net") in caught.value.hint


def test_a_file_of_a_missing_package_names_the_package(declare: Declare) -> None:
    declare("net", {"net": b"abc"}, places=("package:no_such_package/weights",))
    with pytest.raises(MissingCheckpoint) as caught:
        checkpoints.locate("net")
    assert "no_such_package" in caught.value.hint
    assert "symmv doctor --fix" in caught.value.hint


def test_a_group_of_files_is_their_folder_and_all_are_checked(declare: Declare, tmp_path: Path) -> None:
    declare("group", {"a": b"1", "b": b"2"}, places=("cache:there",))
    folder = put(tmp_path / "cache" / "there", a=b"1", b=b"2")
    assert checkpoints.locate("group") == folder
    put(folder, b=b"3 changed")
    with pytest.raises(MissingCheckpoint, match="there/b is not"):
        checkpoints.locate("group")


def test_an_incomplete_group_is_looked_for_elsewhere(declare: Declare, tmp_path: Path) -> None:
    declare("group", {"a": b"1", "b": b"2"}, places=("cache:here", "home:there"))
    put(tmp_path / "cache" / "here", a=b"1")
    whole = put(tmp_path / "home" / "there", a=b"1", b=b"2")
    assert checkpoints.locate("group") == whole


def test_a_file_is_read_once_and_again_when_it_changes(
    declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare("net", {"net": b"abc"})
    file = put(tmp_path / "own" / "net", net=b"abc") / "net"
    checkpoints.locate("net")
    opened: list[Path] = []
    really_open = Path.open

    def watched(path: Path, *how: Any) -> Any:
        opened.append(path)
        return really_open(path, *how)

    monkeypatch.setattr(Path, "open", watched)
    checkpoints.locate("net")
    assert opened == []
    os.utime(file, ns=(1, 1))
    checkpoints.locate("net")
    assert opened == [file]
    checkpoints.verify("net")
    assert opened == [file, file]


def test_a_path_is_taken_as_it_is_and_told_apart_by_content(declare: Declare, tmp_path: Path) -> None:
    declare("net", {"net": b"abc"})
    file = put(tmp_path / "mine", weights=b"xyz") / "weights"
    assert checkpoints.locate(str(file)) == file
    assert checkpoints.declared_sha256(str(file)) == sha256(b"xyz")


def test_a_declared_digest_needs_no_file(declare: Declare) -> None:
    declare("net", {"net": b"abc"})
    assert checkpoints.declared_sha256("net") == sha256(b"abc")


@pytest.mark.parametrize("path", ["nowhere/net.pth", "net.pth", "/nowhere/net"])
def test_a_path_without_a_file_is_shown_in_full(declare: Declare, path: str) -> None:
    declare("net", {"net": b"abc"})
    with pytest.raises(MissingCheckpoint, match=r"no checkpoint file at /.*net") as caught:
        checkpoints.locate(path)
    assert "short name: net" in caught.value.hint


def test_a_misspelt_short_name_offers_the_nearest(declare: Declare) -> None:
    declare("network", {"net": b"abc"})
    with pytest.raises(MissingCheckpoint, match="'netwrk'") as caught:
        checkpoints.locate("netwrk")
    assert "network" in caught.value.hint


def test_a_relative_cache_folder_counts_as_unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYMMV_CHECKPOINTS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert checkpoints.folder() == tmp_path / ".cache" / "symmv" / "checkpoints"


def test_a_description_says_whether_it_is_here_without_reading_it(declare: Declare, tmp_path: Path) -> None:
    declare("net", {"net": b"abc"}, url="https://example.org/net")
    assert checkpoints.describe("net")["here"] is None
    put(tmp_path / "own" / "net", net=b"not what it should be")
    said = checkpoints.describe("net")
    assert said["here"] == str(tmp_path / "own" / "net" / "net")
    assert {"name", "megabytes", "licence", "about", "source", "url", "sha256"} <= set(said)
