"""Training the video-music CLIP, from an export to a judge."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.training.journal import Step, read
from symmv_tools.training.parallel import ALONE
from symmv_tools.training.vmcp import prepare, read_network, rehearse, train
from symmv_tools.training.vmcp_cache import build, by_seconds
from symmv_tools.training.vmcp_judge import read_judge
from symmv_tools.training.vmcp_pieces import segments_of
from symmv_tools.training.vmcp_settings import VmcpSettings, presets, read_preset
from tests.exports import Row, recipe, song, write_export
from tests.training.vmcp_data import MUSIC, VIDEO, pairs


def toy(**changes: Any) -> VmcpSettings:
    return replace(read_preset("toy"), **changes)


def quiet(line: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pairs(tmp_path_factory.mktemp("pairs"), 32, 8)


# --- learning ---------------------------------------------------------------------------------------


@pytest.mark.timeout(180)  # the first step of a process imports half of torch
def test_what_pairs_share_is_learned_and_found_in_others(data: Path, tmp_path: Path) -> None:
    said, heard = list[str](), list[Step]()
    settings = toy(epochs=8, learning_rate=5e-3)
    fitted = train(data, tmp_path / "run", settings, say=said.append, watch=heard.append)
    assert said[0] == "32 songs to learn vmcp from, 8 to validate with"
    assert set(heard[0].parts) == {"video_to_music", "music_to_video"}
    assert fitted.scores["average_rank"] < 2.0  # 4.5 at chance
    assert fitted.scores["temperature"] != pytest.approx(0.07, abs=1e-4)
    network, again = read_network(tmp_path / "run")
    assert again == settings
    assert not network.training


def test_a_training_goes_on_where_it_was_interrupted(data: Path, tmp_path: Path) -> None:
    """With crops and dropout, to the last bit; the songs by seconds may even have gone meanwhile."""
    settings = toy(epochs=3, most_segments=2, dropout=0.2, save_steps=1, average_steps=5.0)
    expected = train(data, tmp_path / "whole", settings, say=quiet)

    def unplug(step: Step) -> None:
        if step.step == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(data, tmp_path / "cut", settings, say=quiet, watch=unplug)
    for file in (tmp_path / "cut" / "cache").iterdir():
        file.unlink()
    resumed = train(data, tmp_path / "cut", settings, say=quiet)
    losses = [[entry["loss"] for entry in read(tmp_path / run)] for run in ("cut", "whole")]
    assert losses[0] == losses[1]
    assert all(torch.equal(resumed.weights[name], value) for name, value in expected.weights.items())


def test_a_fine_tuning_begins_where_another_run_ended(data: Path, tmp_path: Path) -> None:
    first = train(data, tmp_path / "first", toy(epochs=2), say=quiet)
    still = toy(epochs=1, learning_rate=0.0, weight_decay=0.0, begin_from=str(tmp_path / "first"))
    second = train(data, tmp_path / "second", still, say=quiet)
    assert all(torch.equal(second.weights[name], value) for name, value in first.weights.items())
    parent, child = (read_judge(tmp_path / name) for name in ("first", "second"))
    assert parent.digest in child.networks.values()
    with pytest.raises(BadCall, match="its sizes are others"):
        train(data, tmp_path / "third", replace(still, width=16), say=quiet)


@pytest.mark.parametrize("changes", [{}, {"hardness": 0.5}, {"precision": "bf16"}])
def test_losses_are_finite_whatever_is_asked(data: Path, changes: dict[str, Any]) -> None:
    told = rehearse(data, toy(**changes), say=quiet)
    assert told.tokens_per_second > 0
    assert told.steps_per_epoch == 4


_TWO = """
import sys
from pathlib import Path
import torch
from symmv_tools.training.journal import read
from symmv_tools.training.vmcp import train
from tests.training.test_vmcp import quiet, toy

torch.set_num_threads(1)
fitted = train(Path(sys.argv[1]), Path(sys.argv[2]), toy(epochs=2, batch_pieces=5), say=quiet)
"""


@pytest.mark.timeout(240)
def test_two_processes_learn_what_one_does(tmp_path: Path) -> None:
    """Batches of five pieces, two and three: what is told apart is all five."""
    export = pairs(tmp_path / "pairs", 15)
    train(export, tmp_path / "one", toy(epochs=2, batch_pieces=5), say=quiet)
    _together(tmp_path, export)
    one, two = ([entry["loss"] for entry in read(tmp_path / run)] for run in ("one", "two"))
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-4)
    (alone, _), (both, _) = (read_network(tmp_path / run) for run in ("one", "two"))
    for name, value in alone.state_dict().items():
        if not name.endswith("query_key_value.bias"):  # softmax ignores keys' bias: Adam makes steps of noise
            _close(name, both.state_dict()[name], value)


def _close(name: str, found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4, msg=lambda why: f"{name}: {why}")


def _together(folder: Path, export: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "two.py").write_text(_TWO)
    root = str(Path(__file__).parents[2])
    started = [
        subprocess.Popen(
            [sys.executable, str(folder / "two.py"), str(export), str(folder / "two")],
            env=os.environ
            | {"PYTHONPATH": root, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            | {"WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank), "GLOO_SOCKET_IFNAME": "lo"},
        )
        for rank in range(2)
    ]
    assert [process.wait(200) for process in started] == [0, 0]


# --- songs ------------------------------------------------------------------------------------------


def features(rate: float, seconds: float, start: float = 0.0) -> Row:
    """Each vector is the middle of its time."""
    count = round(rate * seconds)
    return {"start": start, "rate": rate, "value": (start + (np.arange(count)[:, None] + 0.5) / rate)}


def test_both_sides_are_of_the_same_seconds() -> None:
    """The music begins 3 s into a video that has 8 more seconds before it ends."""
    both = by_seconds(
        {"audio_video_offset": 3.0, "alignment": None}, features(4.0, 11.0), features(2.0, 30.0)
    )
    assert both is not None
    assert both.video.shape == both.music.shape == (8, 1)
    np.testing.assert_allclose(both.video - both.music, 3.0, atol=0.02)
    assert (
        by_seconds({"audio_video_offset": 50.0, "alignment": None}, features(4.0, 11.0), features(2.0, 30.0))
        is None
    )


def test_segments_are_means_and_less_than_one_is_one() -> None:
    by_second = np.arange(7.0)[:, None]
    assert segments_of(by_second, 3).ravel().tolist() == [1.0, 4.0]
    assert segments_of(by_second[:2], 3).ravel().tolist() == [0.5]


def test_songs_that_lack_a_side_are_told_and_left_out(tmp_path: Path) -> None:
    export = pairs(tmp_path / "pairs", 3)
    for path in (export / "data").iterdir():
        path.unlink()
    write_export(export, [song(f"pair:{i:03d}") for i in range(5)])
    cache = build(export, tmp_path / "cache")
    assert cache.song_id == ["pair:000", "pair:001", "pair:002"]
    assert cache.left_out == {"no features of the video": 2}
    said = list[str]()
    prepare(cache, toy(), ALONE, said.append)
    assert said == [
        "nothing to validate with, so the last epoch is kept: "
        "no song of the split validation is both seen and heard",
        "3 songs to learn vmcp from; left out: 2 with no features of the video",
    ]


def test_an_export_without_features_is_refused(tmp_path: Path) -> None:
    export = write_export(tmp_path / "bare", [song("pair:0")])
    with pytest.raises(BadCall, match="has no features_semantic"):
        train(export, tmp_path / "run", toy(), say=quiet)


# --- the judge --------------------------------------------------------------------------------------


def test_a_judge_knows_how_its_features_are_made(data: Path, tmp_path: Path) -> None:
    heard = recipe("rendered_tags", "features_music", settings={"layer": "mean_pool", "model": "musicnn-msd"})
    seen = recipe("semantic", "features_semantic", checkpoints={"clip": "ab" * 32})
    export = pairs(tmp_path / "pairs", 4)
    write_export(tmp_path / "said", [song("x")], [heard, seen])
    (tmp_path / "said" / "stages.json").rename(export / "stages.json")
    train(export, tmp_path / "run", toy(epochs=1), say=quiet)
    judge = read_judge(tmp_path / "run")
    assert judge.listening == {"model": "musicnn-msd", "layer": "mean_pool", "hop_seconds": 3.0}
    assert judge.networks["clip"] == "ab" * 32
    assert judge.networks["run"] == judge.digest
    assert judge.has_learned(export)
    assert not judge.has_learned(data)
    rng = np.random.default_rng(0)
    video = judge.of_video({"start": 0.0, "rate": 2.0, "value": rng.normal(size=(30, VIDEO))})
    music = judge.of_music({"start": 0.0, "rate": 0.3, "value": rng.normal(size=(5, MUSIC))})
    assert np.linalg.norm(video) == pytest.approx(1.0, abs=1e-5)
    assert video.shape == music.shape == (16,)
    with pytest.raises(BadCall, match="the music features have 6 numbers; run learned 5"):
        judge.of_music({"start": 0.0, "rate": 2.0, "value": rng.normal(size=(30, VIDEO))})


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match=r"is no run of `symmv train vmcp`"):
        read_judge(tmp_path)


# --- settings ---------------------------------------------------------------------------------------


def test_these_presets_ship_and_can_be_read() -> None:
    assert presets() == ["default", "finetune", "toy"]
    assert [read_preset(name).epochs for name in presets()] == [60, 20, 10]
    assert read_preset("finetune").learning_rate < read_preset("default").learning_rate / 10
    assert read_preset("toy", ["hardness=0.5"]).hardness == 0.5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("defalt",), "there is no preset 'defalt'"),
        (("toy", ["segments=3"]), "there is no setting 'segments'"),
        (("toy", ["batch_pieces=0"]), "batch_pieces is 0"),
        (("toy", ["hardness=-1"]), "hardness is -1"),
    ],
)
def test_settings_that_cannot_be_are_refused(words: tuple[Any, ...], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        read_preset(*words)
