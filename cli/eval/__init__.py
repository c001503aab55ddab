"""`symmv eval`: how good annotations and models are, each beside a reference."""

import typer

from symmv_tools.cli.eval import alignment, annotations, quality, retrieval, table, vmcp

app = typer.Typer(
    help="How good annotations and generated music are, beside a reference.", no_args_is_help=True
)
for command in (annotations, quality, retrieval, vmcp, alignment, table):
    command.register(app)
