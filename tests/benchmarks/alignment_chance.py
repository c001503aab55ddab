"""Is the chance beside the scores of alignment right? Films and music that know nothing of each other.

    SYMMV_DATA=… OMP_NUM_THREADS=1 python -m tests.benchmarks.alignment_chance

Every film is laid against every song, from a random second of it on. There is no link, so scores must be at
their chance: `score - chance` 0 on average, and above `chance_95` in about one pair of twenty. Then the films
are cut again, each cut moved to the frame nearest to the song's nearest beat: what is left of the difference
says what a score can see at all.

Films: two published clips with the shots that a person saw, and films composed from their shots
(tests/transitions.py), 160 x 90, encoded and read by stage `motion` as any video is. Songs: POP909 701-800,
beats and notes as annotated. Intervals resample songs.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.alignment.catalogue import measure
from symmv_tools.evaluation.alignment.scene import of_row
from symmv_tools.evaluation.bootstrap import estimate
from symmv_tools.io import midi
from symmv_tools.music.notes import Notes
from symmv_tools.stage import Done
from symmv_tools.stages import motion
from tests.benchmarks.data import data, pop909
from tests.benchmarks.page import hardware, replace_section
from tests.benchmarks.shots import parts
from tests.readers import read_alone
from tests.transitions import Composed, compose

SEED = 7
SONGS = range(701, 801)
FILMS, SHOTS, SIZE = range(400, 408), 26, (160, 90)
CLIPS = ("moviepy_big_buck_bunny_0_30.webm", "pyscenedetect/testvideo.mp4")
UNRELATED = (
    "tbiou_cuts_vem",
    "cuts_on_beat_70ms",
    "tbiou_motion",
    "motion_on_beat_100ms",
    "onset_motion_pearson",
    "onset_motion_spearman",
    "onset_motion_best",
)
OF_CUTS = UNRELATED[:2]

Times = NDArray[np.float64]
Scores = list[dict[str, float]]


class Film(NamedTuple):
    """Its cuts and other transitions, and its end, in seconds; and its motion, as the stage gives it."""

    name: str
    cuts: Times
    seconds: float
    fps: float
    motion: Mapping[str, Any]


class Piece(NamedTuple):
    """A song's notes, and its beats in seconds."""

    notes: Notes
    beats: Times


def main() -> None:
    """Measure all pairs, and write the tables."""
    films = [*clips(), *composed()]
    with pop909() as folder:
        songs = [read(folder, name) for name in SONGS]
    rng = np.random.default_rng(SEED)
    starts = rng.uniform(0.0, 1.0, (len(songs), len(films)))
    tables = []
    for group, chosen in (("clips", range(2)), ("composed films", range(2, len(films)))):
        unrelated = [[pair(songs[i], films[k], starts[i, k]) for k in chosen] for i in range(len(songs))]
        recut = [[pair(songs[i], films[k], starts[i, k], True) for k in chosen] for i in range(len(songs))]
        tables += [row(f"{group}, unrelated", name, unrelated) for name in UNRELATED]
        tables += [row(f"{group}, cut to the beat", name, recut) for name in OF_CUTS]
        print(*tables, sep="\n", flush=True)
    text = "\n\n".join([INTRODUCTION, "\n".join([HEAD, *tables]), described(films), hardware()])
    print(text)
    replace_section("alignment_chance", text)


INTRODUCTION = (
    "Films and music that have nothing to do with each other, and the same films with every cut moved to "
    "the song's nearest beat. `above 95 %`: share of pairs that score above `chance_95`. Intervals resample "
    "songs; the films are always the same."
)
HEAD = (
    "| films | score | pairs | mean | chance | mean - chance (95 %) | above 95 % | percentile |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|"
)


def clips() -> Iterator[Film]:
    """Yield the published clips with the transitions that a person saw."""
    known = json.loads((data() / "video" / "shots.json").read_text())["clips"]
    for name in CLIPS:
        clip = known[name]
        middles = [np.mean(gradual["span"]) for gradual in clip["gradual"] if gradual["span"][0] > 1]
        frames = np.sort([*clip["cuts"], *middles])
        path = data() / "video" / name
        yield Film(name, frames / clip["fps"], clip["frames"] / clip["fps"], clip["fps"], moved(path))


def composed() -> Iterator[Film]:
    """Yield the composed films, their transitions as they were made."""
    known = json.loads((data() / "video" / "shots.json").read_text())["clips"]
    sources = [small(part) for name in CLIPS for part in parts(data() / "video" / name, known[name])]
    with tempfile.TemporaryDirectory() as folder:
        for seed in FILMS:
            film = compose(sources, seed, SHOTS)
            path = written(film, Path(folder))
            frames = np.array([math.ceil((t.first + t.last) / 2) for t in film.transitions])
            yield Film(f"composed {seed}", frames / film.fps, film.length / film.fps, film.fps, moved(path))


def small(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures at the size of the composed films."""
    scaled = [cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA) for picture in pictures]
    return np.stack(scaled).astype(np.uint8)


def written(film: Composed, folder: Path) -> Path:
    """Encode a film."""
    path = folder / "film.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=film.fps)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": "23", "preset": "veryfast", "threads": "1"}
        for picture in film.pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def moved(path: Path) -> Mapping[str, Any]:
    """Return `features_motion` of a file."""
    outcome = read_alone(motion.STAGE, path)
    assert isinstance(outcome, Done), outcome
    found: Mapping[str, Any] = outcome.values["features_motion"]
    return found


def read(folder: Path, name: int) -> Piece:
    """Notes and annotated beats of a song of POP909."""
    beats = np.loadtxt(folder / f"{name:03d}" / "beat_midi.txt", usecols=0, ndmin=1)
    return Piece(midi.read(folder / f"{name:03d}" / f"{name:03d}.mid").notes, beats)


def pair(song: Piece, film: Film, part: float, is_recut: bool = False) -> dict[str, float]:
    """Score a film with a song from `part` (0 to 1) of what it has before and after the film."""
    start = song.beats[0] + part * max(0.0, song.beats[-1] - film.seconds - song.beats[0])
    cuts = on_beats(film, song.beats - start) if is_recut else film.cuts
    none = np.zeros(len(song.beats), np.uint8)
    shot = {
        "time": np.append(0.0, cuts),
        "duration": np.diff([0.0, *cuts, film.seconds]),
        "value": ["start", *["cut"] * len(cuts)],
    }
    row = {
        "duration": song.notes.end,
        "audio_video_offset": -start,
        "video_fps": film.fps,
        "beat": {"time": song.beats, "value": none},
        "note_midi": song.notes.as_group(),
        "shot": shot,
    }
    return measure(of_row(row, {"features_motion": film.motion}))


def on_beats(film: Film, beats: Times) -> Times:
    """Return the film's cuts, each moved to the frame nearest to the nearest beat."""
    nearest = beats[np.abs(film.cuts[:, None] - beats).argmin(axis=1)]
    return np.unique(np.clip(np.round(nearest * film.fps), 1, film.seconds * film.fps - 1)) / film.fps


def row(films: str, name: str, songs: Sequence[Scores]) -> str:
    """One line of the table: all pairs of a score."""
    score, chance, high, percentile = (
        np.array([[one[name + suffix] for one in song] for song in songs])
        for suffix in ("", "_chance", "_chance_95", "_percentile")
    )
    difference = estimate(np.nanmean(score - chance, axis=1), np.ones(len(songs)))
    assert difference.interval is not None
    low, top = difference.interval
    above = np.mean(score > high + 1e-9)
    cells = [f"{score.size}", f"{np.nanmean(score):.3f}", f"{np.nanmean(chance):.3f}"]
    cells += [f"{difference.mean:+.4f} ({low:+.4f} to {top:+.4f})", f"{100 * above:.1f} %"]
    return f"| {films} | `{name}` | {' | '.join(cells)} | {np.nanmean(percentile):.1f} |"


def described(films: Sequence[Film]) -> str:
    """What was measured on what, and how to do it again."""
    n = [len(film.cuts) for film in films]
    return (
        f"POP909 701-800 against {len(CLIPS)} published clips ({n[0]} and {n[1]} transitions in "
        f"{films[0].seconds:.0f} and {films[1].seconds:.0f} s) and {len(FILMS)} composed films "
        f"({sum(n[2:])} in {sum(film.seconds for film in films[2:]):.0f} s); 1,000 turns each, seed {SEED}. "
        "`SYMMV_DATA=… OMP_NUM_THREADS=1 python -m tests.benchmarks.alignment_chance`."
    )


if __name__ == "__main__":
    main()
