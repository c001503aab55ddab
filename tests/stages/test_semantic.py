"""`semantic` with a tiny random CLIP, on films that the test writes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.errors import BadSettings, MissingCheckpoint
from symmv_tools.io.video import open_video
from symmv_tools.models import vision_tower
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Reader, StreamInfo
from symmv_tools.stages import chosen_network, semantic
from symmv_tools.stages.semantic import SemanticSettings, height_for
from symmv_tools.stages.video_pass import read_video
from tests import tiny_models
from tests.films import film, write_film


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.clip(tmp_path_factory.mktemp("models") / "clip")


def seen(path: Path, folder: Path, **settings: Any) -> Outcome:
    """What the stage makes of a film, as a worker would run it."""
    chosen = SemanticSettings(model=str(folder), **settings)
    item, context = Item(Song("test:film", video=str(path))), Context(weights={str(folder): str(folder)})

    def begin(info: StreamInfo) -> Reader:
        return semantic.reader(info, semantic.equip(item, chosen, context))

    return read_video(path, {"it": begin})["it"]


def features(outcome: Outcome) -> tuple[float, float, NDArray[np.float16]]:
    assert isinstance(outcome, Done), outcome
    held = pa.array([outcome.values["features_semantic"]], type=row.FEATURES)
    held.validate(full=True)
    value = row.value_at(held, 0)
    return value["start"], value["rate"], np.array(value["value"], np.float16)


def test_each_vector_is_of_the_picture_on_the_screen_then(tmp_path: Path, folder: Path) -> None:
    path = write_film(tmp_path / "a.mp4", film(20, 15, 10), fps=25)
    start, rate, found = features(seen(path, folder))
    assert (start, rate) == (0.0, 6.0)
    with open_video(path) as video:
        frames = [frame for batch in video.frames(tiny_models.SIZE) for frame in batch]
    moments = np.arange(len(found)) / 6.0
    assert len(found) == 11, "1.8 s, six times a second"
    shown = [max(f for f in range(len(frames)) if frames[f].time <= t + 1e-6) for t in moments]
    tower = vision_tower.load(str(folder), "cpu")
    expected = vision_tower.encode([frames[f].pixels for f in shown], tower).astype(np.float16)
    assert_allclose(found, expected, rtol=2e-3, atol=1e-4)  # half precision has three digits


@pytest.mark.parametrize("batch", [1, 2, 5, 1000])
def test_the_size_of_a_batch_changes_nothing(tmp_path: Path, folder: Path, batch: int) -> None:
    path = write_film(tmp_path / "a.mp4", film(20, 15, 10), fps=25)
    expected, found = (features(seen(path, folder, batch=n))[2] for n in (32, batch))
    assert_allclose(found, expected, rtol=2e-3, atol=1e-4)


def test_a_video_slower_than_the_looks_is_computed_once_per_picture(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[int] = []
    encode = vision_tower.encode

    def watched(frames: Any, tower: Any) -> Any:
        computed.append(len(frames))
        return encode(frames, tower)

    monkeypatch.setattr(vision_tower, "encode", watched)
    path = write_film(tmp_path / "slow.mp4", film(2, 2), fps=2)
    _, _, found = features(seen(path, folder, batch=3))
    assert len(found) == 12
    assert sum(computed) == 4
    assert (found[0] == found[2]).all()
    assert not (found[5] == found[6]).all()


@pytest.mark.parametrize("shape", [(1, 40, 64), (30, 64, 36), (2, 34, 34)])
def test_one_frame_and_portrait_are_seen(tmp_path: Path, folder: Path, shape: tuple[int, int, int]) -> None:
    frames, height, width = shape
    pictures = np.stack(tiny_models.pictures(frames, height, width))
    _, _, found = features(seen(write_film(tmp_path / "a.mp4", pictures), folder))
    assert found.shape[1] == 16
    assert len(found) >= 1
    assert np.isfinite(found.astype(np.float32)).all()


@pytest.mark.parametrize(
    ("width", "height", "wanted"), [(1280, 720, 224), (720, 1280, 399), (224, 224, 224), (100, 300, 672)]
)
def test_the_shorter_side_has_what_the_network_sees(width: int, height: int, wanted: int) -> None:
    info = StreamInfo(width, height, 25.0, 1.0, Fraction(1, 25))
    assert height_for(info, 224) == wanted


def test_weights_that_are_none_stop_the_run(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    path = write_film(tmp_path / "a.mp4", film(2))
    with pytest.raises(MissingCheckpoint):
        seen(path, tmp_path)


def test_the_stage_is_off_until_a_network_is_named() -> None:
    assert not chosen_network.is_enabled(SemanticSettings())
    assert chosen_network.checkpoints(SemanticSettings()) == ()
    assert chosen_network.checkpoints(SemanticSettings(model="clip-vit-b-32")) == ("clip-vit-b-32",)


@pytest.mark.parametrize("settings", [{"fps": 0.0}, {"fps": -1.0}, {"fps": float("nan")}, {"batch": 0}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match="semantic"):
        SemanticSettings(**settings)


def test_a_network_that_looks_over_time_is_given_the_whole_video(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backwards(features: Any, tower: Any) -> Any:
        return features[::-1]

    path = write_film(tmp_path / "a.mp4", film(20, 15, 10), fps=25)
    _, _, alone = features(seen(path, folder, batch=2))
    monkeypatch.setattr(vision_tower, "over_time", backwards)
    _, _, together = features(seen(path, folder, batch=2))
    assert (together == alone[::-1]).all()
