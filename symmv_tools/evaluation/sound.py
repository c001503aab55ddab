"""How a piece sounds to an evaluation: its recording, or its notes through one SoundFont for all systems."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall
from symmv_tools.evaluation.systems import Entry, System
from symmv_tools.io import audio
from symmv_tools.io.midi import parse
from symmv_tools.io.render import RENDERED_AT, default_soundfont, render_mono


@dataclass(frozen=True)
class Sound:
    """Turns pieces into mono sound; what it depends on is part of every result that rests on it.

    `soundfont` is the path of an sf2 file; without one it is TimGM6mb.sf2, which pretty_midi brings.
    """

    soundfont: str | None = None

    def of(self, entry: Entry, sample_rate: int) -> NDArray[np.float32] | None:
        """Return a piece's sound, shape (n,) in -1 to 1, at `sample_rate` Hz; None if it has none.

        Notes are rendered with their pedal; a recording is taken where there are no notes, so that
        real and generated music go through the same renderer wherever both have notes. Raises
        BadMedium for a broken file and MissingPackage without the renderer.
        """
        raw = entry.midi_bytes()
        if raw is None:
            return None if entry.audio is None else audio.read(entry.audio, sample_rate)
        said = parse(raw, entry.id)
        return render_mono(said.notes, said.pedal, sample_rate, self._font)

    def conditions(self, sample_rate: int) -> dict[str, str]:
        """Return what a figure rests on: renderer and version, SoundFont and digest, sample rates."""
        font = Path(self._font)
        digest = hashlib.sha256(font.read_bytes()).hexdigest()[:12]
        return {
            "renderer": f"tinysoundfont {importlib.metadata.version('tinysoundfont')}",
            "soundfont": f"{font.name} (sha256 {digest})",
            "sample rate": f"rendered at {RENDERED_AT} Hz, heard at {sample_rate} Hz",
        }

    @cached_property
    def _font(self) -> str:
        font = self.soundfont or default_soundfont()
        if not Path(font).is_file():
            raise BadCall(f"there is no SoundFont at {font}", "give the path of an sf2 file")
        return font


def refuse_mixture(systems: Iterable[System]) -> None:
    """Raise BadCall if some systems have notes and others only recordings.

    A renderer sounds unlike a studio: the figures would compare that, and not the music.
    """
    kinds = {system.name: system.has_notes for system in systems}
    if len(set(kinds.values())) > 1:
        recorded = ", ".join(name for name, notes in kinds.items() if not notes)
        raise BadCall(
            f"{recorded}: recorded, while others would be rendered; a renderer would be told from a studio",
            "give all systems as MIDI, or all as recordings of one renderer",
        )
