"""Every metric against its definition: other libraries' own outputs, and literal slow readings."""

from __future__ import annotations

import csv
import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.evaluation.quality.catalogue import METRICS, measure
from symmv_tools.evaluation.quality.chords import progression_irregularity
from symmv_tools.evaluation.quality.piece import Piece, piece_of_midi
from tests.evaluation.quality import literal
from tests.evaluation.quality.files import control, files, midi_file, note
from tests.evaluation.quality.pieces import on_file_grid, pieces

pytestmark = pytest.mark.quick

ROOT = Path(__file__).parents[3]
PIECES = {
    name: piece_of_midi(raw, name)
    for name, raw in (
        {p.stem: p.read_bytes() for p in (ROOT / "demo" / "songs").glob("*.mid")} | files()
    ).items()
}
SAID = [
    tuple(line.values())
    for line in csv.DictReader((ROOT / "tests/golden/muspy.tsv").open(), dialect="excel-tab")
]


def close(value: float) -> object:
    return pytest.approx(value, abs=1e-12, rel=0, nan_ok=True)


@pytest.mark.parametrize("name", PIECES)
def test_we_say_what_muspy_and_mgeval_say(name: str) -> None:
    """tests/golden/make_muspy.py asked them."""
    said = {metric: float(value) for file, metric, value in SAID if file == name}
    assert len(said) == 11
    found = measure(PIECES[name])
    assert {metric: found[metric] for metric in said} == {k: close(v) for k, v in said.items()}


def test_what_symusic_does_not_read_muspy_sees_and_we_do_not() -> None:
    """A controller on a channel without notes, a note never released: POP909 001-800 has neither."""
    phrase = note(0, 480, 60) + note(480, 480, 62)
    plain = measure(piece_of_midi(midi_file(phrase)))
    for more in (control(9600, 64, 0, channel=5), note(700, 100, 99)[0]):
        assert str(measure(piece_of_midi(midi_file([*phrase, more])))) == str(plain)


def test_where_muspy_says_nothing_as_a_number_we_say_nan() -> None:
    """Of drums alone it says that they span -127 semitones and use 0 pitches."""
    found = measure(piece_of_midi(midi_file(note(0, 480, 36, channel=9) + note(960, 480, 38, channel=9))))
    assert all(math.isnan(found[f"{name}_muspy"]) for name in ("pitch_range", "n_pitches", "n_pitch_classes"))
    assert found["ebr_muspy"] == 0.0


@pytest.mark.parametrize("name", PIECES)
def test_h_and_gps_are_musdrs_definitions(name: str) -> None:
    piece = PIECES[name]
    notes = literal.onsets(*_pitched(piece), positions=64)
    found = measure(piece)
    assert found["h1_musdr"] == close(literal.h(notes, 1))
    assert found["h4_musdr"] == close(literal.h(notes, 4))
    assert found["gps64_musdr"] == close(literal.gs(notes, 64, literal.n_bars(notes)))


@pytest.mark.parametrize("name", PIECES)
def test_pche_and_gps_of_the_notebook_are_its_definitions(name: str) -> None:
    piece = PIECES[name]
    notes = literal.notebook_onsets(*_pitched(piece))
    found = measure(piece)
    assert found["pche8_diffbgm"] == close(literal.notebook_pche(notes))
    assert found["gps16_diffbgm"] == close(literal.gs(notes, 16, literal.n_bars(notes) - 1))


@given(pieces())
@settings(max_examples=50, deadline=None)
def test_any_piece_is_measured_as_the_definitions_say(piece: Piece) -> None:
    start, pitch = _pitched(piece)
    notes, in_notebook = literal.onsets(start, pitch, 64), literal.notebook_onsets(start, pitch)
    found = measure(piece)
    assert found["h1_musdr"] == close(literal.h(notes, 1))
    assert found["h4_musdr"] == close(literal.h(notes, 4))
    assert found["gps64_musdr"] == close(literal.gs(notes, 64, literal.n_bars(notes)))
    assert found["pche8_diffbgm"] == close(literal.notebook_pche(in_notebook))
    assert found["gps16_diffbgm"] == close(literal.gs(in_notebook, 16, literal.n_bars(in_notebook) - 1))
    assert found["pce_muspy"] == close(literal.entropy(pitch))


@given(st.lists(st.sampled_from(["C:maj", "A:min", "F:maj/3", "G:7"]), min_size=1, max_size=40))
def test_cpi_is_musdrs_of_the_changes(labels: list[str]) -> None:
    changes = [name for i, name in enumerate(labels) if i == 0 or name != labels[i - 1]]
    assert progression_irregularity(labels) == close(literal.cpi(changes))


def test_of_cpi_no_chord_is_left_out_and_spelling_does_not_count() -> None:
    loop = ["C:maj", "Ab:7", "F:min", "Bb"] * 4
    plain = progression_irregularity(loop)
    assert plain == 4 / 13
    spelt = [name.replace("Ab", "G#").replace("Bb", "A#:maj") for name in loop]
    assert progression_irregularity([*loop[:8], "N", "X", *spelt[8:], "N"]) == plain
    assert progression_irregularity(["C:maj", "F:maj", "G:maj"]) == 1.0
    assert math.isnan(progression_irregularity(["N", "X"]))
    with pytest.raises(ValueError, match="no chord in Harte's syntax"):
        progression_irregularity(["H:dur"])


def test_a_drawn_thousand_pairs_scatter_around_the_mean_of_all() -> None:
    """What MusDr does above 1,000 pairs."""
    piece = PIECES["pop909-001"]
    notes = literal.onsets(*_pitched(piece), positions=16)
    grooves = np.zeros((literal.n_bars(notes), 16), bool)
    for bar, slot, _ in notes:
        grooves[bar, slot] = True
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(200):
        a, b = (rng.integers(len(grooves), size=1000) for _ in range(2))
        unequal = a != b
        draws.append(1 - (grooves[a] != grooves[b]).mean(axis=1)[unequal].mean())
    exact = literal.gs(notes, 16, len(grooves))
    assert abs(np.mean(draws) - exact) < 4 * np.std(draws) / 200**0.5


def test_ioi_is_a_mean_of_differences_and_counts_notes_struck_together() -> None:
    piece = on_file_grid([(0, 1, 60), (0, 1, 64), (1, 1, 60), (3, 1, 62)])
    found = measure(piece)
    onset = piece.notes.onset
    assert found["ioi_mgeval"] == close(float(np.mean(np.diff(np.sort(onset)))))
    assert found["ioi_distinct"] == close(float(np.mean(np.diff(np.unique(onset)))))


def test_every_metric_says_what_it_is_once() -> None:
    names = Counter(metric.name for metric in METRICS) + Counter(metric.title for metric in METRICS)
    assert set(names.values()) == {1}
    assert all(m.definition.endswith(".") and m.unit and m.source and m.needs for m in METRICS)


def _pitched(piece: Piece) -> tuple[list[float], list[int]]:
    return piece.start[~piece.is_drum].tolist(), piece.notes.pitch[~piece.is_drum].tolist()
