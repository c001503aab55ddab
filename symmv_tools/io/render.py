"""Notes to audio through a SoundFont, without any program of the system: tinysoundfont is a wheel."""

from __future__ import annotations

import importlib.util
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from symmv_tools.errors import BadCall, MissingPackage
from symmv_tools.music.notes import Notes

TAIL_SECONDS = 1.0
"""How long the sound goes on after the last note."""

RENDERED_AT = 44_100
"""Hz at which `render_mono` renders."""


def render(
    notes: Notes,
    pedal: Mapping[str, Any] | None = None,
    *,
    sample_rate: int = 44100,
    soundfont: str | None = None,
    program: int = 0,
) -> NDArray[np.float32]:
    """Return the sound of `notes`, stereo, shape (n, 2), in -1 to 1, with a tail of one second.

    All tracks sound on one instrument, General MIDI `program` (0 to 127, 0 = grand piano). Only
    what would clip is made quieter, as a whole. `soundfont` is the path of an sf2 file; without one
    we take TimGM6mb.sf2 (GPL-2), which pretty_midi brings. The same notes give the same samples.

    Raises MissingPackage without tinysoundfont (or pretty_midi's font) and BadCall if `soundfont`
    cannot be used.
    """
    synth = _synth(soundfont or default_soundfont(), sample_rate, program)
    release = released(notes, pedal)
    pieces, at = [], 0
    for time, velocity, pitch in _events(notes, release):
        sample = round(time * sample_rate)
        if sample > at:
            pieces.append(_generate(synth, sample - at))
            at = sample
        synth.noteon(0, pitch, velocity)  # velocity 0 ends the note
    end = float(release.max(initial=0.0)) + TAIL_SECONDS
    pieces.append(_generate(synth, round(end * sample_rate) - at))
    sound: NDArray[np.float32] = np.concatenate(pieces)
    sound /= max(1.0, float(np.abs(sound).max(initial=0.0)))
    return sound


def render_mono(
    notes: Notes, pedal: Mapping[str, Any] | None, sample_rate: int, soundfont: str | None = None
) -> NDArray[np.float32]:
    """Return the sound of `notes` in mono, shape (n,), for what listens at `sample_rate` Hz.

    Rendered at 44.1 kHz and brought to that rate: at a low rate the synthesizer's own resampling would
    alias. Arguments and errors as of `render`.
    """
    stereo = render(notes, pedal, sample_rate=RENDERED_AT, soundfont=soundfont)
    mono: NDArray[np.float32] = soxr.resample(stereo.mean(axis=1), RENDERED_AT, sample_rate)
    return mono


def released(notes: Notes, pedal: Mapping[str, Any] | None) -> NDArray[np.float64]:
    """When the damper falls on each note, shape (n,), seconds.

    That is at its end, or when the pedal that is down then comes up, but at the latest when its
    pitch is struck again. (tinysoundfont ignores the sustain pedal, so we hold the notes.)
    """
    release = notes.offset
    if pedal is not None and len(pedal["time"]):
        down = np.asarray(pedal["time"], np.float64)
        up = down + np.asarray(pedal["duration"], np.float64)
        last = np.maximum(np.searchsorted(down, release, side="right") - 1, 0)
        is_held = (down[last] <= release) & (release < up[last])
        release = np.where(is_held, up[last], release)
    again = np.full(len(notes), np.inf)
    order = np.lexsort((notes.onset, notes.pitch))
    is_same = np.diff(notes.pitch[order].astype(int)) == 0
    again[order[:-1][is_same]] = notes.onset[order[1:][is_same]]
    damped: NDArray[np.float64] = np.minimum(release, again)
    return damped


def default_soundfont() -> str:
    """Return the path of the TimGM6mb.sf2 inside pretty_midi; raises MissingPackage if it is not there."""
    spec = importlib.util.find_spec("pretty_midi")  # found, not imported: that takes half a second
    font = Path(spec.origin).with_name("TimGM6mb.sf2") if spec and spec.origin else None
    if font is None or not font.is_file():
        raise MissingPackage(
            "no SoundFont is at hand: pretty_midi, which brings TimGM6mb.sf2, is not installed",
            "run `pip install pretty_midi`, or name an sf2 file of your own",
        )
    return str(font)


def write_wav(path: str | Path, samples: NDArray[np.floating[Any]], sample_rate: int) -> None:
    """Write `samples`, (n,) or (n, channels) in -1 to 1, as a 16-bit WAV file; what is beyond is clipped."""
    whole = np.round(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1 if whole.ndim == 1 else whole.shape[1])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(whole.tobytes())


# --- the synthesizer ------------------------------------------------------------------------------


def _synth(soundfont: str, sample_rate: int, program: int) -> Any:
    try:
        import tinysoundfont
    except ModuleNotFoundError as why:
        raise MissingPackage(
            "the Python package 'tinysoundfont', which turns notes into sound, is not installed",
            "run `pip install --no-deps tinysoundfont` (its pyaudio is for live playback only)",
        ) from why
    if not Path(soundfont).is_file():
        raise BadCall(f"there is no SoundFont at {soundfont}", "give the path of an sf2 file")
    synth = tinysoundfont.Synth(samplerate=sample_rate)
    try:
        synth.program_select(0, synth.sfload(soundfont), 0, program)
    except (RuntimeError, tinysoundfont.SoundFontException) as why:
        raise BadCall(
            f"{soundfont} cannot play program {program}: {why}",
            "take another sf2 file or another program (0 to 127)",
        ) from why
    return synth


def _generate(synth: Any, n_samples: int) -> NDArray[np.float32]:
    return np.frombuffer(synth.generate_simple(n_samples), np.float32).reshape(-1, 2)


def _events(notes: Notes, release: NDArray[np.float64]) -> list[tuple[float, int, int]]:
    """Return (time, velocity, pitch) in order of time; velocity 0 ends a note, and goes first."""
    pitch = notes.pitch.tolist()
    starts = zip(notes.onset.tolist(), notes.velocity.tolist(), pitch, strict=True)
    stops = zip(release.tolist(), [0] * len(notes), pitch, strict=True)
    return sorted([*starts, *stops])
