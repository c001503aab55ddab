"""One decoding of a video for all its readers."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from symmv_tools.errors import BadMedium, house_fault
from symmv_tools.stage import Failed, Outcome, Reader, StreamInfo

if TYPE_CHECKING:
    from symmv_tools.io.video import Video, Want

log = logging.getLogger(__name__)

MakeReader = Callable[[StreamInfo], Reader]


def read_video(
    path: str | Path, readers: Mapping[str, MakeReader], decoder: str = "cpu"
) -> dict[str, Outcome]:
    """Decode the video once, feed every reader, and return one outcome per reader.

    A reader may say what it wants to be fed (see `stage.Reader`). Each distinct size is scaled once from
    the decoded picture, never from another reader's: an outcome must not depend on who else was
    reading, or the fingerprint of a stage would not cover it. Pictures that nobody wants are not scaled.

    An exception in one reader is that reader's `failed`; it is fed no more, and the others go on and
    end as they would alone. A house fault in a reader stops everything. A video that cannot be decoded
    fails all readers with the medium's code. Of a video whose tail is broken the good part is read,
    and a warning is logged.
    """
    from symmv_tools.io.video import open_video

    try:
        with open_video(path, decoder) as video:
            return _Pass(video.info, readers).read(video)
    except BadMedium as why:
        return {name: failed(why) for name in readers}


class _Pass:
    """The readers of one video: those still reading, and the outcomes there are."""

    def __init__(self, info: StreamInfo, readers: Mapping[str, MakeReader]) -> None:
        self._names = list(readers)
        self._outcomes: dict[str, Outcome] = {}
        self._reading: dict[str, Reader] = {}
        for name, make in readers.items():
            self._guard(name, partial(self._begin, name, make, info))

    def read(self, video: Video) -> dict[str, Outcome]:
        """Feed every batch to every reader still reading, then ask each for its outcome."""
        try:
            self._feed_all(video)
        except BadMedium as why:
            self._outcomes.update({name: failed(why) for name in self._reading})
            self._reading.clear()
        for name, reader in list(self._reading.items()):
            self._guard(name, partial(self._finish, name, reader))
        return {name: self._outcomes[name] for name in self._names}

    def _feed_all(self, video: Video) -> None:
        if not self._reading:
            return
        wants = {name: wanted_by(reader) for name, reader in self._reading.items()}
        for batch in video.wanted_frames(set(wants.values())):
            for name, reader in list(self._reading.items()):
                if frames := batch[wants[name]]:
                    self._guard(name, partial(reader.feed, frames))
            if not self._reading:
                return
        if video.broken_at is not None:
            log.warning("%s: broken after %.1f s: %s", video.path.name, video.broken_at, video.broken_why)

    def _begin(self, name: str, make: MakeReader, info: StreamInfo) -> None:
        self._reading[name] = make(info)

    def _finish(self, name: str, reader: Reader) -> None:
        self._outcomes[name] = reader.finish()

    def _guard(self, name: str, step: Callable[[], None]) -> None:
        """Take one step of one reader; what it raises is its own failure, unless the house's."""
        try:
            step()
        except Exception as why:  # whatever a reader raises must not reach its neighbours
            fault = house_fault(why)
            if fault is not None:
                raise fault from why
            self._outcomes[name] = failed(why)
            self._reading.pop(name, None)


def wanted_by(reader: Reader) -> Want:
    """Return what a reader wants to be fed, by the attributes that `stage.Reader` names."""
    from symmv_tools.io.video import Want

    return Want(
        getattr(reader, "max_height", None),
        getattr(reader, "every_seconds", None),
        getattr(reader, "is_sampled", False),
    )


def failed(why: BaseException) -> Failed:
    """Return the outcome that books an exception against a song."""
    trace = "".join(traceback.format_exception(why))
    if isinstance(why, BadMedium):
        message = f"{why.message}; {why.hint}" if why.hint else why.message
        return Failed(why.code, message, why.retryable, trace)
    return Failed("UNEXPECTED", f"{type(why).__name__}: {why}", retryable=True, traceback=trace)
