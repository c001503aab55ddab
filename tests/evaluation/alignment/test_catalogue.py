"""What is measured of a whole pair: every name, the clocks, and what is left undefined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from symmv_tools.evaluation.alignment.catalogue import ALONE, CHANCE_SUFFIXES, METRICS, SCORED, measure
from symmv_tools.evaluation.alignment.events import Span
from symmv_tools.evaluation.alignment.scene import Scene, of_row

pytestmark = pytest.mark.quick

SECONDS, BEAT = 60.0, 0.6
CUTS = np.array([3.0, 9.0, 15.0, 21.6, 30.0, 45.0])


def group(time: Any, **parts: Any) -> dict[str, Any]:
    time = np.asarray(time, float)
    return {"time": time, "duration": np.full(len(time), 0.3), **parts}


def row(shift: float = 0.0, **cells: Any) -> dict[str, Any]:
    """A video of a minute, 25 frames a second, and music that beats from its begin, `shift` s later in it."""
    beats = np.arange(0.0, SECONDS - shift, BEAT)
    return {
        "duration": SECONDS,
        "audio_video_offset": shift,
        "video_fps": 25.0,
        "beat": group(beats, value=np.ones(len(beats))),
        "note_midi": group(beats, value=np.full(len(beats), 60), velocity=np.full(len(beats), 80)),
        "shot": {
            "time": np.append(0.0, CUTS),
            "duration": np.diff(np.append(0.0, [*CUTS, SECONDS])),
            "value": ["start", *["cut"] * 4, "fade", "dissolve"],
        },
    } | cells


def features(rate: float = 5.0, seed: int = 0) -> dict[str, Any]:
    """A picture that moves on every beat, and events of both sides at the same times."""
    moves = np.histogram(np.arange(0.0, SECONDS, BEAT) + 1e-6, np.arange(301) * 0.2)[0].astype(np.float16)
    vectors = np.random.default_rng(seed).normal(size=(60, 8))
    vectors[np.arange(60) % 7 > 0] = vectors[0]
    vectors[::7] += 9.0
    even = {"start": 0.0, "rate": 1.0, "value": list(vectors)}
    motion = {"start": 0.2, "rate": rate, "value": list(moves[:, None])}
    return {"features_motion": motion, "features_semantic": even, "features_music": even}


def undefined(scores: dict[str, float]) -> set[str]:
    return {name for name, score in scores.items() if math.isnan(score)}


def test_every_metric_is_measured_and_no_other() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names) == 5 * len(SCORED) + len(ALONE)
    assert list(measure(Scene(Span(0.0, 10.0)))) == names
    assert list(measure(of_row(row(), features(), reference=row()), motion_range=(0.0, 1.0))) == names


def test_a_scene_of_nothing_scores_nothing() -> None:
    assert undefined(measure(Scene(Span(0.0, 10.0)))) == {metric.name for metric in METRICS}


def test_a_perfect_pair_scores_best() -> None:
    found = measure(of_row(row(), features(), reference=row()), motion_range=(0.0, 1.0))
    assert found["tbiou_cuts_vem"] == found["tbiou_cuts_ceiling"] == pytest.approx(6 / 100)
    assert found["cuts_on_beat_70ms"] == 1.0
    assert found["cuts_on_beat_70ms_percentile"] > 80.0
    assert found["biou_beats_vem"] == 1.0
    assert found["onset_motion_pearson"] > 0.9
    assert found["onset_motion_best_lag"] == 0.0
    assert found["event_similarity"] == pytest.approx(1.0)
    # where beats recur within the tolerance, or within the reach of a lag, every turn scores alike
    alike = ("biou_beats_vem", "tbiou_cuts_vem", "tbiou_motion", "onset_motion_best")
    assert undefined(found) <= {name + "_z" for name in alike}


def test_what_is_measured_twice_is_the_same() -> None:
    scene = of_row(row(), features(), reference=row())
    assert str(measure(scene)) == str(measure(scene))


@pytest.mark.parametrize("shift", [0.0, 2.4, -4.8])
def test_music_is_laid_on_the_videos_clock(shift: float) -> None:
    found = measure(of_row(row(shift), features()))
    assert found["cuts_on_beat_70ms"] == 1.0
    assert found["onset_motion_pearson"] > 0.9


def test_music_that_begins_off_the_beat_is_no_longer_on_the_cuts() -> None:
    assert measure(of_row(row(0.25), features()))["cuts_on_beat_70ms"] == 0.0


def test_a_bent_path_is_followed() -> None:
    path = {"music_time": np.array([0.0, 30.0]), "video_time": np.array([0.0, 60.0])}
    bent = of_row(row(alignment=path, duration=30.0), features())
    assert bent.span == Span(0.0, SECONDS)
    assert bent.beat is not None
    assert_allclose(np.diff(bent.beat), 2 * BEAT)
    assert bent.music_events is not None
    assert_allclose(np.diff(bent.music_events.edge), 2.0)


def test_a_scene_is_where_both_sides_are() -> None:
    early = of_row(row(-5.0), features())
    late = of_row(row(5.0, duration=20.0), features())
    assert early.span == Span(0.0, SECONDS - 5.0)
    assert late.span == Span(5.0, 25.0)
    for scene in (early, late):
        for times in (scene.beat, scene.onset, scene.cut):
            assert times is not None
            assert len(times)
            assert ((times >= scene.span.begin) & (times < scene.span.end)).all()


def test_all_that_follows_the_first_shot_is_a_cut() -> None:
    assert_allclose(of_row(row()).cut, CUTS)  # type: ignore[arg-type]


def test_without_a_duration_music_lasts_as_long_as_its_notes() -> None:
    assert of_row(row(duration=None)).span.end == pytest.approx(59.4 + 0.3)


def test_a_video_without_a_cut_has_no_score_and_music_without_a_beat_has_none() -> None:
    still = {"time": np.zeros(1), "duration": np.array([SECONDS]), "value": ["start"]}
    assert math.isnan(measure(of_row(row(shot=still)))["tbiou_cuts_vem"])
    mute = measure(of_row(row(beat=group([], value=[])), features()))
    assert mute["tbiou_cuts_vem"] == mute["cuts_on_beat_70ms"] == mute["tbiou_cuts_vem_chance"] == 0.0
    assert mute["tbiou_cuts_vem_percentile"] == 50.0


@pytest.mark.parametrize(
    ("column", "lost"),
    [
        ("beat", "tbiou cuts_on motion_on biou tempo"),
        ("shot", "tbiou cuts_on motion_on onset_motion"),
        ("note_midi", "onset_motion"),
    ],
)
def test_what_was_not_annotated_is_not_scored(column: str, lost: str) -> None:
    scene = of_row(row() | {column: None}, features(), reference=row())
    names = undefined(measure(scene, motion_range=(0.0, 1.0)))
    expected = {metric.name for metric in METRICS if metric.name.startswith(tuple(lost.split()))}
    assert {name for name in names if not name.endswith("_z")} == {
        name for name in expected if not name.endswith("_z")
    }


def test_features_come_as_a_matrix_or_as_a_list_of_arrays() -> None:
    as_lists = features()
    as_matrices = {name: cell | {"value": np.asarray(cell["value"])} for name, cell in as_lists.items()}
    assert str(measure(of_row(row(), as_lists))) == str(measure(of_row(row(), as_matrices)))


def test_empty_features_are_no_features() -> None:
    empty = {name: cell | {"value": []} for name, cell in features().items()}
    scene = of_row(row(), empty | {"features_colour": None})
    assert (scene.motion, scene.music_events, scene.picture_events) == (None, None, None)


def test_names_say_what_is_beside_what() -> None:
    names = {metric.name for metric in METRICS}
    assert all(metric.name + suffix in names for metric in SCORED for suffix in CHANCE_SUFFIXES)
    assert all(metric.definition and metric.source and metric.title for metric in METRICS)
