"""`curated.json`: which networks have chosen what lies in a folder, so that none of them judges it unnoticed.

An export or a folder of music that a network has picked agrees with that network more than it should: V2M was
curated and scored by one ImageBind. Who picks writes the file (`generate.ranking.keep_best` does), who judges
reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written

NAME = "curated.json"


def write_curators(folder: Path, networks: Mapping[str, str]) -> None:
    """Note that networks, by name with their sha256, chose what is in a folder; earlier notes stay."""
    known = {**read_curators(folder), **networks}
    with written(folder / NAME) as part:
        part.write_text(json.dumps({"networks": known}, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_curators(folder: Path) -> dict[str, str]:
    """Return the networks that chose what is in a folder, by name with sha256; none if nobody noted it."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        return {str(name): str(digest) for name, digest in json.loads(path.read_bytes())["networks"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as why:
        raise BadCall(
            f"{path} cannot be read: {why!r}", "mend it, or delete it if nothing was chosen"
        ) from why


def shared_networks(judges: Mapping[str, str], folders: Iterable[Path]) -> dict[str, str]:
    """Return `folder: networks` of each folder that one of its judges has curated."""
    found = {}
    for folder in folders:
        both = [name for name, digest in read_curators(folder).items() if digest in judges.values()]
        if both:
            found[str(folder)] = ", ".join(both)
    return found
