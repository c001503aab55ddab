"""Settings: frozen dataclasses whose every field says whether it changes results.

A *semantic* field changes what a stage writes and is part of its fingerprint; a *runtime* field
(batch size, device) only changes how fast. Defaults live in the dataclass, presets and users
write TOML over them, `--set stage.field=value` changes one.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from symmv_tools.errors import BadSettings


def semantic(default: Any, meaning: str, *, choices: tuple[Any, ...] = ()) -> Any:
    """Return a dataclass field that changes results and so belongs to the fingerprint."""
    return _field("semantic", default, meaning, choices)


def runtime(default: Any, meaning: str, *, choices: tuple[Any, ...] = ()) -> Any:
    """Return a dataclass field that changes speed or memory, never a value."""
    return _field("runtime", default, meaning, choices)


def _field(kind: str, default: Any, meaning: str, choices: tuple[Any, ...]) -> Any:
    return dataclasses.field(default=default, metadata={"kind": kind, "meaning": meaning, "choices": choices})


@dataclasses.dataclass(frozen=True)
class NoSettings:
    """For a stage that has nothing to set."""


def semantic_values(settings: Any) -> dict[str, Any]:
    """Return the fields of `settings` that belong to a fingerprint, by name."""
    return {
        field.name: getattr(settings, field.name)
        for field in dataclasses.fields(settings)
        if field.metadata["kind"] == "semantic"
    }


def make(kind: type[Any], values: Mapping[str, Any], where: str) -> Any:
    """Return `kind` with `values` over its defaults.

    Raises BadSettings, with the nearest name, if a field does not exist, and if a value has the
    wrong type or is none of the field's choices. `where` says who speaks: "settings.toml [chords]".
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}
    types_of = typing.get_type_hints(kind)
    checked = {}
    for name, value in values.items():
        if name not in fields:
            raise BadSettings(f"{where}: there is no setting {name!r}", nearest(name, fields))
        checked[name] = _checked(value, types_of[name], fields[name].metadata["choices"], f"{where}.{name}")
    return kind(**checked)


def _checked(value: Any, wanted: Any, choices: tuple[Any, ...], where: str) -> Any:
    if choices and value not in choices:
        offer = ", ".join(repr(choice) for choice in choices)
        hint = nearest(str(value), [str(c) for c in choices])
        raise BadSettings(f"{where} is {value!r}; it can be {offer}", hint)
    if typing.get_origin(wanted) is tuple and isinstance(value, list | tuple):
        each = typing.get_args(wanted)[0]
        return tuple(_checked(one, each, (), f"{where}[{i}]") for i, one in enumerate(value))
    allowed = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    if float in allowed and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not any(type(value) is option for option in allowed):
        names = " or ".join(getattr(option, "__name__", str(option)) for option in allowed)
        raise BadSettings(
            f"{where} must be {names}; got {value!r}", "write strings in quotes, booleans as true or false"
        )
    return value


def parse_assignment(text: str) -> tuple[str, str, Any]:
    """Split `stage.field=value` into its three parts; the value is read as TOML, else as a string."""
    path, equals, raw = text.partition("=")
    stage, dot, field = path.strip().rpartition(".")
    if not equals or not dot or not stage or not field:
        raise BadSettings(
            f"cannot read the setting {text!r}",
            "write it as stage.field=value, e.g. --set shots.threshold=3.5",
        )
    try:
        value = tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    return stage, field, value


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that offers the known name closest to `name`, or all of them if none is close."""
    options = sorted(known)
    close = difflib.get_close_matches(name, options, n=1)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(options)
