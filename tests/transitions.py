"""Films composed from real shots by a seeded generator: cuts, dissolves and fades whose places are known.

Inside the shots is what a detector may take for one: pans, zooms, a shaking hand, flashes, changing light
and titles that fade in. Arrays are RGB uint8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
Random = np.random.Generator

SECONDS_OF_SHOT = (0.6, 2.5)
"""How long a shot is seen alone, between its two transitions."""

SECONDS_OF_DISSOLVE = (0.3, 2.0)
SECONDS_OF_FADE = (0.2, 0.8)  # out and in, each
KINDS = {"cut": 0.45, "dissolve": 0.45, "fade": 0.1}
DISTURBANCES = ("", "", "", "", "flash", "light", "title")


class Transition(NamedTuple):
    """`first` and `last` are the first and last frame whose picture is not the old shot's alone or the new's.

    A cut has the first frame of the new shot for both.
    """

    kind: str
    first: int
    last: int


class Composed(NamedTuple):
    """A film: how many frames, how many a second, its transitions in order, and its shots."""

    length: int
    fps: int
    transitions: list[Transition]
    shots: list[Shot]

    def pictures(self) -> Iterator[Pictures]:
        """Yield the frames; those of a transition are blended."""
        gains = np.array([shot.gains(self.length) for shot in self.shots])  # (shots, frames)
        for i in range(self.length):
            seen = [(gains[k, i], self.shots[k]) for k in np.flatnonzero(gains[:, i])]
            blend = sum(gain * shot.picture(i) for gain, shot in seen)
            size = self.shots[0].source.shape[1:]
            yield np.clip(np.broadcast_to(blend, size), 0, 255).astype(np.uint8)


class Shot(NamedTuple):
    """A piece of a source under a moving camera, seen from frame `begin`, its gain rising until `full`.

    From `wanes` the gain falls, to nothing at `end`. A ramp of no frames is a cut.
    """

    source: Pictures
    start: int
    boxes: NDArray[np.float64]  # (frames, 3): left, top and side of what is seen, as shares
    light: NDArray[np.float64]  # (frames,)
    added: NDArray[np.float64]  # (frames,): of white, from a flash
    title: tuple[str, NDArray[np.float64]]
    flip: int
    begin: int
    full: int
    wanes: int
    end: int

    def gains(self, count: int) -> NDArray[np.float64]:
        """How much of each frame of the film is this shot, (count,)."""
        i = np.arange(count)
        rising = np.clip((i - self.begin + 1) / (self.full - self.begin + 1), 0, 1)
        falling = np.clip((self.end - i) / (self.end - self.wanes + 1), 0, 1)
        return np.minimum(rising, falling)

    def picture(self, i: int) -> NDArray[np.float64]:
        """Return the shot as it is at frame `i` of the film, not yet blended."""
        k = i - self.begin
        frame = self.source[_to_and_fro(self.start + k, len(self.source))][:, :: self.flip]
        seen = framed(frame, self.boxes[k]) * self.light[k] + 255 * self.added[k]
        name, shown = self.title
        return seen if not name or shown[k] == 0 else _written(seen, name, shown[k])


def compose(sources: Sequence[Pictures], seed: int, shots: int) -> Composed:
    """Return a film of so many shots; the same sources and seed give the same film."""
    random = np.random.default_rng(seed)
    fps = int(random.choice([24, 25, 30]))
    kinds = [str(kind) for kind in random.choice(list(KINDS), shots - 1, p=list(KINDS.values()))]
    made: list[Shot] = []
    transitions: list[Transition] = []
    at, rise, last = 0, 0, -1
    for kind in [*kinds, "end"]:
        body = round(fps * random.uniform(*SECONDS_OF_SHOT))
        fall = _ramp(kind, fps, random)
        last = int(random.choice([k for k in range(len(sources)) if k != last]))
        wanes = at + rise + body
        made.append(_shot(sources[last], random, (at, at + rise, wanes, wanes + fall), fps))
        at, rise = _joined(kind, wanes, fall, fps, random, transitions)
    return Composed(made[-1].end, fps, transitions, made)


def _ramp(kind: str, fps: int, random: Random) -> int:
    spans = {"dissolve": SECONDS_OF_DISSOLVE, "fade": SECONDS_OF_FADE}
    return round(fps * random.uniform(*spans[kind])) if kind in spans else 0


def _joined(
    kind: str, wanes: int, fall: int, fps: int, random: Random, transitions: list[Transition]
) -> tuple[int, int]:
    """Note the transition; return the first frame of the next shot, and how long it rises."""
    if kind == "dissolve":
        transitions.append(Transition(kind, wanes, wanes + fall - 1))
        return wanes, fall
    if kind == "fade":
        black, rise = round(fps * random.uniform(0.0, 0.5)), _ramp(kind, fps, random)
        begin = wanes + fall + black
        transitions.append(Transition(kind, wanes, begin + rise - 1))
        return begin, rise
    if kind == "cut":
        transitions.append(Transition(kind, wanes, wanes))
    return wanes, 0


def _shot(source: Pictures, random: Random, places: tuple[int, int, int, int], fps: int) -> Shot:
    n = places[3] - places[0]
    disturbance = str(random.choice(DISTURBANCES))
    light, added = np.full(n, random.uniform(0.6, 1.1)), np.zeros(n)
    middle = int(random.uniform(0.2, 0.8) * n)
    if disturbance == "light":
        light *= np.interp(np.arange(n), [middle, middle + 0.6 * fps], [1, random.uniform(0.5, 1.6)])
    if disturbance == "flash":
        for at in random.integers(0, n, 3):
            added[at : at + 4] = np.array([0.9, 0.5, 0.25, 0.1])[: n - at]
    name = f"Title {random.integers(1000)}" if disturbance == "title" else ""
    title = np.clip((np.arange(n) - middle) / (0.5 * fps), 0, 1)
    camera = _camera(random, n, fps)
    flip, start = int(random.choice([-1, 1])), int(random.integers(len(source)))
    return Shot(source, start, camera, light, added, (name, title), flip, *places)


def _camera(random: Random, n: int, fps: int) -> NDArray[np.float64]:
    """A still, a pan, a zoom or both, half of them shaking: boxes (n, 3)."""
    a, b = (_box(random) for _ in range(2))
    seconds = n / fps
    moves = random.choice(["still", "pan", "zoom", "both"])
    fastest = random.uniform(0.05, 0.35) * seconds  # of the picture's side, a second
    step = np.clip(b - a, -fastest, fastest)
    step *= np.array({"still": (0, 0, 0), "pan": (1, 1, 0), "zoom": (0, 0, 1), "both": (1, 1, 1)}[str(moves)])
    boxes = a + np.linspace(0, 1, n)[:, None] * step
    if random.random() < 0.5:
        t = np.arange(n)[:, None] / fps
        boxes[:, :2] += 0.006 * np.sin(2 * np.pi * (random.uniform(1, 4, 2) * t + random.random(2)))
    boxes[:, :2] = np.clip(boxes[:, :2], 0, 1 - boxes[:, 2:])
    return boxes


def _box(random: Random) -> NDArray[np.float64]:
    side = random.uniform(0.55, 0.95)
    return np.array([*random.uniform(0, 1 - side, 2), side])


def framed(picture: Pictures, box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part of a picture that lies in a box, as large as the whole."""
    height, width = picture.shape[:2]
    left, top, side = box
    moved = np.array([[1 / side, 0, -left * width / side], [0, 1 / side, -top * height / side]])
    seen = cv2.warpAffine(np.ascontiguousarray(picture), moved, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(seen, np.float64)


def _written(picture: NDArray[np.float64], name: str, share: float) -> NDArray[np.float64]:
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    at, size = (width // 6, height // 2), height / 120
    cv2.putText(mask, name, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, max(2, height // 60), cv2.LINE_AA)
    weight = (mask / 255.0 * share)[:, :, None]
    return picture * (1 - weight) + 255 * weight


def _to_and_fro(i: int, n: int) -> int:
    k = i % (2 * n - 2)
    return k if k < n else 2 * n - 2 - k
