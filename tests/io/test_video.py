import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from av.codec.hwaccel import HWAccel

from symmv_tools.errors import BadMedium
from symmv_tools.io import nvdec, video
from symmv_tools.io.video import Want, open_video, probe
from symmv_tools.stage import Frame, StreamInfo
from tests.films import film, scene, write_film, write_tone


def frames_of(path: Path, max_height: int | None = None) -> list[Frame]:
    with open_video(path) as opened:
        return [frame for batch in opened.frames(max_height) for frame in batch]


def probe_of(path: Path) -> StreamInfo:
    info = probe(path)
    assert info is not None
    return info


def times_of(path: Path) -> list[float]:
    return [frame.time for frame in frames_of(path, 0)]


def test_every_frame_comes_once_in_order_and_looks_as_written(tmp_path: Path) -> None:
    pictures = film(20, 25)
    frames = frames_of(write_film(tmp_path / "a.mp4", pictures))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(45) / 25, atol=1e-6)
    seen = np.stack([frame.pixels for frame in frames]).astype(float)
    assert seen.shape == pictures.shape
    assert np.abs(seen - pictures).mean() < 12  # 4:2:0 chroma loses the edges between tiles


def test_batches_are_never_longer_than_asked_for(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 45))
    with open_video(path) as opened:
        assert [len(batch) for batch in opened.frames()] == [32, 13]
    with open_video(path) as opened:
        assert [len(batch) for batch in opened.frames(batch=20)] == [20, 20, 5]


def test_large_pictures_come_in_shorter_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "BATCH_BYTES", 10 * 3 * 36 * 64)
    with open_video(write_film(tmp_path / "a.mp4", scene(0, 15))) as opened:
        assert [len(batch) for batch in opened.frames()] == [10, 5]


def test_frames_are_scaled_down_to_the_height_asked_for_and_never_up(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 3))
    assert frames_of(path, 18)[0].pixels.shape == (18, 32, 3)
    assert frames_of(path, 500)[0].pixels.shape == (36, 64, 3)
    assert frames_of(path, 0)[0].pixels.shape == (0, 0, 3)


def test_what_one_want_gets_does_not_depend_on_the_others(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 5))
    with open_video(path) as opened:
        wants = {Want(18), Want(), Want(9), Want(18, is_sampled=True), Want(18, every=0.1)}
        together = [frame for found in opened.wanted_frames(wants) for frame in found[Want(18)]]
    for alone, shared in zip(frames_of(path, 18), together, strict=True):
        np.testing.assert_array_equal(alone.pixels, shared.pixels)


def test_pixels_are_read_only_because_readers_share_them(tmp_path: Path) -> None:
    frame = frames_of(write_film(tmp_path / "a.mp4", scene(0, 2)))[0]
    with pytest.raises(ValueError, match="read-only"):
        frame.pixels[0] = 0


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """FFmpeg finds no GPU, whether there is one or not."""

    def fail(codec: av.Codec) -> HWAccel:
        raise av.error.PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(nvdec, "_wish", lambda: SimpleNamespace(create=fail))
    nvdec._cuda.cache_clear()
    yield
    nvdec._cuda.cache_clear()


def test_without_a_gpu_the_cpu_decodes_and_says_so_once(
    tmp_path: Path, no_gpu: None, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 20), rotation=90.0)
    for _ in range(2):
        with open_video(path, "cuda") as opened:
            there = [frame for batch in opened.frames() for frame in batch]
        for a, b in zip(there, frames_of(path), strict=True):
            assert a.time == b.time
            np.testing.assert_array_equal(a.pixels, b.pixels)
    (note,) = caplog.messages
    assert note == "videos are decoded on the CPU: FFmpeg cannot open an NVIDIA GPU (Operation not permitted)"


def test_pictures_as_a_gpu_hands_them_back_look_the_same(tmp_path: Path) -> None:
    """NVDEC gives NV12, whose two colours share a plane; nothing but the order of bytes may differ."""
    path = write_film(tmp_path / "a.mp4", scene(0, 3, 72, 128))
    with av.open(str(path)) as container:
        (*_, picture) = container.decode(video=0)
    for is_sampled in (True, False):
        scale = video._Scaler(probe_of(path), 36, is_sampled, 0)
        np.testing.assert_array_equal(scale(picture), scale(picture.reformat(format="nv12")))


def test_a_decoder_that_nobody_has_is_refused(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 1))
    with pytest.raises(ValueError, match="cpu, cuda; got 'abacus'"), open_video(path, "abacus"):
        pass


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_variable_frame_rate_is_told_as_it_is(tmp_path: Path, name: str) -> None:
    pts = [0, 33, 100, 110, 400, 1000, 1040, 1500]
    path = write_film(tmp_path / name, scene(0, 8), pts=pts, codec="mpeg4")
    np.testing.assert_allclose(times_of(path), np.array(pts) / 1000, atol=2e-3)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_time_0_is_the_first_picture_wherever_the_container_starts(tmp_path: Path, name: str) -> None:
    path = write_film(tmp_path / name, scene(0, 8), pts=[5000 + 40 * i for i in range(8)])
    np.testing.assert_allclose(times_of(path), np.arange(8) / 25, atol=2e-3)


def test_frames_without_time_stamps_are_a_frame_apart(tmp_path: Path) -> None:
    """A bare H.264 stream carries no times at all."""
    path = write_film(tmp_path / "a.h264", scene(0, 10))
    times = times_of(path)
    assert len(times) == 10
    assert np.allclose(np.diff(times), np.diff(times)[0])
    assert times[0] >= 0.0


def test_the_info_says_what_the_file_declares(tmp_path: Path) -> None:
    info = probe(write_film(tmp_path / "a.mp4", scene(0, 50)))
    assert info is not None
    assert (info.width, info.height, info.fps) == (64, 36, 25.0)
    assert info.duration == pytest.approx(2.0, abs=0.05)


def test_anamorphic_pixels_are_shown_square(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 3), shape=Fraction(3, 2))
    info = probe(path)
    assert info is not None
    assert (info.width, info.height) == (96, 36)
    assert frames_of(path)[0].pixels.shape == (36, 96, 3)


@pytest.mark.parametrize(("degrees", "corner"), [(90.0, (-1, 0)), (-90.0, (0, -1)), (180.0, (-1, -1))])
def test_a_rotated_video_is_shown_upright(tmp_path: Path, degrees: float, corner: tuple[int, int]) -> None:
    """The stored picture has a white top left corner; a turn counter-clockwise moves it bottom left."""
    pictures = np.zeros((3, 36, 64, 3), np.uint8)
    pictures[:, :12, :12] = 255
    path = write_film(tmp_path / "a.mp4", pictures, rotation=degrees)
    info = probe(path)
    assert info is not None
    assert (info.width, info.height) == ((64, 36) if degrees == 180.0 else (36, 64))
    for height in (None, 18):
        pixels = frames_of(path, height)[0].pixels
        assert pixels[corner].mean() > 200
        assert pixels.mean() < 60


def test_a_film_of_one_frame_is_a_film(tmp_path: Path) -> None:
    assert times_of(write_film(tmp_path / "a.mp4", scene(0, 1))) == [0.0]


def test_a_broken_tail_is_reported_and_the_good_part_used(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", film(100, 100), options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with open_video(path) as opened:
        times = [frame.time for batch in opened.frames(0) for frame in batch]
        assert 40 < len(times) < 180
        assert opened.broken_at == pytest.approx(times[-1] + 1 / 25)
        assert opened.broken_why


def test_a_whole_film_is_not_called_broken_though_its_audio_is_longer(tmp_path: Path) -> None:
    for name, codec in (("a.mp4", "libx264"), ("a.mkv", "libx264")):
        path = write_film(tmp_path / name, scene(0, 25), codec=codec, seconds_of_audio=5.0)
        with open_video(path) as opened:
            assert sum(len(batch) for batch in opened.frames(0)) == 25
            assert opened.broken_at is None


def test_damage_in_the_middle_is_skipped(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.ts", scene(0, 200))
    content = bytearray(path.read_bytes())
    middle = slice(len(content) // 2, len(content) // 2 + 2000)
    content[middle] = os.urandom(2000)
    path.write_bytes(content)
    times = times_of(path)
    assert len(times) > 100
    assert (np.diff(times) > 0).all()


def broken_file(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.mp4"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("<html>not found</html>\n" * 50)
    elif kind == "noise":
        path.write_bytes(bytes(range(256)) * 50)
    elif kind == "truncated":
        write_film(path, scene(0, 20))
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif kind == "index only":
        write_film(path, scene(0, 20), options={"movflags": "faststart"})
        path.write_bytes(path.read_bytes().partition(b"mdat")[0] + b"mdat")
    elif kind == "playlist":
        path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://example.invalid/x.ts\n")
    elif kind == "audio":
        write_tone(path)
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("empty", "EMPTY"),
        ("text", "NOT_VIDEO"),
        ("noise", "NOT_VIDEO"),
        ("playlist", "NOT_VIDEO"),
        ("truncated", "TRUNCATED"),
        ("index only", "TRUNCATED"),
        ("audio", "NO_VIDEO_STREAM"),
        ("absent", "UNREADABLE"),
        ("folder", "UNREADABLE"),
    ],
)
def test_a_file_that_is_no_video_is_refused_with_a_sentence(tmp_path: Path, kind: str, code: str) -> None:
    path = broken_file(tmp_path, kind)
    with pytest.raises(BadMedium) as refused, open_video(path):
        pass
    assert refused.value.code == code
    assert path.name in refused.value.message
    assert refused.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_unreadable(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", scene(0, 2))
    path.chmod(0)
    with pytest.raises(BadMedium, match="ermission") as refused, open_video(path):
        pass
    assert (refused.value.code, refused.value.retryable) == ("UNREADABLE", True)


def test_a_probe_of_what_holds_no_video_is_none(tmp_path: Path) -> None:
    assert [probe(broken_file(tmp_path, kind)) for kind in ("audio", "text", "empty")] == [None] * 3
    with pytest.raises(BadMedium, match="index"):
        probe(broken_file(tmp_path, "truncated"))


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "a.mp4", cover=scene(0, 1)[0])
    with pytest.raises(BadMedium, match="cover art"), open_video(path):
        pass


@pytest.mark.parametrize("name", ["a:b.mp4", "ünï 🎵.mp4", "two\nlines.mp4", "50%.mp4", "-y.mp4"])
def test_odd_names_are_only_names(tmp_path: Path, name: str) -> None:
    path = write_film(tmp_path / "plain.mp4", scene(0, 2)).rename(tmp_path / name)
    assert len(times_of(path)) == 2
