"""Which pages may be the official video, and which say by themselves that they are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools.io.web.entry import Entry
from symmv_tools.song import folded
from symmv_tools.sources.candidates import Candidate, channel_artist, fits, likeness, rank_candidates
from symmv_tools.sources.titles import Hypothesis

pytestmark = pytest.mark.quick

YELLOW = Hypothesis("Coldplay", "Yellow", 0.9)


def entry(title: str, channel: str = "somebody", views: int = 1000, seconds: float = 270.0) -> Entry:
    return Entry(f"youtube:{title}", "https://example.org", title, channel, None, seconds, views)


def only(title: str, wanted: Hypothesis = YELLOW, channel: str = "somebody") -> Candidate:
    (found,) = rank_candidates([entry(title, channel)], [wanted], 240.0)
    return found


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Coldplay - Yellow (Official Video)", None),
        ("Coldplay - Yellow", None),
        ("Yellow - Coldplay [Official Music Video] (Remastered)", None),
        ("COLDPLAY — YELLOW", None),
        ("Coldplay - Yellow (Lyrics)", "lyric"),
        ("Coldplay - Yellow (Letra/Lyrics)", "lyric"),
        ("Coldplay - Yellow (Live in São Paulo)", "live"),
        ("Coldplay - Yellow (MTV Unplugged)", "live"),
        ("Coldplay - Yellow (Acoustic Guitar Cover)", "cover"),
        ("Coldplay - Yellow | Piano Tutorial", "cover"),
        ("Coldplay - Yellow (Karaoke Version)", "karaoke"),
        ("Coldplay - Yellow REACTION", "reaction"),
        ("Coldplay - Yellow (sped up)", "sped-up"),
        ("Coldplay - Yellow [Nightcore]", "sped-up"),
        ("Coldplay - Yellow (Official Audio)", "audio"),
        ("Coldplay - Yellow (XY Remix)", "remix"),
        ("Coldplay - Yellow (Official Trailer)", "clip"),
        ("Coldplay - Clocks (Official Video)", "other song"),
        ("Oasis - Yellow (Official Video)", "other artist"),
        ("酷玩樂團 Coldplay - Yellow 歌詞字幕", "lyric"),
    ],
)
def test_a_page_says_what_it_is(title: str, kind: str | None) -> None:
    assert only(title).kind == kind


@pytest.mark.parametrize(
    ("artist", "song", "title"),
    [
        ("Wings", "Live and Let Die", "Wings - Live and Let Die (Official Video)"),
        ("Billy Joel", "Piano Man", "Billy Joel - Piano Man (Official HD Video)"),
        ("Morgan Wallen", "Cover Me Up", "Morgan Wallen - Cover Me Up"),
        ("Little Mix", "Touch", "Little Mix - Touch (Official Video)"),
        ("Bastille", "Tour de France", "Bastille - Tour de France"),
    ],
)
def test_words_of_the_song_itself_say_nothing_of_the_video(artist: str, song: str, title: str) -> None:
    assert only(title, Hypothesis(artist, song, 0.9)).kind is None


def test_the_artists_own_channel_need_not_repeat_the_artist() -> None:
    assert only("Yellow (Official Video)", channel="Coldplay").kind is None
    assert only("Yellow (Official Video)", channel="ColdplayVEVO").kind is None
    assert only("Yellow (Official Video)", channel="somebody").kind == "other artist"


def test_a_topic_channel_has_a_still_picture() -> None:
    assert only("Yellow", channel="Coldplay - Topic").kind == "audio"


def test_the_official_video_comes_before_an_upload_with_more_views() -> None:
    found = rank_candidates(
        [
            entry("Coldplay - Yellow", "Music Mirror", 90_000_000),
            entry("Coldplay - Yellow (Official Video)", "Coldplay", 900_000),
            entry("Coldplay - Yellow (Lyrics)", "7clouds", 2_000_000_000),
        ],
        [YELLOW],
        240.0,
    )
    assert [c.entry.channel for c in found] == ["Coldplay", "Music Mirror", "7clouds"]


def test_an_entry_that_two_queries_find_counts_once() -> None:
    twice = entry("Coldplay - Yellow")
    assert len(rank_candidates([twice, twice], [YELLOW, Hypothesis(None, "Yellow", 0.2)], None)) == 1


def test_nothing_wanted_finds_nothing() -> None:
    assert rank_candidates([entry("Coldplay - Yellow")], [], None) == []


@given(st.text(), st.text(), st.text(), st.floats(0, 1e6), st.integers(0, 2**40))
def test_any_page_has_a_score_between_0_and_1(
    title: str, channel: str, song: str, seconds: float, views: int
) -> None:
    pages = [entry(title, channel, views, seconds)]
    for candidate in rank_candidates(pages, [Hypothesis(song, song, 0.5)], 200.0):
        assert 0.0 <= candidate.score <= 1.0


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_likeness_bears_slips_of_the_pen_but_not_other_names() -> None:
    assert likeness("smells like teen spirit", "nirvana smels like teen spirit hd") > 0.9
    assert likeness("yellow", "coldplay clocks") < 0.6
    assert likeness("告白氣球", "周杰倫告白氣球") == 1.0
    assert likeness("u2", "true to you") == 0.0


def test_a_length_fits_best_with_an_intro() -> None:
    assert fits(280.0, 240.0) == 1.0
    assert fits(3600.0, 240.0) == fits(20.0, 240.0) == 0.0
    assert fits(None, 240.0) == 0.5


def test_what_channels_add_to_a_name_is_taken_off() -> None:
    assert channel_artist(folded("Ed Sheeran Official")) == "ed sheeran"
    assert channel_artist(folded("TaylorSwiftVEVO")) == "taylorswift"
