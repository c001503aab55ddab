"""Does the video-music CLIP learn what pairs share, and nothing else? Pairs whose shared factors are known.

    SYMMV_DATA=… OMP_NUM_THREADS=1 python -m tests.benchmarks.vmcp [SONGS]

Music: POP909, 24 seconds of each song, played at a tempo (40 to 240 beats a minute), in a register (-18 to 18
semitones) and at a loudness that are drawn for it; rendered, and heard by Musicnn as `symmv eval vmcp` does.
Video: real frames of three clips through a window that pans over them at a speed that follows the tempo, in a
hue that follows the register, as bright as the music is loud. No weights of CLIP are at hand here: frames are
described by a small fixed feature (colour means and spreads, a histogram of hues, difference and displacement
from frame to frame). Training songs are of 001-700 (SONGS of them), test songs are 701-770.

Asked: held-out P@5 of 0.8 or more, from 5/70 at chance; a training on shuffled pairs, and test videos
without the factors, must score chance. A second construction shares mode and tempo alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools.dataset.siblings import Siblings
from symmv_tools.evaluation.result import Line, Result
from symmv_tools.evaluation.retrieval.tagged import Tagger
from symmv_tools.evaluation.retrieval.videos import see_videos
from symmv_tools.evaluation.retrieval.vmcp import Pools, evaluate_vmcp
from symmv_tools.evaluation.systems import Entry, System
from symmv_tools.io import midi
from symmv_tools.io.video import open_video
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.training.journal import Step
from symmv_tools.training.vmcp import train
from symmv_tools.training.vmcp_judge import read_judge
from symmv_tools.training.vmcp_settings import read_preset
from tests.benchmarks.data import data, pop909
from tests.benchmarks.page import hardware, replace_section
from tests.exports import song, write_export

SONGS, VALIDATION, TEST = 500, 40, range(701, 771)
SECONDS, LOOKS = 24, 2  # looks per second
HEIGHT, WIDTH, WINDOW = 72, 128, 64
CLIPS = ("moviepy_big_buck_bunny_0_30.webm", "moviepy_chaplin.mp4", "pyscenedetect/testvideo.mp4")
METRICS = {"p@5_vmcp": "P@5", "p@10_vmcp": "P@10", "p@20_vmcp": "P@20", "average_rank_vmcp": "AR"}

Floats = NDArray[np.float64]


class Factors(NamedTuple):
    """What a song and its video may share; all but `major` from 0 to 1."""

    tempo: float
    register: float
    loudness: float
    major: bool


class Piece(NamedTuple):
    song_id: str
    split: str
    factors: Factors
    midi: bytes


# --- music ------------------------------------------------------------------------------------------


def pieces(pop: Path, songs: int) -> Iterator[Piece]:
    """The songs that train and validate, spread over 001-700, and the test songs."""
    learning = np.unique(np.linspace(1, 700, songs + VALIDATION).astype(int)).tolist()
    for i, number in enumerate([*learning, *TEST]):
        folder = pop / f"{number:03d}"
        rng = np.random.default_rng(number)
        major = folder.joinpath("key_audio.txt").read_text().split()[2].endswith("maj")
        tempo, register, loudness = rng.random(3).tolist()
        factors = Factors(tempo, register, loudness, major)
        split = "test" if number in TEST else "validation" if i % (songs // VALIDATION) == 0 else "train"
        yield Piece(f"pop:{number:03d}", split, factors, midi.write(played(folder, factors)))


def played(folder: Path, factors: Factors) -> Notes:
    """The first seconds of a song at the factors' tempo, register and loudness."""
    notes = midi.read(folder / f"{folder.name}.mid").notes
    beat = float(np.median(np.diff(np.loadtxt(folder / "beat_midi.txt")[:, 0])))
    stretch = 60.0 / (40.0 * 6.0**factors.tempo) / beat
    onset = (notes.onset - notes.onset.min()) * stretch
    heard = onset < SECONDS
    pitch = notes.pitch[heard].astype(int) + round(36 * factors.register) - 18
    velocity = notes.velocity[heard] / notes.velocity[heard].mean() * (25 + 90 * factors.loudness)
    duration = np.minimum(notes.duration[heard] * stretch, SECONDS - onset[heard])
    return make_notes(onset[heard], duration, np.clip(pitch, 21, 108), np.clip(velocity.round(), 1, 127))


# --- video ------------------------------------------------------------------------------------------


def clips() -> list[NDArray[np.uint8]]:
    """Every fifth frame of each clip, (n, HEIGHT, WIDTH, 3)."""
    found = []
    for name in CLIPS:
        with open_video(data() / "video" / name) as video:
            frames = [frame.pixels for batch in video.frames(HEIGHT) for frame in batch][::5][:150]
        resized = [np.asarray(cv2.resize(frame, (WIDTH, HEIGHT)), np.uint8) for frame in frames]
        found.append(np.stack(resized))
    return found


def seen(films: list[NDArray[np.uint8]], shown: Factors, rng: np.random.Generator, by_mode: bool) -> Floats:
    """What the fixed feature makes of a song's video, (looks, d)."""
    film = films[rng.integers(len(films))]
    film = film[:, :, ::-1] if rng.random() < 0.5 else film
    first, at = int(rng.integers(len(film))), rng.random() * WIDTH
    step = 0.5 * 6.0**shown.tempo * (1 if rng.random() < 0.5 else -1)  # pixels in a tenth of a second
    looks = []
    for look in range(SECONDS * LOOKS):
        frame = film[(first + look) % len(film)]
        pair = [_tinted(_window(frame, at + (10 / LOOKS * look + k) * step), shown, by_mode) for k in (0, 1)]
        looks.append(_described(*pair))
    return np.stack(looks)


def _window(frame: NDArray[np.uint8], at: float) -> NDArray[np.float32]:
    """What the window sees at a place; beyond the frame it begins anew."""
    round_trip = np.concatenate([frame, frame[:, :WINDOW]], axis=1).astype(np.float32)
    column, part = divmod(at % WIDTH, 1.0)
    whole, following = (round_trip[:, int(column) + k : int(column) + k + WINDOW] for k in (0, 1))
    width = min(whole.shape[1], following.shape[1])
    return np.asarray((1 - part) * whole[:, :width] + part * following[:, :width], np.float32)


def _tinted(frame: NDArray[np.float32], shown: Factors, by_mode: bool) -> NDArray[np.float32]:
    hue = (0.1 if shown.major else 0.6) if by_mode else 0.8 * shown.register
    light = 0.6 if by_mode else 0.25 + 0.75 * shown.loudness
    colour = cv2.cvtColor(np.array([[[360 * hue, 0.7, 1.0]]], np.float32), cv2.COLOR_HSV2RGB)[0, 0]
    return np.asarray(frame * colour * light, np.float32)


def _described(frame: NDArray[np.float32], following: NDArray[np.float32]) -> Floats:
    hsv = cv2.cvtColor(frame / 255, cv2.COLOR_RGB2HSV)
    hues = np.histogram(hsv[..., 0], 12, (0, 360), weights=hsv[..., 1] * hsv[..., 2])[0]
    hues = hues / max(float(hues.sum()), 1e-6)
    grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (frame, following)]
    (dx, dy), sure = cv2.phaseCorrelate(*grey)
    moved = [np.abs(frame - following).mean() / 255, np.log2(abs(dx) + 0.1), abs(dy), sure]
    rgb = frame.reshape(-1, 3) / 255
    return np.concatenate([rgb.mean(axis=0), rgb.std(axis=0), hues, moved])


# --- exports and judges -----------------------------------------------------------------------------


class Shown(NamedTuple):
    """How pairs are made: `shuffled` gives training videos the factors of other songs, `bare` hides them."""

    name: str
    by_mode: bool = False
    shuffled: bool = False
    bare: bool = False


def export(
    folder: Path, made: list[Piece], heard: list[Any], films: list[NDArray[np.uint8]], how: Shown
) -> Path:
    factors = [piece.factors for piece in made]
    if how.shuffled:
        learned = [i for i, piece in enumerate(made) if piece.split != "test"]
        for i, j in zip(learned, np.random.default_rng(1).permutation(learned).tolist(), strict=True):
            factors[i] = made[j].factors
    rows = [song(piece.song_id, split=piece.split, midi=piece.midi) for piece in made]
    write_export(folder, rows)
    with Siblings(folder, hop_bars=8) as tables:
        for i, row in enumerate(rows):
            shown = Factors(0.5, 0.5, 0.5, True) if how.bare else factors[i]
            looks = seen(films, shown, np.random.default_rng([7, i]), how.by_mode)
            sides = {"features_music": heard[i]}
            sides["features_semantic"] = {"start": 0.0, "rate": float(LOOKS), "value": looks}
            tables.add({**row, "beat": None}, sides)
    return folder


def trained(pairs: Path, run: Path, steps: list[Step]) -> None:
    settings = replace(
        read_preset("default"),
        width=128, layers=1, feedforward=256, embedding=64, dropout=0.2, most_segments=4,
        epochs=60, patience=0, learning_rate=2e-3, average_steps=100.0,
    )  # fmt: skip
    train(pairs, run, settings, say=lambda line: None, watch=steps.append)


def judged(pairs: Path, run: Path, tagger: Tagger) -> tuple[Result, float]:
    began = time.monotonic()
    judge = read_judge(run)
    videos = see_videos(pairs, judge, "test")
    real = System(pairs.name, pairs, "test")
    found = evaluate_vmcp(videos, [], judge, tagger, Pools(), real=real)
    return found, time.monotonic() - began


def main() -> None:
    songs, began = int(sys.argv[1]) if len(sys.argv) > 1 else SONGS, time.monotonic()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch, pop909() as pop:
        folder = Path(scratch)
        tagger = Tagger(layer="mean_pool", keep=folder / "kept")
        made = list(pieces(pop, songs))
        heard = [tagger(Entry(piece.song_id, row={"midi": piece.midi})) for piece in made]
        listened, films = time.monotonic() - began, clips()
        rows, steps, seconds = [], list[Step](), 0.0
        for name, learn, ask in ASKED:
            for how in (learn, ask):
                if not (folder / how.name).exists():
                    export(folder / how.name, made, heard, films, how)
            run = folder / f"run of {learn.name}"
            if not run.exists():
                trained(folder / learn.name, run, steps)
            found, seconds = judged(folder / ask.name, run, tagger)
            rows.append(row(name, found))
            print(rows[-1], flush=True)
    counts = f"{sum(piece.split == 'train' for piece in made)} songs to learn from, {len(TEST)} to find"
    text = page(rows, counts, steps, seconds, listened, time.monotonic() - began)
    print(text)
    replace_section("vmcp", text)


_THREE, _TWO = Shown("three"), Shown("two", by_mode=True)
ASKED = (
    ("tempo, register, loudness", _THREE, _THREE),
    ("the same, hidden in the test videos", _THREE, Shown("three bare", bare=True)),
    ("the same, trained on shuffled pairs", Shown("shuffled", shuffled=True), _THREE),
    ("tempo and mode alone", _TWO, _TWO),
)


# --- the page ---------------------------------------------------------------------------------------


def row(name: str, found: Result) -> str:
    lines = [found.line(found.real, metric) for metric in METRICS]
    return f"| {name} | {' | '.join(cell(line) for line in lines)} |"


def cell(line: Line | None) -> str:
    assert line is not None
    assert line.mean is not None
    assert line.interval is not None
    digits = 1 if line.metric.startswith("average") else 3
    low, high = line.interval
    return f"{line.mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def page(
    rows: list[str], counts: str, steps: list[Step], seconds: float, listened: float, whole: float
) -> str:
    taken = sum(step.seconds for step in steps)
    speed = sum(step.tokens for step in steps) / taken
    waiting = sum(step.waiting * step.seconds for step in steps) / taken
    command = " ".join(["python -m tests.benchmarks.vmcp", *sys.argv[1:]])
    lines = [
        f"| what pairs share | {' | '.join(METRICS.values())} |",
        f"|---|{'---|' * len(METRICS)}",
        *rows,
        "| chance | 0.071 | 0.143 | 0.286 | 35.5 |",
        "",
        f"{counts}, {SECONDS} s each, pool of {len(TEST)}, 95 % intervals in brackets. Training: "
        f"{speed:,.0f} segments a second, {waiting:.1%} of the steps' time spent waiting for data. Judging "
        f"{len(TEST)} pieces against {len(TEST)} videos with features kept: {seconds:.1f} s. Rendering and "
        f"hearing all songs: {listened:.0f} s.",
        "",
        f"`SYMMV_DATA=… OMP_NUM_THREADS=1 {command}`, {whole:.0f} s. {hardware()}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
