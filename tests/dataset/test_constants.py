from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.dataset.card import ExportInfo, card_text
from symmv_tools.dataset.constants import NAME, Constants, read_constants, write_constants
from symmv_tools.errors import BadCall

pytestmark = pytest.mark.quick


@given(st.none() | st.tuples(st.floats(0, 255), st.floats(0, 255)).map(lambda ends: tuple(sorted(ends))))
def test_constants_survive_their_file(
    tmp_path_factory: pytest.TempPathFactory, ends: tuple[float, float] | None
) -> None:
    folder = tmp_path_factory.mktemp("out")
    write_constants(folder, Constants(ends))
    assert read_constants(folder) == Constants(ends)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"motion_range": [3, 1]}', '{"motion_range": [1]}', '{"motion_range": [NaN, 1]}'],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(BadCall, match="not what `symmv export` writes"):
        read_constants(tmp_path)


def test_an_export_without_constants_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(BadCall, match="has no constants"):
        read_constants(tmp_path)


def test_the_card_tells_the_motion_range_if_there_is_one() -> None:
    info = ExportInfo("some", {"train": 2}, hours=0.1)
    assert "## Motion" not in card_text(info)
    told = card_text(ExportInfo("some", {"train": 2}, hours=0.1, constants=Constants((1.5, 6.25))))
    assert "1.500 to 6.250 levels" in told
