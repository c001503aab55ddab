"""`symmv collect`: songs into a store."""

from __future__ import annotations

from typing import Annotated

import typer

from symmv_tools.cli.options import DryRun, Json, Limit, Work
from symmv_tools.cli.talk import counted, emit_json, say, table
from symmv_tools.errors import BadCall
from symmv_tools.song import printable

Folder = Annotated[
    str | None,
    typer.Option("--folder", help="A folder of audio, video and MIDI files; equal names are one song."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="A table of songs (TSV, CSV, JSONL, Parquet), or - for stdin; paths lie below --folder.",
    ),
]
Manifest = Annotated[
    str | None, typer.Option("--manifest", help="A list of songs that symmv ships, by name.")
]


def collect(
    folder: Folder = None,
    from_: From = None,
    manifest: Manifest = None,
    work: Work = "",
    limit: Limit = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Record songs in a store, which is made if it is not there. Media stay where they are.

    Example: `symmv collect --folder ~/music --work work`

    Audio, video and MIDI files with the same name, e.g. `a/yellow.wav` and `a/yellow.mp4`, become one
    song `folder:a/yellow`. With `--from pairs.tsv` the table says which files belong together.
    """
    from symmv_tools.pipeline.collecting import collect as record
    from symmv_tools.pipeline.collecting import find
    from symmv_tools.store import Store

    found = find(folder, from_, manifest, limit)
    for refusal in found.refused:
        say(f"refused {printable(refusal.what)}: {refusal.message}")
    if dry_run:
        changed = None
    else:
        if not work:
            raise BadCall(
                "no store is named", "say --work DIR, or set SYMMV_WORK; it is made if it is not there"
            )
        from symmv_tools.cli.progress import counting

        store = Store.open(work, create=True)
        with store.locked("collect"), counting("reading media", len(found.songs)) as progress:
            store.refresh()
            changed = record(store, found, progress).changed
        store.close()
    if as_json:
        refused = [{"what": r.what, "code": r.code, "message": r.message} for r in found.refused]
        emit_json({"songs": len(found.songs), "changed": changed, "refused": refused})
    elif dry_run:
        rows = [(s.song_id, *("yes" if m else "" for m in (s.audio, s.video, s.midi))) for s in found.songs]
        table("would collect", ["song", "audio", "video", "midi"], rows)
    new = "none" if changed is None else changed
    say(f"{counted(len(found.songs), 'song')}, {new} new or changed, {len(found.refused)} refused")
    return 1 if found.refused else 0


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(collect)
