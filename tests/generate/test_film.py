"""What is seen of a user's video for Diff-BGM."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from symmv_tools.errors import BadCall
from symmv_tools.generate.film import watch
from tests import tiny_models
from tests.films import film, write_film

WIDTHS = {"semantic": 16, "text": 32, "shot": 1}


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "in.mp4", film(50, 60, 45))


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One that sees, one that describes, and one that reads what that one says."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "vision": str(tiny_models.clip(folder / "clip")),
        "captioner": str(tiny_models.blip(folder / "blip")),
        "language": str(tiny_models.bert(folder / "bert")),
    }


def test_a_video_is_seen_described_and_cut_in_one_pass(video: Path, networks: dict[str, str]) -> None:
    seen = watch(video, WIDTHS, **networks)
    assert set(seen.features) == {"semantic", "text"}
    assert np.shape(seen.features["semantic"]["value"])[1] == 16
    text = seen.features["text"]
    assert (text["start"], text["rate"], len(text["value"])) == (0.0, 2.0, 13)
    assert np.shape(text["value"]) == (13, 32)
    assert np.isfinite(text["value"]).all()
    assert seen.cuts is not None
    assert seen.cuts.tolist() == pytest.approx([0.0, 2.0, 4.4], abs=0.1)


def test_nobody_looks_for_what_no_network_wants(video: Path, networks: dict[str, str]) -> None:
    seen = watch(video, {}, **networks)
    assert (seen.features, seen.cuts) == ({}, None)
    assert set(watch(video, WIDTHS).features) == set()


def test_sentences_read_by_another_network_are_refused(video: Path, networks: dict[str, str]) -> None:
    with pytest.raises(BadCall, match="trained on text features of 768 numbers; these have 32") as why:
        watch(video, {"text": 768}, **networks)
    assert "--language" in why.value.hint
