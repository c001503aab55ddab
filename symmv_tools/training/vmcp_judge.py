"""A trained video-music CLIP as a judge: features in, one direction per piece out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symmv_tools.errors import BadCall
from symmv_tools.models.vmcp import Tower, VideoMusicClip, pooled
from symmv_tools.training.runs import describe, read_data
from symmv_tools.training.vmcp import TABLES, read_network
from symmv_tools.training.vmcp_cache import alone_by_seconds
from symmv_tools.training.vmcp_origin import Origin, read_origin, weights_digest
from symmv_tools.training.vmcp_pieces import segments_of
from symmv_tools.training.vmcp_settings import VmcpSettings

_MUSICNN = {"model": "musicnn-mtt", "layer": "penultimate", "hop_seconds": 3.0}
"""How music is heard where the run does not say: as the stages do when told nothing."""


@dataclass(frozen=True)
class Judge:
    """The best network of a run, and how what it compares is made; `digest` is its weights' sha256."""

    name: str
    network: VideoMusicClip
    settings: VmcpSettings
    origin: Origin
    digest: str
    data: Mapping[str, Any]

    def of_video(self, features: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the direction of a video (embedding,), by its `features_semantic`: all of its segments."""
        return self._direction(self.network.video, features, "video")

    def of_music(self, features: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the direction of a piece of music (embedding,), by its `features_music`."""
        return self._direction(self.network.music, features, "music")

    @property
    def listening(self) -> dict[str, Any]:
        """`model`, `layer` and `hop_seconds` of Musicnn, as the music of the training was heard."""
        ways = [way["settings"] for way in self.origin.music if "layer" in way["settings"]]
        return _MUSICNN | {name: ways[0][name] for name in _MUSICNN if ways and name in ways[0]}

    @property
    def networks(self) -> dict[str, str]:
        """Every network that a judgement rests on, by name with its sha256 where that is known."""
        seers = {**self.origin.checkpoints("video"), **self.origin.checkpoints("music")}
        begun = {f"{name}, from which it began": digest for name, digest in self.origin.begun.items()}
        known = {self.name: self.digest, **begun, **seers}
        return {name: digest for name, digest in known.items() if digest}

    @property
    def conditions(self) -> dict[str, str]:
        """What a figure by this judge depends on."""
        began = f", begun from {', '.join(self.origin.begun)}" if self.origin.begun else ""
        learned = f"{self.origin.trained_on or 'an export without a name'}{began}"
        eyes = ", ".join(self.origin.checkpoints("video")) or "the export's picture features"
        return {
            "judge": f"{self.name} (sha256 {self.digest[:12]}), learned from {learned}",
            "judge's eyes and ears": f"{eyes}; {self.listening['model']}, {self.listening['layer']}",
            "segments": f"{self.settings.segment_seconds} s, their mean is the piece",
        }

    def has_learned(self, export: Path) -> bool:
        """Whether the training was on this very export."""
        return bool(describe(export, TABLES)["digest"] == self.data["digest"])

    def _direction(self, tower: Tower, features: Mapping[str, Any], side: str) -> NDArray[np.float32]:
        cut = segments_of(alone_by_seconds(features), self.settings.segment_seconds)
        if cut.shape[1] != len(tower.mean):
            raise BadCall(
                f"the {side} features have {cut.shape[1]} numbers; {self.name} learned {len(tower.mean)}",
                "make them as they were made for its training",
            )
        with torch.inference_mode():
            segments = tower(torch.from_numpy(cut)[None], torch.ones(1, len(cut), dtype=torch.bool))[0]
            return pooled(segments).numpy()


def read_judge(run: Path) -> Judge:
    """Return a run's judge; BadCall if the folder is no run of `symmv train vmcp`, or has no weights yet."""
    origin = read_origin(run)
    network, settings = read_network(run)
    return Judge(run.absolute().name, network, settings, origin, weights_digest(run), read_data(run))
