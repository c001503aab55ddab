"""What no metric may depend on, and what becomes of pieces that are hardly one."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.evaluation.quality.catalogue import METRICS, measure
from symmv_tools.evaluation.quality.piece import Piece, piece_of_midi
from symmv_tools.music.notes import Notes
from tests.evaluation.quality.files import midi_file, note
from tests.evaluation.quality.pieces import Note, note_lists, on_file_grid

pytestmark = pytest.mark.quick

NAMES = [metric.name for metric in METRICS]
SHARES = [metric.name for metric in METRICS if metric.unit == "share"]
COUNTS_BEGINNING = {"ebr_muspy", "ebr_notes", "polyphony_rate_muspy", "gps64_musdr", "groove_muspy"}
"""Silence at the beginning is part of a piece to these."""
COUNTS_BARS_FROM_0 = {"pche8_diffbgm", "gps16_diffbgm", "h4_musdr"} | COUNTS_BEGINNING
IN_TIME = {"ioi_mgeval", "ioi_distinct", "notes_per_second"}


def alike(a: dict[str, float], b: dict[str, float], but: set[str] | None = None) -> None:
    kept = [name for name in NAMES if name not in (but or set())]
    np.testing.assert_allclose(
        [a[n] for n in kept], [b[n] for n in kept], rtol=0, atol=1e-9, err_msg=str(kept)
    )


@given(note_lists(), st.integers(-40, 40))
@settings(max_examples=40, deadline=None)
def test_transposition_changes_nothing(notes: list[Note], semitones: int) -> None:
    moved = [(start, duration, pitch + semitones) for start, duration, pitch in notes]
    alike(measure(on_file_grid(moved)), measure(on_file_grid(notes)))


@given(note_lists(), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_bars_of_silence_before_count_only_where_it_is_said(notes: list[Note], bars: int) -> None:
    later = [(start + 4 * bars, duration, pitch) for start, duration, pitch in notes]
    alike(measure(on_file_grid(later)), measure(on_file_grid(notes)), COUNTS_BARS_FROM_0)


@given(note_lists(), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_windows_of_eight_bars_do_not_feel_whole_empty_ones_before(notes: list[Note], windows: int) -> None:
    later = [(start + 32 * windows, duration, pitch) for start, duration, pitch in notes]
    a, b = measure(on_file_grid(later)), measure(on_file_grid(notes))
    np.testing.assert_allclose(a["pche8_diffbgm"], b["pche8_diffbgm"], atol=1e-12)


@given(note_lists(), st.floats(0.25, 4))
@settings(max_examples=40, deadline=None)
def test_tempo_changes_only_what_is_counted_in_seconds(notes: list[Note], factor: float) -> None:
    piece = on_file_grid(notes)
    slow = replace(piece.notes, onset=piece.notes.onset * factor, duration=piece.notes.duration * factor)
    found, before = measure(replace(piece, notes=slow)), measure(piece)
    alike(found, before, IN_TIME)
    np.testing.assert_allclose(found["ioi_mgeval"], before["ioi_mgeval"] * factor, rtol=1e-9)
    np.testing.assert_allclose(found["notes_per_second"], before["notes_per_second"] / factor, rtol=1e-9)


@given(note_lists(), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_neither_velocity_nor_track_nor_the_order_of_tracks_counts(notes: list[Note], seed: int) -> None:
    events = [note(round(a * 48), round(d * 48), pitch) for a, d, pitch in notes]
    shuffled = np.random.default_rng(seed).permutation(len(events))
    apart = midi_file(*(events[i] for i in shuffled), per_quarter=48)
    alike(measure(piece_of_midi(apart)), measure(on_file_grid(notes)))


@given(note_lists())
@settings(max_examples=40, deadline=None)
def test_shares_are_shares_and_entropies_do_not_pass_their_alphabet(notes: list[Note]) -> None:
    found = {name: value for name, value in measure(on_file_grid(notes)).items() if not math.isnan(value)}
    assert all(0 <= found[name] <= 1 for name in SHARES if name in found)
    assert 0 <= found["pce_muspy"] <= math.log2(12) + 1e-12
    assert found["pce_muspy"] <= found["pe_muspy"] + 1e-12
    assert found["h1_musdr"] <= math.log2(12) + 1e-12
    assert found["polyphony_muspy"] >= 1


@given(note_lists(most=12), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_bars_that_repeat_are_alike_in_groove(notes: list[Note], times: int) -> None:
    bar = dict.fromkeys((start % 2, 0.25, pitch) for start, _, pitch in notes)
    repeated = [(start + 4 * k, duration, pitch) for k in range(times) for start, duration, pitch in bar]
    found = measure(on_file_grid(repeated))
    assert found["groove_muspy"] == found["gps64_musdr"] == 1.0


def test_a_piece_without_notes_has_no_quality() -> None:
    assert list(measure(piece_of_midi(midi_file([])))) == NAMES
    assert all(math.isnan(value) for value in measure(piece_of_midi(midi_file([]))).values())


def test_of_one_note_there_is_little_to_say() -> None:
    found = measure(on_file_grid([(0, 1, 60)]))
    assert {name for name, value in found.items() if math.isnan(value)} == {
        *("ioi_mgeval", "ioi_distinct", "gps64_musdr", "groove_muspy"),
        *("pche8_diffbgm", "gps16_diffbgm", "cpi3_musdr"),
    }
    assert (found["sc_muspy"], found["pe_muspy"], found["h1_musdr"], found["h4_musdr"]) == (1, 0, 0, 0)
    assert (found["ebr_muspy"], found["polyphony_muspy"], found["pitch_range_muspy"]) == (0, 1, 0)


def test_without_a_grid_only_what_needs_none_is_measured() -> None:
    piece = on_file_grid([(k / 2, 0.5, 60 + k % 5) for k in range(200)])
    unknown = replace(piece, grid="none", bars=np.zeros(0), length=math.nan, chords=("C:maj",) * 4)
    found, whole = measure(unknown), measure(replace(piece, chords=("C:maj",) * 4))
    for metric in METRICS:
        needs_grid = {"quarters", "bars"} & set(metric.needs)
        expected = math.nan if needs_grid else whole[metric.name]
        np.testing.assert_equal(found[metric.name], expected)
    assert not any(math.isnan(value) for value in whole.values())


def test_every_metric_that_needs_chords_is_nan_without_them() -> None:
    found = measure(on_file_grid([(k, 1, 60) for k in range(100)]))
    assert {name for name, value in found.items() if math.isnan(value)} == {
        metric.name for metric in METRICS if "chords" in metric.needs
    }


def test_ten_thousand_notes_are_a_matter_of_milliseconds() -> None:
    rng = np.random.default_rng(0)
    start = np.sort(rng.integers(0, 480 * 4 * 500, 10_000)) / 480
    duration = rng.integers(1, 960, 10_000) / 480
    piece = _of_arrays(start, duration, rng.integers(30, 90, 10_000))
    measure(piece)
    begin = time.process_time()
    found = measure(piece)
    assert time.process_time() - begin < 0.25  # 15 ms on a quiet machine
    assert not any(math.isnan(value) for name, value in found.items() if name != "cpi3_musdr")


def _of_arrays(start: np.ndarray, duration: np.ndarray, pitch: np.ndarray) -> Piece:
    n, end = len(start), start + duration
    notes = Notes(start / 2, duration / 2, pitch.astype(np.uint8), np.full(n, 80, np.uint8))
    length = float(end.max())
    bars = np.arange(length // 4 + 2) * 4.0
    return Piece(notes, start, end, np.zeros(n, bool), length, bars, 480, "file")
