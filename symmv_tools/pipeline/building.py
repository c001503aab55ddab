"""A pipeline file: import, collect, search, annotate and export in one go, `symmv build PIPELINE`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.pipeline.collecting import Wanted
from symmv_tools.pipeline.dividing import Splitting
from symmv_tools.settings import make, nearest, semantic


@dataclass(frozen=True)
class ImportStep:
    """A released data set; its path lies below the pipeline file's folder."""

    release: str = semantic("", "pop909 or symmv; empty = nothing is imported")
    path: str = semantic("", "your own copy of it: its folder, or its .tar.gz")
    origin: str = semantic("", "where to get that copy")


@dataclass(frozen=True)
class CollectStep:
    """Where songs come from; paths lie below the pipeline file's folder."""

    folder: str = semantic("", "a folder of audio, video and MIDI files")
    table: str = semantic("", "a table of songs; its paths lie below `folder`, else below its own folder")
    manifest: str = semantic("", "a list of songs that symmv ships")
    channel: str = semantic("", "a channel, playlist, video or feed by its URL, or a search")


@dataclass(frozen=True)
class SearchStep:
    """Whether to look for the official videos of songs that have none."""

    videos: bool = semantic(False, "search, verify by ear and fetch, as `symmv search` does")


@dataclass(frozen=True)
class AnnotateStep:
    """What to run."""

    preset: str = semantic("default", "default, paper, or a TOML file of settings")
    stages: str = semantic("", "stages or variants, separated by commas; empty = all")


@dataclass(frozen=True)
class ExportStep:
    """What to write."""

    out: str = semantic("export", "folder of the Parquet files, below the store")
    splits: str = semantic("", "a list of splits that symmv ships, a TSV file or an export; empty = by hash")
    group_by: str = semantic("", "artist or channel, to keep theirs in one split; several with commas")
    only_licensed: bool = semantic(False, "leave out songs whose licence does not let copies be passed on")
    embed: bool = semantic(False, "put the bytes of audio and video into the rows")
    segment_hop: int = semantic(8, "bars of four from one segment to the next")


@dataclass(frozen=True)
class Pipeline:
    """A pipeline file, checked. `settings` are the stage sections, as in settings.toml.

    Relative paths in it lie below the folder `base`.
    """

    base: Path
    released: ImportStep
    collect: CollectStep
    search: SearchStep
    annotate: AnnotateStep
    export: ExportStep
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def below(self, name: str) -> Path:
        """Return a path of the file as one from here."""
        return self.base / name

    def splitting(self) -> Splitting:
        """Return how the export is split; BadCall for what cannot be."""
        step = self.export
        path = self.below(step.splits)
        by = tuple(name.strip() for name in step.group_by.split(",") if name.strip())
        return Splitting(str(path) if step.splits and path.exists() else step.splits, by)

    def wanted(self) -> Wanted | None:
        """Return what is to be collected, or None if the file says nothing of it."""
        step = self.collect
        paths = [str(self.below(name)) if name else None for name in (step.folder, step.table)]
        named = (*paths, step.manifest or None, step.channel or None)
        return Wanted(*named) if any(named) else None


_STEPS: dict[str, type[Any]] = {
    "import": ImportStep,
    "collect": CollectStep,
    "search": SearchStep,
    "annotate": AnnotateStep,
    "export": ExportStep,
}


def read_pipeline(name: str) -> Pipeline:
    """Read and check a pipeline file, or one that symmv ships, by its name.

    Paths in a file lie below its folder, those in a shipped one below the working directory. Raises
    BadSettings for what is wrong in the file, and BadCall if there is none.
    """
    path = Path(name)
    shelf = Path(str(files("symmv_tools.manifests") / "pipelines"))
    known = {shipped.stem: shipped for shipped in shelf.glob("*.toml")}
    if path.is_file():
        return _parsed(path, path.absolute().parent)
    if name in known:
        return _parsed(known[name], Path.cwd())
    raise BadCall(
        f"there is no pipeline file {name}, and symmv ships none of that name", nearest(name, known)
    )


def _parsed(path: Path, base: Path) -> Pipeline:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise BadCall(f"the pipeline file {path} cannot be read: {why.strerror}", "name a TOML file") from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise BadSettings(f"{path} is not valid TOML: {why}", "mend the line it names") from why
    settings = content.pop("settings", {})
    for name in content:
        if name not in _STEPS:
            raise BadSettings(f"{path}: there is no section [{name}]", nearest(name, [*_STEPS, "settings"]))
    released, collect, search, annotate, export = (
        make(kind, content.get(name, {}), f"{path} [{name}]") for name, kind in _STEPS.items()
    )
    return Pipeline(base, released, collect, search, annotate, export, settings)
