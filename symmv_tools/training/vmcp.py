"""Train the video-music CLIP: the songs of an export that are seen and heard, two towers, and `loop.fit`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from symmv_tools.dataset.load import DEFAULT
from symmv_tools.errors import BadCall
from symmv_tools.models.vmcp import VideoMusicClip, info_nce, pooled
from symmv_tools.training import vmcp_cache
from symmv_tools.training.batches import Batches
from symmv_tools.training.journal import Step
from symmv_tools.training.learner import Loss, autocast, precision_of
from symmv_tools.training.loop import Fitted, Scores, fit, on_device
from symmv_tools.training.parallel import Group, joined
from symmv_tools.training.rehearsal import Rehearsal, rehearsed
from symmv_tools.training.runs import open_run, read_settings, read_weights
from symmv_tools.training.vmcp_cache import Cache
from symmv_tools.training.vmcp_origin import write_origin
from symmv_tools.training.vmcp_pieces import Batch, Piece, Pieces, collate
from symmv_tools.training.vmcp_settings import VmcpSettings

Say = Callable[[str], None]

TABLES = (DEFAULT, "features_semantic", "features_music")
CACHE = "cache"
"""The folder of a run that holds its songs by seconds; it may be deleted, and is made again."""

_LOOKED_AT = 256  # songs that say what features are like


class Lesson(NamedTuple):
    """All that `fit` needs. `validation` is None where the export has no songs for it."""

    network: VideoMusicClip
    batches: Batches[Piece, Batch]
    validation: Batches[Piece, Batch] | None


def train(
    export: Path,
    run: Path,
    settings: VmcpSettings,
    *,
    gpu: int | None = None,
    say: Say = print,
    watch: Callable[[Step], None] | None = None,
) -> Fitted:
    """Train on the train split of an export, in the run folder `run`; go on if it was begun.

    Under torchrun the pieces of a step are dealt to the processes, and every process's segments are told
    from those of all: so many processes learn what one does. Raises BadCall for an export or a run that does
    not fit, MissingGpu, and Diverged.
    """
    with joined(gpu) as group:
        speak = say if group.is_first else _nothing
        if group.is_first:
            open_run(run, settings, export, TABLES)
            write_origin(run, export, settings.begin_from)
            vmcp_cache.build(export, run / CACHE)
        group.gather(None)  # nobody reads the folder before it is there
        lesson = prepare(Cache(run / CACHE), settings, group, speak)
        torch.manual_seed(settings.seed + 1 + group.rank)  # dropout
        return fit(
            lesson.network,
            lesson.batches,
            loss_of(settings, group),
            lambda network: _validated(network, lesson.validation, settings, group),
            settings,
            speak,
            cost=(lambda scores: scores["validation"]) if lesson.validation else None,
            size=lambda batch: batch.tokens,
            folder=run,
            group=group,
            watch=watch if group.is_first else None,
        )


def rehearse(export: Path, settings: VmcpSettings, *, gpu: int | None = None, say: Say = print) -> Rehearsal:
    """Take some steps on an export and leave nothing behind. Raises as `train` does."""
    with joined(gpu) as group, tempfile.TemporaryDirectory() as scratch:
        cache = vmcp_cache.build(export, Path(scratch))
        lesson = prepare(cache, settings, group, say if group.is_first else _nothing)
        loss = loss_of(settings, group)
        return rehearsed(lesson.network, lesson.batches, loss, settings, group, lambda batch: batch.tokens)


def loss_of(settings: VmcpSettings, group: Group) -> Loss[Batch]:
    """Return the loss of this process's segments among those of all processes, in both directions.

    The two are added up; the paper does not say how they meet.
    """

    def loss(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        video, music, scale = network(batch.video, batch.music, batch.is_real)
        both, first = group.gather_rows(torch.cat([video, music], dim=1))
        all_video, all_music = both.chunk(2, dim=1)
        with torch.autocast(video.device.type, enabled=False):
            return {
                "video_to_music": info_nce(video, all_music, scale, first=first, hardness=settings.hardness),
                "music_to_video": info_nce(music, all_video, scale, first=first, hardness=settings.hardness),
            }

    return loss


def prepare(cache: Cache, settings: VmcpSettings, group: Group, say: Say) -> Lesson:
    """Open the songs and build the network; say what is missing and what that means."""
    songs = Pieces(cache, "train", settings, moves=True)
    validation = _validation(cache, settings, say)
    checked = f", {len(validation):,} to validate with" if validation is not None else ""
    left_out = "".join(f"; left out: {n:,} with {what}" for what, n in cache.left_out.most_common())
    say(f"{len(songs):,} songs to learn vmcp from{checked}{left_out}")
    torch.manual_seed(settings.seed)
    network = VideoMusicClip(settings, *cache.widths)
    if settings.begin_from:
        _begin_from(network, Path(settings.begin_from), cache.widths)
    else:
        normalise(network, songs)
    return Lesson(
        network,
        _batches(songs, settings, group, shuffle=True, workers=settings.workers, parts=group.world),
        None if validation is None else _batches(validation, settings, group, shuffle=False),
    )


def read_network(run: Path) -> tuple[VideoMusicClip, VmcpSettings]:
    """Return the best network of a run, ready to compare, and its settings; BadCall if it is none."""
    settings: VmcpSettings = read_settings(run, VmcpSettings)
    weights, _ = read_weights(run)
    network = VideoMusicClip(settings, *_widths_in(weights))
    network.load_state_dict(weights)
    return network.eval(), settings


def normalise(network: VideoMusicClip, songs: Pieces) -> None:
    """Tell the towers what features are like, by some songs of the training set."""
    some = np.linspace(0, len(songs) - 1, min(len(songs), _LOOKED_AT)).astype(int).tolist()
    pieces = [songs.get(number, 0) for number in some]
    for tower, sides in (
        (network.video, [p.video for p in pieces]),
        (network.music, [p.music for p in pieces]),
    ):
        rows = np.concatenate(sides).astype(np.float64)
        tower.normalise_by(*(torch.tensor(of(axis=0), dtype=torch.float32) for of in (rows.mean, rows.std)))


# --- parts ----------------------------------------------------------------------------------------


def _validated(
    network: nn.Module, batches: Batches[Piece, Batch] | None, settings: VmcpSettings, group: Group
) -> Scores:
    """Loss of the validation songs (`validation`), rank of each one's music among all, and temperature."""
    assert isinstance(network, VideoMusicClip)
    temperature = 1.0 / network.scale.item()
    if batches is None:
        return {"temperature": temperature}
    in_precision = autocast(precision_of(settings.precision, group.device), group.device)
    total, tokens = 0.0, 0
    pieces: list[Tensor] = []
    for batch in batches(0):
        there = on_device(batch, group.device)
        with in_precision():
            video, music, scale = network(there.video, there.music, there.is_real)
        found = info_nce(video, music, scale) + info_nce(music, video, scale)
        total, tokens = total + batch.tokens * found.item(), tokens + batch.tokens
        pieces += [_piece(*sides) for sides in zip(*_by_piece(video, music, batch), strict=True)]
    ranks = _ranks(torch.stack(pieces))
    return {"validation": total / tokens, "average_rank": ranks.mean().item(), "temperature": temperature}


def _by_piece(video: Tensor, music: Tensor, batch: Batch) -> list[tuple[Tensor, ...]]:
    sizes = batch.is_real.sum(dim=1).tolist()
    return [torch.split(side, sizes) for side in (video, music)]


def _piece(video: Tensor, music: Tensor) -> Tensor:
    return torch.stack([pooled(video), pooled(music)])


def _ranks(pieces: Tensor) -> Tensor:
    """The rank of each piece's own video for its music, 1 being first; pieces (n, 2, d)."""
    similarity = pieces[:, 1] @ pieces[:, 0].T
    return (similarity >= similarity.diagonal()[:, None]).sum(dim=1).double()


def _batches(
    songs: Pieces, settings: VmcpSettings, group: Group, *, shuffle: bool, workers: int = 0, parts: int = 1
) -> Batches[Piece, Batch]:
    return Batches(
        songs,
        songs.lengths,
        collate,
        most=settings.batch_pieces,
        seed=settings.seed,
        shuffle=shuffle,
        workers=workers,
        pin=group.device.type == "cuda",
        parts=parts,
    )


def _validation(cache: Cache, settings: VmcpSettings, say: Say) -> Pieces | None:
    try:
        return Pieces(cache, "validation", settings, moves=False)
    except BadCall as why:
        say(f"nothing to validate with, so the last epoch is kept: {why.message}")
        return None


def _begin_from(network: VideoMusicClip, run: Path, widths: tuple[int, int]) -> None:
    weights, _ = read_weights(run)
    try:
        network.load_state_dict(weights)
    except RuntimeError as why:
        there = _widths_in(weights)
        about = f"it compares features of {_and(there)} numbers, the export has {_and(widths)}"
        sizes = "its sizes are others than these settings'"
        raise BadCall(
            f"the weights of {run} do not fit: {about if there != widths else sizes}",
            "make the features as they were made for it; give the sizes of its settings.toml",
        ) from why


def _and(numbers: tuple[int, int]) -> str:
    return f"{numbers[0]} and {numbers[1]}"


def _widths_in(weights: dict[str, Tensor]) -> tuple[int, int]:
    try:
        return weights["video.mean"].shape[0], weights["music.mean"].shape[0]
    except KeyError as why:
        raise BadCall(
            "these are no weights of a video-music CLIP", "name a run of `symmv train vmcp`"
        ) from why


def _nothing(text: str) -> None:
    """What the other processes have to say."""
