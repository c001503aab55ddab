"""Train the network that hears beats in notes, on POP909's annotated MIDI.

    python -m symmv_tools.training.beat_net POP909_FOLDER --out FILE

Songs 001-660 are learned from, 661-700 choose the epoch. On a core of its own an epoch takes a minute.
`--start` goes on from weights that are there, with a learning rate that rises and falls anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import mir_eval
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from symmv_tools.models.beat_net import CELLS_PER_SECOND, BeatNet, hear
from symmv_tools.models.networks import read_network, write_network
from symmv_tools.music.beats import BarModel, BeatModel, beats_from_activations
from symmv_tools.training.batches import Batches
from symmv_tools.training.beat_examples import Song, Stretches, collate, read_song
from symmv_tools.training.loop import fit
from symmv_tools.training.settings import FitSettings

TRAIN, CHOOSE = range(1, 661), range(661, 701)
EXAMPLE_SECONDS, BATCH = 100.0, 6
PEAK_RATE = 3e-3
DOWNBEAT_WEIGHT = 2.0  # there are four times fewer of them


def loss_of(network: nn.Module, features: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    """Mean cross entropy of beat and downbeat over the cells that `mask` (B, cells, 1) counts."""
    each = nn.functional.binary_cross_entropy_with_logits(network(features), wanted, reduction="none")
    weight = mask * torch.tensor([1.0, DOWNBEAT_WEIGHT])
    return (each * weight).sum() / mask.sum()


def f_measures(network: BeatNet, songs: Sequence[Song]) -> NDArray[np.float64]:
    """Mean F (70 ms, without the first 5 s) of beats and of downbeats, shape (2,)."""
    scores: NDArray[np.float64] = np.mean([_f_measures_of(song, network) for song in songs], axis=0)
    return scores


def _f_measures_of(song: Song, network: BeatNet) -> list[float]:
    logits = hear(song.notes, network)
    found = beats_from_activations(song.notes, logits, CELLS_PER_SECOND, BeatModel(), BarModel())
    pairs = (
        (song.beat, found.time),
        (song.beat[song.is_downbeat], found.time[found.position == 1]),
    )
    return [mir_eval.beat.f_measure(*(mir_eval.beat.trim_beats(times) for times in pair)) for pair in pairs]


def train(
    network: BeatNet,
    songs: Sequence[Song],
    others: Sequence[Song],
    out: Path,
    *,
    epochs: int,
    seed: int,
    commands: Sequence[str],
) -> None:
    """Train in place, print loss and F of each epoch, and write the best epoch's weights to `out`.

    `commands` are told with the weights: everything that was run to get them.
    """
    history: list[float] = []

    def validate(network: nn.Module) -> dict[str, float]:
        assert isinstance(network, BeatNet)
        f = f_measures(network, others)
        if float(f.sum()) > max(history, default=-1.0):
            write_network(out, network, _about(network, commands, len(history) + 1, f))
        history.append(float(f.sum()))
        return {"F of beats": float(f[0]), "of downbeats": float(f[1])}

    stretches = Stretches(songs, EXAMPLE_SECONDS, seed)
    batches = Batches(stretches, stretches.lengths, collate, most=BATCH, seed=seed)
    fit(network, batches, lambda network, batch: loss_of(network, *batch), validate, _settings(epochs))


def _settings(epochs: int) -> FitSettings:
    return FitSettings(
        epochs=epochs,
        learning_rate=PEAK_RATE,
        warmup=0.1,
        weight_decay=1e-3,
        beta2=0.999,
        average_steps=0.0,
        precision="bf16",  # half the time; the weights stay in single precision
    )


def _about(
    network: BeatNet, commands: Sequence[str], epoch: int, f: NDArray[np.float64]
) -> dict[str, object]:
    return {
        "shape": network.shape,
        "commands": list(commands),
        "data": "POP909 (MIT), songs 001-660, beat_midi.txt; epoch chosen on 661-700",
        "epoch": epoch,
        "f_of_beats": round(float(f[0]), 4),
        "f_of_downbeats": round(float(f[1]), 4),
    }


def main() -> None:
    """Read the songs and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="POP909, the folder that holds 001, 002, …")
    parser.add_argument("--out", type=Path, required=True, help="file to write, .npz")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="weights to go on from, .npz; else random ones")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    network, commands = _begin(args.start)
    commands.append(f"python -m symmv_tools.training.beat_net --epochs {args.epochs} --seed {args.seed}")
    songs, others = ([read_song(args.folder / f"{n:03d}") for n in which] for which in (TRAIN, CHOOSE))
    train(network, songs, others, args.out, epochs=args.epochs, seed=args.seed, commands=commands)


def _begin(start: Path | None) -> tuple[BeatNet, list[str]]:
    """A network, and the commands that made it: none where it is random."""
    if start is None:
        return BeatNet(), []
    weights, about = read_network(start)
    network = BeatNet(**about["shape"])
    network.load_state_dict(weights)
    return network, list(about["commands"])


if __name__ == "__main__":
    main()
