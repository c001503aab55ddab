"""The errors of the house: every one is a sentence for a person, and most bring a remedy."""

from __future__ import annotations

import errno
import sqlite3


class SymmvError(Exception):
    """Something a person can put right.

    `str(error)` says what is wrong, what was found and where; `hint` says what to try.
    `cli/main.py` prints both on two lines and exits with 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[SymmvError], tuple[str, ...]]:
        # Exceptions are pickled on their way out of a worker; the default forgets `hint`.
        return type(self), (self.message, self.hint)


class BadCall(SymmvError):
    """The command or the Python call makes no sense as it stands."""


class BadSettings(SymmvError):
    """A settings file or a `--set` names something that does not exist or has the wrong type."""


class BadManifest(SymmvError):
    """A list of songs that cannot be read, or that contradicts itself."""


class Diverged(SymmvError):
    """The loss of a training is no number any more; what was saved before is whole."""


class HouseFault(SymmvError):
    """The machine, not a song, is at fault: the run stops, and nothing is booked against songs."""


class MissingPackage(HouseFault):
    """A Python package that a stage declares is not installed."""


class MissingGpu(HouseFault):
    """The GPU that was asked for is not there, or torch cannot use it."""


class MissingCheckpoint(HouseFault):
    """Model weights are not on this machine and could not be fetched, or fail their checksum."""


class DiskFull(HouseFault):
    """No space, or no quota, is left where the store lives."""


class StoreLocked(HouseFault):
    """Another driver is writing to this store."""


class BadMedium(SymmvError):
    """One song's own file cannot be used; becomes that song's `failed` outcome.

    `code` is a short constant such as `TRUNCATED` or `NO_AUDIO_STREAM`; `retryable` says
    whether the same bytes could do better another time.
    """

    def __init__(self, code: str, message: str, hint: str = "", *, retryable: bool = False) -> None:
        super().__init__(message, hint)
        self.code = code
        self.retryable = retryable

    def __reduce__(self) -> tuple[type[SymmvError], tuple[str, ...]]:
        return type(self), (self.code, self.message, self.hint)


def house_fault(error: BaseException) -> HouseFault | None:
    """Return the house fault that `error` really is, or None if it is a song's own trouble."""
    if isinstance(error, HouseFault):
        return error
    if _says_disk_full(error):
        where = f" at {name}" if (name := getattr(error, "filename", None)) else ""
        return DiskFull(
            f"no space is left on the disk{where}",
            "free some space and run the same command again: what is finished is kept",
        )
    if isinstance(error, ModuleNotFoundError):
        return MissingPackage(
            f"the Python package {error.name!r} is not installed",
            "run `symmv doctor --fix`, or `pip install 'symmv[annotate]'`",
        )
    return None


def _says_disk_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return "disk is full" in str(error)
    if not isinstance(error, OSError):
        return False
    # Arrow raises OSError without an errno; the number stands in its text.
    return error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left on device" in str(error)
