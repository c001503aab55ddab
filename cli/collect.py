"""`symmv collect`: songs into a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from symmv_tools.cli.options import DryRun, Json, Limit, Preset, Set, Work
from symmv_tools.cli.talk import counted, emit_json, say, table
from symmv_tools.errors import BadCall
from symmv_tools.song import printable

if TYPE_CHECKING:
    from symmv_tools.io.web.client import Web
    from symmv_tools.pipeline.collecting import Wanted
    from symmv_tools.pipeline.fetching import Fetched
    from symmv_tools.pipeline.house import House
    from symmv_tools.sources.collected import Collected

Channel = Annotated[
    str | None,
    typer.Option(
        "--channel",
        help="A channel, playlist, video or RSS feed by its URL, or a search: 'ytsearch50:piano cover'.",
    ),
]
Folder = Annotated[
    str | None,
    typer.Option("--folder", help="A folder of audio, video and MIDI files; equal names are one song."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="A list of URLs, or a table of songs (TSV, CSV, JSONL, Parquet), or - for stdin; "
        "paths lie below --folder.",
    ),
]
Manifest = Annotated[
    str | None, typer.Option("--manifest", help="A list of songs that symmv ships, by name.")
]


def collect(
    channel: Channel = None,
    folder: Folder = None,
    from_: From = None,
    manifest: Manifest = None,
    work: Work = "",
    preset: Preset = None,
    settings: Set = None,
    limit: Limit = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Record songs in a store, which is made if it is not there, and fetch the media they have on the web.

    Example: `symmv collect --channel https://www.youtube.com/@somepianist/videos --limit 20 --work work`

    Audio, video and MIDI files with the same name, e.g. `a/yellow.wav` and `a/yellow.mp4`, become one
    song `folder:a/yellow`; they stay where they are. With `--from pairs.tsv` the table says which files
    belong together, or names addresses: `cover_url` of a piano cover, `video_url` of an official video.
    Nothing is fetched twice, and what was killed is taken up again. How fast, through which proxy and
    with which cookies: `--set web.videos_per_hour=120 --set web.cookies=cookies.txt`.
    """
    from symmv_tools.pipeline.collecting import Wanted, web_of

    wanted = Wanted(folder, from_, manifest, channel)
    if dry_run:
        return _look(wanted, limit, as_json)
    if not work:
        raise BadCall("no store is named", "say --work DIR, or set SYMMV_WORK; it is made if it is not there")
    from symmv_tools.pipeline.house import House

    house = House.open(work, create=True)
    with house.store.locked("collect"):
        house.store.refresh()
        house.active.change(preset, settings or ())
        house.active.save(house.store.root)
        with web_of(house, house.store.root) as web:
            found, changed = record(house, wanted, web, limit)
            fetched = fetch(house, web, [song.song_id for song in found.songs])
    house.store.close()
    if as_json:
        emit_json(_counts(found, changed) | {"fetched": vars(fetched)})
    return 1 if found.refused or fetched.failed else 0


def record(house: House, wanted: Wanted, web: Callable[[], Web], limit: int | None) -> tuple[Collected, int]:
    """Record the songs that are wanted, and say so; returns what was found and how many songs changed."""
    from symmv_tools.cli.progress import counting
    from symmv_tools.pipeline.collecting import collect as put
    from symmv_tools.pipeline.collecting import find

    is_listing = wanted.is_listing
    found = find(wanted, web, limit)
    _say_refused(found)
    with counting("reading media", len(found.songs)) as progress:
        changed = put(house.store, found, progress, is_listing=is_listing).changed
    _say_counts(found, changed)
    return found, changed


def fetch(house: House, web: Callable[[], Web], song_ids: Iterable[str]) -> Fetched:
    """Fetch the media that these songs lack and have an address for, and say what came of it.

    What the network or the site refuses to everybody ends in a HouseFault; what is fetched by then stays.
    """
    from symmv_tools.cli.progress import fetching
    from symmv_tools.pipeline.fetching import Fetched, fetch_media, wanted_medium

    due = [r.song for r in house.store.find(song_ids).values() if wanted_medium(r.song)]
    if not due:
        return Fetched()
    with fetching("fetching") as hears:
        done = fetch_media(house.store, web(), house.active.chore("web"), due, hears)
    said = f"fetched the media of {counted(done.done, 'song')}, {done.failed:,} failed"
    say(f"{said}, {done.known:,} are known to be gone" if done.known else said)
    return done


def _look(wanted: Wanted, limit: int | None, as_json: bool) -> int:
    from symmv_tools.pipeline.collecting import find, web_of

    with web_of(None, Path.cwd()) as web:
        found = find(wanted, web, limit)
    _say_refused(found)
    if as_json:
        emit_json(_counts(found, None))
    else:
        rows = [
            (
                s.song_id,
                s.artist,
                s.title,
                *("yes" if m else "" for m in (s.audio, s.video, s.midi)),
                s.cover_url,
            )
            for s in found.songs
        ]
        table("would collect", ["song", "artist", "title", "audio", "video", "midi", "to fetch"], rows)
    _say_counts(found, None)
    return 1 if found.refused else 0


def _counts(found: Collected, changed: int | None) -> dict[str, object]:
    refused = [{"what": r.what, "code": r.code, "message": r.message} for r in found.refused]
    return {"songs": len(found.songs), "changed": changed, "refused": refused}


def _say_counts(found: Collected, changed: int | None) -> None:
    new = "none" if changed is None else changed
    say(f"{counted(len(found.songs), 'song')}, {new} new or changed, {len(found.refused)} refused")


def _say_refused(found: Collected) -> None:
    for refusal in found.refused:
        say(f"refused {printable(refusal.what)}: {refusal.message}")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(collect)
