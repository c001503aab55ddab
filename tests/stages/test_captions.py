"""`captions` with a tiny random BLIP, on films that the test writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.models import captioner
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Reader, StreamInfo
from symmv_tools.stages import captions, chosen_network
from symmv_tools.stages.captions import CaptionSettings
from symmv_tools.stages.video_pass import read_video
from tests import tiny_models
from tests.films import film, write_film

SHOT = {"time": np.array([0.0, 0.8, 1.4]), "duration": np.array([0.8, 0.6, 0.6])}
Rows = list[tuple[float, float, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.blip(tmp_path_factory.mktemp("models") / "blip")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("films") / "a.mp4", film(20, 15, 15), fps=25)


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures each call of the network gets."""
    calls: list[int] = []
    describe = captioner.describe

    def watched(frames: Sequence[Any], network: Any) -> Any:
        calls.append(len(frames))
        return describe(frames, network)

    monkeypatch.setattr(captioner, "describe", watched)
    return calls


def said(path: Path, folder: Path, shot: Any = None, **settings: Any) -> Outcome:
    """What the stage makes of a film, as a worker would run it."""
    chosen = CaptionSettings(model=str(folder), max_tokens=6, **settings)
    item = Item(Song("test:film", video=str(path)), {"shot": shot or SHOT})
    context = Context(weights={str(folder): str(folder)})

    def begin(info: StreamInfo) -> Reader:
        return captions.reader(info, captions.equip(item, chosen, context))

    return read_video(path, {"it": begin})["it"]


def rows(outcome: Outcome) -> Rows:
    assert isinstance(outcome, Done), outcome
    held = pa.array([outcome.values["caption"]], type=row.CAPTION)
    held.validate(full=True)
    value = row.value_at(held, 0)
    return list(zip(value["time"].tolist(), value["duration"].tolist(), value["value"], strict=True))


def spans(found: Rows) -> list[tuple[float, float]]:
    return [(round(time, 6), round(duration, 6)) for time, duration, _ in found]


def test_every_shot_and_every_segment_has_one_sentence_in_order_of_time(path: Path, folder: Path) -> None:
    found = rows(said(path, folder, segment_seconds=0.75))
    assert spans(found) == [(0.0, 0.8), (0.0, 0.75), (0.75, 0.75), (0.8, 0.6), (1.4, 0.6), (1.5, 0.5)]
    assert len({sentence for _, _, sentence in found}) > 1


def test_shots_and_segments_alone_are_what_they_are_together(path: Path, folder: Path) -> None:
    both = rows(said(path, folder, segment_seconds=0.75))
    shots = rows(said(path, folder, spans="shots"))
    segments = rows(said(path, folder, spans="segments", segment_seconds=0.75))
    assert sorted([*shots, *segments]) == sorted(both)


def test_the_papers_way_is_ten_sentences_for_each_eight_frames(path: Path, folder: Path) -> None:
    found = rows(said(path, folder, spans="frames", every_frames=8, sentences=10))
    starts = [i * 8 / 25 for i in range(7)]
    assert sorted(set(spans(found))) == [(round(t, 6), 0.32 if t < 1.9 else 0.08) for t in starts]
    of_first = [sentence for time, _, sentence in found if time == 0.0]
    assert 5 < len(of_first) <= 10
    assert len(set(of_first)) == len(of_first), "what was said before is not said again"


@pytest.mark.parametrize("sentences", [1, 3])
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_the_size_of_a_batch_changes_nothing(
    path: Path, folder: Path, described: list[int], sentences: int, batch: int
) -> None:
    settings: dict[str, Any] = {"segment_seconds": 0.3, "sentences": sentences}
    expected = rows(said(path, folder, **settings))
    described.clear()
    assert rows(said(path, folder, batch=batch, **settings)) == expected
    assert max(described) <= batch


def test_a_picture_that_is_shown_again_is_not_described_again(
    tmp_path: Path, folder: Path, described: list[int]
) -> None:
    still = write_film(tmp_path / "still.mp4", np.repeat(film(1), 50, axis=0), fps=25)
    shot = {"time": np.array([0.0]), "duration": np.array([2.0])}
    found = rows(said(still, folder, shot, spans="shots and segments", segment_seconds=0.5))
    assert len(found) == 5
    assert sum(described) < 5
    middle = {"time": np.array([0.0, 1.0]), "duration": np.array([1.0, 1.0])}
    described.clear()
    assert len(rows(said(still, folder, middle, segment_seconds=1.0))) == 4
    assert sum(described) <= 2, "shots and segments with the same middles share their pictures"


def test_a_video_of_one_frame_has_its_sentences(tmp_path: Path, folder: Path) -> None:
    shot = {"time": np.array([0.0]), "duration": np.array([0.04])}
    found = rows(said(write_film(tmp_path / "a.mp4", film(1)), folder, shot))
    assert spans(found) == [(0.0, 0.04), (0.0, 0.04)]


@pytest.mark.parametrize("text", ["</script><b>", "\x1b[31m red", "a\nb", "‮ abc", ""])
def test_hostile_sentences_stay_text_and_empty_ones_are_left_out(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(captioner, "describe", lambda frames, network: [[text]] * len(frames))
    found = rows(said(path, folder, spans="shots"))
    assert [sentence for _, _, sentence in found] == [text] * (3 if text else 0)


def test_the_stage_is_off_until_a_network_is_named() -> None:
    assert not chosen_network.is_enabled(CaptionSettings())
    assert chosen_network.checkpoints(CaptionSettings()) == ()
    assert chosen_network.is_enabled(CaptionSettings(model="blip-base"))


@pytest.mark.parametrize(
    "settings",
    [{"segment_seconds": 0.0}, {"every_frames": 0}, {"sentences": -1}, {"top_p": 1.5}, {"batch": 0}],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadSettings, match=r"captions\."):
        CaptionSettings(**settings)
