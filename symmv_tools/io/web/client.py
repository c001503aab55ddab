"""`Web`: list, search and fetch through yt-dlp. Media come whole and checked, or not at all."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from symmv_tools.errors import BadMedium, BadSettings
from symmv_tools.io.politeness import PATIENCE_SECONDS, Politeness, state_folder
from symmv_tools.io.web import feed, media
from symmv_tools.io.web.addresses import Addresses
from symmv_tools.io.web.downloader import Listener, PoliteYoutubeDL, options
from symmv_tools.io.web.entry import Entry, entry_of, metadata, number
from symmv_tools.io.web.progress import Meter, Progress
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble, sorted_out

LONGEST_BACKOFF_SECONDS = 120.0
"""No wait before trying again is longer, unless the site asks for it."""

FRESH_SECONDS = 600.0
"""So long the addresses of media that a page gave are taken to be good."""

_DEEPEST = 3  # a channel has tabs, and a tab has play lists
_MOST_REDIRECTS = 5
_Result = TypeVar("_Result")
_Raw = dict[str, Any]


class Web:
    """The web, spoken to politely. A context manager, for one thread; keep one for all songs.

    `place(web_id)` names the folder of an identity: `info.json`, `audio.<ending>` and `video.<ending>`
    lie there, each only once it is whole; parts of unfinished ones wait in hidden folders beside them.
    `state` is where politeness is shared between processes (default `state_folder()`); `hears` is
    told how far a download is.

    Every method that asks the web raises WebTrouble, after `settings.retries` attempts where trying
    again may help; Paused, when a site blocks this address and must be left alone, which says
    nothing about the song; and HouseFault, for a full disk.
    """

    def __init__(
        self,
        settings: WebSettings,
        place: Callable[[str], Path],
        *,
        state: Path | None = None,
        hears: Callable[[Progress], None] | None = None,
    ) -> None:
        self._settings, self._place = settings, place
        state = state or state_folder()
        self._politeness = Politeness(
            state / "politeness",
            blocked_in_a_row=settings.blocked_in_a_row,
            pause_seconds=settings.pause_seconds,
        )
        self._meter = Meter(settings.largest_bytes, hears)
        apart = 60.0 / settings.requests_per_minute if settings.requests_per_minute else 0.0
        chosen = options(settings, state / "yt-dlp", self._meter.hear)
        self._ydl = PoliteYoutubeDL(chosen, self._politeness, apart, Listener())
        self._formats = {m: self._selector(m) for m in ("audio", "video")}
        self._addresses = Addresses()
        self._pages: dict[str, tuple[float, _Raw]] = {}

    def __enter__(self) -> Web:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._ydl.close()

    def _selector(self, medium: str) -> Any:
        wanted = getattr(self._settings, f"{medium}_format")
        try:
            return self._ydl.build_format_selector(wanted)
        except SyntaxError as why:
            raise BadSettings(
                f"web.{medium}_format {wanted!r} is no format selector: {why.msg}",
                "see FORMAT SELECTION in yt-dlp's documentation",
            ) from why

    # --- what a page is -------------------------------------------------------------------------

    def identity(self, url: str) -> str:
        """Return the stable identity that a URL names, without asking the web.

        It is the extractor's name and its id, `youtube:dQw4w9WgXcQ` for every spelling of that address;
        `web:URL` where yt-dlp has no extractor of its own for the site.
        """
        return self._addresses.identity(url)

    def listing(self, url: str, limit: int | None = None) -> Iterator[Entry]:
        """Yield what a channel, play list, search (`ytsearch5:…`), RSS or Atom feed lists, each video once.

        Pages are asked for as they are needed, so a `limit` saves requests. The address of a single
        video is a list of one, and is not opened. After trouble the list is read again from its
        beginning, and what was yielded is skipped.
        """
        site, given = self._addresses.site(url), set[str]()
        for attempt in count():
            try:
                for entry in self._entries(url, site):
                    if limit is not None and len(given) >= limit:
                        break
                    if entry.web_id not in given:
                        given.add(entry.web_id)
                        yield entry
            except Exception as error:
                self._judge(error, url, site, attempt)
            else:
                return self._politeness.fine(site)

    def search(self, query: str, n: int) -> list[Entry]:
        """Return the first `n` answers of the search engine in the settings."""
        return list(self.listing(f"{self._settings.search_key}{n}:{' '.join(query.split())}", n))

    def info(self, url: str, *, fresh: bool = False) -> dict[str, Any]:
        """Return a video's metadata (see `entry.metadata`), from `info.json` unless it shall be `fresh`."""
        web_id = self.identity(url)
        file = self._place(web_id) / "info.json"
        if not fresh and file.is_file():
            kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return kept
        return self._patiently(url, lambda: self._read_page(url, web_id))

    def audio(self, url: str) -> Path:
        """Return the video's sound track on disk, fetched if it is not there."""
        return self._medium(url, "audio")

    def video(self, url: str) -> Path:
        """Return the video on disk, with its sound, fetched if it is not there."""
        return self._medium(url, "video")

    # --- lists ----------------------------------------------------------------------------------

    def _entries(self, url: str, site: str, depth: int = 0) -> Iterator[Entry]:
        if self._addresses.is_single_video(url):
            yield Entry(self.identity(url), url)
            return
        self._politeness.enter(site)
        self._ydl.listener.lines.clear()
        if self._addresses.is_generic(url):
            yield from self._feed(url)
            return
        raw = self._extracted(url)
        if raw.get("_type") not in ("playlist", "multi_video"):
            yield entry_of(self.identity(url), url, raw)
            return
        for item in raw.get("entries") or ():
            yield from self._item(item, site, depth)

    def _item(self, item: Mapping[str, Any] | None, site: str, depth: int) -> Iterator[Entry]:
        if not item or depth >= _DEEPEST:
            return
        if item.get("_type") in ("playlist", "multi_video"):
            for inner in item.get("entries") or ():
                yield from self._item(inner, site, depth + 1)
        elif url := item.get("url") or item.get("webpage_url"):
            if self._addresses.is_list(url, item.get("ie_key")):
                yield from self._entries(url, site, depth + 1)
            else:
                yield entry_of(self._addresses.identity(url, item.get("ie_key")), url, item)

    def _feed(self, url: str) -> Iterator[Entry]:
        """Read a page of a site without an extractor: a feed is a list, anything else a video."""
        answer = self._ydl.urlopen(self._addresses.checked(url))
        try:
            head = answer.read(1024)
            document = head + answer.read(feed.LARGEST_BYTES) if feed.is_feed(head) else b""
        finally:
            answer.close()
        if not document:
            yield Entry(self.identity(url), url)
        for item in feed.items(document):
            found = {"title": item.title, "channel": item.channel}
            yield entry_of(self.identity(item.url), item.url, found)

    # --- one video ------------------------------------------------------------------------------

    def _read_page(self, url: str, web_id: str) -> dict[str, Any]:
        self._ydl.format_selector = lambda context: context["formats"][-1:]
        raw = self._page(url, web_id)
        info = self._ydl.process_ie_result(media.made_safe(raw), download=False)
        return self._keep_metadata(web_id, info)

    def _medium(self, url: str, medium: str) -> Path:
        web_id = self.identity(url)
        folder = self._place(web_id)
        if found := media.kept(folder, medium):
            return found
        return self._patiently(url, lambda: self._fetch(url, web_id, folder, medium), of_media=True)

    def _fetch(self, url: str, web_id: str, folder: Path, medium: str) -> Path:
        try:
            raw = self._page(url, web_id)
        except Exception as error:
            raise sorted_out(error, url, self._ydl.listener.lines) from error
        self._refuse(raw, url)
        media.workshop(folder, medium).mkdir(parents=True, exist_ok=True)
        self._pages.pop(web_id, None)  # if anything goes wrong now, the page is read anew
        info = self._download(raw, url, folder, medium)
        self._pages[web_id] = time.monotonic(), raw
        if not (folder / "info.json").is_file():
            self._keep_metadata(web_id, info)
        return self._accepted(Path(info["requested_downloads"][0]["filepath"]), folder, medium, info)

    def _download(self, raw: _Raw, url: str, folder: Path, medium: str) -> _Raw:
        self._meter.begin(url, medium)
        self._ydl.format_selector = self._formats[medium]
        self._ydl.params["outtmpl"]["default"] = media.template(folder, medium)
        info: _Raw = self._ydl.process_ie_result(media.made_safe(raw), download=True)
        return info

    def _accepted(self, path: Path, folder: Path, medium: str, info: _Raw) -> Path:
        """Check a fetched file and give it its name; a bad one is thrown away, so that it is fetched anew."""
        try:
            ending = media.examined(path, medium, info.get("duration"))
        except BadMedium:
            media.clear(folder, medium)
            raise
        final = media.named(path, folder, medium, ending)
        media.clear(folder, medium)
        return final

    def _refuse(self, raw: _Raw, url: str) -> None:
        if raw.get("is_live") or raw.get("live_status") == "is_live":
            raise WebTrouble("retryable", "LIVE", f"{url} is a live stream", at_once=False)
        seconds, most = number(raw.get("duration")) or 0, self._settings.longest_seconds
        if seconds > most:
            raise WebTrouble(
                "permanent",
                "TOO_LONG",
                f"{url} is {seconds:.0f} s long, more than web.longest_seconds ({most:.0f})",
            )

    def _page(self, url: str, web_id: str) -> _Raw:
        """Return what the extractor finds on a watch page; one read lately is not read again."""
        read_at, raw = self._pages.get(web_id, (0.0, None))
        if raw is not None and time.monotonic() - read_at < FRESH_SECONDS:
            return raw
        site, hourly = self._addresses.site(url), self._settings.videos_per_hour
        self._politeness.take(f"videos {site}", 3600.0 / hourly if hourly else 0.0)
        raw = self._extracted(url)
        if raw.get("_type", "video") == "url_transparent":
            raw = self._ydl.process_ie_result(raw, download=False)
        if raw.get("_type", "video") != "video":
            raise WebTrouble("permanent", "NOT_A_VIDEO", f"{url} is a list, not one video")
        while len(self._pages) >= 8:  # a page takes up to a megabyte
            del self._pages[next(iter(self._pages))]
        self._pages[web_id] = time.monotonic(), raw
        return raw

    def _extracted(self, url: str) -> _Raw:
        """Return what an extractor says of a URL, redirects followed, formats unchosen."""
        raw = self._ydl.extract_info(self._addresses.checked(url), download=False, process=False)
        for _ in range(_MOST_REDIRECTS):
            if raw is None or raw.get("_type") != "url":
                break
            raw = self._ydl.extract_info(raw["url"], download=False, process=False, ie_key=raw.get("ie_key"))
        if raw is None or raw.get("_type") == "url":
            raise WebTrouble("retryable", "REDIRECT_LOOP", f"{url} leads nowhere")
        return dict(raw)

    def _keep_metadata(self, web_id: str, info: Mapping[str, Any]) -> dict[str, Any]:
        kept = metadata(info)
        folder = self._place(web_id)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / ".info.part"
        part.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        os.replace(part, folder / "info.json")
        return kept

    # --- patience -------------------------------------------------------------------------------

    def _patiently(self, url: str, errand: Callable[[], _Result], *, of_media: bool = False) -> _Result:
        site = self._addresses.site(url)
        for attempt in count():
            self._politeness.enter(site)
            self._ydl.listener.lines.clear()
            try:
                result = errand()
            except Exception as error:
                self._judge(error, url, site, attempt, of_media=of_media)
            else:
                self._politeness.fine(site)
                return result
        raise AssertionError("count() never ends")

    def _judge(self, error: Exception, url: str, site: str, attempt: int, *, of_media: bool = False) -> None:
        """Sleep before another attempt, or raise what `error` really is."""
        trouble = sorted_out(error, url, self._ydl.listener.lines, of_media=of_media)
        if trouble.kind == "blocked":
            self._politeness.blocked(site, trouble.message, trouble.retry_after)
        elif trouble.kind == "permanent":
            self._politeness.fine(site)  # a proper answer
        asked = trouble.retry_after or 0.0
        hopeless = trouble.kind == "permanent" or not trouble.at_once or asked > PATIENCE_SECONDS
        if hopeless or attempt >= self._settings.retries:
            raise trouble from (None if trouble is error else error)
        longest = min(self._settings.backoff_seconds * 2**attempt, LONGEST_BACKOFF_SECONDS)
        time.sleep(max(asked, random.uniform(0.5, 1.0) * longest))
