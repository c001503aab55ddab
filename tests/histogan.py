"""HistoGAN's colour histogram, read literally and slowly: the oracle of `video/colour.py`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def literal_histogram(pixels: NDArray[np.uint8], h: int = 64) -> NDArray[np.float64]:
    """Return the RGB-uv histogram of RGB `pixels`, (3, h, h), pixel by pixel and channel by channel.

    Afifi et al. (CVPR 2021), equations 2 to 5; epsilon, sigma and bins as in their repository.
    """
    planes = np.zeros((3, h, h))
    bins = np.linspace(-3, 3, h)
    for pixel in pixels.reshape(-1, 3) / 255.0:
        intensity = math.sqrt(sum(value**2 for value in pixel) + 1e-6)
        for channel in range(3):
            first, second = (other for other in range(3) if other != channel)
            u = math.log(pixel[channel] + 1e-6) - math.log(pixel[first] + 1e-6)
            v = math.log(pixel[channel] + 1e-6) - math.log(pixel[second] + 1e-6)
            at_u = 1 / (1 + (abs(u - bins) / 0.02) ** 2)
            at_v = 1 / (1 + (abs(v - bins) / 0.02) ** 2)
            planes[channel] += intensity * np.outer(at_u, at_v)
    planes /= planes.sum() + 1e-6
    return planes
