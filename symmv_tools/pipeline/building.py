"""A pipeline file: collect, annotate and export in one go, `symmv build PIPELINE.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.settings import make, nearest, semantic


@dataclass(frozen=True)
class CollectStep:
    """Where the songs come from; paths lie below the pipeline file's folder."""

    folder: str = semantic("", "a folder of audio, video and MIDI files")
    table: str = semantic("", "a table of songs; its paths lie below `folder`, else below its own folder")
    manifest: str = semantic("", "a list of songs that symmv ships")


@dataclass(frozen=True)
class AnnotateStep:
    """What to run."""

    preset: str = semantic("default", "default, paper, or a TOML file of settings")
    stages: str = semantic("", "stages or variants, separated by commas; empty = all")


@dataclass(frozen=True)
class ExportStep:
    """What to write."""

    out: str = semantic("export", "folder of the Parquet files, below the store")


@dataclass(frozen=True)
class Pipeline:
    """A pipeline file, checked. `settings` are the stage sections, as in settings.toml."""

    collect: CollectStep
    annotate: AnnotateStep
    export: ExportStep
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)


_STEPS: dict[str, type[Any]] = {"collect": CollectStep, "annotate": AnnotateStep, "export": ExportStep}


def read_pipeline(path: Path) -> Pipeline:
    """Read and check a pipeline file; BadSettings names what is wrong in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as why:
        raise BadCall(f"the pipeline file {path} cannot be read: {why.strerror}", "name a TOML file") from why
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise BadSettings(f"{path} is not valid TOML: {why}") from why
    settings = content.pop("settings", {})
    for name in content:
        if name not in _STEPS:
            raise BadSettings(f"{path}: there is no section [{name}]", nearest(name, [*_STEPS, "settings"]))
    steps = {n: make(kind, content.get(n, {}), f"{path} [{n}]") for n, kind in _STEPS.items()}
    return Pipeline(**steps, settings=settings)


def below(folder: Path, name: str) -> str | None:
    """Return `name` as a path below `folder`, or None if it is empty."""
    return str(folder / name) if name else None
