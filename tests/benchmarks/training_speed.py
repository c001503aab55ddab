"""Training on real songs, from Parquet to the step: our decoder beside GPT-2, and how long steps wait.

Both learn whole songs of POP909 (melody and accompaniment as one sequence of events, nothing else is given to
them) through the same `fit`, batches and workers, and are 256 wide with 6 layers, 8 heads and a feed-forward
layer of 1,024. Ours says six attributes of each event; GPT-2, Hugging Face's with
scaled_dot_product_attention, one of 512 classes into which events are hashed, which costs it less and says
less. Its attention has no dropout, which the CPU's fast kernel does not know. One thread; they take turns,
and the turn with the most events per second counts. The first steps of a turn are left out.

    SYMMV_DATA=… python -m tests.benchmarks.training_speed
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel

from symmv_tools.models.vmusprod.sizes import n_parameters
from symmv_tools.training import musprod
from symmv_tools.training.journal import Step
from symmv_tools.training.loop import fit
from symmv_tools.training.musprod_batches import Batch
from symmv_tools.training.musprod_settings import MusProdSettings, read_preset
from symmv_tools.training.parallel import ALONE
from tests.benchmarks.data import pop909
from tests.benchmarks.page import hardware, replace_section
from tests.benchmarks.tokens import pop909_rows
from tests.exports import song, write_export

SONGS = range(1, 97)
STEPS, LEFT_OUT, TURNS = 8, 2, 3
CLASSES, LONGEST = 512, 8192
SETTINGS = ("semantic=false", "colour=false", "chords_first=false", "batch_songs=2", "workers=1")


class Told(NamedTuple):
    """A turn: events per second and the share of time spent waiting for batches."""

    rate: float
    waiting: float


def main() -> None:
    """Train, and write the table."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, pop909() as songs:
        rows = [song(row.pop("song_id"), split="train", **row) for row in pop909_rows(songs, SONGS)]
        export = write_export(Path(folder), rows)
        lines = [
            "| | million parameters | precision | events per second | waiting for data |",
            "|---|--:|---|--:|--:|",
            *(line for precision in ("fp32", "bf16") for line in compared(export, precision)),
        ]
    text = "\n".join([*lines, "", f"`python -m tests.benchmarks.training_speed`. {hardware()}"])
    print(text)
    replace_section("training_speed", text)


def compared(export: Path, precision: str) -> list[str]:
    """The lines of both networks."""
    settings = read_preset("default", "music", [*SETTINGS, f"precision={precision}"])
    ours = musprod.prepare(export, settings, ALONE, musprod.nothing)
    networks = {
        "ours, linear attention": (ours.network, musprod.loss),
        "GPT-2 of Hugging Face": (gpt2(settings), said),
    }
    best = dict.fromkeys(networks, Told(0.0, 0.0))
    for _ in range(TURNS):
        for name, (network, loss) in networks.items():
            best[name] = max(best[name], turn(network, loss, ours.batches, settings))
    return [
        f"| {name} | {n_parameters(network) / 1e6:.2f} | {precision} | {best[name].rate:,.0f} | "
        f"{100 * best[name].waiting:.1f} % |"
        for name, (network, _) in networks.items()
    ]


def turn(network: nn.Module, loss: Any, batches: Any, settings: MusProdSettings) -> Told:
    """Take some steps."""
    heard: list[Step] = []
    few = replace(settings, steps=STEPS, average_steps=0.0)
    fit(
        network, batches, loss, lambda _: {}, few, lambda _: None, size=lambda b: b.tokens, watch=heard.append
    )
    counted = heard[LEFT_OUT:]
    seconds = sum(step.seconds for step in counted)
    return Told(
        sum(step.tokens for step in counted) / seconds,
        sum(step.waiting * step.seconds for step in counted) / seconds,
    )


# --- the other side ---------------------------------------------------------------------------------


def gpt2(settings: MusProdSettings) -> nn.Module:
    """GPT-2 of our size."""
    config = GPT2Config(  # type: ignore[call-arg]
        vocab_size=CLASSES,
        n_positions=LONGEST,
        n_embd=settings.width,
        n_layer=settings.layers,
        n_head=settings.heads,
        n_inner=settings.feedforward,
        attn_pdrop=0.0,
        bos_token_id=0,
        eos_token_id=0,
        attn_implementation="sdpa",
    )
    return GPT2LMHeadModel(config)


def said(network: nn.Module, batch: Batch) -> Tensor:
    """The cross-entropy of the next event's class; padding is read, being at the end, and not counted."""
    logits = network(input_ids=hashed(batch.read.event), use_cache=False).logits
    target = hashed(batch.target).masked_fill(batch.target[..., 0] == 0, -100)
    return F.cross_entropy(logits.flatten(0, 1).float(), target.flatten())


def hashed(event: Tensor) -> Tensor:
    """One class for each event."""
    return (event * torch.tensor([1, 7, 31, 127, 17, 61])).sum(dim=-1) % CLASSES


if __name__ == "__main__":
    main()
