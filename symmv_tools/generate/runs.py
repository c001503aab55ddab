"""The trained stages that together make music: from their run folders to networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from symmv_tools.dataset.constants import NAME, read_constants
from symmv_tools.errors import BadCall
from symmv_tools.models.vmusprod.chord import VideoToMusic
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.network import reads_source
from symmv_tools.training.musprod import read_network
from symmv_tools.training.musprod_settings import MusProdSettings
from symmv_tools.training.runs import SETTINGS

ORDER = ("chord", "melody", "accompaniment", "music")
_WHOLE = ({"chord", "melody", "accompaniment"}, {"chord", "music"}, {"music"})


class Player(NamedTuple):
    """The network of a stage, its settings, and where it is from."""

    network: Generator
    settings: MusProdSettings
    folder: Path


class Band(NamedTuple):
    """The stages in the order in which they play, and what they were told of motion, if anything."""

    players: dict[str, Player]
    motion_range: tuple[float, float] | None
    device: torch.device

    @property
    def widths(self) -> dict[str, int]:
        """The features of the video that some stage sees, and how wide they are."""
        found: dict[str, int] = {}
        for player in self.players.values():
            network = player.network
            if isinstance(network, VideoToMusic) and network.controller is not None:
                found |= {n: layer.in_features for n, layer in network.controller.project.items()}  # type: ignore[misc]
        return found


def read_band(folders: Sequence[Path], device: torch.device) -> Band:
    """Return the stages in `folders`: runs, or folders of runs called as their stages.

    They must be chord, melody and accompaniment; for the ablations of the paper's table 2 chord and music, or
    music that was trained without chords. The range of motion is that of the first stage that knows one.

    Raises BadCall for a folder that holds no run, and for stages that are missing, too many or no match.
    """
    players: dict[str, Player] = {}
    for folder in (run for each in folders for run in _runs(each)):
        network, settings = _read(folder)
        if settings.stage in players:
            raise BadCall(
                f"{players[settings.stage].folder} and {folder} are both runs of {settings.stage}",
                "name one run for each stage",
            )
        players[settings.stage] = Player(network.to(device), settings, folder)
    _refuse_incomplete(players)
    ordered = {stage: players[stage] for stage in ORDER if stage in players}
    return Band(ordered, _motion_range(ordered), device)


def _runs(folder: Path) -> list[Path]:
    if (folder / SETTINGS).is_file():
        return [folder]
    found = [folder / stage for stage in ORDER if (folder / stage / SETTINGS).is_file()]
    if not found:
        what = "holds no run" if folder.is_dir() else "is no folder"
        raise BadCall(
            f"{folder} {what}",
            "name a folder that `symmv train` wrote, or one that holds such folders "
            f"called {', '.join(ORDER[:3])}",
        )
    return found


def _read(folder: Path) -> tuple[Generator, MusProdSettings]:
    try:
        return read_network(folder)
    except RuntimeError as why:  # torch lists the tensors that do not fit
        raise BadCall(
            f"the weights in {folder} are not those of a network with its settings",
            "it was changed by hand or by another version: train it again",
        ) from why


def _refuse_incomplete(players: dict[str, Player]) -> None:
    here = set(players)
    if here not in _WHOLE:
        raise BadCall(
            f"the runs are of {', '.join(sorted(here))}; music takes chord, melody and accompaniment",
            "name a run of each stage: --model RUN --model RUN --model RUN",
        )
    if "music" in here:
        player = players["music"]
        if reads_source("music", player.settings) != ("chord" in here):
            remedy = "name a run of chord as well" if "chord" not in here else "leave the run of chord away"
            wants = "reads" if "chord" not in here else "reads no"
            raise BadCall(f"the run of music in {player.folder} {wants} chords", remedy)


def _motion_range(players: dict[str, Player]) -> tuple[float, float] | None:
    for player in players.values():
        if (player.folder / NAME).is_file() and (found := read_constants(player.folder).motion_range):
            return found
    return None
