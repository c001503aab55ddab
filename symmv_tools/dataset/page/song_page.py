"""One song on one HTML page: it needs no network and no script, and no other file but what it plays."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
from matplotlib.figure import Figure

from symmv_tools.dataset.page.lettering import clock, key_name, short_chord
from symmv_tools.dataset.page.picture import draw_song, end_of_music
from symmv_tools.dataset.page.sheet import has
from symmv_tools.dataset.page.video_picture import draw_video
from symmv_tools.song import printable

_CLOSE_UP_SECONDS = 30.0

_FACTS = {
    "album": "album",
    "genre": "genre",
    "style": "style",
    "language": "language",
    "license": "licence",
    "availability": "availability",
    "cover_url": "music at",
    "video_url": "video at",
    "split": "split",
    "group_id": "group",
}
_OUTCOMES = {"done": "good", "rejected": "odd", "failed": "bad"}


def song_page(
    row: Mapping[str, Any],
    states: Sequence[Mapping[str, Any]],
    seen: Mapping[str, Any] | None = None,
    media: Mapping[str, str] | None = None,
) -> str:
    """Return a whole HTML page for one Row.

    `seen` holds what stages saw in the video and the Row does not tell: `contact_sheet`, `palette`,
    `features_motion`, as far as they are there. `media` names the files beside the page that it plays:
    `video`, and `audio` for the rendered MIDI.

    `states` holds one mapping per stage: `stage`, `outcome` (done, rejected, failed, absent, …)
    and, where known, `variant`, `seconds` of work, `code` and `message`. Everything in `row` and
    `states` is foreign text and comes out as text: the page holds no script, its policy allows
    none, and only http(s) addresses become links. A long song gets a close-up as well.
    """
    return _PAGE.format(
        style=_STYLE,
        title=_text(row.get("title") or row.get("song_id") or "song"),
        subtitle=" · ".join(_text(row[name]) for name in ("artist", "song_id") if row.get(name)),
        players="".join(_players(media or {})),
        pictures="".join(_pictures(row, seen or {})),
        sheet=_contact_sheet(row, seen or {}),
        facts="".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(row)),
        lists="".join(_lists(row)),
        stages=_stages(states),
    )


def _text(value: Any, width: int = 400) -> str:
    return html.escape(printable(str(value), width))


def _players(media: Mapping[str, str]) -> Iterator[str]:
    for name, caption in (("video", "The video"), ("audio", "The notes, rendered")):
        if name in media:
            source = html.escape(quote(media[name]))
            player = f'<{name} controls preload="metadata" src="{source}"></{name}>'
            yield f"<figure>{player}<figcaption>{caption}</figcaption></figure>\n"


def _contact_sheet(row: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """Pictures of the video with their times and the numbers of their shots."""
    sheet = seen.get("contact_sheet")
    if sheet is None or not has(sheet):
        return ""
    begins = np.asarray(row["shot"]["time"], np.float64) if has(row.get("shot")) else np.empty(0)
    cells = []
    for time, jpeg in zip(sheet["time"], sheet["value"], strict=True):
        number = int(np.searchsorted(begins, time + 1e-6, side="right"))
        said = clock(time) + (f" · shot {number} of {len(begins)}" if number else "")
        image = f'<img alt="The video at {clock(time)}" src="data:image/jpeg;base64,{_base64(jpeg)}">'
        cells.append(f"<figure>{image}<figcaption>{said}</figcaption></figure>")
    return f'<h2>Contact sheet</h2><div class="sheet">{"".join(cells)}</div>\n'


def _pictures(row: Mapping[str, Any], seen: Mapping[str, Any]) -> Iterator[str]:
    end = end_of_music(row)
    yield from _stretch(row, seen, None, end, "Shots, chords, bars and notes of the whole song")
    if end > 1.5 * _CLOSE_UP_SECONDS:
        start = min(round(end / 3), end - _CLOSE_UP_SECONDS)
        stop = start + _CLOSE_UP_SECONDS
        yield from _stretch(row, seen, start, stop, f"The same, {clock(start)} to {clock(stop)}")


def _stretch(
    row: Mapping[str, Any], seen: Mapping[str, Any], start: float | None, end: float, caption: str
) -> Iterator[str]:
    """The music from `start` (None: all of it) to `end`, and the video beneath where it was looked at."""
    seconds = (start or 0.0, end)
    yield _picture(draw_song(row, seconds=None if start is None else seconds), caption)
    if figure := draw_video(row, seen, seconds=seconds):
        yield _picture(figure, "Main colours, shots, and motion against beats and onsets")


def _picture(figure: Figure, caption: str) -> str:
    # As PNG: the SVG of a song with 3,000 notes is ten times larger, and slow on a phone.
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    image = f'<img alt="{caption}" src="data:image/png;base64,{_base64(buffer.getvalue())}">'
    return f"<figure>{_wide(caption, image)}<figcaption>{caption}</figcaption></figure>\n"


def _wide(label: str, content: str) -> str:
    """What a phone shows a part of: it scrolls by itself, with the keys as well."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{label}">{content}</div>'


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values, the values as HTML."""
    if row.get("duration"):
        yield "length", clock(row["duration"])
    if row.get("tempo_global"):
        yield "tempo", f"{row['tempo_global']:.1f} beats per minute"
    for name, group in (("notes", "note_midi"), ("beats", "beat"), ("chords", "chord"), ("shots", "shot")):
        if row.get(group) is not None:
            yield name, f"{len(row[group]['time']):,}"
    if row.get("video_width") and row.get("video_height"):
        rate = f", {row['video_fps']:.2f} frames per second" if row.get("video_fps") else ""
        yield "video", f"{row['video_width']} × {row['video_height']}{rate}"
    if row.get("match_score") is not None:
        yield "same music", _match(row)
    for name, label in _FACTS.items():
        if row.get(name):
            yield label, _link(row[name]) if name.endswith("_url") else _text(row[name])


def _match(row: Mapping[str, Any]) -> str:
    """How the video's music lies beside the song's, in words."""
    said = [f"score {row['match_score']:.2f}"]
    if (offset := row.get("audio_video_offset")) is not None:
        said.append(f"{offset:+.2f} s in the video")
    if semitones := row.get("transposition"):
        said.append(f"{semitones:+d} semitones")
    if (ratio := row.get("tempo_ratio")) is not None and abs(ratio - 1) >= 0.005:
        said.append(f"{abs(ratio - 1):.0%} {'slower' if ratio > 1 else 'faster'}")
    return ", ".join(said)


def _link(url: str) -> str:
    shown = _text(url)
    if not url.startswith(("https://", "http://")):
        return shown
    return f'<a href="{html.escape(url)}" rel="noopener noreferrer nofollow">{shown}</a>'


def _lists(row: Mapping[str, Any]) -> Iterator[str]:
    """What changes over time, in words: captions, keys, tempo, chords; N says that no chord sounds."""
    if has(row.get("caption")):
        yield _list("Captions", row["caption"], row["caption"]["value"], is_open=True)
    if has(row.get("key_mode")):
        yield _list(
            "Keys", row["key_mode"], [key_name(label) for label in row["key_mode"]["value"]], is_open=True
        )
    if has(row.get("tempo")):
        yield _list("Tempo", row["tempo"], [f"{value:.1f}" for value in row["tempo"]["value"]])
    if has(row.get("chord")):
        yield _list("Chords", row["chord"], [short_chord(label) or "N" for label in row["chord"]["value"]])


def _list(name: str, group: Mapping[str, Any], values: Sequence[str], *, is_open: bool = False) -> str:
    items = "".join(
        f"<li><small>{clock(time)}</small> {_text(value)}</li>"
        for time, value in zip(group["time"], values, strict=True)
    )
    state = " open" if is_open else ""
    return f"<details{state}><summary>{name} ({len(values):,})</summary><ol>{items}</ol></details>\n"


def _stages(states: Sequence[Mapping[str, Any]]) -> str:
    if not states:
        return ""
    head = "<tr><th>stage</th><th>outcome</th><th>seconds</th><th>reason</th></tr>"
    table = f"<table>{head}{''.join(map(_stage, states))}</table>"
    return f"<h2>Stages</h2>{_wide('Stages', table)}"


def _stage(state: Mapping[str, Any]) -> str:
    variant = f"@{state['variant']}" if state.get("variant") else ""
    outcome = str(state.get("outcome") or "")
    seconds = state.get("seconds")
    reason = ": ".join(str(state[part]) for part in ("code", "message") if state.get(part))
    cells = (
        f"<td>{_text(str(state.get('stage') or '') + variant)}</td>",
        f'<td class="{_OUTCOMES.get(outcome, "none")}">{_text(outcome)}</td>',
        f"<td>{'' if seconds is None else f'{seconds:.2f}'}</td>",
        f"<td>{_text(reason, 2000)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>\n"


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; media-src 'self'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p>{subtitle}</p></header>
<main>
{players}
{pictures}
{sheet}
<dl>{facts}</dl>
{lists}
{stages}
</main>
</body>
</html>
"""

_STYLE = """
:root { --ink: #22262b; --faint: #66707b; --paper: #fcfbf8; --line: #dedbd3;
  --good: #00704d; --odd: #8a5a00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --faint: #a0a8b1; --paper: #16191d;
  --line: #343a41; --good: #5fd0a5; --odd: #f0b95a; --bad: #ff8a80; } }
body { margin: 0 auto; max-width: 1200px; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .4rem; }
header p, figcaption, dt, small { color: var(--faint); }
header p { margin: .2rem 0 1rem; }
figure { margin: 0 0 1rem; }
figcaption { font-size: .85rem; }
.wide { overflow-x: auto; }
.wide img { display: block; width: 100%; min-width: 860px; border-radius: 8px; }
video, audio { display: block; max-width: 100%; width: 640px; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: .5rem; }
.sheet figure { margin: 0; }
.sheet img { display: block; width: 100%; border-radius: 6px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dd { margin: 0; }
details { margin: .6rem 0; }
summary { cursor: pointer; font-weight: 600; }
ol { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem; padding: 0; }
li { border: 1px solid var(--line); border-radius: 6px; padding: 0 .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--faint); font-weight: 500; }
td.good { color: var(--good); } td.odd { color: var(--odd); } td.bad { color: var(--bad); font-weight: 600; }
a { color: inherit; }
"""
