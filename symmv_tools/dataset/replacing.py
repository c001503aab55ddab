"""Swap a whole export in at once: a reader sees the old one or the new one, never a mixture."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from symmv_tools.dataset.parquet import sync
from symmv_tools.errors import BadCall

_LIST = ".symmv-export"
"""The file in an export that lists all the others: what is not in it is not ours to delete."""


@contextmanager
def replacing(folder: Path, ours: Collection[str] = ()) -> Iterator[Path]:
    """Give a new, empty folder beside `folder`, which takes the place of `folder` when all went well.

    `folder` may be missing, empty or an earlier export. If the block raises, the new folder is
    deleted and the old export stays as it was. A run that was killed between the two renames is
    repaired by the next call.

    Raises BadCall, before anything is written, if `folder` holds a file that no export wrote, but
    for those that `ours` names: other commands put them there, and the block sees to them.
    """
    folder = Path(os.path.abspath(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    old = folder.parent / f".{folder.name}.old"
    if old.exists() and not folder.exists():
        old.rename(folder)
    _refuse_foreign_files(folder, ours)
    new = folder.parent / f".{folder.name}.new"
    shutil.rmtree(new, ignore_errors=True)  # left by a run that was killed
    new.mkdir()
    try:
        yield new
        (new / _LIST).write_text("".join(f"{name}\n" for name in _files(new)), encoding="utf-8")
        _swap(new, folder, old)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _refuse_foreign_files(folder: Path, ours: Collection[str]) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadCall(f"{folder} is a file; an export is a folder", "name another place")
    marker = folder / _LIST
    known = set(marker.read_text(encoding="utf-8").splitlines()) if marker.exists() else set()
    foreign = [name for name in _files(folder) if name not in known and name not in ours]
    if foreign:
        raise BadCall(
            f"{folder} holds {foreign[0]!r}, which no export wrote; replacing the folder would delete it",
            "export to a new folder, or move your files away",
        )


def _files(folder: Path) -> list[str]:
    """Every file below `folder` but the list itself, relative, sorted."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(name for path in paths if (name := path.relative_to(folder).as_posix()) != _LIST)


def _swap(new: Path, folder: Path, old: Path) -> None:
    for path in (*new.rglob("*"), new):
        sync(path)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
