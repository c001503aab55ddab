"""What `manifests/checkpoints.toml` declares: which weights exist, whose they are, what they must contain."""

from __future__ import annotations

import hashlib
import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from symmv_tools.errors import MissingCheckpoint
from symmv_tools.settings import nearest


@dataclass(frozen=True)
class Checkpoint:
    """One entry of the manifest.

    `files` maps the name of each file to its sha256, `size` is the bytes of all together. `places`
    are folders where a file may already lie, as the manifest's head explains. `url` is None where
    nothing may or need be downloaded; `hub` is the `owner/name@commit` of the Hugging Face hub that has
    the files.
    """

    name: str
    about: str
    licence: str
    source: str
    size: int
    files: Mapping[str, str]
    places: tuple[str, ...] = ()
    url: str | None = None
    hub: str | None = None

    @property
    def sha256(self) -> str:
        """The file's sha256; of several files that of their listing."""
        return next(iter(self.files.values())) if len(self.files) == 1 else listing_sha256(self.files)


def listing_sha256(files: Mapping[str, str]) -> str:
    """Return the sha256 of the `sha256sum` listing of several files, sorted by name."""
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


@cache
def declared() -> Mapping[str, Checkpoint]:
    """Return every entry by its short name."""
    text = importlib.resources.files("symmv_tools.manifests").joinpath("checkpoints.toml").read_text("utf-8")
    return parse(text)


def parse(text: str) -> dict[str, Checkpoint]:
    """Return the entries of a manifest's TOML text."""
    return {
        name: Checkpoint(name=name, **{**fields, "places": tuple(fields.get("places", ()))})
        for name, fields in tomllib.loads(text).items()
    }


def names() -> tuple[str, ...]:
    """Return the short names, sorted."""
    return tuple(sorted(declared()))


def entry(name: str) -> Checkpoint:
    """Return the entry of a short name; raises MissingCheckpoint, with the nearest name, if there is none."""
    if name not in declared():
        raise MissingCheckpoint(f"no checkpoint is called {name!r}", nearest(name, declared()))
    return declared()[name]
