"""Stage `screen_quality`: photos, slides, lyric videos and visualisers are rejected with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import pyarrow as pa

from symmv_tools.errors import BadSettings
from symmv_tools.settings import semantic
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected, Stage
from symmv_tools.video.screen import ScreenLimits, ScreenStatistics, refusal


@dataclass(frozen=True)
class ScreenQualitySettings(ScreenLimits):
    """Whose videos are judged, and what they may be like."""

    judge: str = semantic(
        "web",
        "whose videos can be refused: those that came from the web; files that somebody has named stay",
        choices=("web", "all", "none"),
    )

    def __post_init__(self) -> None:
        for limit in fields(ScreenLimits):
            if not 0.0 <= getattr(self, limit.name) <= 1.0:
                value = getattr(self, limit.name)
                raise BadSettings(f"screen_quality.{limit.name} is {value:g}; a share is from 0 to 1")


def run(items: Sequence[Item], settings: ScreenQualitySettings, context: Context) -> Iterator[Outcome]:
    """Say which limit each video breaks; `screen_verdict` is "ok", or the code of what stays all the same."""
    for item in items:
        refused = refusal(ScreenStatistics(**item.values["screen"]), settings)
        if refused and _is_judged(item.song, settings.judge):
            yield Rejected(*refused)
        else:
            yield Done({"screen_verdict": refused.code if refused else "ok"})


def _is_judged(song: Song, judge: str) -> bool:
    # Where a video comes from is part of the song's identity, as its id is, and so in no fingerprint.
    return judge == "all" or (judge == "web" and song.video_url is not None)


STAGE = Stage(
    name="screen_quality",
    version="1.0.0",
    needs=("screen",),
    makes={"screen_verdict": pa.string()},
    settings=ScreenQualitySettings,
    run=run,
    about="Web finds that are photos, slides, lyric videos or visualisers are rejected with a reason.",
)
