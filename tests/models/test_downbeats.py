"""models/downbeats.py: the beats of a click track, found in a process of its own, and what must not leak."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symmv_tools import checkpoints
from symmv_tools.errors import MissingCheckpoint, MissingPackage
from symmv_tools.models import downbeats

INSTALLED = [name for name, package in downbeats.PACKAGES.items() if importlib.util.find_spec(package)]

CLICKS = """
import json, sys
import numpy as np
from symmv_tools.models import downbeats

rate, seconds = downbeats.SAMPLE_RATE, 12
samples = np.random.default_rng(0).normal(0, 1e-3, rate * seconds)
t = np.arange(int(0.06 * rate)) / rate
for n in range(23):  # 120 beats per minute from 0.25 s on; every fourth is higher and louder
    click = np.exp(-60 * t) * np.sin(2 * np.pi * (1500 if n % 4 == 0 else 1000) * t)
    at = round((0.25 + n / 2) * rate)
    samples[at : at + len(click)] += click * (0.8 if n % 4 == 0 else 0.3)
meters = (3, 4) if sys.argv[2] == "madmom" else (4,)  # the other is slow
found = downbeats.track(
    samples.astype(np.float32), sys.argv[1], beats_per_bar=meters, implementation=sys.argv[2]
)
silence = downbeats.track(
    np.zeros(3 * rate, np.float32), sys.argv[1], beats_per_bar=meters, implementation=sys.argv[2]
)
pieces = [samples[:n].astype(np.float32) for n in (0, 1, 442)]
short = [len(downbeats.activations(piece, sys.argv[1], sys.argv[2])) for piece in pieces]
json.dump([[c.tolist() for c in found], len(silence.time), short], sys.stdout)
"""


@pytest.fixture(scope="module")
def weights() -> Path:
    try:
        return checkpoints.locate("madmom-downbeats-2016")
    except MissingCheckpoint as why:
        pytest.skip(str(why))


def in_a_process(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("implementation", INSTALLED)
def test_a_click_track_has_its_beats_and_downbeats(weights: Path, implementation: str) -> None:
    (time, position, confidence), in_silence, short = json.loads(
        in_a_process(CLICKS, str(weights), implementation)
    )
    np.testing.assert_allclose(time, 0.25 + np.arange(len(time)) / 2, atol=0.02)
    assert len(time) >= 22
    assert position == [n % 4 + 1 for n in range(len(position))]
    assert 0.1 < min(confidence) <= max(confidence) <= 1.0
    assert in_silence == 0
    assert short == [0, 1, 2]


def test_importing_our_modules_patches_nothing() -> None:
    code = """
import collections, sys
import numpy
import symmv_tools.models.downbeats, symmv_tools.models.madmom_patches, symmv_tools.stages.beats
assert not {"float", "int", "object", "complex", "in1d"} & set(vars(numpy))
assert "MutableSequence" not in vars(collections)
assert not {"madmom", "madmom_infer", "pkg_resources"} & set(sys.modules)
"""
    in_a_process(code)


def test_a_machine_without_either_package_is_told_both_ways_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downbeats, "PACKAGES", {"madmom": "no_such_package", "madmom-infer": "nor_this"})
    for implementation in ("auto", "madmom", "madmom-infer"):
        with pytest.raises(MissingPackage) as caught:
            downbeats.choose(implementation)
        assert "symmv doctor --fix" in caught.value.hint
        assert "--set beats.tracker=none" in caught.value.hint


# --- joining sections -------------------------------------------------------------------------------


@given(st.floats(0.3, 1.0), st.integers(2, 7), st.floats(40, 60), st.floats(0, 0.02), st.integers(0, 3))
def test_two_halves_of_a_steady_pulse_join_to_the_whole(
    period: float, meter: int, start: float, jitter: float, lost: int
) -> None:
    time = np.arange(200) * period
    whole = np.column_stack([time, np.arange(200) % meter + 1])
    first, second = whole[time < start + 15], whole[time >= start][lost:] + np.array([jitter, 0.0])
    joined = downbeats.joined(first, second, start + 7.5)
    assert len(joined) == len(whole)
    np.testing.assert_allclose(joined, whole, atol=0.021)


def test_sections_that_never_agree_are_cut_in_the_middle() -> None:
    first, second = np.array([[1.0, 1], [2.0, 2], [3.0, 3]]), np.array([[1.5, 1], [2.5, 2], [3.5, 3]])
    np.testing.assert_array_equal(downbeats.joined(first, second, 2.2)[:, 0], [1.0, 2.0, 2.5, 3.5])
    nothing = np.empty((0, 2))
    np.testing.assert_array_equal(downbeats.joined(first, nothing, 2.2)[:, 0], [1.0, 2.0])
    np.testing.assert_array_equal(downbeats.joined(nothing, second, 2.2)[:, 0], [2.5, 3.5])
