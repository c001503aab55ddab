"""Write what the stages make of the demo's songs and film: `make golden`, and `git diff` says what changed.

The files are small and meant to be read: one beat, chord or shot a line, floats rounded to six decimals.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from symmv_tools import checkpoints
from symmv_tools.pipeline.graph import build
from symmv_tools.settings import semantic_values
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Reader, Stage, StreamInfo
from symmv_tools.stages import ALL, melody, motion, shots, video_info
from symmv_tools.stages.video_pass import read_video

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "demo"
SONGS = sorted((DEMO / "songs").glob("*.mid"))
FILM = DEMO / "video" / "big_buck_bunny_0_30.webm"
DECIMALS = 6


def main() -> None:
    """Write every golden file anew."""
    for name, text in golden().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"tests/golden/{name}")


def golden() -> dict[str, str]:
    """Return the text of every golden file, by its name."""
    texts = {f"{path.stem}.json": as_text(of_song(path)) for path in SONGS}
    return texts | {f"{FILM.stem}.json": as_text(of_film())}


def of_song(path: Path) -> dict[str, Any]:
    """Return what the stages that read MIDI make of one file, and what they were told."""
    values: dict[str, Any] = {}
    stages = []
    for stage in build(ALL).stages:
        hears_midi = set(stage.media) <= {"midi"} and not stage.facts and set(stage.needs) <= values.keys()
        if hears_midi and stage.enabled(stage.settings()):
            stages.append(stage)
            values = {**values, **_run(stage, stage.settings(), path, values)}
    # A network's last bits differ between processors; where the beats and chords are does not.
    beat, chord = _as_sure(values["beat"]), _as_sure(values["chord"])
    by_network, by_skyline = (
        _run(melody.STAGE, melody.MelodySettings(trust_tracks=False, method=method), path, values)
        for method in ("network", "skyline")
    )
    return {
        "stages": _told(*stages),
        "duration": values["duration"],
        "key": _lines(values["key_mode"]),
        "tempo_global": values["tempo_global"],
        "tempo": _lines(values["tempo"]),
        "time_signature": _lines(values["time_signature"]),
        "melody": _melody(values["note_midi"]),
        "melody by network": _melody(by_network["note_midi"]),  # the demo's files name their melody
        "melody by skyline": _melody(by_skyline["note_midi"]),
        "chord": _lines(chord),
        "beat": _lines(beat),
    }


def _run(stage: Stage, settings: Any, path: Path, values: Mapping[str, Any]) -> Mapping[str, Any]:
    assert stage.run is not None
    item = Item(Song(f"demo:{path.stem}", midi=str(path)), values)
    weights = {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
    (outcome,) = stage.run([item], settings, Context(weights=weights))
    assert isinstance(outcome, Done), f"{path.name}, {stage.name}: {outcome}"
    return outcome.values


def of_film() -> dict[str, Any]:
    """Return what the stages that read video make of the film."""
    stages = (video_info.STAGE, shots.STAGE, motion.STAGE)
    readers = {stage.name: partial(_reader, stage) for stage in stages}
    values: dict[str, Any] = {}
    for name, outcome in read_video(FILM, readers).items():
        assert isinstance(outcome, Done), f"{name}: {outcome}"
        values |= outcome.values
    shot = dict(values.pop("shot"))
    # Scaling and HSV differ in their last bits between processors; where the cuts are does not.
    shot["confidence"] = np.round(shot["confidence"], 2)
    mean = round(values.pop("motion_mean"), 2)
    del values["features_motion"]  # a hundred numbers that say nothing to a reader
    return {"stages": _told(*stages), **values, "motion_mean": mean, "shot": _lines(shot)}


def _reader(stage: Stage, info: StreamInfo) -> Reader:
    assert stage.reader is not None
    return stage.reader(info, stage.settings())


def _told(*stages: Stage) -> dict[str, dict[str, Any]]:
    """Return version and semantic settings of each stage: the first thing to look at when values differ."""
    return {s.name: {"version": s.version, **semantic_values(s.settings())} for s in stages}


def _melody(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many notes are melody, and a digest that says whether they are the same ones."""
    is_melody = np.array([track == "melody" for track in notes["track"]])
    mask = "".join("m" if m else "." for m in is_melody)
    return {
        "notes": len(mask),
        "in_melody": int(is_melody.sum()),
        "sha256": hashlib.sha256(mask.encode()).hexdigest(),
    }


def _as_sure(group: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group with its confidence to two decimals."""
    return {**group, "confidence": np.round(np.asarray(group["confidence"], float), 2)}


def _lines(group: Mapping[str, Any]) -> list[list[Any]]:
    """Return a group as a list of its events, with the names of the fields at the head."""
    columns = [np.asarray(values).tolist() for values in group.values()]
    return [list(group), *map(list, zip(*columns, strict=True))]


# --- as text --------------------------------------------------------------------------------------


def as_text(content: Mapping[str, Any]) -> str:
    """Return `content` as JSON with an event, or a stage's settings, on each line."""
    parts = [f" {json.dumps(name)}: {_value(value)}" for name, value in content.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "[\n  " + ",\n  ".join(_dumps(event) for event in value) + "\n ]"
    if isinstance(value, dict) and all(isinstance(v, dict) for v in value.values()):
        return "{\n  " + ",\n  ".join(f"{_dumps(k)}: {_dumps(v)}" for k, v in value.items()) + "\n }"
    return _dumps(value)


def _dumps(value: Any) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0  # + 0.0: there is no -0.0
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main()
