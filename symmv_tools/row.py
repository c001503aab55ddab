"""The Row: one exported song, and the only thing that data-set building and training share.

Column groups are structs of parallel lists with JAMS field names. Times and durations are
float64 seconds. Null means "not run", an empty list "run, and nothing found".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

SCHEMA_VERSION = "1.0"

_SECONDS = pa.list_(pa.float64())
_WORDS = pa.list_(pa.string())
_CONFIDENCE = pa.list_(pa.float32())


def _group(**fields: pa.DataType) -> pa.DataType:
    return pa.struct(list(fields.items()))


NOTES = _group(
    time=_SECONDS, duration=_SECONDS, value=pa.list_(pa.uint8()), velocity=pa.list_(pa.uint8()), track=_WORDS
)
PEDAL = _group(time=_SECONDS, duration=_SECONDS, value=pa.list_(pa.uint8()))
TEMPO = _group(time=_SECONDS, duration=_SECONDS, value=_CONFIDENCE, confidence=_CONFIDENCE)
TIME_SIGNATURE = _group(time=_SECONDS, numerator=pa.list_(pa.uint8()), denominator=pa.list_(pa.uint8()))
BEAT = _group(time=_SECONDS, value=pa.list_(pa.uint8()), confidence=_CONFIDENCE)
LABELS = _group(time=_SECONDS, duration=_SECONDS, value=_WORDS, confidence=_CONFIDENCE)
CAPTION = _group(time=_SECONDS, duration=_SECONDS, value=_WORDS)
ALIGNMENT = _group(music_time=_SECONDS, video_time=_SECONDS)
_VECTORS = pa.list_(pa.list_(pa.float16()))
FEATURES = pa.struct([("start", pa.float64()), ("rate", pa.float64()), ("value", _VECTORS)])
"""Features at even times, never in the Row itself: value i (of equal lengths) belongs to `start` + i / `rate`
seconds, `rate` being per second. A sibling table of the export holds them, keyed by song_id."""
MEDIUM = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
PROVENANCE = pa.list_(
    pa.struct(
        [
            (name, pa.string())
            for name in ("stage", "variant", "version", "model", "revision", "fingerprint", "run_at")
        ]
    )
)
REVIEW = pa.list_(pa.struct([(name, pa.string()) for name in ("field", "decision", "reviewer", "at")]))


class Column(NamedTuple):
    """One column of the Row: its name, Arrow type and meaning."""

    name: str
    type: pa.DataType
    meaning: str


ROW: tuple[Column, ...] = (
    Column("song_id", pa.string(), "stable id that says its source, e.g. `folder:NAME`"),
    Column("video_id", pa.string(), "stable id of the video: its web id, else a digest of its content"),
    Column("pair_id", pa.string(), "digest of song_id and video_id: the join key of sibling tables"),
    Column(
        "group_id", pa.string(), "leakage cluster: songs that share a recording, a video or a song share it"
    ),
    Column(
        "split", pa.string(), "train, validation or test: by hash of group_id, or as listed; never changed"
    ),
    Column("title", pa.string(), "as the source gives it"),
    Column("artist", pa.string(), "performer of the original song"),
    Column("album", pa.string(), "album"),
    Column("genre", pa.string(), "genre"),
    Column("style", pa.string(), "style class (BGM909); a language model's where provenance says `llm:`"),
    Column("lyrics", pa.string(), "lyrics"),
    Column("language", pa.string(), "BCP 47 tag"),
    Column("rhythmic_pattern", pa.string(), "rhythmic pattern"),
    Column("isrc", pa.string(), "International Standard Recording Code"),
    Column("shazam_id", pa.string(), "Shazam track id"),
    Column("channel_id", pa.string(), "channel that published the cover"),
    Column("license", pa.string(), "licence of the media, as its source states it"),
    Column("availability", pa.string(), "whether the media can still be had, and since when not"),
    Column("duration", pa.float64(), "seconds of music"),
    Column(
        "audio_video_offset",
        pa.float64(),
        "seconds to add to music time to get video time: as given, else the median along what was heard",
    ),
    Column("match_score", pa.float64(), "how surely audio and video are the same song, 0 to 1"),
    Column(
        "alignment",
        ALIGNMENT,
        "where one offset is not enough: pairs of music time and video time, lines between them; else null",
    ),
    Column("transposition", pa.int8(), "semitones to add to the music to get the video's, -5 to 6"),
    Column("tempo_ratio", pa.float64(), "seconds of video per second of music"),
    Column("audio", MEDIUM, "Hugging Face Audio: bytes (null unless embedded) and path"),
    Column("video", MEDIUM, "Hugging Face Video: bytes (null unless embedded) and path"),
    Column("cover_url", pa.string(), "where the music was published"),
    Column("video_url", pa.string(), "where the video was published"),
    Column("audio_sha256", pa.string(), "of the audio file's content"),
    Column("video_sha256", pa.string(), "of the video file's content"),
    Column("video_fps", pa.float64(), "average frames per second"),
    Column("video_width", pa.int32(), "pixels, as displayed"),
    Column("video_height", pa.int32(), "pixels, as displayed"),
    Column(
        "note_midi", NOTES, "notes: value = MIDI pitch, track = melody, accompaniment (or the given track)"
    ),
    Column("pedal", PEDAL, "sustain pedal (CC64) spans, value 0-127"),
    Column("tempo", TEMPO, "tempo curve: value = beats per minute"),
    Column("tempo_global", pa.float64(), "beats per minute of the whole song"),
    Column("time_signature", TIME_SIGNATURE, "time signatures, each valid until the next"),
    Column("beat", BEAT, "beats: value = position in bar, 1 = downbeat"),
    Column("chord", LABELS, "chords in Harte / mir_eval syntax: `C:maj`, `A:min7/b3`, `N`"),
    Column("key_mode", LABELS, "keys as JAMS key_mode: `C:major`, `F#:minor`"),
    Column(
        "shot",
        LABELS,
        "shots: value = the transition that opens the shot: `start`, `cut`, `dissolve` (time: its middle) or "
        "`fade` (time: where the picture leaves black)",
    ),
    Column("caption", CAPTION, "captions of the video"),
    Column("midi", pa.binary(), "Standard MIDI File of the notes, loss-free"),
    Column("provenance", PROVENANCE, "who made which columns: stage, version, model, fingerprint, time"),
    Column("review", REVIEW, "decisions of human reviewers"),
    Column("schema_version", pa.string(), f"`{SCHEMA_VERSION}`"),
)


def schema() -> pa.Schema:
    """Return the Arrow schema of the Row."""
    return pa.schema([(column.name, column.type) for column in ROW])


def value_at(column: pa.ChunkedArray[Any] | pa.Array[Any], index: int) -> Any:
    """Return one cell: groups as a dict of numpy arrays (strings, and what holds nulls, as lists).

    Features come as a list of arrays, the rest as Python values.
    """
    return _plain(column[index])


def _plain(scalar: Any) -> Any:
    if not scalar.is_valid:
        return None
    if pa.types.is_struct(scalar.type):
        return {name: _plain(value) for name, value in scalar.items()}
    if pa.types.is_list(scalar.type) and pa.types.is_primitive(scalar.type.value_type):
        # numpy has no null: it would come back as NaN, which says that somebody looked
        values = scalar.values
        return values.to_pylist() if values.null_count else values.to_numpy(zero_copy_only=False)
    if pa.types.is_list(scalar.type) and pa.types.is_list(scalar.type.value_type):
        return [_plain(part) for part in scalar.values]  # features: a view for each, not a float for each
    return scalar.as_py()
