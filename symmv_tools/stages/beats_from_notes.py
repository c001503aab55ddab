"""Stage `beats_from_notes`: beats and downbeats where there is no audio to hear them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symmv_tools import row
from symmv_tools.music.accents import beats_by_accents
from symmv_tools.music.beats import BarModel, BeatModel, Beats, beats_from_activations, has_beats, no_beats
from symmv_tools.music.notes import Notes, from_group
from symmv_tools.settings import semantic
from symmv_tools.stage import Context, Done, Item, Outcome, Stage

CHECKPOINT = "symmv-beats"


@dataclass(frozen=True)
class BeatsFromNotesSettings:
    """Who finds the beats, and what the network's path through them may do.

    The numbers were chosen on POP909 661-700, the songs that also chose the network; scores on songs
    that nothing was chosen by are in docs/reference/benchmarks.md (`tests/benchmarks/beats_from_notes.py`).
    """

    tracker: str = semantic(
        "network",
        "a small network trained on POP909, or accents alone, which need no torch",
        choices=("network", "accents"),
    )
    min_bpm: float = semantic(40.0, "network: slowest tempo, beats per minute")
    max_bpm: float = semantic(210.0, "network: fastest tempo, beats per minute")
    tempo_change_cost: float = semantic(30.0, "network: nats that a change of tempo by a factor e costs")
    beat_reward: float = semantic(
        0.5, "network: nats added to every beat; more finds faster beats where half of them would do"
    )
    bar_change_cost: float = semantic(10.0, "network: nats that going over to bars of another length costs")
    bar_slip_cost: float = semantic(6.0, "network: nats that a bar which ends early costs")


def run(songs: Sequence[Item], settings: BeatsFromNotesSettings, context: Context) -> Iterator[Outcome]:
    """Give each song its beats; the lists are empty for a song of one note."""
    track = tracker(settings, context.weights, context.threads)
    for item in songs:
        beats = track(from_group(item.values["notes"]))
        yield Done(
            {"beat": {"time": beats.time, "value": beats.position, "confidence": beats.confidence}},
        )


def tracker(
    settings: BeatsFromNotesSettings, weights: Mapping[str, str], threads: int = 1
) -> Callable[[Notes], Beats]:
    """Return the function that finds the beats of notes; `weights` are those of `Context`."""
    if settings.tracker == "accents":
        return beats_by_accents
    import torch

    from symmv_tools.models import beat_net

    torch.set_num_threads(threads)
    network = beat_net.load(weights[CHECKPOINT])
    of_beats = BeatModel(settings.min_bpm, settings.max_bpm, settings.tempo_change_cost, settings.beat_reward)
    of_bars = BarModel(settings.bar_change_cost, settings.bar_slip_cost)

    def track(notes: Notes) -> Beats:
        if not has_beats(notes):
            return no_beats()
        return beats_from_activations(
            notes, beat_net.hear(notes, network), beat_net.CELLS_PER_SECOND, of_beats, of_bars
        )

    return track


def _checkpoints(settings: BeatsFromNotesSettings) -> tuple[str, ...]:
    return (CHECKPOINT,) if settings.tracker == "network" else ()


STAGE = Stage(
    name="beats_from_notes",
    version="2.0.0",
    needs=("notes", "midi_quality"),
    makes={"beat": row.BEAT},
    settings=BeatsFromNotesSettings,
    run=run,
    checkpoints=_checkpoints,
    about="Beats and downbeats from the notes, for songs without audio.",
)
