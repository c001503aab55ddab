"""Stage `shazam`: name, genre, lyrics, album and codes of a recording that Shazam recognises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from symmv_tools.errors import BadSettings
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage
from symmv_tools.stages.asking import ask_of_each

if TYPE_CHECKING:
    from symmv_tools.io.json_service import Service

FACTS = {name: pa.string() for name in ("title", "artist", "genre", "lyrics", "shazam_id", "isrc", "album")}


@dataclass(frozen=True)
class AskSettings:
    """Whether Shazam is asked, and how often. It is a service of others, so the default is not to."""

    enabled: bool = runtime(False, "whether Shazam is asked at all; it needs the network")
    requests_per_minute: float = runtime(5.0, "of all processes on this machine; Shazam blocks who asks more")
    timeout_seconds: float = runtime(20.0, "seconds to wait for an answer")

    def __post_init__(self) -> None:
        for name in ("requests_per_minute", "timeout_seconds"):
            if not getattr(self, name) > 0:
                raise BadSettings(f"shazam: {name} is {getattr(self, name):g}; it must be above 0")


@dataclass(frozen=True)
class ShazamSettings(AskSettings):
    """How a recording is shown to Shazam."""

    max_skew: float = semantic(
        1e-3, "share by which a match may be faster or slower; wrong matches mostly are, covers too"
    )


def run(items: Sequence[Item], settings: ShazamSettings, context: Context) -> Iterator[Outcome]:
    """Yield what Shazam knows of each song's recording; nulls where it does not recognise it."""
    from symmv_tools.io import audio, shazam

    service = service_of(settings)

    def recognise(item: Item) -> Outcome:
        assert item.song.audio is not None
        samples = audio.read(item.song.audio, shazam.SAMPLE_RATE)
        if not (abs(samples) > 1e-4).any():
            return Done(dict.fromkeys(FACTS))  # silence is nobody's recording, and costs no request
        return Done(shazam.recognise(samples, service, settings.max_skew))

    yield from ask_of_each(items, recognise)


def service_of(settings: AskSettings) -> Service:
    """Return Shazam, at the pace of these settings."""
    from symmv_tools.io.json_service import Service

    return Service("Shazam", settings.requests_per_minute, settings.timeout_seconds)


def is_enabled(settings: AskSettings) -> bool:
    """Whether Shazam may be asked."""
    return settings.enabled


STAGE = Stage(
    name="shazam",
    version="1.0.0",
    media=("audio",),
    makes=FACTS,
    settings=ShazamSettings,
    run=run,
    resources=Resources(lane="web:shazam", shard=4, timeout_seconds=300.0),
    imports=("shazamio", "av"),
    enabled=is_enabled,
    about="Name, genre, lyrics, album and codes from Shazam, by listening; off unless `enabled`.",
)
