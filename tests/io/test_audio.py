"""io/audio.py: the samples, their clock, and a sentence for every bad file."""

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from symmv_tools.errors import BadMedium
from symmv_tools.io import audio

RATE = 48000
ENCODERS = {
    "wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "opus": "libopus", "ogg": "libopus"
}  # fmt: skip


def ticks(seconds: float = 3.0) -> NDArray[np.float32]:
    """Silence, and a short tone at 1 s."""
    sound = np.zeros(round(seconds * RATE), np.float32)
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(2400) / RATE) * np.hanning(2400)).astype(np.float32)
    sound[RATE : RATE + len(tone)] = tone
    return sound


def lag_seconds(heard: NDArray[np.float32]) -> float:
    """How much later than at 1 s the tone of `ticks` is heard (at RATE)."""
    tone = ticks()[RATE : RATE + 2400]
    return float(np.argmax(np.correlate(heard, tone, "valid")) / RATE - 1.0)


def write(
    path: Path, sound: NDArray[np.float32], *, audio_start: float = 0.0, video_start: float | None = None
) -> Path:
    """Encode `sound` (mono, RATE), with pictures from `video_start` on unless that is None."""
    codec = ENCODERS.get(path.suffix[1:], "libopus" if path.suffix == ".webm" else "aac")
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=RATE, layout="mono")
        context = stream.codec_context
        to_codec = av.AudioResampler(
            format=context.format, layout="mono", rate=RATE, frame_size=context.frame_size or 4096
        )
        frame = av.AudioFrame.from_ndarray(sound[None], format="flt", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), round(audio_start * RATE)
        pictures = [] if video_start is None else encoded_pictures(out, path, video_start, len(sound) / RATE)
        packets = [
            p for f in [*to_codec.resample(frame), *to_codec.resample(None), None] for p in stream.encode(f)
        ]
        for packet in sorted([*packets, *pictures], key=lambda p: float((p.dts or 0) * p.time_base)):
            out.mux(packet)
    return path


def encoded_pictures(out: Any, path: Path, start: float, seconds: float) -> list[Any]:
    stream = out.add_stream("libvpx" if path.suffix == ".webm" else "mpeg4", rate=25)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    packets: list[Any] = []
    for n in range(round(seconds * 25)):
        picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), n % 255, np.uint8))
        picture.pts, picture.time_base = round(start * 25) + n, Fraction(1, 25)
        packets += stream.encode(picture)
    return [*packets, *stream.encode(None)]


def write_wav(path: Path, samples: NDArray[np.floating], rate: int = RATE) -> Path:
    """Write 32-bit float samples (n, channels) as they are, NaN and all."""
    data = samples.astype("<f4").tobytes()
    channels = samples.shape[1]
    form = b"fmt " + np.array([16], "<u4").tobytes() + np.array([3, channels], "<u2").tobytes()
    form += (
        np.array([rate, rate * channels * 4], "<u4").tobytes() + np.array([channels * 4, 32], "<u2").tobytes()
    )
    body = b"WAVE" + form + b"data" + np.array([len(data)], "<u4").tobytes() + data
    path.write_bytes(b"RIFF" + np.array([len(body)], "<u4").tobytes() + body)
    return path


# --- samples and clock ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_tick_is_heard_when_it_was_played_whatever_the_codec(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / f"song.{kind}", ticks())
    heard = audio.read(path, RATE)
    assert heard.dtype == np.float32
    assert heard.ndim == 1
    assert lag_seconds(heard) == pytest.approx(0.0, abs=0.0005)
    assert len(heard) / RATE == pytest.approx(3.0, abs=0.03)  # AAC and Opus end on a whole frame


@pytest.mark.parametrize("kind", ["mp4", "webm"])
@pytest.mark.parametrize(("audio_start", "video_start"), [(0.0, 0.0), (0.6, 0.0), (0.0, 0.6)])
def test_time_0_is_the_first_picture_of_a_video(
    tmp_path: Path, kind: str, audio_start: float, video_start: float
) -> None:
    sound = ticks()
    path = write(tmp_path / f"clip.{kind}", sound, audio_start=audio_start, video_start=video_start)
    assert lag_seconds(audio.read(path, RATE)) == pytest.approx(audio_start - video_start, abs=0.002)


def test_lossless_samples_come_back_as_they_were(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (5000, 2)).astype(np.float32)
    path = write_wav(tmp_path / "noise.wav", samples)
    np.testing.assert_array_equal(audio.read(path, RATE, channels=2), samples)
    np.testing.assert_allclose(audio.read(path, RATE), samples.mean(axis=1), atol=1e-7)


@settings(deadline=None, max_examples=15)
@given(st.integers(20, 5000), st.sampled_from([8000, 16000, 22050, 44100, 48000, 96000]), st.integers(1, 6))
def test_the_length_follows_the_rate_and_samples_stay_within_one(
    tmp_path_factory: pytest.TempPathFactory, n: int, rate: int, channels: int
) -> None:
    samples = np.random.default_rng(n).normal(0, 2, (n, channels))
    path = write_wav(tmp_path_factory.mktemp("wav") / "loud.wav", samples)
    for wanted in (1, 2):
        heard = audio.read(path, rate, channels=wanted)
        assert len(heard) == pytest.approx(n * rate / RATE, abs=1)
        assert np.abs(heard).max() <= 1.0
    np.testing.assert_array_equal(heard.shape[1:], (2,))


def test_resampling_keeps_a_tone_and_lets_no_alias_through(tmp_path: Path) -> None:
    time = np.arange(2 * RATE) / RATE
    path = write_wav(tmp_path / "tones.wav", np.sin(2 * np.pi * 1000 * time)[:, None] / 2)
    heard = audio.read(path, 16000)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(32000) / 16000) / 2
    np.testing.assert_allclose(heard[1000:-1000], wanted[1000:-1000], atol=1e-4)
    path = write_wav(tmp_path / "high.wav", np.sin(2 * np.pi * 9000 * time)[:, None] / 2)
    assert np.abs(audio.read(path, 16000)[1000:-1000]).max() < 1e-4


def test_a_nan_in_a_float_file_is_silence_for_one_sample(tmp_path: Path) -> None:
    samples = np.full((RATE, 1), 0.25)
    samples[1000] = np.nan
    heard = audio.read(write_wav(tmp_path / "nan.wav", samples), 16000)
    assert np.isfinite(heard).all()
    np.testing.assert_allclose(heard[2000:-2000], 0.25, atol=1e-3)


def test_probe_says_what_read_will_find(tmp_path: Path) -> None:
    info = audio.probe(write(tmp_path / "song.flac", ticks()))
    assert info == audio.AudioInfo(RATE, 1, 3.0, "flac")
    clip = tmp_path / "mute.mp4"
    with av.open(str(clip), "w") as out:
        for packet in encoded_pictures(out, clip, 0.0, 1.0):
            out.mux(packet)
    assert audio.probe(clip) is None


@pytest.mark.parametrize("name", ["a:b.wav", "http:x.wav", "%03d.wav", "-i.wav", "\N{MUSICAL NOTE}\n.wav"])
def test_a_file_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    path = write_wav(tmp_path / name, np.zeros((100, 1)))
    assert len(audio.read(path, RATE)) == 100


# --- bad files ------------------------------------------------------------------------------------


def code_of(path: Path) -> str:
    with pytest.raises(BadMedium) as caught:
        audio.read(path, 16000)
    assert "\n" not in caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY"),
        (b"not music at all\n" * 40, "UNREADABLE"),
        ("grüße, schöne Töne\n".encode() * 40, "UNREADABLE"),
        (bytes(5000), "UNREADABLE"),
        (np.random.default_rng(1).bytes(50000), "UNREADABLE"),
        (b"#EXTM3U\nhttp://127.0.0.1:9/song.ts\n", "UNREADABLE"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "UNREADABLE"),
    ],
    ids=["nothing", "text", "more text", "zeros", "noise", "play list", "concat list"],
)
def test_what_is_no_audio_is_said_to_be_none(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(content)
    assert code_of(path) == code
    with pytest.raises(BadMedium):
        audio.probe(path)


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "m4a", "webm"])
def test_half_a_file_is_truncated(tmp_path: Path, kind: str) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * RATE).astype(np.float32)
    path = write(tmp_path / f"song.{kind}", noise, video_start=0.0 if kind == "webm" else None)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert code_of(path) == "TRUNCATED"


def test_a_cut_file_says_how_much_of_it_was_readable(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "cut.wav", np.zeros((10 * RATE, 1)))
    path.write_bytes(path.read_bytes()[: 4 * RATE * 4])
    with pytest.raises(BadMedium, match=r"promises 10\.0 s of audio, but only 4\.0 s"):
        audio.read(path, RATE)


def test_a_wav_that_was_piped_knows_no_length_and_is_whole(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "piped.wav", np.zeros((RATE, 1)))
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert len(audio.read(path, RATE)) == RATE


def test_missing_and_forbidden_files_are_unreadable(tmp_path: Path) -> None:
    assert code_of(tmp_path / "gone.wav") == "UNREADABLE"
    path = write_wav(tmp_path / "secret.wav", np.zeros((10, 1)))
    path.chmod(0)
    if not os.access(path, os.R_OK):  # root may read everything
        assert code_of(path) == "UNREADABLE"


def test_a_video_without_sound_has_no_audio_stream(tmp_path: Path) -> None:
    clip = tmp_path / "mute.mp4"
    with av.open(str(clip), "w") as out:
        for packet in encoded_pictures(out, clip, 0.0, 1.0):
            out.mux(packet)
    assert code_of(clip) == "NO_AUDIO_STREAM"


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["wav", "mp3", "flac", "m4a", "ogg"]), st.randoms(use_true_random=False))
def test_damage_anywhere_ends_in_samples_or_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, whole_files: dict[str, bytes], kind: str, random: Random
) -> None:
    content = bytearray(whole_files[kind])
    for _ in range(random.randrange(1, 50)):
        content[random.randrange(len(content))] = random.randrange(256)
    path = tmp_path_factory.mktemp("damaged") / f"song.{kind}"
    path.write_bytes(content[: random.randrange(1, len(content) + 1)])
    with contextlib.suppress(BadMedium):
        assert np.abs(audio.read(path, 16000)).max() <= 1.0


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    return {kind: write(folder / f"a.{kind}", ticks()).read_bytes() for kind in ENCODERS}
