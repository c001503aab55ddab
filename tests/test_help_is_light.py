"""Help is asked for often and by people who only look: it must not load a data stack first."""

import json
import resource
import subprocess
import sys
from functools import cache

import pytest
import typer.main

HEAVY = ("numpy", "pyarrow", "torch", "scipy", "matplotlib", "pandas", "cv2", "av", "librosa")
PATIENCE_SECONDS = 1.5

# Runs one help page in a Python of its own, then says which heavy packages it has loaded.
RUNNER = """
import json, sys
from symmv_tools.cli.main import main
try:
    status = main({arguments!r})
except SystemExit as end:
    status = end.code
heavy = [name for name in {heavy!r} if name in sys.modules]
print(json.dumps([status or 0, heavy]), file=sys.stderr)
"""


@cache
def _pages() -> list[tuple[str, ...]]:
    """The words before --help, for the app and each command of it, groups and their commands included."""
    from symmv_tools.cli.main import app

    pages: list[tuple[str, ...]] = []

    def visit(command: object, words: tuple[str, ...]) -> None:
        pages.append(words)
        for name, child in getattr(command, "commands", {}).items():
            visit(child, (*words, name))

    visit(typer.main.get_command(app), ())
    return pages


def _look_at(words: tuple[str, ...]) -> tuple[str, int, list[str], float]:
    """What the help page prints, its exit status, the heavy packages that it loaded, and its CPU seconds.

    Not those of the clock: other tests run beside this one.
    """
    code = RUNNER.format(arguments=[*words, "--help"], heavy=HEAVY)
    begin = _children_seconds()
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    seconds = _children_seconds() - begin
    assert ended.stderr, f"no verdict from `symmv {' '.join(words)} --help`"
    status, heavy = json.loads(ended.stderr.splitlines()[-1])
    return ended.stdout, status, heavy, seconds


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("words", _pages(), ids=lambda words: " ".join(words) or "symmv")
def test_help_loads_nothing_heavy_and_is_quick(words: tuple[str, ...]) -> None:
    page, status, heavy, seconds = _look_at(words)
    assert status == 0
    assert "Usage" in page
    assert not heavy, f"`symmv {' '.join(words)} --help` loads {', '.join(heavy)}"
    # A busy machine may stumble once; a slow import is slow every time.
    best = seconds if seconds < PATIENCE_SECONDS else min(_look_at(words)[3] for _ in range(3))
    assert best < PATIENCE_SECONDS


def test_the_check_would_notice_numpy() -> None:
    code = RUNNER.format(arguments=["--help"], heavy=HEAVY)
    ended = subprocess.run(
        [sys.executable, "-c", "import numpy\n" + code], capture_output=True, text=True, check=False
    )
    assert json.loads(ended.stderr.splitlines()[-1]) == [0, ["numpy"]]
