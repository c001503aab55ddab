"""Every score of alignment with its meaning, and one scene's scores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from symmv_tools.evaluation.alignment import curves, events, motion
from symmv_tools.evaluation.alignment.chance import SEED, Scored
from symmv_tools.evaluation.alignment.curves import Curve
from symmv_tools.evaluation.alignment.events import Span, Times
from symmv_tools.evaluation.alignment.scene import Scene
from symmv_tools.evaluation.metric import Metric

CHANCE_SUFFIXES = ("_chance", "_chance_95", "_z", "_percentile")
"""What is appended to the name of a score in SCORED for its chance: the parts of `chance.Scored`."""

_VEM = "VeM (2511.09585); matching, union and chance as documented by us"
_TURNED = "1,000 random turns (of curves: all but the nearest) round the circle of what both sides span"

SCORED = (
    Metric(
        "tbiou_cuts_vem",
        "beats on cuts, TBIoU",
        "",
        "cuts and beats within 0.5 s of each other, matched one to one, over all cuts and beats together; "
        "NaN without a cut, 0 without a beat",
        _VEM,
    ),
    Metric(
        "cuts_on_beat_70ms",
        "cuts on a beat, 70 ms",
        "",
        "share of cuts that have a beat of their own within 70 ms; NaN without a cut",
        "MIREX's tolerance for beats; chosen by us",
    ),
    Metric(
        "tbiou_motion",
        "beats on motion peaks, IoU",
        "",
        "tbiou_cuts_vem with the peaks of the motion curve, cuts taken out, in place of cuts",
        "TBIoU on what moves within shots; ours",
    ),
    Metric(
        "motion_on_beat_100ms",
        "motion peaks on a beat, 100 ms",
        "",
        "share of motion peaks, cuts taken out, that have a beat of their own within 100 ms; NaN without "
        "a peak",
        "tolerance is half of the motion curve's step; ours",
    ),
    Metric(
        "biou_beats_vem",
        "generated on true beats, BIoU",
        "",
        "beats of the music and of the video's own music within 0.5 s of each other, matched one to one, "
        "over all of both; NaN if the true music has none",
        _VEM,
    ),
    Metric(
        "onset_motion_pearson",
        "onsets with motion, Pearson",
        "",
        "correlation of the velocities that begin in each step of the motion curve with the curve, cuts "
        "taken out, at lag 0",
        "ours",
    ),
    Metric(
        "onset_motion_spearman",
        "onsets with motion, Spearman",
        "",
        "onset_motion_pearson by ranks",
        "ours",
    ),
    Metric(
        "onset_motion_best",
        "onsets with motion, best lag",
        "",
        "the largest onset_motion_pearson with the picture up to 1 s earlier or later; chance is the "
        "best of as many tries",
        "ours",
    ),
    Metric(
        "event_similarity",
        "music's events with the picture's",
        "",
        "correlation of the event curves (1 - cosine of consecutive features) of music and picture, in steps "
        "of the coarser, at lag 0",
        "V2M-Zero's event curves (2603.11042); comparison chosen by us",
    ),
)
"""The scores that stand beside their chance."""

ALONE = (
    Metric(
        "tbiou_cuts_ceiling",
        "highest TBIoU of so many beats and cuts",
        "",
        "fewer over more of cuts and beats: what tbiou_cuts_vem is when every one that can is matched",
        "ours",
    ),
    Metric(
        "onset_motion_best_lag",
        "best lag of onsets with motion",
        "s",
        "the lag of onset_motion_best; positive where the picture follows the music",
        "ours",
    ),
    Metric(
        "tempo_error",
        "tempo against the motion's",
        "octaves",
        "|log2| of the music's tempo over the one to which V-MusProd maps the video's mean motion (90 to 130 "
        "BPM between the least and largest of the training set); 0 is best",
        "V-MusProd (ICCV 2023), section 4.1; the distance is ours",
    ),
    Metric(
        "tempo_error_octave_free",
        "tempo against the motion's, octaves forgiven",
        "octaves",
        "tempo_error with the music's tempo doubled or halved until it is least, 0 to 0.5; 0.25 on average "
        "for a tempo drawn blindly",
        "ours",
    ),
)
"""The scores that have no chance to turn."""


def _with_chance(metric: Metric) -> Iterator[Metric]:
    name, title, unit, _, source, _ = metric
    mean, high, z, percentile = CHANCE_SUFFIXES
    yield metric
    yield Metric(name + mean, f"{title}: chance", unit, f"mean {name} over {_TURNED}", source)
    yield Metric(
        name + high, f"{title}: 95 % of chance", unit, "what 95 % of those turns do not exceed", source
    )
    yield Metric(name + z, f"{title}: z", "sd", f"{name} less its chance, in sd of the turns", source)
    yield Metric(
        name + percentile, f"{title}: percentile", "%", "share of turns below, equal ones half", source
    )


METRICS: tuple[Metric, ...] = (*(each for metric in SCORED for each in _with_chance(metric)), *ALONE)
"""All that `measure` returns, in order."""


ABOVE = "_above_chance"
OF_SYSTEMS: tuple[Metric, ...] = (
    *(
        each
        for metric in SCORED
        for each in (
            metric,
            metric._replace(
                name=metric.name + ABOVE,
                title=f"{metric.title}: above chance",
                definition=f"{metric.name} of a piece less its own chance; 0 for music that does not follow",
            ),
        )
    ),
    *ALONE,
)
"""What is told of a whole system. One piece's z says little: beats that are even meet again at many turns."""


def measure(scene: Scene, *, motion_range: tuple[float, float] | None = None) -> dict[str, float]:
    """Return every metric of METRICS by name; NaN where the scene lacks what it takes, or it is undefined.

    `motion_range` is the export's (`dataset.constants`); without it the tempo's scores are NaN. The turns
    are drawn with a fixed seed, so a scene always scores the same.
    """
    found = dict.fromkeys((metric.name for metric in METRICS), math.nan)
    for part in (_cuts, _true_beats, _motion, _events):
        found |= _flat(part(scene))
    return found | _flat(_tempo(scene, motion_range))


def _flat(scores: Mapping[str, Scored | float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in scores.items():
        parts = value if isinstance(value, Scored) else (value,)
        found |= {name + suffix: part for suffix, part in zip(("", *CHANCE_SUFFIXES), parts, strict=False)}
    return found


def _cuts(scene: Scene) -> dict[str, Scored | float]:
    if scene.beat is None or scene.cut is None or not len(scene.cut):
        return {}
    return {
        "tbiou_cuts_vem": _iou(scene.cut, scene.beat, scene.span, scene.frame),
        "cuts_on_beat_70ms": _share_hit(scene.cut, scene.beat, scene.span, events.BEAT_SECONDS, scene.frame),
        "tbiou_cuts_ceiling": events.ceiling(len(scene.cut), len(scene.beat)),
    }


def _true_beats(scene: Scene) -> dict[str, Scored | float]:
    if scene.beat is None or scene.true_beat is None or not len(scene.true_beat):
        return {}
    return {"biou_beats_vem": _iou(scene.beat, scene.true_beat, scene.span)}


def _motion(scene: Scene) -> dict[str, Scored | float]:
    if scene.motion is None or scene.cut is None:
        return {}
    curve = motion.without_cuts(scene.motion, scene.cut)
    return _motion_on_beats(scene, curve) | _onsets_with_motion(scene, curve)


def _motion_on_beats(scene: Scene, curve: Curve) -> dict[str, Scored | float]:
    peaks = scene.span.cut(motion.peaks(curve))
    if scene.beat is None or not len(peaks):
        return {}
    beat, span, tolerance = scene.beat, scene.span, motion.PEAK_TOLERANCE_SECONDS
    return {
        "tbiou_motion": _iou(peaks, beat, span, curve.step),
        "motion_on_beat_100ms": _share_hit(peaks, beat, span, tolerance, curve.step),
    }


def _onsets_with_motion(scene: Scene, curve: Curve) -> dict[str, Scored | float]:
    if scene.onset is None or scene.velocity is None:
        return {}
    pair = motion.onsets_and_motion(scene.onset, scene.velocity, curve, scene.span)
    best = curves.best_lag(pair)
    return {
        "onset_motion_pearson": curves.correlation(pair),
        "onset_motion_spearman": curves.correlation(pair, by_rank=True),
        "onset_motion_best": best.scored,
        "onset_motion_best_lag": best.lag,
    }


def _events(scene: Scene) -> dict[str, Scored | float]:
    if scene.music_events is None or scene.picture_events is None:
        return {}
    pair = curves.together(scene.music_events, scene.picture_events, scene.span)
    return {"event_similarity": curves.correlation(pair)}


def _tempo(scene: Scene, motion_range: tuple[float, float] | None) -> dict[str, Scored | float]:
    if scene.beat is None or scene.motion_mean is None or motion_range is None:
        return {}
    error = motion.tempo_error(scene.beat, scene.motion_mean, motion_range)
    return {"tempo_error": error.octaves, "tempo_error_octave_free": error.octave_free}


def _iou(first: Times, second: Times, span: Span, raster: float = 0.0) -> Scored:
    return events.iou_by_chance(first, second, span, random=np.random.default_rng(SEED), raster=raster)


def _share_hit(first: Times, beats: Times, span: Span, tolerance: float, raster: float) -> Scored:
    random = np.random.default_rng(SEED)
    return events.share_hit_by_chance(first, beats, span, tolerance, random=random, raster=raster)
