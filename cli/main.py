"""symmv: the one entry point. Turns every SymmvError into two lines and exit status 2."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from symmv_tools.cli import (
    annotate,
    build,
    collect,
    convert,
    doctor,
    export,
    generate,
    import_,
    look,
    models,
    parse_title,
    remove,
    report,
    search,
    stats,
    train,
)
from symmv_tools.cli import eval as evaluate
from symmv_tools.cli.talk import say
from symmv_tools.errors import SymmvError, house_fault

app = typer.Typer(
    name="symmv",
    help="From web video to paired video and symbolic music, as Parquet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for room in (
    collect,
    import_,
    search,
    annotate,
    build,
    look,
    export,
    convert,
    stats,
    report,
    remove,
    train,
    generate,
    parse_title,
    doctor,
):
    room.register(app)
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="eval")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 well, 1 some songs failed, 2 your call or your machine is at fault."""
    try:
        status = app(list(argv) if argv is not None else None, standalone_mode=False)
    except SymmvError as why:
        status = _at_fault(why)
    except (typer.Abort, KeyboardInterrupt):
        status = 130
    except Exception as why:
        usage = getattr(why, "exit_code", None)  # a usage error of the click that typer carries
        if usage is not None and hasattr(why, "show"):
            why.show()
            status = 2
        elif (fault := house_fault(why)) is not None:
            status = _at_fault(fault)
        else:
            raise
    if status == 130:  # typer itself turns Ctrl-C into this number
        say("stopped; what is finished is kept")
    sys.exit(status if isinstance(status, int) else 0)


def _at_fault(why: SymmvError) -> int:
    say(f"symmv: {why.message}")
    if why.hint:
        say(f"  try: {why.hint}")
    return 2


if __name__ == "__main__":
    main()
