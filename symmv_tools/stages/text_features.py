"""Stage `text_features`: the captions as vectors, one beside each vector of `features_semantic`.

Diff-BGM (Li et al., CVPR 2024, section 4.2) feeds its model T visual vectors of 512 and T caption vectors
of 768, "to get temporal alignment": vector i of both belongs to the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage
from symmv_tools.stages.chosen_network import checkpoints, is_enabled


@dataclass(frozen=True)
class TextFeatureSettings:
    """Which network reads the captions. Off while none is named: none comes with a package."""

    model: str = runtime(
        "",
        "language network: a short name (bert-base-uncased), a folder, or owner/name@commit of the Hugging "
        "Face hub; empty = off; its content decides about re-runs",
    )
    pooling: str = semantic(
        "cls",
        "vector of a sentence: that of its first token, or the mean over tokens",
        choices=("cls", "mean"),
    )
    batch: int = runtime(32, "sentences computed at once; more memory, less time")

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise BadSettings(
                f"text_features.batch is {self.batch}; it must be 1 or more", "32 is the default"
            )


def run(items: Sequence[Item], settings: TextFeatureSettings, context: Context) -> Iterator[Outcome]:
    """Yield each song's `features_text`, which is empty if nobody said a word."""
    if not items:
        return
    import torch

    from symmv_tools.models import text_encoder

    torch.set_num_threads(context.threads)
    encoder = text_encoder.load(context.weights[settings.model], context.device)
    for item in items:
        caption, seen = item.values["caption"], item.values["features_semantic"]
        vectors = text_encoder.encode(
            caption["value"], encoder, pooling=settings.pooling, batch=settings.batch
        )
        times = seen["start"] + np.arange(len(seen["value"])) / seen["rate"]
        aligned = in_force(caption, vectors, times) if len(vectors) else vectors
        value = {"start": seen["start"], "rate": seen["rate"], "value": list(aligned.astype(np.float16))}
        yield Done({"features_text": value})


def in_force(
    caption: Mapping[str, Any], vectors: NDArray[np.float32], times: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return (T, d): for each of `times` the vector of the caption that tells most closely what is seen then.

    Of the captions that span a moment those of the shortest span count; several of the same span (the
    ten sentences of `paper`) are averaged. A moment that no caption spans has the one whose middle is
    nearest. `vectors` (n, d) are those of the n captions.
    """
    spans, owner = np.unique(
        np.stack([caption["time"], caption["duration"]], axis=1), axis=0, return_inverse=True
    )
    owner = owner.reshape(-1)
    means = np.zeros((len(spans), vectors.shape[1]), np.float32)
    np.add.at(means, owner, vectors)
    means /= np.bincount(owner)[:, None]
    start, length = spans.T  # (spans,)
    instant = 1e-6  # seconds: a moment on a boundary belongs to what begins there
    inside = (start <= times[:, None] + instant) & (times[:, None] + instant < start + length)  # (T, spans)
    away = np.abs(times[:, None] - (start + length / 2))
    choice = np.where(
        inside.any(axis=1), np.where(inside, length, np.inf).argmin(axis=1), away.argmin(axis=1)
    )
    chosen: NDArray[np.float32] = means[choice]
    return chosen


STAGE = Stage(
    name="text_features",
    version="1.0.0",
    needs=("caption", "features_semantic"),
    makes={"features_text": row.FEATURES},
    settings=TextFeatureSettings,
    run=run,
    resources=Resources(lane="gpu"),
    imports=("torch", "transformers"),
    checkpoints=checkpoints,
    enabled=is_enabled,
    about="The captions as vectors, aligned with `features_semantic`; off unless `model` names a network.",
)
