"""Files of training settings: those that ship, in manifests/training, and a user's own.

A file lists what differs from the defaults. Its top is for all stages of a system, a table such as [melody]
for one; `base` names a shipped file of the same system to differ from instead.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from symmv_tools.errors import BadSettings
from symmv_tools.settings import make, nearest, parse_assignment

_SHELF = files("symmv_tools.manifests") / "training"


class Shelf(NamedTuple):
    """The presets of one system: its name, which begins the names of its files; its settings, its stages."""

    system: str
    kind: type[Any]
    stages: Sequence[str]

    def names(self) -> list[str]:
        """Return the names of the shipped presets."""
        begin = f"{self.system}-"
        found = [file.name for file in _SHELF.iterdir() if file.name.startswith(begin)]
        return sorted(
            name.removeprefix(begin).removesuffix(".toml") for name in found if name.endswith(".toml")
        )

    def read(self, name: str, stage: str, assignments: Iterable[str] = ()) -> Any:
        """Return the settings of a stage: a shipped preset or a TOML file, with `key=value` over it.

        Raises BadSettings, with the nearest name, for what there is not.
        """
        if stage not in self.stages:
            raise BadSettings(
                f"there is no stage {stage!r}; there are {', '.join(self.stages)}",
                nearest(stage, self.stages),
            )
        values = self._values(name, stage)
        for text in assignments:
            _, field, value = parse_assignment(f"train.{text}")
            values[field] = value
        return make(self.kind, values | {"stage": stage}, f"training of {stage}")

    def _values(self, name: str, stage: str) -> dict[str, Any]:
        """What a preset says of a stage, over what its base says."""
        table = self._table(name)
        base = table.pop("base", None)
        own = table.pop(stage, {})
        for other in self.stages:
            table.pop(other, None)
        known = [field.name for field in fields(self.kind)]
        for key, value in table.items():
            if isinstance(value, dict):
                raise BadSettings(f"{name}: there is no stage [{key}]", nearest(key, [*self.stages, *known]))
        found: dict[str, Any] = (self._values(str(base), stage) if base else {}) | table | own
        return found

    def _table(self, name: str) -> dict[str, Any]:
        if name in self.names():
            return tomllib.loads((_SHELF / f"{self.system}-{name}.toml").read_text(encoding="utf-8"))
        if not Path(name).is_file():
            message = f"there is no preset {name!r}, neither shipped nor as a file"
            raise BadSettings(message, nearest(name, self.names()))
        try:
            return tomllib.loads(Path(name).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
            raise BadSettings(f"{name} is not valid TOML: {why}", "mend the line") from why
