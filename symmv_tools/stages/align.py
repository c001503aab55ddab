"""Stages `align` and `align_midi`: is the video's music the song's, and where in the video does it lie?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from symmv_tools import row
from symmv_tools.errors import BadMedium, BadSettings
from symmv_tools.settings import semantic
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected, Resources, Stage

if TYPE_CHECKING:
    from symmv_tools.music.chroma import Chroma
    from symmv_tools.music.matching import Match

MAKES = {
    "match_score": pa.float64(),
    "audio_video_offset": pa.float64(),
    "alignment": row.ALIGNMENT,
    "transposition": pa.int8(),
    "tempo_ratio": pa.float64(),
}


@dataclass(frozen=True)
class AlignSettings:
    """From when on a video's music counts as the song's, and when one offset is enough.

    The threshold is explained, with what it lets in and keeps out, in docs/explanation/alignment.md.
    """

    threshold: float = semantic(
        0.5, "least match_score of the same song, 0 to 1; a found video below it is out"
    )
    tolerance_seconds: float = semantic(
        0.1, "alignment is given where the path departs further than this from one offset"
    )

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1 or self.tolerance_seconds < 0:
            raise BadSettings(
                f"align.threshold {self.threshold:g} or align.tolerance_seconds {self.tolerance_seconds:g} "
                "makes no sense",
                "let 0 <= threshold <= 1 and tolerance_seconds >= 0",
            )


def run_audio(items: Sequence[Item], settings: AlignSettings, context: Context) -> Iterator[Outcome]:
    """Yield how each song's audio lies in its video; a video that is its own music is not listened to.

    Raises BadMedium when it is the turn of a song whose audio or video cannot be decoded.
    """
    for item in items:
        song = item.song
        assert song.audio is not None
        assert song.video is not None
        if os.path.realpath(song.audio) == os.path.realpath(song.video):
            yield Done(_values(1.0, 0.0, None, 0, 1.0))
        else:
            yield _outcome(song, _chroma_of_file, song.audio, settings)


def run_midi(items: Sequence[Item], settings: AlignSettings, context: Context) -> Iterator[Outcome]:
    """Yield how each song's notes lie in its video.

    Raises BadMedium when it is the turn of a song whose MIDI file or video cannot be read.
    """
    for item in items:
        assert item.song.midi is not None
        yield _outcome(item.song, _chroma_of_midi, item.song.midi, settings)


def _outcome(song: Song, hear: Callable[[str], Chroma], music: str, settings: AlignSettings) -> Outcome:
    from symmv_tools.music.matching import compare

    assert song.video is not None
    try:
        video = _chroma_of_file(song.video)
    except BadMedium as why:
        if why.code != "NO_AUDIO_STREAM":
            raise
        return Done(dict.fromkeys(MAKES))  # a silent film: nothing to verify it by
    match = compare(hear(music), video)
    if match.score >= settings.threshold and len(match.music_time):
        return Done(_matched(match, settings.tolerance_seconds))
    if song.video_url is not None:
        return Rejected(
            "NOT_THE_SAME_MUSIC",
            f"the video's music is not the song's: match_score is {match.score:.3f}, and "
            f"align.threshold {settings.threshold:g}",
        )
    # a person put these two files together and knows better; but nobody knows where they meet
    return Done(_values(match.score, None, None, None, None))


def _matched(match: Match, tolerance_seconds: float) -> dict[str, Any]:
    from symmv_tools.music.matching import departure

    alignment = {"music_time": match.music_time, "video_time": match.video_time}
    needs_path = departure(match) > tolerance_seconds
    return _values(
        match.score, match.offset, alignment if needs_path else None, match.transposition, match.tempo_ratio
    )


def _values(
    score: float, offset: float | None, alignment: Any, transposition: int | None, tempo_ratio: float | None
) -> dict[str, Any]:
    return dict(zip(MAKES, (score, offset, alignment, transposition, tempo_ratio), strict=True))


def _chroma_of_file(path: str) -> Chroma:
    from symmv_tools.io import audio
    from symmv_tools.music.chroma import SAMPLE_RATE, chroma_of_sound

    return chroma_of_sound(audio.read(path, SAMPLE_RATE), SAMPLE_RATE)


def _chroma_of_midi(path: str) -> Chroma:
    from symmv_tools.io import midi
    from symmv_tools.music.chroma import chroma_of_notes

    return chroma_of_notes(midi.read(path).notes)


STAGE = Stage(
    name="align",
    version="1.1.0",
    makes=MAKES,
    media=("audio", "video"),
    settings=AlignSettings,
    run=run_audio,
    resources=Resources(shard=8),
    imports=("av", "scipy", "soxr"),
    about="Whether the video's music is the song's, and where in the video each moment of the audio lies.",
)

MIDI_STAGE = Stage(
    name="align_midi",
    version="1.1.0",
    makes=MAKES,
    media=("midi", "video"),
    settings=AlignSettings,
    run=run_midi,
    resources=Resources(shard=8),
    imports=("av", "scipy", "soxr", "symusic"),
    about="The same for songs that have notes and no audio: where in the video each moment of the MIDI lies.",
)
