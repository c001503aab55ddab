"""A run: a folder that says what was trained, on what, where and how well.

weights.safetensors   the best weights so far, and their scores
settings.toml         every setting, as used
data.json             what the export was: its digest, rows by table and split, and its stages
constants.json        the export's own, so that a model knows its motion range
environment.json      versions, machine, commit and command of each start
log.jsonl             every step and every validation; tensorboard/ beside it where that is installed
last/                 what going on takes
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import tomli_w
from torch import Tensor

from symmv_tools.dataset import constants, recipes
from symmv_tools.dataset.load import configs, files_of
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.settings import make, semantic_values
from symmv_tools.song import printable
from symmv_tools.training import saving
from symmv_tools.training.environment import environment
from symmv_tools.training.loop import WEIGHTS

SETTINGS, DATA, ENVIRONMENT = "settings.toml", "data.json", "environment.json"


def open_run(folder: Path, settings: Any, export: Path, tables: Iterable[str]) -> Path:
    """Return `folder` ready for a training with these settings on these tables of an export.

    A new one is filled; in an old one the start is noted. Raises BadCall, with what differs, if the
    folder holds a run with other settings (but for runtime ones, the newest of which are kept) or on
    other data.
    """
    data = describe(export, tables)
    if (folder / SETTINGS).is_file():
        _refuse_other_settings(folder, settings)
        _refuse_other_data(folder, data)
    elif folder.is_dir() and any(folder.iterdir()):
        raise BadCall(f"{folder} holds other things, and no run", "name a new folder for --run")
    _write(folder / SETTINGS, tomli_w.dumps(asdict(settings)))
    _write(folder / DATA, _json(data))
    if (export / constants.NAME).is_file():
        with written(folder / constants.NAME) as part:
            shutil.copyfile(export / constants.NAME, part)
    starts = _read_json(folder / ENVIRONMENT)["starts"] if (folder / ENVIRONMENT).is_file() else []
    _write(folder / ENVIRONMENT, _json({"starts": [*starts, environment()]}))
    return folder


def read_settings(folder: Path, kind: type[Any]) -> Any:
    """Return the settings of a run; BadCall if it is none, BadSettings if they are not of this `kind`."""
    return make(kind, _settings(folder), str(folder / SETTINGS))


def stage_of(folder: Path) -> str:
    """Return what a run learns, as `symmv train` calls it; BadCall if it is no run."""
    return str(_settings(folder).get("stage", ""))


def read_weights(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the best weights of a run, and their epoch, step and scores; BadCall if it has none yet."""
    if not (folder / WEIGHTS).is_file():
        raise BadCall(f"{folder} has no {WEIGHTS}", "is it a run? It gets them at the end of its first epoch")
    return saving.load(folder / WEIGHTS)


def read_data(folder: Path) -> dict[str, Any]:
    """Return what a run was trained on, as `describe` told it; BadCall if it cannot be read."""
    return _read_json(folder / DATA)


# --- data -----------------------------------------------------------------------------------------


def describe(export: Path, tables: Iterable[str]) -> dict[str, Any]:
    """Return what an export is, as far as `tables` of it go; those it does not have are left out.

    The digest is of the files' names and footers, where Parquet keeps sizes, places, least and greatest
    values, of the recipes, and of the constants: bytes that change as soon as the data do.
    """
    there = [table for table in tables if table in configs(export)]
    by_table = {table: files_of(export, table) for table in there}
    digest = hashlib.sha256()
    for table, paths in by_table.items():
        for path in paths:
            digest.update(f"{table}/{path.name}\0".encode() + _footer(path))
    for name in (constants.NAME, recipes.NAME):
        digest.update((export / name).read_bytes() if (export / name).is_file() else b"\0")
    made = {recipe.key: recipe.digest for recipe in recipes.read_recipes(export)}
    rows = {table: _rows(paths) for table, paths in by_table.items()}
    return {"digest": digest.hexdigest(), "rows": rows, "stages": made}


def _footer(path: Path) -> bytes:
    """The last part of a Parquet file: its footer, the footer's length and the letters PAR1."""
    with path.open("rb") as file:
        file.seek(-8, os.SEEK_END)
        length = int.from_bytes(file.read(4), "little")
        file.seek(-8 - length, os.SEEK_END)
        return file.read()


def _rows(paths: Iterable[Path]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path in paths:
        split = path.name.partition("-")[0]
        counts[split] = counts.get(split, 0) + int(pq.read_metadata(path).num_rows)
    return counts


# --- the same run? --------------------------------------------------------------------------------


def _refuse_other_settings(folder: Path, settings: Any) -> None:
    old, new = _settings(folder), tomllib.loads(tomli_w.dumps(semantic_values(settings)))
    kept = {name: value for name, value in old.items() if name in new}
    if differences := _differences(kept, new):
        raise BadCall(
            f"{folder} was trained with other settings: {differences}",
            "go on with the old ones, or name a new folder for --run",
        )


def _refuse_other_data(folder: Path, data: Mapping[str, Any]) -> None:
    old = _read_json(folder / DATA)
    if old["digest"] == data["digest"]:
        return
    differences = _differences(_flat(old), _flat(data)) or "rows and stages are as many, their content is not"
    raise BadCall(
        f"{folder} was trained on other data: {differences}",
        "go on with the export as it was, or name a new folder for --run",
    )


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """`seed 0 -> 1, epochs 4 -> 5`; empty if there is none."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return printable(", ".join(f"{n} {old.get(n, 'none')} -> {new.get(n, 'none')}" for n in names), 600)


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    rows = {f"{table} {split} rows": n for table, by in data["rows"].items() for split, n in by.items()}
    return rows | {f"stage {key}": digest[:8] for key, digest in data["stages"].items()}


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as why:
        raise BadCall(
            f"{folder} is no run: it has no {SETTINGS}", "name a folder that `symmv train` wrote"
        ) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadCall(f"{path} is not what `symmv train` wrote: {why}", "take it from a backup") from why


# --- files ----------------------------------------------------------------------------------------


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as why:
        raise BadCall(f"{path} is not what `symmv train` wrote: {why}", "take it from a backup") from why
    return found


def _write(path: Path, text: str) -> None:
    with written(path) as part:
        part.write_text(text, "utf-8")
