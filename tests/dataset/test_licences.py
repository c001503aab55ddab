"""Which licences let a copy be passed on, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.dataset.licences import redistributable

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("MIT", "MIT"),
        ("MIT License", "MIT"),
        ("Apache-2.0", "Apache-2.0"),
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc-by-sa-3.0", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution license (reuse allowed)", "CC-BY"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International", "CC-BY-NC-SA-4.0"),
        ("https://creativecommons.org/licenses/by/3.0/", "CC-BY-3.0"),
        ("https://creativecommons.org/licenses/by-nc/2.5/de/", "CC-BY-NC-2.5"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("CC0", "CC0-1.0"),
        ("CC0 1.0", "CC0-1.0"),
        ("Public Domain", "public domain"),
    ],
)
def test_what_may_be_passed_on_has_its_name(text: str, name: str) -> None:
    assert redistributable(text) == name


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Standard YouTube License",
        "All rights reserved",
        "CC BY-ND 4.0",
        "CC BY-NC-ND 4.0",
        "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        "Creative Commons Attribution-NoDerivatives 4.0 International",
        "not MIT",
        "CC BY 4.0 or All rights reserved",
        "unknown",
    ],
)
def test_what_may_not_or_is_not_known_has_none(text: str | None) -> None:
    assert redistributable(text) is None


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    redistributable(text)
