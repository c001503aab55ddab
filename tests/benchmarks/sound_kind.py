"""The piano and the speech score: how well they tell renderings apart, and what real files get.

    SYMMV_DATA=… python -m tests.benchmarks.sound_kind
    SYMMV_DATA=… python -m tests.benchmarks.sound_kind --train > symmv_tools/music/sound_weights.py

Trained on five recordings of every fifth song of POP909 001-700, scored on five of every second of
701-800 (tests/mixtures.py says what a recording is). Real files are only scored.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, fields

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.io import audio, midi
from symmv_tools.music.sound_features import SAMPLE_RATE, SoundFeatures, sound_features
from symmv_tools.music.sound_kind import SoundLimits, score, sound_statistics
from tests.benchmarks.data import data, pop909
from tests.benchmarks.page import hardware, replace_section
from tests.mixtures import KINDS, recordings

Floats = NDArray[np.float64]
Example = tuple[str, SoundFeatures]

POSITIVE = {"piano": ("piano",), "speech": ("talk", "talk over piano")}
NAMES = [field.name for field in fields(SoundFeatures)]
L2 = 0.01
CLIP = 3.0
MEDIA = ("audio/librosa", "audio/madmom", "audio/mirdata_maestro", "video", "video/alt_encode")


def examples(numbers: Iterable[int], count: int) -> list[Example]:
    """Kind and features of `count` recordings of each song; a song's number is its seed."""
    found = []
    with pop909() as folder:
        for number in numbers:
            notes = midi.read(folder / f"{number:03d}" / f"{number:03d}.mid").notes
            for kind, samples in recordings(notes, np.random.default_rng(number), count):
                found.append((kind, sound_features(samples)))
    return found


# --- training -------------------------------------------------------------------------------------


def train(found: Sequence[Example]) -> str:
    """Return the source of `sound_weights.py`."""
    values = np.array([astuple(features) for _, features in found])
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    places = np.clip((values - mean) / deviation, -CLIP, CLIP)
    kinds = np.array([kind for kind, _ in found])
    fitted = {name: fit(places, np.isin(kinds, positive)) for name, positive in POSITIVE.items()}
    columns = zip(NAMES, mean, deviation, fitted["piano"], fitted["speech"], strict=False)  # biases are over
    rows = [
        f'    "{name}": ({m:.4f}, {d:.4f}, {piano:.3f}, {talk:.3f}),' for name, m, d, piano, talk in columns
    ]
    biases = ", ".join(f'"{name}": {weights[-1]:.3f}' for name, weights in fitted.items())
    return "\n".join([HEAD, *rows, "}", "", f"BIASES = {{{biases}}}"])


HEAD = '''"""Weights of the piano and the speech score.

Written by `python -m tests.benchmarks.sound_kind --train` (which says on what); do not edit.
"""

# feature: its mean and deviation over the training recordings; its weight for piano, and for speech
WEIGHTS = {'''


def fit(places: Floats, is_positive: NDArray[np.bool_]) -> Floats:
    """Weights and bias of a logistic regression (features + 1,), both classes weighing the same."""
    sign = np.where(is_positive, 1.0, -1.0)
    share = np.where(is_positive, 0.5 / is_positive.mean(), 0.5 / (1 - is_positive.mean())) / len(sign)
    inputs = np.column_stack([places, np.ones(len(places))])

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * (inputs @ weights)
        pull = -share * sign / (1 + np.exp(margin))
        penalty = np.r_[weights[:-1], 0.0]
        value = share @ np.logaddexp(0, -margin) + L2 * penalty @ penalty
        return float(value), inputs.T @ pull + 2 * L2 * penalty

    best: Floats = scipy.optimize.minimize(loss, np.zeros(inputs.shape[1]), jac=True, method="L-BFGS-B").x
    return best


# --- scoring --------------------------------------------------------------------------------------


def auc(positive: Floats, negative: Floats) -> float:
    """Share of pairs of a positive and a negative that are scored in order; ties count half."""
    above = positive[:, None] - negative[None]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def table(found: Sequence[Example]) -> list[str]:
    """Both scores of every kind, and how well it is told from what each score is for."""
    lines = ["| recordings of POP909 701-800 | how many | piano score, median | AUC against piano | "
             "speech score, median | AUC against speech |", "|---|---|---|---|---|---|"]  # fmt: skip
    scores = {name: np.array([score(name, f) for _, f in found]) for name in POSITIVE}
    kinds = np.array([kind for kind, _ in found])
    for kind in dict.fromkeys(KINDS):
        cells = [f"{kind} | {np.count_nonzero(kinds == kind)}"]
        for name, positive in POSITIVE.items():
            mine, others = scores[name][kinds == kind], scores[name][np.isin(kinds, positive)]
            cells += [f"{np.median(mine):.3f}", "" if kind in positive else f"{auc(others, mine):.3f}"]
        lines.append(f"| {' | '.join(cells)} |")
    whole = [
        f"{name} {auc(scores[name][np.isin(kinds, p)], scores[name][~np.isin(kinds, p)]):.3f}"
        for name, p in POSITIVE.items()
    ]
    return [*lines, "", f"Against all other kinds together: AUC {', '.join(whole)}.", *refused(scores, kinds)]


def refused(scores: dict[str, Floats], kinds: NDArray[np.str_]) -> list[str]:
    """What the default limits refuse, by kind."""
    limits = SoundLimits()
    is_refused = (scores["piano"] < limits.min_piano_score) | (scores["speech"] > limits.max_speech_score)
    shares = [f"{kind} {100 * is_refused[kinds == kind].mean():.0f} %" for kind in dict.fromkeys(KINDS)]
    return ["", f"The default limits refuse of these: {', '.join(shares)}."]


def real_files() -> list[str]:
    """What every real file with sound gets."""
    lines = ["| real file | seconds | pitched share | piano score | speech score |", "|---|---|---|---|---|"]
    for path in sorted(path for folder in MEDIA for path in (data() / folder).iterdir() if path.is_file()):
        try:
            found = sound_statistics(audio.read(path, SAMPLE_RATE))
        except BadMedium:
            continue  # texts, licences, and one silent film
        numbers = f"{found.pitched_share:.2f} | {found.piano_score:.3f} | {found.speech_score:.3f}"
        lines.append(f"| {path.name[:40]} | {found.seconds:.0f} | {numbers} |")
    return lines


def seconds_per_song(work: Callable[[Floats], object]) -> float:
    """CPU seconds for three minutes of noise."""
    noise = np.random.default_rng(0).normal(0, 0.1, 180 * SAMPLE_RATE)
    begin = time.process_time()
    work(noise)
    return time.process_time() - begin


def main() -> None:
    """Train, or write the tables."""
    if "--train" in sys.argv:
        print(train(examples(range(1, 701, 5), 5)))
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    text = "\n".join([
        *table(examples(range(701, 801, 2), 5)), "", *real_files(), "",
        f"Three minutes of sound take {seconds_per_song(sound_statistics):.2f} CPU seconds. Nothing here was "
        "trained on; the talker, the singer and the drums of the first table are synthetic "
        f"(tests/sounds.py). `SYMMV_DATA=… python -m tests.benchmarks.sound_kind`. {hardware()}",
    ])  # fmt: skip
    print(text)
    replace_section("sound_kind", text)


if __name__ == "__main__":
    main()
