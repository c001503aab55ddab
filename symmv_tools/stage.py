"""Stage: one kind of work on songs, as a value. No base class, no registry, no decorator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from symmv_tools.settings import NoSettings
from symmv_tools.song import Song

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


# --- what comes out -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Done:
    """The song's values, one for each column that the stage `makes`."""

    values: Mapping[str, Any]


@dataclass(frozen=True)
class Rejected:
    """The song does not belong into the data set; not tried again until its fingerprint changes."""

    code: str
    message: str


@dataclass(frozen=True)
class Failed:
    """An accident with this one song. `retryable` says whether trying again could help."""

    code: str
    message: str
    retryable: bool = False
    traceback: str = ""


Outcome = Done | Rejected | Failed


# --- what goes in -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One song with the columns its stage needs; groups are dicts of numpy arrays (see `row.value_at`)."""

    song: Song
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """What a stage may use of the machine.

    `device` is "cpu" or "cuda:0"; `threads` is how many a library may start; `weights` maps the
    name of each checkpoint the stage declares to a verified local path; `decoder`, "cpu" or "cuda", is who
    decodes videos.
    """

    device: str = "cpu"
    threads: int = 1
    weights: Mapping[str, str] = field(default_factory=dict)
    decoder: str = "cpu"


@dataclass(frozen=True)
class StreamInfo:
    """What is known of a video before its first frame. `duration` (seconds) and `fps` may be None."""

    width: int
    height: int
    fps: float | None
    duration: float | None
    time_base: Fraction


@dataclass(frozen=True)
class Frame:
    """One decoded picture: `time` in seconds from the start of the video, RGB uint8 (height, width, 3)."""

    time: float
    pixels: NDArray[np.uint8]


class Reader(Protocol):
    """Follows one video through the shared decoder.

    Attributes may say what it wants to be fed; who says nothing gets every picture at full size.
    `max_height`: pixels in height, at most; 0 where only the times matter. `every_seconds`: not every
    picture, but those in view at 0, `every_seconds`, … and the last (`video.in_view.at_even_times`).
    `is_sampled`: True takes single pixels where the picture is scaled down, which is quick and does
    for histograms and differences; otherwise pixels are averaged, as text and shapes need it.
    """

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take the next frames, in order of time."""

    def finish(self) -> Outcome:
        """Say what was found, once every frame has been fed."""


# --- the stage ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resources:
    """How a stage wants to be run.

    `lane` is "cpu" (shared worker processes), "gpu" (the one process of a GPU; falls back to cpu)
    or a name of its own, which gets processes of its own. A name like "web:shazam" is for what waits for
    the network: one process, beside the CPU's. A shard of `shard` songs at most goes to
    one worker at a time, and a song that takes longer than `timeout_seconds` is given up.
    """

    lane: str = "cpu"
    shard: int = 16
    timeout_seconds: float = 1800.0


def _no_checkpoints(settings: Any) -> tuple[str, ...]:
    return ()


def _always(settings: Any) -> bool:
    return True


def _usual_lane(settings: Any) -> str | None:
    return None


def _nothing_to_check(settings: Any) -> None:
    return None


def _settings_alone(item: Item, settings: Any, context: Context) -> Any:
    return settings


@dataclass(frozen=True)
class Stage:
    """One kind of work.

    `media` (of "audio", "video", "midi"), `facts` (text fields of `Song` such as "title") and `needs`
    (columns) go in, `makes` (columns and their Arrow types) comes out; the order of stages follows
    from these. A song that lacks a medium or a fact is absent for the stage. Of `run` and `reader` a stage
    has exactly one; `reader` follows the shared decoding of the song's video. A reader that wants more
    than frames (columns, weights, a device) is given what `equip(item, settings, context)` returns in
    place of its settings. A song's own trouble is an Outcome, never an exception. `imports` are packages
    probed before song 1, `extra` the pip extra that brings them; `checkpoints(settings)` names the
    weights these settings need; `enabled(settings)` is False where the settings leave the column to its
    next maker, or unmade; `lane(settings)` names a lane where they ask for another
    than that of `resources`; `check(settings)` raises HouseFault for anything else the machine lacks.
    """

    name: str
    version: str
    makes: Mapping[str, pa.DataType]
    needs: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    settings: type[Any] = NoSettings
    run: Callable[[Sequence[Item], Any, Context], Iterator[Outcome]] | None = None
    reader: Callable[[StreamInfo, Any], Reader] | None = None
    equip: Callable[[Item, Any, Context], Any] = _settings_alone
    resources: Resources = Resources()
    lane: Callable[[Any], str | None] = _usual_lane
    imports: tuple[str, ...] = ()
    extra: str = "annotate"
    checkpoints: Callable[[Any], tuple[str, ...]] = _no_checkpoints
    enabled: Callable[[Any], bool] = _always
    check: Callable[[Any], None] = _nothing_to_check
    about: str = ""

    def __post_init__(self) -> None:
        assert (self.run is None) != (self.reader is None), f"{self.name}: give it either run or reader"
