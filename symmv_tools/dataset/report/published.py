"""Table 1 of SymMV's and of BGM909's paper as columns, so that a data set of one's own can stand beside them.

Zhuo et al., "Video Background Music Generation: Dataset, Method and Evaluation" (ICCV 2023); Li et al.,
"Diff-BGM" (CVPR 2024). What SymMV released was counted in the files themselves (commit 1448813), for the
melodies, beats, genres and the split that the paper tells of are not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symmv_tools.dataset.report.statistics import Statistics

YES, NO, UNSAID, ADDRESS = "yes", "no", "–", "address"


@dataclass(frozen=True)
class Property:
    """One line of the table: what is asked, and what the papers and SymMV's release answer."""

    name: str
    symmv: str
    symmv_released: str
    bgm909: str


PAPERS = ("SymMV, paper", "SymMV, released", "BGM909, paper")

_LINES = (
    Property("songs", "1,140", "1,140", "909"),
    Property("different videos", UNSAID, "1,053", UNSAID),
    Property("hours", "76.5", "69.9", UNSAID),
    Property("train / validation / test", "1,000 / 70 / 70", NO, UNSAID),
    Property("video", YES, ADDRESS, YES),
    Property("audio", YES, NO, YES),
    Property("MIDI", YES, YES, YES),
    Property("melody", YES, NO, YES),
    Property("chords", YES, YES, YES),
    Property("tonality", YES, YES, YES),
    Property("beats", YES, NO, YES),
    Property("genre", YES, NO, UNSAID),
    Property("genres", "more than 10", NO, UNSAID),
    Property("style", UNSAID, NO, YES),
    Property("styles", UNSAID, NO, "8"),
    Property("lyrics", YES, NO, UNSAID),
    Property("captions", NO, NO, YES),
    Property("shots", NO, NO, YES),
    Property("shots per video", UNSAID, UNSAID, "62"),
    Property("artists", UNSAID, UNSAID, "646"),
)


def table_one(*ours: Statistics) -> tuple[list[str], list[list[str]]]:
    """Return the head and the lines of the table, each line a property's name and one answer per data set."""
    answers = [_answers(statistics) for statistics in ours]
    head = ["", *PAPERS, *(statistics.name for statistics in ours)]
    lines = [
        [line.name, line.symmv, line.symmv_released, line.bgm909, *(said[line.name] for said in answers)]
        for line in _LINES
    ]
    return head, lines


def _answers(found: Statistics) -> dict[str, str]:
    """What a data set answers to every line."""
    shots = found.histograms["shots"].mean
    share = {name: _share(found.filled[name], found.songs) for name in found.filled}
    return {
        "songs": f"{found.songs:,}",
        "different videos": f"{found.distinct.get('video_id', 0):,}",
        "hours": f"{found.hours:,.1f}" if found.hours >= 1 else f"{found.hours:.2g}",
        "train / validation / test": _splits(found),
        "video": share.get("video", NO)
        if found.filled["video"] or not found.filled["video_url"]
        else ADDRESS,
        "audio": share.get("audio", NO),
        "MIDI": share.get("note_midi", NO),
        "melody": YES if found.tracks["melody"] else NO,
        "chords": share.get("chord", NO),
        "tonality": share.get("key_mode", NO),
        "beats": share.get("beat", NO),
        "genre": share.get("genre", NO),
        "genres": _number(found.words["genre"]),
        "style": share.get("style", NO),
        "styles": _number(found.words["style"]),
        "lyrics": share.get("lyrics", NO),
        "captions": share.get("caption", NO),
        "shots": share.get("shot", NO),
        "shots per video": UNSAID if shots is None else f"{shots:.0f}",
        "artists": _number(range(found.distinct.get("artist", 0))),
    }


def _share(filled: int, songs: int) -> str:
    """`yes` where every song has it, else for how many of a hundred: never 0 % or 100 % if that is untrue."""
    if not filled:
        return NO
    return YES if filled == songs else f"{min(max(100 * filled / songs, 1), 99):.0f} %"


def _splits(found: Statistics) -> str:
    split = found.words["split"]
    return " / ".join(f"{split[name]:,}" for name in ("train", "validation", "test")) if split else NO


def _number(values: Sequence[object] | dict[str, int]) -> str:
    return f"{len(values):,}" if len(values) else NO
