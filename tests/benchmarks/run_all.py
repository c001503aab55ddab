"""Every benchmark, one after another: `make bench SYMMV_DATA=…`. Each writes its own section of the page."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_BENCHMARKS = {"run_all.py", "page.py", "data.py", "sanity.py"}
WITH_RUNS = {"small_model.py"}
"""What takes networks that were trained before, and is run by hand."""


def main() -> None:
    """Run them all, also after one has failed; exit 1 if any did."""
    if not os.environ.get("SYMMV_DATA"):
        sys.exit("SYMMV_DATA does not say where the data lie")
    failed = []
    for script in sorted(HERE.glob("*.py")):
        if script.name not in NOT_BENCHMARKS | WITH_RUNS:
            print(f"== {script.name}", flush=True)
            command = [sys.executable, "-m", f"tests.benchmarks.{script.stem}"]
            if subprocess.run(command, check=False, cwd=HERE.parents[1]).returncode:
                failed.append(script.name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
