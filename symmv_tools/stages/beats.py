"""Stage `beats`: beats and downbeats heard in the audio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symmv_tools import row
from symmv_tools.errors import BadSettings
from symmv_tools.settings import runtime, semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Resources, Stage

CHECKPOINT = "madmom-downbeats-2016"


@dataclass(frozen=True)
class BeatsSettings:
    """How beats are tracked. The defaults are madmom's own but for the fastest tempo.

    madmom's 215 lets it hear ballads at twice their tempo: over 12 rendered POP909 songs its mean F is
    .759. With 120 it is .905, and .919 instead of .838 on 12 others (seen in the same sitting). The
    price: the 6 % of POP909 that is faster is heard at half its tempo, and so is dance music; give that
    its 215 back (docs/reference/benchmarks.md).
    """

    tracker: str = semantic(
        "madmom", "who listens; none leaves the beats to the notes", choices=("madmom", "none")
    )
    beats_per_bar: str = semantic("3,4", "lengths of bar to choose from, in beats, separated by commas")
    min_bpm: float = semantic(55.0, "slowest tempo, beats per minute")
    max_bpm: float = semantic(120.0, "fastest tempo, beats per minute; faster music is heard at half of it")
    implementation: str = runtime(
        "auto",
        "package that runs the networks: both find the same beats, madmom-infer in twice the time",
        choices=("auto", "madmom", "madmom-infer"),
    )


def meters(text: str) -> tuple[int, ...]:
    """Return the bar lengths in "3,4" as numbers; raises BadSettings unless each is 1 to 16."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= 16 for part in parts):
        raise BadSettings(
            f"beats.beats_per_bar is {text!r}; it must be whole numbers from 1 to 16, separated by commas",
            'write for example --set beats.beats_per_bar="3,4"',
        )
    return tuple(sorted({int(part) for part in parts}))


def _check(settings: BeatsSettings) -> None:
    from symmv_tools.models import downbeats

    meters(settings.beats_per_bar)
    if not 20 <= settings.min_bpm < settings.max_bpm <= 600:
        raise BadSettings(
            f"beats.min_bpm {settings.min_bpm:g} and beats.max_bpm {settings.max_bpm:g} leave no tempo",
            "set 20 <= min_bpm < max_bpm <= 600",
        )
    downbeats.choose(settings.implementation)


def run(items: Sequence[Item], settings: BeatsSettings, context: Context) -> Iterator[Outcome]:
    """Yield the beats of each song's audio; silence has none, which is done and not failed."""
    from symmv_tools.io import audio
    from symmv_tools.models import downbeats

    for item in items:
        assert item.song.audio is not None
        found = downbeats.track(
            audio.read(item.song.audio, downbeats.SAMPLE_RATE),
            context.weights[CHECKPOINT],
            beats_per_bar=meters(settings.beats_per_bar),
            min_bpm=settings.min_bpm,
            max_bpm=settings.max_bpm,
            implementation=settings.implementation,
        )
        beat = {"time": found.time, "value": found.position, "confidence": found.confidence}
        yield Done({"beat": beat})


def _checkpoints(settings: BeatsSettings) -> tuple[str, ...]:
    return (CHECKPOINT,)


def _enabled(settings: BeatsSettings) -> bool:
    return settings.tracker != "none"


STAGE = Stage(
    name="beats",
    version="1.0.0",
    makes={"beat": row.BEAT},
    needs=("audio_quality",),
    media=("audio",),
    settings=BeatsSettings,
    run=run,
    # madmom patches the process it runs in, so it gets one where nothing else runs
    resources=Resources(lane="madmom", shard=4, timeout_seconds=3600.0),
    imports=("av", "soxr"),
    checkpoints=_checkpoints,
    enabled=_enabled,
    check=_check,
    about="Beats and downbeats of the audio, by madmom's networks and hidden Markov model.",
)
