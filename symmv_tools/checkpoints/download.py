"""Download one file of known content: whole and right, or not at all."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from symmv_tools.errors import house_fault

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""

_CHUNK = 1 << 18
_TIMEOUT_SECONDS = 60.0


class BrokenDownload(Exception):
    """A download that did not come, did not end, or brought something else: `str()` says which."""


def download(url: str, target: Path, sha256: str, size: int, progress: Progress | None = None) -> None:
    """Write what `url` serves to `target`, provided it has `size` bytes with this `sha256`.

    Until it is complete and verified the file lies beside its place under a temporary name, which
    goes away if anything goes wrong. Raises BrokenDownload, and DiskFull if the disk cannot hold it.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as part:
            _fill(part, url, sha256, size, progress)
            os.chmod(part.name, 0o644)  # temporary files are private, weights are for everybody
            os.replace(part.name, target)
    except OSError as why:
        raise house_fault(why) or why from why


def _fill(part: IO[bytes], url: str, sha256: str, size: int, progress: Progress | None) -> None:
    try:
        digest, done = hashlib.sha256(), 0
        for chunk in _chunks(url, size):
            digest.update(chunk)
            part.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, size)
        part.flush()
        os.fsync(part.fileno())
        _check(url, done, size, digest.hexdigest(), sha256)
    except BaseException:
        Path(part.name).unlink(missing_ok=True)
        raise


def _check(url: str, done: int, size: int, found: str, expected: str) -> None:
    if done < size:
        raise BrokenDownload(f"{url} ended after {done:,} of {size:,} bytes")
    if found != expected:
        raise BrokenDownload(f"{url} sent something else: its sha256 is {found}, expected {expected}")


def _chunks(url: str, size: int) -> Iterator[bytes]:
    """Yield at most a chunk more than `size` bytes, so that a wrong address cannot fill the disk."""
    request = urllib.request.Request(url, headers={"User-Agent": "symmv"})
    done = 0
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            while done <= size and (chunk := response.read(_CHUNK)):
                done += len(chunk)
                yield chunk
    except urllib.error.HTTPError as why:
        raise BrokenDownload(_refusal(url, why)) from why
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as why:
        raise BrokenDownload(f"{url} did not answer: {why}") from why


def _refusal(url: str, why: urllib.error.HTTPError) -> str:
    if why.code == 404:
        return f"{url} no longer exists (404)"
    if why.code == 429:
        after = why.headers.get("Retry-After")
        return f"{url} asks us to wait (429)" + (f": try again after {after} s" if after else "")
    return f"{url} answered {why.code} {why.reason}"
