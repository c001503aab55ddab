"""Chord labels: Harte's syntax and SymMV's spelling."""

import mir_eval
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.music.harte import (
    NO_CHORD,
    QUALITIES,
    ROOTS,
    SYMMV10,
    Chord,
    from_symmv,
    parse,
    symmv10,
    transposed,
)

CHORDS = st.builds(Chord, st.integers(0, 11), st.sampled_from(sorted(QUALITIES)), st.integers(0, 11))


@given(CHORDS)
def test_a_label_reads_back_as_its_chord(chord: Chord) -> None:
    assert parse(chord.label) == chord


@given(CHORDS)
def test_mir_eval_hears_the_same_root_and_notes(chord: Chord) -> None:
    root, tones, bass = mir_eval.chord.encode(chord.label)
    assert root == chord.root
    assert bass == chord.bass
    assert {step for step in range(12) if tones[step]} == {*QUALITIES[chord.quality], chord.bass}


@given(CHORDS, st.integers(-24, 24))
def test_transposing_there_and_back_changes_nothing(chord: Chord, semitones: int) -> None:
    assert transposed(transposed(chord.label, semitones), -semitones) == chord.label


@pytest.mark.parametrize("label", [NO_CHORD, "X"])
def test_no_chord_stays_no_chord(label: str) -> None:
    assert parse(label) is None
    assert transposed(label, 5) == NO_CHORD


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("quality", SYMMV10)
def test_symmvs_chords_survive_the_round_trip(root: str, quality: str) -> None:
    harte = from_symmv(root + quality)
    again = symmv10(harte)
    assert again is not None
    assert from_symmv(again) == harte


@pytest.mark.parametrize(
    ("symmv", "harte"),
    [("FM7", "F:maj7"), ("Am", "A:min"), ("Co", "C:dim"), ("C+", "C:aug"), ("D#/o7", "Eb:hdim7")],
)
def test_symmvs_labels_are_understood(symmv: str, harte: str) -> None:
    assert from_symmv(symmv) == harte


@pytest.mark.parametrize(
    ("label", "chord"),
    [
        ("C", Chord(0, "maj")),
        ("Gb:maj(9)/3", Chord(6, "maj", 4)),
        ("B:sus4(b7,9)", Chord(11, "sus4")),
        ("D:min11/b7", Chord(2, "min7", 10)),
        ("Ebb:maj6/5", Chord(2, "maj", 7)),
        ("C#:13", Chord(1, "7")),
        ("Cb:minmaj7", Chord(11, "min")),
    ],
)
def test_richer_labels_become_what_they_are_at_heart(label: str, chord: Chord) -> None:
    assert parse(label) == chord


def test_a_half_diminished_chord_becomes_its_triad_for_symmvs_models() -> None:
    assert symmv10("B:hdim7/b3") == "Bo"


@pytest.mark.parametrize("label", ["", "H:maj", "c:maj", "C:maj/x"])
def test_what_is_no_chord_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"Harte's syntax"):
        parse(label)


@pytest.mark.parametrize("label", ["", "Hm", "Cm9", "C:maj"])
def test_what_symmv_never_wrote_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"SymMV's"):
        from_symmv(label)
