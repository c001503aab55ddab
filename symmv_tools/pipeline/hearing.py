"""The ear of `symmv search`: chroma of the songs and of candidates from the web, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symmv_tools.io import audio, midi
from symmv_tools.io.atomic import written
from symmv_tools.io.web.client import Web
from symmv_tools.io.web.entry import Entry
from symmv_tools.music.chroma import SAMPLE_RATE, Chroma, chroma_of_notes, chroma_of_sound
from symmv_tools.song import Song
from symmv_tools.store.media import media_folder

_NAME = "chroma-1.npz"
"""What is kept of a candidate that was heard; the number rises with chroma.py's meaning."""


@dataclass(frozen=True)
class Ear:
    """Listens to songs and to candidates; `root` is the store's folder."""

    web: Web
    root: Path

    def song(self, song: Song) -> Chroma:
        """Return the chroma of a song's sound, or of its notes where it has no sound of its own.

        Raises BadMedium if the file cannot be read.
        """
        if song.audio:
            return chroma_of_sound(audio.read(song.audio, SAMPLE_RATE), SAMPLE_RATE)
        assert song.midi is not None, "only songs with music are searched for"
        return chroma_of_notes(midi.read(song.midi).notes)

    def candidate(self, entry: Entry) -> Chroma:
        """Return the chroma of a candidate's sound, which is fetched the first time and not kept.

        Other covers of the same song meet the same candidates: their chroma stays, 50 times smaller.
        Raises WebTrouble or Paused if it cannot be fetched.
        """
        kept = media_folder(self.root, entry.web_id) / _NAME
        if not kept.is_file():
            sound = self.web.audio(entry.url)
            _keep(chroma_of_sound(audio.read(sound, SAMPLE_RATE), SAMPLE_RATE), kept)
            sound.unlink()
        with np.load(kept) as arrays:
            return Chroma(**{name: arrays[name].astype(np.float32) for name in arrays.files})


def _keep(chroma: Chroma, path: Path) -> None:
    arrays = {name: array.astype(np.float16) for name, array in vars(chroma).items() if name != "hop_seconds"}
    with written(path) as part, part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
