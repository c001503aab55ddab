"""`symmv export`: the data set written whole, and remembered, so that `plan` can say when it is old."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from symmv_tools.dataset.accuracy import NAME as ACCURACY
from symmv_tools.dataset.accuracy import read_accuracy, write_accuracy
from symmv_tools.dataset.card import DATA, write_card
from symmv_tools.dataset.constants import write_constants
from symmv_tools.dataset.croissant import write_croissant
from symmv_tools.dataset.embedding import embedded
from symmv_tools.dataset.failures import FOLDER as FAILURES
from symmv_tools.dataset.failures import write_failures
from symmv_tools.dataset.licences import redistributable
from symmv_tools.dataset.parquet import write_rows
from symmv_tools.dataset.recipes import write_recipes
from symmv_tools.dataset.replacing import replacing
from symmv_tools.dataset.siblings import FEATURES, Siblings
from symmv_tools.dataset.splits import BRIDGES, Division
from symmv_tools.errors import BadCall
from symmv_tools.io.atomic import written
from symmv_tools.pipeline.active import Node, is_released
from symmv_tools.pipeline.census import Census
from symmv_tools.pipeline.dividing import Splitting, divided, remember
from symmv_tools.pipeline.house import House, Judged
from symmv_tools.pipeline.joining import Join, failure
from symmv_tools.row import ROW
from symmv_tools.settings import nearest
from symmv_tools.song import printable

_LAST = "last_export.json"
_BY_HASH = Splitting()
UNLICENSED = "NOT_LICENSED"
"""The code of a song that `only_licensed` leaves out."""


@dataclass(frozen=True)
class Exported:
    """What an export wrote: the files of its rows, how many these are, and how many songs it left out."""

    files: list[Path]
    rows: int
    left_out: int


@dataclass(frozen=True)
class Shape:
    """What is written of a song: `columns` of the Row beside its ids (none named: all), its media or only
    their paths, and segments that begin `hop_bars` bars of four apart.

    Raises BadCall for a column that the Row does not have.
    """

    columns: tuple[str, ...] = ()
    embed: bool = False
    hop_bars: int = 8

    def __post_init__(self) -> None:
        known = [column.name for column in ROW]
        for name in self.columns:
            if name not in known:
                raise BadCall(f"the Row has no column {printable(name)!r}", nearest(name, known))


_WHOLE = Shape()


def export(
    house: House,
    out: Path,
    use: Sequence[str] = (),
    accuracy: Path | None = None,
    splitting: Splitting = _BY_HASH,
    shape: Shape = _WHOLE,
    *,
    only_licensed: bool = False,
) -> Exported:
    """Write the data set into `out`, replacing an earlier export there as a whole.

    Songs that were rejected, or are not annotated under the active settings, are left out and
    listed in `failures`; a column whose stage failed is null, and listed there too. `use` takes
    columns from variants: `chords=paper`. The card tells what `accuracy` says, a file of `symmv eval
    annotations` or an export that holds one; by default the one that lies in `out`, which is kept.

    A song's split never changes from one export to the next, into whatever folder; a song that would
    tie two splits together is left out. `only_licensed` leaves out what may not be passed on, as far as
    the song's `license` says. The caller holds the store's lock.
    """
    nodes = house.nodes()
    join = Join(house, nodes, parse_use(house, nodes, use), beside=("motion_mean", *FEATURES))
    division = divided(house, splitting)
    census = Census()
    with replacing(out, ours=(ACCURACY,)) as folder:
        measured = accuracy or (out if (out / ACCURACY).is_file() else None)
        figures = read_accuracy(measured) if measured else None
        rows = _licensed(join.rows(), join.failures) if only_licensed else join.rows()
        rows = census.count(_with_split(rows, division, join.failures))
        with Siblings(folder, shape.hop_bars) as siblings:
            rows = _without_features(rows, siblings)
            if shape.embed:
                rows = embedded(rows, join.failures)
            files = write_rows(folder / DATA, rows, shape.columns)
        write_failures(folder, join.failures)
        left_out = len(division.song_ids) - sum(census.songs.values())
        recipes = join.lineage.recipes()
        write_recipes(folder, recipes)
        write_constants(folder, census.constants())
        if figures:
            write_accuracy(folder / ACCURACY, figures)
        info = census.info(out.name, nodes, left_out, recipes, figures, siblings.names, shape.columns)
        write_card(folder, info)
        tables = {"default": folder / DATA, **{name: folder / name for name in (FAILURES, *siblings.names)}}
        write_croissant(folder, info.about(), tables)
        remember(house, splitting.policy, division, census.song_ids)
    _note(house, out, join.digest.hexdigest(), use)
    return Exported([out / DATA / path.name for path in files], sum(census.songs.values()), left_out)


def _without_features(rows: Iterator[dict[str, Any]], siblings: Siblings) -> Iterator[dict[str, Any]]:
    """Yield the rows, and write what is too wide for them, and their segments, beside them."""
    for row in rows:
        features = {name: value for name in FEATURES if (value := row.pop(name, None)) is not None}
        siblings.add(row, features)
        yield row


def parse_use(house: House, nodes: Sequence[Node], uses: Sequence[str]) -> dict[str, str]:
    """Read `chords=paper` into {"chords": "chords@paper"}; BadCall for what this store does not have."""
    variants = [node.key for node in nodes if node.is_variant]
    chosen: dict[str, str] = {}
    for text in uses:
        name, _, variant = text.partition("=")
        stage, key = house.graph.stage(name), f"{name}@{variant}"
        if key not in variants:
            raise BadCall(f"this store has no variant {key}", _remedy(key, variants))
        # What was imported stands for its columns, whichever stage makes our own.
        makers = house.graph.makers if is_released(key) else {}
        chosen |= {maker.name: key for column in stage.makes for maker in makers.get(column, (stage,))}
    return chosen


def _remedy(key: str, variants: Sequence[str]) -> str:
    if variants:
        return nearest(key, variants)
    return "import it: symmv import" if is_released(key) else f"make it: symmv annotate {key}"


def _licensed(
    rows: Iterator[dict[str, Any]], failures: list[dict[str, str | None]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows that may be passed on, and list the others."""
    for row in rows:
        if redistributable(row["license"]):
            yield row
        else:
            said = f"its licence is {printable(row['license'])!r}" if row["license"] else "it has no licence"
            failures.append(failure(row["song_id"], "license", UNLICENSED, said))


def _with_split(
    rows: Iterator[dict[str, Any]], division: Division, failures: list[dict[str, str | None]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows with their groups and splits, and list those that would let a group span splits."""
    for row in rows:
        if why := division.held_out.get(row["song_id"]):
            failures.append(failure(row["song_id"], "splits", BRIDGES, why))
            continue
        row["split"], row["group_id"] = division.of(row["song_id"])
        yield row


def _note(house: House, out: Path, digest: str, use: Sequence[str]) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"path": str(out), "digest": digest, "use": list(use), "at": now})
    with written(house.store.root / _LAST) as part:
        part.write_text(text, encoding="utf-8")


def export_state(house: House, nodes: Sequence[Node]) -> tuple[Callable[[], str], Callable[[Judged], None]]:
    """Return a function that says if the last export is out of date, and one to show it each song first."""
    path = house.store.root / _LAST
    if not path.is_file():
        return (lambda: ""), (lambda judged: None)
    last = json.loads(path.read_text(encoding="utf-8"))
    try:
        join = Join(house, nodes, parse_use(house, nodes, last["use"]))
    except BadCall as why:
        said = f"the last export ({last['path']}) is stale: {why.message}"
        return (lambda: said), (lambda judged: None)

    def say() -> str:
        if not Path(last["path"]).is_dir():
            return f"the last export ({last['path']}, {last['at']}) is gone"
        word = "up to date" if join.digest.hexdigest() == last["digest"] else "stale"
        return f"the last export ({last['path']}, {last['at']}) is {word}"

    return say, join.see
