"""Keys against the annotations of POP909, and against titles and key signatures of ASAP.

    SYMMV_DATA=… python -m tests.benchmarks.keys

POP909's truth is key_audio.txt, its input all tracks merged; ASAP's performances come as they are, with
the keys of their titles and the key signatures of their annotations. A key that changes is scored by
time: mir_eval's weighted key score of every moment, averaged over the song's annotated time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import mir_eval
import numpy as np
from numpy.typing import NDArray

from symmv_tools.io import midi
from symmv_tools.music.key_changes import (
    N_WINDOWS,
    PRICE_OF_A_CHANGE,
    best_path,
    evidence,
    find_key_changes,
    pitch_class_shares,
)
from symmv_tools.music.keys import KEYS, PROFILES, find_key
from symmv_tools.music.notes import Notes
from symmv_tools.training.keys import LEARNED_FROM, PULL, Model, Song, Truth, learn, read_song
from tests.benchmarks.data import asap, pop909
from tests.benchmarks.page import hardware, replace_section

N_FOLDS = 8
PULLS = (3.0, 10.0, PULL, 100.0)
WELL_TEMPERED = [
    "C",
    "C#",
    "D",
    "Eb",
    "E",
    "F",
    "F#",
    "G",
    "G#",
    "A",
    "Bb",
    "B",
]  # either book, each first in major, then in minor
SONATAS = {
    "11-1": "Bb:major",
    "21-1_no_repeat": "C:major",
    "26-1_no_repeat": "Eb:major",
    "29-3": "F#:minor",
    "31-2": "F:minor",
    "31-3_4": "Ab:major",
    "5-1": "C:minor",
}
SPELLED = {"C#:major": "Db:major", "G#:major": "Ab:major"}
SCORE = np.array(
    [[mir_eval.key.weighted_score(a.replace(":", " "), b.replace(":", " ")) for b in KEYS] for a in KEYS]
)  # [true, found]

Floats = NDArray[np.float64]


class Found(NamedTuple):
    """Keys that were found: where each begins, seconds, and its index in `KEYS`; (n,) each."""

    begin: Floats
    key: NDArray[np.intp]


class Result(NamedTuple):
    """One song: time-weighted score, share of time exactly right, changes found and true."""

    score: float
    exact: float
    changes: int
    true_changes: int


Finder = Callable[[Notes], Found]


def by_profile(profile: str) -> Finder:
    """Return what finds one key by a profile."""

    def find(notes: Notes) -> Found:
        key = find_key(notes, profile)
        assert key is not None
        return Found(notes.onset[:1], np.array([KEYS.index(key.name)]))

    return find


def by_default(notes: Notes) -> Found:
    """Find the keys as stage `keys` does by default."""
    keys = find_key_changes(notes)
    return Found(keys.time, np.array([KEYS.index(name) for name in keys.name]))


def by_model(model: Model) -> Finder:
    """Return what finds keys as the default does, by other weights."""

    def find(notes: Notes) -> Found:
        edges = np.linspace(notes.onset[0], notes.end, N_WINDOWS + 1)
        path = best_path(evidence(pitch_class_shares(notes, edges), *model), PRICE_OF_A_CHANGE)
        begin = np.flatnonzero(np.diff(path, prepend=-1))
        return Found(edges[begin], path[begin])

    return find


def by_other_songs(songs: Sequence[Song], pull: float) -> Iterator[Found]:
    """Yield the keys of each song by weights learned without its eighth of `songs`."""
    fold = np.random.default_rng(0).permutation(len(songs)) % N_FOLDS
    finders = [
        by_model(learn([song for song, f in zip(songs, fold, strict=True) if f != out], pull))
        for out in range(N_FOLDS)
    ]
    for song, f in zip(songs, fold, strict=True):
        yield finders[f](song.notes)


def compare(truth: Truth, found: Found) -> Result:
    """Score the found keys at every moment that is annotated."""
    cuts = np.unique(np.concatenate([truth.begin, truth.end, found.begin]))
    cuts = cuts[(cuts >= truth.begin[0]) & (cuts <= truth.end[-1])]
    middle, length = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    true = truth.key[np.searchsorted(truth.begin, middle) - 1]
    ours = found.key[np.maximum(np.searchsorted(found.begin, middle) - 1, 0)]
    score = np.average(SCORE[true, ours], weights=length)
    exact = np.average(true == ours, weights=length)
    return Result(float(score), float(exact), len(found.key) - 1, len(truth.key) - 1)


def row(name: str, results: Sequence[Result]) -> str:
    """One line of POP909's table; the songs of one key, and those of several."""
    single = [r for r in results if not r.true_changes]
    several = [r for r in results if r.true_changes]
    score = np.array([r.score for r in single])
    error = 1.96 * score.std() / np.sqrt(len(score))
    cells = [
        f"{score.mean():.3f} ± {error:.3f}",
        f"{np.mean([r.exact for r in single]):.3f}",
        f"{sum(r.changes for r in single)} in {len(single)}",
        f"{np.mean([r.score for r in several]):.3f}",
        f"{np.mean([r.exact for r in several]):.3f}",
        f"{sum(r.changes for r in several)} of {sum(r.true_changes for r in several)} in {len(several)}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


POP_HEAD = (
    "| | one key: score | exact | false changes | several keys: score | exact | changes |\n"
    "|---|---|---|---|---|---|---|"
)


def pop_table(songs: Sequence[Song], extra: Mapping[str, Sequence[Found]]) -> str:
    """Return POP909's table for `songs`: every profile, the default, and what else is given."""
    lines = [POP_HEAD]
    finders: dict[str, Finder] = {name: by_profile(name) for name in PROFILES} | {"default": by_default}
    found = {name: [find(song.notes) for song in songs] for name, find in finders.items()}
    for name, answers in (found | dict(extra)).items():
        lines.append(row(name, [compare(s.truth, f) for s, f in zip(songs, answers, strict=True)]))
    return "\n".join(lines)


def title_key(folder: Path) -> int:
    """Return the index of the key that a piece of ASAP has by its title."""
    if folder.name.startswith("bwv_"):
        tonic, minor = divmod((int(folder.name[4:]) - 846) % 24, 2)
        name = f"{WELL_TEMPERED[tonic]}:{'minor' if minor else 'major'}"
        return KEYS.index(SPELLED.get(name, name))
    return KEYS.index(SONATAS[folder.name])


def signatures(path: Path) -> tuple[Floats, NDArray[np.intp]]:
    """Return from when on each key signature of an annotation file holds, and the major key it names."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    changes = [
        (float(r[0]), int(r[2].split(",")[2])) for r in rows if r[2].count(",") == 2 and r[2][-1] != ","
    ]
    begin, fifths = np.array(changes).T
    return begin, (fifths.astype(np.intp) * 7) % 12


def signature_time(path: Path, found: Found, end: float) -> float:
    """Share of the time in which the found key, or its relative, has the annotated signature."""
    begin, major = signatures(path)
    of_found = np.where(found.key < 12, found.key, (found.key + 3) % 12)
    cuts = np.unique(np.concatenate([begin, found.begin[found.begin > begin[0]], [end]]))
    middle = (cuts[1:] + cuts[:-1]) / 2
    true = major[np.searchsorted(begin, middle) - 1]
    ours = of_found[np.maximum(np.searchsorted(found.begin, middle) - 1, 0)]
    return float(np.average(true == ours, weights=np.diff(cuts)))


def asap_table(folder: Path) -> str:
    """Return ASAP's table: the score of the key found longest, the signature, and who is wrong."""
    lines = ["| | title's key: score | signature: share of time | missed |", "|---|---|---|---|"]
    paths = sorted(folder.rglob("*.mid"))
    notes = [midi.read(path).notes for path in paths]
    finders: dict[str, Finder] = {name: by_profile(name) for name in PROFILES} | {"default": by_default}
    for name, find in finders.items():
        scores, shares, missed = [], [], []
        for path, song in zip(paths, notes, strict=True):
            found, true = find(song), title_key(path.parent)
            longest = found.key[np.diff(found.begin, append=song.end).argmax()]
            scores.append(SCORE[true, longest])
            shares.append(signature_time(path.with_name(f"{path.stem}_annotations.txt"), found, song.end))
            if true != longest:
                missed.append(f"{path.parent.name} {KEYS[true]} as {KEYS[longest]}")
        lines.append(f"| {name} | {np.mean(scores):.3f} | {np.mean(shares):.3f} | {'; '.join(missed)} |")
    return "\n".join(lines)


def speed(songs: Sequence[Song]) -> str:
    """One sentence: milliseconds per song."""
    begin = time.process_time()
    for song in songs:
        find_key_changes(song.notes)
    each = (time.process_time() - begin) / len(songs) * 1000
    n = np.mean([len(song.notes) for song in songs])
    return f"`find_key_changes` takes {each:.1f} ms of CPU per song of {n:,.0f} notes."


def main() -> None:
    """Score everything, and write the tables."""
    with pop909() as folder:
        learned = [read_song(folder / f"{i:03d}") for i in LEARNED_FROM]
        others = [read_song(folder / f"{i:03d}") for i in range(701, 801)]
    with asap() as folder:
        classical = asap_table(folder)
    crossed = {f"pull {pull:g}, cross-validated": list(by_other_songs(learned, pull)) for pull in PULLS}
    pulled = {pull: by_model(learn(learned, pull)) for pull in PULLS}
    unseen = {f"pull {pull:g}": [find(song.notes) for song in others] for pull, find in pulled.items()}
    text = "\n\n".join(
        [
            "Weighted key score of mir_eval (same 1, a fifth above .5, relative .3, parallel .2) by time, "
            "mean over songs, ± 95 %; `exact` is the share of time with the very key. Profiles name one "
            "key per song.",
            f"POP909 701-800, not learned from:\n\n{pop_table(others, unseen)}",
            "POP909 001-700; `default` has learned from these, the rows below it from the other seven "
            f"eighths:\n\n{pop_table(learned, crossed)}",
            f"ASAP, 20 performances of classical piano music, nothing learned from them:\n\n{classical}",
            "The key of the title is compared with the key found longest; a signature counts as right for "
            "its major and its minor key alike, at every moment. `pull` is how strongly the learned weights "
            f"are held to the Aarden-Essen profile; the default has {PULL:g}.",
            f"{speed(others)} `SYMMV_DATA=… python -m tests.benchmarks.keys`. {hardware()}",
        ]
    )
    print(text)
    replace_section("keys", text)


if __name__ == "__main__":
    main()
