"""From a small export to a judge, its figures, and a folder of music in the order of a video."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from symmv_tools.dataset.siblings import Siblings
from symmv_tools.errors import BadCall
from symmv_tools.generate.ranking import keep_best, rank_music, rank_videos
from symmv_tools.io.midi import write
from tests.cli.test_cli import symmv
from tests.evaluation.pieces import tune, write_pieces
from tests.exports import song, write_export
from tests.films import film, write_film
from tests.tiny_models import clip

SONGS = 6


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tunes with features of the widths that Musicnn and a tiny CLIP have."""
    folder = tmp_path_factory.mktemp("data") / "out"
    rows = [song(f"s{i}", split="train" if i < 3 else "test", midi=write(tune(i, 2))) for i in range(SONGS)]
    write_export(folder, rows)
    with Siblings(folder, hop_bars=8) as tables:
        for i, row in enumerate(rows):
            rng = np.random.default_rng(i)
            sides = {
                "features_semantic": (2.0, rng.normal(size=(24, 16))),
                "features_music": (0.3, rng.normal(size=(4, 200))),
            }
            values = {name: {"start": 0.0, "rate": r, "value": v} for name, (r, v) in sides.items()}
            tables.add({**row, "beat": None}, values)
    return folder


@pytest.fixture(scope="module")
def run(data: Path) -> Path:
    folder = data.parent / "run"
    words = ("vmcp", "--data", data, "--run", folder, "--preset", "toy", "--set", "epochs=2")
    ended = symmv("train", *words)
    assert ended.status == 0
    assert "3 songs to learn vmcp from" in ended.err
    return folder


def test_music_is_judged_from_the_command_line(data: Path, run: Path, tmp_path: Path) -> None:
    ours = write_pieces(tmp_path / "ours", [(f"s{i}", tune(10 + i, 2)) for i in range(SONGS)])
    asked = ("--data", data, "--model", run, "--music", f"ours={ours}")
    words = (*asked, "--split", "test", "--pool", "3", "--keep", tmp_path / "kept", "--workers", "1")
    ended = symmv("eval", "vmcp", *words, "--json")
    assert ended.status == 0
    told = json.loads(ended.out)
    assert (told["kind"], told["real"]) == ("vmcp", "out")
    assert {line["system"] for line in told["lines"]} == {"out", "ours", "random music"}
    assert "learned some of these very pairs" not in ended.out
    assert "run (sha256 " in told["conditions"]["judge"]
    again = symmv("eval", "vmcp", *words, "--json")
    assert again.out == ended.out
    assert len(list((tmp_path / "kept").iterdir())) == 6
    assert symmv("eval", "vmcp", *asked, "--pool", "70").status == 2


def test_the_judge_does_not_judge_its_own_choice_unnoticed(data: Path, run: Path, tmp_path: Path) -> None:
    seer, shown = clip(tmp_path / "clip"), write_film(tmp_path / "v.mp4", film(20, 20))
    music = write_pieces(tmp_path / "music", [(f"s{i}", tune(20 + i, 2)) for i in range(3, 6)])
    ranked = rank_music(shown, music, run, str(seer), keep=tmp_path / "kept")
    cosines = [cosine for _, cosine in ranked.files]
    assert cosines == sorted(cosines, reverse=True)
    assert {path.name for path, _ in ranked.files} == {"s3.mid", "s4.mid", "s5.mid"}
    chosen = tmp_path / "chosen"
    assert [path.name for path in keep_best(ranked, 3, chosen, run)] == [
        path.name for path, _ in ranked.files
    ]
    words = (
        "--data",
        data,
        "--model",
        run,
        "--music",
        chosen,
        "--split",
        "test",
        "--pool",
        "3",
        "--workers",
        "1",
    )
    refused = symmv("eval", "vmcp", *words)
    assert refused.status == 2
    assert "was chosen by run" in refused.err
    allowed = symmv("eval", "vmcp", *words, "--same-judge", "--json")
    assert allowed.status == 0
    assert "chosen by run" in json.loads(allowed.out)["conditions"]["curated by its own judge"]


def test_videos_are_ranked_for_music(run: Path, tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    first = write_film(films / "a.mp4", film(20, 20))
    (films / "b.mp4").write_bytes(b"no video")
    music = write_pieces(tmp_path, [("m", tune(1, 2))]) / "m.mid"
    ranked = rank_videos(music, films, run, str(clip(tmp_path / "clip")))
    assert [path for path, _ in ranked.files] == [first]
    assert list(ranked.failed) == [films / "b.mp4"]
    with pytest.raises(BadCall, match="who looks at the video"):
        rank_videos(music, films, run)
    with pytest.raises(BadCall, match="is neither MIDI nor audio"):
        rank_videos(first, films, run)
