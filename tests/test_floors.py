"""Who may import whom: design.md, section 3, as a test. The one architecture drawing that cannot go stale."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.quick

REPOSITORY = Path(__file__).resolve().parents[1]
# From the ground up. Import from your own room or from below; rooms on one floor do not know each other.
FLOORS = (
    "errors",
    "song row settings",
    "stage",
    "music video",
    "io checkpoints",
    "store engines models",
    "stages sources dataset",
    "training evaluation",
    "pipeline generate",
    "cli",
)
FLOOR_OF = {room: height for height, floor in enumerate(FLOORS) for room in floor.split()}
# Lower floors that are out of bounds all the same: a model takes tensors, the wings read exports.
FORBIDDEN = {("models", "io"), ("training", "store"), ("evaluation", "store")}
# Belongs to no floor: nobody imports it, and it runs before symmv is installed.
ALONE = "setup_house"


class Import(NamedTuple):
    """Module `importer` names module `imported`, both by their installed names, on `line`."""

    importer: str
    imported: str
    line: int


def imports_in(source: str, importer: str, *, is_package: bool) -> Iterator[Import]:
    """Every absolute name of symmv_tools that `source` imports, at any depth, relative imports resolved.

    `from symmv_tools import x` counts as `symmv_tools.x`: which of the two it is cannot be seen here, and the
    stricter reading is right for rooms.
    """
    package = importer.split(".") if is_package else importer.split(".")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (Import(importer, name, node.lineno) for name in names if name.startswith("symmv_tools."))


def room_of(module: str) -> str:
    """`symmv_tools.music.beats` lies in the room `music`."""
    return module.split(".")[1]


def complaint_about(found: Import) -> str | None:
    """Why this import is not allowed, or None if it is."""
    here, there = room_of(found.importer), room_of(found.imported)
    where = f"{found.importer}:{found.line} imports {found.imported}"
    if here == ALONE or there == ALONE:
        return f"{where}: {ALONE} runs before symmv is installed; it imports nothing and nobody imports it"
    if here == there or there in ("__version__", "manifests"):  # manifests are data
        return None
    if unknown := {here, there} - FLOOR_OF.keys():
        return f"{where}: {unknown.pop()} is on no floor; give it one in design.md and in FLOORS"
    if FLOOR_OF[there] >= FLOOR_OF[here]:
        return f"{where}: {there} is not below {here}"
    if (here, there) in FORBIDDEN:
        return f"{where}: {here} never imports {there}"
    return None


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of symmv_tools/ and cli/, by its installed name, but for `symmv_tools` itself."""
    for folder, prefix in (("symmv_tools", ""), ("cli", "symmv_tools.")):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            parts = path.relative_to(REPOSITORY).with_suffix("").parts
            name = prefix + ".".join(parts).removesuffix(".__init__")
            if name != "symmv_tools":
                yield name, path


def complaints_about(source: str, importer: str, *, is_package: bool = False) -> list[str]:
    """The complaints about one file."""
    found = imports_in(source, importer, is_package=is_package)
    return [complaint for each in found if (complaint := complaint_about(each))]


def test_every_import_goes_down() -> None:
    complaints = [
        complaint
        for name, path in modules()
        for complaint in complaints_about(
            path.read_text("utf-8"), name, is_package=path.name == "__init__.py"
        )
    ]
    assert not complaints, "\n".join(complaints)


def test_every_room_is_on_a_floor() -> None:
    assert {room_of(name) for name, _ in modules()} - {ALONE} <= FLOOR_OF.keys()


def test_the_package_itself_imports_nothing_of_its_rooms() -> None:
    """But for `load`, whose type it names, and which it fetches when somebody asks."""
    source = (REPOSITORY / "symmv_tools" / "__init__.py").read_text("utf-8")
    found = [each.imported for each in imports_in(source, "symmv_tools", is_package=True)]
    assert found == ["symmv_tools.dataset.load.load"]
    code = (
        "import sys, symmv_tools; print([m for m in sys.modules if m.startswith(('symmv_tools.', 'numpy'))])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("symmv_tools.music.beats", "from symmv_tools.io.audio import read"),
        ("symmv_tools.music.beats", "from ..io import audio"),
        ("symmv_tools.music.beats", "from symmv_tools import pipeline"),
        ("symmv_tools.music.beats", "from ..video.shots import cuts"),
        ("symmv_tools.music.beats", "def late():\n    import symmv_tools.store"),
        ("symmv_tools.song", "from .row import Row"),
        ("symmv_tools.settings", "from . import song"),
        ("symmv_tools.models.clip", "from symmv_tools.io.video import frames"),
        ("symmv_tools.training.loop", "from symmv_tools.store import Store"),
        ("symmv_tools.evaluation.runner", "from ..store import Store"),
        ("symmv_tools.stages.beats", "from ..cli.main import app"),
        ("symmv_tools.cli.main", "from symmv_tools.setup_house import main"),
        ("symmv_tools.setup_house", "from symmv_tools.errors import SymmvError"),
        ("symmv_tools.stages.beats", "import symmv_tools.attic"),
    ],
)
def test_a_forbidden_import_is_caught(importer: str, statement: str) -> None:
    assert len(complaints_about(statement, importer)) == 1


@pytest.mark.parametrize(
    ("importer", "statement"),
    [
        ("symmv_tools.stages.beats", "from ..music.beats import snap"),
        ("symmv_tools.stages.beats", "from .video_pass import reader"),
        ("symmv_tools.stages.beats", "import numpy, symmv_tools.errors"),
        ("symmv_tools.models.clip", "from symmv_tools.music import tokens"),
        ("symmv_tools.training.loop", "from symmv_tools.dataset.load import rows"),
        ("symmv_tools.cli.main", "from symmv_tools import __version__, pipeline"),
        ("symmv_tools.cli.main", "from .show import table"),
        ("symmv_tools.errors", "from collections import abc"),
    ],
)
def test_an_allowed_import_is_not(importer: str, statement: str) -> None:
    assert not complaints_about(statement, importer)


def test_a_package_resolves_one_dot_to_itself() -> None:
    assert not complaints_about("from .notes import Notes", "symmv_tools.music", is_package=True)
    assert complaints_about("from ..io import midi", "symmv_tools.music", is_package=True)
