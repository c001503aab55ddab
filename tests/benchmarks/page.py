"""The page of numbers, docs/reference/benchmarks.md: each benchmark owns one section between two marks."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "reference" / "benchmarks.md"
HEAD = (
    "# Benchmarks\n\n"
    "Every table is written by the script of its name in `tests/benchmarks/`; "
    "`make bench SYMMV_DATA=…` runs them all.\n"
)


def replace_section(name: str, text: str, page: Path = PAGE) -> None:
    """Put `text` between the marks of section `name`, making the section and the page where missing."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    old = page.read_text("utf-8") if page.is_file() else HEAD
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if marked.search(old):
        new = marked.sub(lambda _: section, old)
    else:
        new = f"{old.rstrip()}\n\n## {name.replace('_', ' ').capitalize()}\n\n{section}\n"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(new, "utf-8")


def hardware() -> str:
    """One sentence: processor, cores, system, Python, the day, and the commit that was measured."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"Measured on {_processor()}, {os.cpu_count()} cores, {system}, on {today}, commit {_commit()}."


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text("utf-8") if cpuinfo.is_file() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"
