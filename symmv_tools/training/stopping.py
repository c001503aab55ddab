"""Ctrl-C and SIGTERM as a request: the step is finished and saved before the process ends."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ECHO_SECONDS = 1.0  # `timeout` and batch systems tell a process twice: by its id and with its group


class Request:
    """Whether somebody has asked to stop, and when."""

    asked = False
    _since = 0.0

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Note a signal. Ctrl-C once more, later than an echo, ends the process where it stands."""
        if self.asked and number == signal.SIGINT and time.monotonic() - self._since >= _ECHO_SECONDS:
            raise KeyboardInterrupt
        self._since = self._since if self.asked else time.monotonic()
        self.asked = True


@contextmanager
def requests() -> Iterator[Request]:
    """Turn SIGINT and SIGTERM into a request meanwhile.

    Python lets only the main thread listen; in any other, nobody can ask.
    """
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {which: signal.signal(which, request.ask) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
