"""Musicnn: how fast it listens on one core, and how near it comes to the package's own TensorFlow graphs.

    SYMMV_DATA=… python -m tests.benchmarks.musicnn

Speed is in seconds of music per CPU second, one thread, the best of three; decoding includes mixing and
resampling to 16 kHz. "Infinite" are the patches in which the package's own front end overflows under NumPy 2
(`symmv_tools/music/musicnn_mel.py`). Differences are to tests/golden/musicnn.npz, made by
tests/golden/make_musicnn.py: the network's for the same spectrogram, and all of it from the same file.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

import tempfile
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.io import audio, midi
from symmv_tools.io.render import render, write_wav
from symmv_tools.models import musicnn
from symmv_tools.models.musicnn import Musicnn
from symmv_tools.music.musicnn_mel import FRAMES_PER_SECOND, PATCH_FRAMES, log_mel, patches
from tests.benchmarks.data import data, pop909
from tests.benchmarks.page import hardware, replace_section
from tests.golden import make_musicnn

REPEATS = 3
BATCHES = (1, 16)
RECORDINGS = (
    "audio/librosa/Karissa_Hobbs_-_Lets_Go_Fishin.ogg",
    "audio/librosa/147793__setuniman__sweet-waltz-0i-22mi.ogg",
)
OVERFLOW = np.log10(np.finfo(np.float16).max)  # of a spectrogram's value, above which half precision ends

Floats = NDArray[np.floating[Any]]


# --- speed ----------------------------------------------------------------------------------------------


def recordings(scratch: Path) -> Iterator[tuple[str, Path]]:
    """Give name and file of each recording; the last is POP909's 701, rendered."""
    for name in RECORDINGS:
        yield Path(name).name[:30], data() / name
    with pop909() as folder:
        song = midi.read(folder / "701" / "701.mid")
    write_wav(scratch / "701.wav", render(song.notes, song.pedal), 44100)
    yield "POP909 701, rendered, WAV", scratch / "701.wav"


def speed(network: Musicnn) -> list[str]:
    """Return a table of what each part takes."""
    titles = " | ".join(f"network, {n} at once" for n in BATCHES)
    lines = [f"| recording | seconds | decode | mel | {titles} | all, 1 at once | infinite |"]
    lines.append(f"|{'---|' * (6 + len(BATCHES))}")
    with tempfile.TemporaryDirectory() as scratch:
        for name, path in recordings(Path(scratch)):
            samples = audio.read(path, musicnn.SAMPLE_RATE)
            mel = patches(log_mel(samples))
            spent = [
                cpu_seconds(partial(audio.read, path, musicnn.SAMPLE_RATE)),
                cpu_seconds(partial(log_mel, samples)),
                *(cpu_seconds(partial(listen, network, mel, batch)) for batch in BATCHES),
            ]
            seconds = len(samples) / musicnn.SAMPLE_RATE
            factors = [f"{seconds / cost:,.0f}x" for cost in (*spent, sum(spent[:3]))]
            infinite = f"{(mel.max(axis=(1, 2)) >= OVERFLOW).sum()} of {len(mel)}"
            lines.append(f"| {name} | {seconds:.0f} | {' | '.join(factors)} | {infinite} |")
    return lines


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the quickest of a few runs."""
    spent = []
    for _ in range(REPEATS):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent)


def listen(network: Musicnn, mel: NDArray[np.float32], batch: int) -> None:
    """Do what `musicnn.hear` does once there are patches."""
    with torch.inference_mode():
        for start in range(0, len(mel), batch):
            network(torch.tensor(mel[start : start + batch]))


# --- how near -------------------------------------------------------------------------------------------


def differences() -> list[str]:
    """Return a table of the largest differences to what the package said."""
    lines = ["| | logits | penultimate | mean_pool | max_pool |", "|---|---|---|---|---|"]
    hop = make_musicnn.OVERLAP_HOP
    with np.load(make_musicnn.FILE) as golden, tempfile.TemporaryDirectory() as scratch:
        sound = make_musicnn.write_sound(Path(scratch) / "sound.wav")
        samples = audio.read(sound, musicnn.SAMPLE_RATE)
        away = np.abs(log_mel(samples) - golden["mel"]).max()
        mel = torch.from_numpy(patches(golden["mel"], hop).copy())
        for name in make_musicnn.MODELS:
            network = musicnn.load(str(checkpoints.locate(name)))
            with torch.inference_mode():
                found, exactly = network(mel), deepcopy(network).double()(mel.double())
            heard = musicnn.hear(samples, network, hop / FRAMES_PER_SECOND)
            logits = np.log(heard.tags / (1 - heard.tags))
            expected = {layer: golden[f"{name}/{layer}"] for layer in make_musicnn.LAYERS}
            lines.append(row(f"{name}, network", [tensor.numpy() for tensor in found], expected))
            precise = [tensor.numpy() for tensor in exactly]
            lines.append(row(f"{name}, network in double precision", precise, expected))
            lines.append(row(f"{name}, from the file", [logits, *heard[1:]], expected))
            lines.append(f"| {name}, largest value | {' | '.join(map(largest, expected.values()))} |")
    frames = f"{len(mel)} patches of {PATCH_FRAMES} frames"
    return [f"Largest absolute differences over {frames}; of the spectrograms {away:.1e}.", "", *lines]


def row(title: str, found: list[Floats], expected: dict[str, Floats]) -> str:
    """Return a line of the table."""
    pairs = zip(found, expected.values(), strict=True)
    return f"| {title} | {' | '.join(f'{np.abs(mine - theirs).max():.1e}' for mine, theirs in pairs)} |"


def largest(values: Floats) -> str:
    """Return the largest size among values, as a cell."""
    return f"{np.abs(values).max():.1f}"


def main() -> None:
    """Write both tables."""
    torch.set_num_threads(1)
    network = musicnn.load(str(checkpoints.locate("musicnn-mtt")))
    lines = [
        *speed(network),
        "",
        *differences(),
        "",
        f"`SYMMV_DATA=… python -m tests.benchmarks.musicnn`. {hardware()}",
    ]
    print("\n".join(lines))
    replace_section("musicnn", "\n".join(lines))


if __name__ == "__main__":
    main()
