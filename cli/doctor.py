"""`symmv doctor`: what this machine has and lacks, and the remedy for each lack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from symmv_tools.cli.options import Json
from symmv_tools.cli.talk import emit_json, say, table


def doctor(
    fix: Annotated[
        bool, typer.Option("--fix", help="Install what is missing into this Python, then look again.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Say what this machine has and lacks, and the remedy for each lack.

    Example: `symmv doctor --fix`
    """
    if fix:
        import symmv_tools

        script = Path(symmv_tools.__file__).with_name("setup_house.py")
        status = subprocess.run([sys.executable, str(script), "--force"], check=False).returncode
        if status:
            return 2
    from symmv_tools.pipeline.diagnosis import examine

    findings = list(examine())
    if as_json:
        emit_json([vars(finding) for finding in findings])
    else:
        rows = [(f.what, f.grade, f.found, f.remedy) for f in findings]
        table("doctor", ["what", "grade", "found", "remedy"], rows)
    bad = [f.what for f in findings if f.grade == "bad"]
    say(f"{len(bad)} of {len(findings)} cannot run: {', '.join(bad)}" if bad else "everything can run")
    return 2 if bad else 0


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(doctor)
