"""The picture: drawn for every kind of song, whatever its title, without a warning."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symmv_tools.dataset.page.lettering import clock, cut, drawable, key_name, pitch_class, short_chord
from symmv_tools.dataset.page.picture import draw_song
from symmv_tools.errors import BadCall

Row = dict[str, Any]
Maker = Callable[..., Row]


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def texts(row: Row, **options: Any) -> list[str]:
    """Everything that is written on the picture of `row`."""
    figure = draw_song(row, **options)
    written = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in written]


def test_every_kind_of_song_is_drawn(tmp_path: Path, three_songs: list[Row]) -> None:
    for i, song in enumerate(three_songs):
        draw_song(song, tmp_path / f"{i}.png")
        assert (tmp_path / f"{i}.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_has_1600_by_700_pixels(tmp_path: Path, full_song: Maker) -> None:
    draw_song(full_song(), tmp_path / "song.png")
    header = (tmp_path / "song.png").read_bytes()[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (1600, 700)


def test_an_svg_has_the_same_bytes_every_time(tmp_path: Path, full_song: Maker) -> None:
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        draw_song(full_song(), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize(
    "title",
    [
        "$x^2$ and $\\frac{$",
        "\x1b[31mred\x00 \u202eevil",
        "小幸运 🎵🎵 e\u0301\u200d",
        "🎵" * 40,
        "Wide " * 1000,
        "a\nb\tc",
        "\ud800 broken",
        "",
    ],
)
def test_no_title_is_too_hostile(tmp_path: Path, full_song: Maker, title: str) -> None:
    draw_song(full_song() | {"title": title, "artist": title}, tmp_path / "song.png")


@pytest.mark.parametrize("row", [{}, {"song_id": "x"}, {"song_id": "x", "duration": 0.0, "title": None}])
def test_a_row_with_nothing_in_it_is_drawn(tmp_path: Path, row: Row) -> None:
    draw_song(row, tmp_path / "song.png")


def test_missing_parts_are_absent(full_song: Maker, midi_only_song: Maker) -> None:
    assert "3 shots" in texts(full_song())
    assert not [text for text in texts(midi_only_song()) if "shot" in text]
    assert "bars" not in texts(midi_only_song() | {"beat": None})
    assert "no notes" in texts(midi_only_song(count=0))
    assert "not transcribed" in texts(midi_only_song() | {"note_midi": None})


def test_only_the_seconds_asked_for_are_shown(full_song: Maker) -> None:
    shown = texts(full_song(), seconds=(4.0, 6.0))
    assert "1 shot" in shown  # the third, which opens at 5.0 - 1.5 s of music
    assert "3" in shown  # the bar that begins at 4.0; the next begins at 6.0
    assert "4" not in shown
    assert draw_song(full_song(), seconds=(4.0, 6.0)).axes[0].get_xlim() == (4.0, 6.0)


@pytest.mark.parametrize("seconds", [(3.0, 3.0), (4.0, 2.0), (0.0, float("nan")), (0.0, float("inf"))])
def test_no_stretch_of_time_is_refused(full_song: Maker, seconds: tuple[float, float]) -> None:
    with pytest.raises(BadCall, match="cannot draw from"):
        draw_song(full_song(), seconds=seconds)


def test_an_unknown_kind_of_picture_is_refused(tmp_path: Path, full_song: Maker) -> None:
    with pytest.raises(BadCall, match=r"'\.bmp'"):
        draw_song(full_song(), tmp_path / "song.bmp")


def test_the_longest_song_is_thinned(tmp_path: Path, midi_only_song: Maker) -> None:
    song = midi_only_song(count=3000)
    song["chord"] = {
        "time": np.arange(1500.0), "duration": np.ones(1500), "value": ["C:maj", "G:7"] * 750,
        "confidence": np.ones(1500, np.float32),
    }  # fmt: skip
    written = texts(song)
    assert len(written) < 60
    assert "G7" not in written


@pytest.mark.parametrize(
    ("label", "short", "root"),
    [
        ("C:maj", "C", 0),
        ("A:min7/b3", "Am7/♭3", 9),
        ("F#:hdim7", "F♯ø7", 6),
        ("Bb:maj(9)", "B♭(9)", 10),
        ("Cb", "C♭", 11),
        ("G:(1,5)", "G(1,5)", 7),
        ("N", "", None),
        ("X", "", None),
    ],
)
def test_chords_are_written_as_on_a_lead_sheet(label: str, short: str, root: int | None) -> None:
    assert short_chord(label) == short
    assert pitch_class(label) == root


def test_small_words() -> None:
    assert key_name("Bb:minor") == "B♭ minor"
    assert [clock(seconds) for seconds in (0, 59.6, 65, 3600, -5)] == [
        "0:00",
        "1:00",
        "1:05",
        "60:00",
        "-0:05",
    ]
    assert drawable("ok 🎵 ok") == "ok ok"
    assert cut("a long title", 10, 50).endswith("…")
    assert cut("short", 10, 500) == "short"
