"""One piece of music and its picture on one clock: what all scores of alignment are read off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.clock import video_time
from symmv_tools.evaluation.alignment.curves import Curve
from symmv_tools.evaluation.alignment.events import Span, Times
from symmv_tools.evaluation.alignment.motion import feature_events

START = "start"
"""The value of a Row's first shot: it opens the video, and no cut does."""

_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """Music and picture where both are, in seconds of the video; None means not known.

    `span` is where both are, and no event lies outside it. `beat`, `onset` (with its `velocity`), `cut`
    and `true_beat` (of the video's own music, where `beat` is another's) are (n,) each, n may be 0.
    `frame` is how long a picture of the video lasts, 0 if not known. `motion` is the change of the
    picture, `motion_mean` its mean over the whole video.
    `music_events` and `picture_events` are event curves of features.
    """

    span: Span
    frame: float = 0.0
    beat: Times | None = None
    onset: Times | None = None
    velocity: NDArray[np.float64] | None = None
    cut: Times | None = None
    true_beat: Times | None = None
    motion: Curve | None = None
    motion_mean: float | None = None
    music_events: Curve | None = None
    picture_events: Curve | None = None


def of_row(
    row: _Row,
    features: Mapping[str, Mapping[str, Any] | None] | None = None,
    *,
    reference: _Row | None = None,
) -> Scene:
    """Return the scene of a Row, its music's times laid on the video's clock by `video_time`.

    `features` are the song's own of the tables beside the rows, by table: `features_motion`,
    `features_semantic` (the picture's events) and `features_music` (the music's). `reference` is the Row of
    the video's own music, where `row` holds music that was generated for it. Cuts are all transitions
    from shot to shot, dissolves and fades at the times that the Row gives them.
    """
    seen = dict(features or {})
    motion = _motion(seen.get("features_motion"))
    span = _span(row, motion)
    onset, velocity = _onsets(row, span)
    return Scene(
        span=span,
        frame=1.0 / row["video_fps"] if row.get("video_fps") else 0.0,
        beat=_beats(row, span),
        onset=onset,
        velocity=velocity,
        cut=_cuts(row, span),
        true_beat=None if reference is None else _beats(reference, span),
        motion=motion,
        motion_mean=None if motion is None else float(motion.value.mean()),
        music_events=_events(seen.get("features_music"), row),
        picture_events=_events(seen.get("features_semantic"), None),
    )


def _span(row: _Row, motion: Curve | None) -> Span:
    """Where both music and picture are; without a word about the picture, where the music is."""
    music = video_time(row, np.array([0.0, _music_seconds(row)]))
    shot = row.get("shot")
    ends = [] if shot is None else [_picture_end(shot)]
    ends += [float(motion.edge[-1])] if motion is not None else []
    return Span(max(0.0, float(music[0])), min([float(music[1]), max(ends, default=np.inf)]))


def _music_seconds(row: _Row) -> float:
    """The music's length: as the Row has it, else until its last note ends or its last beat."""
    if row.get("duration") is not None:
        return float(row["duration"])
    notes, beats = row.get("note_midi"), row.get("beat")
    ends = [] if notes is None else (np.asarray(notes["time"]) + np.asarray(notes["duration"])).tolist()
    return float(max([0.0, *ends, *([] if beats is None else np.asarray(beats["time"]).tolist())]))


def _picture_end(shot: Mapping[str, Any]) -> float:
    ends = np.asarray(shot["time"], np.float64) + np.asarray(shot["duration"], np.float64)
    return float(ends.max()) if len(ends) else 0.0


def _beats(row: _Row, span: Span) -> Times | None:
    group = row.get("beat")
    return None if group is None else span.cut(video_time(row, np.asarray(group["time"], np.float64)))


def _cuts(row: _Row, span: Span) -> Times | None:
    group = row.get("shot")
    if group is None:
        return None
    is_cut = np.array([value != START for value in group["value"]], bool)
    return span.cut(np.asarray(group["time"], np.float64)[is_cut])


def _onsets(row: _Row, span: Span) -> tuple[Times | None, NDArray[np.float64] | None]:
    group = row.get("note_midi")
    if group is None:
        return None, None
    onset = video_time(row, np.asarray(group["time"], np.float64))
    inside = (onset >= span.begin) & (onset < span.end)
    return onset[inside], np.asarray(group["velocity"], np.float64)[inside]


def _motion(group: Mapping[str, Any] | None) -> Curve | None:
    """The curve of RGB differences: each value is the change since the picture before, and holds so long."""
    value = _matrix(group)
    if group is None or value is None:
        return None
    edge = float(group["start"]) + np.arange(-1, len(value)) / float(group["rate"])
    return Curve(edge, value[:, 0].astype(np.float64))


def _events(group: Mapping[str, Any] | None, row: _Row | None) -> Curve | None:
    """The event curve of features on the video's clock: those of the music (of `row`) are moved to it."""
    value = _matrix(group)
    if group is None or value is None or len(value) < 2:
        return None
    time = float(group["start"]) + np.arange(len(value)) / float(group["rate"])
    return feature_events(time if row is None else video_time(row, time), value)


def _matrix(group: Mapping[str, Any] | None) -> NDArray[np.floating] | None:
    """The features (n, d), n > 0, of a table's cell."""
    if group is None or not len(group["value"]):
        return None
    return np.asarray(group["value"], np.float32)
