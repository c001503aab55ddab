"""A service is asked politely and believed in nothing: every fault is a sentence, and none hangs."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from symmv_tools.io.json_service import Service, ServiceTrouble
from symmv_tools.io.politeness import Politeness
from tests.loopback.services import Services, serving

pytestmark = pytest.mark.quick


@pytest.fixture
def services() -> Iterator[Services]:
    with serving(Services(style="rock")) as running:
        yield running


def service(folder: Path, *, requests_per_minute: float = 60_000, timeout: float = 0.5) -> Service:
    return Service("the model", requests_per_minute, timeout, Politeness(folder))


def ask(asked: Service, services: Services) -> object:
    return asked.ask(f"{services.url}/v1/chat/completions", headers={"X-Key": "secret"}, body={"a": 1})


def code_of(asked: Service, services: Services) -> str:
    with pytest.raises(ServiceTrouble) as caught:
        ask(asked, services)
    assert "\x1b" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    return caught.value.code


def test_a_question_is_posted_as_json_and_the_answer_is_json(tmp_path: Path, services: Services) -> None:
    assert ask(service(tmp_path), services) == {
        "choices": [{"message": {"role": "assistant", "content": "rock"}}]
    }
    ((method, path, headers, body),) = services.requests
    assert (method, path, body) == ("POST", "/v1/chat/completions", b'{"a": 1}')
    assert headers["X-Key"] == "secret"


def test_what_is_not_there_is_none(tmp_path: Path, services: Services) -> None:
    assert service(tmp_path).ask(f"{services.url}/nowhere") is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [("garbage", "GARBAGE"), ("huge", "UNREACHABLE"), ("stall", "UNREACHABLE"), ("cut", "GARBAGE"),
     ("redirect", "REFUSED"), ("403", "REFUSED"), ("429", "BUSY")],
)  # fmt: skip
def test_every_fault_is_a_sentence_and_comes_soon(
    tmp_path: Path, services: Services, fault: str, code: str
) -> None:
    services.faults = [fault]
    started = time.monotonic()
    assert code_of(service(tmp_path), services) == code
    assert time.monotonic() - started < 5
    assert len(services.requests) == 1


def test_a_broken_service_is_asked_three_times(tmp_path: Path, services: Services) -> None:
    services.faults = ["500", "500"]
    assert ask(service(tmp_path), services)
    services.faults = ["500", "500", "500"]
    assert code_of(service(tmp_path), services) == "BROKEN"
    assert len(services.requests) == 6


def test_nobody_there_is_unreachable(tmp_path: Path) -> None:
    with serving(Services()) as gone:
        pass
    assert code_of(service(tmp_path), gone) == "UNREACHABLE"


def test_after_being_told_to_wait_nothing_more_is_asked(tmp_path: Path, services: Services) -> None:
    services.faults = ["429"]  # with Retry-After: an hour
    assert code_of(service(tmp_path), services) == "BUSY"
    assert code_of(service(tmp_path), services) == "PAUSED"
    assert len(services.requests) == 1


def test_no_more_is_asked_in_a_minute_than_allowed_whoever_asks(tmp_path: Path, services: Services) -> None:
    waited: list[float] = []
    polite = [Politeness(tmp_path, sleep=waited.append) for _ in range(2)]
    for turn in range(4):
        Service("it", 5, 1.0, polite[turn % 2]).ask(f"{services.url}/x")
    assert waited == pytest.approx([12, 24, 36], abs=1)


def test_a_file_is_no_service(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        service(tmp_path).ask("file:///etc/passwd")
