"""Politeness is per address, not per process: rates and pauses that every run on this machine shares.

Their state lies on disk, one small JSON file per bucket and per site, because two stores on one machine
send from one address. A bucket holds a single token, so requests are spaced rather than bursty.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from symmv_tools.errors import HouseFault, SymmvError, house_fault

PATIENCE_SECONDS = 60.0
"""A site that asks us to wait longer than this pauses the run; shorter waits are simply slept."""

LONGEST_PAUSE_SECONDS = 86400.0
"""No site may stop us for more than a day, whatever its Retry-After says."""

TRIAL_SECONDS = 600.0
"""So long, or as long as a pause if that is less, the one trial keeps others waiting: it may be killed."""


class Paused(SymmvError):
    """A site has blocked this address: nothing is asked of it until `until` (seconds since 1970)."""

    def __init__(self, site: str, until: float, why: str) -> None:
        at = datetime.fromtimestamp(until).strftime("%Y-%m-%d %H:%M:%S")
        hint = "run the same command again after that: nothing was booked against a song"
        super().__init__(f"{site} blocks this address, so it is left alone until {at}: {why}", hint)
        self.site = site
        self.until = until
        self.why = why

    def __reduce__(self) -> tuple[type[SymmvError], tuple[str, float, str]]:  # type: ignore[override]
        return type(self), (self.site, self.until, self.why)


@dataclass
class _Bucket:
    """When the next token is there; `seen` is the wall clock at the time of writing."""

    free_at: float = 0.0
    seen: float = 0.0


@dataclass
class _Site:
    """How a site has treated us: blocked answers in a row, and until when it rests or is paused."""

    blocked: int = 0
    rest_until: float = 0.0
    paused_until: float = 0.0
    why: str = ""
    trial_by: str = ""
    trial_until: float = 0.0
    seen: float = 0.0


_State = TypeVar("_State", _Bucket, _Site)


class Politeness:
    """Tokens of buckets, and the circuit breakers of sites.

    `folder` holds the shared state (see `state_folder`). `clock` is the wall clock, because a monotonic
    one starts anew with the machine; where it is found to have jumped back, every stored time is
    moved back with it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        blocked_in_a_row: int = 3,
        pause_seconds: float = 3600.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._limit = blocked_in_a_row
        self._pause = min(pause_seconds, LONGEST_PAUSE_SECONDS)
        self._clock = clock
        self._sleep = sleep
        self._name = secrets.token_hex(8)  # whose trial it is

    def take(self, bucket: str, seconds_apart: float) -> float:
        """Wait for the bucket's next token and take it; return the seconds waited.

        Tokens come every `seconds_apart` seconds for all processes together. The turn is taken at
        once and slept for afterwards, so nobody holds the lock while waiting.
        """
        if seconds_apart <= 0:
            return 0.0
        with self._opened(f"bucket {bucket}", _Bucket) as state:
            now = self._clock()
            turn = max(now, state.free_at)
            state.free_at = turn + seconds_apart
        if turn > now:
            self._sleep(turn - now)
        return turn - now

    def enter(self, site: str) -> None:
        """Ask whether `site` may be spoken to; sleep through a short rest.

        Raises Paused while its circuit breaker is open. After the pause one caller, in all
        processes, may try; the others stay paused until that trial has been `fine`.
        """
        with self._opened(f"site {site}", _Site) as state:
            now = self._clock()
            until = max(state.paused_until, 0.0 if state.trial_by == self._name else state.trial_until)
            rest = state.rest_until - now
            why = state.why
            if state.paused_until and until <= now:
                state.trial_by, state.trial_until = self._name, now + min(TRIAL_SECONDS, self._pause)
        if until > now:
            raise Paused(site, until, why)
        if rest > 0:
            self._sleep(rest)

    def blocked(self, site: str, why: str, retry_after: float | None = None) -> None:
        """Note a blocked answer; raises Paused if it was one too many.

        One too many are `blocked_in_a_row`, any while trying after a pause, and one that asks for a wait
        beyond `PATIENCE_SECONDS`. A shorter `retry_after` is slept by everybody's next `enter`.
        """
        wait = min(max(retry_after or 0.0, 0.0), LONGEST_PAUSE_SECONDS)
        with self._opened(f"site {site}", _Site) as state:
            now = self._clock()
            state.blocked += 1
            state.rest_until = max(state.rest_until, now + wait)
            trying = bool(state.paused_until)
            opens = trying or state.blocked >= self._limit or wait > PATIENCE_SECONDS
            until = now + (wait if wait > PATIENCE_SECONDS else self._pause)
            if opens:
                state.paused_until, state.why, state.trial_by, state.trial_until = until, why, "", 0.0
                state.rest_until = 0.0
        if opens:
            raise Paused(site, until, why)

    def fine(self, site: str) -> None:
        """Note a proper answer: the row of blocked ones ends, and so does a pause that was being tried.

        A pause that still runs goes on: the answer is to something asked before it.
        """
        with self._opened(f"site {site}", _Site) as state:
            if state.paused_until <= self._clock():
                state.blocked, state.paused_until, state.why = 0, 0.0, ""
                state.trial_by, state.trial_until = "", 0.0

    @contextmanager
    def _opened(self, name: str, kind: type[_State]) -> Iterator[_State]:
        """Give the state called `name` to change, alone among all processes; it is written if it changed."""
        path = self._folder / f"{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:20]}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock")):
                state = _read(path, kind, self._clock())
                before = asdict(state)
                yield state
                if asdict(state) != before:
                    state.seen = self._clock()
                    _write(path, {"name": name, **asdict(state)})
        except OSError as why:
            raise house_fault(why) or HouseFault(
                f"the shared state of politeness in {self._folder} cannot be kept: {why.strerror or why}",
                "make the folder writable, or name another one in SYMMV_STATE",
            ) from why


def _read(path: Path, kind: type[_State], now: float) -> _State:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        state = kind()
        for field in fields(kind):
            setattr(state, field.name, type(getattr(state, field.name))(stored[field.name]))
    except (FileNotFoundError, ValueError, TypeError, KeyError):  # not there, or not ours: begin anew
        return kind()
    jumped_back = max(0.0, state.seen - now)
    for field in fields(kind):
        value = getattr(state, field.name)
        if isinstance(value, float) and value:
            setattr(state, field.name, value - jumped_back)
    return state


def _write(path: Path, values: dict[str, object]) -> None:
    part = path.with_suffix(".part")  # we hold the lock, so nobody else writes it
    part.write_text(json.dumps(values), encoding="utf-8")
    os.replace(part, path)


def state_folder() -> Path:
    """Return this user's folder: $SYMMV_STATE, else $XDG_STATE_HOME/symmv, else ~/.local/state/symmv."""
    if own := os.environ.get("SYMMV_STATE"):
        return Path(own)
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "symmv"
