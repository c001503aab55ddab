"""Whether the fingerprint finds one recording again, however it was encoded, and no other.

SYMMV_DATA=… python -m tests.benchmarks.audio_print
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.music.audio_print import SAME_BELOW, audio_print, sameness
from symmv_tools.music.duplicates import find_duplicates
from symmv_tools.music.notes import Notes
from symmv_tools.music.sound_features import SAMPLE_RATE
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section
from tests.mixtures import CODECS, played, through_codec
from tests.sounds import Samples, in_a_room

Prints = list[NDArray[np.uint32]]
SONGS = range(701, 801, 2)
DAMAGED = SONGS[::5]
SECONDS = 100.0
STRANGERS = 5_000


def damages() -> dict[str, Callable[[Samples, np.random.Generator], Samples]]:
    """What may happen to a recording that stays the same one."""

    def cut(samples: Samples, rng: np.random.Generator) -> Samples:
        return samples[int(rng.uniform(5, 30) * SAMPLE_RATE) :]

    def half(samples: Samples, rng: np.random.Generator) -> Samples:
        begin = int(rng.uniform(0, 0.5) * len(samples))
        return samples[begin : begin + len(samples) // 2]

    def noisy(samples: Samples, rng: np.random.Generator) -> Samples:
        level = float(np.sqrt(np.mean(samples**2)))
        return samples + rng.normal(0, 0.1 * level, len(samples))

    def everything(samples: Samples, rng: np.random.Generator) -> Samples:
        return through_codec(noisy(cut(0.5 * samples, rng), rng), *CODECS[2])

    def encoded(codec: tuple[str, str, int, int]) -> Callable[[Samples, np.random.Generator], Samples]:
        return lambda samples, rng: through_codec(samples, *codec)

    return {
        **{f"{codec[1]} {codec[3] // 1000} kbit/s": encoded(codec) for codec in CODECS},
        "20 dB quieter": lambda samples, rng: 0.1 * samples, "5 to 30 s cut off": cut, "one half": half,
        "noise at -20 dB": noisy, "cut, noise and opus": everything,
        "recorded again in a room": lambda samples, rng: in_a_room(samples, SAMPLE_RATE, rng),
    }  # fmt: skip


PERFORMANCES: dict[str, Callable[[Notes], tuple[Notes, int]]] = {
    "on an electric piano, in step": lambda notes: (notes, 4),
    "on a guitar, in step": lambda notes: (notes, 24),
    "1 % slower": lambda notes: (slower(notes), 0),
    "a semitone higher": lambda notes: (replace(notes, pitch=notes.pitch + 1), 0),
}
"""The same song played again: another recording."""


def slower(notes: Notes) -> Notes:
    """The same notes at 0.99 of their tempo."""
    return replace(notes, onset=notes.onset * 1.01, duration=notes.duration * 1.01)


def sound_of(notes: Notes, program: int = 0) -> Samples:
    """The beginning of the song on one instrument."""
    early = notes.take(notes.onset < SECONDS - 2)
    return played(early, program, seconds=SECONDS)


def read_songs() -> dict[int, Notes]:
    """The notes of every song by its number."""
    with pop909() as folder:
        return {n: midi.read(folder / f"{n:03d}" / f"{n:03d}.mid").notes for n in SONGS}


def rates_between(
    prints: Mapping[int, NDArray[np.uint32]], heard: Mapping[int, NDArray[np.uint32]]
) -> list[float]:
    """The bit error rate of each song that was heard again."""
    return [sameness(prints[number], words).bit_error_rate for number, words in heard.items()]


def line(name: str, rates: list[float]) -> str:
    """One row: how many are below the threshold, and the bit error rates."""
    found = sum(rate < SAME_BELOW for rate in rates)
    spread = f"{min(rates):.3f} | {np.median(rates):.3f} | {max(rates):.3f}"
    return f"| {name} | {found} of {len(rates)} | {spread} |"


def speed(prints: Prints) -> str:
    """How fast duplicates are found among many strangers, and whether any is missed or invented."""
    rng = np.random.default_rng(0)
    bits = rng.integers(1, 2**32, (STRANGERS, 600), dtype=np.uint32)
    queue = [(f"stranger {i}", words) for i, words in enumerate(bits)]
    queue += [(f"song {i}", words) for i, words in enumerate(prints)]
    queue += [(f"again {i}", words[30:]) for i, words in enumerate(prints)]
    begin = time.perf_counter()
    found = find_duplicates(queue)
    seconds = time.perf_counter() - begin
    right = sum(found.get(f"again {i}", ("", 1.0))[0] == f"song {i}" for i in range(len(prints)))
    pairs = len(queue) * (len(queue) - 1) // 2
    return (
        f"`find_duplicates` over {STRANGERS:,} random fingerprints of one minute, the {len(prints)} songs, "
        f"and these without their first 3 s: {right} found, {len(found) - right} invented, in "
        f"{seconds:.0f} s; {1000 * seconds / len(queue):.1f} ms per recording, "
        f"{pairs / seconds:,.0f} pairs a second."
    )


def main() -> None:
    """Write the table."""
    songs = read_songs()
    begin = time.process_time()
    sounds = {number: sound_of(notes) for number, notes in songs.items()}
    rendered = time.process_time()
    prints = {number: audio_print(sound, SAMPLE_RATE) for number, sound in sounds.items()}
    printed = time.process_time()
    lines = [
        "| against the piano rendering | found | lowest rate | median | highest |",
        "|---|---|---|---|---|",
    ]
    for name, damage in damages().items():
        rng = np.random.default_rng(0)
        heard = {n: audio_print(damage(sounds[n], rng), SAMPLE_RATE) for n in DAMAGED}
        lines.append(line(f"the same: {name}", rates_between(prints, heard)))
    for name, play in PERFORMANCES.items():
        heard = {n: audio_print(sound_of(*play(songs[n])), SAMPLE_RATE) for n in DAMAGED}
        lines.append(line(f"another: {name}", rates_between(prints, heard)))
    compared = time.process_time()
    rates = [sameness(a, b).bit_error_rate for a, b in combinations(prints.values(), 2)]
    per_pair = (time.process_time() - compared) / len(rates)
    lines.append(line("another: every two songs", rates))
    minutes = sum(len(sound) for sound in sounds.values()) / SAMPLE_RATE / 60
    text = "\n".join([
        *lines, "",
        f"The first {SECONDS:.0f} s of every second song of POP909 701-800, rendered with TimGM6mb; every "
        f"tenth is damaged and played again. A rate below {SAME_BELOW} is one recording. A fingerprint costs "
        f"{(printed - rendered) / minutes:.4f} CPU seconds per minute of sound, `sameness` over all lags "
        f"{1000 * per_pair:.1f} ms per pair. {speed(list(prints.values()))}", "",
        f"`SYMMV_DATA=… python -m tests.benchmarks.audio_print`. {hardware()}",
    ])  # fmt: skip
    print(text, f"\n(rendering: {rendered - begin:.0f} s)")
    replace_section("audio_print", text)


if __name__ == "__main__":
    main()
