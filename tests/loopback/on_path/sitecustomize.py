"""Refuse every connection that would leave this machine.

Python runs this at its start where this folder is on PYTHONPATH, which `environment.prepare` sees to; the
suite's own process is guarded by importing it.

A refused name fails as it does where there is no network, so what the suite sees is also what a user
without a network sees.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

NOTE = "the tests refuse every connection that leaves this machine"


def is_local(host: object) -> bool:
    """Whether a host is this machine, by its address or by the one name that is sure to be."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def guard() -> None:
    """Patch this process's sockets, once."""
    if getattr(socket, "_symmv_guarded", False):
        return
    socket._symmv_guarded = True  # type: ignore[attr-defined]
    _guard_names()
    for name in ("connect", "connect_ex", "sendto"):
        _guard_method(name)


def _guard_names() -> None:
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        if not is_local(host):
            raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known ({NOTE}: {host!r})")
        return resolve(host, *more, **named)

    socket.getaddrinfo = getaddrinfo


def _guard_method(name: str) -> None:
    plain = getattr(socket.socket, name)

    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_local(address[0]):
            raise OSError(101, f"Network is unreachable ({NOTE}: {address!r})")
        return plain(self, *arguments)

    setattr(socket.socket, name, guarded)


guard()
