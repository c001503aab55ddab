"""`fetch` against a server on this machine that behaves as servers do."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

import pytest

from symmv_tools import checkpoints
from symmv_tools.checkpoints import local, manifest
from symmv_tools.checkpoints.manifest import Checkpoint
from symmv_tools.errors import DiskFull, MissingCheckpoint

Serve = Callable[[str], None]
CONTENT = bytes(range(256)) * 4000


class Server(BaseHTTPRequestHandler):
    """Answers by the name of the path."""

    def do_GET(self) -> None:
        word = self.path.strip("/")
        if word in ("404", "429", "500"):
            self.send_response(int(word))
            self.send_header("Retry-After", "17")
            self.end_headers()
            return
        if word == "moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
            return
        if word == "rude":
            return
        body = {"wrong": CONTENT[::-1], "long": CONTENT * 3}.get(word, CONTENT)
        self.send_response(200)
        if word != "unannounced":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if word in ("truncated", "unannounced") else body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SYMMV_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path


@pytest.fixture
def serve(own: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Serve:
    def declare(word: str) -> None:
        digest = hashlib.sha256(CONTENT).hexdigest()
        url = f"{address}/{word}"
        net = Checkpoint(
            "net", "about", "MIT", "https://example.org", len(CONTENT), {"net.pth": digest}, url=url
        )
        for module in (manifest, local):
            monkeypatch.setattr(module, "declared", lambda: {"net": net})

    return declare


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("word", ["good", "moved"])
def test_a_good_download_is_found_afterwards(serve: Serve, own: Path, word: str) -> None:
    serve(word)
    told: list[tuple[int, int]] = []
    path = checkpoints.fetch("net", lambda done, total: told.append((done, total)))
    assert path == own / "net" / "net.pth" == checkpoints.locate("net")
    assert path.read_bytes() == CONTENT
    assert leftovers(own) == [path]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_what_is_here_is_not_downloaded_again(serve: Serve, own: Path) -> None:
    serve("good")
    checkpoints.fetch("net")
    serve("404")
    assert checkpoints.fetch("net").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("404", r"no longer exists \(404\)"),
        ("429", r"asks us to wait \(429\): try again after 17 s"),
        ("500", r"answered 500"),
        ("truncated", r"ended after 512,000 of 1,024,000 bytes"),
        ("unannounced", r"ended after 512,000 of 1,024,000 bytes"),
        ("wrong", r"sent something else: its sha256 is [0-9a-f]{64}, expected"),
        ("long", r"sent something else"),
        ("rude", r"did not answer"),
    ],
)
def test_a_bad_download_is_a_sentence_and_leaves_nothing(
    serve: Serve, own: Path, word: str, sentence: str
) -> None:
    serve(word)
    with pytest.raises(MissingCheckpoint, match=sentence) as caught:
        checkpoints.fetch("net")
    assert str(own / "net" / "net.pth") in caught.value.hint
    assert leftovers(own) == []


def test_a_server_that_is_not_there_is_a_sentence(
    serve: Serve, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve("good")
    nowhere = Checkpoint("net", "", "", "", 1, {"net.pth": "0"}, url="http://127.0.0.1:1/net.pth")
    monkeypatch.setattr(local, "declared", lambda: {"net": nowhere})
    monkeypatch.setattr(manifest, "declared", lambda: {"net": nowhere})
    with pytest.raises(MissingCheckpoint, match="did not answer"):
        checkpoints.fetch("net")


def test_a_full_disk_is_the_house_fault_it_is(
    serve: Serve, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    serve("good")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        checkpoints.fetch("net")
    assert leftovers(own) == []


def test_without_an_address_nothing_is_tried(own: Path) -> None:
    with pytest.raises(MissingCheckpoint, match="no checkpoint is called 'nothing'"):
        checkpoints.fetch("nothing")
