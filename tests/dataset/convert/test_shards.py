"""JSON lines and WebDataset's tar files hold what the rows hold."""

from __future__ import annotations

import base64
import io
import json
import tarfile

import pytest
from hypothesis import given, settings

from symmv_tools.dataset.convert import shards
from tests.exports import song
from tests.rows import Row, canonical, rows

pytestmark = pytest.mark.quick


@settings(deadline=None)
@given(rows())
def test_a_line_holds_the_whole_row(row: Row) -> None:
    ((name, content),) = shards.json_lines([row])
    assert name == f"{row['split']}-00000.jsonl"
    back = json.loads(content)
    midi = back.get("midi")
    back["midi"] = None if midi is None else base64.b64decode(midi)
    for medium in ("audio", "video"):
        if back.get(medium) and back[medium]["bytes"]:
            back[medium]["bytes"] = base64.b64decode(back[medium]["bytes"])
    assert canonical(back) == canonical(row)


def test_a_tar_holds_the_files_of_a_row_side_by_side() -> None:
    ours = [
        song(name, pair_id=f"{name}0", midi=b"MThd", audio={"bytes": b"Ogg", "path": "x.ogg"})
        for name in "ab"
    ]
    ((name, content),) = shards.tar_files(ours)
    assert name == "train-00000.tar"
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = archive.getnames()
        assert names == ["a0.json", "a0.mid", "a0.audio.ogg", "b0.json", "b0.mid", "b0.audio.ogg"]
        files = {name: archive.extractfile(name) for name in names}
        read = {name: file.read() for name, file in files.items() if file}
    assert (read["a0.mid"], read["b0.audio.ogg"]) == (b"MThd", b"Ogg")
    assert json.loads(read["a0.json"])["chord"]["value"] == ["C:maj", "A:min7"]


def test_shards_are_cut_by_size_and_kept_apart_by_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 20_000)
    ours = [song(str(i), split="test" if i % 5 == 0 else "train") for i in range(20)]
    found = dict(shards.json_lines(ours))
    lines = {name: content.decode().splitlines() for name, content in found.items()}
    assert sum(len(each) for each in lines.values()) == 20
    assert len(lines) > 2
    for name, each in lines.items():
        assert {json.loads(line)["split"] for line in each} == {name.split("-")[0]}
        assert len(found[name]) <= 20_000 or len(each) == 1
