"""The annotations of the demo, as reviewed in git; the generator itself is what is run here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden import make_golden

HERE = Path(make_golden.__file__).parent
NAMES = [*(f"{path.stem}.json" for path in make_golden.SONGS), f"{make_golden.FILM.stem}.json"]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """What `make golden` would write now."""
    return make_golden.golden()


def test_there_is_a_golden_file_for_all_that_is_made_and_no_other() -> None:
    assert sorted(path.name for path in HERE.glob("*.json")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_stages_still_make_what_was_reviewed(name: str, made: dict[str, str]) -> None:
    reviewed = (HERE / name).read_text(encoding="utf-8")
    told = (
        f"tests/golden/{name} differs: if that is meant, run `make golden; git diff` and commit what it says"
    )
    then, now = json.loads(reviewed), json.loads(made[name])
    for part in {**then, **now}:
        assert now.get(part) == then.get(part), f"{part}: {told}"
    assert made[name] == reviewed, told
