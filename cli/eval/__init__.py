"""`symmv eval`: how good annotations and models are, each beside a reference."""

from __future__ import annotations

import typer

from symmv_tools.cli.eval import annotations, quality

app = typer.Typer(
    help="How good annotations and generated music are, beside a reference.", no_args_is_help=True
)
for command in (annotations, quality):
    command.register(app)
