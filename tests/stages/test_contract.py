"""What every stage promises, whichever it is: one contract over `symmv_tools.stages.ALL`."""

from __future__ import annotations

import dataclasses
import json
import pickle
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tomli_w

from symmv_tools import checkpoints, row
from symmv_tools.pipeline.graph import build
from symmv_tools.settings import make, semantic_values
from symmv_tools.song import MEDIA, Song
from symmv_tools.stage import Context, Done, Item, Outcome, Rejected, Stage
from symmv_tools.stages import ALL
from tests.films import film, write_film
from tests.media import write_audio, write_song
from tests.readers import read_alone

GRAPH = build(ALL)
ON = tuple(stage for stage in GRAPH.stages if stage.enabled(stage.settings()))
"""The stages that run unless told otherwise; the others ask services, and have tests with such services."""
DEAF = tuple(stage for stage in ON if "audio" not in stage.media)
"""The stages that need no audio; those that do load networks and have a test of their own below."""
HEARING = tuple(stage for stage in ON if "audio" in stage.media)

every_stage = pytest.mark.parametrize("stage", ALL, ids=lambda stage: stage.name)
every_deaf_stage = pytest.mark.parametrize("stage", DEAF, ids=lambda stage: stage.name)


# --- what a stage declares ------------------------------------------------------------------------


def test_no_two_stages_share_a_name() -> None:
    names = [stage.name for stage in ALL]
    assert len(set(names)) == len(names)


def test_all_makers_of_a_column_make_the_same_type() -> None:
    for column, makers in GRAPH.makers.items():
        assert len({maker.makes[column] for maker in makers}) == 1, column


@every_stage
def test_a_stage_has_either_a_run_or_a_reader(stage: Stage) -> None:
    assert (stage.run is None) != (stage.reader is None)
    assert stage.reader is None or stage.media == ("video",)


@every_stage
def test_a_stage_says_who_it_is(stage: Stage) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", stage.name)
    assert re.fullmatch(r"\d+\.\d+\.\d+", stage.version)
    assert re.fullmatch(r"[A-Z][^\n]+\.", stage.about), "`about` is a sentence"


@every_stage
def test_a_stage_needs_what_there_is(stage: Stage) -> None:
    assert stage.needs or stage.media or stage.facts
    assert set(stage.media) <= set(MEDIA)
    assert {Song.__annotations__[fact] for fact in stage.facts} <= {"str | None"}
    assert set(stage.needs) <= set(GRAPH.makers)
    assert not set(stage.needs) & set(stage.makes)


@every_stage
def test_a_stage_makes_arrow_types_and_those_of_the_row(stage: Stage) -> None:
    schema = row.schema()
    assert stage.makes
    for name, kind in stage.makes.items():
        assert isinstance(kind, pa.DataType)
        assert name not in schema.names or schema.field(name).type == kind, name


@every_stage
def test_the_settings_are_frozen_and_every_field_says_what_it_is(stage: Stage) -> None:
    settings = stage.settings()
    for field in dataclasses.fields(settings):
        assert field.metadata["kind"] in ("semantic", "runtime"), field.name
        assert len(field.metadata["meaning"]) > 5, field.name
        assert not field.metadata["choices"] or field.default in field.metadata["choices"], field.name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(settings, field.name, field.default)


@every_stage
def test_the_default_settings_survive_toml(stage: Stage) -> None:
    settings = stage.settings()
    table = {name: value for name, value in dataclasses.asdict(settings).items() if value is not None}
    again = make(stage.settings, tomllib.loads(tomli_w.dumps(table)), stage.name)
    assert again == settings
    assert json.loads(json.dumps(semantic_values(again))) == semantic_values(settings)


@every_stage
def test_a_stage_and_its_settings_travel_to_a_worker(stage: Stage) -> None:
    settings = stage.settings()
    assert pickle.loads(pickle.dumps((stage, settings))) == (stage, settings)


def choices(stage: Stage) -> Iterator[Any]:
    """The default settings, and those with each choice of each field."""
    yield stage.settings()
    for field in dataclasses.fields(stage.settings):
        for choice in field.metadata["choices"]:
            yield make(stage.settings, {field.name: choice}, stage.name)


@every_stage
def test_every_checkpoint_that_settings_can_ask_for_is_in_the_manifest(stage: Stage) -> None:
    for settings in choices(stage):
        assert set(stage.checkpoints(settings)) <= set(checkpoints.names())


# --- what a stage does ----------------------------------------------------------------------------


class World:
    """Songs with media on disk, brought through the deaf stages in running order."""

    def __init__(self, folder: Path) -> None:
        self.items = {
            "song": self._item(folder, "song", notes=None, frames=24),
            "other": self._item(folder, "other", notes=48, frames=12),
            "one": self._item(folder, "one", notes=1, frames=1),
            "none": self._item(folder, "none", notes=0, frames=2),
        }
        self.outcomes: dict[str, list[Outcome]] = {}
        for stage in DEAF:
            self.outcomes[stage.name] = run(stage, list(self.items.values()))
            for name, outcome in zip(self.items, self.outcomes[stage.name], strict=True):
                made = outcome.values if isinstance(outcome, Done) else dict.fromkeys(stage.makes)
                self.items[name] = Item(self.items[name].song, {**self.items[name].values, **made})

    def _item(self, folder: Path, name: str, *, notes: int | None, frames: int) -> Item:
        write_song(folder / f"{name}.mid", notes=notes)
        write_film(folder / f"{name}.mp4", film(frames))
        return Item(Song(f"test:{name}", midi=str(folder / f"{name}.mid"), video=str(folder / f"{name}.mp4")))


def run(stage: Stage, items: Sequence[Item]) -> list[Outcome]:
    """The outcome of every item, under the default settings, as a worker gets them."""
    settings = stage.settings()
    if stage.run is not None:
        weights = {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
        return list(stage.run([narrowed(stage, item) for item in items], settings, Context(weights=weights)))
    outcomes = []
    for item in items:
        assert item.song.video is not None
        outcomes.append(read_alone(stage, item.song.video))
    return outcomes


def narrowed(stage: Stage, item: Item) -> Item:
    """The item with nothing but what the stage declares: it must not live off more."""
    given = {name: getattr(item.song, name) for name in (*stage.media, *stage.facts)}
    song = Song(item.song.song_id, **given)
    return Item(song, {column: item.values[column] for column in stage.needs})


def plain(stage: Stage, outcome: Outcome) -> Any:
    """An outcome as Arrow keeps it, so that two can be compared."""
    if not isinstance(outcome, Done):
        return outcome
    values: Mapping[str, Any] = outcome.values
    arrays: dict[str, Any] = {name: pa.array([values[name]], type=kind) for name, kind in stage.makes.items()}
    return {name: array.to_pylist()[0] for name, array in arrays.items()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Four songs: two ordinary ones, one of one note and one frame, one of no note."""
    return World(tmp_path_factory.mktemp("world"))


@every_deaf_stage
def test_a_good_song_is_done_with_exactly_what_the_stage_makes(stage: Stage, world: World) -> None:
    for outcome in world.outcomes[stage.name][:2]:
        assert isinstance(outcome, Done), outcome
        assert set(outcome.values) == set(stage.makes)
        for name, kind in stage.makes.items():
            array: Any = pa.array([outcome.values[name]], type=kind)  # raises if it does not fit
            array.validate(full=True)


@every_deaf_stage
def test_one_note_no_note_and_one_frame_end_done_or_rejected(stage: Stage, world: World) -> None:
    for outcome in world.outcomes[stage.name][2:]:
        assert isinstance(outcome, Done | Rejected), outcome
        if isinstance(outcome, Rejected):
            assert re.fullmatch(r"[A-Z][A-Z_]+", outcome.code)
            assert outcome.message
        else:
            assert set(outcome.values) == set(stage.makes)
            plain(stage, outcome)


@every_deaf_stage
def test_parallel_lists_are_equally_long_and_times_are_in_order(stage: Stage, world: World) -> None:
    for outcome in world.outcomes[stage.name]:
        for value in outcome.values.values() if isinstance(outcome, Done) else ():
            if isinstance(value, Mapping) and "time" in value:
                assert len({len(value[name]) for name in value}) == 1
                assert np.all(np.diff(np.asarray(value["time"], np.float64)) >= 0)


@every_deaf_stage
def test_outcomes_come_in_the_order_of_the_songs_and_the_same_every_time(stage: Stage, world: World) -> None:
    backwards = [world.items[name] for name in ("other", "song")]
    expected = [plain(stage, outcome) for outcome in world.outcomes[stage.name][1::-1]]
    assert [plain(stage, outcome) for outcome in run(stage, backwards)] == expected


@every_deaf_stage
def test_an_empty_shard_has_no_outcome(stage: Stage) -> None:
    assert run(stage, []) == []


# In a process of its own: madmom patches the process it is loaded into.
LISTEN = """
import json, sys
import pyarrow as pa
from symmv_tools import checkpoints
from symmv_tools.song import Song
from symmv_tools.stage import Context, Item
from symmv_tools.stages import ALL
*audio, video = sys.argv[1:]
items = [Item(Song(f"test:{i}", audio=path, video=video)) for i, path in enumerate(audio)]
found = {}
for stage in ALL:
    settings = stage.settings()
    if "audio" in stage.media and stage.enabled(settings):
        weights = {name: str(checkpoints.locate(name)) for name in stage.checkpoints(settings)}
        for outcome in stage.run(items, settings, Context(weights=weights)):
            values = getattr(outcome, "values", {})
            held = {k: str(pa.array([v], type=stage.makes[k]).to_pylist()) for k, v in values.items()}
            found.setdefault(stage.name, []).append([type(outcome).__name__, held])
print(json.dumps(found))
"""


@pytest.mark.slow  # two networks are loaded: about 10 s
def test_silence_ends_well_in_the_stages_that_listen(tmp_path: Path) -> None:
    silence, video = str(tmp_path / "silence.wav"), str(tmp_path / "silent film.wav")
    write_audio(tmp_path / "silence.wav", np.zeros(3 * 22050))
    write_audio(tmp_path / "silent film.wav", np.zeros(4 * 22050))
    done = subprocess.run(
        [sys.executable, "-c", LISTEN, silence, silence, video], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {stage.name for stage in HEARING}
    for stage in HEARING:
        first, second = found[stage.name]
        assert first == second
        assert first[0] in ("Done", "Rejected")
        assert set(first[1]) == (set(stage.makes) if first[0] == "Done" else set())
