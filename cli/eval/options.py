"""The arguments and options that the evaluations of music share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Real = Annotated[
    str, typer.Argument(help="Real music: an export, or a folder of MIDI files. NAME=FOLDER names it.")
]
Systems = Annotated[
    list[str] | None,
    typer.Argument(help="What is evaluated: exports, runs, folders of MIDI or audio; NAME=FOLDER names one."),
]
Split = Annotated[
    str | None,
    typer.Option("--split", help="Of exports, only train, validation or test.", show_default="all"),
]
Latex = Annotated[bool, typer.Option("--latex", help="Print the result as a LaTeX table.")]
Songs = Annotated[
    Path | None, typer.Option("--songs", help="Write every piece's figures into this TSV file.")
]
SoundFont = Annotated[
    str | None,
    typer.Option("--soundfont", help="The sf2 file that plays MIDI.", show_default="TimGM6mb of pretty_midi"),
]
