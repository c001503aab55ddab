"""Models that others published in the Hugging Face format: a folder of config, processor and weights.

Only code of the installed `transformers` runs, never code that comes with a checkpoint. Of the files of
weights only safetensors are opened, which can hold nothing but tensors; a pickle only if it is, to the byte,
one that our manifest lists (BLIP's publishers offer nothing else), and then its tensors alone are read.
Nothing here asks the network.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoFeatureExtractor, AutoImageProcessor, AutoProcessor, AutoTokenizer

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
from symmv_tools.models.weights import read_weights

_talk: Any = importlib.import_module("transformers.utils.logging")  # as Any: it is half typed
_PICKLE = "pytorch_model.bin"
_LOADING = threading.Lock()  # a GPU's decoding threads may all ask for the same model at once


def model(
    kind: Any, folder: str, device: str, *, half: torch.dtype = torch.float16, unused: str | None = None
) -> Any:
    """Return the network in `folder`, frozen, as the auto class `kind` knows it; loaded once per process.

    It computes with 32 bits on a CPU and with `half` of them on a GPU. Tensors that the folder lacks are
    refused, except in the part called `unused`.
    """
    with _LOADING:
        return _model(kind, folder, device, torch.float32 if device == "cpu" else half, unused)


@cache
def _model(kind: Any, folder: str, device: str, dtype: torch.dtype, unused: str | None) -> Any:
    with _explained(folder), quiet():
        loaded, told = (_from_pickle if _is_pickle(folder) else _from_safetensors)(kind, folder, dtype)
    _refuse_gaps(folder, told, unused)
    return loaded.to(device).eval().requires_grad_(False)


def _from_safetensors(kind: Any, folder: str, dtype: torch.dtype) -> Any:
    return kind.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        ignore_mismatched_sizes=True,  # so that `_refuse_gaps` tells of them, not a report on the screen
        dtype=dtype,
        output_loading_info=True,
    )


def _is_pickle(folder: str) -> bool:
    """Whether the weights are the one kind of pickle that is opened."""
    file = Path(folder) / _PICKLE
    return not any(Path(folder).glob("*.safetensors")) and file.is_file() and checkpoints.is_published(file)


def _from_pickle(kind: Any, folder: str, dtype: torch.dtype) -> Any:
    tensors = read_weights(str(Path(folder) / _PICKLE))
    own = kind._model_mapping[
        type(config(folder))
    ]  # the auto class takes no tensors, the class it stands for does
    return own.from_pretrained(
        None,
        config=config(folder),
        state_dict=tensors,
        ignore_mismatched_sizes=True,
        dtype=dtype,
        output_loading_info=True,
    )


def _refuse_gaps(folder: str, told: Any, unused: str | None) -> None:
    """Raise MissingCheckpoint if a tensor was made up because the file lacks it or has another shape."""
    keys = [*told["missing_keys"], *(key for key, *_ in told["mismatched_keys"])]
    made_up = sorted(key for key in keys if unused not in key.split("."))
    if made_up:
        more = f" and {len(made_up) - 1} more" if len(made_up) > 1 else ""
        raise _unusable(folder, f"its weights lack {made_up[0]}{more}")


def processor(folder: str) -> Any:
    """Return what makes tensors of pictures and words; pictures always through Pillow.

    transformers would take torchvision where that is installed, whose pixels differ in the last digits:
    the same video must give the same features on every machine.
    """
    with _LOADING:
        return _auxiliary(AutoProcessor, folder, "pil")


def image_processor(folder: str) -> Any:
    """Return what makes tensors of pictures, through Pillow as in `processor`."""
    with _LOADING:
        return _auxiliary(AutoImageProcessor, folder, "pil")


def feature_extractor(folder: str) -> Any:
    """Return what makes tensors of sound."""
    with _LOADING:
        return _auxiliary(AutoFeatureExtractor, folder, None)


def tokenizer(folder: str) -> Any:
    """Return what makes tokens of words."""
    with _LOADING:
        return _auxiliary(AutoTokenizer, folder, None)


@cache
def _auxiliary(kind: Any, folder: str, backend: str | None) -> Any:
    options = {"backend": backend} if backend else {}
    with _explained(folder), quiet():
        return kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)


@cache
def config(folder: str) -> Any:
    """Return the network's configuration."""
    with _explained(folder), quiet():
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from talking and from drawing bars; what is wrong, it raises."""
    level = _talk.get_verbosity()
    bars = _talk.is_progress_bar_enabled()
    _talk.set_verbosity_error()
    _talk.disable_progress_bar()
    try:
        yield
    finally:
        _talk.set_verbosity(level)
        if bars:
            _talk.enable_progress_bar()


@contextmanager
def _explained(folder: str) -> Iterator[None]:
    try:
        yield
    except (ModuleNotFoundError, MemoryError):
        raise
    except Exception as why:  # transformers raises whatever its many parts raise; all mean "not this folder"
        lines = str(why).split("\n")
        raise _unusable(folder, next(filter(str.strip, lines), type(why).__name__).strip()) from why


def _unusable(folder: str, why: str) -> MissingCheckpoint:
    return MissingCheckpoint(
        f"{folder} does not hold a checkpoint that this stage can use: {why}",
        "it must be a folder in the Hugging Face format (config.json, model.safetensors, preprocessor or "
        "tokenizer) of an architecture that the installed transformers knows; "
        "`save_pretrained` writes one, and turns a pytorch_model.bin into safetensors",
    )
