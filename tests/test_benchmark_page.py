"""The page of numbers keeps what other benchmarks wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.page import hardware, replace_section


def test_a_section_is_made_replaced_and_leaves_its_neighbours(tmp_path: Path) -> None:
    page = tmp_path / "reference" / "benchmarks.md"
    replace_section("speed_of_light", "299,792 km/s", page)
    replace_section("other", "stays", page)
    replace_section("speed_of_light", "299,792.458 km/s", page)
    text = page.read_text("utf-8")
    assert "## Speed of light" in text
    assert "<!-- speed_of_light:begin -->\n299,792.458 km/s\n<!-- speed_of_light:end -->" in text
    assert "299,792 km/s" not in text
    assert "stays" in text


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["C"]), max_size=50))
def test_writing_the_same_twice_changes_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    page = tmp_path_factory.mktemp("page") / "page.md"
    replace_section("any", text, page)
    once = page.read_text("utf-8")
    replace_section("any", text, page)
    assert page.read_text("utf-8") == once


def test_the_hardware_line_says_when_and_what() -> None:
    assert "commit" in hardware()
    assert "cores" in hardware()
