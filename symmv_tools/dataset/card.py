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

CITATION = "the symmv authors: symmv, paired video and symbolic music (2026), and the sources of each song"
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
    are those that lie beside the card. `licences` counts the songs of each ("" is unknown), `tables` are
    the configs beside the rows and the failures.
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
    licences: Mapping[str, int] = field(default_factory=dict)
    shots: int = 0
    tables: tuple[str, ...] = ()
    made_by: str = "symmv"

    def about(self) -> dict[str, str]:
        """Return what the Croissant description says of the export as a whole."""
        return {
            "name": self.name,
            "description": summary(self),
            "license": self.license or "https://choosealicense.com/no-permission/",
            "version": row.SCHEMA_VERSION + ".0",
            "citeAs": CITATION,
        }


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
                summary(info),
                _songs(info),
                _columns(info),
                _tables(info),
                _stages(info),
                _motion(info),
                accuracy_text(info.accuracy, info.recipes) if info.accuracy else "",
                _READING.replace("SPLIT", next(iter(_splits(info)), "train")),
                _LEFT_OUT if info.failures else "",
                _terms(info),
                _CITING,
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
    for name in info.tables:
        lines += [f"- config_name: {name}", f"  data_files: {name}/*.parquet"]
    lines += ["- config_name: failures", "  data_files: failures/failures.parquet", "---"]
    return "\n".join(lines)


def _size_category(songs: int) -> str:
    """Hugging Face's bucket for this many rows."""
    names = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")
    return names[min(max(len(str(songs)) - 3, 0), len(names) - 1)]


def summary(info: ExportInfo) -> str:
    """Return what an export is, in two sentences."""
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
        f"## Songs\n\n{body}\n\nSongs that share a recording, a video or a song are in the same split "
        f"(`group_id`).{_scale(info)}"
    )


def _scale(info: ExportInfo) -> str:
    """The row of the papers' tables of data sets."""
    if not info.songs:
        return ""
    filled = [
        f"{name} {info.filled[column]:,}"
        for name, column in (
            ("video", "video_id"),
            ("melody and accompaniment", "note_midi"),
            ("chords", "chord"),
            ("beats", "beat"),
            ("key", "key_mode"),
            ("lyrics", "lyrics"),
            ("genre", "genre"),
            ("style", "style"),
            ("captions", "caption"),
        )
        if info.filled.get(column)
    ]
    seen = info.filled.get("shot", 0)
    shots = f" {info.shots / seen:.1f} shots per video." if seen else ""
    return f"\n\nSongs with each annotation: {', '.join(filled)}.{shots}" if filled else shots


def _tables(info: ExportInfo) -> str:
    if not info.tables:
        return ""
    rows = [
        (f"`{name}`", _BESIDE.get(name, "features at even times: value i is at start + i / rate seconds"))
        for name in info.tables
    ]
    return "## Tables beside the rows\n\nThe key is `song_id`.\n\n" + table(("config", "what"), rows)


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
import symmv_tools

songs = symmv_tools.load(".", split="SPLIT")  # rows by number or song_id, .to_torch(), .to_hf()
chords = songs[0]["chord"]
```

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

_BESIDE = {
    "segments": "windows of 32 beats from downbeats: notes in 16ths, and what each beat hears and sees"
}

_CITING = f"""## How to cite

{CITATION}. Released annotations are their authors' work: cite SymMV (Zhuo et al., ICCV 2023), POP909 (Wang et
al., ISMIR 2020) or BGM909 (Li et al., CVPR 2024) where a column is theirs."""

_TERMS = """## Terms

Audio and video belong to their owners and are named here by address and checksum. The annotations
were computed from them; whether you may use them depends on your purpose and your country."""

_RELEASED = """Variants called `released` were not computed here: they are what a published data set says, and
stand under its licence (`license`)."""


def _terms(info: ExportInfo) -> str:
    released = any(stage.variant.partition("-")[0] == "released" for stage in info.stages)
    return "\n\n".join([_TERMS, *([_RELEASED] if released else []), *_licences(info)])


def _licences(info: ExportInfo) -> list[str]:
    """The licences that the songs name, if any does."""
    if not any(info.licences):
        return []
    rows = [(escaped(name) or "not known", f"{n:,}") for name, n in sorted(info.licences.items())]
    return [table(("licence as the source states it", "songs"), rows)]
