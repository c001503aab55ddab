"""The dataset card: the README.md that says what an export holds and how to read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from symmv_tools import row
from symmv_tools.dataset.accuracy import Accuracy
from symmv_tools.dataset.accuracy_card import accuracy_text
from symmv_tools.dataset.check import SPLITS
from symmv_tools.dataset.constants import NAME as CONSTANTS
from symmv_tools.dataset.constants import Constants
from symmv_tools.dataset.markdown import escaped, quoted, table
from symmv_tools.dataset.recipes import Recipe

DATA = "data"
"""The folder of an export that the Row's Parquet files lie in."""


@dataclass(frozen=True)
class StageInfo:
    """One stage whose values the export holds. `songs` counts the songs that it was done for."""

    name: str
    version: str
    songs: int
    variant: str = ""
    model: str = ""
    makes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportInfo:
    """What the card tells. `songs` maps each split to its number of songs; `failures` counts songs.

    `license` is the licence of the whole export as Hugging Face spells it, e.g. `cc-by-4.0`; ""
    means unknown. `filled` says for how many songs a column is not null. `accuracy` is what was
    measured, here or on another data set; `recipes` decide which of it holds for this one. `constants`
    are those that lie beside the card.
    """

    name: str
    songs: Mapping[str, int]
    hours: float
    stages: tuple[StageInfo, ...] = ()
    failures: int = 0
    license: str = ""
    filled: Mapping[str, int] = field(default_factory=dict)
    recipes: tuple[Recipe, ...] = ()
    accuracy: Accuracy | None = None
    constants: Constants = field(default_factory=Constants)
    made_by: str = "symmv"


def write_card(folder: Path, info: ExportInfo) -> Path:
    """Write `folder/README.md` and return its path."""
    path = folder / "README.md"
    path.write_text(card_text(info), encoding="utf-8", newline="\n")
    return path


def card_text(info: ExportInfo) -> str:
    """The card: YAML front matter for Hugging Face, then plain Markdown for people."""
    return (
        "\n\n".join(
            part
            for part in (
                _front_matter(info),
                f"# {escaped(info.name)}",
                _summary(info),
                _songs(info),
                _columns(info),
                _stages(info),
                _motion(info),
                accuracy_text(info.accuracy, info.recipes) if info.accuracy else "",
                _READING.replace("SPLIT", next(iter(_splits(info)), "train")),
                _LEFT_OUT if info.failures else "",
                _terms(info),
            )
            if part
        )
        + "\n"
    )


def _splits(info: ExportInfo) -> dict[str, int]:
    """The splits that hold songs: a pattern that matches no file makes `load_dataset` fail."""
    return {split: info.songs[split] for split in SPLITS if info.songs.get(split)}


def _front_matter(info: ExportInfo) -> str:
    lines = [
        "---",
        f"pretty_name: {quoted(info.name)}",
        f"license: {quoted(info.license or 'other')}",
        *([] if info.license else ["license_name: unknown"]),
        "tags: [music, video, midi, symbolic-music]",
        f"size_categories: [{_size_category(sum(info.songs.values()))}]",
        "configs:",
    ]
    if splits := _splits(info):
        lines += ["- config_name: default", "  default: true", "  data_files:"]
        for split in splits:
            lines += [f"  - split: {split}", f"    path: {DATA}/{split}-*.parquet"]
    lines += ["- config_name: failures", "  data_files: failures/failures.parquet", "---"]
    return "\n".join(lines)


def _size_category(songs: int) -> str:
    """Hugging Face's bucket for this many rows."""
    names = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")
    return names[min(max(len(str(songs)) - 3, 0), len(names) - 1)]


def _summary(info: ExportInfo) -> str:
    songs = sum(info.songs.values())
    return (
        f"{songs:,} {'song' if songs == 1 else 'songs'}, {info.hours:,.2f} hours of music, one row per song: "
        "notes, chords, keys, beats and tempo of the music, shots of the video, and where both come from. "
        f"Made by {escaped(info.made_by)}; schema version {row.SCHEMA_VERSION}. All times are seconds."
    )


def _songs(info: ExportInfo) -> str:
    rows = [(split, f"{count:,}") for split, count in _splits(info).items()]
    body = table(("split", "songs"), rows) if rows else "No song is in this export."
    return (
        f"## Songs\n\n{body}\n\nSongs that share a recording or a video are in the same split (`group_id`)."
    )


def _columns(info: ExportInfo) -> str:
    if not info.filled:
        return ""
    rows = [
        (f"`{column.name}`", f"{info.filled[column.name]:,}", column.meaning)
        for column in row.ROW
        if info.filled.get(column.name)
    ]
    return (
        "## Columns\n\nNull means that nobody looked, an empty list that nothing was found. Columns that are "
        "null in every song are not listed.\n\n" + table(("column", "songs", "meaning"), rows)
    )


def _stages(info: ExportInfo) -> str:
    rows = [
        (
            escaped(f"{stage.name}@{stage.variant}" if stage.variant else stage.name),
            escaped(stage.version),
            escaped(stage.model),
            f"{stage.songs:,}",
            ", ".join(f"`{column}`" for column in stage.makes),
        )
        for stage in info.stages
    ]
    head = ("stage", "version", "model", "songs", "columns")
    return "## How it was made\n\n" + table(head, rows) if rows else ""


def _motion(info: ExportInfo) -> str:
    if info.constants.motion_range is None:
        return ""
    low, high = info.constants.motion_range
    return (
        "## Motion\n\nThe picture of a training video changes by "
        f"{low:.3f} to {high:.3f} levels (of 255) in 0.2 s on average; "
        "V-MusProd lays a video's own average between the two to choose a tempo from 90 to 130 beats per "
        f"minute. The exact numbers are in `{CONSTANTS}`."
    )


_READING = f"""## How to read it

From the folder of this file, with any of:

```python
from datasets import load_dataset  # 4 or later

songs = load_dataset(".", split="SPLIT")
chords = songs[0]["chord"]  # {{"time": [...], "duration": [...], "value": ["C:maj", ...], ...}}
```

```python
import pandas as pd

songs = pd.read_parquet("{DATA}", columns=["song_id", "title", "chord"])
```

```python
import duckdb

duckdb.sql("select song_id, len(chord.time) as chords from '{DATA}/*.parquet'")
```

```python
import polars as pl

songs = pl.scan_parquet("{DATA}/*.parquet").select("song_id", "tempo_global").collect()
```"""

_LEFT_OUT = """## What is not here

Songs that a stage rejected or failed are listed with the reason in `failures/failures.parquet`
(`load_dataset(".", "failures")`)."""

_TERMS = """## Terms

Audio and video belong to their owners and are named here by address and checksum. The annotations
were computed from them; whether you may use them depends on your purpose and your country."""

_RELEASED = """Variants called `released` were not computed here: they are what a published data set says, and
stand under its licence (`license`)."""


def _terms(info: ExportInfo) -> str:
    released = any(stage.variant.partition("-")[0] == "released" for stage in info.stages)
    return f"{_TERMS}\n\n{_RELEASED}" if released else _TERMS
