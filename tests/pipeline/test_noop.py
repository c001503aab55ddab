"""A second run does nothing, and doing nothing loads nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.survival import annotate_in_background, make_store

HEAVY = (
    "torch",
    "madmom",
    "madmom_infer",
    "chorder",
    "symusic",
    "av",
    "cv2",
    "scenedetect",
    "onnxruntime",
    "librosa",
)

CODE = """
import json, sys
from symmv_tools.cli.main import main
try:
    main(["annotate", "--json", "--work", sys.argv[1]])
except SystemExit as end:
    loaded = [name for name in sys.argv[2].split() if name in sys.modules]
    print(json.dumps([end.code, loaded]), file=sys.stderr)
"""


@pytest.mark.timeout(120)
def test_a_second_annotate_runs_nothing_and_imports_no_model(tmp_path: Path) -> None:
    work = make_store(tmp_path, copies=1)
    assert annotate_in_background(work).wait() == 0
    before = sorted(path.name for path in (work / "tables").rglob("*"))
    command = [sys.executable, "-c", CODE, str(work), " ".join(HEAVY)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(ended.stdout) == {"songs": 4, "stages": {}}
    assert json.loads(ended.stderr.splitlines()[-1]) == [0, []]
    assert sorted(path.name for path in (work / "tables").rglob("*")) == before
