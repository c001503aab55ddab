"""Checkpoints: from a short name to a local file (or folder) whose content has been verified.

`manifests/checkpoints.toml` says what exists. Files are looked for in the user's checkpoint folder
(see `folder`), then in the places that the manifest names. Nothing is downloaded but by `fetch`.
"""

from symmv_tools.checkpoints.local import (
    declared_sha256,
    describe,
    fetch,
    files_in,
    folder,
    is_pinned,
    is_published,
    locate,
    verify,
)
from symmv_tools.checkpoints.manifest import Checkpoint, entry, listing_sha256, names

__all__ = [
    "Checkpoint",
    "declared_sha256",
    "describe",
    "entry",
    "fetch",
    "files_in",
    "folder",
    "is_pinned",
    "is_published",
    "listing_sha256",
    "locate",
    "names",
    "verify",
]
