"""What was fetched for a song outlives another reading of its source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from symmv_tools.pipeline.merging import with_fetched
from symmv_tools.song import Song
from symmv_tools.store import Store

pytestmark = pytest.mark.quick


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "work", create=True)
    yield opened
    opened.close()


def test_a_list_of_addresses_keeps_what_was_fetched_and_may_rename(store: Store) -> None:
    fetched = str(store.root / "media" / "x" / "audio.m4a")
    store.put([Song("youtube:x", title="Old", artist="A", audio=fetched, cover_url="u", license="CC BY")])
    (merged,) = with_fetched(store, [Song("youtube:x", title="New", cover_url="u")])
    assert merged == Song("youtube:x", title="New", artist="A", audio=fetched, cover_url="u", license="CC BY")


def test_a_listing_of_the_web_says_less_than_the_page_did(store: Store) -> None:
    fetched = str(store.root / "media" / "x" / "audio.m4a")
    known = Song("youtube:x", title="Yellow", artist="Coldplay", audio=fetched, cover_url="u")
    store.put([known])
    listed = Song("youtube:x", title="Coldplay Yellow!!", cover_url="u")
    assert with_fetched(store, [listed], is_listing=True) == [known]


def test_a_release_that_is_imported_again_keeps_the_video_that_was_found(store: Store) -> None:
    video = str(store.root / "media" / "y" / "video.mp4")
    store.put([Song("pop909:001", midi="/data/001.mid", video=video, video_url="v")])
    (merged,) = with_fetched(store, [Song("pop909:001", midi="/data/001.mid")])
    assert (merged.video, merged.video_url) == (video, "v")


def test_a_file_of_ones_own_that_was_taken_away_is_gone(store: Store) -> None:
    store.put([Song("folder:a", audio="/music/a.wav", midi="/music/a.mid")])
    found = Song("folder:a", midi="/music/a.mid")
    assert with_fetched(store, [found]) == [found]


def test_songs_that_nobody_knows_stay_as_they_are(store: Store) -> None:
    found = Song("youtube:z", title="New", cover_url="u")
    assert with_fetched(store, [found]) == [found]
