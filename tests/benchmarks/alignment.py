"""Where does the music lie in the video? POP909, rendered, cut, stretched, with drums and noise.

    SYMMV_DATA=… python -m tests.benchmarks.alignment

The music is a song on a piano, or its MIDI file. The video's sound is the same song on another instrument,
transposed by up to 6 semitones, in half of the cases slower or faster by up to 12 %, with a drum set of
noise bursts on the annotated beats, as loud as the song, and white noise 10 dB below. Its first 5 to 25
seconds are cut off, or 5 to 25 seconds of another song stand before it. What each moment of the music
became is known, and so is where the path says it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.io.render import render
from symmv_tools.music.chroma import SAMPLE_RATE, Chroma, chroma_of_notes, chroma_of_sound
from symmv_tools.music.matching import THRESHOLD, Match, compare
from symmv_tools.music.notes import Notes
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section
from tests.benchmarks.verify_pairs import PROGRAMS, changed, drawn_change

SEED = 9
TUNED, VALIDATION = range(1, 701), range(701, 801)
N_TUNED, N_VALIDATION = 10, 30
NOISE_DB = -10.0

Floats = NDArray[np.float64]


class Sound(NamedTuple):
    """What the video plays; video time = `stretch` x music time + `shift`, the song is in from `start`."""

    samples: NDArray[np.float32]
    stretch: float
    shift: float
    start: float


class Result(NamedTuple):
    """One alignment: error of the begin, seconds; of every beat (n,); its score, and seconds of CPU."""

    begin: float
    beats: Floats
    score: float
    is_key_right: bool
    seconds: float


def video_of(notes: Notes, beats: Floats, other: Notes, rng: np.random.Generator) -> tuple[Sound, int]:
    """Return what a video could play of a song, and by how many semitones it is transposed."""
    semitones, stretch = drawn_change(rng)
    stretch = stretch if rng.random() < 0.5 else 1.0
    sound = played(changed(notes, semitones, stretch), int(rng.choice(PROGRAMS)))
    beating = drums(beats * stretch, len(sound), rng)
    sound = sound + beating * (rms(sound) / rms(beating))
    seconds = rng.uniform(5.0, 25.0)
    samples = round(seconds * SAMPLE_RATE)
    if rng.random() < 0.5:
        sound, shift = sound[samples:], -samples / SAMPLE_RATE
    else:
        before = played(other.take(other.onset < seconds), 0)[:samples]
        before = np.pad(before, (0, samples - len(before)))
        sound, shift = np.concatenate([before, sound]), samples / SAMPLE_RATE
    sound = sound + rng.standard_normal(len(sound)) * rms(sound) * 10 ** (NOISE_DB / 20)
    return Sound((sound / np.abs(sound).max()).astype(np.float32), stretch, shift, max(shift, 0.0)), semitones


def played(notes: Notes, program: int) -> Floats:
    """Samples of `notes`, mono."""
    samples: Floats = render(notes, sample_rate=SAMPLE_RATE, program=program).mean(axis=1, dtype=np.float64)
    return samples


def drums(beats: Floats, n_samples: int, rng: np.random.Generator) -> Floats:
    """A kick on odd beats, a snare on even ones, a hat on all half-beats: bursts of noise and a low tone."""
    sound = np.zeros(n_samples)
    t = np.arange(round(0.25 * SAMPLE_RATE)) / SAMPLE_RATE
    kick = np.sin(2 * np.pi * 60 * t) * np.exp(-t / 0.08) * 2
    for i, beat in enumerate(beats):
        snare = rng.standard_normal(len(t)) * np.exp(-t / 0.06)
        add(sound, beat, snare if i % 2 else kick)
        half = beat + 0.5 * (beats[min(i + 1, len(beats) - 1)] - beat)
        for when in (beat, half):
            add(sound, when, np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-t / 0.02) * 0.3)
    return sound


def add(sound: Floats, when: float, burst: Floats) -> None:
    """Add `burst` to `sound` at `when` seconds, what does not fit being cut."""
    at = round(when * SAMPLE_RATE)
    piece = burst[: max(0, len(sound) - at)]
    sound[at : at + len(piece)] += piece


def rms(samples: Floats) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples**2))) or 1.0


def result(music: Chroma, video: Chroma, sound: Sound, semitones: int, beats: Floats) -> Result:
    """Align, and say how wrong it is at the song's first moment in the video and at every beat in it."""
    begun = time.process_time()
    match = compare(music, video)
    seconds = time.process_time() - begun
    truth = beats * sound.stretch + sound.shift
    audible = (truth >= sound.start) & (truth < video.seconds)
    error = np.abs(predicted(match, beats[audible]) - truth[audible])
    is_right = (match.transposition - semitones) % 12 == 0
    return Result(float(error[0]), error, match.score, is_right, seconds)


def predicted(match: Match, beats: Floats) -> Floats:
    """Video times of `beats`; infinite without a path."""
    return match.video_times(beats) if len(match.music_time) else np.full(len(beats), np.inf)


def results(folder: Path, names: Sequence[int], rng: np.random.Generator) -> Iterator[dict[str, Result]]:
    """Yield the alignments of each song, by what the music is."""
    for i, name in enumerate(names):
        notes, beats = read(folder, name)
        other, _ = read(folder, names[i - 1])
        sound, semitones = video_of(notes, beats, other, rng)
        video = chroma_of_sound(sound.samples, SAMPLE_RATE)
        audio = chroma_of_sound(played(notes, 0).astype(np.float32), SAMPLE_RATE)
        forms = {"audio": audio, "MIDI": chroma_of_notes(notes)}
        found = {form: result(music, video, sound, semitones, beats) for form, music in forms.items()}
        worst = ", ".join(f"{form} {r.begin * 1000:.0f} ms" for form, r in found.items())
        print(f"{name:03d}: begin {worst}, stretch {sound.stretch:.3f}", flush=True)
        yield found


def read(folder: Path, name: int) -> tuple[Notes, Floats]:
    """Notes and annotated beats, seconds, of a song of POP909."""
    beats = np.loadtxt(folder / f"{name:03d}" / "beat_midi.txt", usecols=0, ndmin=1)
    return midi.read(folder / f"{name:03d}" / f"{name:03d}.mid").notes, beats


def row(name: str, songs: Sequence[Result]) -> str:
    """One line of the table, milliseconds."""
    begin = np.array([song.begin for song in songs]) * 1000
    beats = np.concatenate([song.beats for song in songs]) * 1000
    of_song = np.array([np.median(song.beats) for song in songs]) * 1000
    cells = [
        f"{len(songs)}",
        *(f"{np.quantile(begin, q):.0f}" for q in (0.5, 0.95, 1.0)),
        *(f"{np.quantile(beats, q):.0f}" for q in (0.5, 0.95)),
        f"{of_song.max():.0f}",
        f"{sum(song.score >= THRESHOLD for song in songs)}",
        f"{sum(song.is_key_right for song in songs)}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


HEAD = (
    "| music | songs | begin: median | 95 % | worst | every beat: median | 95 % | worst song's median | "
    "accepted | key right |\n|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Render, align, and write the table."""
    rng = np.random.default_rng(SEED)
    with pop909() as folder:
        tuned = list(results(folder, rng.choice(TUNED, N_TUNED, replace=False).tolist(), rng))
        unseen = list(results(folder, rng.choice(VALIDATION, N_VALIDATION, replace=False).tolist(), rng))
    halves = {"001-700, tuned on": tuned, "701-800, validation": unseen}
    lines = [
        row(f"{form} of {half}", [found[form] for found in songs])
        for form in ("audio", "MIDI")
        for half, songs in halves.items()
    ]
    seconds = np.mean([found[form].seconds for found in unseen for form in found])
    text = "\n\n".join(
        [
            "POP909 on a piano, or as MIDI, against itself on another instrument, transposed by up to 6 "
            "semitones, in half of the cases stretched by up to 12 %, with drums as loud as the song and "
            "noise 10 dB below, its first 5 to 25 s cut off or as much of another song before it. Errors in "
            "milliseconds: of the song's first beat in the video, and of every beat in it. **There are no "
            "vocals and no other production in these: read the figures as an upper bound.**",
            "\n".join([HEAD, *lines]),
            f"`compare` takes {seconds:.2f} s of CPU per pair, chroma not counted. Seed {SEED}. "
            f"`SYMMV_DATA=… python -m tests.benchmarks.alignment`. {hardware()}",
        ]
    )
    print(text)
    replace_section("alignment", text)


if __name__ == "__main__":
    main()
