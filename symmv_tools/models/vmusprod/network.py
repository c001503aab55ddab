"""The network of a stage: what the settings ask for, with the vocabulary's classes."""

from __future__ import annotations

from collections.abc import Mapping

from symmv_tools.models.vmusprod.chord import VideoToMusic
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.seq2seq import SourceToMusic
from symmv_tools.models.vmusprod.sizes import Sizes
from symmv_tools.music.tokens.vocabulary import CLASSES, MOST_STEPS, TEMPO_CLASSES, TIMING_CLASSES

WORDS = {**CLASSES, "beat": MOST_STEPS, "tempo": TEMPO_CLASSES, "timing": TIMING_CLASSES}
"""The classes of everything that a network reads."""

STAGES = ("chord", "melody", "accompaniment", "music")


def reads_source(stage: str, sizes: Sizes) -> bool:
    """Whether the stage's network goes by other music (a `TokenBatch`), or by the video's `Features`."""
    return stage in ("melody", "accompaniment") or (stage == "music" and sizes.chords_first)


def build(stage: str, sizes: Sizes, widths: Mapping[str, int]) -> Generator:
    """Return the network of one of `STAGES` with random weights, as torch's seed has it.

    `widths` are those of the video features that the data have, of "semantic" and "colour"; those that
    `sizes` switches off are left alone. Chords have no Timing Encoding (the paper's section 4.1).

    Raises ValueError if there is no such stage.
    """
    if stage not in STAGES:
        raise ValueError(f"stage must be one of {', '.join(STAGES)}; got {stage!r}")
    if reads_source(stage, sizes):
        return SourceToMusic(sizes, WORDS)
    seen = {name: widths[name] for name in ("semantic", "colour") if getattr(sizes, name) and name in widths}
    return VideoToMusic(sizes, WORDS, seen, timing=stage != "chord")
