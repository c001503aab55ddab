"""`symmv models`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symmv_tools import checkpoints
from symmv_tools.cli import models


def test_the_list_names_every_checkpoint_and_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SYMMV_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert models.list_(as_json=True) == 0
    listed = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert tuple(sorted(listed)) == checkpoints.names()
    assert listed["bytedance-piano"]["here"] is None
    assert listed["bytedance-piano"]["megabytes"] == 172.0
    assert models.list_() == 0
    assert "bytedance-piano" in capsys.readouterr().out.replace("\n", "")
