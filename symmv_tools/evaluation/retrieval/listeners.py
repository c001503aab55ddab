"""Frechet distance and divergence through a checkpoint that the user names: CLAP, AST and their like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from symmv_tools import checkpoints
from symmv_tools.errors import BadCall, BadMedium
from symmv_tools.evaluation.distributions import frechet, frechet_of_halves, kl_of_pairs
from symmv_tools.evaluation.pool import in_order
from symmv_tools.evaluation.result import Line
from symmv_tools.evaluation.sound import Sound
from symmv_tools.evaluation.systems import Entry, System, partners, strangers
from symmv_tools.models import audio_tower

Windows = dict[str, NDArray[np.float32]]
"""By piece: what the network makes of each window, (windows, d)."""


@dataclass(frozen=True)
class Listener:
    """Hears whole pieces with the network of a checkpoint. Can be pickled."""

    checkpoint: str
    task: Literal["embed", "classify"]
    sound: Sound = field(default_factory=Sound)

    def __call__(self, entry: Entry) -> NDArray[np.float32]:
        """Return what the network makes of each of the piece's windows; BadMedium without a sound."""
        tower = _tower(self.checkpoint, self.task)
        samples = self.sound.of(entry, tower.sample_rate)
        if samples is None or len(samples) < audio_tower.LEAST_SECONDS * tower.sample_rate:
            raise BadMedium("NO_SOUND", f"{entry.id} lasts less than a tenth of a second", "leave it out")
        return (audio_tower.embed if self.task == "embed" else audio_tower.posteriors)(samples, tower)

    @property
    def said(self) -> str:
        """The checkpoint by name and digest: without it the figure means nothing."""
        digest = checkpoints.declared_sha256(self.checkpoint)
        return f"{Path(self.checkpoint).name} (sha256 {digest[:12]})"


@cache
def _tower(checkpoint: str, task: str) -> audio_tower.AudioTower:
    folder = str(checkpoints.locate(checkpoint))
    return (audio_tower.load if task == "embed" else audio_tower.load_classifier)(folder, "cpu")


def lines(
    systems: Sequence[System], listener: Listener, *, workers: int, advance: Callable[[int], None]
) -> Iterator[Line]:
    """Yield `fad_checkpoint` or `kl_checkpoint` of every system but the first, which is real music."""
    real, *others = [_heard(one, listener, workers, advance) for one in systems]
    for system, found in zip(systems[1:], others, strict=True):
        if listener.task == "embed":
            yield from _frechet(system.name, found, real)
        else:
            yield _divergence(system.name, found, systems[0].name, real)


def _heard(system: System, listener: Listener, workers: int, advance: Callable[[int], None]) -> Windows:
    found: Windows = {}
    for entry, heard in in_order(listener, system.entries(("midi",)), workers):
        with suppress(BadMedium):  # said already where Musicnn heard it
            found[entry.id] = heard()
        advance(1)
    if not found:
        raise BadCall(f"no piece of {system.name} could be heard", "every piece needs MIDI or audio")
    return found


def _frechet(name: str, found: Windows, real: Windows) -> Iterator[Line]:
    ours, theirs = np.concatenate(list(found.values())), np.concatenate(list(real.values()))
    apart = frechet(ours, theirs, songs=(_songs(found), _songs(real)))
    halves = frechet_of_halves(theirs, random=np.random.default_rng(0)) if len(theirs) > 3 else None
    yield Line(name, "fad_checkpoint", len(ours), 0, apart.distance, None, None, halves)
    yield Line(name, "fad_corrected_checkpoint", len(ours), 0, apart.corrected, None, apart.interval)


def _divergence(name: str, found: Windows, real_name: str, real: Windows) -> Line:
    """The windows of a piece stand beside those of its partner, as far as both go."""
    names = partners(list(found), list(real))
    if not names:
        raise strangers(name, next(iter(found)), real_name, next(iter(real)))
    pairs = [(found[ours], real[theirs]) for ours, theirs in names.items()]
    both = [(ours[: len(theirs)], theirs[: len(ours)]) for ours, theirs in pairs]
    ours, theirs = (np.concatenate(side) for side in zip(*both, strict=True))
    (mean, interval), chance = kl_of_pairs(theirs, ours)
    alone = len(_songs(found)) - len(ours)
    return Line(name, "kl_checkpoint", len(ours), alone, mean, None, interval, chance)


def _songs(found: Windows) -> NDArray[np.str_]:
    return np.repeat(list(found), [len(windows) for windows in found.values()])
