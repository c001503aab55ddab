"""Twenty runs killed at random moments and resumed must export the rows of an undisturbed one.

`python -m tests.benchmarks.survival [RUNS]`. The suite does the same three times.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.page import hardware, replace_section
from tests.survival import annotate_in_background, exported_rows, kill_until_done, make_store, parts_in


def main() -> None:
    """Do it, and write the table; exit 1 if any run ended otherwise."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store = make_store(folder, copies=4)
        whole = folder / "whole"
        shutil.copytree(store, whole)
        assert annotate_in_background(whole).wait() == 0
        expected = exported_rows(whole, folder / "expected")
        equal = kills = 0
        for seed in range(runs):
            work = folder / f"run-{seed}"
            shutil.copytree(store, work)
            kills += kill_until_done(work, random.Random(seed), parts_in(whole))
            equal += exported_rows(work, folder / f"out-{seed}") == expected
            print(f"run {seed}: {equal} of {seed + 1} equal so far", flush=True)
    text = f"{equal} of {runs} runs equal, {kills} kills; {len(expected)} rows. {hardware()}"
    print(text)
    replace_section("survival", text)
    if equal != runs:
        sys.exit(1)


if __name__ == "__main__":
    main()
