"""`symmv eval vmcp`: a run of the video-music CLIP judges what music an export's videos were given."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from symmv_tools.dataset.curated import shared_networks
from symmv_tools.errors import BadCall
from symmv_tools.evaluation.listening.files import read_answers
from symmv_tools.evaluation.result import Result
from symmv_tools.evaluation.retrieval.tagged import Tagger
from symmv_tools.evaluation.retrieval.videos import see_videos
from symmv_tools.evaluation.retrieval.vmcp import Pools, evaluate_vmcp, real_music
from symmv_tools.evaluation.sound import Sound
from symmv_tools.evaluation.systems import System, open_systems
from symmv_tools.song import printable
from symmv_tools.training.runs import DATA
from symmv_tools.training.vmcp_judge import Judge, read_judge
from symmv_tools.training.vmcp_origin import refuse_other_features


@dataclass(frozen=True)
class Wanted:
    """What is asked: `split` of the export, pools, a listening `study`, a folder to `keep` features in.

    `same_judge` lets a network judge what it has chosen; the result then says so.
    """

    split: str | None = None
    pools: Pools = field(default_factory=Pools)
    study: Path | None = None
    keep: Path | None = None
    soundfont: str | None = None
    same_judge: bool = False


def judge_music(
    export: Path,
    music: Sequence[str],
    run: Path,
    wanted: Wanted | None = None,
    *,
    workers: int = 1,
    advance: Callable[[int], None] = lambda n: None,
) -> Result:
    """Rank the own video of every piece of `music`, folders of MIDI or audio as `open_system` has them.

    The export's own music, rendered alike, is the first row. `advance` is told of each piece that is through.
    Raises BadCall where the judge cannot see as it learned to, where it has chosen what it is to judge, and
    as `evaluate_vmcp` does.
    """
    wanted = wanted or Wanted()
    judge = read_judge(run)
    refuse_other_features(judge.origin, export, ("video",))
    _, *systems = open_systems([str(export), *music], wanted.split)
    curated = _curated(judge, export, systems, wanted.same_judge)
    real = real_music(export, wanted.split, systems)
    videos = see_videos(export, judge, wanted.split)
    found = evaluate_vmcp(
        videos,
        systems,
        judge,
        tagger_of(judge, wanted.soundfont, wanted.keep),
        wanted.pools,
        real=real,
        answers=read_answers(wanted.study) if wanted.study else (),
        workers=workers,
        advance=advance,
    )
    said = {
        **found.conditions,
        **_known_pairs(judge, export, wanted.split),
        **_kin(judge, systems),
        **curated,
    }
    return replace(found, conditions=said)


def tagger_of(judge: Judge, soundfont: str | None = None, keep: Path | None = None) -> Tagger:
    """Return what listens to music as the judge learned to."""
    how = judge.listening
    return Tagger(how["model"], how["layer"], float(how["hop_seconds"]), Sound(soundfont), keep)


def _curated(judge: Judge, export: Path, systems: Sequence[System], allowed: bool) -> dict[str, str]:
    shared = shared_networks(judge.networks, [export, *(system.path for system in systems)])
    if shared and not allowed:
        folder, networks = next(iter(shared.items()))
        raise BadCall(
            f"{printable(folder)} was chosen by {printable(networks)}, which is to judge it now: "
            "it would find its own taste",
            "judge by another run; or say --same-judge, and the result says so",
        )
    said = "; ".join(f"{folder} by {networks}" for folder, networks in shared.items())
    return {"curated by its own judge": said} if said else {}


def _known_pairs(judge: Judge, export: Path, split: str | None) -> dict[str, str]:
    if split in ("validation", "test") or not judge.has_learned(export):
        return {}
    return {"pairs": "the judge has learned some of these very pairs: say --split test"}


def _kin(judge: Judge, systems: Sequence[System]) -> dict[str, str]:
    """Which systems were trained on the judge's own eyes: they may please these, and no others."""
    said = {}
    for system in systems:
        stages = _stages(system.path)
        eyes = {key: digest for key, digest in stages.items() if key.partition("@")[0] == "semantic"}
        if eyes and set(eyes.values()) & set(judge.data["stages"].values()):
            said[f"{system.name} learned from"] = "the same picture features that the judge sees"
    return said


def _stages(run: Path) -> dict[str, Any]:
    """The stages of the data that a run was trained on; none if the folder is no run."""
    path = run / DATA
    return dict(json.loads(path.read_bytes()).get("stages", {})) if path.is_file() else {}
