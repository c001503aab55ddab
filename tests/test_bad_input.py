"""Odd and broken input: what each ends in, and that it costs its neighbours nothing."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from symmv_tools.pipeline.house import House
from tests.films import film, write_film, write_tone
from tests.media import tone, write_audio, write_song

NOTES = ("read_midi", "transcribe")


class Case(NamedTuple):
    """What a song ends in: its state at some stages, and a code where one is due."""

    states: dict[str, str]
    codes: frozenset[str] = frozenset()


GOOD_MIDI = {
    "read_midi": "fresh",
    "midi_quality": "fresh",
    "chords": "fresh",
    "keys": "fresh",
    "tempo": "fresh",
}
FAILED_MIDI = {"read_midi": "failed", "midi_quality": "blocked", "chords": "blocked"}
FAILED_AUDIO = {"audio_quality": "failed", "transcribe": "blocked", "beats": "blocked"}
FAILED_VIDEO = dict.fromkeys(("shots", "colour", "motion", "video_info"), "failed")
SEEN = dict.fromkeys(FAILED_VIDEO, "fresh")
CASES: dict[str, Case] = {
    "neighbour": Case(GOOD_MIDI | {"shots": "fresh", "transcribe": "absent"}),
    "empty-midi": Case(FAILED_MIDI, frozenset({"EMPTY"})),
    "empty-video": Case(FAILED_VIDEO | {"transcribe": "absent"}, frozenset({"EMPTY"})),
    "empty-audio": Case(FAILED_AUDIO | {"chords": "blocked"}, frozenset({"EMPTY"})),
    "truncated-midi": Case(FAILED_MIDI, frozenset({"TRUNCATED"})),
    "truncated-video": Case(FAILED_VIDEO, frozenset({"TRUNCATED"})),
    "truncated-audio": Case(FAILED_AUDIO, frozenset({"TRUNCATED"})),
    "text-as-midi": Case(FAILED_MIDI, frozenset({"NOT_MIDI"})),
    "text-as-video": Case(FAILED_VIDEO, frozenset({"NOT_VIDEO"})),
    "text-as-audio": Case(FAILED_AUDIO, frozenset({"UNREADABLE"})),
    "unreadable": Case(FAILED_MIDI, frozenset({"UNREADABLE"})),
    "no-notes": Case(
        {"read_midi": "fresh", "midi_quality": "rejected", "chords": "closed"}, frozenset({"NO_NOTES"})
    ),
    "one-note": Case(
        {"read_midi": "fresh", "midi_quality": "rejected", "keys": "closed"}, frozenset({"TOO_FEW_NOTES"})
    ),
    "silence": Case(
        {"transcribe": "fresh", "beats": "fresh", "midi_quality": "rejected"}, frozenset({"NO_NOTES"})
    ),
    "mute-video": Case(SEEN | {"transcribe": "absent", "chords": "absent"}),
    "sound-in-mp4": Case(FAILED_VIDEO | {"transcribe": "fresh"}, frozenset({"NO_VIDEO_STREAM", "NO_NOTES"})),
    "one-frame": Case(SEEN),
    "variable-rate": Case(SEEN),
    "hundred-minutes": Case(GOOD_MIDI),
    "名前 🎹": Case(GOOD_MIDI),
    "two\nlines": Case(GOOD_MIDI),
    "dots..dots": Case(GOOD_MIDI),
    "-rf": Case(GOOD_MIDI),
    "<script>alert(1)</script>".replace("/", "_"): Case(GOOD_MIDI),
    "/".join(["d" * 200] * 15): Case(GOOD_MIDI),
}


def make_files(folder: Path) -> None:
    """Write one song for each case."""
    write_song(folder / "neighbour.mid")
    write_film(folder / "neighbour.mp4", film(24, 24))
    for name in ("empty-midi.mid", "empty-video.mp4", "empty-audio.m4a"):
        (folder / name).write_bytes(b"")
    for name in ("text-as-midi.mid", "text-as-video.mp4", "text-as-audio.wav"):
        (folder / name).write_text("I am a text.\n" * 50, encoding="utf-8")
    write_song(folder / "truncated-midi.mid")
    write_film(folder / "truncated-video.mp4", film(24, 24))
    write_audio(folder / "truncated-audio.m4a", tone(6.0, 22050), "aac")
    for path in folder.glob("truncated-*"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    write_song(folder / "unreadable.mid")
    (folder / "unreadable.mid").chmod(0)
    write_song(folder / "no-notes.mid", notes=0)
    write_song(folder / "one-note.mid", notes=1)
    write_audio(folder / "silence.wav", np.zeros(4 * 22050))
    write_film(folder / "mute-video.mp4", film(12, 12))
    write_tone(folder / "sound-in-mp4.mp4", 2.0)
    write_film(folder / "one-frame.mp4", film(1))
    uneven = [0, 100, 150, 400, 500, 900, 1000, 1010, 1500, 1600, 2500, 2600]
    write_film(folder / "variable-rate.mp4", film(6, 6), pts=uneven)
    write_song(folder / "hundred-minutes.mid", bars=3000)
    for name in CASES:
        if CASES[name] == Case(GOOD_MIDI) and name != "hundred-minutes":
            (folder / f"{name}.mid").parent.mkdir(parents=True, exist_ok=True)
            write_song(folder / f"{name}.mid")


def obey_permissions() -> None:
    """Let even root be refused by a file mode: give up the two capabilities that ignore it."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(
            24, capability, 0, 0, 0
        )  # PR_CAPBSET_DROP; an ordinary user may not, and need not


def symmv(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, as an ordinary user would."""
    command = [sys.executable, "-m", "symmv_tools.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=obey_permissions)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A store of all cases, collected and annotated as a user would, and how that ended."""
    folder, work = tmp_path_factory.mktemp("songs"), tmp_path_factory.mktemp("store") / "work"
    make_files(folder)
    collected = symmv("collect", "--folder", str(folder), "--work", str(work))
    assert collected.returncode == 0, collected.stderr
    return work, symmv("annotate", "--work", str(work))


@pytest.fixture(scope="module")
def portraits(ended: tuple[Path, subprocess.CompletedProcess[str]]) -> dict[str, Any]:
    """What `symmv show` says of each song, by name."""
    house = House.open(ended[0])
    ids = [record.song.song_id for batch in house.store.batches() for record in batch]
    shown = symmv("show", "--work", str(ended[0]), "--json", "--", *ids)
    assert shown.returncode == 0, shown.stderr
    return {
        portrait["song"].removeprefix("folder:"): portrait["stages"] for portrait in json.loads(shown.stdout)
    }


@pytest.mark.timeout(400)
def test_the_run_goes_on_and_says_that_some_failed(
    ended: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    assert ended[1].returncode == 1, ended[1].stderr


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", CASES, ids=lambda name: repr(name)[:40])
def test_each_input_ends_as_it_should(portraits: dict[str, Any], name: str) -> None:
    case, stages = CASES[name], portraits[name]
    assert {key: stages[key]["state"] for key in case.states} == case.states, stages
    troubled = [s for s in stages.values() if s["state"] in ("failed", "rejected")]
    assert {stage["code"] for stage in troubled} == case.codes
    for stage in troubled:
        assert len(stage["reason"].split()) >= 4, f"not a sentence: {stage['reason']!r}"


@pytest.mark.timeout(400)
def test_nothing_is_written_outside_the_store(ended: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    assert {p.name for p in ended[0].parent.iterdir()} == {"work"}


def test_a_list_with_a_song_twice_is_refused_whole(tmp_path: Path) -> None:
    write_song(tmp_path / "a.mid")
    table = tmp_path / "songs.tsv"
    table.write_text("song_id\tmidi\nx:1\ta.mid\nx:1\ta.mid\n", encoding="utf-8")
    ended = symmv("collect", "--from", str(table), "--work", str(tmp_path / "work"))
    assert ended.returncode == 2
    assert "songs.tsv:3: song_id 'x:1' appears twice (first on line 2)" in ended.stderr


@pytest.mark.timeout(120)
def test_hostile_ids_and_titles_of_5000_characters_stay_inside(tmp_path: Path) -> None:
    """Ids and titles from a list may be anything; they never become paths, and pages escape them."""
    ids = ["../../escaped", "x" * 5000, "-rf", "<script>alert(1)</script>", "名前 🎹"]
    for i in range(len(ids)):
        write_song(tmp_path / f"{i}.mid")
    lines = [f"{song_id}\t{'<b>' + 'y' * 5000}\t{i}.mid" for i, song_id in enumerate(ids)]
    table = tmp_path / "songs.tsv"
    table.write_text("\n".join(["song_id\ttitle\tmidi", *lines]) + "\n", encoding="utf-8")
    before, work, pages = {p.name for p in tmp_path.iterdir()}, str(tmp_path / "work"), tmp_path / "pages"
    assert symmv("collect", "--from", str(table), "--work", work).returncode == 0
    assert symmv("annotate", "--work", work).returncode == 0
    shown = symmv("show", "--work", work, "--html", str(pages), "--json")
    assert {song["song"] for song in json.loads(shown.stdout)} == set(ids)
    assert {p.name for p in tmp_path.iterdir()} == before | {"work", "pages"}
    assert len(list(pages.iterdir())) == 3 * len(ids)  # a page, a picture and the notes as sound each
    assert not any(
        "<script" in p.read_text("utf-8") or "<b>y" in p.read_text("utf-8") for p in pages.glob("*.html")
    )
