"""Twenty runs killed at random moments and resumed must export the rows of an undisturbed one.

`python tests/benchmarks/survival.py [RUNS]`. The suite does the same three times.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.page import hardware, replace_section
from tests.survival import annotate_in_background, exported_rows, make_store


def main() -> None:
    """Do it, and write the table; exit 1 if any run ended otherwise."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store = make_store(folder, copies=4)
        whole = folder / "whole"
        shutil.copytree(store, whole)
        started = time.monotonic()
        assert annotate_in_background(whole).wait() == 0
        seconds = time.monotonic() - started
        expected = exported_rows(whole, folder / "expected")
        equal = kills = 0
        for seed in range(runs):
            work = folder / f"run-{seed}"
            shutil.copytree(store, work)
            kills += kill_until_done(work, random.Random(seed), seconds)
            equal += exported_rows(work, folder / f"out-{seed}") == expected
            print(f"run {seed}: {equal} of {seed + 1} equal so far", flush=True)
    text = f"{equal} of {runs} runs equal, {kills} kills; {len(expected)} rows. {hardware()}"
    print(text)
    replace_section("survival", text)
    if equal != runs:
        sys.exit(1)


def kill_until_done(work: Path, chance: random.Random, seconds: float) -> int:
    """Start `symmv annotate` again and again, killing it up to three times; return how often."""
    kills = 0
    while True:
        run = annotate_in_background(work)
        patience = chance.uniform(0.1, 1.0) * seconds if kills < 3 else None
        try:
            assert run.wait(timeout=patience) == 0
            return kills
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.wait()
            kills += 1


if __name__ == "__main__":
    main()
