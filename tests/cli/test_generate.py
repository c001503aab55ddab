"""`symmv generate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symmv_tools.cli.main import main
from tests.bands import write_band, write_run
from tests.films import film, write_film, write_tone


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main(["generate", *map(str, words)])
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    write_band(folder / "runs", widths={"colour": 192})
    write_film(folder / "in.mp4", film(60))
    write_tone(folder / "tone.m4a")
    (folder / "in.lab").write_text("0 1 C:maj\n1 2.4 G:maj\n", "utf-8")
    (folder / "bad.lab").write_text("0 1 H:maj\n", "utf-8")
    return folder


@pytest.mark.parametrize("ending", ["mid", "wav", "mp4"])
def test_a_video_becomes_music(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    out = tmp_path / f"out.{ending}"
    words = ("--model", place / "runs", "--video", place / "in.mp4", "--out", out, "--variants", 2, "--json")
    assert call(*words, "--key", "A:minor", "--temperature", "0.9", "--top-p", "pitch=0.8") == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert [each["out"] for each in told] == [str(out), str(tmp_path / f"out-2.{ending}")]
    assert {each["key"] for each in told} == {"A:minor"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"out-2.{ending}", f"out.{ending}"]
    assert f"{out}: 2.40 s, " in said.err


def test_music_of_a_length_needs_no_video(place: Path, tmp_path: Path) -> None:
    models = [
        word for stage in ("melody", "chord", "accompaniment") for word in ("--model", place / "runs" / stage)
    ]
    words = (*models, "--seconds", 3, "--out", tmp_path / "out.mid", "--merged", "--chords", place / "in.lab")
    assert call(*words, "--tempo", 100) == 0
    first = (tmp_path / "out.mid").read_bytes()
    assert call(*words, "--tempo", 100) == 0
    assert (tmp_path / "out.mid").read_bytes() == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "o.mid"), "say either --video FILE or --seconds N"),
        (("--out", "o.txt", "--seconds", "3"), "ends in .txt"),
        (("--out", "o.mp4", "--seconds", "3"), "there are no pictures"),
        (("--out", "o.mid", "--seconds", "0"), "0.1 seconds to 4 hours"),
        (("--out", "o.mid", "--video", "tone.m4a"), "has no video stream"),
        (("--out", "o.mid", "--video", "none.mp4"), "none.mp4"),
        (("--out", "o.mid", "--seconds", "3", "--key", "H"), "'H' is no key"),
        (("--out", "o.mid", "--seconds", "3", "--temperature", "warm"), "--temperature 'warm' is no number"),
        (("--out", "o.mid", "--seconds", "3", "--top-p", "picth=0.5"), "no attribute 'picth'"),
        (("--out", "o.mid", "--seconds", "3", "--chords", "bad.lab"), "no chords that can be read"),
        (("--out", "o.mid", "--seconds", "3", "--gpu", "99"), "GPU 99 is asked for"),
    ],
)
def test_a_wrong_call_is_answered_in_two_lines(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(place)
    before = sorted(place.iterdir())
    assert call("--model", "runs", *words) == 2
    assert said in capsys.readouterr().err
    assert sorted(place.iterdir()) == before


def test_runs_that_are_none_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--model", tmp_path, "--seconds", 3, "--out", tmp_path / "o.mid") == 2
    assert "holds no run" in capsys.readouterr().err
    write_run(tmp_path / "melody", "melody")
    assert call("--model", tmp_path, "--seconds", 3, "--out", tmp_path / "o.mid") == 2
    assert "the runs are of melody" in capsys.readouterr().err
