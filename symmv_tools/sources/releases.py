"""What a released data set hands over: songs, and for each the annotations that came with it."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.music.beats import Beats
from symmv_tools.song import Song, printable
from symmv_tools.sources.collected import Refusal, medium_trouble

LARGEST_BYTES = 16 << 20
"""No file of these releases is larger than 0.5 MB; one above this is not what it says it is."""

_DEEPEST = 4  # folders below the path given, in which a release is looked for


class Labels(NamedTuple):
    """Chords or keys: from `time` on, for `duration` (both (n,) seconds), `value` holds."""

    time: NDArray[np.float64]
    duration: NDArray[np.float64]
    value: list[str]

    def as_group(self) -> dict[str, Any]:
        """Return the labels as the Row's group; a release says nothing of confidence, so that is null."""
        return {**self._asdict(), "confidence": [None] * len(self.value)}


def beat_group(beats: Beats) -> dict[str, Any]:
    """Return released beats as the Row's group, confidence null."""
    return {"time": beats.time, "value": beats.position, "confidence": [None] * len(beats.time)}


@dataclass(frozen=True)
class Annotation:
    """One annotation of a song: made of `files` and `facts` (what an index says), read when asked for.

    `variant` is the table it belongs to, e.g. `chords@released`; `read` returns the columns of that
    stage and raises BadMedium if a file cannot be used.
    """

    variant: str
    files: tuple[Path, ...]
    read: Callable[[], dict[str, Any]]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Released:
    """A song of a release, its MIDI file where it was found, and its annotations."""

    song: Song
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True)
class Release:
    """What was found of a data set, both lists in order of ids."""

    songs: list[Released] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A data set that can be imported.

    `reader` is the name and version of what reads it; raise the version when the same files come to
    mean something else. `member` says of a path with `/` whether it is a file of the release, and
    its group `keep` is the part of the path that tells which. `is_index` says whether a file is the
    table of its songs. `find` takes the files by that part, and the index if there is one.
    """

    name: str
    reader: str
    member: re.Pattern[str]
    is_index: Callable[[Path], bool]
    find: Callable[[Mapping[str, Path], Path | None, int | None], Release]


def locate(source: Source, root: Path) -> tuple[dict[str, Path], list[Path], list[Refusal]]:
    """Return the release's files below `root` by their part `keep`, the indexes, and the duplicates.

    Two files of one part, as where two copies lie side by side, are refused but for the first.
    """
    files: dict[str, Path] = {}
    indexes: list[Path] = []
    refused: list[Refusal] = []
    for path, name in _files_below(root):
        found = source.member.fullmatch(name)
        if found is None:
            continue
        if source.is_index(path):
            indexes.append(path)
        elif files.setdefault(found["keep"], path) is not path:
            message = f"{printable(name)}: {files[found['keep']]} is the same file of the same song"
            refused.append(Refusal(printable(name), "DUPLICATE", message))
    return files, indexes, refused


def index_of(source: Source, given: Path | None, inside: Sequence[Path], beside: Path) -> Path | None:
    """Return the index given, else the one inside the release, else one in the folder `beside`.

    Raises BadCall if the one given is none, or several are found.
    """
    if given is not None:
        if not given.is_file() or not source.is_index(given):
            raise BadCall(f"{given} is no index of {source.name}", "name the table that the release brings")
        return given
    found = list(inside) or [path for path in sorted(beside.glob("*.*")) if source.is_index(path)]
    if len(found) > 1:
        names = " and ".join(printable(str(path)) for path in found)
        raise BadCall(f"there is more than one index of {source.name}: {names}", "choose one with --index")
    return found[0] if found else None


def _files_below(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files below `root`, sorted, and their paths from its own name on.

    Links to folders are not followed, and what is no ordinary file is passed over: a pipe could keep
    a reader waiting for ever.
    """
    above = root.parent
    for folder, folders, files in os.walk(root):
        below = Path(folder).relative_to(above)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and len(below.parts) <= _DEEPEST)
        for name in sorted(files):
            if (path := Path(folder, name)).is_file():
                yield path, (below / name).as_posix()


# --- text files -----------------------------------------------------------------------------------


def read_text(path: Path) -> str:
    """Return a text file of a release; BadMedium if it is missing, too large or no UTF-8."""
    if trouble := medium_trouble(str(path)):
        raise BadMedium("MEDIA_MISSING", f"{path.name} {trouble[1]}", "unpack the release again")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) <= LARGEST_BYTES:
            return content.decode("utf-8-sig")
    except OSError as why:
        raise BadMedium("UNREADABLE", f"{path.name} cannot be read: {why.strerror}") from why
    except UnicodeDecodeError as why:
        raise BadMedium("BAD_ANNOTATION", f"{path.name} is no text in UTF-8", "unpack it again") from why
    raise BadMedium("TOO_LARGE", f"{path.name} has more than {LARGEST_BYTES:,} bytes; is it the right file?")


def read_table(path: Path, numbers: int, words: int = 0) -> tuple[NDArray[np.float64], list[list[str]]]:
    """Read lines of `numbers` numbers and then `words` words; returns (n, numbers) and the words, n times.

    Raises BadMedium, with the line, for anything else, and if there is no line at all.
    """
    rows, said = [], []
    for line, text in enumerate(read_text(path).rstrip().splitlines(), 1):
        cells = text.split()
        values = _numbers(cells[:numbers])
        if len(cells) != numbers + words or values is None:
            shape = f"{numbers} numbers" + (" and a label" if words else "")
            raise bad_line(path, line, f"{shape} are expected; found {printable(text, 60)!r}")
        rows.append(values)
        said.append(cells[numbers:])
    if not rows:
        raise BadMedium("BAD_ANNOTATION", f"{path.name} is empty", "unpack the release again")
    return np.array(rows, np.float64), said


def _numbers(cells: Sequence[str]) -> list[float] | None:
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None


def read_labels(path: Path, spelled: Callable[[str], str], per_second: float = 1.0) -> Labels:
    """Read lines of start, end and label, in seconds or with so many units `per_second`.

    `spelled` turns a label into ours and raises ValueError if it is none. Raises BadMedium, with the
    line, also for a span that ends before it begins or begins before the last one ended.
    """
    spans, words = read_table(path, 2, 1)
    start, end = spans.T / per_second
    _check_spans(path, start, end)
    return Labels(start, end - start, [_label(path, i, word, spelled) for i, (word,) in enumerate(words, 1)])


def _check_spans(path: Path, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    wrong = (end <= start) | (start < 0) | (np.append(-np.inf, end[:-1]) > start + 1e-6)
    if wrong.any():
        i = int(wrong.argmax())
        raise bad_line(
            path, i + 1, f"the span {start[i]:g} to {end[i]:g} s is empty or overlaps the one before"
        )


def _label(path: Path, line: int, word: str, spelled: Callable[[str], str]) -> str:
    try:
        return spelled(word)
    except ValueError as why:
        raise bad_line(path, line, str(why)) from why


def bad_line(path: Path, line: int, trouble: str) -> BadMedium:
    """Return the refusal of one line of an annotation."""
    return BadMedium("BAD_ANNOTATION", f"{path.name}:{line}: {trouble}", "unpack the release again")
