"""A stage may read facts of a song, such as its title: they are part of what its row is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from symmv_tools.pipeline.house import House
from symmv_tools.pipeline.plan import make_plan
from symmv_tools.pipeline.run import annotate
from symmv_tools.pipeline.states import State
from symmv_tools.settings import NoSettings
from symmv_tools.song import Song
from symmv_tools.stage import Context, Done, Item, Outcome, Stage


def _shout(items: Sequence[Item], settings: NoSettings, context: Context) -> Iterator[Outcome]:
    for item in items:
        assert item.song.title is not None
        yield Done({"style": item.song.title.upper()})


SHOUT = Stage(
    name="shout", version="1.0.0", makes={"style": pa.string()}, facts=("title",), run=_shout, about="Shouts."
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House.open(tmp_path, create=True, stages=[SHOUT])
    yield opened
    opened.store.close()


def states(house: House) -> list[str]:
    return [str(j.cells["shout"].state) for batch in house.judged(house.nodes()) for j in batch]


def test_a_song_without_the_fact_is_absent(house: House) -> None:
    house.store.put([Song("a:1", title="Yellow"), Song("a:2")])
    assert states(house) == [State.STALE, State.ABSENT]
    annotate(house, workers=1)
    assert states(house) == [State.FRESH, State.ABSENT]


def test_another_fact_makes_the_row_stale_and_the_plan_says_which(house: House) -> None:
    house.store.put([Song("a:1", title="Yellow")])
    annotate(house, workers=1)
    house.store.put([Song("a:1", title="Clocks", artist="Coldplay")])
    (plan,) = make_plan(house, house.nodes()).stages
    assert dict(plan.reasons) == {"title changed": 1}
    house.store.put([Song("a:1", title="Yellow", artist="Coldplay")])
    assert states(house) == [State.FRESH]
