"""Artist and song from titles, against the list of progsi/er_csi.

    SYMMV_DATA=… python -m tests.benchmarks.titles

The list has titles of YouTube beside song and performer of SecondHandSongs; scored are the rows where both
are in the title. Right is a hypothesis whose artist and song are the list's, order aside, case and
punctuation folded, and nothing else forgiven. The parser sees the title alone. It was tuned on one half of
the songs (training/title_examples.py).
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable, Sequence

import numpy as np

from symmv_tools.sources.titles import fold, parse_title
from symmv_tools.training.title_examples import Row, is_for_tuning, read_rows
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section

Named = tuple[str, str]
Parser = Callable[[str], list[Named]]


def ours(title: str) -> list[Named]:
    """Return our hypotheses, folded, best first."""
    return [(fold(h.artist or ""), fold(h.song)) for h in parse_title(title)]


def naive(title: str) -> list[Named]:
    """Drop what stands in brackets, and cut at the first dash."""
    left, dash, right = re.sub(r"\(.*?\)|\[.*?\]", "", title).partition("-")
    return [(fold(left), fold(right))] if dash else []


def rank(parser: Parser, title: str, truth: Named) -> int:
    """Return which hypothesis is right, order aside, from 0; 99 if none is."""
    return next((k for k, found in enumerate(parser(title)) if sorted(found) == sorted(truth)), 99)


def line(name: str, parser: Parser, rows: Sequence[Row]) -> str:
    """One line of the table."""
    truths = [(fold(row.artist), fold(row.song)) for row in rows]
    ranks = np.array([rank(parser, row.title, truth) for row, truth in zip(rows, truths, strict=True)])
    ordered = np.mean([truth in parser(row.title)[:1] for row, truth in zip(rows, truths, strict=True)])
    one, three = (ranks < 1).mean(), (ranks < 3).mean()
    error = 1.96 * np.sqrt(one * (1 - one) / len(rows))
    return f"| {name} | {len(rows)} | {one:.3f} ± {error:.3f} | {three:.3f} | {ordered:.3f} |"


def calibration(rows: Sequence[Row]) -> str:
    """Return how often the first hypothesis is right, by what it says of itself."""
    found = [(row, parse_title(row.title)[0]) for row in rows]
    confidence = np.array([h.confidence for _, h in found])
    right = np.array(
        [
            sorted((fold(h.artist or ""), fold(h.song))) == sorted((fold(r.artist), fold(r.song)))
            for r, h in found
        ]
    )
    lines = ["| confidence | titles | mean | right |", "|---|---|---|---|"]
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01)):
        within = (confidence >= low) & (confidence < high)
        cells = f"{within.sum()} | {confidence[within].mean():.2f} | {right[within].mean():.2f}"
        lines.append(f"| {low:g} to {min(high, 1.0):g} | {cells} |")
    return "\n".join(lines)


def other_list() -> list[Row]:
    """Return the titles of get-artist-title's own tests, which nothing was learned from."""
    with (data() / "titles" / "get_artist_title_pairs.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Row(r["video_title"], "", r["song"], r["artist"], True, True)
            for r in csv.DictReader(file, delimiter="\t")
        ]


def main() -> None:
    """Score both halves, and write the tables."""
    rows = [
        r for r in read_rows(data() / "titles" / "shs100k_youtube_titles.tsv") if r.has_song and r.has_artist
    ]
    tuned, unseen = ([r for r in rows if is_for_tuning(r.song) == half] for half in (True, False))
    met = {fold(row.artist) for row in tuned}
    strangers = [row for row in unseen if fold(row.artist) not in met]
    table = [
        "| | titles | first right | in the first three | first right, in order |",
        "|---|---|---|---|---|",
        line("**validation half**", ours, unseen),
        line("its titles by performers not in the tuning half", ours, strangers),
        line("tuning half: learned from", ours, tuned),
        line("get-artist-title's tests", ours, other_list()),
        line("validation half, cut at the first dash, no brackets", naive, unseen),
    ]
    begin = time.process_time()
    for row in unseen:
        parse_title(row.title)
    each = (time.process_time() - begin) / len(unseen) * 1000
    text = "\n\n".join(
        [
            "Rows of the list whose title holds both; right is exact but for order, case and punctuation, "
            "± 95 %. Halves are by salted hash of the song, so no song is in both.",
            "\n".join(table),
            f"What the confidence of the first hypothesis is worth, same half:\n\n{calibration(unseen)}",
            f"{each:.2f} ms of CPU per title. `SYMMV_DATA=… python -m tests.benchmarks.titles`. {hardware()}",
        ]
    )
    print(text)
    replace_section("titles", text)


if __name__ == "__main__":
    main()
