"""Fades: where a film comes back from black."""

from __future__ import annotations

BLACK, LIT = 8.0, 24.0
"""A picture with a mean below BLACK (of 255) is black; the screen is lit again from a mean of LIT. One
level for both (PySceneDetect's ThresholdDetector: 12) makes a fade of every flicker of a dark scene."""


class FadeFinder:
    """Takes the brightness of a video's frames in order; `found` is where it leaves black, and how surely.

    `found` has pairs of the first frame after the black and a confidence in [0, 1]. Black that a video begins
    with is no fade.
    """

    def __init__(self) -> None:
        self.found: list[tuple[int, float]] = []
        self._index = -1
        self._seen_light = False
        self._darkest = LIT
        self._leaves_black = 0

    def feed(self, mean: float) -> None:
        """Take the next frame's mean brightness, 0 to 255."""
        self._index += 1
        if mean < BLACK:
            self._darkest = min(self._darkest, mean)
            self._leaves_black = self._index + 1
        elif mean >= LIT:
            if self._seen_light and self._darkest < BLACK:
                self.found.append((self._leaves_black, 1.0 - self._darkest / BLACK))
            self._seen_light, self._darkest = True, LIT
