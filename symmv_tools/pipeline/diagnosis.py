"""What this machine has and lacks, and the remedy for each lack: `symmv doctor`."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from symmv_tools import checkpoints
from symmv_tools.errors import HouseFault
from symmv_tools.pipeline import graph
from symmv_tools.pipeline.active import Active
from symmv_tools.pipeline.checks import missing_imports
from symmv_tools.stages import ALL

_OLDEST_DENO = (2, 3)  # yt-dlp 2026.10.26
_STALE_DAYS = 60  # yt-dlp breaks with every change of the sites; two months is old


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `grade` is good, poor (works, but less well) or bad (something cannot run)."""

    what: str
    grade: str
    found: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, the cheap things first."""
    yield _python()
    yield _memory_and_disk()
    yield _gpu()
    yield _decoding()
    yield from _stages()
    yield _compiler()
    yield _yt_dlp()
    yield _javascript()
    yield _sharing()


def _python() -> Finding:
    version = platform.python_version()
    tested = sys.version_info[:2] == (3, 11)
    return Finding("Python", "good" if tested else "poor", version, "" if tested else "tests run on 3.11")


def _memory_and_disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    grade = "good" if free > 10 else "poor" if free > 1 else "bad"
    remedy = "" if grade == "good" else "free some space: an hour of 720p video takes about 1 GB"
    return Finding("disk here", grade, f"{free:.0f} GiB free, {os.cpu_count()} cores", remedy)


def _gpu() -> Finding:
    """Ask the driver, not torch: importing that takes seconds."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding(
            "GPU", "poor", "none found", "transcription runs on the CPU, at about real time per core"
        )
    asked = subprocess.run(
        [program, "--query-gpu=name,memory.total", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    names = "; ".join(asked.stdout.split("\n")).strip("; ")
    return (
        Finding("GPU", "good", names)
        if names
        else Finding("GPU", "poor", "the driver does not answer", "nvidia-smi")
    )


def _decoding() -> Finding:
    """Videos can be decoded on the CPU anyway, so that it is all that there is is no fault."""
    from symmv_tools.io.nvdec import trouble_with_cuda  # brings FFmpeg, which nothing else here needs

    trouble = trouble_with_cuda()
    found = f"on the CPU; {trouble}" if trouble else 'on the CPU, or the GPU if [video] decoder = "cuda"'
    return Finding("video decoding", "good", found)


def _stages() -> Iterator[Finding]:
    """Ask every stage what it would miss under the default settings, under which some are off."""
    for node in Active(graph.build(ALL)).nodes():
        name = f"stage {node.key}"
        if not node.stage.enabled(node.settings):
            lack = f", and lacks {', '.join(missing_imports(node))}" if missing_imports(node) else ""
            remedy = "symmv doctor --fix, before you switch it on" if lack else ""
            yield Finding(
                name, "poor" if lack else "good", f"off unless its settings say otherwise{lack}", remedy
            )
            continue
        if missing := missing_imports(node):
            yield Finding(name, "bad", f"lacks {', '.join(missing)}", "symmv doctor --fix")
            continue
        try:
            node.stage.check(node.settings)
            for checkpoint in node.stage.checkpoints(node.settings):
                checkpoints.locate(checkpoint)
        except HouseFault as why:
            yield Finding(name, "bad", why.message, why.hint)
        else:
            yield Finding(name, "good", ", ".join(map(_version, node.stage.imports)) or "needs nothing more")


def _version(name: str) -> str:
    owners = _distributions().get(name.partition(".")[0], [name])
    try:
        return f"{owners[0]} {importlib.metadata.version(owners[0])}"
    except importlib.metadata.PackageNotFoundError:
        return name


@cache
def _distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()  # reads every installed package: 0.2 s


def _compiler() -> Finding:
    """madmom comes as source; without a compiler its pure-Python sibling does the same, more slowly."""
    if find_spec("madmom") is not None:
        return Finding("madmom", "good", "installed")
    if shutil.which("cc") or shutil.which("gcc"):
        return Finding("madmom", "poor", "not built, though there is a compiler", "symmv doctor --fix")
    return Finding(
        "madmom",
        "poor",
        "not built: no C compiler; madmom-infer finds the same beats, half as fast",
        "install gcc, then symmv doctor --fix",
    )


def _yt_dlp() -> Finding:
    if find_spec("yt_dlp") is None:
        return Finding("yt-dlp", "bad", "not installed", "symmv doctor --fix")
    version = importlib.metadata.version("yt-dlp")
    year, month, day = (int(part) for part in version.split(".")[:3])
    age = (date.today() - date(year, month, day)).days
    old = age > _STALE_DAYS
    return Finding(
        "yt-dlp",
        "poor" if old else "good",
        f"{version}, {age} days old",
        "pip install -U yt-dlp" if old else "",
    )


def _javascript() -> Finding:
    """YouTube has needed a JavaScript runtime since November 2025; nothing else here does.

    yt-dlp runs deno only, which is also the one that keeps strangers' scripts from files and network.
    The `deno` wheel puts the program beside this Python, where a shell need not find it.
    """
    name, remedy = "JavaScript runtime", f"pip install 'deno>={'.'.join(map(str, _OLDEST_DENO))}'"
    program = shutil.which("deno", path=str(Path(sys.executable).parent)) or shutil.which("deno")
    if program is None:
        return Finding(name, "poor", "no deno: YouTube gives few formats or none", remedy)
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = asked.stdout.split()[1] if asked.stdout.startswith("deno ") else ""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if len(numbers) < 2 or numbers < _OLDEST_DENO:
        return Finding(name, "poor", f"deno {version or 'does not say its version'}, too old", remedy)
    return Finding(name, "good", f"deno {version}")


def _sharing() -> Finding:
    """Programs that wheels stand in for, so that nobody installs them for our sake."""
    found = [name for name in ("ffmpeg", "fluidsynth") if shutil.which(name)]
    return Finding(
        "system programs",
        "good",
        f"{', '.join(found) or 'none'} (none is needed: PyAV and tinysoundfont do it)",
    )
