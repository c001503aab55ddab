"""Archives from the web: nothing but the wanted files is written, wherever a member says it lies."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from pathlib import Path

import pytest

from symmv_tools.errors import BadCall
from symmv_tools.sources import archives
from symmv_tools.sources.archives import unpack

WANTED = re.compile(r"(?:.*/)?(?P<keep>\d{3}\.mid)")


def archive_of(path: Path, members: list[tarfile.TarInfo], content: bytes = b"MThd") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            member.size = len(content) if member.isreg() and not member.size else member.size
            tar.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def written(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() or p.is_symlink())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "in" / "out"
    folder.mkdir(parents=True)
    return folder


def test_only_wanted_files_are_written(tmp_path: Path, out: Path) -> None:
    members = [member("./top/README"), member("./top/001.mid"), member("deep/er/002.mid"), member("x.mid")]
    assert unpack(archive_of(tmp_path / "a.tgz", members), out, WANTED) == ([], False)
    assert written(out) == ["001.mid", "002.mid"]


@pytest.mark.parametrize(
    "bad",
    [
        member("/etc/001.mid"),
        member("../../001.mid"),
        member("a/../../../001.mid"),
        member("001.mid", tarfile.SYMTYPE, "/etc/passwd"),
        member("001.mid", tarfile.LNKTYPE, "002.mid"),
        member("001.mid", tarfile.FIFOTYPE),
        member("other", tarfile.SYMTYPE, ".."),
    ],
    ids=lambda info: f"{info.name} of type {info.type.decode()}",
)
def test_a_hostile_member_is_refused_and_its_neighbour_taken(
    bad: tarfile.TarInfo, tmp_path: Path, out: Path
) -> None:
    refused, is_cut = unpack(archive_of(tmp_path / "a.tgz", [bad, member("002.mid")]), out, WANTED)
    assert [r.code for r in refused] == ["HOSTILE_MEMBER"]
    assert not is_cut
    assert written(tmp_path / "in") == ["out/002.mid"]


def test_huge_and_double_members_are_refused(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_BYTES", 100)
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as tar:
        for name, size in (("001.mid", 101), ("a/002.mid", 3), ("b/002.mid", 3)):
            info = member(name)
            info.size = size
            tar.addfile(info, io.BytesIO(bytes(size)))
    refused, _ = unpack(tmp_path / "a.tgz", out, WANTED)
    assert [(r.what, r.code) for r in refused] == [("001.mid", "TOO_LARGE"), ("b/002.mid", "DUPLICATE")]
    assert written(out) == ["002.mid"]


def test_an_archive_that_inflates_without_end_is_refused(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_SUM", 10)
    members = [member(f"{i:03d}.mid") for i in range(4)]
    with pytest.raises(BadCall, match="unpacks to more than 10 bytes"):
        unpack(archive_of(tmp_path / "a.tgz", members), out, WANTED)


@pytest.mark.parametrize("zipped", [True, False])
def test_of_a_cut_archive_the_beginning_is_kept(zipped: bool, tmp_path: Path, out: Path) -> None:
    content = bytes(range(256)) * 20
    whole = archive_of(tmp_path / "a.tgz", [member(f"{i:03d}.mid") for i in range(3)], content).read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(whole[:-40] if zipped else gzip.decompress(whole)[:8000])
    refused, is_cut = unpack(cut, out, WANTED)
    assert is_cut
    assert [r.code for r in refused] == ["TRUNCATED"]
    assert "000.mid" in written(out)
    assert all((out / name).read_bytes() == content for name in written(out))


@pytest.mark.parametrize("content", [b"", b"do re mi", b"\x1f\x8b", b"\x1f\x8bnonsense"])
def test_what_is_no_archive_is_said(content: bytes, tmp_path: Path, out: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    with pytest.raises(BadCall, match=r"is no tar archive|cannot be read"):
        unpack(path, out, WANTED)
