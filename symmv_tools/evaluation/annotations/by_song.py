"""Every song's scores as a table: for people who want to look, and for spreadsheets."""

from __future__ import annotations

import csv
import io

from symmv_tools.evaluation.annotations.comparing import Comparison, Tally


def scores_by_song(found: Comparison) -> dict[str, dict[str, float]]:
    """Return the scores of each song by metric; one that was not scored is missing."""
    return {
        song_id: {tally.name: tally.songs[song_id].value for tally in found.tallies if song_id in tally.songs}
        for song_id in found.songs
    }


def song_table(found: Comparison, number: str) -> tuple[list[str], list[list[str]]]:
    """Return a header and a row per song, numbers written as the format `number` says, "" if not scored.

    Metrics that no song was scored in have no column.
    """
    scored = [tally for tally in found.tallies if tally.songs]
    rows = [[song_id, *(_cell(tally, song_id, number) for tally in scored)] for song_id in found.songs]
    return ["song_id", *(tally.name for tally in scored)], rows


def songs_tsv(found: Comparison) -> str:
    """Return the table as tab-separated values, six decimals; a cell with a tab or a line break is quoted."""
    header, rows = song_table(found, "{:.6f}")
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def _cell(tally: Tally, song_id: str, number: str) -> str:
    return number.format(tally.songs[song_id].value) if song_id in tally.songs else ""
