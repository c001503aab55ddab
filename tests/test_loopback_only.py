"""Not one request leaves this machine, neither from the suite nor from the programs that it starts."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.quick

NOTE = "the tests refuse every connection"


@pytest.mark.parametrize("address", ["192.0.2.1", "198.51.100.7"])  # reserved for documentation
def test_an_address_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(OSError, match=NOTE):
        socket.create_connection((address, 80), timeout=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, pytest.raises(OSError, match=NOTE):
        datagrams.sendto(b"x", (address, 53))


def test_an_address_elsewhere_is_refused_in_the_new_style() -> None:
    with pytest.raises(OSError, match=NOTE):
        socket.create_connection(("2001:db8::1", 80), timeout=1)


def test_a_name_elsewhere_does_not_resolve() -> None:
    with pytest.raises(urllib.error.URLError, match=NOTE):
        urllib.request.urlopen("http://example.org/")
    with pytest.raises(socket.gaierror, match=NOTE):
        http.client.HTTPSConnection("example.org").connect()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_spoken_to(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_programs_that_tests_start_are_guarded_too() -> None:
    program = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert NOTE in ended.stderr
