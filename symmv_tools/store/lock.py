"""One driver at a time writes to a store; a second one is told who the first is."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from symmv_tools.errors import StoreLocked


@contextmanager
def locked(root: Path, purpose: str) -> Iterator[None]:
    """Hold the store's lock; the operating system lets go of it even if we are killed.

    Raises StoreLocked, naming the holder, if another process has it.
    """
    holder = root / "driver.json"
    lock = FileLock(root / "driver.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as why:
        raise StoreLocked(
            f"{root} is being written to by {_who(holder)}", "wait for it to end, or stop it"
        ) from why
    try:
        holder.write_text(json.dumps(_me(purpose)), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _me(purpose: str) -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": _user(),
        "command": purpose,
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a passwd entry
        return str(os.getuid())


def _who(holder: Path) -> str:
    try:
        me = json.loads(holder.read_text(encoding="utf-8"))
        process = f"process {me['pid']} of {me['user']} on {me['host']}"
        return f"`symmv {me['command']}` ({process}, since {me['since']})"
    except (OSError, ValueError, KeyError):
        return "another process"
