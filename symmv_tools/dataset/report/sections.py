"""The sections of a report that are tables, each a function from the numbers to HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from symmv_tools.dataset.accuracy import Accuracy
from symmv_tools.dataset.recipes import Recipe
from symmv_tools.dataset.report.effort import Effort
from symmv_tools.dataset.report.histogram import percent
from symmv_tools.dataset.report.html_parts import (
    bars,
    missing,
    paragraph,
    section,
    table,
    text,
    tiles,
)
from symmv_tools.dataset.report.losses import Loss, Losses
from symmv_tools.dataset.report.published import UNSAID, table_one
from symmv_tools.dataset.report.statistics import Statistics

_MOST = 12  # values of a column that are listed

Link = Callable[[str], str | None]
"""Gives the address of a song's own page, from its song_id; None if it has none."""


def totals(found: Statistics) -> str:
    """The first numbers, what is annotated, and what kinds of songs there are."""
    facts = [
        ("songs", f"{found.songs:,}"),
        _length(found.seconds),
        *(
            (name, f"{found.distinct[column]:,}")
            for column, name in _DISTINCT.items()
            if found.distinct[column]
        ),
        *((name, _short(found.entries[group])) for group, name in _ENTRIES.items() if found.entries[group]),
    ]
    filled = [(name, float(found.filled[column])) for column, name in _ANNOTATIONS.items()]
    lists = [bars("Songs that have it", ("annotation", "songs"), filled, found.songs)]
    for column, name in _WORDS.items():
        values = found.words[column].most_common(_MOST)
        if values:
            shown = [(text(value, 60), float(count)) for value, count in values]
            more = len(found.words[column]) - len(values)
            caption = f"Songs by {name}" + (f", and {more:,} more" if more else "")
            lists.append(bars(caption, (name, "songs"), shown, found.songs))
    return section("totals", "At a glance", tiles(facts), f'<div class="columns">{"".join(lists)}</div>')


def _length(seconds: float) -> tuple[str, str]:
    if seconds < 3600:
        return "minutes of music", f"{seconds / 60:.1f}"
    return "hours of music", f"{seconds / 3600:,.1f}"


_DISTINCT = {"video_id": "different videos", "artist": "artists", "channel_id": "channels"}
_ENTRIES = {"note_midi": "notes", "beat": "beats", "chord": "chords", "shot": "shots", "caption": "captions"}
_ANNOTATIONS = {
    "video": "video",
    "note_midi": "notes",
    "beat": "beats",
    "chord": "chords",
    "key_mode": "keys",
    "shot": "shots",
    "caption": "captions",
    "genre": "genre",
    "style": "style",
    "lyrics": "lyrics",
    "match_score": "pair score",
}
_WORDS = {"split": "split", "genre": "genre", "style": "style", "language": "language", "license": "licence"}


def _short(count: int) -> str:
    return f"{count / 1e6:.2f} M" if count >= 1e6 else f"{count:,}"


def yields(losses: Losses, recipes: Sequence[Recipe]) -> str:
    """The funnel: songs left after every stage that lost some, with the reasons."""
    rows: list[tuple[str, float]] = [("known", losses.known)]
    rows += [(f"left after {_stage(step.stage)}", step.left) for step in losses.steps]
    rows.append(("exported", losses.exported))
    lost = [loss for step in losses.steps for loss in step.losses]
    share = percent(losses.exported, losses.known)
    said = paragraph(f"{losses.exported:,} of {losses.known:,} songs are exported ({share}).")
    parts = [said, bars("The funnel", ("", "songs"), rows, losses.known)]
    parts.append(_reasons("Why songs were lost", lost) if lost else paragraph("No song was lost."))
    if losses.columns:
        parts.append(_reasons("Exported all the same, but without what this stage makes", losses.columns))
    if recipes:
        made = Counter[str]()
        for recipe in recipes:
            made[recipe.key] += recipe.songs
        rows = [(_stage(key), float(songs)) for key, songs in made.most_common()]
        parts.append(bars("Exported songs that a stage annotated", ("stage", "songs"), rows, losses.exported))
    return section("yield", "Yield per stage", *parts)


def _reasons(caption: str, losses: Sequence[Loss]) -> str:
    rows = [
        (_stage(loss.stage), f"{loss.songs:,}", f"<b>{text(loss.code)}</b> {text(loss.reason)}")
        for loss in losses
    ]
    return table(caption, ("stage", "songs", "reason, with what was said of one of them"), rows, numbers=(1,))


def _stage(name: str) -> str:
    """A stage's name, which may be broken at its underscores."""
    return text(name).replace("_", "_<wbr>")


def beside_the_papers(found: Statistics) -> str:
    """Table 1 of both papers as columns, ours beside."""
    head, lines = table_one(found)
    said = paragraph(
        "“–”: the paper does not say. What SymMV released was counted in its files; SymMV marks what its "
        "paper describes."
    )
    body = table("Table 1 of both papers, and this data set", [text(cell) for cell in head], lines)
    return section("papers", "Beside the papers", said, body)


def accuracy(measured: Accuracy | None, recipes: Sequence[Recipe]) -> str:
    """What was measured of annotations made as these were."""
    if measured is None:
        body = missing("Nothing was measured: `symmv eval annotations EXPORT --against TRUTH` does it.")
        return section("accuracy", "Accuracy of the annotations", body)
    rows = [
        (
            text(figure.title),
            f"{figure.mean:.3f}",
            UNSAID if figure.interval is None else "{:.3f} to {:.3f}".format(*figure.interval),
            f"{figure.songs:,}",
        )
        for figure in measured.holding(recipes)
    ]
    said = paragraph(
        f"Measured on {text(measured.measured_at)}: {text(measured.evaluated.name)} against "
        f"{text(measured.reference.name)}, {measured.songs:,} songs in both."
    )
    body = table("Scores from 0 to 1", ("score", "mean", "95 % interval", "songs"), rows, numbers=(1, 2, 3))
    none = missing("None of it was measured on annotations made as these were: measure again.")
    return section("accuracy", "Accuracy of the annotations", said, body if rows else none)


def songs_to_look_at(losses: Losses, work: Effort | None, link: Link) -> str:
    """The slowest and the most rejected songs."""
    parts = []
    if work is None:
        parts.append(missing("How long each song took is in its store: `symmv report EXPORT --work STORE`."))
    else:
        slow = [(_linked(song, link), seconds) for song, seconds in work.slowest]
        longest = max((seconds for _, seconds in slow), default=0.0)
        parts.append(bars("The slowest songs", ("song", "seconds"), slow, longest, ",.1f"))
        ranked = sorted(work.stages.items(), key=lambda item: (-item[1], item[0]))
        stages = [(_stage(name), seconds) for name, seconds in ranked if seconds >= 0.05]
        most = max((seconds for _, seconds in stages), default=0.0)
        parts.append(bars("Seconds of work per stage", ("stage", "seconds"), stages, most, ",.1f"))
    if losses.most_rejected:
        rows = [(_linked(song, link), float(count)) for song, count in losses.most_rejected]
        parts.append(bars("The most rejected songs", ("song", "by stages"), rows, rows[0][1]))
    else:
        parts.append(paragraph("No song was turned away."))
    return section("songs", "Songs to look at", f'<div class="columns">{"".join(parts)}</div>')


def _linked(song_id: str, link: Link) -> str:
    address = link(song_id)
    return text(song_id) if address is None else f'<a href="{text(address, 4000)}">{text(song_id)}</a>'
