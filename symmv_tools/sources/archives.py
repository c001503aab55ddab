"""Tar archives from the web, of which only the files that are wanted are written, under names of ours."""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO

from symmv_tools.errors import BadCall
from symmv_tools.song import printable
from symmv_tools.sources.collected import Refusal
from symmv_tools.sources.releases import LARGEST_BYTES

LARGEST_SUM = 2 << 30
"""Bytes that one archive may unpack to; POP909 with everything has 60 MB."""

_DAMAGED = (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile)


def unpack(archive: Path, folder: Path, member: re.Pattern[str]) -> tuple[list[Refusal], bool]:
    """Write the files of a tar (gzipped or not) whose path matches `member` into `folder`.

    Each goes to the match's group `keep`, so that no path of the archive's own ever reaches the
    disk. Returns what was refused, with a sentence each (links, devices, paths that lead out of the
    archive, files above `LARGEST_BYTES`, a second file of the same name), and whether the archive
    is damaged; what lay before the damage is written.

    Raises BadCall if it is no such archive, or unpacks to more than `LARGEST_SUM`.
    """
    refused: list[Refusal] = []
    total = 0
    try:
        with ExitStack() as closing:
            tar = _opened(archive, closing)
            for info in tar:
                found = member.fullmatch(PurePosixPath(info.name).as_posix())
                target = folder / found["keep"] if found else None
                if trouble := _trouble(info, target):
                    refused.append(_refusal(info, *trouble))
                elif target is not None and info.isfile():
                    total += info.size
                    _check_sum(archive, total)
                    _write(tar, info, target)
    except _DAMAGED as why:
        message = f"{archive} is damaged or was cut short ({why}); what lies before that was read"
        refused.append(Refusal(printable(archive.name), "TRUNCATED", message))
        return refused, True
    return refused, False


def _opened(archive: Path, closing: ExitStack) -> tarfile.TarFile:
    try:
        # Not tarfile's own gzip: in a stream that reader takes a cut for the end.
        raw: IO[bytes] = closing.enter_context(archive.open("rb"))
        head = raw.read(2)
        raw.seek(0)
        plain = closing.enter_context(gzip.GzipFile(fileobj=raw)) if head == b"\x1f\x8b" else raw
        return closing.enter_context(tarfile.open(fileobj=plain, mode="r|"))
    except OSError as why:
        raise BadCall(f"{archive} cannot be read: {why.strerror or why}", "check the path") from why
    except (tarfile.TarError, EOFError, zlib.error) as why:
        raise BadCall(
            f"{archive} is no tar archive ({why})", "name the release's folder, or its .tar.gz"
        ) from why


def _trouble(info: tarfile.TarInfo, target: Path | None) -> tuple[str, str] | None:
    """Return (code, reason) if a member must not be written, or None."""
    path = PurePosixPath(info.name)
    if path.is_absolute() or ".." in path.parts:
        return "HOSTILE_MEMBER", "leads out of the archive"
    if info.isdir() or (target is None and info.isfile()):
        return None
    if not info.isfile():
        return "HOSTILE_MEMBER", "is a link or a device, not a file"
    if info.size > LARGEST_BYTES:
        return (
            "TOO_LARGE",
            f"has {info.size:,} bytes; no file of this release has more than {LARGEST_BYTES:,}",
        )
    return ("DUPLICATE", "comes twice; the first is taken") if target and target.exists() else None


def _refusal(info: tarfile.TarInfo, code: str, reason: str) -> Refusal:
    return Refusal(printable(info.name), code, f"{printable(info.name)} {reason}")


def _check_sum(archive: Path, total: int) -> None:
    if total > LARGEST_SUM:
        raise BadCall(
            f"{archive} unpacks to more than {LARGEST_SUM:,} bytes", "is it the release, and nothing else?"
        )


def _write(tar: tarfile.TarFile, info: tarfile.TarInfo, target: Path) -> None:
    content = tar.extractfile(info)
    assert content is not None, "a regular file has content"
    whole = content.read()
    if len(whole) != info.size:
        raise tarfile.ReadError(f"{info.name} ends early")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(whole)
