"""The pages people read: every link leads somewhere, and every command that is named is a command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from symmv_tools.cli.main import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # of the click that typer carries


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The names that a page's headings get: lower case, punctuation dropped, blanks as hyphens."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def commands(text: str) -> list[str]:
    """What follows `symmv` in a code span or at the start of a line of a code block."""
    return re.findall(r"(?:`|^    (?:\$ )?)symmv ([a-z][a-z-]*)", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{named(page)} links to {link}, which is not there"
        assert not anchor or anchor in anchors(target), (
            f"{named(page)}: {named(target)} has no heading #{anchor}"
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_that_is_named_exists(page: Path) -> None:
    unknown = set(commands(page.read_text(encoding="utf-8"))) - set(COMMANDS)
    assert not unknown, f"{named(page)} names {', '.join(sorted(unknown))}; there is no such command"


def test_a_command_in_running_text_is_found() -> None:
    assert commands("say `symmv plan`, or\n\n    $ symmv fly away\n    symmv land") == ["plan", "fly", "land"]
