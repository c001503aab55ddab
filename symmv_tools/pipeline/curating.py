"""Curating: what belongs into no data set is found before the network is asked about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.duplicates import find_duplicates
from symmv_tools.pipeline.chores import BEFORE_SEARCH, CURATION, NAMING
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.run import Progress, annotate
from symmv_tools.pipeline.states import State
from symmv_tools.song import Song
from symmv_tools.store.parts import fetch


def curate(house: House, *, limit: int | None = None, progress: Progress | None = None) -> dict[str, str]:
    """Judge the sound of every song, and return of each that repeats another's recording which it is.

    Names are asked for too, of Shazam, where the settings allow it. Of equal recordings a song that has
    its video already is kept, else the first by id. The caller holds the store's lock.
    """
    annotate(house, BEFORE_SEARCH, limit=limit, progress=progress)
    if not any(judged.record.song.video is None for judged in admitted(house, limit)):
        return {}
    limit_of_errors = house.active.chore("search").same_recording
    found = find_duplicates(_prints(house, limit), same_below=limit_of_errors)
    return {
        song_id: f"is the same recording as {kept}, which is kept (bit error rate {rate:.3f})"
        for song_id, (kept, rate) in found.items()
    }


def named(judged: Judged) -> Song:
    """Return the song, by the name that Shazam gives it if its source gave none."""
    song = judged.record.song
    for key in NAMING if song.title is None else ():
        cell = judged.cells[key]
        if cell.state is State.FRESH and cell.row is not None:
            said = fetch([cell.row.ref], ["title", "artist"])[cell.row.ref]
            return replace(song, **said) if said["title"] else song
    return song


def admitted(house: House, limit: int | None = None) -> Iterator[Judged]:
    """Yield the songs whose sound, if they have any, was not refused, in order of their ids."""
    for songs in house.judged(house.wanted(BEFORE_SEARCH), limit=limit):
        for judged in songs:
            if judged.cells[CURATION].state in (State.FRESH, State.ABSENT):
                yield judged


def _prints(house: House, limit: int | None) -> Iterator[tuple[str, NDArray[np.uint32]]]:
    for has_video in (True, False):
        for judged in admitted(house, limit):
            row = judged.cells[CURATION].row
            if row is not None and (judged.record.song.video is not None) == has_video:
                words = fetch([row.ref], ["audio_print"])[row.ref]["audio_print"]
                yield judged.record.song.song_id, np.asarray(words, np.uint32)
