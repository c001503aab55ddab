"""Music against music, heard by the real Musicnn: what is the same comes first, and chance is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.result import Line, Result
from symmv_tools.evaluation.retrieval.heard import Ear, segment_edges
from symmv_tools.evaluation.retrieval.music import Asked, evaluate_retrieval
from symmv_tools.evaluation.systems import System, open_systems
from symmv_tools.io.midi import write
from symmv_tools.music.notes import make_notes
from tests.evaluation.pieces import noise, tune, write_pieces

SONGS = 5


def two_systems(folder: Path, names: str, bars: int) -> list[System]:
    """The same tunes twice, as real music and as a system's."""
    for system in ("real", "ours"):
        write_pieces(folder / system, [(name, tune(i, bars)) for i, name in enumerate(names)])
    return open_systems([str(folder / "real"), str(folder / "ours")])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Real tunes, the same tunes as a system's, and noise of another; the last with one tune too many."""
    folder = tmp_path_factory.mktemp("systems")
    write_pieces(folder / "real", [(f"s{i}", tune(i, 3)) for i in range(SONGS)])
    write_pieces(folder / "copies", [(f"s{i}", tune(i, 3)) for i in range(SONGS)])
    write_pieces(folder / "noise", [(f"s{i}", noise(i, 3)) for i in range(SONGS + 1)])
    systems = open_systems([str(folder / name) for name in ("real", "copies", "noise")])
    return evaluate_retrieval(systems, Ear(unit="piece"), Asked(pool_size=4, repeats=3))


def line(found: Result, system: str, metric: str) -> Line:
    cell = found.line(system, metric)
    assert cell is not None
    return cell


def test_a_copy_of_the_truth_comes_first(found: Result) -> None:
    assert line(found, "copies", "average_rank_pool4").mean == 1.0
    assert line(found, "copies", "mrr_pool4").mean == 1.0


def test_every_figure_stands_beside_its_chance(found: Result) -> None:
    assert line(found, "noise", "average_rank_pool4").chance == 2.5
    assert line(found, "noise", "p@5_pool4").chance == 1.0  # of four
    assert line(found, "noise", "kl_tags_musicnn").chance is not None


def test_a_piece_without_a_partner_is_counted_and_not_ranked(found: Result) -> None:
    cell = line(found, "noise", "mrr_pool4")
    assert (cell.n, cell.undefined) == (SONGS, 1)


def test_distances_to_real_music_are_least_for_real_music(found: Result) -> None:
    copies, noisy = (line(found, name, "fad_musicnn").mean for name in ("copies", "noise"))
    assert copies is not None
    assert noisy is not None
    assert copies == pytest.approx(0.0, abs=1e-6)
    assert noisy > 1.0
    assert line(found, "copies", "kl_tags_musicnn").mean == pytest.approx(0.0, abs=1e-6)


def test_the_renderer_is_part_of_the_result(found: Result) -> None:
    assert set(found.conditions) == {"network", "unit", "renderer", "soundfont", "sample rate", "pools"}


def test_too_few_songs_for_a_pool_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="a pool of 64 needs 63 other candidates"):
        evaluate_retrieval(two_systems(tmp_path, "ab", 2), Ear(unit="piece"), Asked())


def test_samples_of_other_songs_are_refused(tmp_path: Path) -> None:
    two_systems(tmp_path, "ab", 2)
    for name, other in (("a", "x"), ("b", "y")):
        (tmp_path / "ours" / f"{name}.mid").rename(tmp_path / "ours" / f"{other}.mid")
    systems = open_systems([str(tmp_path / "real"), str(tmp_path / "ours")])
    with pytest.raises(BadCall, match=r"no piece of ours \(x, …\) is named after one of real \(a, …\)"):
        evaluate_retrieval(systems, Ear(unit="piece"), Asked(pool_size=2))


@pytest.mark.parametrize(
    ("quarters", "segments"), [(1, 0), (28, 0), (29, 1), (32, 1), (60, 1), (61, 2), (68, 2)]
)
def test_segments_are_eight_bars_of_the_file_s_own_tempo(quarters: int, segments: int) -> None:
    """At 60 beats a minute one lasts 32 s; it counts if the notes reach its last bar."""
    notes = make_notes(
        np.arange(float(quarters)), np.ones(quarters), np.full(quarters, 60), np.full(quarters, 80)
    )
    edges = segment_edges(write(notes, tempo_bpm=60.0), "x")
    expected = 32.0 * np.arange(segments + 1) if segments else [0.0, quarters]
    np.testing.assert_allclose(edges, expected, atol=1e-3)


def test_a_segment_is_ranked_against_other_songs_only(tmp_path: Path) -> None:
    """Both songs have two segments: three candidates are of another song or the truth, and not four."""
    systems = two_systems(tmp_path, "ab", 16)
    found = evaluate_retrieval(systems, Ear(), Asked(pool_size=3, repeats=2))
    assert line(found, "ours", "mrr_pool3").n == 4
    with pytest.raises(BadCall, match="a pool of 4 needs 3 other candidates"):
        evaluate_retrieval(systems, Ear(), Asked(pool_size=4))
