"""How much does POP909 repeat itself? Structureness indicators of its rendered songs, and what they cost.

    SYMMV_DATA=… [MUSDR=…] python -m tests.benchmarks.structure

Songs 701-800 as the release has them, all tracks and the pedal on one piano, both channels averaged. Beside
them stands white noise of the first ten songs' lengths: a quarter of all moments counts as alike, so chance
is not 0. Times are CPU seconds of one thread.

Where libfmp is importable, the three shortest songs are measured by it, too: its functions with MusDr's
parameters and MusDr's chroma. It asks for an older music21 than bench.txt names, and does not need it here:
`pip install --no-deps libfmp==1.3.0 && pip install "ipython<9" music21`. `MUSDR` is a checkout of MusDr:
we then lay our values beside the self-similarity matrices and scape plots in its musdr/testdata, which were
made by its authors from the five recordings there.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import librosa
import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.bootstrap import estimate
from symmv_tools.evaluation.structure.chroma import FRAME_RATE, slow_chroma
from symmv_tools.evaluation.structure.fitness import highest_fitness, scape_plot
from symmv_tools.evaluation.structure.indicators import SAMPLE_RATE, SCALES
from symmv_tools.evaluation.structure.self_similarity import self_similarity
from symmv_tools.io import audio, midi
from symmv_tools.io.render import default_soundfont, render
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section

SONGS = range(701, 801)
N_NOISE, N_COMPARED = 10, 3
PUBLISHED = (
    "Diff-BGM's Table 2 prints .486 for Real, BGM909's test set, and does not say which scale that is."
)

Floats = NDArray[np.float64]


class Song(NamedTuple):
    """One song: its matrix, its indicators, CPU seconds of rendering and of our three steps."""

    ssm: Floats
    indicators: list[float]
    seconds: list[float]


def measured(samples: NDArray[np.float32], rendering: float = 0.0) -> Song:
    """Measure `samples`, which took so many seconds to render."""
    times = [time.process_time()]
    chroma = slow_chroma(samples, SAMPLE_RATE)
    times.append(time.process_time())
    ssm = self_similarity(chroma)
    times.append(time.process_time())
    indicators = [highest_fitness(ssm, *_frames(scale)) for scale in SCALES.values()]
    times.append(time.process_time())
    return Song(ssm, indicators, [rendering, *np.diff(times).tolist()])


def _frames(scale: Sequence[float]) -> tuple[int, int]:
    shortest, longest = (round(seconds * FRAME_RATE) for seconds in scale)
    return shortest, longest


def songs(folder: Path) -> Iterator[tuple[NDArray[np.float32], float]]:
    """Give the sound of every song, and the seconds it took."""
    for number in SONGS:
        begin = time.process_time()
        file = midi.read(folder / f"{number:03d}" / f"{number:03d}.mid")
        sound = render(file.notes, file.pedal, sample_rate=SAMPLE_RATE).mean(axis=1)
        yield sound, time.process_time() - begin


def libfmp_of(samples: NDArray[np.float32]) -> tuple[Floats, Floats, list[float]]:
    """The matrix and the scape plot by libfmp with MusDr's parameters, and CPU seconds of both."""
    import libfmp.c3
    import libfmp.c4

    times = [time.process_time()]
    fast: Any = librosa.feature.chroma_stft(
        y=samples, sr=SAMPLE_RATE, tuning=0, norm=2, hop_length=2205, n_fft=4410
    )
    slow, _ = libfmp.c3.smooth_downsample_feature_sequence(fast, 10, filt_len=21, down_sampling=5)
    slow = libfmp.c3.normalize_feature_sequence(slow, norm="2", threshold=0.001)
    tempi = libfmp.c4.compute_tempo_rel_set(0.5, 2, 7)
    ssm, _ = libfmp.c4.compute_sm_ti(slow, slow, L=16, tempo_rel_set=tempi, shift_set=np.arange(12))
    ssm = libfmp.c4.threshold_matrix(ssm, thresh=0.25, strategy="relative", scale=True, penalty=-2)
    ssm = libfmp.c4.normalization_properties_ssm(ssm)
    times.append(time.process_time())
    scape: Floats = libfmp.c4.compute_fitness_scape_plot(ssm)[0]
    times.append(time.process_time())
    return ssm, scape, np.diff(times).tolist()


def main() -> None:
    """Measure, and write the section."""
    warnings.simplefilter("ignore")
    measured(_noise(20 * SAMPLE_RATE))  # numba compiles
    sounds: dict[int, NDArray[np.float32]] = {}
    with pop909() as folder:
        found = []
        for sound, seconds in songs(folder):
            found.append(measured(sound, seconds))
            sounds[len(found) - 1] = sound
            for late in sorted(sounds, key=lambda song: len(sounds[song]))[N_COMPARED:]:
                del sounds[late]  # the shortest stay for libfmp
    noise = [measured(_noise(round(len(song.ssm) / FRAME_RATE * SAMPLE_RATE))) for song in found[:N_NOISE]]
    paragraphs = [_indicators(found, noise), _speed(found)]
    if find_spec("libfmp"):
        paragraphs.append(_against_libfmp(list(sounds.values())))
    if checkout := os.environ.get("MUSDR"):
        paragraphs.append(_against_musdr(Path(checkout) / "musdr" / "testdata"))
    text = "\n\n".join([*paragraphs, f"`python -m tests.benchmarks.structure`. {hardware()}"])
    print(text)
    replace_section("structure", text)


def _noise(n_samples: int) -> NDArray[np.float32]:
    return np.random.default_rng(n_samples).normal(0, 0.1, n_samples).astype(np.float32)


def _indicators(found: Sequence[Song], noise: Sequence[Song]) -> str:
    rendered = (
        f"tinysoundfont {version('tinysoundfont')}, {Path(default_soundfont()).name}, program 0, "
        f"{SAMPLE_RATE:,} Hz, mean of both channels"
    )
    rows = [
        f"Renderer: {rendered}. {PUBLISHED}",
        "",
        "| | | mean | sd | n | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]
    for name, measurements in (("POP909 701-800, Real", found), ("white noise as long", noise)):
        for index, scale in enumerate(SCALES):
            values = np.array([song.indicators[index] for song in measurements])
            mean, interval = estimate(values, np.ones(len(values)))
            assert interval is not None
            rows.append(
                f"| {name} | `{scale}` | {mean:.3f} | {values.std(ddof=1):.3f} | {len(values)} | "
                f"{interval[0]:.3f} to {interval[1]:.3f} |"
            )
    return "\n".join(rows)


def _speed(found: Sequence[Song]) -> str:
    frames = np.array([len(song.ssm) for song in found])
    seconds = np.array([song.seconds for song in found])
    longest = max(found, key=lambda song: len(song.ssm))
    begin = time.process_time()
    scape_plot(longest.ssm)
    whole = time.process_time() - begin
    rows = ["| CPU seconds per song | mean | slowest song |", "|---|---|---|"]
    for step, column in zip(
        ("rendering", "chroma", "self-similarity", "three maxima"), seconds.T, strict=True
    ):
        rows.append(f"| {step} | {column.mean():.2f} | {column.max():.2f} |")
    rows += [
        f"| indicators, together | {seconds[:, 1:].sum(axis=1).mean():.2f} | "
        f"{seconds[:, 1:].sum(axis=1).max():.2f} |",
        "",
        f"Songs have {frames.mean() / FRAME_RATE:.0f} s on average, {frames.max() / FRAME_RATE:.0f} s at "
        f"most. The whole scape plot of the longest takes {whole:.1f} s, the three maxima "
        f"{longest.seconds[3]:.1f} s.",
    ]
    return "\n".join(rows)


def _against_libfmp(sounds: Sequence[NDArray[np.float32]]) -> str:
    libfmp_of(sounds[0][: 20 * SAMPLE_RATE])  # numba compiles
    rows = [
        f"Against libfmp {version('libfmp')}, the three shortest of these songs, whole:",
        "",
        "| frames | largest difference of the matrices | of the scape plots | libfmp: matrix, plot, s | "
        "ours: matrix, plot, maxima, s | plot to plot | plot to maxima |",
        "|---|---|---|---|---|---|---|",
    ]
    for sound in sounds:
        ssm, scape, theirs = libfmp_of(sound)
        song = measured(sound)
        begin = time.process_time()
        ours = scape_plot(song.ssm)
        whole = time.process_time() - begin
        matrix, maxima = sum(song.seconds[1:3]), song.seconds[3]
        rows.append(
            f"| {len(ssm)} | {np.abs(ssm - song.ssm).max():.1e} | {np.abs(scape - ours).max():.1e} | "
            f"{theirs[0]:.2f}, {theirs[1]:.1f} | {matrix:.2f}, {whole:.2f}, {maxima:.2f} | "
            f"{theirs[1] / whole:.0f} x | {theirs[1] / maxima:.0f} x |"
        )
    return "\n".join(rows)


def _against_musdr(folder: Path) -> str:
    rows = [
        "Against the files in MusDr's testdata, five jazz solos:",
        "",
        "| frames | scape plot of their matrix, largest difference | their SI short, mid, long | "
        "ours from the recording |",
        "|---|---|---|---|",
    ]
    for path in sorted((folder / "audio").glob("*.mp3")):
        ssm = np.load(folder / "ssm" / f"{path.stem}_ssm.npy")
        scape = np.load(folder / "scplot" / f"{path.stem}_fitness.npy")
        theirs = [scape[low - 1 : high].max(initial=0) for low, high in map(_frames, SCALES.values())]
        song = measured(audio.read(path, SAMPLE_RATE))
        rows.append(
            f"| {len(ssm)} | {np.abs(scape_plot(ssm) - scape).max():.1e} | "
            f"{', '.join(f'{value:.4f}' for value in theirs)} | "
            f"{', '.join(f'{value:.4f}' for value in song.indicators)} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
