"""Three songs as exports see them: one full, one without video, one that is MIDI only."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Row = dict[str, Any]


def labels(times: list[float], values: list[str]) -> Row:
    """A group of labels, each lasting until the next, the last for a second."""
    time = np.array(times)
    return {
        "time": time,
        "duration": np.diff(time, append=time[-1:] + 1.0),
        "value": values,
        "confidence": np.full(len(times), 0.5, np.float32),
    }


def notes(count: int) -> Row:
    """`count` notes, two per second, every other one melody."""
    return {
        "time": np.arange(count) / 2,
        "duration": np.full(count, 0.4),
        "value": (60 + np.arange(count) % 12).astype(np.uint8),
        "velocity": np.full(count, 80, np.uint8),
        "track": ["melody" if i % 2 else "accompaniment" for i in range(count)],
    }


def midi_only(song_id: str = "folder:midi only", split: str = "train", count: int = 16) -> Row:
    """A song that came as a MIDI file: no audio, no video, no shots."""
    return {
        "song_id": song_id,
        "split": split,
        "title": "Scales",
        "duration": count / 2,
        "note_midi": notes(count),
        "beat": {
            "time": np.arange(count) / 2,
            "value": (np.arange(count) % 4 + 1).astype(np.uint8),
            "confidence": np.ones(count, np.float32),
        },
        "chord": labels([0.0, 2.0, 4.0], ["C:maj", "A:min7/b3", "N"]),
        "key_mode": labels([0.0], ["C:major"]),
        "tempo_global": 120.0,
        "pedal": {"time": np.array([]), "duration": np.array([]), "value": np.array([], np.uint8)},
        "midi": b"MThd\x00\xff",
    }


def full(song_id: str = "folder:full", split: str = "train") -> Row:
    """A song with everything that has a meaning here."""
    return midi_only(song_id, split) | {
        "artist": "The Placeholders",
        "audio": {"bytes": None, "path": "a.flac"},
        "video": {"bytes": None, "path": "v.mp4"},
        "video_url": "https://example.org/v?a=1&b=2",
        "video_fps": 25.0,
        "video_width": 640,
        "video_height": 360,
        "audio_video_offset": 1.5,
        "shot": labels([0.0, 2.0, 5.0], ["start", "cut", "dissolve"]),
        "time_signature": {
            "time": np.array([0.0]),
            "numerator": np.array([4], np.uint8),
            "denominator": np.array([4], np.uint8),
        },
        "provenance": [{"stage": "chords", "version": "1.0.0", "variant": None, "model": None,
                        "revision": None, "fingerprint": "ab", "run_at": "2026-11-21"}],
    }  # fmt: skip


def without_video(song_id: str = "folder:no video", split: str = "test") -> Row:
    """A song with audio whose video is null."""
    return midi_only(song_id, split) | {
        "audio": {"bytes": b"RIFF", "path": None},
        "video": None,
        "shot": None,
    }


@pytest.fixture
def midi_only_song() -> Callable[..., Row]:
    """Makes rows of songs that came as MIDI files."""
    return midi_only


@pytest.fixture
def full_song() -> Callable[..., Row]:
    """Makes rows of songs with audio, video and every annotation."""
    return full


@pytest.fixture
def three_songs() -> list[Row]:
    """One full, one MIDI only, one without video; two in train, one in test."""
    return [full(), without_video(), midi_only()]
