"""A store of a few songs in the fake world, for the tests of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from symmv_tools.pipeline.house import House
from symmv_tools.song import Song
from symmv_tools.store import Store
from tests.fake_stages import WORLD


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A folder of 'MIDI' files: a.mid holds "a", bb.mid holds "bb" and so on."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for name in ("a", "bb", "ccc", "dddd"):
        (folder / f"{name}.mid").write_text(name, encoding="utf-8")
    return folder


@pytest.fixture
def open_house(tmp_path: Path, songs: Path) -> Callable[[], House]:
    """Collect the folder and open its store anew, as another process would."""

    def opened() -> House:
        store = Store.open(tmp_path / "work", create=True)
        store.refresh()
        store.put([Song(f"folder:{path.stem}", midi=str(path)) for path in sorted(songs.glob("*.mid"))])
        return House(store, WORLD)

    return opened
