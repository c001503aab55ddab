"""What words in the titles of music videos do: our own lists, by class, in the languages that we meet.

A word may be of several classes. The lists say only what a word can be; what that is worth was learned
(manifests/titles/weights.tsv), so a song called "Video" is lost only where the rest of its title agrees.
"""

from __future__ import annotations

import re

_CLASSES = {
    "video": """video videos videoclip videoclipe clip clipe clips mv pv visualizer visualiser vevo vidéo
        vídeo klip видео клип premiere trailer teaser 動画 영상 뮤직비디오 film movie promo""",
    "official": """official officiel officielle oficial offizielles offizieller ufficiale officieel
        officiell официальный 公式 官方 공식 exclusive authorised""",
    "quality": """hd hq uhd 4k 8k 1080p 720p 480p 360p 60fps full audio stereo mono remaster remastered
        remasterizado quality high hi res lossless flac hifi 高清 高音質 高画質 無損""",
    "medium": """mp3 mp4 wmv avi mov mpg mpeg flv mkv m4v vob vinyl lp ep 45rpm 78rpm rpm 45 78 33 inch cd
        dvd tape vhs cassette single record records recording recordings recorded album disc side rec track
        soundtrack""",
    "live": """live concert tour session sessions unplugged performance performed performing festival studio
        radio tv show bbc awards vivo vivo diretta ao en direct backstage rehearsal stage montreux audition
        finale ライブ 現場 라이브 演唱會""",
    "cover": """cover covers covered covering coverd versión version versions ver vers versión versão
        versione reprise reprises tribute originally kover カバー 翻唱 커버 翻奏 改編 コピー remake
        rendition カヴァー""",
    "remix": """remix mix edit rmx mashup bootleg extended medley nightcore reverb slowed sped speed demo
        instrumental karaoke acapella acappella acapela cappella backing stripped""",
    "instrument": """piano pianos klavier pianoforte keyboard keyboards solo solopiano violin violine cello
        flute guitar gitarre guitarra sax saxophone harp trumpet ukulele organ ukelele strings orchestral
        acoustic akustik acústico acústica acoustique unplugged duet duo ピアノ 피아노 钢琴 鋼琴 пианино
        фортепиано пианo đàn dương cầm เปียโน pianosolo pianocover pianotutorial pianist pianista pianistin
        pian ピアノソロ ピアノカバー 連弾 串燒""",
    "teach": """tutorial tutorials tutoriel tuto lesson lessons how play learn easy beginner beginners
        intermediate advanced slow facile facil fácil einfach leicht anfänger lernen spielen cómo como tocar
        jouer comment simple simplified level hard medium moderate step stepbystep kolay difficulty
        synthesia hands hand left right only practice chords notes note accords acordes akkorde noten
        partition partitions partitura partituras sheet sheets sheetmusic score scores midi pdf tabs tab
        spartito spartiti ноты урок обучение как играть ejercicio ders 教程 教學 教学 初級 上級 中級 簡單
        简单 简谱 樂譜 乐谱 五线谱 琴譜 琴谱 楽譜 악보 악보집 쉬운 초급 튜토리얼 nút hướng dẫn บทเรียน
        fingering 弾き方 簡単 ゆっくり 讲解 指法 谱 譜 배우기 คอร์ด 초보""",
    "arranged": """arrangement arranged arr arranging arreglo arrangiert arrangé arrangiamento アレンジ 編曲
        编曲 편곡 transcription transcribed transcribe played play plays plaing spielt joue toca
        interpretation 演奏 연주 弾いてみた 弾いた 弹奏 彈奏 演奏版 耳コピ improvisation improvised original
        composed composition""",
    "lyrics": """lyrics lyric letra letras paroles testo songtext text subtitled subtitulada subtitulado
        legendado tradução traduzione 歌詞 歌词 가사 sub español subs karaoke""",
    "opening": """ost soundtrack theme opening ending op ed op1 op2 op3 ed1 ed2 bgm score 主題曲 主题曲
        片尾曲 片頭曲 插曲 主題歌 挿入歌 オープニング エンディング""",
    "show": """anime manga film movie musical tv drama game netflix series season episode finale trailer
        intro outro main title titles credits from アニメ 電影 电影 電視劇 电视剧 드라마""",
    "web": """subscribe link download free spotify itunes apple youtube tiktok facebook instagram patreon
        channel bandcamp soundcloud website description below available out now trending viral request
        requested requests shorts reaction new hit hits best top playlist collection compilation greatest
        1hour relaxing sleep study""",
    "by": "by von par por de di от від da av door 저자",
    "credit": """performed composed written arranged covered cover played sung recorded arr originally
        recorded music""",
    "feat": "feat ft featuring feature with w/ x vs versus mit avec con met med och prod",
    "sings": """sings sing singing plays play playing performs perform canta cantan cantando chante singt
        zingt spielt joue toca presents interpreta interprète covers does cover""",
    "and": "and & + und et y e i en och og ja & n",
    "article": "the a an le la les el los las il lo i gli der die das ein eine de het o os as un une una",
    "group": """band orchestra orkestar orchester orchestre orquesta trio quartet quintet sextet choir
        chorus chor ensemble brothers bros sisters boys girls singers project group duo big symphony
        philharmonic boyz kings combo players strings family crew gang cast crowd stars all-stars allstars
        experience collective company union express machine revue society club hotel""",
    "title": """mr mrs ms dr dj mc sir st saint jr sr ii iii lil king big prince lady miss queen lord
        captain blind van von""",
    "holiday": "christmas xmas halloween navidad noël weihnachten weihnacht",
    "month": """january february march april june july august september october november december jan feb
        mar apr jun jul aug sept oct nov dec""",
}
_FUNCTION = """i you he she we they it me my your his her our their us him them mine yours i'm i'll i've i'd
    you're you'll you've it's he's she's we're let's don't can't won't ain't isn't didn't wouldn't couldn't
    doesn't that's there's what's is are was were be been am do does did done have has had will would could
    can should shall must may might get got go goin' going gonna gotta wanna come comes make makes made take
    takes took give gives gave know knows knew think want wants need needs feel feels say says said tell
    tells told see look call calls called keep keeps leave let like love loves loved loving lovin' try turn
    walk run fly fall falling rain dance dancing cry crying stop stay hold help in on at to of for from with
    without by about into over under up down out off away back through around between till until before
    after when where why how what who which that this these those there here then than as if so but or not
    no yes never always ever every everything everybody something somebody someone nothing nobody anything
    anyone any some all again only just too more most much one two three own now tonight today tomorrow
    yesterday forever oh ooh hey baby babe honey darling man woman girl boy heart hearts eyes life time day
    days night nights morning world sun moon star stars sky blue dream dreams home road street way song
    songs blues music home heaven goodbye hello good bad old new little long lonely sweet beautiful happy
    lonesome je tu il nous vous ne pas que qui mon ma mes ton ta toi moi dans sur pour est c'est j'ai amour
    ich du er sie es wir mein dein nicht und ist bin auf im am zu ein mit wenn liebe yo tú te se mi tu su
    que no por para con sin como en un es soy amor corazón non che per mi ti si sono un del della nel sei ho
    amore meu minha você não do da no na em um que van het een ik jij niet mijn dat zijn att jag och inte
    den det är som på на в и я ты не мы с мой моя"""
_NAMES = """aaron adam adele adrian al alan albert alejandro alex alexander alexandra alfred ali alice
    alicia alison allan amanda amy ana andre andrea andreas andrew andy angela anita ann anna anne annie
    anthony antonio aretha ariana arlo arthur barbara barbra barry beck ben benny bernard bert bessie beth
    betty bette beverly bill billie billy bing bob bobby bonnie boz brad brandi brenda brian britney bruce
    bruno bryan buddy burl burt camila carl carlos carly carmen carol carole caroline carrie cat cecilia
    celine charles charley charlie chet chris christian christina christine chuck cilla cindy claire
    clarence claude cliff clint clyde cole connie conny conway craig crystal curtis cyndi dan daniel danny
    darius dave david dean debbie dee della demi demis denise dennis desmond diana diane dick dido dinah
    dion dionne dizzy dolly don donna donny doris dorothy doug duane dudu dusty dwight ed eddie eddy edith
    edgar edward ella ellie elton elvis emily emma emmylou engelbert eric erik erma ernest ernie erroll
    etta eva eve fats faron fiona francis frank franz fred freddie freddy frederic gary gene george
    georges georgia gerry gilbert gillian gina ginger gladys glen glenn gloria gordon gracie grady graham
    gram greg gregory guy hank hans harold harry heather helen henri henry herb herbie herman howard hugh
    ian ike irene isaac ivan jack jackie jackson jacob jacques jake james jamie jan jane janet janis jason
    jay jean jeanne jeannie jeff jennifer jenny jeremy jerry jess jesse jessica jessie jill jim jimi
    jimmie jimmy jo joan joe joel johann john johnny jon jonas jonathan joni jordan jose joseph josh joss
    joyce juan judy julia julian julie julio justin kate karen karl kate katherine kathleen kathryn kathy
    katie katy kay keith kelly ken kenny kevin kim kris kurt kyle lana larry laura lauren lee lena lenny
    leo leon leonard lefty leslie lester lewis liam lily linda lionel lisa liza lola lorde loretta lou
    louis louise luca lucinda lucy ludovico luis luke luther lydia lynn lyle mac madeleine marc marcus
    margaret maria mariah marian marianne marie mario mark marlene marsha martha martin martina marty
    marvin mary matt matthew maurice mavis max mel melanie melissa merle michael michel michelle mick
    miguel mike mildred miley miles milton mireille molly mose nana nancy nat natalie neil nelly nelson
    nick nicki nicole nils nina noel nora norah norma olivia oscar otis ozzy pablo pam pat patricia patsy
    patti patty paul paula pearl pedro peggy percy perry pete peter petula phil philip phoebe porter
    quincy rachel ralph randy ray rebecca reba regina rex ricardo richard rick ricky rihanna rita rob
    robbie robert roberta roberto robin rod roger roland ron ronnie rosanne rosemary roy rudi rufus
    russell ruth ryan sade sally sam sammy samuel sandra sandy sarah sara scott sean selena sergei sergio
    serge shania shannon sharon shawn sheila shelby shirley sia simon sinead skeeter smokey solomon sonia
    sonny sophie stan stanley stefan stella stephen steve steven stevie sting stuart sue susan suzanne
    suzy sylvia tammy tanya taylor ted teddy teresa terry thelonious thomas tim tina toby tom tommy toni
    tony tori townes tracy travis trisha troy tyler ute van vera vic vicki victor victoria vikki vince
    vincent virginia wanda warren waylon wayne wendy whitney wilbert will willie wilson wolfgang woody
    wynn xavier yann yiruma yves zara zoe"""

CLASSES_OF: dict[str, tuple[str, ...]] = {}
"""The classes of a word, folded; words of no class are not in it."""
for _name, _words in _CLASSES.items():
    for _word in dict.fromkeys(_words.split()):
        CLASSES_OF[_word] = (*CLASSES_OF.get(_word, ()), _name)
for _word in dict.fromkeys(_NAMES.split()):
    CLASSES_OF[_word] = (*CLASSES_OF.get(_word, ()), "name")
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""Words of which songs' names are full and performers' names are not."""

NOISE = frozenset(_CLASSES) & {
    *("video", "official", "quality", "medium", "live", "cover", "remix", "instrument", "teach", "arranged"),
    *("lyrics", "opening", "show", "web"),
}
"""Classes of words that tell about the video rather than name what is played."""

EXTENSIONS = ("wmv", "mp4", "mpg", "mpeg", "avi", "mov", "flv", "mp3", "mkv", "m4v", "wav", "vob")
"""Endings of file names, which uploaders forget in titles."""

GLUED = (
    "钢琴(?!曲|家)", "鋼琴(?!曲|家)", "ピアノソロ", "ピアノカバー", "ピアノ", "피아노", "弾いてみた",
    "弾き方", "弾いた", "연주", "커버", "악보", "歌詞", "歌词", "楽譜", "樂譜", "乐谱", "琴谱", "琴譜",
    "简谱", "簡譜", "教程", "教學", "教学", "翻奏", "翻唱", "改編", "改编", "演奏", "主題曲", "主题曲",
    "主題歌", "片尾曲", "片頭曲", "插曲", "挿入歌", "オープニング", "エンディング", "アニメ", "耳コピ",
    "튜토리얼", "연주곡", "カバー", "アレンジ", "編曲", "편곡", "初級", "上級", "中級", "簡単",
    "で(?=弾)", "版", "쉬운", "初心者",
)  # fmt: skip
"""Words (as patterns) of scripts without spaces that end where they end, whatever follows."""

LESSON = re.compile(
    r"tutorial|lesson|how to play|tuto\b|aula|unterricht|教学|教學|レッスン|강좌", re.IGNORECASE
)
"""Whether a title promises to teach: those who do name the song first more often than those who play."""

PIANO = re.compile(
    r"pian|klavier|keyboard|synthesia|sheet ?music|钢琴|鋼琴|ピアノ|피아노|фортепиано|пианино|เปียโน",
    re.IGNORECASE,
)
"""What says that a title names a cover for piano."""


def classes_of(word: str, folded: str) -> tuple[str, ...]:
    """Classes of a word of any kind, as written and folded; ("plain",) if it has none."""
    found = CLASSES_OF.get(folded, ())
    if folded in FUNCTION_WORDS:
        found = (*found, "function")
    if folded.isdecimal():
        year = len(folded) == 4 and folded[:2] in ("19", "20")
        found = (*found, "year" if year else "number")
    elif any(c.isdigit() for c in folded):
        found = (*found, "digits")
    if folded.startswith(("http", "www.", ".")) or re.search(r"\.(com|net|org|co)$", folded):
        found = (*found, "url")
    if word[0] in "#@":
        found = (*found, "tag")
    return found or ("plain",)


def shape_of(word: str) -> str:
    """How a word is written: "initial", "CAPS", "Cap", "lower", "other", or "uncased" as in many scripts."""
    if word.upper() == word.lower():
        return "uncased"
    if word.isupper():
        return "initial" if len(word) <= 2 else "CAPS"
    return "lower" if word.islower() else "Cap" if word[0].isupper() else "other"
