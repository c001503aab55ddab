"""Chords counted as SymMV's figure 3 has them: in C major or A minor, reduced to 12 x 10."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools import row
from symmv_tools.dataset.report.harmony import ChordCensus
from symmv_tools.music.harte import ROOTS, transposed
from symmv_tools.music.keys import KEYS
from tests.exports import labels

pytestmark = pytest.mark.quick

Song = tuple[Any, Any, str | None]


def census(*songs: Song) -> ChordCensus:
    """The chords of songs given as (chord group, key group, genre)."""
    found = ChordCensus()
    chords, keys, genres = zip(*songs, strict=True)
    chord, key = (pa.array(group, row.LABELS) for group in (chords, keys))
    assert isinstance(chord, pa.StructArray)
    assert isinstance(key, pa.StructArray)
    found.add(chord, key, list(genres))
    return found


@settings(deadline=None)  # the first call builds tables
@given(st.integers(0, 11), st.sampled_from(["maj", "min", "7", "maj7", "dim", "sus4"]))
def test_a_song_moved_to_another_key_has_the_same_chords(semitones: int, quality: str) -> None:
    label = f"D:{quality}"
    here = census((labels((1.0, label)), labels((1.0, "C:major")), None))
    there = census(
        (labels((1.0, transposed(label, semitones))), labels((1.0, KEYS[semitones])), None),
    )
    assert here.in_key == there.in_key


def test_minor_keys_move_to_a() -> None:
    found = census((labels((1.0, "F#:min")), labels((1.0, "F#:minor")), "Rock"))
    assert found.in_key == {("Rock", "Am"): 1}


def test_each_chord_is_heard_in_the_key_of_its_time() -> None:
    chord = labels((2.0, "C:maj"), (2.0, "C:maj"), (2.0, "D:maj"))
    late_key = labels((2.0, "C:major"), (4.0, "D:major")) | {"time": [1.0, 2.0]}
    found = census((chord, late_key, None))
    assert found.in_key == {("", "CM"): 2, ("", "A#M"): 1}


def test_songs_do_not_lend_each_other_keys() -> None:
    one = (labels((1.0, "C:maj")), labels((1.0, "C:major")), None)
    without = [(labels((1.0, "C:maj")), None, None), (labels((1.0, "C:maj")), labels(), None)]
    found = census(
        one, *without, (labels((1.0, "D:maj")), labels((1.0, "D:major")), None), (None, None, None)
    )
    assert found.in_key == {("", "CM"): 2}
    assert found.labels == {"C:maj": 3, "D:maj": 1}


def test_silence_is_no_chord_and_the_classes_are_at_most_120() -> None:
    every = [f"{root}:{quality}" for root in ROOTS for quality in ("maj", "hdim7", "min11", "maj/3", "sus2")]
    found = census((labels(*((1.0, label) for label in [*every, "N", "X"])), labels((90.0, "C:major")), None))
    assert len(found.labels) == len(every)
    roots = {label.rstrip("oM") for label in found.in_classes if label[-1] in "oM"}
    assert len(roots) == 12
    assert set(found.in_classes) == {f"{root}{kind}" for root in roots for kind in ("M", "o", "m7", "sus2")}


def test_telling_chords_are_frequent_and_differ_between_genres() -> None:
    key = labels((99.0, "C:major"))
    pop = labels(*((1.0, x) for x in ["C:maj"] * 50 + ["F:maj"] * 30 + ["D:min7"] * 2 + ["E:7"] * 18))
    soul = labels(*((1.0, x) for x in ["C:maj"] * 50 + ["F:maj"] * 10 + ["D:min7"] * 32 + ["E:7"] * 8))
    found = census((pop, key, "Pop"), (soul, key, "Soul"))
    assert found.telling(["Pop", "Soul"], count=2) == ["FM", "Dm7"]
    assert sum(found.shares("Pop").values()) == pytest.approx(1.0)
    assert found.shares(None)["CM"] == pytest.approx(0.5)
