"""The sections of a report that are plots, each a function from the numbers to HTML.

What an export lacks is not drawn: a sentence says so, and how to get it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symmv_tools.dataset.report.histogram import number
from symmv_tools.dataset.report.html_parts import figure, gallery, missing, paragraph, section, table
from symmv_tools.dataset.report.plot import Plot
from symmv_tools.dataset.report.plots import (
    FEWEST,
    is_spread,
    plot_chords,
    plot_histogram,
    plot_keys,
    plot_map,
    plot_tail,
    plot_tempi,
)
from symmv_tools.dataset.report.statistics import PER_SONG, Statistics
from symmv_tools.dataset.report.visual_map import GENRES, VisualMap

BGM909_SHOTS = 62.0
"""Shots per video of BGM909, as its paper says."""


def figure_three(found: Statistics, places: VisualMap) -> str:
    """SymMV's figure 3 on this data set."""
    series = {genre: i for i, genre in enumerate(found.frequent_genres(GENRES + 1))}
    genres = {genre: i for genre, i in series.items() if i < GENRES}
    parts = [] if genres else [missing(_NO_GENRE)]
    plots = []
    if timed := {genre: i for genre, i in genres.items() if found.tempo_of[genre].count >= FEWEST}:
        plots.append(plot_tempi(found, timed))
    elif found.histograms["tempo"].count >= FEWEST:
        plots.append(plot_tempi(found, {}))
    else:
        parts.append(missing(f"Fewer than {FEWEST} songs have a tempo, too few for a density."))
    if places.missing:
        parts.append(missing(f"No map of what is seen: {places.missing[0].lower()}{places.missing[1:]}"))
    else:
        plots.append(plot_map(places, {genre: i for genre, i in series.items() if genre in places.genre}))
    if found.chords.in_key:
        keyed = {genre for genre, _ in found.chords.in_key}
        plots.append(plot_chords(found, {genre: i for genre, i in genres.items() if genre in keyed}))
    if found.chords.labels:
        plots.append(plot_tail(found))
    else:
        parts.append(missing("No chords: `symmv annotate chords` finds them where there are notes."))
    return section("figure-3", "Tempo, picture and chords by genre", *parts, gallery(map(figure, plots)))


_NO_GENRE = (
    "No song has a genre, so what SymMV shows by genre is shown for all songs together: `symmv annotate "
    "shazam --set shazam.enabled=true` asks for genres, and a song list may bring them."
)


def music(found: Statistics) -> str:
    """Keys, pitches and durations, and what is measured of each song's music."""
    plots = [plot_keys(found)] if sum(found.keys.values()) else []
    parts = [] if plots else [missing("No keys: `symmv annotate keys` finds them where there are notes.")]
    pitch, durations = found.histograms["pitch"], found.histograms["note_seconds"]
    if is_spread(pitch):
        plots.append(plot_histogram(pitch, "pitch", "Pitches", "MIDI pitch"))
    if is_spread(durations):
        plots.append(plot_histogram(durations, "durations", "Durations of notes", "seconds", log=True))
    if not pitch.count:
        parts.append(missing("No notes: `symmv annotate transcribe` hears them in the audio."))
    plots += _of_songs(found, ("notes_per_second", "song_seconds", "chords_per_minute"))
    few = missing(_FEW) if 0 < found.songs < FEWEST else ""
    return section("music", "Music", *parts, gallery(map(figure, plots)), _per_song(found), few)


_FEW = f"With fewer than {FEWEST} songs, what is measured of each song is not drawn."


def _of_songs(found: Statistics, names: Sequence[str]) -> Iterator[Plot]:
    for name in names:
        title, unit = PER_SONG[name]
        if is_spread(found.histograms[name]):
            mark = ("BGM909’s mean", BGM909_SHOTS) if name == "shots" else None
            yield plot_histogram(found.histograms[name], name, title.capitalize(), unit, mark=mark)


def _per_song(found: Statistics) -> str:
    rows = []
    for name, (title, unit) in PER_SONG.items():
        histogram = found.histograms[name]
        if histogram.count:
            middle = [number(histogram.quantile(share) or 0.0) for share in (0.5, 0.05, 0.95)]
            spread = f"{middle[1]} to {middle[2]}"
            rows.append((f"{title} <small>{unit}</small>", number(histogram.mean or 0.0), middle[0], spread))
    head = ("", "mean", "median", "nine of ten")
    return table("Per song", head, rows, numbers=(1, 2, 3)) if rows else ""


def video(found: Statistics) -> str:
    """Shots, and how well video and music fit as a pair."""
    shots, scores = found.histograms["shots"], found.histograms["match_score"]
    parts = []
    if shots.count:
        parts.append(
            paragraph(
                f"{number(shots.mean or 0.0)} shots per video on average; BGM909 has {BGM909_SHOTS:.0f}."
            )
        )
    else:
        parts.append(missing(_NO_VIDEO if not found.filled["video"] else _NO_SHOTS))
    if not scores.count:
        parts.append(
            missing("No pair scores: `symmv annotate align` compares the music with the video's sound.")
        )
    plots = _of_songs(found, ("shots", "shots_per_minute", "match_score"))
    return section("video", "Video and pairs", *parts, gallery(map(figure, plots)))


_NO_VIDEO = "No song has a video: `symmv search` finds the official ones and fetches them."
_NO_SHOTS = "No shots: `symmv annotate shots` finds them."
