"""What is active in a store: its preset, its settings, its variants, and their digests."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import tomli_w

from symmv_tools import checkpoints
from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.io.atomic import written
from symmv_tools.io.video_settings import VideoSettings
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.pipeline.graph import Graph
from symmv_tools.pipeline.search_settings import SearchSettings
from symmv_tools.settings import make, nearest, parse_assignment, semantic_values
from symmv_tools.stage import Stage

Sections = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Node:
    """A stage with the settings it runs under: `key` is its name, or `name@variant`."""

    key: str
    stage: Stage
    settings: Any
    config: str
    """Digest of everything but the inputs that decides what the stage writes."""
    config_text: str

    @cached_property
    def is_variant(self) -> bool:
        """Whether this stands beside the active one, so that nothing reads it but exports."""
        return "@" in self.key

    @cached_property
    def lane(self) -> str:
        """Where its work wants to go: a stage's settings may ask for a GPU."""
        return self.stage.lane(self.settings) or self.stage.resources.lane

    @cached_property
    def is_released(self) -> bool:
        """Whether its rows were imported with a data set, so that nothing here can run it."""
        return is_released(self.key)


CHORES: Mapping[str, type[Any]] = {"web": WebSettings, "search": SearchSettings, "video": VideoSettings}
"""Sections of settings that belong to no stage: how the web is asked, what is searched for there, and who
decodes videos."""

RELEASED = "released"


def is_released(key: str) -> bool:
    """Whether `key` names what a data set brought with it: `chords@released`, `beats@released-audio`."""
    return key.partition("@")[2].partition("-")[0] == RELEASED


def refuse_released(keys: Iterable[str]) -> None:
    """Raise BadCall if one of these is asked to run, or to have settings, but was imported."""
    for key in filter(is_released, keys):
        raise BadCall(
            f"{key} is what a data set says, so it is imported and never run",
            f"`symmv import` brings it, `symmv export --use {key.replace('@', '=')}` takes it; "
            f"our own is `symmv annotate {key.partition('@')[0]}`",
        )


def released_node(graph: Graph, key: str) -> Node:
    """Return the node of imported rows; the rows say by themselves what they are made of."""
    stage = graph.stage(key.partition("@")[0])
    config = {"stage": key, "version": RELEASED, "settings": {}, "checkpoints": {}}
    text = json.dumps(config, sort_keys=True)
    return Node(key, stage, stage.settings(), _digest(text), text)


@dataclass
class Active:
    """The settings of a store; `work/settings.toml` holds only what differs from the preset."""

    graph: Graph
    preset: str = "default"
    sections: Sections = field(default_factory=dict)
    unsaved: bool = False

    @classmethod
    def load(cls, graph: Graph, root: Path) -> Active:
        """Read the store's settings; a store without a file has the default preset."""
        path = root / "settings.toml"
        if not path.is_file():
            return cls(graph)
        table = _toml(path)
        preset = table.pop("preset", "default")
        active = cls(graph, preset, table)
        active.nodes()  # every name and type is checked now, not when its stage runs
        return active

    def save(self, root: Path) -> None:
        """Write the settings if they have changed, whole or not at all."""
        if not self.unsaved:
            return
        self.unsaved = False
        with written(root / "settings.toml") as part:
            part.write_text(tomli_w.dumps({"preset": self.preset, **self.sections}), encoding="utf-8")

    def change(self, preset: str | None, assignments: Iterable[str], variants: Iterable[str] = ()) -> None:
        """Apply `--preset`, `--set` and newly named variants, in memory.

        Raises BadSettings before anything is changed if a name or a type is wrong.
        """
        if preset is not None and preset not in PRESETS:
            preset = str(Path(preset).absolute())  # the store may be opened from anywhere
        changed = Active(self.graph, preset or self.preset, {k: dict(v) for k, v in self.sections.items()})
        if preset is not None and preset != self.preset:
            changed.sections = {k: v for k, v in changed.sections.items() if "@" in k}
        variants = list(variants)
        refuse_released(variants)
        for variant in variants:
            changed.sections.setdefault(variant, {})
        for text in assignments:
            key, name, value = parse_assignment(text)
            changed.sections.setdefault(key, {})[name] = value
        changed.nodes()
        self.unsaved |= (changed.preset, changed.sections) != (self.preset, self.sections)
        self.preset, self.sections = changed.preset, changed.sections

    def chore(self, name: str) -> Any:
        """Return the settings of section `name` of CHORES."""
        values = {**_preset(self.preset).get(name, {}), **self.sections.get(name, {})}
        return make(CHORES[name], values, f"settings.toml [{name}]")

    def nodes(self, digest: Callable[[str], str | None] | None = None) -> list[Node]:
        """Return every active stage in running order, then the variants.

        `digest` gives the content digest of a checkpoint that is named by path (cached by the store).
        """
        variants = sorted(key for key in self.sections if "@" in key)
        known = [stage.name for stage in self.graph.stages]
        refuse_released(self.sections)
        for name in CHORES:
            self.chore(name)
        for key in self.sections:
            if key not in CHORES and key.partition("@")[0] not in known:
                hint = nearest(key.partition("@")[0], [*known, *CHORES])
                raise BadSettings(f"settings: there is no stage {key!r}", hint)
        return [self._node(key, digest) for key in [*known, *variants]]

    def _node(self, key: str, digest: Callable[[str], str | None] | None) -> Node:
        name, _, variant = key.partition("@")
        stage = self.graph.stage(name)
        values = dict(_preset(variant if variant in PRESETS else self.preset).get(name, {}))
        if variant and variant not in PRESETS:
            values |= self.sections.get(name, {})  # a variant of the user's own starts from what is active
        values |= self.sections.get(key, {})
        settings = make(stage.settings, values, f"settings.toml [{key}]")
        text = _config_text(stage, settings, digest)
        return Node(key, stage, settings, _digest(text), text)


def _digest(config_text: str) -> str:
    return hashlib.sha256(config_text.encode()).hexdigest()[:16]


def _config_text(stage: Stage, settings: Any, digest: Callable[[str], str | None] | None) -> str:
    shas = dict(_checkpoint(name, digest) for name in stage.checkpoints(settings))
    minor = ".".join(stage.version.split(".")[:2])
    config = {
        "stage": stage.name,
        "version": minor,
        "settings": semantic_values(settings),
        "checkpoints": shas,
    }
    return json.dumps(config, sort_keys=True)


def _checkpoint(name: str, digest: Callable[[str], str | None] | None) -> tuple[str, str | None]:
    """Return what a checkpoint is called in a config, and its sha256; a path is not what decides."""
    if checkpoints.is_pinned(name):
        return name, checkpoints.declared_sha256(name)
    return "weights of one's own", _digest_of_own(
        Path(name).expanduser().absolute(), digest
    ) if digest else None


def _digest_of_own(path: Path, digest: Callable[[str], str | None]) -> str | None:
    """Return the digest of a checkpoint that is one file, or a folder of them."""
    if not path.is_dir():
        return digest(str(path))
    return checkpoints.listing_sha256({f.name: digest(str(f)) or "" for f in checkpoints.files_in(path)})


PRESETS = ("chorder", "default", "paper", "skyline-16")


def _preset(name: str) -> Sections:
    """Return a shipped preset by name, or one from a TOML file."""
    if name in PRESETS:
        text = (files("symmv_tools.manifests") / "presets" / f"{name}.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)
    if not Path(name).is_file():
        raise BadSettings(
            f"there is no preset {name!r}, neither shipped nor as a file", nearest(name, PRESETS)
        )
    return _toml(Path(name))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(
            f"{path} is not valid TOML: {why}", "mend the line, or delete the file for the defaults"
        ) from why
