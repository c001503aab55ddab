"""Short videos composed from real frames by a seeded generator: what the screen test must refuse and keep.

A clip is what somebody could upload: a photo, slides, a film, with text or a visualiser on top. Frames come
from films that are given; words are random and set in DejaVu, which matplotlib brings (Latin, Greek,
Cyrillic, Armenian, Georgian; it has no Chinese, Japanese or Korean). Arrays are RGB uint8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

FPS = 10
SECONDS = 20
COUNT = FPS * SECONDS

Pictures = NDArray[np.uint8]
Films = Sequence[Pictures]
Random = np.random.Generator

_FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_FACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSans-Oblique")
_LETTERS = {
    "Latin": "aeiounrtsldhcmpgbvfyéñüß",
    "Greek": "αεηιουνρτσλδκμπγβθφχ",
    "Cyrillic": "аеиоунртслдхкмпгбвы",
    "Armenian": "աեիոունրտսլդհքմպգբվ",
    "Georgian": "აეიოუნრტსლდჰქმპგბვ",
}


class Kind(NamedTuple):
    """A kind of clip: how it is made, and the codes that may be given for it (none: it must stay)."""

    name: str
    make: Callable[[Films, Random], Iterator[Pictures]]
    codes: tuple[str, ...]


def clip(kind: Kind, films: Films, seed: int) -> Iterator[Pictures]:
    """Yield the `COUNT` pictures of a clip; the same kind, films and seed give the same pictures."""
    generator = np.random.default_rng([seed, sum(map(ord, kind.name))])
    for picture in kind.make(films, generator):
        yield np.ascontiguousarray(picture, np.uint8)


# --- pictures -------------------------------------------------------------------------------------


def film(films: Films, random: Random, count: int = COUNT) -> Iterator[Pictures]:
    """Pieces of 1.5 to 6 seconds of the films in turn, lit, mirrored and framed anew, hard cuts between.

    In turn, because 20 seconds stand for minutes: half a minute of a film can be all pans over a landscape,
    which nothing tells from panned photos.
    """
    made, turn = 0, int(random.integers(len(films)))
    while made < count:
        source, turn = films[turn % len(films)], turn + 1
        length = min(int(random.uniform(1.5, 6) * FPS), len(source) - 1, count - made)
        start = int(random.integers(len(source) - length))
        box, gain, flip = _box(random, 0.7), random.uniform(0.7, 1.1), int(random.choice([-1, 1]))
        for picture in source[start : start + length]:
            lit = cv2.convertScaleAbs(_framed(picture, box)[:, ::flip], alpha=gain)
            yield np.asarray(lit, np.uint8)
        made += length


def photo(films: Films, random: Random) -> Pictures:
    """One lit frame of a film."""
    source = films[int(random.integers(len(films)))]
    lit = [i for i in range(0, len(source), 4) if source[i].mean() > 40]
    return np.asarray(source[random.choice(lit)], np.uint8)


def _box(random: Random, least: float) -> tuple[float, float, float]:
    """Left, top and side of a part of the picture, as shares."""
    side = random.uniform(least, 1.0)
    left, top = random.uniform(0, 1 - side, 2)
    return left, top, side


def _framed(picture: Pictures, box: tuple[float, float, float]) -> Pictures:
    height, width = picture.shape[:2]
    left, top, side = box
    moved = np.array([[1 / side, 0, -left * width / side], [0, 1 / side, -top * height / side]])
    return np.asarray(cv2.warpAffine(picture, moved, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def _drift(picture: Pictures, random: Random, count: int) -> Iterator[Pictures]:
    """A photo under a slow zoom and pan."""
    a, b = (np.array(_box(random, least)) for least in (0.6, 0.75))
    fastest = 0.04 * count / FPS  # of the side, a second: what slideshow programs do
    b = a + np.clip(b - a, -fastest, fastest)
    for t in np.linspace(0, 1, count):
        yield _framed(picture, tuple(a + (b - a) * t))


# --- text -----------------------------------------------------------------------------------------


def _word(random: Random, letters: str) -> str:
    return "".join(random.choice(list(letters), random.integers(2, 9)))


def script(random: Random) -> str:
    """The letters of one script."""
    return _LETTERS[str(random.choice(list(_LETTERS)))]


def words(random: Random, count: int, letters: str = "") -> str:
    """`count` random words of these letters, or of any one script."""
    letters = letters or script(random)
    return " ".join(_word(random, letters) for _ in range(count)).capitalize()


SUNG = (0.4, (0.5, 2.0))
"""Lyrics pause after two lines of five, for half a second to two."""


class Style(NamedTuple):
    """How text looks; `size` is the letters' em as a share of the picture's height."""

    face: str
    size: float
    fill: tuple[int, int, int]
    outline: int


def style(random: Random, low: float, high: float) -> Style:
    """A random style with letters between two sizes."""
    fill = [(255, 255, 255), (255, 240, 80), (120, 230, 255), (255, 170, 200)][random.integers(4)]
    return Style(str(random.choice(_FACES)), random.uniform(low, high), fill, int(random.integers(1, 3)))


def written(
    picture: Pictures, lines: Sequence[str], look: Style, top: float, left: float | None = None
) -> Pictures:
    """A copy of a picture with lines of text from `top` (a share of its height); centred without `left`."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    size = round(look.size * picture.shape[0])
    for i, line in enumerate(lines):
        font = _font(look.face, size)
        line = _fitted(line, font, round(0.92 * picture.shape[1]))
        x = (picture.shape[1] - draw.textlength(line, font)) / 2 if left is None else left * picture.shape[1]
        y = top * picture.shape[0] + i * 1.35 * size
        draw.text((x, y), line, look.fill, font, stroke_width=look.outline, stroke_fill=(0, 0, 0))
    return np.asarray(image)


@cache
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / f"{face}.ttf"), size)


@cache
def _fitted(line: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """As many words of a line as have room."""
    while len(line) > 3 and font.getlength(line) > width:
        line = line.rpartition(" ")[0] or line[:-2]
    return line


class Wording(NamedTuple):
    """How much is written: rows at once, words in a row, and seconds and chance of a gap after each."""

    rows: tuple[int, int]
    words: tuple[int, int]
    gap_chance: float
    gap_seconds: tuple[float, float]


def captioned(
    pictures: Iterator[Pictures], random: Random, look: Style, wording: Wording, top: float | None = None
) -> Iterator[Pictures]:
    """Pictures under text that changes every 2 to 4 seconds, with gaps; it begins at `top`.

    `top` is a share of the height; None sets the text to end at 0.95, as subtitles do.
    """
    letters = script(random)
    lines: list[str] = []
    left = 0
    for picture in pictures:
        if left == 0 and lines and random.random() < wording.gap_chance:
            lines, left = [], int(random.uniform(*wording.gap_seconds) * FPS)
        elif left == 0:
            rows = int(random.integers(wording.rows[0], wording.rows[1] + 1))
            counts = random.integers(wording.words[0], wording.words[1] + 1, rows)
            lines, left = [words(random, count, letters) for count in counts], int(random.uniform(2, 4) * FPS)
        left = max(0, left - 1)
        at = 0.95 - 1.35 * look.size * len(lines) if top is None else top
        yield written(picture, lines, look, at) if lines else picture


# --- kinds that must be refused -------------------------------------------------------------------


def frozen(films: Films, random: Random) -> Iterator[Pictures]:
    """One photo, now and then with a title on it."""
    picture = _framed(photo(films, random), _box(random, 0.7))
    if random.random() < 0.5:
        picture = written(picture, [words(random, 3)], style(random, 0.06, 0.12), random.uniform(0.1, 0.7))
    for _ in range(COUNT):
        yield picture


def slow_zoom(films: Films, random: Random) -> Iterator[Pictures]:
    """One photo under a slow zoom and pan (Ken Burns)."""
    yield from _drift(photo(films, random), random, COUNT)


def slides(films: Films, random: Random, *, moving: bool, dissolve: float) -> Iterator[Pictures]:
    """Photos of 2 to 6 seconds each, cut hard or dissolved into each other, still or drifting."""
    mix = int(dissolve * FPS)
    tail: list[Pictures] = []
    made = 0
    while made < COUNT:
        length = int(random.uniform(2, 6) * FPS) + mix
        picture = photo(films, random)
        slide = (
            list(_drift(picture, random, length))
            if moving
            else [_framed(picture, _box(random, 0.6))] * length
        )
        for i, old in enumerate(tail):
            share = (i + 1) / (mix + 1)
            slide[i] = np.asarray(cv2.addWeighted(old, 1 - share, slide[i], share, 0), np.uint8)
        tail = slide[length - mix :]
        yield from slide[: min(length - mix, COUNT - made)]
        made += length - mix


def hard_slides(films: Films, random: Random) -> Iterator[Pictures]:
    """Still photos, hard cuts."""
    return slides(films, random, moving=False, dissolve=0.0)


def soft_slides(films: Films, random: Random) -> Iterator[Pictures]:
    """Still photos, dissolves of half to one and a half seconds."""
    return slides(films, random, moving=False, dissolve=random.uniform(0.5, 1.5))


def moving_slides(films: Films, random: Random) -> Iterator[Pictures]:
    """Drifting photos, dissolves of half to one and a half seconds."""
    return slides(films, random, moving=True, dissolve=random.uniform(0.5, 1.5))


def karaoke(films: Films, random: Random) -> Iterator[Pictures]:
    """Two to four lines of large text over a film, most of the time."""
    look = style(random, 0.075, 0.12)
    rows = (2, 2) if look.size > 0.095 else (2, 4)
    top = random.uniform(0.45, 0.62)
    return captioned(film(films, random), random, look, Wording(rows, (3, 7), *SUNG), top)


def big_lyrics(films: Films, random: Random) -> Iterator[Pictures]:
    """One or two lines in the middle of a film."""
    look = style(random, 0.08, 0.16)
    top = random.uniform(0.3, 0.5)
    return captioned(film(films, random), random, look, Wording((1, 2), (2, 5), *SUNG), top)


def lyrics_on_photo(films: Films, random: Random) -> Iterator[Pictures]:
    """Lyrics over a drifting photo."""
    back = _drift(photo(films, random), random, COUNT)
    return captioned(back, random, style(random, 0.07, 0.13), Wording((1, 3), (3, 7), *SUNG), 0.35)


def rolling_lyrics(films: Films, random: Random) -> Iterator[Pictures]:
    """The whole text rolling slowly over a film."""
    look = style(random, 0.055, 0.08)
    lines = [words(random, int(random.integers(3, 8))) for _ in range(60)]
    for i, picture in enumerate(film(films, random)):
        at = 0.9 - 0.06 * i / FPS * 2
        first = max(0, int((0.02 - at) / (1.35 * look.size)))
        shown = lines[first : first + 12]
        top = at + first * 1.35 * look.size
        yield written(
            picture, [line for j, line in enumerate(shown) if top + j * 1.35 * look.size < 0.95], look, top
        )


def _contrasting(picture: Pictures, random: Random) -> list[int]:
    """A light colour for a dark picture, a dark one for a light: bars are there to be seen."""
    low, high = (0, 70) if picture.mean() > 127 else (186, 256)
    return [int(c) for c in random.integers(low, high, 3)]


def bars(films: Films, random: Random) -> Iterator[Pictures]:
    """Bars that jump with the music over a photo."""
    picture = _framed(photo(films, random), _box(random, 0.7))
    height, width = picture.shape[:2]
    n, base, reach = int(random.integers(16, 48)), random.uniform(0.6, 0.95), random.uniform(0.15, 0.4)
    left, right = random.uniform(0.0, 0.25), random.uniform(0.75, 1.0)
    edges = np.linspace(left * width, right * width, n + 1)
    colour = _contrasting(picture, random)
    level = random.random(n)
    for _ in range(COUNT):
        level = np.clip(0.55 * level + 0.45 * random.random(n) * np.linspace(1, 0.5, n), 0, 1)
        shown = picture.copy()
        for a, b, high in zip(edges[:-1], edges[1:], level, strict=True):
            top = round((base - reach * high) * height)
            cv2.rectangle(shown, (round(a), top), (round(b) - 2, round(base * height)), colour, -1)
        yield shown


def wave(films: Films, random: Random) -> Iterator[Pictures]:
    """A wave form that shivers over a photo."""
    picture = _framed(photo(films, random), _box(random, 0.7))
    height, width = picture.shape[:2]
    x = np.arange(0, width, 3)
    colour = _contrasting(picture, random)
    middle, reach, thick = random.uniform(0.3, 0.8), random.uniform(0.08, 0.2), int(random.integers(2, 5))
    for _ in range(COUNT):
        phases = random.uniform(0, 2 * np.pi, 4)[:, None]
        pace = np.array([0.02, 0.05, 0.09, 0.15])[:, None]
        y = (np.sin(pace * x + phases) * random.uniform(0.2, 1, (4, 1))).sum(axis=0) / 2.5
        points = np.stack([x, (middle + reach * y) * height], axis=1).astype(np.int32)
        yield np.asarray(cv2.polylines(picture.copy(), [points], False, colour, thick), np.uint8)


def postage_stamp(films: Films, random: Random) -> Iterator[Pictures]:
    """A film that fills less than a sixth of the black frame."""
    return boxed(film(films, random), random.uniform(0.28, 0.4), random.uniform(0.28, 0.4), 0)


# --- kinds that must stay -------------------------------------------------------------------------


def boxed(pictures: Iterator[Pictures], wide: float, high: float, level: int) -> Iterator[Pictures]:
    """Pictures in the middle of an even frame."""
    for picture in pictures:
        height, width = picture.shape[:2]
        size = (round(wide * width), round(high * height))
        shown = np.full_like(picture, level)
        y, x = (height - size[1]) // 2, (width - size[0]) // 2
        shown[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        yield shown


def subtitled(films: Films, random: Random) -> Iterator[Pictures]:
    """One or two lines below, most of the time."""
    look = style(random, 0.04, 0.06)
    wording = Wording((1, 2), (3, 7), random.uniform(0.1, 0.9), (0.5, 3.0))
    return captioned(film(films, random), random, look, wording)


def with_logo(films: Films, random: Random) -> Iterator[Pictures]:
    """A sign in a corner, and sometimes a banner below, all the time."""
    look, banner = style(random, 0.05, 0.09), style(random, 0.05, 0.08)
    sign, name = words(random, 1), words(random, 5)
    top, left, has_banner = random.choice([0.04, 0.85]), random.choice([0.03, 0.75]), random.random() < 0.5
    for picture in film(films, random):
        shown = written(picture, [sign], look, top, left)
        yield written(shown, [name], banner, 0.75) if has_banner else shown


def with_credits(films: Films, random: Random) -> Iterator[Pictures]:
    """Credits roll over black, or over the film, in the last fifth to third."""
    start = int(COUNT * random.uniform(0.67, 0.8))
    look, on_black = style(random, 0.04, 0.06), random.random() < 0.6
    lines = [words(random, int(random.integers(2, 5))) for _ in range(40)]
    for i, picture in enumerate(film(films, random)):
        if i < start:
            yield picture
            continue
        at = 0.9 - 0.25 * (i - start) / FPS
        first = max(0, int((0.02 - at) / (1.35 * look.size)))
        top = at + first * 1.35 * look.size
        shown = [line for j, line in enumerate(lines[first:]) if top + j * 1.35 * look.size < 0.92]
        yield written(np.zeros_like(picture) if on_black else picture, shown, look, top)


def with_title(films: Films, random: Random) -> Iterator[Pictures]:
    """A large title for the first three to five seconds."""
    look, end = style(random, 0.1, 0.16), int(random.uniform(3, 5) * FPS)
    title = [words(random, 2), words(random, 2)]
    for i, picture in enumerate(film(films, random)):
        yield written(picture, title, look, 0.3) if i < end else picture


def silent_film(films: Films, random: Random) -> Iterator[Pictures]:
    """Cards of text between the scenes, a quarter to a third of the time."""
    pictures = film(films, random)
    look = style(random, 0.06, 0.09)
    left, card = int(random.uniform(3, 6) * FPS), None
    for picture in pictures:
        if left == 0:
            left = (
                int(random.uniform(4, 7) * FPS) if card is not None else int(random.uniform(1.5, 2.5) * FPS)
            )
            lines = [words(random, 4) for _ in range(int(random.integers(1, 4)))]
            card = None if card is not None else written(np.zeros_like(picture), lines, look, 0.35)
        left -= 1
        yield picture if card is None else card


def letterboxed(films: Films, random: Random) -> Iterator[Pictures]:
    """Black bars above and below, or left and right of an upright film."""
    if random.random() < 0.5:
        return boxed(film(films, random), 1.0, random.uniform(0.6, 0.8), 0)
    return boxed(film(films, random), random.uniform(0.32, 0.75), 1.0, 0)


def in_a_frame(films: Films, random: Random) -> Iterator[Pictures]:
    """A film inside a photo that stays as it is."""
    back = np.asarray(cv2.GaussianBlur(photo(films, random), (0, 0), 5), np.uint8)
    wide, high = random.uniform(0.35, 0.6, 2)
    for picture in boxed(film(films, random), wide, high, 0):
        height, width = picture.shape[:2]
        y, x = (height - round(high * height)) // 2, (width - round(wide * width)) // 2
        shown = back.copy()
        inside = np.s_[y : y + round(high * height), x : x + round(wide * width)]
        shown[inside] = picture[inside]
        yield shown


def tripod(films: Films, random: Random) -> Iterator[Pictures]:
    """A still scene in which something small moves, as hands do: a soft-edged twelfth of the picture."""
    back = photo(films, random)
    height, width = back.shape[:2]
    mask = np.zeros((height, width), np.float32)
    centre = (round(random.uniform(0.3, 0.7) * width), round(random.uniform(0.4, 0.7) * height))
    cv2.ellipse(mask, centre, (round(0.18 * width), round(0.16 * height)), 0, 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 4))[:, :, None]
    for picture in film(films, random):
        yield (back * (1 - soft) + picture * soft).astype(np.uint8)


def hands(films: Films, random: Random) -> Iterator[Pictures]:
    """A still scene over which two soft-edged pieces of film wander, as hands do over keys."""
    back, source = photo(films, random), films[int(random.integers(len(films)))]
    height, width = back.shape[:2]
    size = (round(random.uniform(0.12, 0.2) * width), round(random.uniform(0.15, 0.25) * height))
    oval = np.zeros(size[::-1], np.float32)
    cv2.ellipse(oval, (size[0] // 2, size[1] // 2), (size[0] // 2 - 3, size[1] // 2 - 3), 0, 0, 360, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(oval, (0, 0), 1.5))[:, :, None]
    middle = np.s_[height // 3 : height // 3 + size[1], width // 3 : width // 3 + size[0]]
    skins = [source[int(random.integers(len(source)))][middle] for _ in range(2)]
    phases, paces = random.uniform(0, 2 * np.pi, (2, 3)), random.uniform(0.3, 1.2, (2, 3))
    for i in range(COUNT):
        shown = back.copy()
        for skin, phase, pace in zip(skins, phases, paces, strict=True):
            sway = np.sin(phase + pace * i / FPS).sum() / 3
            x, y = (
                round((0.5 + 0.45 * sway) * (width - size[0])),
                round((0.6 + 0.05 * sway) * (height - size[1])),
            )
            place = shown[y : y + size[1], x : x + size[0]]
            place[:] = (place * (1 - soft) + skin * soft).astype(np.uint8)
        yield shown


BAD = (
    Kind("frozen photo", frozen, ("STATIC",)),
    Kind("slow zoom", slow_zoom, ("STATIC",)),
    Kind("slideshow, cuts", hard_slides, ("SLIDESHOW",)),
    Kind("slideshow, dissolves", soft_slides, ("SLIDESHOW",)),
    Kind("slideshow, zooms", moving_slides, ("SLIDESHOW",)),
    Kind("karaoke over film", karaoke, ("LYRIC_VIDEO",)),
    Kind("lyrics over film", big_lyrics, ("LYRIC_VIDEO",)),
    Kind("lyrics over photo", lyrics_on_photo, ("LYRIC_VIDEO", "SLIDESHOW", "STATIC")),
    Kind("rolling lyrics", rolling_lyrics, ("LYRIC_VIDEO",)),
    Kind("visualiser, bars", bars, ("VISUALISER", "STATIC")),
    Kind("visualiser, wave", wave, ("VISUALISER", "STATIC")),
    Kind("postage stamp", postage_stamp, ("BLACK_BARS",)),
)
"""What must be refused."""

GOOD = tuple(
    Kind(name, make, ())
    for name, make in {
        "film": film,
        "film, subtitles": subtitled,
        "film, logo": with_logo,
        "film, credits": with_credits,
        "film, title": with_title,
        "silent film": silent_film,
        "film, black bars": letterboxed,
        "film in a frame": in_a_frame,
        "tripod": tripod,
        "hands": hands,
    }.items()
)
"""What must stay."""
