"""The commands on a tiny store: exit status, what machines get, and what a hostile title cannot do."""

from __future__ import annotations

import io
import json
import shutil
import unicodedata
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import typer.main

from symmv_tools import checkpoints
from symmv_tools.cli.main import app, main
from symmv_tools.stages import ALL
from tests.media import write_song

HOSTILE = (
    "web:\x1b[31mred\x1b]0;owned\x07 \x9b5m [red]loud[/red] [/nope] :heart: "
    "<script>alert(1)</script> \u202egnp \\"
)
TITLE = f"two\nlines {HOSTILE}"
MIDI_STAGES = ("read_midi", "midi_quality", "melody", "beats_from_notes", "tempo", "chords", "keys")


class Ended(NamedTuple):
    """How a command ended: its exit status, its results and its talk."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The results, read as a machine would."""
        return json.loads(self.out)


def symmv(*words: object) -> Ended:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert isinstance(end.value.code, int)
    return Ended(end.value.code, out.getvalue(), err.getvalue())


def is_harmless(text: str) -> bool:
    """Whether a terminal shows the text and does nothing else."""
    return all(c == "\n" or unicodedata.category(c)[0] != "C" for c in text)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a store but its cache, which is anybody's to rebuild."""
    paths = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("cache.sqlite"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def write_list(folder: Path) -> Path:
    """Write three songs and the list of them: a good one, a hostile one, and a text that is no MIDI."""
    write_song(folder / "good.mid")
    write_song(folder / "evil.mid")
    broken = folder / "\x1b[5mbroken [blink].mid"
    broken.write_text("do re mi", encoding="utf-8")
    songs = [
        {"song_id": "test:good", "title": "Good", "midi": "good.mid"},
        {"song_id": HOSTILE, "title": TITLE, "artist": HOSTILE, "midi": "evil.mid"},
        {"song_id": "test:broken", "midi": broken.name},
    ]
    path = folder / "songs.jsonl"
    path.write_text("".join(f"{json.dumps(song)}\n" for song in songs), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended, Ended]:
    """A store collected and annotated by the commands, and how these ended."""
    folder = tmp_path_factory.mktemp("cli")
    work = folder / "work"
    collected = symmv("collect", "--from", write_list(folder), "--work", work, "--json")
    return work, collected, symmv("annotate", "--work", work, "--workers", 1, "--json")


@pytest.fixture(scope="module")
def store(done: tuple[Path, Ended, Ended]) -> Path:
    """That store; tests that write take `own` instead."""
    return done[0]


@pytest.fixture
def own(store: Path, tmp_path: Path) -> Path:
    """A copy of that store for one test."""
    return Path(shutil.copytree(store, tmp_path / "work"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No store is named by chance: neither by the environment nor by the folder we are in."""
    monkeypatch.delenv("SYMMV_WORK", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


# --- collecting and annotating --------------------------------------------------------------------


def test_collect_says_what_it_recorded(done: tuple[Path, Ended, Ended]) -> None:
    collected = done[1]
    fetched = {"done": 0, "failed": 0, "known": 0}
    said = {"songs": 3, "changed": 3, "refused": [], "fetched": fetched}
    assert (collected.status, collected.json) == (0, said)
    assert "3 songs, 3 new or changed, 0 refused" in collected.err


def test_annotate_ends_with_1_when_a_song_failed_and_counts_per_stage(
    done: tuple[Path, Ended, Ended],
) -> None:
    annotated = done[2]
    assert annotated.status == 1
    assert annotated.json["stages"] == {
        name: {"done": 2} | ({"failed": 1} if name == "read_midi" else {})
        for name in annotated.json["stages"]
    }
    assert set(annotated.json["stages"]) == set(MIDI_STAGES)
    for name in MIDI_STAGES:
        assert name in annotated.err
    assert "2 done, 1 failed" in annotated.err


def test_a_second_annotate_and_a_retry_of_hopeless_songs_do_nothing(store: Path) -> None:
    for words in (("annotate", "--json"), ("retry", "--json")):
        ended = symmv(*words, "--work", store)
        assert (ended.status, ended.json["stages"]) == (0, {}), ended.err
        assert "nothing to do" in ended.err


def test_collect_refuses_a_song_without_its_file_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_text(f"song_id\tmidi\n{HOSTILE}\tnowhere.mid\n", encoding="utf-8")
    ended = symmv("collect", "--from", tmp_path / "list.tsv", "--work", tmp_path / "new", "--json")
    assert ended.status == 1
    assert [refusal["code"] for refusal in ended.json["refused"]] == ["MEDIA_MISSING"]
    assert ended.json["refused"][0]["what"] == HOSTILE
    assert is_harmless(ended.out + ended.err)


def test_a_dry_collect_makes_no_store_and_needs_none(store: Path, elsewhere: Path) -> None:
    listed = store.parent / "songs.jsonl"
    ended = symmv("collect", "--from", listed, "--dry-run")
    assert ended.status == 0
    assert "test:good" in ended.out
    assert is_harmless(ended.out + ended.err)
    assert symmv("collect", "--from", listed, "--dry-run", "--work", "new", "--json").json["songs"] == 3
    assert not list(elsewhere.iterdir())


def test_a_dry_annotate_plans_the_change_and_changes_nothing(own: Path) -> None:
    before = files_of(own)
    words = ("annotate", "chords@bass", "--dry-run", "--work", own, "--json")
    planned = symmv(*words, "--set", "chords.raster_seconds=0.25", "--set", "chords@bass.keep_bass=true")
    assert planned.status == 0
    assert planned.json["stages"]["chords@bass"]["reasons"] == {"never run": 2}
    whole = symmv("annotate", "--dry-run", "--set", "chords.raster_seconds=0.25", "--work", own).out
    assert "chords.raster_seconds 0.5 -> 0.25 (2)" in whole
    assert files_of(own) == before


def test_build_does_it_all_as_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    write_song(tmp_path / "songs" / "one.mid")
    lines = '[collect]\nfolder = "songs"\n[settings.chords]\nkeep_bass = true\nraster_seconds = 0.25\n'
    (tmp_path / "all.toml").write_text(lines, encoding="utf-8")
    ended = symmv("build", tmp_path / "all.toml", "--work", tmp_path / "w", "--workers", 1)
    assert ended.status == 0, ended.err
    (file,) = ended.out.splitlines()
    assert pq.read_table(file).num_rows == 1
    again = symmv("build", tmp_path / "all.toml", "--work", tmp_path / "w", "--json")
    assert again.json == {"songs": 1, "files": [file]}
    assert "keep_bass = true" in (tmp_path / "w" / "settings.toml").read_text(encoding="utf-8")


# --- looking --------------------------------------------------------------------------------------


def test_plan_counts_states_for_people_and_for_machines(store: Path) -> None:
    stages = symmv("plan", "--work", store, "--json").json["stages"]
    assert set(stages) == {stage.name for stage in ALL}
    assert stages["read_midi"]["states"] == {"fresh": 2, "failed": 1}
    assert stages["chords"]["states"] == {"fresh": 2, "blocked": 1}
    assert stages["shots"]["states"] == {"absent": 3}
    ended = symmv("plan", "--work", store)
    assert ended.status == 0
    assert "nothing to do; 1 failed: see `symmv show`" in ended.err
    for name in stages:
        assert any(line.startswith(f"{name} ") for line in ended.out.splitlines()), name


def test_status_counts_outcomes(store: Path) -> None:
    counted = symmv("status", "--work", store, "--json").json
    assert counted["songs"] == 3
    assert counted["stages"]["read_midi"] == {"done": 2, "failed": 1}
    ended = symmv("status", "--work", store)
    assert (ended.status, "3 songs" in ended.out) == (0, True)


def test_the_store_may_be_named_by_the_environment(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMMV_WORK", str(store))
    assert symmv("status", "--json").json["songs"] == 3


def test_show_gives_machines_the_song_as_it_is(store: Path) -> None:
    shown = symmv("show", "--work", store, "--json")
    by_id = {portrait["song"]: portrait for portrait in shown.json}
    assert set(by_id) == {"test:good", HOSTILE, "test:broken"}
    good = by_id["test:good"]
    assert (good["notes"], good["beats"], good["shots"]) == (64, 32, None)
    assert good["stages"]["chords"]["state"] == "fresh"
    assert by_id["test:broken"]["stages"]["read_midi"]["code"] == "NOT_MIDI"
    assert is_harmless(shown.out)


def test_a_hostile_title_neither_reaches_the_terminal_nor_breaks_a_table(store: Path) -> None:
    shown = symmv("show", "--work", store)
    assert shown.status == 0
    assert is_harmless(shown.out + shown.err)
    lines = [line for line in shown.out.splitlines() if "[red]loud[/red] [/nope] :heart:" in line]
    assert len(lines) == 2, "once in the table of songs, once above what each stage said"
    assert all(len(line.split("[red]")) == 2 for line in lines)
    for name in MIDI_STAGES:
        assert sum(line.startswith(f"{name} ") for line in shown.out.splitlines()) == 1


def test_an_unknown_song_is_answered_with_the_nearest(store: Path) -> None:
    near = symmv("show", "test:god", "--work", store)
    assert near.status == 2
    assert near.err.splitlines() == [
        "symmv: there is no song 'test:god' in this store", "  try: did you mean 'test:good'?"
    ]  # fmt: skip
    far = symmv("show", "\x1b[1mxyz", "--work", store)
    assert (far.status, len(far.err.splitlines())) == (2, 2)
    assert is_harmless(far.err)


def test_a_page_of_a_song_is_written_and_runs_no_script(store: Path, tmp_path: Path) -> None:
    words = ("show", HOSTILE, "--html", tmp_path / "pages", "--work", store)
    ended = symmv(*words)
    assert ended.status == 0
    page, picture = (Path(line) for line in ended.out.splitlines()[-2:])
    (portrait,) = symmv(*words, "--json").json
    assert (portrait["page"], portrait["picture"]) == (str(page), str(picture))
    beside = {page, picture, page.with_suffix(".wav")}  # the notes, rendered for the page to play
    assert beside == set((tmp_path / "pages").iterdir())
    assert is_harmless(page.name + picture.name)
    assert "<script" not in page.read_text(encoding="utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")


# --- exporting and tidying ------------------------------------------------------------------------


def test_export_prints_its_files(own: Path, tmp_path: Path) -> None:
    ended = symmv("export", tmp_path / "out", "--work", own)
    assert ended.status == 0
    rows = [row for path in ended.out.splitlines() for row in pq.read_table(path).to_pylist()]
    assert {row["song_id"]: row["title"] for row in rows} == {"test:good": "Good", HOSTILE: TITLE}
    assert "exported 2 rows; 1 song left out" in ended.err
    again = symmv("export", tmp_path / "out", "--work", own, "--json")
    assert again.json == {"files": ended.out.splitlines()}
    assert "is up to date" in symmv("plan", "--work", own).err
    assert symmv("plan", "--work", own, "--json").json["last_export"].endswith("is up to date")


def test_export_spares_a_folder_that_is_not_its_own(own: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    ended = symmv("export", tmp_path / "mine", "--work", own)
    assert ended.status == 2
    assert "thesis.txt" in ended.err
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_compact_merges_parts_and_changes_no_plan(own: Path, tmp_path: Path) -> None:
    write_song(tmp_path / "late.mid")
    (tmp_path / "late.tsv").write_text("song_id\tmidi\ntest:late\tlate.mid\n", encoding="utf-8")
    assert symmv("collect", "--from", tmp_path / "late.tsv", "--work", own).status == 0
    before = symmv("plan", "--work", own, "--json").json
    ended = symmv("compact", "--work", own)
    assert ended.status == 0
    assert any(line.split() == ["songs", "2", "parts", "->", "1"] for line in ended.err.splitlines())
    assert symmv("plan", "--work", own, "--json").json == before
    assert before["songs"] == 4


# --- what is at fault -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("assignment", "message", "hint"),
    [
        ("chords.metod=symmv", "there is no setting 'metod'", "did you mean 'method'?"),
        ("chrods.method=symmv", "there is no stage 'chrods'", "did you mean 'chords'?"),
        ("chords.method=symv", "it can be 'network', 'chorder'", "did you mean 'symmv'?"),
        ("chords.keep_bass=1", "must be bool; got 1", "true or false"),
        ("chords", "cannot read the setting 'chords'", "stage.field=value"),
    ],
)
def test_a_typo_in_a_setting_is_two_lines_and_changes_nothing(
    store: Path, assignment: str, message: str, hint: str
) -> None:
    before = files_of(store)
    ended = symmv("annotate", "--work", store, "--set", assignment)
    assert (ended.status, ended.out) == (2, "")
    said, tried = ended.err.splitlines()
    assert said.startswith("symmv: ")
    assert message in said
    assert tried.startswith("  try: ")
    assert hint in tried
    assert files_of(store) == before


@pytest.mark.parametrize(
    "words", [("annotate",), ("plan",), ("status",), ("show",), ("export", "out"), ("compact",)]
)
def test_a_missing_store_is_said_with_the_way_out(words: tuple[str, ...], elsewhere: Path) -> None:
    unnamed = symmv(*words)
    assert unnamed.status == 2
    assert unnamed.err.splitlines() == [
        "symmv: no store is named", "  try: say --work DIR, or set SYMMV_WORK"
    ]  # fmt: skip
    absent = symmv(*words, "--work", elsewhere / "nowhere")
    assert absent.status == 2
    assert "is not a symmv store" in absent.err
    assert "symmv collect" in absent.err
    assert not list(elsewhere.iterdir()), "looking for a store must not make one"


@pytest.mark.parametrize(
    "words",
    [
        ("annotate", "chrods"),
        ("annotate", "--limit", "0"),
        ("annotate", "--no-such-option"),
        ("plan", "chrods"),
        ("export",),
        ("export", "out", "--use", "chords=nobody"),
        ("no-such-command",),
        ("collect", "--manifest", "nobody"),
        ("collect", "--folder", "nowhere"),
        ("collect",),
        ("build", "nowhere.toml"),
        ("models", "verify", "transkun"),
    ],
    ids=" ".join,
)
def test_a_call_that_makes_no_sense_ends_with_2_and_a_sentence(
    words: tuple[str, ...], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMMV_WORK", str(store))
    ended = symmv(*words)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.strip()
    assert "Traceback" not in ended.err


# --- the rest -------------------------------------------------------------------------------------


def test_models_list_names_every_checkpoint() -> None:
    listed = symmv("models", "list", "--json").json
    assert tuple(model["name"] for model in listed) == checkpoints.names()
    assert all(model["licence"] and model["megabytes"] > 0 for model in listed)
    ended = symmv("models", "list")
    assert ended.status == 0
    for name in checkpoints.names():
        assert name in ended.out


def test_doctor_ends_with_2_exactly_if_something_cannot_run() -> None:
    ended = symmv("doctor", "--json")
    findings = {finding["what"]: finding for finding in ended.json}
    assert {f"stage {stage.name}" for stage in ALL} <= set(findings)
    bad = [what for what, finding in findings.items() if finding["grade"] == "bad"]
    assert ended.status == (2 if bad else 0)
    assert all(findings[what]["remedy"] for what in bad)


def commands(command: Any, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command, those in groups included."""
    children = getattr(command, "commands", None)
    if children is None:
        return [words]
    return [found for name, child in children.items() for found in commands(child, (*words, name))]


@pytest.mark.parametrize("words", commands(typer.main.get_command(app)), ids=" ".join)
def test_every_command_s_help_has_an_example(words: tuple[str, ...]) -> None:
    ended = symmv(*words, "--help")
    assert ended.status == 0
    assert f"Example: symmv {' '.join(words)}" in " ".join(ended.out.split())
