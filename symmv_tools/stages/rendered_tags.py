"""Stage `rendered_tags`: what a music tagger makes of the song's notes, played by a SoundFont.

V-MusProd's video-music CLIP (ICCV 2023, section 5.1) is fine-tuned "on audio converted from SymMV", that is
on renderings, since generated music is judged as one. Off unless `model` names a network; a song's own audio
comes first where `music_tags` is on (`--set music_tags.model=none` has all songs rendered).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from symmv_tools import row
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage
from symmv_tools.stages.music_tags import MusicTagsSettings


@dataclass(frozen=True)
class RenderedTagsSettings(MusicTagsSettings):
    """As `music_tags`, of a rendering: piano, by the SoundFont that `symmv eval` renders with."""

    model: str = semantic(
        "none",
        "weights: trained on MagnaTagATune, or on the Million Song Dataset; none switches the stage off",
        choices=("musicnn-mtt", "musicnn-msd", "none"),
    )


def run(items: Sequence[Item], settings: RenderedTagsSettings, context: Context) -> Iterator[Outcome]:
    """Yield the vectors of each song's rendering, as `music_tags` does of audio."""
    import torch

    from symmv_tools.io.render import render_mono
    from symmv_tools.models import musicnn
    from symmv_tools.music.musicnn_mel import FRAMES_PER_SECOND, hop_frames
    from symmv_tools.music.notes import from_group

    torch.set_num_threads(context.threads)
    rate = FRAMES_PER_SECOND / hop_frames(settings.hop_seconds)
    network = musicnn.load(context.weights[settings.model], context.device)
    for item in items:
        notes = from_group(item.values["notes"])
        samples = render_mono(notes, item.values["pedal"], musicnn.SAMPLE_RATE)
        heard = musicnn.hear(samples, network, settings.hop_seconds, batch=settings.batch)
        vectors = getattr(heard, settings.layer).astype(np.float16)
        yield Done({"features_music": {"start": 0.0, "rate": rate, "value": list(vectors)}})


def _checkpoints(settings: RenderedTagsSettings) -> tuple[str, ...]:
    return () if settings.model == "none" else (settings.model,)


def _enabled(settings: RenderedTagsSettings) -> bool:
    return settings.model != "none"


STAGE = Stage(
    name="rendered_tags",
    version="1.0.0",
    makes={"features_music": row.FEATURES},
    needs=("notes", "pedal", "midi_quality"),
    settings=RenderedTagsSettings,
    run=run,
    resources=Resources(lane="gpu", shard=8),
    imports=("tinysoundfont", "soxr", "torch"),
    checkpoints=_checkpoints,
    enabled=_enabled,
    about="Features of the notes, rendered, by the tagger Musicnn; off unless `model` names one.",
)
