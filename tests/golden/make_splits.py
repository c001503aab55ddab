"""Write manifests/splits/, the frozen lists of SymMV and POP909. `make golden` runs it; a test checks them.

The draw is by a hash of the id, so it is no machine's and no library's.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from symmv_tools.dataset.splits import group_ids

MANIFESTS = Path(__file__).parents[2] / "manifests"
HELD_OUT = 70
"""Songs in SymMV's validation set, and as many in its test set (Zhuo et al., ICCV 2023)."""

_SYMMV_IDS = [f"symmv:{i:05d}" for i in range(1, 1142) if i != 683]  # 00683 is not in the release


def main() -> None:
    """Write both lists."""
    write("symmv", symmv())
    write("pop909", pop909())


def symmv() -> dict[str, str]:
    """Return the split of each of SymMV's 1,140 songs: 1000, 70 and 70.

    Held out are songs that share neither address nor Shazam id with another, and whose Shazam id is known.
    Of 01001 to 01141 we have neither (manifests/songs/README.md), so they are in training.
    """
    songs = songs_of("symmv")
    group = group_ids(songs)
    size = Counter(group.values())
    alone = [s["song_id"] for s in songs if s["shazam_id"] and size[group[s["song_id"]]] == 1]
    drawn = sorted(alone, key=lambda song_id: hashlib.sha256(f"symmv-1 {song_id}".encode()).hexdigest())
    held_out = dict.fromkeys(drawn[:HELD_OUT], "test")
    held_out |= dict.fromkeys(drawn[HELD_OUT : 2 * HELD_OUT], "validation")
    return {song_id: held_out.get(song_id, "train") for song_id in _SYMMV_IDS}


def pop909() -> dict[str, str]:
    """Return the split of each of POP909's songs: 001-700, 701-800 and 801-909; chosen by us."""
    return {
        song["song_id"]: "train" if number <= 700 else "validation" if number <= 800 else "test"
        for song in songs_of("pop909")
        for number in [int(song["song_id"].partition(":")[2])]
    }


def songs_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a list of songs that symmv ships."""
    with (MANIFESTS / "songs" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, dialect="excel-tab"))


def write(name: str, splits: dict[str, str]) -> None:
    """Write one list, in order of ids."""
    lines: Iterable[str] = (f"{song_id}\t{split}\n" for song_id, split in sorted(splits.items()))
    path = MANIFESTS / "splits" / f"{name}.tsv"
    path.write_text("song_id\tsplit\n" + "".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
