"""What is evaluated: an export, a run's samples, or any folder of MIDI and audio files, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from symmv_tools.dataset.load import configs, load
from symmv_tools.dataset.row_groups import ID, RowGroups
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.song import file_name, printable

MIDI = (".mid", ".midi")
AUDIO = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a")
SAMPLES = "samples"
"""The folder of a run that holds what its model made."""


@dataclass(frozen=True)
class Entry:
    """One piece of a system: what there is of it.

    `id` is the song_id, or a file's path below its folder without extension. `row` holds the asked
    columns of an export's row, `midi` and `audio` are a folder's files.
    """

    id: str
    midi: Path | None = None
    audio: Path | None = None
    row: Mapping[str, Any] | None = None

    def midi_bytes(self) -> bytes | None:
        """Return the MIDI file's content, if there is one; BadMedium if it cannot be read."""
        if self.row is not None:
            content: bytes | None = self.row.get("midi")
            return content
        if self.midi is None:
            return None
        try:
            return self.midi.read_bytes()
        except OSError as why:
            raise BadMedium("UNREADABLE", f"{self.midi} cannot be read: {why.strerror}") from why


@dataclass(frozen=True)
class System:
    """A row of a table: real music, or what one model made of it. `name` is what tables call it."""

    name: str
    path: Path
    split: str | None = None

    @cached_property
    def is_export(self) -> bool:
        """Whether the folder is what `symmv export` wrote."""
        return bool(configs(self.path))

    @cached_property
    def ids(self) -> list[str]:
        """The ids of all pieces, in their order."""
        if self.is_export:
            return load(self.path, split=self.split, columns=[]).ids()
        return list(self._files)

    @cached_property
    def has_notes(self) -> bool:
        """Whether any piece has notes, and not only sound."""
        return self.is_export or any(midi is not None for midi, _ in self._files.values())

    def entries(self, columns: Sequence[str] = ()) -> Iterator[Entry]:
        """Yield every piece; of an export, with those of `columns` that it has."""
        if self.is_export:
            there = RowGroups(load(self.path, split=self.split).files, None).names
            wanted = [name for name in columns if name in there]
            for row in load(self.path, split=self.split, columns=wanted):
                yield Entry(row[ID], row=row)
        else:
            for name, (midi, audio) in self._files.items():
                yield Entry(name, midi, audio)

    @cached_property
    def _files(self) -> dict[str, tuple[Path | None, Path | None]]:
        """The MIDI and the audio file of each piece, by its name."""
        folder = self.path / SAMPLES if (self.path / SAMPLES).is_dir() else self.path
        found: dict[str, dict[bool, Path]] = {}
        for path in sorted(folder.rglob("*")):
            ending = path.suffix.lower()
            if ending in MIDI + AUDIO and path.is_file() and not path.name.startswith("."):
                name = path.relative_to(folder).with_suffix("").as_posix()
                if (ending in MIDI) in found.setdefault(name, {}):
                    raise BadCall(
                        f"{printable(name)} is there twice in {folder}, with two endings of one kind",
                        "leave one of the two files",
                    )
                found[name][ending in MIDI] = path
        if not found:
            raise BadCall(
                f"{folder} is no export, and holds no MIDI or audio file",
                "looked for " + " ".join(ending.lstrip(".") for ending in MIDI + AUDIO),
            )
        return {name: (files.get(True), files.get(False)) for name, files in found.items()}


def open_system(text: str, split: str | None = None) -> System:
    """Return the system that `NAME=FOLDER` or `FOLDER` names; `split` picks one of an export's.

    Raises BadCall if there is no such folder.
    """
    name, equals, path = text.partition("=")
    if not equals or "/" in name or Path(text).exists():
        name, path = "", text
    folder = Path(path)
    if not folder.is_dir():
        raise BadCall(
            f"there is no folder {printable(path)}",
            "name an export, a run, or a folder of MIDI or audio files",
        )
    system = System(name or folder.absolute().name, folder)
    return System(system.name, folder, split) if system.is_export else system


def open_systems(texts: Iterable[str], split: str | None = None) -> list[System]:
    """Return the systems of a table; BadCall if one is empty or two have one name."""
    systems = [open_system(text, split) for text in texts]
    for system in systems:
        if not system.ids:
            raise BadCall(f"{printable(str(system.path))} holds no piece", "export again, or name another")
    names = [system.name for system in systems]
    for name in names:
        if names.count(name) > 1:
            raise BadCall(
                f"two systems are called {printable(name)!r}", "name them: ours=FOLDER theirs=FOLDER"
            )
    return systems


def partners(system: Sequence[str], real: Sequence[str]) -> dict[str, str]:
    """Return the real piece of every piece of a system that has one, by their ids.

    The same id, or the file name that symmv gives to that song.
    """
    by_name = {file_name(one): one for one in real} | {one: one for one in real}
    return {one: by_name[one] for one in system if one in by_name}


def strangers(name: str, piece: str, real: str, song: str) -> BadCall:
    """Return the error of a system none of whose pieces, such as `piece`, has a partner in real music."""
    return BadCall(
        f"no piece of {name} ({printable(piece)}, …) is named after one of {real} ({printable(song)}, …)",
        "name each sample after its song, as `symmv convert --to midi` names files",
    )
