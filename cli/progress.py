"""Progress on a terminal: how much is done, how fast, how long still. Silent when nobody is looking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from symmv_tools.pipeline.patience import Progress as Patience
    from symmv_tools.pipeline.run import Progress
    from symmv_tools.song import Song
    from symmv_tools.stage import Outcome
    from symmv_tools.training.journal import Step


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>12}"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[note]}"),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal, speed_estimate_period=600)


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a single bar; yields the function that moves it on."""
    with _bars() as bars:
        task = bars.add_task(what, total=total, rate="", note="")
        yield lambda n: bars.advance(task, n)


@contextmanager
def counting_up(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a single bar whose length is not known yet; yields a function of how many of how many."""
    with _bars() as bars:
        task = bars.add_task(what, total=None, rate="", note="")
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def annotating() -> Iterator[Progress]:
    """Show a bar per stage with songs per minute and what went wrong so far."""
    from symmv_tools.pipeline.run import Progress

    with _bars() as bars:
        tasks: dict[str, int] = {}
        trouble: dict[str, Counter[str]] = {}

        def started(due: dict[str, int]) -> None:
            for key, total in due.items():
                tasks[key] = bars.add_task(key, total=total, rate="", note="")
                trouble[key] = Counter()

        def advanced(key: str, outcomes: Counter[str], seconds: float) -> None:
            if key not in tasks:
                tasks[key], trouble[key] = bars.add_task(key, total=None, rate="", note=""), Counter()
            bars.advance(tasks[key], sum(outcomes.values()))  # type: ignore[arg-type]
            trouble[key].update({name: n for name, n in outcomes.items() if name != "done"})
            note = ", ".join(f"{n} {name}" for name, n in sorted(trouble[key].items()))
            speed = next(task.speed for task in bars.tasks if task.id == tasks[key])
            bars.update(tasks[key], note=note, rate=f"{speed * 60:.1f}/min" if speed else "")  # type: ignore[arg-type]

        yield Progress(started, advanced)


@contextmanager
def fetching(what: str, heard: list[tuple[str, str, str]] | None = None) -> Iterator[Patience]:
    """Show a bar of songs with rate, time left, what went wrong, and how long a pause still lasts.

    `heard` takes (song, outcome, what was said of it) of each song.
    """
    from symmv_tools.cli.talk import say
    from symmv_tools.pipeline.patience import Progress as Patience
    from symmv_tools.stage import Done

    with _bars() as bars:
        task = bars.add_task(what, total=None, rate="", note="")
        trouble: Counter[str] = Counter()

        def ended(song: Song, outcome: Outcome) -> None:
            if isinstance(outcome, Done):
                said = str(outcome.values.get("video_url") or "")
            else:
                said = f"{outcome.code}: {outcome.message}"
                trouble[outcome.code] += 1
            if heard is not None:
                heard.append((song.song_id, type(outcome).__name__.lower(), said))
            speed = next(one.speed for one in bars.tasks if one.id == task)
            note = ", ".join(f"{n} {code}" for code, n in trouble.most_common(4))
            bars.update(task, advance=1, note=note, rate=f"{speed * 60:.1f}/min" if speed else "")

        def pausing(seconds: float, why: str) -> None:
            say(f"pausing for {seconds / 60:.0f} min: {why}")

        yield Patience(lambda songs: bars.update(task, total=songs), ended, pausing)


@contextmanager
def learning(what: str) -> Iterator[Callable[[Step], None]]:
    """Show a bar of training steps with tokens per second, time left and the loss."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=None, note="")

        def stepped(step: Step) -> None:
            note = f"{step.tokens_per_second:,.0f} tokens/s  {_clock(step.seconds_left or 0.0)} left  "
            note += f"epoch {step.epoch + 1}  loss {step.loss:.3f}"
            bars.update(task, completed=step.step, total=step.steps, note=note)

        yield stepped


@contextmanager
def composing() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar of bars for each stage; yields a function of the stage, and how many of how many."""
    with _bars() as bars:
        tasks: dict[str, int] = {}

        def begun(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, rate="", note="bars")
            bars.update(tasks[stage], completed=done)  # type: ignore[arg-type]

        yield begun


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02.0f}"
