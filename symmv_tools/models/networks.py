"""Our own small networks as files: plain arrays, with the network's shape and its history beside them.

A `.npz` file needs no pickle. Weights are kept in half precision, which is below what any score
of ours can see, and come back in single precision.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symmv_tools.errors import MissingCheckpoint

_ABOUT = "about.json"


def write_network(path: Path, network: nn.Module, about: dict[str, Any]) -> None:
    """Write the weights of `network`, and `about` (JSON): its shape, data, command and scores."""
    arrays = {
        name: tensor.detach().cpu().numpy().astype(np.float16)
        for name, tensor in network.state_dict().items()
    }
    text = json.dumps(about, indent=1, sort_keys=True, ensure_ascii=False)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays, **{_ABOUT: np.frombuffer(text.encode(), np.uint8)})  # type: ignore[arg-type]
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(buffer.getvalue())
    os.replace(unfinished, path)


def read_network(path: Path | str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the weights, as `load_state_dict` takes them, and what was written about them.

    Raises MissingCheckpoint if `path` is no file of `write_network`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about: dict[str, Any] = json.loads(arrays.pop(_ABOUT).tobytes())
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as why:
        raise MissingCheckpoint(
            f"{path} does not hold a network of ours: {why}",
            "reinstall symmv, or train the network again (docs/how-to/train-the-annotators.md)",
        ) from why
    return {name: torch.from_numpy(array.astype(np.float32)) for name, array in arrays.items()}, about
