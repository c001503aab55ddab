"""Read the weights of other people's networks without running other people's code."""

from __future__ import annotations

import pickle
from typing import Any

from symmv_tools.errors import MissingCheckpoint


def read_weights(path: str, device: str = "cpu") -> dict[str, Any]:
    """Return the dictionary that `torch.save` wrote to `path`, its tensors on `device`.

    Only tensors and plain containers are accepted: a pickle that wants to call anything is refused.
    Raises MissingCheckpoint if the file is no such dictionary.
    """
    import torch  # here, because Basic Pitch uses `not_weights` and has no need of torch

    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as why:
        first_line = str(why).splitlines()[0] if str(why) else type(why).__name__
        raise not_weights(path, f"torch cannot read it ({first_line})") from why
    if not isinstance(content, dict):
        raise not_weights(path, f"it holds a {type(content).__name__}, not a dictionary of tensors")
    return content


def not_weights(path: str, why: str) -> MissingCheckpoint:
    """Return the error that says why the file at `path` cannot be these weights."""
    return MissingCheckpoint(
        f"{path} does not hold the weights of this engine: {why}",
        "name a checkpoint of the chosen engine, or drop transcribe.checkpoint to use the published one",
    )
