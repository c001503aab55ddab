"""The pieces that titles of piano covers are made of, all by our own hand.

{} in a frame is the body. {a} is the artist, {s} the song, {c} who plays, {w} the film, game or series that a
song is from, {n} a small number, {y} a year. What stands here twice is twice as common.
"""

from __future__ import annotations


def _names(text: str) -> list[str]:
    return [" ".join(name.split()) for name in text.split(";")]


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
{a} - "{s}"
{a} – "{s}"
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
{a} - {s} ({w})
{s} - {a} ({w})
{a} - {s} ({w} OST)
{w} OST - {s} | {a}
{a} - {s} | {w} Soundtrack""".splitlines()
"""Bodies of titles that name an artist."""

LONE_BODIES = """{s}
{s}
{s}
{s}
{s}
{s}
{s}
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
{s} - {w} OP {n}
{s} - {w} Opening
{s} - {w} Ending {n}
{s} | {w} OP
{s} ({w} OP {n})
{w} ED - {s}
{s} - {w} ED {n}
{w} Opening {n} "{s}"
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
0{n}. {} - Piano
0{n} {} (Piano Cover)
0{n} - {} - piano
Learn to play {} piano lesson""".splitlines()
"""What stands around a body, {}."""

TAILS = [
    *[""] * 14,
    *(
        " " + tail
        for tail in """(4K)
[HD]
#piano
#shorts #piano
| Sheet Music
+ Sheets
(Sheets in description)
🎵
❤
(with Lyrics)
{y}
({y})
| Synthesia
(Slow)
(Easy)
- {c}
by {c}
| {c}
(HQ)
(Official Video)
ft. {c}
[Sheet Music]
| 4K
(Extended)
- Beginner
(Live)""".splitlines()
    ),
]
"""What may follow; mostly nothing."""

WORKS = _names(
    """Interstellar; Inception; Titanic; Frozen; Attack on Titan; Naruto; Demon Slayer; Your Lie in
April; One Piece; Bleach; Death Note; Spirited Away; Howl's Moving Castle; Undertale; Minecraft;
Zelda; Final Fantasy VII; Final Fantasy X; Skyrim; Game of Thrones; Stranger Things; Harry Potter;
Star Wars; Pirates of the Caribbean; The Lord of the Rings; La La Land; Twilight; Amélie; Up; Coco;
The Lion King; Aladdin; Goblin; Descendants of the Sun; Genshin Impact; Tokyo Ghoul; Fairy Tail;
Sword Art Online; Re:Zero; Steins Gate; Violet Evergarden; Kimi no Na wa; Gladiator; Dune; The Last
of Us; Halo; Haikyuu; My Hero Academia; Chainsaw Man; Oshi no Ko; Jujutsu Kaisen; Spy x Family;
Westworld; Bridgerton; Moana; Mulan"""
)

PLAYERS = _names(
    """Kim Bo Young; Pianella Keys; Riyandi; Costantino C.; PianoDreams; Lucas Moreau; The Piano
Room; Anna Keys; MusicalMike; pianobuddy; Elena Ivanova; HalcyonPiano; NoteByNote; Jova Musique;
Piano Tutorials Hub; DooPiano Style; Marek Piano; Key of Jo; Felix Stein; Aeolian Music; SoloKeys;
Ivory Lane; Mei Lin; Toms Mucenieks Music; Jacob's Piano Diary; Pianoforever; BlackWhite Keys; Martin
Piano; Piano Stories; Sangah; Little Keys; Claire Dubois; Hannah P; Yamato; Grand Melody; Pianistec;
Andy's Keyboard"""
)

FAMILIAR = _names(
    """Maroon 5=Sugar; blink-182=I Miss You; U2=One; Twenty One Pilots=Stressed Out; 5 Seconds of
Summer=Youngblood; 3 Doors Down=Here Without You; Sum 41=Pieces; Boyz II Men=End of the Road; Ariana
Grande=7 rings; Taylor Swift=22; The 1975=Somebody Else; 50 Cent=In da Club; Avicii=Levels;
Beethoven=Moonlight Sonata; Chopin=Nocturne Op. 9 No. 2; Debussy=Clair de Lune; Erik Satie=Gymnopédie
No. 1; Yann Tiersen=Comptine d'un autre été; Adele=Someone Like You; Bruno Mars=When I Was Your Man;
James Arthur=Say You Won't Let Go; Sam Smith=Stay With Me; Olivia Rodrigo=drivers license; Miley
Cyrus=Flowers; Dua Lipa=Levitating; Harry Styles=As It Was; Lana Del Rey=Summertime Sadness;
Evanescence=My Immortal; Muse=Starlight; Green Day=21 Guns; Guns N' Roses=November Rain;
Metallica=Nothing Else Matters; Pink Floyd=Wish You Were Here; Eagles=Hotel California; Europe=The
Final Countdown; Journey=Don't Stop Believin'; Toto=Rosanna; Genesis=Land of Confusion; Eminem=Lose
Yourself; Rihanna=Diamonds; OneRepublic=Counting Stars; The Script=Hall of Fame; Keane=Somewhere Only
We Know; Gary Jules=Mad World; Hozier=Take Me to Church; Lorde=Royals; Rammstein=Engel;
Stromae=Papaoutai; Zaz=Je veux; Shakira=Antología; Juanes=A Dios le pido; Il Volo=Grande amore;
Земфира=Хочешь?; Виктор Цой=Звезда по имени Солнце; Joe Hisaishi=Merry-Go-Round of Life; Max
Richter=On the Nature of Daylight; John Williams=Hedwig's Theme; Ramin Djawadi=Light of the Seven;
Alan Menken=Beauty and the Beast; Koji Kondo=Ballad of the Goddess; XXXTENTACION=Moonlight; P!nk=What
About Us; *NSYNC=Bye Bye Bye; AC/DC=Thunderstruck; deadmau5=Strobe; M83=Midnight City; t.A.T.u.=All
the Things She Said; will.i.am=Scream & Shout; Panic! At The Disco=High Hopes; Florence + The
Machine=Dog Days Are Over; Simon & Garfunkel=The Sound of Silence; Years & Years=King;
Aerosmith=Dream On; Fun.=Carry On; Marvin Gaye=Let's Get It On; Supertramp=Take the Long Way Home;
Tears for Fears=Shout; Blur=Song 2; Level 42=Lessons in Love; UB40=Red Red Wine; Heaven
17=Temptation; East 17=Stay Another Day; Haircut 100=Fantastic Day"""
)
"""Artists and songs that pianists play; the list has few so new, and few names with digits and signs."""
EASTERN = _names(
    """周杰倫 Jay Chou=晴天; 周杰伦=七里香; 陳奕迅=富士山下; 林俊傑 JJ Lin=江南; 鄧紫棋
G.E.M.=光年之外; 五月天=突然好想你; 薛之谦=演员; 王力宏=唯一; 孫燕姿=遇見; 蔡依林=倒帶; 李宗盛=山丘;
毛不易=消愁; 张学友=吻别; 邓丽君=月亮代表我的心; 米津玄師=Lemon; 米津玄師=感電; YOASOBI=群青;
YOASOBI=怪物; Official髭男dism=Pretender; あいみょん=マリーゴールド; 宇多田ヒカル=First Love;
久石譲=Summer; back number=水平線; King Gnu=白日; Ado=うっせぇわ; LiSA=紅蓮華; Aimer=残響散歌;
RADWIMPS=前前前世; スピッツ=ロビンソン; DECO*27=ゴーストルール; 아이유=좋은 날; 아이유(IU)=밤편지;
IU=Blueming; 방탄소년단 (BTS)=봄날; BTS=Dynamite; 이루마=River Flows in You; 태연=만약에; 폴킴=모든
날, 모든 순간; 악동뮤지션 AKMU=오랜 날 오랜 밤; BLACKPINK=뚜두뚜두; 볼빨간사춘기=여행; 멜로망스=선물"""
)
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
