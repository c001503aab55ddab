"""`symmv generate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symmv_tools.cli.main import main
from tests.bands import write_band, write_run
from tests.films import film, write_film, write_tone
from tests.painters import write_painter


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


# --- Diff-BGM -------------------------------------------------------------------------------------


def test_a_run_of_diff_bgm_makes_music_by_the_same_command(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = write_painter(tmp_path / "run", {"shot": 1}, shot=True, selection="none")
    out = tmp_path / "out.mid"
    words = ("--model", run, "--video", place / "in.mp4", "--out", out, "--variants", 2, "--set", "steps=2")
    assert call(*words, "--json") == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert [each["out"] for each in told] == [str(out), str(tmp_path / "out-2.mid")]
    assert {each["log_likelihood"] for each in told} == {None}
    assert "nats" not in said.err
    assert "for nothing" not in said.err
    first = out.read_bytes()
    assert call(*words) == 0
    assert out.read_bytes() == first
    assert call("--model", run, "--seconds", 3, "--out", out, "--set", "steps=2") == 0
    assert "without shot its music is for nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", "A:minor"), "Diff-BGM knows nothing of --key"),
        (("--temperature", "1", "--top-p", "0.9"), "Diff-BGM knows nothing of --temperature, --top-p"),
        (("--set", "step=3"), "did you mean 'steps'?"),
        (("--set", "sampler=plms"), "sampler is 'plms'"),
    ],
)
def test_what_diff_bgm_does_not_know_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    run = write_painter(tmp_path / "run")
    assert call("--model", run, "--seconds", 3, "--out", tmp_path / "o.mid", *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "o.mid").exists()


def test_v_musprod_is_not_painted(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--model", place / "runs", "--seconds", 3, "--out", tmp_path / "o.mid", "--set", "steps=3")
    assert call(*words) == 2
    assert "V-MusProd knows nothing of --set" in capsys.readouterr().err
