"""What a music tagger hears in a piece, as `features_music` has it; kept for the next time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from symmv_tools import checkpoints
from symmv_tools.errors import BadMedium
from symmv_tools.evaluation.sound import Sound
from symmv_tools.evaluation.systems import Entry
from symmv_tools.io.atomic import written
from symmv_tools.models import musicnn
from symmv_tools.music.musicnn_mel import FRAMES_PER_SECOND, hop_frames

_LEAST_SECONDS = 0.5


@dataclass(frozen=True)
class Tagger:
    """Hears a piece as the stage `music_tags` hears audio. Can be pickled.

    `keep` is a folder for what was heard: a piece that is there under the same notes (or the same recording),
    network, renderer and SoundFont is neither rendered nor heard again.
    """

    network: str = "musicnn-mtt"
    layer: str = "penultimate"
    hop_seconds: float = 3.0
    sound: Sound = field(default_factory=Sound)
    keep: Path | None = None

    def __call__(self, entry: Entry) -> dict[str, Any]:
        """Return a piece's `start`, `rate` and `value` (n, d); BadMedium without a sound."""
        kept = None if self.keep is None else self.keep / f"{self._key(entry)}.npy"
        if kept is not None and kept.is_file():
            return self._row(np.load(kept))
        value = self._heard(entry)
        if kept is not None:
            with written(kept) as part, part.open("wb") as file:
                np.save(file, value)
        return self._row(value)

    @property
    def conditions(self) -> dict[str, str]:
        """What the features depend on."""
        return self.sound.conditions(musicnn.SAMPLE_RATE)

    def _heard(self, entry: Entry) -> np.ndarray[Any, np.dtype[np.float16]]:
        samples = self.sound.of(entry, musicnn.SAMPLE_RATE)
        if samples is None:
            raise BadMedium("NO_SOUND", f"{entry.id} has neither MIDI nor audio", "every piece needs one")
        if len(samples) < _LEAST_SECONDS * musicnn.SAMPLE_RATE:
            raise BadMedium("TOO_SHORT", f"{entry.id} lasts less than half a second", "leave it out")
        network = musicnn.load(str(checkpoints.locate(self.network)))
        heard = musicnn.hear(samples, network, self.hop_seconds)
        return np.asarray(getattr(heard, self.layer), np.float16)

    def _row(self, value: np.ndarray[Any, Any]) -> dict[str, Any]:
        return {"start": 0.0, "rate": FRAMES_PER_SECOND / hop_frames(self.hop_seconds), "value": value}

    def _key(self, entry: Entry) -> str:
        raw = entry.midi_bytes()
        if raw is None:
            raw = b"" if entry.audio is None else entry.audio.read_bytes()
        return hashlib.sha256(self._how + raw).hexdigest()[:32]

    @cached_property
    def _how(self) -> bytes:
        weights = checkpoints.declared_sha256(self.network)
        said = [self.network, weights, self.layer, self.hop_seconds, self.conditions]
        return json.dumps(said, sort_keys=True).encode()
