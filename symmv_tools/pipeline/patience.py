"""Working through songs over a network that fails: try again later, wait where we are told to."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from symmv_tools.errors import HouseFault
from symmv_tools.io.politeness import Paused
from symmv_tools.io.web.trouble import WebTrouble
from symmv_tools.song import Song
from symmv_tools.stage import Failed, Outcome

ROUNDS = 3
"""How often a song's turn comes before a passing trouble is booked; the client's own retries come on top."""

MOST_PAUSES = 3
"""Pauses in a row, nothing going right between them, after which waiting on makes no sense."""


class Blocked(HouseFault):
    """The site does not answer this address any more, however long we wait."""


class Offline(HouseFault):
    """This machine does not reach the network; no song is to blame."""


@dataclass
class Progress:
    """Hears how a chore goes; the front door draws it. Every method may be left as it is."""

    started: Callable[[int], None] = lambda songs: None
    ended: Callable[[Song, Outcome], None] = lambda song, outcome: None
    pausing: Callable[[float, str], None] = lambda seconds, why: None


@dataclass
class Patience:
    """What to do with songs one by one, and how to wait; `sleep` takes seconds.

    `attempt` serves one song, raising WebTrouble or Paused; `book` writes the outcome down.
    """

    attempt: Callable[[Song], Outcome]
    book: Callable[[Song, Outcome, float], None]
    progress: Progress = field(default_factory=Progress)
    sleep: Callable[[float], None] = time.sleep
    _pauses: int = 0

    def work_through(self, songs: Sequence[Song]) -> Counter[str]:
        """Serve every song, those in passing trouble up to ROUNDS times; return outcomes by name.

        A pause costs time and nothing else. Raises Blocked after MOST_PAUSES without any success.
        """
        outcomes: Counter[str] = Counter()
        queue = deque((song, 1) for song in songs)
        self.progress.started(len(queue))
        while queue:
            song, turn = queue.popleft()
            begin = time.perf_counter()
            try:
                outcome = self.attempt(song)
            except Paused as why:
                self._wait(why)
                queue.appendleft((song, turn))
                continue
            except WebTrouble as why:
                if why.code == "OFFLINE":
                    raise Offline(
                        f"the network cannot be reached, and {len(queue) + 1:,} of the songs wait: "
                        f"{why.message}",
                        "nothing is lost: run the same command again when it can",
                    ) from why
                if why.kind != "permanent" and turn < ROUNDS:
                    queue.append((song, turn + 1))
                    continue
                outcome = failed(why)
            self._pauses = 0
            self.book(song, outcome, time.perf_counter() - begin)
            self.progress.ended(song, outcome)
            outcomes[type(outcome).__name__.lower()] += 1
        return outcomes

    def _wait(self, why: Paused) -> None:
        self._pauses += 1
        seconds = max(0.0, why.until - time.time())
        if self._pauses > MOST_PAUSES:
            again = datetime.fromtimestamp(why.until, UTC).isoformat(timespec="minutes")
            raise Blocked(
                f"{why.site} refuses this address, and {MOST_PAUSES} pauses did not help: {why.why}",
                f"nothing is lost: run the same command again after {again}",
            ) from why
        self.progress.pausing(seconds, f"{why.site} blocks this address: {why.why}")
        self.sleep(seconds)


def failed(why: WebTrouble) -> Failed:
    """Return a trouble of the network as a song's outcome."""
    said = f"{why.message}; {why.hint}" if why.hint else why.message
    return Failed(why.code, said, retryable=why.kind != "permanent")
