"""Synthetic MIDI files in which readers could differ: pedals, drums, empty tracks, notes without length.

Only mido is imported, because tests/golden/make_muspy.py uses this where symmv is not installed.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable

import mido

Event = tuple[int, mido.Message]


def note(tick: int, ticks: int, pitch: int, channel: int = 0) -> list[Event]:
    """One note, in ticks from the beginning."""
    on = mido.Message("note_on", note=pitch, velocity=80, channel=channel)
    off = mido.Message("note_off", note=pitch, velocity=0, channel=channel)
    return [(tick, on), (tick + ticks, off)]


def control(tick: int, number: int, value: int, channel: int = 0) -> Event:
    """One controller event."""
    return tick, mido.Message("control_change", control=number, value=value, channel=channel)


def midi_file(*tracks: Iterable[Event], per_quarter: int = 480) -> bytes:
    """A MIDI file of type 1; events of one track and tick keep their order."""
    file = mido.MidiFile(ticks_per_beat=per_quarter)
    for events in tracks:
        track, now = mido.MidiTrack(), 0
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def phrase(n: int, seed: int = 0, per_quarter: int = 480, channel: int = 0) -> list[Event]:
    """`n` notes one after the other, a third of them struck together; pitches do not meet themselves."""
    rng, tick, events = random.Random(seed), 0, []
    for i in range(n):
        tick += rng.choice([0, 1, 2, 3]) * per_quarter // 4 + rng.randrange(3)
        events += note(tick, rng.randrange(1, per_quarter), 40 + (i * 7) % 45, channel)
    return events


def files() -> dict[str, bytes]:
    """Every file by its name."""
    return {
        "one_note": midi_file(note(0, 480, 60)),
        "one_bar": midi_file(note(0, 240, 60) + note(240, 240, 64) + note(960, 900, 67)),
        "late_start": midi_file(note(480 * 9, 480, 60) + note(480 * 12, 480, 61)),
        "pedal_tail": midi_file(phrase(30), [*note(0, 480, 40), control(48000, 64, 0)]),
        "other_controller": midi_file([*phrase(30), control(30000, 7, 100)]),
        "drums": midi_file(phrase(40), phrase(60, seed=1, channel=9)),
        "drums_reach_further": midi_file(phrase(10), note(20000, 100, 36, channel=9)),
        "empty_track": midi_file([], phrase(40), []),
        "no_length": midi_file(phrase(20) + note(100, 0, 90) + note(9000, 0, 91)),
        "struck_again": midi_file(note(0, 960, 60) + note(480, 960, 60) + note(700, 300, 60)),
        "two_channels": midi_file(phrase(50, seed=2) + phrase(50, seed=3, channel=1)),
        "coarse": midi_file(phrase(80, seed=4, per_quarter=24), per_quarter=24),
        "fine": midi_file(phrase(80, seed=5, per_quarter=960), per_quarter=960),
        "odd": midi_file(phrase(200, seed=6, per_quarter=220), per_quarter=220),
    }
