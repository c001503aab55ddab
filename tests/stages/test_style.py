"""The style of a song is one of eight words, whatever its title says and whoever answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import BadSettings, HouseFault
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Failed, Item, Outcome
from symmv_tools.stages import style
from symmv_tools.stages.style import STYLES, StyleSettings, prompt_for, style_in
from tests.loopback.services import Services, serving

YELLOW = Item(Song("test:yellow", title="Yellow", artist="Coldplay"))


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYMMV_STATE", str(tmp_path / "state"))


@pytest.fixture
def services() -> Iterator[Services]:
    with serving(Services(style="rock")) as running:
        yield running


def outcomes(*items: Item, **settings: object) -> list[Outcome]:
    fast = {"model": "toy", "requests_per_minute": 60_000.0, "timeout_seconds": 5.0, **settings}
    assert style.STAGE.run is not None
    return list(style.STAGE.run(items, StyleSettings(**fast), Context()))  # type: ignore[arg-type]


def test_the_model_is_told_name_and_artist_and_answers_with_a_class(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_KEY", "secret")
    assert outcomes(YELLOW, endpoint=f"{services.url}/v1/", api_key_env="TOY_KEY") == [
        Done({"style": "rock"})
    ]
    ((_, path, headers, body),) = services.requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    asked = json.loads(body)
    assert (asked["model"], asked["temperature"]) == ("toy", 0)
    assert '{"name": "Yellow", "artist": "Coldplay"}' in asked["messages"][0]["content"]


@pytest.mark.parametrize("answer", ["", "jazz", "rock or pop", None, 7, "I cannot say \x1b[31m" * 1000])
def test_an_answer_that_is_no_class_fails_the_song(services: Services, answer: object) -> None:
    services.style = answer
    (outcome,) = outcomes(YELLOW, endpoint=services.url)
    assert isinstance(outcome, Failed)
    assert outcome.retryable
    assert "\x1b" not in outcome.message
    assert len(outcome.message) < 500


@pytest.mark.parametrize("fault", ["garbage", "redirect", "429", "huge"])
def test_a_fault_of_the_service_fails_the_song(services: Services, fault: str) -> None:
    services.faults = [fault]
    (outcome,) = outcomes(YELLOW, endpoint=services.url)
    assert isinstance(outcome, Failed)
    assert outcome.retryable


# --- a command ------------------------------------------------------------------------------------


def python(code: str) -> str:
    return f"{quote(sys.executable)} -c {quote(code)}"


def test_a_command_reads_the_question_and_prints_the_answer() -> None:
    said = python("import sys; print('Folk.' if 'Coldplay' in sys.stdin.read() else 'no')")
    assert outcomes(YELLOW, command=said) == [Done({"style": "folk"})]


def test_no_shell_reads_the_command_or_the_title(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    hostile = Item(Song("test:x", title=f"$(touch {trap})`touch {trap}`; touch {trap}", artist="-rf /"))
    assert outcomes(hostile, command=f"echo pop && touch {trap}") == [Done({"style": "pop"})]
    assert not trap.exists()


def test_a_command_that_fails_says_why() -> None:
    (outcome,) = outcomes(YELLOW, command=python("import sys; sys.exit('no model \\x1b[31mhere')"))
    assert isinstance(outcome, Failed)
    assert "no model" in outcome.message
    assert "\x1b" not in outcome.message


def test_a_command_that_hangs_is_killed_with_its_children() -> None:
    nested = python(
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {'import time; time.sleep(60)'!r}])"
    )
    (outcome,) = outcomes(YELLOW, command=nested, timeout_seconds=0.5)
    assert isinstance(outcome, Failed)
    assert "0.5 s" in outcome.message


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("form", ["{}", "{}.", "**{}**", '"{}"\n', "The style is: {}"])
def test_a_class_is_read_however_the_model_dresses_it(name: str, form: str) -> None:
    assert style_in(form.format(name)) == name
    assert style_in(form.format(name.upper())) == name


@given(st.text())
def test_whatever_is_answered_is_a_class_or_none(answer: str) -> None:
    assert style_in(answer) in (*STYLES, None)


@given(st.text(), st.text())
def test_a_title_stays_one_line_of_json_in_the_question(title: str, artist: str) -> None:
    line = prompt_for(Song("test:x", title=title, artist=artist)).splitlines()
    quoted = [json.loads(text) for text in line if text.startswith('{"name": ')]
    assert len(quoted) == 1
    assert set(quoted[0]) == {"name", "artist"}
    assert len(line) == len(prompt_for(YELLOW.song).splitlines())


def test_a_title_of_five_thousand_characters_is_cut() -> None:
    assert len(prompt_for(Song("test:x", title="x" * 5000, artist="{styles}"))) < 1500


# --- settings -------------------------------------------------------------------------------------


def test_nobody_is_asked_unless_a_model_is_set() -> None:
    assert not style.is_enabled(StyleSettings())
    assert style.is_enabled(StyleSettings(model="toy", command="cat"))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"endpoint": "http://127.0.0.1:1"}, "style.model is empty"),
        ({"model": "toy", "endpoint": "file:///etc/passwd"}, "no web address"),
        ({"model": "toy", "endpoint": "http://127.0.0.1", "command": "cat"}, "both set"),
        ({"model": "toy", "command": "cat 'x"}, "cannot be split"),
        ({"requests_per_minute": 0.0}, "above 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        StyleSettings(**settings)  # type: ignore[arg-type]


def test_what_the_machine_lacks_is_found_before_the_first_song(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(HouseFault, match="NO_SUCH_KEY"):
        style.check(StyleSettings(model="toy", endpoint="http://127.0.0.1", api_key_env="NO_SUCH_KEY"))
    with pytest.raises(HouseFault, match="no program"):
        style.check(StyleSettings(model="toy", command="no-such-program --now"))
    style.check(StyleSettings(model="toy", command="cat"))
