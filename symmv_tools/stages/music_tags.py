"""Stage `music_tags`: what a music tagger makes of every three seconds of the audio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage


@dataclass(frozen=True)
class MusicTagsSettings:
    """Which weights listen, which of their layers is kept, and how often.

    Diff-BGM (CVPR 2024) retrieves music by "Musicnn" and says no more. The defaults are what the package
    musicnn does when told nothing else: the weights trained on MagnaTagATune, patches of three seconds one
    after the other; and of its layers the last before the tags, 200 numbers that were trained to sum a patch
    up. The pools (753 numbers each) say how much of every sound there is, the tags (50) have names.
    """

    model: str = semantic(
        "musicnn-mtt",
        "weights: trained on MagnaTagATune, or on the Million Song Dataset; none switches the stage off",
        choices=("musicnn-mtt", "musicnn-msd", "none"),
    )
    layer: str = semantic(
        "penultimate",
        "what is kept of the network: 200, 753, 753 numbers, or the probabilities of 50 tags",
        choices=("penultimate", "mean_pool", "max_pool", "tags"),
    )
    hop_seconds: float = semantic(
        3.0, "seconds from one vector to the next, rounded down to 16 ms (3 is 2.992); each is of 2.992 s"
    )
    batch: int = runtime(1, "patches computed at once; 1 is quickest on a CPU, a GPU may want more")

    def __post_init__(self) -> None:
        if not (self.hop_seconds > 0 and isfinite(self.hop_seconds)):
            raise BadSettings(
                f"music_tags.hop_seconds is {self.hop_seconds:g}; it must be above 0", "3 is the default"
            )
        if self.batch < 1:
            raise BadSettings(f"music_tags.batch is {self.batch}; it must be 1 or more", "1 is the default")


def run(items: Sequence[Item], settings: MusicTagsSettings, context: Context) -> Iterator[Outcome]:
    """Yield the vectors of each song: vector i is of the 2.992 s that begin at i / rate.

    What is left over at the end has none. A song shorter than that is repeated until it fills them.
    """
    import torch

    from symmv_tools.io import audio
    from symmv_tools.models import musicnn
    from symmv_tools.music.musicnn_mel import FRAMES_PER_SECOND, hop_frames

    torch.set_num_threads(context.threads)
    rate = FRAMES_PER_SECOND / hop_frames(settings.hop_seconds)
    for item in items:
        assert item.song.audio is not None
        samples = audio.read(item.song.audio, musicnn.SAMPLE_RATE)
        network = musicnn.load(context.weights[settings.model], context.device)
        heard = musicnn.hear(samples, network, settings.hop_seconds, batch=settings.batch)
        vectors = getattr(heard, settings.layer).astype(np.float16)
        yield Done({"features_music": {"start": 0.0, "rate": rate, "value": list(vectors)}})


def _checkpoints(settings: MusicTagsSettings) -> tuple[str, ...]:
    return () if settings.model == "none" else (settings.model,)


def _enabled(settings: MusicTagsSettings) -> bool:
    return settings.model != "none"


STAGE = Stage(
    name="music_tags",
    version="1.0.0",
    makes={"features_music": row.FEATURES},
    needs=("audio_quality",),
    media=("audio",),
    settings=MusicTagsSettings,
    run=run,
    resources=Resources(lane="gpu", shard=8),
    imports=("av", "soxr", "torch"),
    checkpoints=_checkpoints,
    enabled=_enabled,
    about="Features of the music by the tagger Musicnn: a vector for every three seconds of audio.",
)
