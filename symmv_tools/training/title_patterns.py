"""How channels of piano covers name their videos: patterns to write training titles with, all by our own hand.

No public list says what the titles of piano covers mean, so the parser learns their habits from these patterns, filled
with artists and songs of the list, and with what stands here. {a} is the artist, {s} the song, {c} who plays, {w} the film,
game or series that a song is from, {n} a small number, {y} a year.
"""

from __future__ import annotations

import random
from typing import NamedTuple


class Titled(NamedTuple):
    """A title, and what it names."""

    title: str
    artist: str | None
    song: str


BODIES = """{a} - {s}
{a} - {s}
{a} – {s}
{a} - {s}
{s} - {a}
{s} – {a}
{s} - {a}
{a} | {s}
{s} | {a}
{a}: {s}
{s} / {a}
{s} by {a}
{s} by {a}
{s} ({a})
{s} [{a}]
{a} "{s}"
"{s}" by {a}
"{s}" - {a}
'{s}' - {a}
{a} - '{s}'
„{s}“ – {a}
« {s} » de {a}
{a} – «{s}»
{s}, {a}
{a} {s}
{s} {a}
{a} ~ {s}
{a} - {s} (feat. {c})
{a} - {s} feat. {c}
{a} - {s} ft. {c}
{a} - {s} (with {c})
{s} (with {c}) - {a}
{a} ft. {c} - {s}
{s} - {a} ft. {c}
{s} (originally by {a})
{s} (in the style of {a})
{w} - {s} | {a}
{w} - {s} ({a})
{s} ({w}) - {a}
{s} - {a} (from "{w}")
{a} - {s} (from {w})
{a} - {s} ({w} OST)
{w} OST - {s} | {a}
{a} - {s} | {w} Soundtrack""".splitlines()
"""Bodies of titles that name an artist."""

LONE_BODIES = """{s}
{s}
{s}
"{s}"
{s} ({y})
{s} (from {w})
{s} ({w})
{s} - {w} OST
{w} OST - {s}
{w} OP {n} - {s}
{s} - {w} OP {n}
{s} - {w} ED {n}
{w} Opening {n} "{s}"
{w} - "{s}"
{w} - {s} (Main Theme)
{s} | {w} Theme""".splitlines()
"""Bodies of titles that name none; what they may name is where a song is from."""

FRAMES = """{} (Piano Cover)
{} (Piano Cover)
{} - Piano Cover
{} | Piano Cover
{} Piano Cover
{} [Piano Cover]
{} (Piano Cover) {c}
{} (Piano Cover) by {c}
{} (Piano Cover by {c})
{} - Piano Cover by {c}
{} | Piano Cover by {c}
{} piano cover by {c}
{} ({c} Piano Cover)
{} | {c} Piano Cover
{} | {c}
{} (Piano Cover) | {c}
{} (Piano Cover) - {c}
{} // Piano Cover
{} ~ piano cover
{} | Piano Tutorial
{} Piano Tutorial
{} - Piano Tutorial
{} (Piano Tutorial)
{} [Piano Tutorial] (Synthesia)
{} - EASY Piano Tutorial
{} - Easy Piano Tutorial - How To Play
{} | SLOW EASY Piano Tutorial
{} easy piano tutorial
{} (Piano Tutorial + Sheets)
{} | Piano Tutorial + Sheets
{} (Piano Cover + Sheet Music)
{} + Sheet Music
{} - Piano Tutorial (Synthesia) + Free MIDI
{} (Piano Tutorial Lesson)
{} [Piano Solo]
{} (Piano Solo)
{} - Piano Solo
{} - solo piano
{} on piano
{} on Piano - {c}
{} (Piano Instrumental)
{} (Piano Version)
{} - Piano Version
{} (Piano Arrangement)
{} - Piano Arrangement by {c}
{} [Piano]
{} (piano)
{} - Piano
{} piano
{} Piano Karaoke
{} (Piano Karaoke Instrumental)
{} (Synthesia Piano)
{} - Synthesia HD Piano Cover
{} - Piano - {c}
{} (Advanced Piano Cover)
{} (Epic Piano Cover)
{} (Emotional Piano Cover) 4K
{} (Piano Duet)
{} - Piano 4 Hands
{} (Piano & Cello Cover)
{} (Cello & Piano Cover) - {c}
{} | Relaxing Piano
{} (with lyrics) piano cover
{} - Piano Cover [HD]
{} piano cover 🎹
{} 🎹 Piano Cover
{} (Klavier Cover)
{} - Klavier lernen
{} (Piano) Partitura
{} - Piano Tutorial - Cómo tocar
{} en piano
{} au piano
{} (piano partition)
{} (Пианино, ноты)
{} на пианино
{} на пианино
{} - фортепиано кавер
{} ピアノ
{}【ピアノ】
{} ピアノソロ
{} [피아노]
{} 피아노 커버
{} 钢琴版
{} 鋼琴 Piano Cover
{} piano by {c}
{c} - {} (Piano Cover)
{c} plays {}
How to play {} on piano
How To Play "{}" on Piano
How to play {} | Piano Tutorial
Piano Cover: {}
Piano Tutorial: {}
Easy Piano: {}
Piano cover of {}
Piano - {}
PIANO COVER | {}
Piano cover - {}
[Piano] {}
[Piano Cover] {}
【Piano】{}
[피아노] {}
【ピアノ】{}
【钢琴】{}
{n}. {} - Piano
Learn to play {} piano lesson""".splitlines()
"""What stands around a body, {}."""

TAILS = (*[""] * 14, " (4K)", " [HD]", " #piano", " #shorts #piano", " | Sheet Music", " + Sheets", " (Sheets in description)",
    " 🎵", " ❤", " (with Lyrics)", " {y}", " ({y})", " | Synthesia", " (Slow)", " (Easy)", " - {c}", " by {c}", " | {c}",
    " (HQ)", " (Official Video)", " ft. {c}", " [Sheet Music]", " | 4K", " (Extended)", " - Beginner", " (Live)")  # fmt: skip

WORKS = """Interstellar; Inception; Titanic; Frozen; Attack on Titan; Naruto; Demon Slayer; Your Lie in April; One Piece; Bleach;
Death Note; Spirited Away; Howl's Moving Castle; Undertale; Minecraft; Zelda; Final Fantasy VII; Final Fantasy X; Skyrim;
Game of Thrones; Stranger Things; Harry Potter; Star Wars; Pirates of the Caribbean; The Lord of the Rings; La La Land;
Twilight; Amélie; Up; Coco; The Lion King; Aladdin; Goblin; Descendants of the Sun; Genshin Impact; Tokyo Ghoul; Fairy Tail;
Sword Art Online; Re:Zero; Steins;Gate; Violet Evergarden; Kimi no Na wa; Gladiator; Dune; The Last of Us; Halo; Haikyuu;
My Hero Academia; Chainsaw Man; Oshi no Ko; Jujutsu Kaisen; Spy x Family; Westworld; Bridgerton; Moana; Mulan""".replace("\n", " ").split("; ")  # fmt: skip

PLAYERS = """Kim Bo Young; Pianella Keys; Riyandi; Costantino C.; PianoDreams; Lucas Moreau; The Piano Room; Anna Keys; MusicalMike;
pianobuddy; Elena Ivanova; HalcyonPiano; NoteByNote; Jova Musique; Piano Tutorials Hub; DooPiano Style; Marek Piano; Key of Jo;
Felix Stein; Aeolian Music; SoloKeys; Ivory Lane; Mei Lin; Toms Mucenieks Music; Jacob's Piano Diary; Pianoforever; BlackWhite Keys;
Martin Piano; Piano Stories; Sangah; Little Keys; Claire Dubois; Hannah P; Yamato; Grand Melody; Pianistec; Andy's Keyboard""".replace("\n", " ").split("; ")  # fmt: skip

EASTERN = """周杰倫 Jay Chou=晴天; 周杰伦=七里香; 陳奕迅=富士山下; 林俊傑 JJ Lin=江南; 鄧紫棋 G.E.M.=光年之外; 五月天=突然好想你; 薛之谦=演员;
王力宏=唯一; 孫燕姿=遇見; 蔡依林=倒帶; 李宗盛=山丘; 毛不易=消愁; 张学友=吻别; 邓丽君=月亮代表我的心; 米津玄師=Lemon; 米津玄師=感電; YOASOBI=群青;
YOASOBI=怪物; Official髭男dism=Pretender; あいみょん=マリーゴールド; 宇多田ヒカル=First Love; 久石譲=Summer; back number=水平線; King Gnu=白日; Ado=うっせぇわ;
LiSA=紅蓮華; Aimer=残響散歌; RADWIMPS=前前前世; スピッツ=ロビンソン; DECO*27=ゴーストルール; 아이유=좋은 날; 아이유(IU)=밤편지; IU=Blueming; 방탄소년단 (BTS)=봄날;
BTS=Dynamite; 이루마=River Flows in You; 태연=만약에; 폴킴=모든 날, 모든 순간; 악동뮤지션 AKMU=오랜 날 오랜 밤; BLACKPINK=뚜두뚜두; 볼빨간사춘기=여행; 멜로망스=선물""".replace("\n", " ").split("; ")  # fmt: skip
"""Artists and songs whose titles stand in the brackets of their scripts."""
EASTERN_BODIES = """{a} - {s}
{a} - {s}
{a}「{s}」
{a}『{s}』
{a}《{s}》
{a}【{s}】
{a} 「{s}」
{a}《{s}》
{s} - {a}
{s} / {a}
{s}／{a}
{a} {s}
{s} {a}
「{s}」{a}
《{s}》{a}
{s}（{a}）
{s}""".splitlines()
EASTERN_FRAMES = """{} Piano Cover
{} (Piano Cover)
{} piano tutorial
{} 钢琴
{}钢琴版
{} 鋼琴版
{} 鋼琴教學 Synthesia
{}ピアノ
{} ピアノ
{} ピアノソロ
{} ピアノで弾いてみた
{} 弾いてみた
{} 피아노
{} 피아노 연주
{} 피아노 커버 (악보)
{} (피아노 cover)
{} [Piano Cover] 악보
{} 鋼琴演奏 + 琴譜
{} 翻奏 by {c}
【ピアノ】{}
[피아노] {}
【钢琴】{}
【鋼琴】{} by {c}
[Piano] {}
[ 피아노 ] {} 악보
{} Piano Cover by {c}
{} | 鋼琴 Piano Cover | {c}""".splitlines()


def piano_title(artist: str, song: str, rng: random.Random) -> Titled:
    """Name a piano cover of a song as some channel might."""
    named = rng.random() < 0.88
    body = rng.choice(BODIES if named else LONE_BODIES)
    return _filled(body, rng.choice(FRAMES), Titled(rng.choice(TAILS), artist if named else None, song), rng)


def eastern_title(rng: random.Random) -> Titled:
    """Name a piano cover of a song from China, Japan or Korea."""
    artist, song = rng.choice(EASTERN).strip().split("=")
    song = rng.choice(EASTERN).strip().split("=")[1] if rng.random() < 0.3 else song
    body = rng.choice(EASTERN_BODIES)
    return _filled(body, rng.choice(EASTERN_FRAMES), Titled("", artist if "{a}" in body else None, song), rng)


def _filled(body: str, frame: str, titled: Titled, rng: random.Random) -> Titled:
    style = rng.choice([str, str, str, str, str.upper, str.lower])
    slots = {
        "a": style(titled.artist or ""),
        "s": rng.choice([style, str])(titled.song),
        "w": rng.choice(WORKS),
    }
    slots |= {"c": rng.choice(PLAYERS), "n": str(rng.randint(1, 9)), "y": str(rng.randint(1975, 2026))}
    title = (frame.replace("{}", body) + titled.title).format(**slots)
    return titled._replace(title=title)
