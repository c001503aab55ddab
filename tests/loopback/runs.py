"""Runs of `symmv collect` and `symmv search` against a loopback site, killed at will, and what to check."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from symmv_tools.store import Store
from tests.loopback.covers import CHANNEL, Covers
from tests.loopback.site import Site

REQUESTS_PER_MINUTE = 360.0

SETTINGS = {
    "web.search_key": '"loopsearch"',
    "web.requests_per_minute": REQUESTS_PER_MINUTE,
    "web.videos_per_hour": 0,
    "web.backoff_seconds": 0.02,
    "web.socket_timeout_seconds": 2.0,
    "web.pause_seconds": 1.0,
    "audio_quality.min_seconds": 15,
}


def start(site: Site, work: Path, command: str) -> subprocess.Popen[bytes]:
    """Start a command in a process of its own; politeness is kept beside the store."""
    source = ["--channel", site.channel(CHANNEL)] if command == "collect" else []
    sets = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
    env = os.environ | {"SYMMV_LOOPBACK": site.address, "SYMMV_STATE": str(work.with_name("state"))}
    words = [sys.executable, "-m", "symmv_tools.cli.main", command, *source, *sets, "--work", str(work)]
    return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_with_kills(
    site: Site, work: Path, command: str, chance: random.Random, kills: int, within: float
) -> int:
    """Run a command to its end, killing it `kills` times, each at most `within` seconds after its first
    request; return how often it really was killed."""
    killed = 0
    for _ in range(kills):
        asked = len(site.log)
        process = start(site, work, command)
        while process.poll() is None and len(site.log) == asked:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, within))
        if process.poll() is None:
            process.kill()
            killed += 1
        process.wait()
    assert start(site, work, command).wait() in (0, 1), f"{command} did not end well"
    return killed


def pairs_in(work: Path) -> dict[str, str]:
    """Return the id of the video that each cover was paired with."""
    store = Store.open(work)
    store.refresh()
    songs = [record.song for batch in store.batches() for record in batch]
    store.close()
    return {
        s.song_id.partition(":")[2]: s.video_url.partition("v=")[2] for s in songs if s.video_url and s.video
    }


def wrong_pairs(covers: Covers, found: dict[str, str]) -> dict[str, str]:
    """Return the covers that were paired with anything but the official video of their song."""
    return {cover: video for cover, video in found.items() if covers.official[cover] != video}


def reachable(covers: Covers) -> set[str]:
    """Return the covers that can be had and whose official video can be had."""
    public = {name for name, video in covers.world.videos.items() if video.availability == "public"}
    return {cover for cover, video in covers.official.items() if cover in public and video in public}


def half_files(covers: Covers, work: Path) -> list[str]:
    """Return the media under final names that are not, byte for byte, what the site serves."""
    whole = {path.read_bytes() for v in covers.world.videos.values() for path in (v.audio, v.video) if path}
    media = [path for name in ("audio.*", "video.*") for path in (work / "media").glob(f"*/*/{name}")]
    return [str(path) for path in media if path.read_bytes() not in whole]


def fetched_again(site: Site) -> dict[str, int]:
    """Return how often each medium was served whole without need, by address."""
    served = Counter(r.path for r in site.requests("^/media/") if not r.fault and r.status == 200)
    return {path: n - 1 for path, n in served.items() if n > 1}


def fastest_minute(times: Sequence[float], window: float = 6.0) -> float:
    """Return the highest rate of requests, per minute, in any stretch of `window` seconds."""
    times = sorted(times)
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] > window:
            first += 1
        most = max(most, last - first + 1)
    return (most - 1) / window * 60.0
