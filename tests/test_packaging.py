"""What a wheel holds, and that it runs where nothing else of ours is installed."""

import importlib.metadata
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDERS = ("symmv_tools", "cli", "manifests")  # what goes into the wheel


def _project() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


def _packages_on_disk() -> set[str]:
    found = set()
    for folder in FOLDERS:
        for init in (REPOSITORY / folder).rglob("__init__.py"):
            name = ".".join(init.parent.relative_to(REPOSITORY).parts)
            found.add(name if folder == "symmv_tools" else f"symmv_tools.{name}")
    return found


@pytest.mark.quick
def test_the_package_list_is_what_lies_on_disk() -> None:
    """An explicit list forgets: a new folder would run from a checkout and be missing from the wheel."""
    assert set(_project()["tool"]["setuptools"]["packages"]) == _packages_on_disk()


@pytest.mark.quick
def test_every_python_file_lies_in_a_package() -> None:
    stray = [
        path
        for folder in FOLDERS
        for path in (REPOSITORY / folder).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    assert not stray, "these folders lack an __init__.py"


@pytest.mark.quick
def test_every_shipped_toml_parses() -> None:
    for path in (REPOSITORY / "manifests").rglob("*.toml"):
        try:
            tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as why:
            pytest.fail(f"{path}: {why}")


@pytest.mark.quick
def test_every_manifest_is_package_data() -> None:
    patterns = _project()["tool"]["setuptools"]["package-data"]["symmv_tools.manifests"]
    manifests = REPOSITORY / "manifests"
    shipped = {path for pattern in patterns for path in manifests.glob(pattern)}
    data = {path for path in manifests.rglob("*.*") if path.suffix not in (".py", ".pyc")}
    assert data == shipped


@pytest.mark.quick
def test_pins_satisfy_the_floors() -> None:
    """Each dependency of pyproject.toml is pinned in the requirement files, at its floor or above."""
    lines = "\n".join(p.read_text() for p in (REPOSITORY / "manifests" / "requirements").glob("*.txt"))
    pinned = [Requirement(line) for line in lines.splitlines() if line and not line.startswith("#")]
    version_of = {_normal(pin.name): str(pin.specifier).removeprefix("==") for pin in pinned}
    project = _project()["project"]
    for text in [*project["dependencies"], *chain(*project["optional-dependencies"].values())]:
        floor = Requirement(text)
        assert floor.specifier.contains(version_of[_normal(floor.name)]), text


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_runs_in_an_empty_environment(tmp_path: Path) -> None:
    """Helps with typer and rich alone. What a checkout has and a wheel lacks is found here, not by a user."""
    python = _empty_environment(tmp_path / "env", "typer", "rich")
    wheel = _build_wheel(tmp_path)
    _run(
        sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)
    )

    helped = _run(str(python.with_name("symmv")), "--help", cwd=tmp_path)
    assert "Usage" in helped
    look = "import pathlib, symmv_tools as s; print(*pathlib.Path(s.__file__).parent.rglob('*'), sep='\\n')"
    installed = {Path(line).name for line in _run(str(python), "-I", "-c", look).splitlines()}
    expected = {p.name for p in (REPOSITORY / "manifests").rglob("*.*") if p.suffix not in (".py", ".pyc")}
    assert expected <= installed
    assert (
        _run(str(python), "-I", "-c", "import symmv_tools; print(symmv_tools.__version__)").strip()
        == (_project()["project"]["version"])
    )


def _build_wheel(tmp_path: Path) -> Path:
    # From a copy: setuptools leaves build/ behind, and would pack a stale build/ of the checkout.
    source = tmp_path / "source"
    for folder in FOLDERS:
        shutil.copytree(REPOSITORY / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / file, source)
    flags = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path))
    _run(sys.executable, "-m", "pip", "wheel", *flags, str(source))
    return next(tmp_path.glob("symmv-*.whl"))


def _empty_environment(folder: Path, *wanted: str) -> Path:
    """The Python of a new environment that holds the wanted distributions with what they need, and no more.

    They are copied from here: a test may not need the network.
    """
    venv.EnvBuilder(with_pip=False).create(folder)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    for distribution in _with_requirements(wanted):
        for file in distribution.files or []:
            if ".." not in file.parts:  # scripts lie outside site-packages, and nobody calls them here
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
    return folder / "bin" / "python"


def _with_requirements(names: tuple[str, ...]) -> Iterator[importlib.metadata.Distribution]:
    seen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = _normal(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        distribution = importlib.metadata.distribution(name)
        yield distribution
        needs = map(Requirement, distribution.requires or [])
        waiting += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


def _run(*command: str, cwd: Path | None = None) -> str:
    ended = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
