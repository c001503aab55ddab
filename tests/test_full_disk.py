"""A full disk: wherever it strikes, the run stops with a sentence, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.media import write_song
from tests.test_bad_input import symmv


def mounted(folder: Path, kilobytes: int) -> bool:
    """Mount a tiny file system, or make the one there larger."""
    option = f"{'remount,' if os.path.ismount(folder) else ''}size={kilobytes}k"
    command = ["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kilobytes", [40, 120, 400])
def test_a_full_disk_stops_the_run_and_costs_nothing(tmp_path: Path, kilobytes: int) -> None:
    """Wherever the disk fills up, the run stops with a sentence, and with more room it goes on."""
    songs, disk = tmp_path / "songs", tmp_path / "disk"
    songs.mkdir()
    disk.mkdir()
    for i in range(12):
        write_song(songs / f"{i}.mid", bars=8 + i)
    if not mounted(disk, kilobytes):
        pytest.skip("no right to mount a small file system here; tests/store/test_atomic.py covers the rest")
    try:
        steps = [
            ["collect", "--folder", str(songs), "--work", str(disk / "work")],
            ["annotate", "--work", str(disk / "work")],
            ["export", str(disk / "out"), "--work", str(disk / "work")],
        ]
        ended = [symmv(*step) for step in steps]
        assert any(run.returncode == 2 and "no space" in run.stderr for run in ended), [
            r.stderr for r in ended
        ]
        booked = [run.stdout + run.stderr for run in ended if run.returncode == 1]
        assert not booked, f"a full disk was booked against songs: {booked}"
        assert mounted(disk, 64 * 1024)
        assert [symmv(*step).returncode for step in steps] == [0, 0, 0]
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
