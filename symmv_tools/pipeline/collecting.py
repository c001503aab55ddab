"""Songs into the store: `symmv collect`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from symmv_tools.errors import BadCall
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.merging import with_fetched
from symmv_tools.sources import addresses
from symmv_tools.sources import folder as folders
from symmv_tools.sources import manifest as manifests
from symmv_tools.sources.collected import Collected, Refusal
from symmv_tools.store import Store
from symmv_tools.store.media import media_folder

if TYPE_CHECKING:
    from symmv_tools.io.web.client import Web


@dataclass(frozen=True)
class Collection:
    """What a collect did: songs seen, how many of them were new or changed, and who was refused."""

    seen: int
    changed: int
    refused: list[Refusal]


@dataclass(frozen=True)
class Wanted:
    """What a call asks to be collected: one of `channel`, `table`, `folder` and `manifest`.

    `folder` may go with `table`, whose paths then lie below it.
    """

    folder: str | None = None
    table: str | None = None
    manifest: str | None = None
    channel: str | None = None

    @cached_property
    def is_listing(self) -> bool:
        """Whether the web itself lists the songs, not somebody's table; asked before stdin is read."""
        return bool(self.channel or (self.table and addresses.is_list(self.table)))

    def __post_init__(self) -> None:
        named = [name for name in ("channel", "table", "manifest") if getattr(self, name)]
        if not named and not self.folder:
            raise BadCall(
                "nothing to collect is named",
                "say --channel URL, --folder DIR, --from TABLE or --manifest NAME",
            )
        if len(named) > 1 or (self.folder and named and named != ["table"]):
            flags = {
                "table": "--from",
                "folder": "--folder",
                "channel": "--channel",
                "manifest": "--manifest",
            }
            said = " and ".join(flags[name] for name in [*named, *(["folder"] if self.folder else [])])
            raise BadCall(f"{said} do not go together", "collect one after the other into the same store")


def find(wanted: Wanted, web: Callable[[], Web], limit: int | None = None) -> Collected:
    """Return the songs that the call names; `web` gives the web client and is called only if it is needed."""
    if wanted.manifest:
        return manifests.songs_from(manifests.named(wanted.manifest), limit=limit)
    if wanted.channel:
        return addresses.songs_listed(web(), wanted.channel, limit=limit)
    if wanted.table and wanted.is_listing:
        return addresses.songs_at(web(), wanted.table, limit=limit)
    if wanted.table:
        base = Path(wanted.folder) if wanted.folder else None
        identity = partial(_identity, web)
        return manifests.songs_from(wanted.table, base=base, limit=limit, identity=identity)
    return folders.songs_in(Path(wanted.folder or ""), limit=limit)


def _identity(web: Callable[[], Web], url: str) -> str:
    return web().identity(url)


def collect(
    store: Store,
    found: Collected,
    progress: Callable[[int], None] = lambda n: None,
    *,
    is_listing: bool = False,
) -> Collection:
    """Record the songs that a source found. The caller holds the store's lock.

    Of a song that is known, `is_listing` says that its page or its list has told more than `found` can.
    """
    songs = with_fetched(store, found.songs, is_listing=is_listing)
    changed = store.put(songs, progress)
    return Collection(len(found.songs), changed, found.refused)


@contextmanager
def web_of(house: House | None, media: Path) -> Iterator[Callable[[], Web]]:
    """Give a function that opens the store's web client on its first call; closed at the end.

    Without a house (a dry run) the client has default settings. Media go below the folder `media`.
    """
    opened: list[Web] = []

    def web() -> Web:
        if not opened:
            from symmv_tools.io.web.client import Web  # yt-dlp takes a second that most calls can save
            from symmv_tools.io.web.settings import WebSettings

            settings = house.active.chore("web") if house else WebSettings()
            opened.append(Web(settings, partial(media_folder, media)).__enter__())
        return opened[0]

    try:
        yield web
    finally:
        for client in opened:
            client.__exit__(None, None, None)
