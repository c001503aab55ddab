"""Fitness of segments: the whole scape plot, or only its highest point where one height is asked for.

Müller, Jiang and Grosche, "A robust fitness measure for capturing repetitions in music recordings with
applications to audio thumbnailing", IEEE TASLP 21(3), 2013.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symmv_tools.evaluation.structure.bounds import fitness_bound
from symmv_tools.evaluation.structure.path_family import fitness_of_segment, scape_plot_of

Matrix = NDArray[np.float64]


def scape_plot(ssm: Matrix) -> Matrix:
    """Return the fitness of every segment of `ssm`, (n, n), no entry above 1 and the diagonal 1.

    Entry [length - 1, start] belongs to the segment of `length` columns from `start` on; 0 where none lies.
    Time grows with n**4; 480 frames, four minutes of music, take about six seconds.

    Raises ValueError if `ssm` is not such a matrix.
    """
    return scape_plot_of(_checked(ssm))


def highest_fitness(ssm: Matrix, shortest: int, longest: int) -> float:
    """Return the maximum of `scape_plot(ssm)` over segments of `shortest` to `longest` columns.

    Both lengths are included; 0 where `ssm` is shorter than `shortest`, as MusDr has it. Only segments that
    could hold the maximum are looked at: blocks of neighbouring segments are split, the most promising
    first, until no bound exceeds what was found.

    Raises ValueError if `ssm` is not such a matrix.
    """
    ssm = _checked(ssm)
    penalty = max(0.0, -float(ssm.min(initial=0.0)))
    best, waiting = 0.0, [(-np.inf, _Block.of_all(len(ssm)))]
    while waiting and -waiting[0][0] > best:
        block = heapq.heappop(waiting)[1]
        for part in block.quarters():
            length = part.shortest_length(shortest, longest)
            if length is None:
                continue
            if part.size == 1:  # a bound would take as long
                best = max(best, fitness_of_segment(ssm, part.start, length))
            else:
                columns = part.start, part.last_start, part.end, part.last_end
                heapq.heappush(waiting, (-fitness_bound(ssm, *columns, length, penalty), part))
    return best


class _Block(NamedTuple):
    """Segments that start in the `size` columns from `start` on and end in those from `end` on, of `n`."""

    start: int
    end: int
    size: int
    n: int

    @classmethod
    def of_all(cls, n: int) -> _Block:
        return cls(0, 0, 2 << max(0, n - 1).bit_length(), n)

    @property
    def last_start(self) -> int:
        return min(self.start + self.size, self.n) - 1

    @property
    def last_end(self) -> int:
        return min(self.end + self.size, self.n) - 1

    def quarters(self) -> Iterator[_Block]:
        half = self.size // 2
        for start, end in itertools.product((self.start, self.start + half), (self.end, self.end + half)):
            if start < self.n and end < self.n:
                yield _Block(start, end, half, self.n)

    def shortest_length(self, shortest: int, longest: int) -> int | None:
        """The length of the shortest segment here that is of a length asked for; None if none is."""
        length = max(shortest, self.end - self.last_start + 1, 1)
        return length if length <= min(longest, self.last_end - self.start + 1) else None


def _checked(ssm: Matrix) -> Matrix:
    if ssm.ndim != 2 or ssm.shape[0] != ssm.shape[1]:
        raise ValueError(f"a self-similarity matrix is square, (n, n); got shape {ssm.shape}")
    if not ((ssm <= 1).all() and (np.diagonal(ssm) == 1).all()):
        raise ValueError(
            "a self-similarity matrix holds 1 on its diagonal and nowhere more; this one does not"
        )
    return np.ascontiguousarray(ssm, dtype=np.float64)
