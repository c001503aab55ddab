"""Laws of the title parser: whatever the title, and whatever else is known of the video."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symmv_tools.sources.titles import LEAST, MOST, Hypothesis, fold, parse_title

pytestmark = pytest.mark.quick

# Titles as fuzzers write them, and as people do: words, signs, brackets and the talk of uploaders.
_PIECES = st.sampled_from(
    [
        *"()[]{}\"'“”„«»「」『』《》【】|-–—:/~,.!?&+#@_♥🎹・",
        *(" - ", " | ", "  ", "Piano Cover", "by", "feat.", "(Official Video)", "1997", "HD", "0", "LOVE"),
        *("Coldplay", "Yellow", "The Beatles", "Let It Be", "周杰倫", "告白氣球", "ピアノ", "아이유"),
        *("\x00", "\u202e", "\u200b", "\ud800", "&amp;", "&#0;", "e\u0301", "ﬁ", "İ"),
    ]
)
any_title = st.one_of(
    st.text(max_size=80),
    st.lists(_PIECES, max_size=12).map(" ".join),
    st.lists(_PIECES, max_size=12).map("".join),
    st.text(alphabet=st.characters(), max_size=20).map(lambda piece: piece * 250),
)
maybe = st.none() | any_title


@settings(deadline=None, max_examples=300)
@given(any_title, maybe, maybe, maybe, maybe)
def test_hypotheses_are_probabilities_of_clean_names_best_first(
    title: str, channel: str | None, artist: str | None, track: str | None, description: str | None
) -> None:
    found = parse_title(title, channel=channel, artist=artist, track=track, description=description)
    confidence = [h.confidence for h in found]
    assert confidence == sorted(confidence, reverse=True)
    assert all(LEAST <= c <= 1 for c in confidence)
    assert sum(confidence) <= 1 + 1e-9
    assert len(found) <= MOST
    for name in [name for h in found for name in (h.artist, h.song) if name is not None]:
        assert name == " ".join(name.split()), "one line, no space at its ends"
        assert name
        assert not any(unicodedata.category(c)[0] == "C" for c in name)


@settings(deadline=None)
@given(any_title, st.sampled_from(["", " ", "\n", "\t ", "  \r\n"]), st.sampled_from(["", " ", "\n"]))
def test_space_around_a_title_says_nothing(title: str, before: str, after: str) -> None:
    assert parse_title(before + title + after) == parse_title(title)


@given(any_title)
@settings(deadline=None)
def test_no_two_hypotheses_say_the_same(title: str) -> None:
    found = parse_title(title)
    assert len({(fold(h.artist or ""), fold(h.song)) for h in found}) == len(found)


@pytest.mark.parametrize(
    "title", ["", " ", "\x00", "\u202e", "\ud800", "-", "( [ 「", "🎹🎹", "...", '"', "'''"]
)
def test_a_title_without_words_names_nothing(title: str) -> None:
    assert parse_title(title) == []


@pytest.mark.parametrize(
    "piece", ["a - ", "(", "Yellow ", "「", "x(", '"a" ', "周", "a'", "[]", "\u202e\x00"]
)
def test_a_title_of_5000_characters_is_read_like_any_other(piece: str) -> None:
    assert len(parse_title((piece * 5000)[:5000])) <= MOST


def first(title: str, **known: str) -> tuple[str | None, str]:
    found = parse_title(title, **known)[0]
    return found.artist, found.song


def test_names_are_given_as_written() -> None:
    assert first("P!nk - What About Us? (Piano Cover)") == ("P!nk", "What About Us?")
    assert first("R.E.M. - Losing My Religion [Official Video]") == ("R.E.M.", "Losing My Religion")


def test_the_channel_of_a_cover_is_not_the_artist() -> None:
    title = "Jonas Beck - Chandelier (Piano Cover)"
    before, after = (
        (h[0].artist, h[0].song) for h in (parse_title(title), parse_title(title, channel="Jonas Beck"))
    )
    assert before == ("Jonas Beck", "Chandelier")
    assert after == (None, "Chandelier")


def test_the_channel_of_another_video_may_well_be_the_artist() -> None:
    assert first("Adele - Hello", channel="AdeleVEVO") == ("Adele", "Hello")


def test_the_fields_of_youtube_music_name_what_the_title_does_not() -> None:
    assert first("Piano Cover 🎹 ❤", artist="Sia", track="Chandelier") == ("Sia", "Chandelier")
    assert parse_title("🎹", artist="Sia", track="Chandelier") == [Hypothesis("Sia", "Chandelier", 1.0)]


def test_the_fields_of_a_cover_may_name_the_coverer() -> None:
    found = first(
        "Chandelier - Sia (Piano Cover)", channel="Jonas Beck", artist="Jonas Beck", track="Chandelier"
    )
    assert found == ("Sia", "Chandelier")


def test_the_fields_tell_the_song_from_the_artist() -> None:
    assert first("Queen - Yellow (Piano Cover)", track="Queen", artist="Yellow") == ("Yellow", "Queen")


def test_a_description_names_the_original_artist() -> None:
    assert first("Chandelier (Piano Cover)", description="Enjoy!\nOriginal song by Sia\nSheets: …") == (
        "Sia",
        "Chandelier",
    )


def test_an_ambiguous_separator_leaves_both_orders_open() -> None:
    said = {(h.artist, h.song) for h in parse_title("Salad - Reflections")}
    assert {("Salad", "Reflections"), ("Reflections", "Salad")} <= said
