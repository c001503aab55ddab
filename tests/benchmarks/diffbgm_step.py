"""What a step of Diff-BGM's network costs, beside attention as the release has it, at equal size and weights.

The release builds its mask in every attention of every call, in a Python loop and on the CPU; scores,
softmax and sums are einsums; and the gate that chooses between text and picture is stacked from as many
copies of a number as the condition has numbers. That is written here anew from this description; where it
leaves a choice, the cheaper one is taken: the loop goes over blocks, not places. Both
networks say the same, which is checked first. A third one is ours as the paper has it, with masks in
cross-attention only.

One thread; on a CPU, CPU seconds, else seconds. The networks take turns and the quickest time of each counts.

    python -m tests.benchmarks.diffbgm_step           the paper's size; writes its section of the page
    python -m tests.benchmarks.diffbgm_step small     a small network, to see that all this runs
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from symmv_tools.models.diffbgm.attention import Attention
from symmv_tools.models.diffbgm.condition import Condition, ConditionEncoder
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.models.diffbgm.sizes import PRESETS, Sizes
from symmv_tools.models.diffbgm.transformer import Transformer
from tests.benchmarks.page import hardware, replace_section

VISUAL, TEXT = 512, 768
BLOCKS = 2  # of the release's mask
ROUNDS = 3
SMALL = replace(PRESETS["release"], channels=16, width=64, window=4)
LEAST_RATIO = 2.0
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
PIECES = 32 if DEVICE.type == "cuda" else 1
NAMES = ("ours", "ours, paper's masks", "release's way")


def main() -> None:
    """Measure, and write the table; fail where the promise is not kept."""
    torch.set_num_threads(1)
    small = sys.argv[1:] == ["small"]
    rows, ratio = table(SMALL, 8, 32) if small else table(PRESETS["release"], 32, 128)
    text = "\n".join([*rows, "", f"`python -m tests.benchmarks.diffbgm_step`. {hardware()}"])
    print(text)
    if small:
        return
    replace_section("diffbgm_step", text)
    if ratio < LEAST_RATIO:
        sys.exit(f"the promise is {LEAST_RATIO:g} times as fast")


def table(sizes: Sizes, beats: int, pitches: int) -> tuple[list[str], float]:
    """The rows, and how many times as long a training step takes the release's way."""
    networks = dict(zip(NAMES, three(sizes), strict=True))
    given = example(sizes, beats, pitches)
    check_the_same(networks, given)
    lines = [
        f"| batch of {PIECES}, {beats} beats, {DEVICE.type} | {' | '.join(NAMES)} | ratio |",
        "|---|--:|--:|--:|--:|",
    ]
    ratios = []
    for name, work in works(networks, given).items():
        seconds = fastest(work)
        ratios.append(seconds[NAMES[-1]] / seconds[NAMES[0]])
        cells = " | ".join(f"{seconds[each]:.3f} s" for each in NAMES)
        lines.append(f"| {name} | {cells} | {ratios[-1]:.2f} |")
    return lines, ratios[0]


def three(sizes: Sizes) -> list[DiffBGM]:
    """Ours with the release's masks, ours with the paper's, the release's way, all of the same weights."""
    widths = {"visual": min(VISUAL, sizes.width), "text": TEXT}
    torch.manual_seed(0)
    ours = DiffBGM(sizes, widths)
    for parameter in ours.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.02)
    paper = DiffBGM(replace(sizes, mask="segments", window=sizes.window // 2), widths)
    paper.load_state_dict(ours.state_dict())
    return [network.to(DEVICE) for network in (ours, paper, as_released(ours))]


def example(sizes: Sizes, beats: int, pitches: int) -> tuple[Tensor, Tensor, Condition]:
    """Music, steps and conditions by chance."""
    x = torch.randn(PIECES, 2, 4 * beats, pitches, device=DEVICE)
    visual = torch.randn(PIECES, beats, min(VISUAL, sizes.width), device=DEVICE)
    text = torch.randn(PIECES, beats, TEXT, device=DEVICE)
    t = torch.randint(1000, (PIECES,), device=DEVICE)
    return x, t, Condition(torch.ones(PIECES, dtype=torch.bool, device=DEVICE), visual, text)


@torch.no_grad()
def check_the_same(networks: dict[str, DiffBGM], given: tuple[Tensor, Tensor, Condition]) -> None:
    """Raise AssertionError if the release's way says anything else."""
    ours, _, release = (network(*given) for network in networks.values())
    torch.testing.assert_close(release, ours, atol=1e-3 * float(ours.abs().max()), rtol=0)


def works(
    networks: dict[str, DiffBGM], given: tuple[Tensor, Tensor, Condition]
) -> dict[str, dict[str, Callable[[], None]]]:
    """What is measured: for each row, what each network has to do."""
    doing: dict[str, Callable[[DiffBGM], None]] = {
        "training step, forth and back": lambda network: trained(network, *given),
        "evaluation, as samplers ask for it": lambda network: asked(network, *given),
        "one transformer, forth and back": lambda network: attended(network, given[0]),
    }
    return {
        row: {name: partial(do, network) for name, network in networks.items()} for row, do in doing.items()
    }


def trained(network: DiffBGM, x: Tensor, t: Tensor, condition: Condition) -> None:
    network.zero_grad()
    torch.autograd.backward(network(x, t, condition).square().mean())


@torch.inference_mode()
def asked(network: DiffBGM, x: Tensor, t: Tensor, condition: Condition) -> None:
    network(x, t, condition)


def attended(network: DiffBGM, music: Tensor) -> None:
    """The first transformer, whose map is a quarter as long and as high as the music."""
    layer = next(module for module in network.modules() if isinstance(module, Transformer))
    beats, columns = music.shape[2] // 4, music.shape[3] // 4
    x = torch.ones(PIECES, layer.inwards.in_channels, beats, columns, device=DEVICE)
    frames = torch.ones(PIECES, beats, network.sizes.width, device=DEVICE)
    network.zero_grad()
    torch.autograd.backward(layer(x, frames).square().mean())


def fastest(works: dict[str, Callable[[], None]]) -> dict[str, float]:
    """The quickest of several runs of each, in turns; before that each has run once."""
    best = dict.fromkeys(works, float("inf"))
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            begin = clock()
            work()
            if turn:
                best[name] = min(best[name], clock() - begin)
    return best


def clock() -> float:
    """CPU seconds; on a GPU, seconds when it is done."""
    if DEVICE.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


# --- the release's way ----------------------------------------------------------------------------


def as_released(network: DiffBGM) -> DiffBGM:
    """A copy whose attentions and whose gate are made the release's way."""
    copied = copy.deepcopy(network)
    for module in list(copied.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, Attention):
                setattr(module, name, BlocksAttention(child))
    copied.condition = StackedGate(copied.condition)  # type: ignore[assignment]
    return copied


class BlocksAttention(nn.Module):
    """Einsums and a softmax, with a mask made now: queries and keys are cut into blocks of equal length."""

    def __init__(self, given: Attention) -> None:
        super().__init__()
        self.given = given

    def forward(self, x: Tensor, source: Tensor, hears: Tensor | None) -> Tensor:
        parts = (self.given.query(x), self.given.key(source), self.given.value(source))
        q, k, v = (part.unflatten(-1, (self.given.heads, -1)) for part in parts)  # (B, N, heads, d)
        score = torch.einsum("bihd,bjhd->bhij", q, k) * q.shape[-1] ** -0.5
        mask = blocks(x.shape[1], source.shape[1]).to(x.device)
        weight = (score + mask).softmax(dim=-1)
        out: Tensor = self.given.out(torch.einsum("bhij,bjhd->bihd", weight, v).flatten(2))
        return out


def blocks(queries: int, keys: int) -> Tensor:
    """0 within a block and a very low number elsewhere."""
    mask = torch.full((queries, keys), -(2.0**31))
    for block in range(BLOCKS):
        of_queries, of_keys = (slice(block * n // BLOCKS, (block + 1) * n // BLOCKS) for n in (queries, keys))
        mask[of_queries, of_keys] = 0
    return mask


class StackedGate(nn.Module):
    """The choice by t as a product with zeros and ones, a tensor of which is stacked for every number."""

    def __init__(self, given: ConditionEncoder) -> None:
        super().__init__()
        self.given = given

    def forward(self, t: Tensor, condition: Condition, beats: int) -> Tensor:
        assert condition.text is not None
        assert condition.visual is not None
        text: Tensor = self.given.project["text"](condition.text)
        visual: Tensor = self.given.project["visual"](condition.visual)
        is_text = (t > self.given.t0).to(text.dtype)
        gate = stacked(is_text, text.shape[1] * text.shape[2]).view_as(text)
        return gate * text + (1 - gate) * visual


def stacked(number: Tensor, copies: int) -> Tensor:
    same: Iterable[Tensor] = [number] * copies
    return torch.stack(list(same), dim=1)


if __name__ == "__main__":
    main()
