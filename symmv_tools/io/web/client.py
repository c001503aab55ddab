"""`Web`: list, search and fetch through yt-dlp. Media come whole and checked, or not at all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from symmv_tools.errors import BadMedium, BadSettings
from symmv_tools.io.politeness import Politeness, state_folder
from symmv_tools.io.web import media
from symmv_tools.io.web.addresses import Addresses
from symmv_tools.io.web.downloader import Listener, PoliteYoutubeDL, options
from symmv_tools.io.web.entry import Entry, metadata, number
from symmv_tools.io.web.lists import entries, extracted
from symmv_tools.io.web.patience import Patience
from symmv_tools.io.web.progress import Meter, Progress
from symmv_tools.io.web.settings import WebSettings
from symmv_tools.io.web.trouble import WebTrouble, sorted_out
from symmv_tools.io.web.youtube_music import YouTubeMusic

YOUTUBE = "ytsearch"
"""The search engine beside which YouTube Music is asked."""

FRESH_SECONDS = 600.0
"""So long the addresses of media that a page gave are taken to be good."""

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
        self._patience = Patience(settings, self._politeness, self._ydl.listener)
        self._formats = {m: self._selector(m) for m in ("audio", "video")}
        self._addresses = Addresses()
        self._music = YouTubeMusic(settings, self._politeness)
        self._pages: dict[str, tuple[float, _Raw]] = {}
        self._refused: dict[Path, int] = {}  # bytes of the files that did not pass the check

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
        site, given, attempt, last = self._addresses.site(url), set[str](), 0, 0
        while True:
            try:
                self._patience.begin(site)
                for entry in entries(self._ydl, self._addresses, url):
                    if limit is not None and len(given) >= limit:
                        break
                    if entry.web_id not in given:
                        given.add(entry.web_id)
                        yield entry
            except Exception as error:
                # a long list has many chances to break: only attempts that got no further are counted
                attempt, last = (attempt if len(given) == last else 0), len(given)
                self._patience.judge(error, url, site, attempt)
                attempt += 1
            else:
                return self._patience.end(site)

    def search(self, query: str, n: int) -> list[Entry]:
        """Return the first `n` answers of the search engine in the settings.

        Before YouTube's stand those of YouTube Music, where it can be asked, the official videos marked. A
        video that both name is given twice: of the two, yt-dlp's own says more of its page.
        """
        words = " ".join(query.split())
        found = list(self.listing(f"{self._settings.search_key}{n}:{words}", n))
        return [*self._music.videos(words, n), *found] if self._settings.search_key == YOUTUBE else found

    def info(self, url: str, *, fresh: bool = False) -> dict[str, Any]:
        """Return a video's metadata (see `entry.metadata`), from `info.json` unless it shall be `fresh`."""
        web_id = self.identity(url)
        file = self._place(web_id) / "info.json"
        if not fresh and file.is_file():
            kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            return kept
        return self._patience.run(lambda: self._read_page(url, web_id), url, self._addresses.site(url))

    def audio(self, url: str) -> Path:
        """Return the video's sound track on disk, fetched if it is not there."""
        return self._medium(url, "audio")

    def video(self, url: str) -> Path:
        """Return the video on disk, with its sound, fetched if it is not there."""
        return self._medium(url, "video")

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
        site = self._addresses.site(url)
        return self._patience.run(lambda: self._fetch(url, web_id, folder, medium), url, site, of_media=True)

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
        path = Path(info["requested_downloads"][0]["filepath"])
        return self._accepted(path, url, folder, medium, number(info.get("duration")))

    def _download(self, raw: _Raw, url: str, folder: Path, medium: str) -> _Raw:
        self._meter.begin(url, medium)
        self._ydl.format_selector = self._formats[medium]
        self._ydl.params["outtmpl"]["default"] = media.template(folder, medium)
        info: _Raw = self._ydl.process_ie_result(media.made_safe(raw), download=True)
        return info

    def _accepted(self, path: Path, url: str, folder: Path, medium: str, seconds: float | None) -> Path:
        """Check a fetched file and give it its name; a bad one is thrown away, so that it is fetched anew."""
        try:
            ending = media.examined(path, medium, seconds)
        except BadMedium as why:
            trouble = sorted_out(why, url)
            # the same bytes twice: the site has no better ones, and to ask a third time would be rude
            size = path.stat().st_size
            trouble.at_once = self._refused.get(folder / medium) != size
            self._refused[folder / medium] = size
            media.clear(folder, medium)
            raise trouble from why
        final = media.named(path, folder / f"{medium}.{ending}")
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
        raw = extracted(self._ydl, self._addresses, url)
        if raw.get("_type", "video") == "url_transparent":
            raw = self._ydl.process_ie_result(raw, download=False)
        if raw.get("_type", "video") != "video":
            raise WebTrouble("permanent", "NOT_A_VIDEO", f"{url} is a list, not one video")
        while len(self._pages) >= 8:  # a page takes up to a megabyte
            del self._pages[next(iter(self._pages))]
        self._pages[web_id] = time.monotonic(), raw
        return raw

    def _keep_metadata(self, web_id: str, info: Mapping[str, Any]) -> dict[str, Any]:
        kept = metadata(info)
        folder = self._place(web_id)
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / ".info.part"
        part.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        media.named(part, folder / "info.json")
        return kept
