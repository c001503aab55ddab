"""What linear attention costs: training beside softmax and GPT-2, generation beside softmax and CMT's way.

Needs no data: events come by chance, since time does not depend on what they say. All networks are 256 wide,
with 6 layers, 8 heads and a feed-forward layer of 1,024. One thread; times are CPU seconds, whoever else is
on the machine. In training, a step is forward and backward; the networks take turns and the quickest of their
steps counts. An event of ours has six attributes, of GPT-2 one class of 512. GPT-2 is Hugging Face's, with
scaled_dot_product_attention, and without dropout in its attention, which the CPU's fast kernel does not know.

Each generation runs in a process of its own, with every attribute drawn. CMT's way is our network reading all
events again for each one; of this every 32nd event is measured and stands for 32.

    python -m tests.benchmarks.linear_attention
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from symmv_tools.models.vmusprod.embedding import TokenBatch
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.heads import losses
from symmv_tools.models.vmusprod.network import build
from symmv_tools.models.vmusprod.sizes import PRESETS, n_parameters
from tests.benchmarks.page import hardware, replace_section
from tests.models.vmusprod.pieces import between, event, next_types, piece

SIZES = PRESETS["small"]
TRAINED = {512: 4, 2048: 1}  # events to sequences
GENERATED = (512, 2048, 8192)
EVENTS_PER_BAR = 16
ROUNDS = 5
STRIDE = 32
LEAST_RATIO = 30.0
GPT2_CLASSES = 512


def main() -> None:
    """Measure, and write the tables; fail where the promise is not kept."""
    torch.set_num_threads(1)
    if len(sys.argv) == 3:
        print(json.dumps(generated(sys.argv[1], int(sys.argv[2]))))
        return
    rerun = reread(2048)
    rows, seconds = generation()
    ratio = rerun / seconds["linear", 2048]
    text = "\n".join(
        [
            *training(),
            "",
            *rows,
            "",
            f"Reading all events again for each one, as CMT does, takes {rerun:.0f} s for 2,048 events: "
            f"{ratio:.0f} times as long as {seconds['linear', 2048]:.1f} s.",
            "",
            f"`python -m tests.benchmarks.linear_attention`. {hardware()}",
        ]
    )
    print(text)
    replace_section("linear_attention", text)
    if ratio < LEAST_RATIO:
        sys.exit(f"the promise is {LEAST_RATIO:g} times as fast")


# --- training -------------------------------------------------------------------------------------


def training() -> list[str]:
    """The table of events per second."""
    lines = ["| training | million parameters | events | events per CPU second |", "|---|--:|--:|--:|"]
    for T, B in TRAINED.items():
        steps = {
            "ours, linear": our_step("linear", T, B),
            "ours, softmax": our_step("softmax", T, B),
            "GPT-2 of Hugging Face": gpt2_step(T, B),
        }
        best = dict.fromkeys(steps, float("inf"))
        for _ in range(ROUNDS):
            for name, (_, step) in steps.items():
                begin = time.process_time()
                step()
                best[name] = min(best[name], time.process_time() - begin)
        for name, (size, _) in steps.items():
            lines.append(f"| {name} | {size / 1e6:.2f} | {B} x {T} | {B * T / best[name]:,.0f} |")
    return lines


def our_step(attention: str, T: int, B: int) -> tuple[int, Callable[[], None]]:
    """The number of parameters of our unconditional decoder, and a step of it."""
    network = build("chord", replace(SIZES, attention=attention), {}).train()
    read = piece([T] * B, bars=T // EVENTS_PER_BAR)
    target = read.event.roll(-1, dims=1)

    def step() -> None:
        network.zero_grad()
        found = losses(network(read, next_types(read), None), target)
        torch.autograd.backward(torch.stack(list(found.values())).sum())

    return n_parameters(network), step


def gpt2_step(T: int, B: int) -> tuple[int, Callable[[], None]]:
    """The same of GPT-2."""
    config = GPT2Config(  # type: ignore[call-arg]
        vocab_size=GPT2_CLASSES,
        n_positions=max(TRAINED),
        n_embd=SIZES.width,
        n_layer=SIZES.layers,
        n_head=SIZES.heads,
        n_inner=SIZES.feedforward,
        attn_pdrop=0.0,
        attn_implementation="sdpa",
    )
    network: Any = GPT2LMHeadModel(config).train()
    words = torch.randint(GPT2_CLASSES, (B, T))

    def step() -> None:
        network.zero_grad()
        network(input_ids=words, labels=words, use_cache=False).loss.backward()

    return n_parameters(network), step


# --- generation -----------------------------------------------------------------------------------


def generation() -> tuple[list[str], dict[tuple[str, int], float]]:
    """The table of seconds and memory, and the seconds by kind and number of events."""
    lines = [
        "| generation | events | CPU seconds | events per second | state, MB | memory taken meanwhile, MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    kinds = {
        "linear": "unconditional, linear",
        "softmax": "unconditional, softmax",
        "source": "from a source as long, linear",
    }
    seconds = {}
    for kind, name in kinds.items():
        for n in GENERATED:
            found = _apart(kind, n)
            seconds[kind, n] = found["seconds"]
            lines.append(
                f"| {name} | {n:,} | {found['seconds']:.1f} | {n / found['seconds']:.0f} "
                f"| {found['state']:.1f} | {found['memory']:.0f} |"
            )
    return lines, seconds


def _apart(kind: str, n: int) -> dict[str, float]:
    """Return what `generated` finds in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.linear_attention", kind, str(n)]
    here = Path(__file__).parents[2]
    ended = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return found


@torch.inference_mode()
def generated(kind: str, n: int) -> dict[str, float]:
    """Generate `n` events: seconds, MB of the last state, MB by which memory rose after the first event."""
    network, source = network_of(kind, n)
    tokens = piece([n], bars=n // EVENTS_PER_BAR)
    _, state = network.step(event(tokens, 0), network.start(source))  # so that libraries are awake
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    state = network.start(source)
    for t in range(n):
        hidden, state = network.step(event(tokens, t), state)
        drawn(network, hidden)
    seconds = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"seconds": seconds, "state": _bytes(state) / 1e6, "memory": memory * 1024 / 1e6}


def network_of(kind: str, n: int) -> tuple[Generator, TokenBatch | None]:
    """A network and its source."""
    if kind == "source":
        return build("melody", SIZES, {}).eval(), piece([n], bars=n // EVENTS_PER_BAR, seed=1)
    return build("chord", replace(SIZES, attention=kind), {}).eval(), None


def drawn(network: Generator, hidden: Tensor) -> dict[str, Tensor]:
    """Draw the type and then the other attributes."""
    kind = network.heads.type_head(hidden).softmax(-1).multinomial(1)
    others = network.heads.given_type(hidden, kind[:, 0])
    return {"type": kind} | {name: each.softmax(-1).multinomial(1) for name, each in others.items()}


@torch.inference_mode()
def reread(n: int) -> float:
    """Seconds of generating `n` events if each is made by reading all before it."""
    network, _ = network_of("linear", n)
    read = piece([n], bars=n // EVENTS_PER_BAR)
    total = 0.0
    for length in range(STRIDE // 2, n + 1, STRIDE):
        begin = time.process_time()
        drawn(network, network.decode(between(read, 0, length), None)[:, -1])
        total += time.process_time() - begin
    return total * STRIDE


def _bytes(state: Any) -> int:
    """How much memory the tensors of a state take, at any depth."""
    if isinstance(state, Tensor):
        return state.numel() * state.element_size()
    return sum(_bytes(part) for part in state) if isinstance(state, (tuple, list)) else 0


if __name__ == "__main__":
    main()
