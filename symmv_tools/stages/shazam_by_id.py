"""Stage `shazam_by_id`: the same as `shazam`, for songs whose Shazam id is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage
from symmv_tools.stages.asking import ask_of_each
from symmv_tools.stages.shazam import FACTS, AskSettings, is_enabled, service_of


def run(items: Sequence[Item], settings: AskSettings, context: Context) -> Iterator[Outcome]:
    """Yield what Shazam knows of each song's id; nulls, but for the id, where it knows nothing."""
    from symmv_tools.io import shazam

    service = service_of(settings)
    yield from ask_of_each(items, lambda item: Done(shazam.look_up(item.song.shazam_id or "", service)))


STAGE = Stage(
    name="shazam_by_id",
    version="1.0.0",
    facts=("shazam_id",),
    makes=FACTS,
    settings=AskSettings,
    run=run,
    resources=Resources(lane="web:shazam", shard=4, timeout_seconds=300.0),
    imports=("shazamio",),
    enabled=is_enabled,
    about="Name, genre, lyrics, album and codes from Shazam, by the song's Shazam id; off unless `enabled`.",
)
