"""What is seen and heard in every second of every song, side by side in one file: made once, mapped by all.

An export keeps the two sides in tables of their own, each at its rate, a few megabytes a song; a training
that reads songs in random order would read whole row groups for each. Here a song is a stretch of a matrix.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.dataset.clock import video_time
from symmv_tools.dataset.features import end_of, open_features, row_of
from symmv_tools.dataset.load import load
from symmv_tools.dataset.row_groups import ID
from symmv_tools.dataset.segments import means
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written

VALUES, INDEX = "values.f16", "index.json"

_NO_VIDEO = "annotate with a vision network (--set semantic.model=…) and export again"
_NO_MUSIC = "annotate the stage music_tags, or rendered_tags for songs of notes alone, and export again"


class Both(NamedTuple):
    """One song in seconds: what is seen (T, dv) and heard (T, dm) in each; float16."""

    video: NDArray[np.float16]
    music: NDArray[np.float16]


class Cache:
    """The songs in a folder that `build` wrote: `song_id`, `split` and `seconds` of each, and `both(i)`.

    May be pickled; a copy maps the file itself.
    """

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / INDEX).read_bytes())
        self.folder, self.left_out = folder, Counter(said["left_out"])
        self.widths: tuple[int, int] = (said["video"], said["music"])
        self.song_id, self.split = list[str](said["song_id"]), list[str](said["split"])
        self.seconds = np.array(said["seconds"], np.int64)
        self._first = np.cumsum(self.seconds) - self.seconds
        self._values = self._mapped()

    def both(self, number: int) -> Both:
        """Return one song, whole."""
        first, width = int(self._first[number]), self.widths[0]
        rows = self._values[first : first + int(self.seconds[number])]
        return Both(rows[:, :width], rows[:, width:])

    def __getstate__(self) -> Path:
        return self.folder

    def __setstate__(self, folder: Path) -> None:
        self.__init__(folder)  # type: ignore[misc]

    def _mapped(self) -> NDArray[np.float16]:
        shape = (int(self.seconds.sum()), sum(self.widths))
        return np.memmap(self.folder / VALUES, np.float16, "r", shape=shape)


def build(export: Path, folder: Path) -> Cache:
    """Write the songs of an export that are both seen and heard into `folder`, unless they are there.

    Seconds are those of the music; what is seen meanwhile is found by the alignment of the Row. Raises
    BadCall if the export lacks features, or no song has both.
    """
    if (folder / INDEX).is_file():
        return Cache(folder)
    folder.mkdir(parents=True, exist_ok=True)
    said: dict[str, Any] = {"song_id": [], "split": [], "seconds": [], "left_out": Counter()}
    with written(folder / VALUES) as part, part.open("wb") as file:
        for song, both in _songs(export, said["left_out"]):
            file.write(np.concatenate(both, axis=1).tobytes())
            said["video"], said["music"] = (side.shape[1] for side in both)
            _refuse_other_width(export, said, song[ID])
            for name, value in ((ID, song[ID]), ("split", song["split"]), ("seconds", len(both.video))):
                said[name].append(value)
    if not said["song_id"]:
        why = ", ".join(f"{what}: {count:,}" for what, count in said["left_out"].most_common())
        raise BadCall(f"{export} has no song that is both seen and heard ({why or 'it has none at all'})")
    with written(folder / INDEX) as part:
        part.write_text(json.dumps(said), "utf-8")
    return Cache(folder)


def _refuse_other_width(export: Path, said: dict[str, Any], song_id: str) -> None:
    widths = (said["video"], said["music"])
    if said.setdefault("widths", widths) != widths:
        raise BadCall(
            f"{export}: features of {song_id!r} are {widths[0]} and {widths[1]} wide, others "
            f"{said['widths'][0]} and {said['widths'][1]}",
            "annotate with one network, and export again",
        )


def _songs(export: Path, left_out: Counter[str]) -> Iterator[tuple[Mapping[str, Any], Both]]:
    """Yield the songs that have both sides; count the others by what they lack."""
    seen = open_features(export, "semantic", _NO_VIDEO)
    heard = open_features(export, "music", _NO_MUSIC)
    for song in load(export, columns=("split", "alignment", "audio_video_offset")):
        video, music = row_of(seen, song[ID]), row_of(heard, song[ID])
        if video is None or music is None:
            left_out["no features of the video" if video is None else "no features of the music"] += 1
        elif (both := by_seconds(song, video, music)) is None:
            left_out["no second that is both seen and heard"] += 1
        else:
            yield song, both


def by_seconds(song: Mapping[str, Any], video: Mapping[str, Any], music: Mapping[str, Any]) -> Both | None:
    """Return the features of a song by whole seconds of its music that its video shows; None without one."""
    edges = seconds_of(music)
    meanwhile = video_time(song, edges)
    inside = (meanwhile[:-1] >= video["start"] - 0.5) & (meanwhile[1:] <= end_of(video) + 0.5)
    shown = np.flatnonzero(inside)
    if not len(shown):
        return None
    stretch = slice(int(shown[0]), int(shown[-1]) + 2)
    return Both(means(video, meanwhile[stretch]), means(music, edges[stretch]))


def seconds_of(features: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the edges of the seconds that features cover, (T + 1,), one second at least."""
    count = max(1, int(end_of(features) - features["start"] + 1e-6))
    return float(features["start"]) + np.arange(count + 1.0)


def alone_by_seconds(features: Mapping[str, Any]) -> NDArray[np.float16]:
    """Return features by seconds of their own time, (T, d)."""
    return means(features, seconds_of(features))
