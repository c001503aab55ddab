"""Files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from symmv_tools.errors import DiskFull
from symmv_tools.io.atomic import sweep, written


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    final = tmp_path / "new" / "part-0.parquet"
    with written(final) as temporary:
        temporary.write_bytes(b"whole")
        assert temporary.parent == final.parent
        assert temporary.name.startswith(".")
        assert temporary.name.endswith(".part")
        assert not final.exists()
    assert final.read_bytes() == b"whole"
    assert names(final.parent) == ["part-0.parquet"]


@pytest.mark.parametrize("accident", [ValueError("no"), KeyboardInterrupt(), OSError(errno.EIO, "bad disk")])
def test_a_block_that_raises_leaves_everything_as_it_was(tmp_path: Path, accident: BaseException) -> None:
    final = tmp_path / "settings.toml"
    final.write_text("old")

    def spoil() -> None:
        with written(final) as temporary:
            temporary.write_text("half")
            raise accident

    with pytest.raises(type(accident)) as caught:
        spoil()
    assert caught.value is accident
    assert final.read_text() == "old"
    assert names(tmp_path) == ["settings.toml"]


def test_a_block_that_writes_nothing_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    with pytest.raises(FileNotFoundError), written(tmp_path / "x"):
        pass
    assert (tmp_path / "x").read_text() == "old"


def test_the_longest_file_name_can_be_written(tmp_path: Path) -> None:
    with written(tmp_path / ("x" * 255)) as temporary:
        temporary.touch()
    assert names(tmp_path) == ["x" * 255]


def test_the_content_reaches_the_disk_before_its_name_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deeds: list[str] = []
    fsync, replace = os.fsync, os.replace

    def spying_fsync(handle: int) -> None:
        deeds.append("flush " + Path(os.readlink(f"/proc/self/fd/{handle}")).suffix)
        fsync(handle)

    def spying_replace(source: Path, target: Path) -> None:
        deeds.append("rename")
        replace(source, target)

    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not say what an open file is called")
    monkeypatch.setattr(os, "fsync", spying_fsync)
    monkeypatch.setattr(os, "replace", spying_replace)
    folder = tmp_path / "plain"
    with written(folder / "x.tsv") as temporary:
        temporary.touch()
    assert deeds == ["flush .part", "rename", "flush "]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("where", ["mkdir", "block", "fsync", "replace"])
def test_a_full_disk_is_the_house_s_fault_whenever_it_strikes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, number: int
) -> None:
    full = OSError(number, os.strerror(number))

    def fill(*_: object, **__: object) -> None:
        raise full

    if where in ("fsync", "replace"):
        monkeypatch.setattr(os, where, fill)
    elif where == "mkdir":
        monkeypatch.setattr(Path, "mkdir", fill)
    full_disk = pytest.raises(DiskFull, match=r"no space is left .*x\.tsv")
    with full_disk as caught, written(tmp_path / "x.tsv") as part:
        part.write_text("half")
        if where == "block":
            fill()
    assert caught.value.__cause__ is full
    assert caught.value.hint
    assert names(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as why:
        pytest.skip(f"a small disk cannot be mounted here: {why}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full_is_the_house_s_fault(small_disk: Path) -> None:
    """The same through Python's own writes and through pyarrow's, which make their own OSError."""
    with written(small_disk / "kept") as part:
        part.write_bytes(b"kept")
    with pytest.raises(DiskFull), written(small_disk / "bytes") as part:
        part.write_bytes(os.urandom(1 << 20))
    table = pa.table({"noise": [os.urandom(1 << 16) for _ in range(16)]})
    with pytest.raises(DiskFull), written(small_disk / "table.parquet") as part:
        pq.write_table(table, part)
    assert names(small_disk) == ["kept"]


def test_a_killed_writer_leaves_only_what_sweep_removes(tmp_path: Path) -> None:
    final = tmp_path / "part-0"
    final.write_text("old")
    code = f"""
        import os, signal
        from symmv_tools.io.atomic import written
        with written({str(final)!r}) as part:
            part.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], timeout=30)
    assert ended.returncode == -signal.SIGKILL
    assert final.read_text() == "old"
    assert len(names(tmp_path)) == 2
    assert sweep(tmp_path) == 1
    assert names(tmp_path) == ["part-0"]
    assert sweep(tmp_path / "nowhere") == 0
