"""Install everything that symmv uses, step by step, into one Python environment.

Run as a plain file, before anything is installed, so it uses the standard library only and imports nothing of
symmv. `make setup` calls it with `--venv .venv --dev`; `symmv doctor --fix` calls it with the running Python.

Each finished step is written down in symmv-setup.json in the environment, with a hash of what it read: a
second run does nothing, an interrupted run goes on where it stopped, and an edited pyproject re-installs only
symmv. Ends with 0, or with 2 and two lines (what is wrong, what to try) if the machine cannot do it.
"""

# Kept to syntax that Python 3.8 can parse: an old Python must reach the sentence that says it is too old.
from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# Tested on 3.11; 3.12 is let in untested; beyond it nobody has looked.
OLDEST, NEWEST = (3, 11), (3, 12)
THIS_PYTHON = "Python {}.{}".format(*sys.version_info)

MADMOM = "madmom==0.16.1"
# The eight networks that madmom-infer runs, with the sums that it asks for. They lie in madmom's own source
# archive, so a machine without a compiler need not reach for the copy on GitHub.
SHA256_OF_NETWORKS = (
    "b02c4b8aa963069449422fd5cc55bd4077105fe268b0d83036b7d68b5520f38d",
    "6fa9d138ed84bed14ab5ef6f81f3a7e1a125ff8c571a255f6ce91ccf93390eee",
    "adf6a3e3bf345a9172e8252a511dae28622afe26ee653354c0d4c9e37de8f89a",
    "a4f9a09b1588ca74b0157251364650d3fe81e383019b5986941415e08b37fcde",
    "e40aea9b8221babaf14a9211a48dccc3ebcecdf8bcd6d62d60f0949445de9bb6",
    "89b6854c5d6b2381687731aedc9bce6c84894021d1c2eeb60d161cefe997d68c",
    "371a319a66d32bee6ab8d4a15f6ae9e4ee22ff97b4276736bab93d9a994c06c1",
    "a0d20e1922872a3e5b74df451d8b5701de6ca88d9f5739f313fb2991d7a84c77",
)
WEIGHTS = {
    f"downbeats/2016/downbeats_blstm_{n}.pkl": sha for n, sha in enumerate(SHA256_OF_NETWORKS, start=1)
}
WEIGHTS_NOTICE = """\
These networks are madmom's (https://github.com/CPJKU/madmom_models), licensed CC BY-NC-SA 4.0:
attribution, non-commercial use only, share alike.
"""

# A sentence for each failure that we have met; the first pattern found in pip's last lines wins.
LIKELY_CAUSES = (
    (
        "No space left on device",
        "make room: it takes 2.7 GB with the CPU build of torch, more with the CUDA build",
    ),
    ("externally-managed-environment", "run `make setup` instead, which makes an environment of its own"),
    ("Permission denied", "run `make setup` instead, which makes an environment of its own"),
    ("Could not find a version", "look whether this machine reaches its package index (pip config list)"),
    ("No matching distribution", "look whether this machine reaches its package index (pip config list)"),
    ("Connection", "look at the network and run the same command again; finished steps are kept"),
)


class SetupFailed(Exception):
    """This machine cannot be set up: what is wrong, and what to try."""

    def __init__(self, what: str, try_this: str) -> None:
        super().__init__(what)
        self.try_this = try_this


class PipFailed(Exception):
    """pip ended badly; holds the last lines that it said."""


class Unfinished(Exception):
    """The house stands without this step, which is tried again next time; says what stands in for it."""


class House(NamedTuple):
    """Where things are: the environment to fill, and the files that say with what."""

    python: Path
    prefix: Path
    requirements: Path
    checkout: Path | None  # None when symmv came as a wheel

    @property
    def stamp(self) -> Path:
        """JSON object: finished step -> hash of what it read."""
        return self.prefix / "symmv-setup.json"

    @property
    def log(self) -> Path:
        """Everything pip said."""
        return self.prefix / "symmv-setup.log"

    @property
    def weights(self) -> Path:
        """madmom-infer looks here when XDG_CACHE_HOME is `{prefix}/share/symmv`."""
        return self.prefix / "share" / "symmv" / "madmom_infer" / "models"


class Step(NamedTuple):
    """One thing to do, and a hash of all that it depends on. `act` returns a remark for the user, or ''."""

    name: str
    title: str
    key: str
    act: Callable[[], str]


def main(arguments: list[str] | None = None) -> int:
    """Set the house up; the exit status."""
    options = _options(arguments)
    try:
        check_python(sys.version_info[:2])
        set_up(
            find_house(options.venv), own_venv=options.venv is not None, dev=options.dev, force=options.force
        )
    except SetupFailed as why:
        print(f"symmv setup: {why}\n  try: {why.try_this}", file=sys.stderr)
        return 2
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Install everything that symmv uses.")
    parser.add_argument("--venv", type=Path, help="make and fill this environment (default: the running one)")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--force", action="store_true", help="do every step again, finished or not")
    return parser.parse_args(arguments)


def check_python(version: tuple[int, ...]) -> None:
    """Raise SetupFailed unless this Python can run symmv."""
    if not OLDEST <= version <= NEWEST:
        found = ".".join(map(str, version))
        raise SetupFailed(
            f"symmv runs on Python 3.11 and 3.12 (tested on 3.11); this is {found} at {sys.executable}",
            "make setup PYTHON=python3.11   (or the path of another Python)",
        )


def find_house(venv: Path | None) -> House:
    """The environment in `venv`, or the running one, and the checkout or wheel that this file lies in."""
    package = Path(__file__).resolve().parent
    checkout = package.parent if (package.parent / "pyproject.toml").is_file() else None
    requirements = (checkout or package) / "manifests" / "requirements"
    if venv is None:
        return House(Path(sys.executable), Path(sys.prefix), requirements, checkout)
    prefix = Path(os.path.abspath(venv))
    python = prefix / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return House(python, prefix, requirements, checkout)


def set_up(house: House, *, own_venv: bool, dev: bool, force: bool) -> None:
    """Do every step whose key is not on the stamp, writing each down as soon as it is done."""
    done = _read_stamp(house)
    if done.get("prefix", str(house.prefix)) != str(house.prefix):
        raise SetupFailed(
            f"the environment at {house.prefix} was made at {done['prefix']} and does not survive a move",
            f"delete {house.prefix} and run the same command again",
        )
    if own_venv and done.get("venv", THIS_PYTHON) != THIS_PYTHON:
        raise SetupFailed(
            f"the environment at {house.prefix} holds {done['venv']}, and this is {THIS_PYTHON}",
            f"delete {house.prefix} and run the same command again",
        )
    stale = [s for s in _steps(house, own_venv=own_venv, dev=dev) if force or done.get(s.name) != s.key]
    if not stale:
        print(f"symmv setup: {_short(house.prefix)} is up to date")
    for step in stale:
        if _do(step, house):
            done = {**done, "prefix": str(house.prefix), step.name: step.key}
            _write_whole(house.stamp, json.dumps(done, indent=1).encode())


def _steps(house: House, *, own_venv: bool, dev: bool) -> list[Step]:
    def listed(name: str, title: str, *flags: str) -> Step:
        file = house.requirements / f"{name}.txt"
        return Step(name, title, _hash(file), lambda: _pip(house, "install", *flags, "-r", str(file)))

    steps = [
        listed("core", "core packages (the long one)"),
        listed("nodeps", "packages without what they declare", "--no-deps"),
    ]
    if own_venv:
        steps.insert(
            0,
            Step(
                "venv", f"virtual environment {_short(house.prefix)}", THIS_PYTHON, lambda: _make_venv(house)
            ),
        )
    else:
        _check_pip()
    if dev:
        steps.append(listed("dev", "packages for tests and checks"))
    if house.checkout:
        source = house.checkout
        key = _hash(source / "pyproject.toml", salt=str(source))
        editable = ("install", "--no-deps", "--no-build-isolation", "-e", str(source))
        steps.append(Step("symmv", "symmv itself, editable", key, lambda: _pip(house, *editable)))
    # The compiler is part of the key: who installs one later gets madmom at the next `make setup`.
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang", "cl"))), "no compiler")
    steps.append(Step("madmom", "madmom (wants a compiler)", f"{MADMOM} {compiler}", lambda: _madmom(house)))
    return steps


def _do(step: Step, house: House) -> bool:
    """Act, and say how it went in a line; whether the step is finished."""
    print(f"symmv setup: {step.title:<42}", end="", flush=True)
    begin = time.monotonic()
    try:
        remark, finished = step.act(), True
    except Unfinished as why:
        remark, finished = str(why), False
    except SetupFailed:
        print("failed")
        raise
    except PipFailed as why:
        print("failed")
        print(f"The last lines of {_short(house.log)}:\n{why}", file=sys.stderr)
        hint = next((hint for pattern, hint in LIKELY_CAUSES if pattern in str(why)), "read the log")
        raise SetupFailed(f"the step '{step.title}' failed", hint) from None
    print(f"{time.monotonic() - begin:7.1f} s")
    if remark:
        print(f"  {remark}")
    return finished


def _make_venv(house: House) -> str:
    for module in ("venv", "ensurepip"):  # Debian ships Python without them
        if importlib.util.find_spec(module) is None:
            raise SetupFailed(
                f"{sys.executable} cannot make virtual environments: its module '{module}' is missing",
                "install your system's python3-venv package, or make setup PYTHON=/path/of/another/python",
            )
    import venv

    try:
        venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(house.prefix)
    except (OSError, subprocess.CalledProcessError) as why:
        raise SetupFailed(
            f"{sys.executable} could not make a virtual environment at {house.prefix}: {why}",
            "look whether that folder can be written and its disk has room, or use another PYTHON=",
        ) from why
    return ""


def _check_pip() -> None:
    if importlib.util.find_spec("pip") is None:
        raise SetupFailed(
            f"the environment of {sys.executable} has no pip", f"{sys.executable} -m ensurepip --upgrade"
        )


def _madmom(house: House) -> str:
    """Compile madmom if this machine can; in any case lay out the weights of its pure-Python stand-in.

    Never stops the set-up: beats have fallbacks, and the remark names the one that will be used.
    """
    # No cache: a wheel compiled against another numpy would be taken from it and fail only at import.
    try:
        _pip(house, "install", "--no-deps", "--no-build-isolation", "--no-cache-dir", MADMOM)
        lacks = ""
    except PipFailed:
        lacks = "madmom could not be compiled (no C compiler, or no Python headers); "
    try:
        _lay_out_weights(house)
    except (PipFailed, OSError, KeyError, tarfile.TarError, ValueError) as why:
        reason = (str(why).strip().splitlines() or [type(why).__name__])[-1].strip()
        beats = "beats will come from notes" if lacks else "beats will come from madmom"
        raise Unfinished(f"{lacks}madmom-infer has no weights ({reason}); {beats}") from why
    return lacks and f"{lacks}beats will come from madmom-infer, the same networks in pure Python (slower)"


def _lay_out_weights(house: House) -> None:
    """Put the eight networks where madmom-infer finds them, from madmom's folder or else from its archive.

    Raises ValueError if a file is not the one that madmom-infer expects.
    """
    missing = [name for name, sha256 in WEIGHTS.items() if not _is_file_with(house.weights / name, sha256)]
    if not missing:
        return
    read = _reader_of_installed_madmom(house) or _reader_of_madmom_archive(house)
    for name in missing:
        content = read(name)
        if hashlib.sha256(content).hexdigest() != WEIGHTS[name]:
            raise ValueError(f"{name} of {MADMOM} is not the file that madmom-infer expects")
        _write_whole(house.weights / name, content)
    _write_whole(house.weights / "NOTICE.txt", WEIGHTS_NOTICE.encode())


def _reader_of_installed_madmom(house: House) -> Callable[[str], bytes] | None:
    # find_spec looks without importing: madmom does not import without patches
    look = "import importlib.util as u; s = u.find_spec('madmom'); print(s.origin if s else '')"
    found = subprocess.run([str(house.python), "-I", "-c", look], capture_output=True, text=True, check=False)
    models = Path(found.stdout.strip()).parent / "models"
    return (lambda name: (models / name).read_bytes()) if (models / next(iter(WEIGHTS))).is_file() else None


def _reader_of_madmom_archive(house: House) -> Callable[[str], bytes]:
    """Read from the source archive. pip runs its setup.py for the metadata: it needs Cython, no compiler."""
    with tempfile.TemporaryDirectory() as folder:
        flags = ("--no-deps", "--no-build-isolation", "--no-binary", ":all:", "--dest", folder)
        _pip(house, "download", *flags, MADMOM)
        archive = next(Path(folder).glob("madmom-*.tar.gz"))
        root = archive.name[: -len(".tar.gz")]
        contents = {}
        with tarfile.open(archive) as tar:
            for name in WEIGHTS:
                member = tar.extractfile(f"{root}/madmom/models/{name}")
                contents[name] = member.read() if member else b""
    return contents.__getitem__


def _pip(house: House, verb: str, *arguments: str) -> str:
    """Run pip in the house; its talk goes to the log. Raises PipFailed with the last lines of it."""
    # -P: `-m pip` must not import what lies in the caller's folder
    command = [
        str(house.python),
        "-P",
        "-m",
        "pip",
        verb,
        "--no-input",
        "--disable-pip-version-check",
        *arguments,
    ]
    # What a person has set for their own Python must not steer pip out of the house.
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET")
    }
    with open(house.log, "a+", encoding="utf-8", errors="replace") as log:
        log.write(f"\n$ pip {verb} {' '.join(arguments)}\n")
        log.flush()
        begin = log.tell()
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**inherited, "PYTHONNOUSERSITE": "1", "NO_COLOR": "1"},
            check=False,
        )
        if ended.returncode:
            log.seek(begin)
            raise PipFailed("\n".join("  | " + line for line in log.read().splitlines()[-15:]))
    return ""


def _read_stamp(house: House) -> dict[str, str]:
    try:
        stamp = json.loads(house.stamp.read_bytes())
    except (OSError, ValueError):  # none yet, or torn: then every step is done again, which is harmless
        return {}
    return stamp if isinstance(stamp, dict) and house.python.exists() else {}


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def _is_file_with(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _hash(file: Path, salt: str = "") -> str:
    return hashlib.sha256(salt.encode() + file.read_bytes()).hexdigest()


def _short(path: Path) -> str:
    """The path as a person standing here would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


if __name__ == "__main__":
    sys.exit(main())
