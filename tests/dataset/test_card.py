"""The card: its front matter is YAML that names the files, and foreign text stays text."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.dataset.card import ExportInfo, StageInfo, card_text, write_card
from symmv_tools.dataset.markdown import escaped, quoted

pytestmark = pytest.mark.quick

HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](https://example.org/track.png)",
    "a | b | c",
    "# heading",
    "`code` and **bold** and $x^2$",
    "---\nlicense: mit\n---",
    "&lt;b&gt; &amp;",
    "\x1b[31mred \u202eright to left",
]


def front_matter(text: str) -> dict[str, object]:
    loaded = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


def test_only_splits_that_hold_songs_are_named() -> None:
    found = front_matter(card_text(ExportInfo("x", {"train": 3, "validation": 0, "test": 1}, 1.0)))
    assert found["configs"] == [
        {
            "config_name": "default",
            "default": True,
            "data_files": [
                {"split": "train", "path": "data/train-*.parquet"},
                {"split": "test", "path": "data/test-*.parquet"},
            ],
        },
        {"config_name": "failures", "data_files": "failures/failures.parquet"},
    ]


def test_an_unknown_licence_is_other() -> None:
    assert front_matter(card_text(ExportInfo("x", {}, 0.0)))["license"] == "other"
    assert front_matter(card_text(ExportInfo("x", {}, 0.0, license="cc-by-4.0")))["license"] == "cc-by-4.0"


@pytest.mark.parametrize(
    ("songs", "category"), [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (150_000, "100K<n<1M")]
)
def test_the_size_category_is_that_of_the_hub(songs: int, category: str) -> None:
    assert front_matter(card_text(ExportInfo("x", {"train": songs}, 0.0)))["size_categories"] == [category]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    text = card_text(ExportInfo(name, {"train": 1}, 0.1, stages=(StageInfo(name, "1.0.0", 1, model=name),)))
    body = text.split("---\n", 2)[2]
    assert front_matter(text)["license"] == "other"
    assert not re.search(r"<script|\]\(|(?<!\\)\*\*|\x1b|\u202e", body.replace("(`load_dataset(", ""))
    assert len([line for line in body.splitlines() if line.startswith("# ")]) == 1


@settings(max_examples=60)
@given(st.text())
def test_escaped_text_is_one_line_without_a_bare_mark(text: str) -> None:
    line = escaped(text, 10_000)
    assert "\n" not in line
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`\[\]<>|#~$!]", line)


@settings(max_examples=60)
@given(st.text())
def test_quoted_text_survives_yaml(text: str) -> None:
    assert isinstance(yaml.safe_load(f"a: {quoted(text)}")["a"], str)


def test_the_card_tells_counts_hours_stages_and_failures(tmp_path: Path) -> None:
    stages = (StageInfo("chords", "1.2.0", 4, variant="paper", makes=("chord",)),)
    path = write_card(
        tmp_path, ExportInfo("Four", {"train": 4}, 0.25, stages, failures=2, filled={"chord": 4})
    )
    text = path.read_text(encoding="utf-8")
    assert path.name == "README.md"
    for part in (
        "4 songs, 0.25 hours",
        "chords\\@paper | 1\\.2\\.0",
        "failures/failures.parquet",
        "| `chord` | 4 |",
    ):
        assert part in text
    for reader in ("load_dataset", "read_parquet", "duckdb", "scan_parquet"):
        assert reader in text
