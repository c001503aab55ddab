"""`symmv search`: the official video of every collected song."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from symmv_tools.cli.options import Json, Limit, Preset, Set, Work, needed
from symmv_tools.cli.talk import counted, emit_json, say, table

if TYPE_CHECKING:
    from symmv_tools.pipeline.house import House
    from symmv_tools.pipeline.searching import Searched


def search(
    work: Work = "",
    preset: Preset = None,
    settings: Set = None,
    limit: Limit = None,
    as_json: Json = False,
) -> int:
    """Find the official video of every song that has none, verify it by ear, and fetch it.

    Example: `symmv search --work work --set search.results=10`

    Pages are put in order by artist, song, channel, length and views; lyric videos, concerts, covers,
    reactions and other speeds are passed over. The likeliest are fetched as sound and compared with the
    song in all twelve transpositions and at any tempo; the first that is the same music is taken. Songs
    whose recording is in the store twice, or whose sound belongs into no data set, are left out first.
    """
    from symmv_tools.pipeline.house import House

    house = House.open(needed(work))
    with house.store.locked("search"):
        house.active.change(preset, settings or ())
        house.active.save(house.store.root)
        done = find_videos(house, limit)
    if as_json:
        emit_json(vars(done))
    house.store.close()
    return 1 if done.failed else 0


def find_videos(house: House, limit: int | None = None) -> Searched:
    """Search for the videos of a house's songs and print what was found. The caller holds the lock."""
    from symmv_tools.cli.progress import annotating, fetching
    from symmv_tools.pipeline.collecting import web_of
    from symmv_tools.pipeline.curating import curate
    from symmv_tools.pipeline.searching import search as find

    with annotating() as bars:
        duplicates = curate(house, limit=limit, progress=bars)
    found: list[tuple[str, str, str]] = []
    with web_of(house, house.store.root) as web, fetching("searching", found) as hears:
        chore = house.active.chore("search")
        done = find(house, web(), chore, duplicates=duplicates, limit=limit, progress=hears)
    if found:
        table("videos", ["song", "outcome", "what"], found)
    said = f"{counted(done.done, 'video')} found, {done.rejected:,} songs rejected, {done.failed:,} failed"
    say(f"{said}, {done.known:,} settled before" if done.known else said)
    return done


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(search)
