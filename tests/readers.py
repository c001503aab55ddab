"""A stage's reader under its default settings, begun as a worker begins it."""

from __future__ import annotations

from pathlib import Path

from symmv_tools import checkpoints
from symmv_tools.song import Song
from symmv_tools.stage import Context, Item, Outcome, Reader, Stage, StreamInfo
from symmv_tools.stages.video_pass import read_video


def begin(stage: Stage, info: StreamInfo) -> Reader:
    """Return a reader for one video, with the weights it declares."""
    assert stage.reader is not None
    settings = stage.settings()
    weights = {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
    return stage.reader(info, stage.equip(Item(Song("test:a")), settings, Context(weights=weights)))


def read_alone(stage: Stage, path: Path | str) -> Outcome:
    """Return the outcome of one stage on one video."""
    return read_video(path, {stage.name: lambda info: begin(stage, info)})[stage.name]
