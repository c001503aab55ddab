"""What annotations are scored by: every metric with its column and convention, and one song's scores.

Pure functions of two Rows. To score another column, add its family to `FAMILIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.annotations.beats import beat_scores, downbeat_scores, tempo_scores
from symmv_tools.evaluation.annotations.labels import chord_scores, key_scores
from symmv_tools.evaluation.annotations.notes import has_melody, melody_match, note_match
from symmv_tools.evaluation.annotations.scores import Match, Score
from symmv_tools.evaluation.annotations.timeline import Labels
from symmv_tools.music.notes import Notes, make_notes

SAME = "the same annotation on both sides"
NOTHING = "nothing to score"
REFUSED = "not valid for mir_eval"
_NULL = {
    (True, True): "null on both sides",
    (True, False): "null in what is evaluated",
    (False, True): "null in the reference",
}


@dataclass(frozen=True)
class Metric:
    """One score: its name within its family, what a table calls it, and how it is counted.

    `by_seconds` says that songs count by the seconds that were scored, and not alike.
    """

    name: str
    title: str
    convention: str
    by_seconds: bool = False


@dataclass(frozen=True)
class Family:
    """The metrics that are read off one column of the Row.

    `score(found, true)` takes that column of either side, as `row.value_at` gives it, and returns a
    score by metric name; a name is missing where there is nothing to score. `made_as` is the column
    whose maker the scores speak of: the notes of `note_midi` are those of the MIDI file, which
    transcription makes; only their tracks come from the melody stage.
    """

    name: str
    column: str
    made_as: str
    score: Callable[[Any, Any], Mapping[str, Score]]
    metrics: tuple[Metric, ...]


def _melody(found: Any, true: Any) -> Mapping[str, Score]:
    ours, theirs = _as_notes(found), _as_notes(true)
    both = has_melody(ours) and has_melody(theirs)
    return _of_match(melody_match(ours, theirs)) if both else {}


def _notes(found: Any, true: Any) -> Mapping[str, Score]:
    return _of_match(note_match(_as_notes(found), _as_notes(true)))


def _as_notes(group: Any) -> Notes:
    # No score reads velocities, and a truth made by hand may lack them.
    silent = np.zeros(len(group["time"]), np.uint8)
    return make_notes(group["time"], group["duration"], group["value"], silent, group["track"])


def _of_match(match: Match | None) -> Mapping[str, Score]:
    return {name: Score(value) for name, value in match._asdict().items()} if match else {}


def _chords(found: Any, true: Any) -> Mapping[str, Score]:
    return chord_scores(_labels(found), _labels(true))


def _keys(found: Any, true: Any) -> Mapping[str, Score]:
    return key_scores(_labels(found), _labels(true))


def _labels(group: Any) -> Labels:
    order = np.argsort(group["time"], kind="stable")
    labels = [group["value"][i] for i in order]
    return Labels(np.asarray(group["time"])[order], np.asarray(group["duration"])[order], labels)


def _beats(found: Any, true: Any) -> Mapping[str, Score]:
    return beat_scores(np.sort(found["time"]), np.sort(true["time"]))


def _downbeats(found: Any, true: Any) -> Mapping[str, Score]:
    ours, theirs = _bar_lines(found), _bar_lines(true)
    nobody_counted_bars = len(true["time"]) > 0 and not len(theirs)
    return {} if nobody_counted_bars else downbeat_scores(ours, theirs)


def _bar_lines(beat: Any) -> NDArray[np.float64]:
    is_first = np.array([position == 1 for position in beat["value"]], bool)  # a position may be null
    return np.sort(beat["time"][is_first])


# --- the list -------------------------------------------------------------------------------------

_ONSETS = "onset within 50 ms and equal pitch, one to one (mir_eval.transcription without offsets)"
_SHARE = "share of the reference's seconds"
_TRIMMED = "the first 5 s are left out (mir_eval.beat.trim_beats)"
_KEYS = "right 1, a fifth above 0.5, relative 0.3, parallel 0.2 (mir_eval.key)"


def _matched(title: str, notes: str) -> tuple[Metric, ...]:
    return (
        Metric("f1", f"{title} F1", f"{notes}: {_ONSETS}; mean over songs"),
        Metric("precision", f"{title} precision", f"as {title} F1"),
        Metric("recall", f"{title} recall", f"as {title} F1"),
    )


_CHORDS = (
    Metric("majmin", "chord majmin", f"{_SHARE} that are maj, min or N (mir_eval.chord.majmin)", True),
    Metric("sevenths", "chord sevenths", f"{_SHARE} that are maj, min, maj7, 7, min7 or N (mir_eval)", True),
    Metric("root", "chord root", f"{_SHARE}, roots alone (mir_eval.chord.root)", True),
    Metric("mirex", "chord mirex", f"{_SHARE}, three pitch classes in common (mir_eval.chord.mirex)", True),
)
_KEY_METRICS = (
    Metric("song", "key of the song", f"the key that lasts longest: {_KEYS}; mean over songs"),
    Metric("time", "key over time", f"{_KEYS}; over all the reference's seconds", True),
)
_BEATS = (
    Metric("f", "beat F", f"F-measure at 70 ms (mir_eval.beat); {_TRIMMED}; mean over songs"),
    Metric("cmlt", "beat CMLt", f"right and in step (mir_eval.beat.continuity); {_TRIMMED}; mean over songs"),
    Metric("amlt", "beat AMLt", "as beat CMLt, but double, half and off-beat are right too"),
)
_DOWNBEATS = (Metric("f", "downbeat F", "as beat F, of positions 1 in the bar"),)
_TEMPO = (
    Metric("acc1", "tempo Acc1", "share of songs within 4 % (Gouyon et al. 2006)"),
    Metric("acc2", "tempo Acc2", "as tempo Acc1, or of the double, triple, half or third"),
    Metric("within_8", "tempo within 8 %", "share of songs within the tolerance of mir_eval.tempo"),
)

FAMILIES: tuple[Family, ...] = (
    Family("melody", "note_midi", "note_midi", _melody, _matched("melody", "notes of track melody")),
    Family("note", "note_midi", "midi", _notes, _matched("note", "all notes")),
    Family("chord", "chord", "chord", _chords, _CHORDS),
    Family("key", "key_mode", "key_mode", _keys, _KEY_METRICS),
    Family("beat", "beat", "beat", _beats, _BEATS),
    Family("downbeat", "beat", "beat", _downbeats, _DOWNBEATS),
    Family("tempo", "tempo_global", "tempo_global", tempo_scores, _TEMPO),
)

COLUMNS = tuple(dict.fromkeys(family.column for family in FAMILIES))
"""The Row's columns that are scored."""


def score_family(family: Family, found: Any, true: Any) -> Mapping[str, Score] | str:
    """Return one song's scores by metric name, or why there are none at all.

    `found` and `true` are the family's column on either side. None is not scored; an empty list is,
    as "looked and found nothing". What mir_eval does not take (it stops at eight hours) costs the
    song, not its neighbours.
    """
    if why := _NULL.get((found is None, true is None)):
        return why
    try:
        return family.score(found, true) or NOTHING
    except ValueError:
        return REFUSED
