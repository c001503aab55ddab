"""Networks that look at videos, from settings to tables: one decoding per lane, weights named in advance."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from symmv_tools.engines.local import LocalEngine
from symmv_tools.errors import DiskFull, MissingCheckpoint
from symmv_tools.io import video
from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.plan import make_plan
from symmv_tools.pipeline.run import Progress, Run, annotate
from symmv_tools.pipeline.shards import Retry, Shard
from symmv_tools.pipeline.states import State
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Frame, Item, Outcome, Stage, StreamInfo
from symmv_tools.stages import captions, semantic, shots, text_features, video_info
from symmv_tools.stages.jobs import GPU_DECODERS, Errand, Job, Task, run_job
from symmv_tools.store import Store
from tests import tiny_models
from tests.films import film, write_film

STAGES = [module.STAGE for module in (video_info, shots, semantic, captions, text_features)]
Open = Callable[..., House]


@pytest.fixture
def open_house(tmp_path: Path) -> Open:
    """A store of two films, opened anew with these settings."""
    for name in ("a", "b"):
        write_film(tmp_path / f"{name}.mp4", film(20, 15, seed=ord(name)))

    def opened(*settings: str) -> House:
        store = Store.open(tmp_path / "work", create=True)
        store.refresh()
        store.put([Song(f"folder:{name}", video=str(tmp_path / f"{name}.mp4")) for name in ("a", "b")])
        house = House(store, STAGES)
        house.active.change(None, settings)
        return house

    return opened


def stale(house: House) -> dict[str, int]:
    plan = make_plan(house, house.nodes())
    return {s.key: s.states[State.STALE] for s in plan.stages if s.states[State.STALE]}


@pytest.mark.slow  # two processes import torch and transformers: some 15 s
def test_from_videos_to_aligned_features(open_house: Open, tmp_path: Path) -> None:
    chosen = [
        f"semantic.model={tiny_models.clip(tmp_path / 'clip')}",
        f"captions.model={tiny_models.blip(tmp_path / 'blip')}",
        f"text_features.model={tiny_models.bert(tmp_path / 'bert')}",
        "captions.max_tokens=6",
    ]
    summary = annotate(open_house(*chosen), workers=1)
    assert {key: dict(counts) for key, counts in summary.outcomes.items()} == {
        stage.name: {"done": 2} for stage in STAGES
    }
    assert not annotate(open_house(), workers=1).outcomes
    tables = {stage.name: pq.read_table(tmp_path / "work" / "tables" / stage.name) for stage in STAGES}
    for song in range(2):
        seen = tables["semantic"]["features_semantic"][song].as_py()
        told = tables["text_features"]["features_text"][song].as_py()
        assert (told["start"], told["rate"]) == (seen["start"], seen["rate"]) == (0.0, 6.0)
        assert np.shape(seen["value"]) == (9, 16)
        assert np.shape(told["value"]) == (9, 32)


def test_without_a_name_the_networks_are_off(open_house: Open) -> None:
    assert stale(open_house()) == {"video_info": 2, "shots": 2}


@pytest.mark.parametrize(("stage", "model"), [("semantic", "clip-vit-b-32"), ("captions", "blip-base")])
def test_missing_weights_are_named_before_the_first_song(
    open_house: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str, model: str
) -> None:
    for name in ("SYMMV_CHECKPOINTS", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    with pytest.raises(MissingCheckpoint, match=model) as caught:
        annotate(open_house(f"{stage}.model={model}"), [stage], workers=1)
    assert f"symmv models pull {model}" in caught.value.hint
    assert {part.parent.name for part in (tmp_path / "work" / "tables").glob("*/*.parquet")} == {"songs"}


def test_other_weights_make_stale_and_another_place_does_not(open_house: Open, tmp_path: Path) -> None:
    here = tiny_models.clip(tmp_path / "here")
    moved = Path(shutil.copytree(here, tmp_path / "moved"))
    other = tiny_models.clip(tmp_path / "other", seed=1)
    configs = []
    for folder in (here, moved, other):
        nodes = open_house(f"semantic.model={folder}").nodes()
        configs.append(next(node.config for node in nodes if node.key == "semantic"))
    assert configs[0] == configs[1] != configs[2]


def test_without_a_gpu_all_readers_share_one_decoding_and_with_one_each_lane_has_its_own(
    open_house: Open, tmp_path: Path
) -> None:
    house = open_house(f"semantic.model={tiny_models.clip(tmp_path / 'clip')}")
    nodes = house.nodes()
    (songs,) = house.judged(nodes)

    def groups(lane: Callable[[str], str]) -> list[list[str]]:
        shard = Shard(house, songs, list(nodes))
        return [[node.key for node in group] for group in shard.ready(lane)]

    assert groups(lambda lane: "cpu") == [["video_info", "shots", "semantic"]]
    assert groups(lambda lane: lane) == [["video_info", "shots"], ["semantic"]]


@pytest.mark.parametrize(
    ("gpu", "lane", "decoder"), [(0, "gpu", "cuda"), (0, "cpu", "cpu"), (None, "gpu", "cpu")]
)
def test_the_gpu_decodes_only_for_its_own_lane(
    open_house: Open, gpu: int | None, lane: str, decoder: str
) -> None:
    house = open_house('video.decoder="cuda"')
    run = Run(house, house.nodes(), {}, LocalEngine(2, gpu), Retry(), Progress())
    assert run.context(lane).decoder == decoder
    assert open_house('video.decoder="cpu"').active.chore("video").decoder == "cpu"


def test_shots_go_to_the_gpu_where_a_network_finds_them(open_house: Open) -> None:
    house = open_house("shots.detector=transnetv2")
    nodes = house.nodes()
    (songs,) = house.judged(nodes)
    groups = Shard(house, songs, list(nodes)).ready(lambda lane: lane)
    assert [[node.key for node in group] for group in groups] == [["video_info"], ["shots"]]


# --- one job, in this process ---------------------------------------------------------------------


def job(
    tmp_path: Path, stages: Sequence[tuple[Stage, object]], songs: Sequence[Song], context: Context
) -> Job:
    errands = tuple(
        Errand(stage.name, stage, settings, "config", "{}", str(tmp_path / f"part-1-{stage.name}.parquet"))
        for stage, settings in stages
    )
    tasks = tuple(Task(song, {errand.key: ("print", {}) for errand in errands}, {}) for song in songs)
    return Job(errands, tasks, context)


def test_a_network_and_the_other_readers_decode_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    open_once = av.open

    def counting(name: str, **options: Any) -> Any:
        opened.append(Path(name).name)
        return open_once(name, **options)

    clip = str(tiny_models.clip(tmp_path / "clip"))
    song = Song("test:a", video=str(write_film(tmp_path / "a.mp4", film(10, 10))))
    chosen = semantic.SemanticSettings(model=clip)
    stages = [(shots.STAGE, shots.ShotSettings()), (semantic.STAGE, chosen)]
    monkeypatch.setattr(av, "open", counting)
    reports = run_job(job(tmp_path, stages, [song], Context(weights={clip: clip})))
    assert [line.outcome for report in reports for line in report.lines] == ["done", "done"]
    assert opened == ["a.mp4"]


def test_a_job_decodes_where_its_context_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(video, "acceleration", asked.append)
    song = Song("test:a", video=str(write_film(tmp_path / "a.mp4", film(10))))
    stages = [(shots.STAGE, shots.ShotSettings())]
    for decoder in ("cpu", "cuda"):
        run_job(job(tmp_path, stages, [song], Context(decoder=decoder)))
    assert asked == ["cpu", "cuda"]


class Meeting:
    """A reader that counts how many of its kind are at work at the same time."""

    now = most = 0
    lock = threading.Lock()

    def __init__(self, item: Item) -> None:
        self.item = item

    def feed(self, frames: Sequence[Frame]) -> None:
        if self.item.song.title == "full":
            raise OSError(28, "No space left on device")
        with self.lock:
            Meeting.now += 1
            Meeting.most = max(Meeting.most, Meeting.now)
        time.sleep(0.05)
        with self.lock:
            Meeting.now -= 1

    def finish(self) -> Outcome:
        return Done({"album": self.item.song.title})


def _meet(info: StreamInfo, item: Item) -> Meeting:
    return Meeting(item)


MEETING = Stage(
    name="meeting",
    version="1.0.0",
    media=("video",),
    makes={"album": pa.string()},
    reader=_meet,
    equip=lambda item, settings, context: item,
)


@pytest.mark.parametrize(("device", "together"), [("cpu", 1), ("cuda:0", GPU_DECODERS)])
def test_for_a_gpu_several_videos_are_decoded_at_a_time(tmp_path: Path, device: str, together: int) -> None:
    path = str(write_film(tmp_path / "a.mp4", film(40)))
    songs = [Song(f"test:{i}", title=str(i), video=path) for i in range(8)]
    Meeting.now = Meeting.most = 0
    (report,) = run_job(job(tmp_path, [(MEETING, None)], songs, Context(device=device)))
    assert [line.song_id for line in report.lines] == [song.song_id for song in songs]
    assert pq.read_table(report.part)["album"].to_pylist() == [song.title for song in songs]
    assert (Meeting.most == 1) if together == 1 else (1 < Meeting.most <= together)


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_a_house_fault_in_a_decoding_thread_stops_the_job(tmp_path: Path, device: str) -> None:
    path = str(write_film(tmp_path / "a.mp4", film(4)))
    songs = [Song(f"test:{i}", title="full" if i == 1 else "fine", video=path) for i in range(20)]
    with pytest.raises(DiskFull):
        run_job(job(tmp_path, [(MEETING, None)], songs, Context(device=device)))
    assert not list(tmp_path.glob("part-*.parquet"))
