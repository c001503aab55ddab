"""Ctrl-C and SIGTERM as a request: the step is finished and saved before the process ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Request:
    """Whether somebody has asked to stop."""

    asked = False


@contextmanager
def requests() -> Iterator[Request]:
    """Turn the first SIGINT or SIGTERM into a request; a second one ends the process as ever.

    Python lets only the main thread listen; in any other, nobody can ask.
    """
    request = Request()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {which: signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: FrameType | None) -> None:
        request.asked = True
        _listen(before)

    _listen(dict.fromkeys(before, ask))
    try:
        yield request
    finally:
        _listen(before)


def _listen(handlers: object) -> None:
    assert isinstance(handlers, dict)
    for which, handler in handlers.items():
        signal.signal(which, handler)
