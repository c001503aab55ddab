"""Music for a video without making any: a folder of music, the best fitting first; and the reverse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.checkpoints import declared_sha256
from symmv_tools.dataset.curated import write_curators
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.pool import in_order
from symmv_tools.evaluation.retrieval.cosine import cosine_similarity
from symmv_tools.evaluation.systems import AUDIO, MIDI, Entry, System
from symmv_tools.generate.film import watch
from symmv_tools.generate.judging import tagger_of
from symmv_tools.training.vmcp_judge import Judge, read_judge

VIDEO = (".mp4", ".webm", ".mkv", ".mov", ".avi", ".m4v")

Look = Callable[[Path], Mapping[str, Any]]
"""Returns the `features_semantic` of a video file."""


class Ranked(NamedTuple):
    """Files, the best fitting first, each with its cosine in -1 to 1; and why others could not be read."""

    files: list[tuple[Path, float]]
    failed: dict[Path, str]


def rank_music(
    video: Path, folder: Path, run: Path, vision: str = "", *, keep: Path | None = None, workers: int = 1
) -> Ranked:
    """Rank every MIDI and audio file of a folder by how well it fits a video.

    `run` is one of `symmv train vmcp`; `vision` names the network that saw the videos of its training, as the
    stage `semantic` does (`clip-vit-b-32`, a folder, …). `keep` is a folder for what was heard: the next
    video costs no listening. Raises BadCall for a run, network or folder that does not fit, and BadMedium if
    the video cannot be read.
    """
    judge = read_judge(run)
    seen = judge.of_video(looking(judge, vision)(video))
    tagger = tagger_of(judge, keep=keep)
    entries = System(folder.name, folder).entries()
    heard = (
        (_file(entry), judge.of_music, features) for entry, features in in_order(tagger, entries, workers)
    )
    return _ranked(seen, heard)


def rank_videos(music: Path, folder: Path, run: Path, vision: str = "") -> Ranked:
    """Rank every video file of a folder by how well a MIDI or audio file fits it; else as `rank_music`."""
    judge = read_judge(run)
    is_midi = music.suffix.lower() in MIDI
    if not is_midi and music.suffix.lower() not in AUDIO:
        raise BadCall(f"{music} is neither MIDI nor audio", "looked for " + " ".join(MIDI + AUDIO))
    look = looking(judge, vision)
    entry = Entry(music.stem, midi=music) if is_midi else Entry(music.stem, audio=music)
    heard = judge.of_music(tagger_of(judge)(entry))
    videos = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in VIDEO]
    if not videos:
        raise BadCall(f"{folder} holds no video", "looked for " + " ".join(VIDEO))
    return _ranked(heard, ((path, judge.of_video, _later(look, path)) for path in videos))


def looking(judge: Judge, vision: str) -> Look:
    """Return what sees a video as the judge learned to; BadCall if `vision` is another network."""
    known = judge.origin.checkpoints("video")
    if not vision:
        named = f" ({', '.join(known)})" if known else ""
        raise BadCall(
            f"who looks at the video? {judge.name} learned from one network's features{named}", _NAME
        )
    if known and declared_sha256(vision) not in known.values():
        raise BadCall(f"{judge.name} learned what {', '.join(known)} sees, and not {vision}", _NAME)
    widths = {"semantic": len(judge.network.video.mean)}
    return lambda path: watch(path, widths, vision).features["semantic"]


_NAME = "name the network of its training: vision='clip-vit-b-32', or its folder"


def keep_best(ranked: Ranked, count: int, out: Path, run: Path) -> list[Path]:
    """Copy the best `count` files into the new folder `out`, and note there that the run chose them.

    `symmv eval vmcp` refuses to judge them by the same networks without saying so. Raises BadCall if the
    folder holds anything, or two files have one name.
    """
    if out.is_dir() and any(out.iterdir()):
        raise BadCall(f"{out} is not empty", "name a new folder")
    names = [path.name for path, _ in ranked.files[:count]]
    if len(set(names)) < len(names):
        raise BadCall("two of the files have one name, in two folders", "rename one, and rank again")
    out.mkdir(parents=True, exist_ok=True)
    copies = [Path(shutil.copy(path, out / path.name)) for path, _ in ranked.files[:count]]
    write_curators(out, read_judge(run).networks)
    return copies


_Made = tuple[Path, Callable[[Mapping[str, Any]], NDArray[np.float32]], Callable[[], Mapping[str, Any]]]


def _ranked(wanted: NDArray[np.float32], made: Iterator[_Made]) -> Ranked:
    found: dict[Path, NDArray[np.float32]] = {}
    failed: dict[Path, str] = {}
    for path, direction, features in made:
        try:
            found[path] = direction(features())
        except BadMedium as why:
            failed[path] = why.message
    if not found:
        raise BadCall("none of the files could be read", next(iter(failed.values()), ""))
    cosine = cosine_similarity(wanted[None], np.stack(list(found.values())))[0]
    best: Sequence[int] = np.argsort(-cosine, kind="stable").tolist()
    paths = list(found)
    return Ranked([(paths[i], float(cosine[i])) for i in best], failed)


def _file(entry: Entry) -> Path:
    path = entry.midi or entry.audio
    assert path is not None, "a folder's entry is a file"
    return path


def _later(look: Look, path: Path) -> Callable[[], Mapping[str, Any]]:
    return lambda: look(path)
