"""For the whole suite: no request leaves this machine, and yt-dlp knows the loopback site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from tests.loopback.environment import prepare
from tests.loopback.site import Site, World

prepare()


# How fast examples are drawn says how busy the machine is, and nothing about the code.
settings.register_profile("symmv", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("symmv")


@pytest.fixture
def open_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[World], Site]]:
    """Start loopback sites that end with the test; searches go to the last one."""
    with ExitStack() as sites:

        def opened(world: World) -> Site:
            site = sites.enter_context(Site(world))
            monkeypatch.setenv("SYMMV_LOOPBACK", site.address)
            return site

        yield opened
