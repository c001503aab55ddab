"""How channels of piano covers name their videos, in many languages, and what each names.

Written by hand from how such titles look, and the parser has learned from patterns of the same hand: that
all of them pass says that nothing is broken, and no figure of accuracy follows from it.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from symmv_tools.sources.titles import fold, parse_title

pytestmark = pytest.mark.quick


class Named(NamedTuple):
    """A title, and the artist and the song that it names."""

    title: str
    artist: str | None
    song: str


PATTERNS = [
    Named("Coldplay - Yellow (Piano Cover)", "Coldplay", "Yellow"),
    Named("Yellow – Coldplay | Piano Tutorial + Sheets", "Coldplay", "Yellow"),
    Named("Adele - Easy On Me | Piano Cover by Lena Hartmann", "Adele", "Easy On Me"),
    Named(
        "Someone You Loved - Lewis Capaldi (Piano Tutorial) [Synthesia]",
        "Lewis Capaldi",
        "Someone You Loved",
    ),
    Named("Billie Eilish - lovely (with Khalid) | EASY Piano Tutorial", "Billie Eilish", "lovely"),
    Named('Ed Sheeran – "Perfect" – Piano Cover', "Ed Sheeran", "Perfect"),
    Named("'All of Me' - John Legend - Piano Cover", "John Legend", "All of Me"),
    Named("How to play Let It Be by The Beatles on piano", "The Beatles", "Let It Be"),
    Named('How To Play "Clocks" by Coldplay | Piano Tutorial', "Coldplay", "Clocks"),
    Named("Let Her Go by Passenger - easy piano tutorial", "Passenger", "Let Her Go"),
    Named("Hallelujah (Leonard Cohen) - Piano Solo", "Leonard Cohen", "Hallelujah"),
    Named("Bohemian Rhapsody - Queen [Piano Cover] 🎹", "Queen", "Bohemian Rhapsody"),
    Named("Queen: Don't Stop Me Now - Piano Cover", "Queen", "Don't Stop Me Now"),
    Named("a-ha / Take On Me / piano cover", "a-ha", "Take On Me"),
    Named("Linkin Park   Numb   Piano Cover", "Linkin Park", "Numb"),
    Named("Imagine Dragons - Demons (feat. nobody) Piano Version HD", "Imagine Dragons", "Demons"),
    Named(
        "Lady Gaga, Bradley Cooper - Shallow (Piano Cover + Sheet Music)",
        "Lady Gaga, Bradley Cooper",
        "Shallow",
    ),
    Named(
        "Shallow - Lady Gaga & Bradley Cooper | Piano Duet 4 hands",
        "Lady Gaga & Bradley Cooper",
        "Shallow",
    ),
    Named("Piano Cover: Fix You - Coldplay", "Coldplay", "Fix You"),
    Named("[Piano Cover] The Weeknd - Blinding Lights", "The Weeknd", "Blinding Lights"),
    Named("PIANO TUTORIAL | Memories - Bon Jovi", "Bon Jovi", "Memories"),
    Named("03. Radiohead - Creep - piano", "Radiohead", "Creep"),
    Named("Radiohead - No Surprises (1997) - piano solo", "Radiohead", "No Surprises"),
    Named("ABBA - The Winner Takes It All - Piano Cover [HD] 1080p", "ABBA", "The Winner Takes It All"),
    Named("Elton John - Your Song [SLOW EASY Piano Tutorial]", "Elton John", "Your Song"),
    Named("Alan Walker - Faded (Synthesia Piano) #piano #synthesia", "Alan Walker", "Faded"),
    Named("River Flows In You - Yiruma - Piano", "Yiruma", "River Flows In You"),
    Named("Ludovico Einaudi – Nuvole Bianche (Piano Cover) 4K", "Ludovico Einaudi", "Nuvole Bianche"),
    Named('Ludovico Einaudi "Una Mattina" piano', "Ludovico Einaudi", "Una Mattina"),
    Named("Interstellar - First Step | Hans Zimmer (Piano Cover)", "Hans Zimmer", "First Step"),
    Named("Hans Zimmer - Time (Inception) Piano Cover", "Hans Zimmer", "Time"),
    Named(
        "My Heart Will Go On (from Titanic) - Celine Dion - Piano Cover",
        "Celine Dion",
        "My Heart Will Go On",
    ),
    Named(
        "Celine Dion - My Heart Will Go On (Titanic OST) | Piano Tutorial",
        "Celine Dion",
        "My Heart Will Go On",
    ),
    Named("Unravel - Tokyo Ghoul OP 1 [Piano]", None, "Unravel"),
    Named("Naruto OP 16 - Silhouette (Piano Cover)", None, "Silhouette"),
    Named("Happy Birthday - Easy Piano Tutorial", None, "Happy Birthday"),
    Named("Amazing Grace (Piano Cover)", None, "Amazing Grace"),
    Named("How to play Jingle Bells on piano", None, "Jingle Bells"),
    Named("夜的鋼琴曲五 piano tutorial", None, "夜的鋼琴曲五"),
    Named(
        "周杰倫 Jay Chou【告白氣球 Love Confession】Piano Cover",
        "周杰倫 Jay Chou",
        "告白氣球 Love Confession",
    ),
    Named("周杰伦《稻香》钢琴版", "周杰伦", "稻香"),
    Named("【钢琴】林俊杰 - 修炼爱情", "林俊杰", "修炼爱情"),
    Named("鄧紫棋《泡沫》鋼琴版 Piano Cover", "鄧紫棋", "泡沫"),
    Named("YOASOBI「夜に駆ける」ピアノ", "YOASOBI", "夜に駆ける"),
    Named("【ピアノ】Official髭男dism - Subtitle", "Official髭男dism", "Subtitle"),
    Named("米津玄師『地球儀』ピアノソロ", "米津玄師", "地球儀"),
    Named("ドライフラワー / 優里 ピアノ", "優里", "ドライフラワー"),
    Named("[피아노] 아이유(IU) - 밤편지", "아이유(IU)", "밤편지"),
    Named("BTS - Spring Day Piano Cover", "BTS", "Spring Day"),
    Named("이루마 - Kiss the Rain 피아노 악보", "이루마", "Kiss the Rain"),
    Named("Wind of Change – Scorpions (Klavier Cover)", "Scorpions", "Wind of Change"),
    Named("„99 Luftballons“ – Nena | Klavier lernen", "Nena", "99 Luftballons"),
    Named("Indila – «Dernière Danse» au piano", "Indila", "Dernière Danse"),
    Named("La Vie en rose - Édith Piaf (piano partition)", "Édith Piaf", "La Vie en rose"),
    Named("Álvaro Soler - Sofia - Piano Tutorial - Cómo tocar", "Álvaro Soler", "Sofia"),
    Named("Luis Fonsi - Despacito ft. Daddy Yankee (Piano Cover)", "Luis Fonsi", "Despacito"),
    Named("Laura Pausini - La solitudine (piano e spartito)", "Laura Pausini", "La solitudine"),
    Named("Кино - Группа крови на пианино", "Кино", "Группа крови"),
    Named("Tears in Heaven ~ Eric Clapton ~ piano cover", "Eric Clapton", "Tears in Heaven"),
    Named("🎹 Sia - Chandelier | Piano Karaoke with Lyrics 🎤", "Sia", "Chandelier"),
    Named("The Scientist - Coldplay // Piano Cover", "Coldplay", "The Scientist"),
    Named("Mad World (originally by Tears for Fears) piano cover", "Tears for Fears", "Mad World"),
    Named("Toto - Africa (Piano Arrangement by Jonas Beck)", "Toto", "Africa"),
    Named("A Thousand Years - Christina Perri (Piano/Cello Cover)", "Christina Perri", "A Thousand Years"),
    Named(
        "Christina Perri - A Thousand Years ( Advanced Piano Cover ) + MIDI",
        "Christina Perri",
        "A Thousand Years",
    ),
    Named("ONE REPUBLIC - APOLOGIZE - PIANO COVER", "ONE REPUBLIC", "APOLOGIZE"),
    Named("oasis - wonderwall piano cover", "oasis", "wonderwall"),
    Named("Learn to play Imagine (John Lennon) piano lesson", "John Lennon", "Imagine"),
    Named("Bad Guy - Billie Eilish | Piano Tutorial (EASY) | Sheet Music", "Billie Eilish", "Bad Guy"),
    Named("Piano - Moon River - Audrey Hepburn", "Audrey Hepburn", "Moon River"),
]


@pytest.mark.parametrize("named", PATTERNS, ids=lambda named: named.title[:40])
def test_the_first_hypothesis_names_both(named: Named) -> None:
    """Order aside: whether Bohemian Rhapsody is a song by Queen or the other way round no separator tells."""
    first = parse_title(named.title)[0]
    assert {fold(first.artist or ""), fold(first.song)} == {fold(named.artist or ""), fold(named.song)}


@pytest.mark.parametrize("named", PATTERNS, ids=lambda named: named.title[:40])
def test_the_right_order_is_among_the_first_three(named: Named) -> None:
    said = [(fold(h.artist or ""), fold(h.song)) for h in parse_title(named.title)[:3]]
    assert (fold(named.artist or ""), fold(named.song)) in said
