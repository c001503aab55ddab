"""Files that appear whole or not at all, however the process ends."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from symmv_tools.errors import DiskFull, house_fault
from symmv_tools.song import printable

_ENDING = ".part"


@contextmanager
def written(path: str | Path) -> Iterator[Path]:
    """Give a temporary path in the folder of `path` (made if need be), and move it there at the end.

    The block writes the temporary file and closes it. What it wrote is flushed to the disk, then
    renamed over `path` in one step, so a reader sees the old file or the new one, never a part.
    If the block raises, the temporary file is removed and `path` is as it was.

    Raises DiskFull, with the cause kept, if the disk or the quota is full.
    """
    final = Path(path)
    # The name owes nothing to `path`, whose own name may already be as long as the disk allows.
    temporary = final.with_name(f".{secrets.token_hex(8)}{_ENDING}")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        os.replace(temporary, final)
        _flush_folder(final.parent)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and isinstance(house_fault(error), DiskFull):
            raise _disk_full(final) from error
        raise


def _disk_full(path: Path) -> DiskFull:
    return DiskFull(
        f"no space is left on the disk to write {printable(str(path), 300)}",
        "free some space and run the same command again: what is finished is kept",
    )


def sweep(folder: str | Path) -> int:
    """Remove the temporary files that killed processes left in `folder`; return how many.

    Only for the one who holds the store's lock: a living writer's file looks the same.
    """
    left = [file for file in Path(folder).glob(f".*{_ENDING}") if file.is_file()]
    for file in left:
        file.unlink(missing_ok=True)
    return len(left)


def _flush(path: Path) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make a rename in `folder` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as why:
        # Some network file systems cannot flush a folder; the rename itself has been done.
        if why.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
