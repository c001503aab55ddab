"""Make this process, and the Python programs it starts, stay on this machine and know the loopback site."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ON_PATH = str(Path(__file__).parent / "on_path")


def prepare() -> None:
    """Guard the sockets and let yt-dlp find its plug-in, here and in child processes.

    Children inherit PYTHONPATH, and with it `on_path`, whose `sitecustomize` guards them and whose
    plug-in yt-dlp finds; a program that is started with `-I`, or with an environment of its own, must be
    one that asks for nothing. Call it before the first YoutubeDL is made: plug-ins are looked for once.
    """
    from tests.loopback.on_path import sitecustomize  # guards by being imported

    assert sitecustomize
    if ON_PATH not in sys.path:
        sys.path.insert(0, ON_PATH)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (ON_PATH, os.environ.get("PYTHONPATH"))))
    # a proxy that the environment names would be asked for 127.0.0.1, too
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"
