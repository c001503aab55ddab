"""Notes, pedal and MIDI from audio, by one of three published networks."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from symmv_tools import row
from symmv_tools.errors import BadSettings, house_fault
from symmv_tools.music.notes import Notes, make_notes
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage


class _Engine(NamedTuple):
    checkpoint: str
    packages: tuple[str, ...]
    hears_pedal: bool


_ENGINES = {
    "transkun": _Engine("transkun-2.0", ("torch", "transkun"), True),
    "bytedance": _Engine("bytedance-piano", ("torch", "piano_transcription_inference"), True),
    "basic-pitch": _Engine("basic-pitch-icassp-2022", ("onnxruntime", "basic_pitch", "resampy"), False),
}

# Below -80 dBFS there is no music. The networks level out loudness, and would hear notes in dither.
_SILENCE = 1e-4


@dataclass(frozen=True)
class TranscribeSettings:
    """Which network listens, and how."""

    engine: str = semantic("transkun", "network that writes the notes", choices=tuple(_ENGINES))
    segment_seconds: float = semantic(16.0, "transkun: seconds that the network hears at once")
    # The package steps by 8 s and so hears everything twice. 14 s costs half and scores the same; less
    # overlap (16 s) or shorter segments lose notes (docs/reference/benchmarks.md).
    hop_seconds: float = semantic(14.0, "transkun: seconds from one segment to the next")
    checkpoint: str | None = runtime(
        None, "path of other weights for the engine; their content, not their place, decides about re-runs"
    )
    device: str = runtime("auto", '"auto" for the device the run was given, else "cpu", "cuda:0", …')
    batch: int = runtime(4, "bytedance, basic-pitch: segments computed at once; more memory, less time")

    def __post_init__(self) -> None:
        if not 0 < self.hop_seconds <= self.segment_seconds:
            raise BadSettings(
                f"transcribe.hop_seconds is {self.hop_seconds:g}, and transcribe.segment_seconds "
                f"{self.segment_seconds:g}: the music between two segments would not be heard",
                "let 0 < hop_seconds <= segment_seconds, e.g. 14 and 16",
            )
        if self.batch < 1:
            raise BadSettings(f"transcribe.batch is {self.batch}; it must be 1 or more", "4 is the default")


class Sound(NamedTuple):
    """Decoded music: `samples` is (n,) or (n, channels)."""

    samples: NDArray[np.float32]
    sample_rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.sample_rate


Pedal = dict[str, NDArray[Any]] | None
Transcriber = Callable[[NDArray[np.float32]], tuple[Notes, Pedal]]


def run(items: Sequence[Item], settings: TranscribeSettings, context: Context) -> Iterator[Outcome]:
    """Yield the outcome of each song; the next one is decoded while the network hears the present one.

    Raises BadMedium when it is the turn of a song whose audio cannot be decoded.
    """
    transcribe, sample_rate, channels = _load(settings, context)
    with ThreadPoolExecutor(1, "decode") as ahead:
        for sound in _decoded(ahead, items, sample_rate, channels):
            yield Done(_values(sound.result(), transcribe, settings))


def _decoded(
    ahead: ThreadPoolExecutor, items: Sequence[Item], sample_rate: int, channels: int
) -> Iterator[Future[Sound]]:
    """Yield each song's sound to come; while it is in use, one more is being decoded, and never two."""
    from symmv_tools.io import audio

    def decode(item: Item) -> Sound:
        assert item.song.audio is not None, "the pipeline gives only songs that have the media of a stage"
        return Sound(audio.read(item.song.audio, sample_rate, channels=channels), sample_rate)

    coming = ahead.submit(decode, items[0]) if items else None
    for item in [*items[1:], None]:
        present = coming
        if present is None:
            return
        present.exception()  # waits, so that two songs at most are in memory
        coming = ahead.submit(decode, item) if item is not None else None
        yield present


def _values(sound: Sound, transcribe: Transcriber, settings: TranscribeSettings) -> dict[str, Any]:
    from symmv_tools.io import midi

    notes, pedal = _silence(settings) if is_silent(sound.samples) else transcribe(sound.samples)
    return {
        "notes": notes.as_group(),
        "pedal": pedal,
        "midi": midi.write(notes, pedal),
        "duration": sound.seconds,
    }


def is_silent(samples: NDArray[np.float32]) -> bool:
    """Whether no sample exceeds -80 dB of full scale; true of no samples."""
    return not len(samples) or float(max(samples.max(), -samples.min())) < _SILENCE


def _silence(settings: TranscribeSettings) -> tuple[Notes, Pedal]:
    nothing: Pedal = {"time": np.empty(0), "duration": np.empty(0), "value": np.empty(0, np.uint8)}
    return make_notes([], [], [], []), nothing if _ENGINES[settings.engine].hears_pedal else None


# --- the engines ----------------------------------------------------------------------------------


def _load(settings: TranscribeSettings, context: Context) -> tuple[Transcriber, int, int]:
    """Return the function that transcribes, and the sample rate and channels that it wants."""
    weights = context.weights[checkpoints(settings)[0]]
    device = context.device if settings.device == "auto" else settings.device
    if settings.engine == "basic-pitch":
        return _basic_pitch(weights, device, settings, context)
    import torch

    torch.set_num_threads(context.threads)
    return (_transkun if settings.engine == "transkun" else _bytedance)(weights, device, settings)


def _transkun(weights: str, device: str, settings: TranscribeSettings) -> tuple[Transcriber, int, int]:
    from symmv_tools.models import transkun

    transcribe = partial(
        transkun.transcribe,
        model=transkun.load(weights, device),
        segment_seconds=settings.segment_seconds,
        hop_seconds=settings.hop_seconds,
    )
    return transcribe, transkun.SAMPLE_RATE, transkun.CHANNELS


def _bytedance(weights: str, device: str, settings: TranscribeSettings) -> tuple[Transcriber, int, int]:
    from symmv_tools.models import bytedance

    transcribe = partial(bytedance.transcribe, model=bytedance.load(weights, device), batch=settings.batch)
    return transcribe, bytedance.SAMPLE_RATE, bytedance.CHANNELS


def _basic_pitch(
    weights: str, device: str, settings: TranscribeSettings, context: Context
) -> tuple[Transcriber, int, int]:
    from symmv_tools.models import basic_pitch

    model = basic_pitch.load(weights, device, context.threads)

    def transcribe(samples: NDArray[np.float32]) -> tuple[Notes, Pedal]:
        return basic_pitch.transcribe(samples, model, batch=settings.batch), None  # null = not asked

    return transcribe, basic_pitch.SAMPLE_RATE, basic_pitch.CHANNELS


def checkpoints(settings: TranscribeSettings) -> tuple[str, ...]:
    """Return the one checkpoint of the engine: its short name, or the path in the settings."""
    return (settings.checkpoint or _ENGINES[settings.engine].checkpoint,)


def check(settings: TranscribeSettings) -> None:
    """Raise MissingPackage if a package of the engine is not installed."""
    for package in _ENGINES[settings.engine].packages:
        if importlib.util.find_spec(package) is None:
            fault = house_fault(ModuleNotFoundError(name=package))
            assert fault is not None
            raise fault


STAGE = Stage(
    name="transcribe",
    version="1.0.0",
    needs=("audio_quality",),
    media=("audio",),
    makes={"notes": row.NOTES, "pedal": row.PEDAL, "midi": pa.binary(), "duration": pa.float64()},
    settings=TranscribeSettings,
    run=run,
    resources=Resources(lane="gpu", shard=4, timeout_seconds=3600.0),
    imports=("av", "symusic"),
    checkpoints=checkpoints,
    check=check,
    about="Notes and pedal written down from a recording of piano music.",
)
