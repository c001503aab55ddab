"""What can be known to be missing before the first song: packages, weights, whatever a stage checks."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from symmv_tools import checkpoints
from symmv_tools.errors import MissingGpu, MissingPackage
from symmv_tools.pipeline.active import Node


def check_house(nodes: Sequence[Node], gpu: int | None = None) -> dict[str, str]:
    """Return the local path of every checkpoint these nodes need; HouseFault for anything missing."""
    if gpu is not None and any(node.lane == "gpu" for node in nodes):
        _check_gpu(gpu)
    weights: dict[str, str] = {}
    for node in nodes:
        for name in missing_imports(node):
            raise MissingPackage(
                f"stage {node.key!r} needs the Python package {name!r}, which is not installed",
                f"run `symmv doctor --fix`, or `pip install 'symmv[{node.stage.extra}]'`",
            )
        node.stage.check(node.settings)
        for checkpoint in node.stage.checkpoints(node.settings):
            weights[checkpoint] = str(checkpoints.locate(checkpoint))
    return weights


def _check_gpu(gpu: int) -> None:
    import torch  # seconds, so only where a GPU is asked for and has work to do

    count = torch.cuda.device_count()
    if gpu >= count:
        found = f"torch sees {count} of them" if count else "torch sees none"
        raise MissingGpu(f"GPU {gpu} is asked for, but {found}", "leave --gpu away, or run `symmv doctor`")


def missing_imports(node: Node) -> list[str]:
    """Return the packages that a node's stage declares and this machine lacks."""
    return [name for name in node.stage.imports if not _installed(name)]


def _installed(name: str) -> bool:
    # Only the top package is looked up: finding a submodule would import its parents.
    return find_spec(name.partition(".")[0]) is not None
