"""Write docs/reference from the code: `make docs`. A test fails when a page is stale.

Pages: cli.md (every command's help), schema.md (the Row), stages.md (what each stage needs, makes
and lets you set), settings included, metrics.md (how each metric is counted), training.md (the
trainers' settings and what each preset makes of them).
"""

from __future__ import annotations

import dataclasses
import sys
import typing
from pathlib import Path
from typing import Any

import pyarrow as pa
import typer.main

from symmv_tools.cli.main import app
from symmv_tools.evaluation.metrics import ROOMS
from symmv_tools.pipeline import graph
from symmv_tools.row import ROW, SCHEMA_VERSION
from symmv_tools.stage import Stage
from symmv_tools.stages import ALL
from symmv_tools.training import diffbgm_settings, musprod_settings, vmcp_settings

HERE = Path(__file__).parent / "reference"
_NOTE = "<!-- written by docs/generate.py (`make docs`); do not edit -->"


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "cli.md": cli(),
        "schema.md": schema(),
        "stages.md": stages(),
        "metrics.md": metrics(),
        "training.md": training(),
    }


def main() -> None:
    """Write the pages."""
    HERE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
        print(f"docs/reference/{name}", file=sys.stderr)


# --- the command line -----------------------------------------------------------------------------


def cli() -> str:
    """Return the page of all commands."""
    root = typer.main.get_command(app)
    parts = [_NOTE, "# The command line", _CLI_INTRO, *_command(root, ("symmv",))]
    return "\n\n".join(parts) + "\n"


_CLI_INTRO = (
    "Results go to stdout, talk to stderr; `--json` gives machines what tables give people. "
    "Exit status: 0 well, 1 some songs failed or were refused, 2 your call or your machine is at fault. "
    "`symmv --install-completion` teaches your shell the names."
)


def _command(command: Any, words: tuple[str, ...]) -> list[str]:
    children = getattr(command, "commands", None)
    if children:
        return [part for name in sorted(children) for part in _command(children[name], (*words, name))]
    parts = [f"## `{' '.join(words)}`", _help(command.help)]
    rows = [_parameter(p) for p in command.params if p.name != "help"]
    if rows:
        parts.append("\n".join(["| argument or option | meaning | default |", "| --- | --- | --- |", *rows]))
    return parts


def _help(text: str | None) -> str:
    return "\n".join(line.strip() for line in (text or "").replace("\f", "").strip().splitlines())


def _parameter(parameter: Any) -> str:
    option = parameter.param_type_name == "option"
    name = ", ".join(f"`{word}`" for word in parameter.opts) if option else f"`{parameter.name.upper()}`"
    shown = (
        parameter.show_default
        if isinstance(getattr(parameter, "show_default", None), str)
        else parameter.default
    )
    default = "" if shown in (None, False, "") or callable(shown) else f"`{shown}`"
    return f"| {name} | {parameter.help or ''} | {default} |"


# --- the schema -----------------------------------------------------------------------------------


def schema() -> str:
    """Return the page of the Row."""
    rows = [f"| `{c.name}` | {_type(c.type)} | {c.meaning} |" for c in ROW]
    intro = (
        f"One row per song, schema version {SCHEMA_VERSION}. Groups are structs of parallel lists with "
        "the field names of JAMS: the i-th entries of a group's lists belong together. Times and durations "
        "are float64 seconds. Null means that nobody looked, an empty list that nothing was found."
    )
    table = ["| column | type | meaning |", "| --- | --- | --- |", *rows]
    return "\n\n".join([_NOTE, "# The Row", intro, "\n".join(table)]) + "\n"


def _type(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return "struct<" + ", ".join(f"{f.name}: {_type(f.type)}" for f in fields) + ">"
    if pa.types.is_list(kind):
        return f"list<{_type(kind.value_type)}>"
    return {"double": "float64", "float": "float32"}.get(str(kind), str(kind))


# --- the stages -----------------------------------------------------------------------------------


def stages() -> str:
    """Return the page of all stages, in running order."""
    ordered = graph.build(ALL)
    makers = [
        f"| `{column}` | {', then '.join(f'`{s.name}`' for s in found)} |"
        for column, found in ordered.makers.items()
        if len(found) > 1
    ]
    intro = (
        "In running order, which follows from what each needs and makes. A *semantic* setting changes "
        "results and is part of the fingerprint; a *runtime* setting changes speed or memory only. "
        "Change one with `--set stage.field=value`."
    )
    several = ["Columns with several makers; the first that the song has the media for counts:", ""]
    several += ["| column | makers |", "| --- | --- |", *makers]
    return "\n\n".join([_NOTE, "# Stages", intro, "\n".join(several), *map(_stage, ordered.stages)]) + "\n"


def _stage(stage: Stage) -> str:
    given = [f"the song's {name}" for name in (*stage.media, *stage.facts)]
    inputs = [*given, *(f"`{column}`" for column in stage.needs)]
    lines = [
        f"## `{stage.name}` {stage.version}",
        stage.about,
        f"Needs {', '.join(inputs)}. Makes {', '.join(f'`{c}`' for c in stage.makes)}."
        + (f" Uses {', '.join(f'`{name}`' for name in stage.imports)}." if stage.imports else ""),
    ]
    rows = [_setting(stage, field) for field in dataclasses.fields(stage.settings)]
    if rows:
        lines.append(
            "\n".join(["| setting | default | kind | meaning |", "| --- | --- | --- | --- |", *rows])
        )
    return "\n\n".join(lines)


def _setting(stage: Stage, field: dataclasses.Field[Any]) -> str:
    kind = typing.get_type_hints(stage.settings)[field.name]
    meaning = field.metadata["meaning"]
    if choices := field.metadata["choices"]:
        meaning += " (" + ", ".join(f"`{choice}`" for choice in choices) + ")"
    name = getattr(kind, "__name__", str(kind))
    return (
        f"| `{stage.name}.{field.name}` | `{field.default}` ({name}) | {field.metadata['kind']} | {meaning} |"
    )


# --- the metrics ----------------------------------------------------------------------------------


_ABOUT_METRICS = {
    "quality": (
        "Of one piece. None of these is better when larger: what counts is how near a model comes to real "
        "music, so print the real row beside it. On the grid of its file a piece counts quarters, and bars "
        "of four from the file's first tick; on annotated beats it counts beats, and bars from downbeat to "
        "downbeat. Structureness is measured of the sound, and comes with `--structure`."
    ),
    "retrieval": (
        "Of a whole system beside real music, by what a network hears. Renderer, SoundFont, sample rate and "
        "network are part of each figure."
    ),
    "vmcp": (
        "Of music and video, by a video-music CLIP that `symmv train vmcp` trained. The one of the paper was "
        "never released, so printed figures can be repeated as a protocol and not as numbers; the judge is "
        "part of each figure. [How to train one](../how-to/train-vmcp.md)."
    ),
    "alignment": (
        "Of music on its video, each beside its chance: the same events turned in time. "
        "[What they can say](../explanation/synchrony.md)."
    ),
}


def metrics() -> str:
    """Return the page of the metrics of music."""
    intro = (
        "What `symmv eval quality`, `retrieval`, `vmcp` and `alignment` measure. A name says whose "
        "definition it is, because one word (GPS, EBR, PCHE) means several things in the literature. Where a "
        "metric is not defined, for want of notes, bars, a grid, chords or a picture, it enters no mean."
    )
    head = ["| metric | in tables | unit | definition | source |", "| --- | --- | --- | --- | --- |"]
    parts = [_NOTE, "# Metrics", intro]
    for name, room in ROOMS.items():
        rows = [f"| `{m.name}` | {m.title} | {m.unit} | {m.definition} | {m.source} |" for m in room]
        parts += [f"## {name.capitalize()}", _ABOUT_METRICS[name], "\n".join([*head, *rows])]
    return "\n\n".join(parts) + "\n"


# --- the trainers ---------------------------------------------------------------------------------


def training() -> str:
    """Return the page of the trainers' settings."""
    parts = [_NOTE, "# Settings of `symmv train`", _TRAINING_INTRO]
    for trained in _TRAINED:
        rows = [_of_training(field) for field in dataclasses.fields(trained.defaults)]
        head = ["| setting | default | kind | meaning |", "| --- | --- | --- | --- |"]
        changed = [f"| `{name}` | {_changes(values, trained.defaults)} |" for name, values in trained.presets]
        chosen = [f"| preset | sets{trained.of} |", "| --- | --- |", *changed]
        parts += [f"## {trained.title}", "\n".join([*head, *rows]), "\n".join(chosen)]
    return "\n\n".join(parts) + "\n"


class _Trained(typing.NamedTuple):
    """A system, its default settings, and those of its presets; `of` says of which stage they are."""

    title: str
    defaults: Any
    presets: list[tuple[str, Any]]
    of: str = ""


_TRAINED = (
    _Trained(
        "V-MusProd: `chord`, `melody`, `accompaniment`, `music`",
        musprod_settings.MusProdSettings(),
        [(name, musprod_settings.read_preset(name, "chord")) for name in musprod_settings.presets()],
        ", for chords",
    ),
    _Trained(
        "Diff-BGM: `diffbgm`",
        diffbgm_settings.DiffBgmSettings(),
        [(name, diffbgm_settings.read_preset(name)) for name in diffbgm_settings.presets()],
    ),
    _Trained(
        "Video-music CLIP: `vmcp`",
        vmcp_settings.VmcpSettings(),
        [(name, vmcp_settings.read_preset(name)) for name in vmcp_settings.presets()],
    ),
)

_TRAINING_INTRO = (
    "`--set NAME=VALUE` changes one, a TOML file many. A semantic setting decides what is learned, and a run "
    "is refused one that differs from its own; a runtime setting may change from start to start."
)


def _of_training(field: dataclasses.Field[Any]) -> str:
    meaning = field.metadata["meaning"]
    if choices := field.metadata["choices"]:
        meaning += " (" + ", ".join(f"`{choice}`" for choice in choices) + ")"
    return f"| `{field.name}` | `{field.default}` | {field.metadata['kind']} | {meaning} |"


def _changes(settings: Any, defaults: Any) -> str:
    values, usual = dataclasses.asdict(settings), dataclasses.asdict(defaults)
    return ", ".join(f"`{name}={value}`" for name, value in values.items() if value != usual[name])


if __name__ == "__main__":
    main()
