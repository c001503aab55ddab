"""For the whole suite: no request leaves this machine, and yt-dlp knows the loopback site.

Both hold for the Python programs that tests start, too: they inherit PYTHONPATH, and with it
`tests/loopback/on_path`, whose `sitecustomize` guards them and whose plug-in yt-dlp finds. A
program that is started with `-I` or with an environment of its own must be one that asks for nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.loopback.on_path import sitecustomize
from tests.loopback.site import Site, World

ON_PATH = str(Path(__file__).parent / "loopback" / "on_path")

sys.path.insert(0, ON_PATH)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (ON_PATH, os.environ.get("PYTHONPATH"))))
# a proxy that the environment names would be asked for 127.0.0.1, too
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "*"
sitecustomize.guard()


@pytest.fixture
def open_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[World], Site]]:
    """Start loopback sites that end with the test; searches go to the last one."""
    with ExitStack() as sites:

        def opened(world: World) -> Site:
            site = sites.enter_context(Site(world))
            monkeypatch.setenv("SYMMV_LOOPBACK", site.address)
            return site

        yield opened
