"""Checkpoints of the Hugging Face hub: named by owner, name and commit, found in the hub's own cache.

A commit's 40 hex digits pin every file by content, so `owner/name@commit` means the same for ever; a
branch or a bare name would not, and is refused.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from symmv_tools.errors import MissingCheckpoint, MissingPackage, house_fault

_PINNED = re.compile(r"(?P<repository>\w[\w.-]*/\w[\w.-]*)@(?P<commit>[0-9a-f]{40})")
_UNPINNED = re.compile(r"\w[\w.-]*/\w[\w.-]*(@[\w./-]*)?")

FILES = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors")
"""What is fetched of a repository: no pickles, no code, no other formats of the same weights."""


class HubId(NamedTuple):
    """A repository at one commit."""

    repository: str
    commit: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.commit}"


def parse(text: str) -> HubId | None:
    """Return what `owner/name@commit` names, or None if `text` is not of that form."""
    found = _PINNED.fullmatch(text)
    return HubId(found["repository"], found["commit"]) if found else None


def looks_unpinned(text: str) -> bool:
    """Whether `text` may be meant as a repository, but lacks the commit that would pin it."""
    return _UNPINNED.fullmatch(text) is not None and parse(text) is None


def snapshot(hub_id: HubId, cache: Path) -> Path:
    """Return where the hub's libraries keep the files of a commit; `cache` is the user's cache folder."""
    home = Path(os.environ.get("HF_HOME") or cache / "huggingface").expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    return hub / f"models--{hub_id.repository.replace('/', '--')}" / "snapshots" / hub_id.commit


def fetch(hub_id: HubId, files: tuple[str, ...] = FILES) -> None:
    """Bring the files of a commit into the hub's cache; MissingCheckpoint if that fails.

    `files` are names, or patterns with `*`.
    """
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError as why:
        raise MissingPackage(
            "fetching from the Hugging Face hub needs the Python package 'huggingface_hub'",
            "pip install 'symmv[annotate]'",
        ) from why
    try:
        snapshot_download(hub_id.repository, revision=hub_id.commit, allow_patterns=list(files))
    except Exception as why:  # the library raises its own, requests', httpx' and OSError: all mean no files
        if fault := house_fault(why):
            raise fault from why
        lines = str(why).splitlines() or [type(why).__name__]
        raise MissingCheckpoint(
            f"{hub_id} could not be fetched from the Hugging Face hub: {lines[0]}",
            "try again later, or download its files yourself and name their folder instead",
        ) from why
