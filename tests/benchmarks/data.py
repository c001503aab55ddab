"""Where the benchmarks' data lie: $SYMMV_DATA, unpacked into a scratch folder."""

from __future__ import annotations

import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def data() -> Path:
    """Return $SYMMV_DATA, or leave with a sentence."""
    folder = Path(os.environ.get("SYMMV_DATA") or sys.exit("SYMMV_DATA does not say where the data lie"))
    return folder if folder.is_dir() else sys.exit(f"SYMMV_DATA is {folder}, which is no folder")


@contextmanager
def pop909() -> Iterator[Path]:
    """Give the folder that holds POP909's 001, 002, …"""
    with _unpacked("POP909_001-800.tar.gz") as folder:
        yield folder / "POP909"


@contextmanager
def symmv() -> Iterator[Path]:
    """Give the folder of SymMV's release: midi/N.mid, midi/texture/N_new.mid and chord/N.txt."""
    with _unpacked("SymMV_0001-1000.tar.gz") as folder:
        yield folder / "dataset"


def symmv_tonality() -> dict[str, str]:
    """Give SymMV's tonality by song, as it spells them: `E- major`, `c# minor`."""
    table = data() / "symbolic" / "SymMV_0001-1000.csv"  # separated by tabs, some rows without the last one
    rows = [line.split("\t") for line in table.read_text("utf-8").splitlines()[1:]]
    return {row[0]: row[2] for row in rows}


@contextmanager
def asap() -> Iterator[Path]:
    """Give the folder that holds ASAP's performances by composer, each beside its annotations."""
    with _unpacked("ASAP_dev20.tar.gz") as folder:
        yield folder


@contextmanager
def symmv_midi() -> Iterator[Path]:
    """Give the folder of SymMV's released transcriptions, the accompaniments in its `texture` left out."""
    with symmv() as folder:
        for path in (folder / "midi" / "texture").glob("*.mid"):
            path.unlink()
        yield folder / "midi"


@contextmanager
def _unpacked(archive: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(data() / "symbolic" / archive) as tar:
        tar.extractall(scratch, filter="data")
        yield Path(scratch)
