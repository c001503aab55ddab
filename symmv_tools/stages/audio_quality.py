"""Stage `audio_quality`: what kind of sound a recording is, its fingerprint, and whether it may stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields

import pyarrow as pa

from symmv_tools.music.sound_kind import (
    SoundLimits,
    SoundStatistics,
    refusal,
    refusal_of_length,
    sound_statistics,
)
from symmv_tools.settings import semantic
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected, Stage

QUALITY = pa.struct([(field.name, pa.float64()) for field in fields(SoundStatistics)])


@dataclass(frozen=True)
class AudioQualitySettings(SoundLimits):
    """Whose recordings are judged, and what they may be like."""

    judge: str = semantic(
        "web",
        "whose recordings can be refused: those that came from the web; files that somebody has named stay",
        choices=("web", "all", "none"),
    )


def run(items: Sequence[Item], settings: AudioQualitySettings, context: Context) -> Iterator[Outcome]:
    """Give each song the statistics and the fingerprint of its recording, or say which limit it breaks."""
    for item in items:
        yield _outcome(item.song, settings)


def _outcome(song: Song, settings: AudioQualitySettings) -> Outcome:
    from symmv_tools.io import audio
    from symmv_tools.music.audio_print import audio_print
    from symmv_tools.music.sound_features import SAMPLE_RATE

    assert song.audio is not None
    is_judged = _is_judged(song, settings.judge)
    info = audio.probe(song.audio)
    if is_judged and info and (too_long := refusal_of_length(info.duration, settings)):
        return Rejected(*too_long)  # ten hours of rain are not decoded first
    samples = audio.read(song.audio, SAMPLE_RATE)
    found = sound_statistics(samples)
    if is_judged and (refused := refusal(found, settings)):
        return Rejected(*refused)
    return Done({"audio_quality": asdict(found), "audio_print": audio_print(samples, SAMPLE_RATE)})


def _is_judged(song: Song, judge: str) -> bool:
    # Where a song comes from is part of its identity, as its id is, and so in no fingerprint.
    return judge == "all" or (judge == "web" and song.cover_url is not None)


STAGE = Stage(
    name="audio_quality",
    version="1.0.0",
    media=("audio",),
    makes={"audio_quality": QUALITY, "audio_print": pa.list_(pa.uint32())},
    settings=AudioQualitySettings,
    run=run,
    imports=("av",),
    about="Statistics and fingerprint of the recording; web finds that are no piano music are rejected.",
)
