"""The state of a training as one file that appears whole or not at all: tensors, and JSON in its header.

safetensors needs no pickle, so that a run from elsewhere can be opened without running its code.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written

_ABOUT = "symmv"


def save(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors and what is to be known about them (JSON); DiskFull leaves the old file."""
    own = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    data = safetensors.torch.save(own, {_ABOUT: json.dumps(about, ensure_ascii=False, allow_nan=False)})
    with written(path) as part:
        part.write_bytes(data)


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return what `save` wrote, on the CPU; BadCall if the file is none of its."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dict
            about: dict[str, Any] = json.loads(file.metadata()[_ABOUT])
    except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError) as why:
        raise BadCall(
            f"{path} is not what a training of ours saved: {why}",
            "delete it to begin anew, or take the file from a backup",
        ) from why
    return tensors, about


def part(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Return the tensors called `name.…`, without that."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}.")}


def named(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Return the tensors, each called `name.…`."""
    return {f"{name}.{key}": value for key, value in tensors.items()}


# --- optimiser ------------------------------------------------------------------------------------


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return all that Adam remembers, as `number of the parameter.what`."""
    return {
        f"{number}.{what}": torch.as_tensor(value)
        for number, memory in optimiser.state_dict()["state"].items()
        for what, value in memory.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Give `optimiser` back what `optimiser_tensors` returned; rates are the schedule's."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, what = name.partition(".")
        state.setdefault(int(number), {})[what] = value
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": state, "param_groups": groups})


# --- chance ---------------------------------------------------------------------------------------


def chance(device: torch.device) -> dict[str, Any]:
    """Return the state of every random generator of this process, as JSON."""
    kind, key, place, has_gauss, gauss = np.random.get_state(legacy=True)
    version, inner, following = random.getstate()
    return {
        "python": [version, list(inner), following],
        "numpy": [kind, np.asarray(key).tolist(), place, has_gauss, gauss],
        "torch": torch.get_rng_state().numpy().tobytes().hex(),
        "cuda": torch.cuda.get_rng_state(device).numpy().tobytes().hex() if device.type == "cuda" else "",
    }


def restore_chance(state: Mapping[str, Any], device: torch.device) -> None:
    """Let chance go on from where `chance` was."""
    version, inner, following = state["python"]
    random.setstate((version, tuple(inner), following))
    kind, key, place, has_gauss, gauss = state["numpy"]
    np.random.set_state((kind, np.array(key, np.uint32), place, has_gauss, gauss))
    torch.set_rng_state(_bytes(state["torch"]))
    if device.type == "cuda" and state["cuda"]:  # a run may go on elsewhere, if not to the last bit
        torch.cuda.set_rng_state(_bytes(state["cuda"]), device)


def _bytes(text: str) -> Tensor:
    return torch.frombuffer(bytearray.fromhex(text), dtype=torch.uint8)
