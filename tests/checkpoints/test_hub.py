"""Checkpoints of the Hugging Face hub, which a server on this machine plays."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from symmv_tools import checkpoints
from symmv_tools.checkpoints import hub, local, manifest
from symmv_tools.checkpoints.manifest import Checkpoint
from symmv_tools.errors import MissingCheckpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ID = f"someone/net-b@{COMMIT}"
FILES = {
    "config.json": b'{"model_type": "clip"}',
    "model.safetensors": bytes(range(256)) * 40,
    "pytorch_model.bin": b"a pickle",
    "run_me.py": b"import os",
}


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Every folder of this machine replaced by a fresh one; returns where the snapshot of ID belongs."""
    for name in ("HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SYMMV_CHECKPOINTS", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/huggingface/hub/models--someone--net-b/snapshots" / COMMIT


def put(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def declare(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    digests = {name: hashlib.sha256(FILES[name]).hexdigest() for name in names}
    size = sum(len(FILES[name]) for name in names)
    net = Checkpoint("net", "about", "MIT", "https://example.org", size, digests, hub=ID)
    for module in (manifest, local):
        monkeypatch.setattr(module, "declared", lambda: {"net": net})


@pytest.mark.parametrize(
    "text", ["openai/clip", "openai/clip@main", "clip-vit-b-32", "/a/b", f"a/b/c@{COMMIT}", "a/b@12"]
)
def test_only_a_commit_pins(text: str) -> None:
    assert hub.parse(text) is None
    assert hub.parse(ID) == hub.HubId("someone/net-b", COMMIT)
    assert str(hub.parse(ID)) == ID


def test_a_commit_in_the_hubs_cache_is_found(cache: Path) -> None:
    assert put(cache) == checkpoints.locate(ID)
    assert checkpoints.is_pinned(ID)
    assert checkpoints.declared_sha256(ID) == COMMIT


def test_the_hubs_own_variables_say_where_its_cache_is(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tail = Path("models--someone--net-b/snapshots", COMMIT)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    assert put(tmp_path / "home/hub" / tail) == checkpoints.locate(ID)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "other"))
    assert put(tmp_path / "other" / tail) == checkpoints.locate(ID)


def test_a_commit_that_is_not_here_says_how_to_get_it(cache: Path) -> None:
    with pytest.raises(MissingCheckpoint, match="not in the Hugging Face cache") as caught:
        checkpoints.locate(ID)
    assert f"symmv models pull {ID}" in caught.value.hint


@pytest.mark.parametrize("name", ["someone/net-b", "someone/net-b@main"])
def test_a_repository_without_a_commit_is_told_to_name_one(cache: Path, name: str) -> None:
    with pytest.raises(MissingCheckpoint, match="no checkpoint") as caught:
        checkpoints.locate(name)
    assert "owner/name@commit" in caught.value.hint


def test_a_folder_is_a_checkpoint_told_apart_by_content(cache: Path, tmp_path: Path) -> None:
    mine = put(tmp_path / "mine")
    assert checkpoints.locate(str(mine)) == mine
    before = checkpoints.declared_sha256(str(mine))
    assert before == checkpoints.declared_sha256(str(put(tmp_path / "elsewhere")))
    (mine / "model.safetensors").write_bytes(b"trained on")
    assert checkpoints.declared_sha256(str(mine)) != before
    with pytest.raises(MissingCheckpoint, match="no checkpoint file"):
        checkpoints.locate(str(tmp_path))


def test_a_short_name_of_the_hub_is_looked_for_in_its_cache_and_verified(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, "config.json", "model.safetensors")
    with pytest.raises(MissingCheckpoint, match="'net' are not on this machine") as caught:
        checkpoints.locate("net")
    assert "symmv models pull net" in caught.value.hint
    assert put(cache) == checkpoints.locate("net")
    (cache / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(MissingCheckpoint, match=r"model\.safetensors is not what 'net' needs"):
        checkpoints.locate("net")


def test_a_file_counts_as_published_by_its_content(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    declare(monkeypatch, "config.json", "pytorch_model.bin")
    mine = put(tmp_path / "mine")
    assert checkpoints.is_published(mine / "pytorch_model.bin")
    assert not checkpoints.is_published(mine / "run_me.py")


# --- fetching -------------------------------------------------------------------------------------


def sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as its library asks for; files of `owner/gone` do not exist."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if "gone" in path:
            self._answer(b"{}", 404)
        elif path.startswith("/api/models/"):
            tree = [{"type": "file", "path": n, "size": len(c), "oid": sha1(c)} for n, c in FILES.items()]
            self._answer(json.dumps(tree).encode())
        else:
            name = path.rpartition("/")[2]
            self._answer(FILES.get(name, b"{}"), 200 if name in FILES else 404)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


FETCH = """
import sys
from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint
try:
    print(checkpoints.fetch(sys.argv[1]))
except MissingCheckpoint as why:
    print("missing:", why.message)
"""


def fetched(address: str, name: str) -> str:
    """What `checkpoints.fetch` returns in a process of its own: the hub's library reads its address once."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": address,
        "no_proxy": "*",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", FETCH, name], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_is_fetched_is_neither_pickle_nor_code_and_found_afterwards(cache: Path, address: str) -> None:
    assert fetched(address, ID) == str(cache) == str(checkpoints.locate(ID))
    assert {file.name for file in cache.iterdir()} == {"config.json", "model.safetensors"}
    assert (cache / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_what_cannot_be_fetched_is_a_sentence(cache: Path, address: str) -> None:
    assert fetched(address, f"someone/gone@{COMMIT}").startswith(
        f"missing: someone/gone@{COMMIT} could not be fetched"
    )


def test_a_short_name_is_fetched_from_the_hub_file_by_file(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, "config.json", "pytorch_model.bin")
    asked: list[tuple[str, tuple[str, ...]]] = []

    def played(hub_id: hub.HubId, files: tuple[str, ...]) -> None:
        asked.append((str(hub_id), files))
        put(cache)

    monkeypatch.setattr(hub, "fetch", played)
    assert checkpoints.fetch("net") == cache == checkpoints.fetch("net")
    assert asked == [(ID, ("config.json", "pytorch_model.bin"))]
