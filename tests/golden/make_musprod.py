"""Put three finished runs among what symmv ships: weights in half precision, settings, a range of motion.

    symmv train chord --data OUT --run RUNS/chord --preset small        # and melody, and accompaniment
    python -m tests.golden.make_musprod RUNS

OUT is an export of POP909, as docs/reference/small-model.md says. What a run tells of the machine it was
trained on stays behind. Prints what manifests/checkpoints.toml must say.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from symmv_tools.dataset.constants import Constants, write_constants
from symmv_tools.generate.runs import ORDER
from symmv_tools.training import saving
from symmv_tools.training.loop import WEIGHTS
from symmv_tools.training.runs import SETTINGS, read_weights

SHELF = Path(__file__).resolve().parents[2] / "manifests" / "networks" / "musprod"
MOTION_RANGE = (0.0, 20.0)
"""Chosen by us, for POP909 has no films: from a picture that stands to twice what four films at hand have."""


def main() -> None:
    """Write the files, print their digests."""
    shutil.rmtree(SHELF, ignore_errors=True)
    for stage in ORDER[:3]:
        pack(Path(sys.argv[1]) / stage, SHELF / stage)
    write_constants(SHELF / ORDER[0], Constants(MOTION_RANGE))
    files = sorted(path for path in SHELF.rglob("*") if path.is_file())
    print(f"size = {sum(path.stat().st_size for path in files)}\n\n[symmv-musprod.files]")
    for path in files:
        print(f'"{path.relative_to(SHELF).as_posix()}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"')


def pack(run: Path, folder: Path) -> None:
    """Copy what generation needs of a run."""
    folder.mkdir(parents=True)
    weights, about = read_weights(run)
    saving.save(folder / WEIGHTS, {name: value.half() for name, value in weights.items()}, about)
    shutil.copyfile(run / SETTINGS, folder / SETTINGS)


if __name__ == "__main__":
    main()
