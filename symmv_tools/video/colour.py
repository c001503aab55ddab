"""Colour: HistoGAN's histogram of a picture in log-chroma space, and a palette of its main colours.

V-MusProd (ICCV 2023, section 4.1) takes "a 2D feature map proposed in" HistoGAN of "each video frame", and
says no more. The rest is from Afifi, Brubaker and Brown (CVPR 2021) and the class RGBuvHistBlock of their
repository: the paper's three planes, intensity scale and inverse-quadratic kernel; the repository's
defaults h = 64, sigma = 0.02, bins from -3 to 3, epsilon = 1e-6. Blocks of bins are chosen by us.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 64
SIGMA = 0.02
BOUNDARY = 3.0
EPSILON = 1e-6
_SQUARES = ((np.arange(256) / 255.0) ** 2).astype(np.float32)


def uv_histogram(pixels: NDArray[np.uint8], blocks: int = BINS) -> NDArray[np.float32]:
    """Return HistoGAN's RGB-uv histogram, (3, blocks, blocks), which sums to 1 (a black picture too).

    `pixels` are RGB, (..., 3). Plane c of red, green, blue has u and v = the log of channel c over the
    first and the second other channel. `blocks` less than 64 sums neighbouring bins: 16 gives 4 x 4 of
    them, which is exact and much quicker than summing later. Log ratios beyond 3 (20 : 1) fall out,
    but for the kernel's tail.

    Raises ValueError if `blocks` does not divide 64.
    """
    if blocks < 1 or BINS % blocks:
        raise ValueError(f"blocks must divide {BINS}; got {blocks}")
    colours = pixels.reshape(-1, 3)
    red, green, blue = colours.T.astype(np.intp)
    ratios = (256 * red + green, 256 * red + blue, 256 * green + blue)
    red_green, red_blue, green_blue = (_kernels(blocks).take(ratio, axis=0) for ratio in ratios)
    squares = _SQUARES.take(colours)
    # column by column: summing along an axis of three takes a third of all this function's time
    intensity = np.sqrt(squares[:, 0] + squares[:, 1] + squares[:, 2] + np.float32(EPSILON))
    green_blue *= intensity[:, None]
    # the bins are symmetric about 0, so the kernel of -u is that of u backwards
    of_red = red_green.T @ (red_blue * intensity[:, None])
    of_green = (red_green.T @ green_blue)[::-1]
    of_blue = (red_blue.T @ green_blue)[::-1, ::-1]
    planes = np.stack([of_red, of_green, of_blue])
    planes /= planes.sum(dtype=np.float64) + EPSILON
    return planes


@cache
def _kernels(blocks: int) -> NDArray[np.float32]:
    """The kernel at all bins, summed into blocks, for every pair of levels: row 256 a + b is log a/b."""
    level = np.log(np.arange(256) / 255.0 + EPSILON)
    bins = np.linspace(-BOUNDARY, BOUNDARY, BINS)
    table = np.empty((256, 256, blocks), np.float32)
    for a in range(256):  # row by row: all at once would take 32 MB for a moment
        distance = (level[a] - level)[:, None] - bins
        table[a] = (1.0 / (1.0 + (distance / SIGMA) ** 2)).reshape(256, blocks, -1).sum(axis=2)
    return table.reshape(-1, blocks)


def on_grid(pixels: NDArray[np.uint8], side: int = BINS) -> NDArray[np.uint8]:
    """Return the pixels on an even grid of `side` rows and columns at most, (rows, columns, 3).

    HistoGAN's resizing "sampling", with h rows and columns there. Its default, "interpolation" to 150 x 150
    between the four nearest pixels, looks at five times as many (docs/reference/benchmarks.md).
    """
    height, width = pixels.shape[:2]
    rows, columns = (np.linspace(0, n, min(n, side), endpoint=False).astype(int) for n in (height, width))
    return pixels.take(rows, axis=0).take(columns, axis=1)


# --- palette ------------------------------------------------------------------------------------


class Palette(NamedTuple):
    """Main colours of a picture, most frequent first: RGB uint8 (n, 3), and their shares (n,) of it."""

    colour: NDArray[np.uint8]
    share: NDArray[np.float32]

    def as_hex(self) -> list[str]:
        """The colours as HTML writes them, `#rrggbb`."""
        return [f"#{bytes(colour).hex()}" for colour in self.colour]


def palette_of(pixels: NDArray[np.uint8], colours: int = 5, rounds: int = 8) -> Palette:
    """Return at most `colours` main colours of RGB `pixels`, (..., 3): k-means in RGB, `rounds` times.

    No chance is in it: the first centre is the mean, each further one the pixel farthest from all
    before. A picture with fewer colours has a shorter palette.
    """
    points = pixels.reshape(-1, 3).astype(np.float32)
    lengths: NDArray[np.float32] = (points**2).sum(axis=1, keepdims=True)
    centres = _spread(points, lengths, colours)
    for _ in range(rounds):
        nearest = _squares(points, lengths, centres).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, channel, len(centres)) for channel in points.T], axis=1)
        centres = (sums[counts > 0] / counts[counts > 0, None]).astype(np.float32)
    counts = np.bincount(_squares(points, lengths, centres).argmin(axis=1), minlength=len(centres))
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    return Palette(np.rint(centres[order]).astype(np.uint8), (counts[order] / len(points)).astype(np.float32))


def _spread(points: NDArray[np.float32], lengths: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    centres: NDArray[np.float32] = points.mean(axis=0, keepdims=True)
    while len(centres) < count:
        away = _squares(points, lengths, centres).min(axis=1)
        if away.max() < 1.0:
            break
        centres = np.concatenate([centres, points[None, away.argmax()]])
    return centres


def _squares(
    points: NDArray[np.float32], lengths: NDArray[np.float32], centres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Squared distances, (points, centres); `lengths` are the points' own squares, (points, 1)."""
    squares = lengths - 2.0 * points @ centres.T + (centres**2).sum(axis=1)
    return np.asarray(squares, np.float32)
