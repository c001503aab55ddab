"""Rates and pauses that all processes of a user share."""

from __future__ import annotations

import itertools
import json
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.errors import HouseFault
from symmv_tools.io.politeness import PATIENCE_SECONDS, Paused, Politeness, state_folder

pytestmark = pytest.mark.quick


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new(tmp_path: Path, clock: Clock) -> Callable[[], Politeness]:
    """Another process's view of the same state."""

    def made() -> Politeness:
        return Politeness(tmp_path, blocked_in_a_row=3, pause_seconds=600.0, clock=clock, sleep=clock.sleep)

    return made


# --- rates --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 5)), min_size=2, max_size=30), st.floats(0.1, 3))
def test_tokens_are_never_closer_than_they_should_be(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[int, float]], apart: float
) -> None:
    """Whoever of three processes asks, and however long it does other things in between."""
    clock, folder = Clock(), tmp_path_factory.mktemp("state")
    clients = [Politeness(folder, clock=clock, sleep=clock.sleep) for _ in range(3)]
    times = []
    for who, busy in turns:
        clock.now += busy
        clients[who].take("x", apart)
        times.append(clock.now)
    assert all(b - a >= apart - 1e-5 for a, b in itertools.pairwise(times))


def test_two_processes_together_keep_the_rate(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib\n"
        "from symmv_tools.io.politeness import Politeness\n"
        "polite = Politeness(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(8):\n"
        "    polite.take('site', 0.1); print(time.time(), flush=True)\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    times = sorted(float(line) for run in runs for line in run.communicate()[0].split())
    assert len(times) == 16
    # a process may wake late, which brings two close together, but never more than their turns allow
    assert times[-1] - times[0] >= 15 * 0.1 - 0.05
    assert all(times[i + 5] - times[i] >= 5 * 0.1 - 0.15 for i in range(11))


def test_buckets_do_not_wait_for_each_other(new: Callable[[], Politeness]) -> None:
    polite = new()
    assert polite.take("one", 10.0) == 0.0
    assert polite.take("another", 10.0) == 0.0
    assert polite.take("one", 10.0) == 10.0


def test_no_rate_is_no_wait(new: Callable[[], Politeness], tmp_path: Path) -> None:
    assert [new().take("x", 0.0) for _ in range(3)] == [0.0] * 3
    assert not list(tmp_path.iterdir())


def test_a_clock_that_jumps_back_stops_nobody(new: Callable[[], Politeness], clock: Clock) -> None:
    new().take("x", 5.0)
    clock.now -= 3600.0
    assert new().take("x", 5.0) <= 5.0


def test_a_clock_that_jumps_ahead_gives_no_burst(new: Callable[[], Politeness], clock: Clock) -> None:
    new().take("x", 5.0)
    clock.now += 3600.0
    assert [new().take("x", 5.0) for _ in range(3)] == [0.0, 5.0, 5.0]


@pytest.mark.parametrize("junk", ["", "[]", "{", '{"free_at": "soon", "seen": 0}', "\x00"])
def test_a_damaged_file_is_begun_anew(new: Callable[[], Politeness], tmp_path: Path, junk: str) -> None:
    new().take("x", 5.0)
    for file in tmp_path.glob("*.json"):
        file.write_text(junk)
    assert new().take("x", 5.0) == 0.0


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HouseFault, match="shared state of politeness") as caught:
        Politeness(tmp_path / "file" / "below").take("x", 1.0)
    assert "SYMMV_STATE" in caught.value.hint


# --- the circuit breaker ------------------------------------------------------------------------


def test_a_row_of_refusals_pauses_everybody(new: Callable[[], Politeness], clock: Clock) -> None:
    polite = new()
    polite.blocked("site", "429")
    polite.blocked("site", "429")
    with pytest.raises(Paused, match="bot check"):
        polite.blocked("site", "bot check")
    with pytest.raises(Paused, match=r"site blocks this address.*bot check") as caught:
        new().enter("site")
    assert caught.value.until == clock.now + 600.0
    new().enter("another site")


def test_one_good_answer_ends_the_row(new: Callable[[], Politeness]) -> None:
    for _ in range(5):
        new().blocked("site", "429")
        new().blocked("site", "429")
        new().fine("site")
    new().enter("site")


def test_an_answer_to_something_asked_before_ends_no_pause(new: Callable[[], Politeness]) -> None:
    """A download that was under way when another process was blocked says nothing about the block."""
    _pause(new())
    new().fine("site")
    with pytest.raises(Paused):
        new().enter("site")


def test_after_the_pause_one_may_try(new: Callable[[], Politeness], clock: Clock) -> None:
    first, second = new(), new()
    _pause(first)
    clock.now += 600.0
    first.enter("site")
    with pytest.raises(Paused):
        second.enter("site")
    first.enter("site")
    first.fine("site")
    second.enter("site")


def test_a_trial_that_fails_pauses_again(new: Callable[[], Politeness], clock: Clock) -> None:
    polite = new()
    _pause(polite)
    clock.now += 600.0
    polite.enter("site")
    with pytest.raises(Paused) as caught:
        polite.blocked("site", "still 429")
    assert caught.value.until == clock.now + 600.0


def test_a_trial_that_was_killed_is_forgotten(new: Callable[[], Politeness], clock: Clock) -> None:
    _pause(new())
    clock.now += 600.0
    new().enter("site")
    with pytest.raises(Paused) as caught:
        new().enter("site")
    clock.now = caught.value.until
    new().enter("site")


def test_a_short_wait_is_slept_and_a_long_one_pauses(new: Callable[[], Politeness], clock: Clock) -> None:
    begun = clock.now
    new().blocked("site", "429", retry_after=7.0)
    new().enter("site")
    assert clock.now == begun + 7.0
    with pytest.raises(Paused) as caught:
        new().blocked("site", "429", retry_after=PATIENCE_SECONDS + 1)
    assert caught.value.until == clock.now + PATIENCE_SECONDS + 1


def test_no_site_stops_us_for_more_than_a_day(new: Callable[[], Politeness], clock: Clock) -> None:
    with pytest.raises(Paused) as caught:
        new().blocked("site", "429", retry_after=1e12)
    assert caught.value.until <= clock.now + 86400.0


def test_a_pause_can_be_pickled_and_read_by_other_programs(
    new: Callable[[], Politeness], tmp_path: Path
) -> None:
    paused = _pause(new())
    again = pickle.loads(pickle.dumps(paused))
    assert (again.site, again.until, str(again)) == (paused.site, paused.until, str(paused))
    [state] = [json.loads(file.read_text()) for file in tmp_path.glob("*.json")]
    assert state["name"] == "site site"
    assert state["paused_until"] == paused.until


def test_threads_share_it_as_processes_do(tmp_path: Path) -> None:
    polite, times = Politeness(tmp_path), list[float]()

    def work() -> None:
        for _ in range(4):
            polite.take("x", 0.02)
            times.append(time.time())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(times) - min(times) >= 11 * 0.02 - 0.02


def test_the_state_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SYMMV_STATE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "symmv"
    monkeypatch.setenv("SYMMV_STATE", str(tmp_path / "own"))
    assert state_folder() == tmp_path / "own"


def _pause(polite: Politeness) -> Paused:
    polite.blocked("site", "429")
    polite.blocked("site", "429")
    with pytest.raises(Paused) as caught:
        polite.blocked("site", "429")
    return caught.value
