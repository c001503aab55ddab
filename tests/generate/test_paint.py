"""Music by Diff-BGM, from a run at toy size that chance made, and from one that knows it all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from symmv_tools.errors import BadCall, BadSettings
from symmv_tools.generate.compose import Given, Piece
from symmv_tools.generate.film import Film
from symmv_tools.generate.paint import paint
from symmv_tools.generate.painter import Brush, Painter, is_painter, read_brush, read_painter
from symmv_tools.generate.plan import USUAL_BPM, Wishes
from symmv_tools.generate.writing import as_midi
from symmv_tools.models.diffbgm.condition import Condition
from symmv_tools.models.diffbgm.network import DiffBGM
from symmv_tools.music.notes import make_notes
from symmv_tools.music.quantise import Quantised
from symmv_tools.music.rolls import as_values, notes_of, roll_of
from symmv_tools.training.diffbgm_settings import read_preset
from tests.bands import write_run
from tests.painters import write_painter

CPU = torch.device("cpu")
QUICK = Brush(steps=2)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_painter(tmp_path_factory.mktemp("runs") / "run", {"visual": 4, "shot": 1}, shot=True)


def seen(seconds: float, motion: float | None = 5.0) -> Film:
    """A film whose features say the time."""
    time = np.arange(round(8 * seconds) + 800) / 8
    features = {"start": 0.0, "rate": 8.0, "value": np.repeat(time[:, None], 4, axis=1).astype(np.float32)}
    return Film(seconds, motion, {"semantic": features}, np.array([0.0, 1.0]))


def made(painter: Painter, film: Film, *given: Given, **wishes: Any) -> list[Piece]:
    return paint(painter, film, Wishes(**wishes), *given, say=lambda _: None)


# --- a network that knows it all ------------------------------------------------------------------


class Oracle(nn.Module):
    """Knows what music it should be, and takes from the features at which beat it is."""

    def __init__(self, whole: Tensor) -> None:
        super().__init__()
        self.whole, self.begun = whole, list[int]()

    def forward(self, x: Tensor, t: Tensor, condition: Condition) -> Tensor:
        assert condition.visual is not None
        beat = torch.round(
            (condition.visual[:, :, 0] - 0.1875) / 0.5
        ).long()  # 120 BPM, eight samples a second
        assert torch.equal(beat, beat[:, :1] + torch.arange(32))
        first = 4 * int(beat[0, 0])
        self.begun.append(first)
        return self.whole[None, :, first : first + 128].expand(len(x), -1, -1, -1)


@pytest.mark.parametrize("sampler", ["dpm-solver", "ddim", "ddpm"])
def test_a_song_of_many_stretches_keeps_its_notes_across_joins(sampler: str) -> None:
    """Of 70 s at 120 BPM: 35 bars, 560 steps. What the oracle paints is decoded at the true tempo."""
    rng = np.random.default_rng(3)
    step, duration = rng.integers(0, 560, 300), rng.integers(1, 60, 300)
    nobody = np.zeros(300, np.uint8)
    notes = Quantised(step, duration, rng.integers(40, 90, 300).astype(np.uint8), nobody, [""] * 300)
    whole = roll_of(notes, 560 + 128)
    oracle = Oracle(torch.from_numpy(as_values(whole, -1.0)))
    settings = replace(read_preset("toy"), objective="x0")
    painter = Painter(
        cast(DiffBGM, oracle), settings, {"visual": 4}, None, CPU, Brush(sampler=sampler, steps=3)
    )
    first, second = made(painter, seen(70.0), tempo=120.0, variants=2)
    expected = notes_of(roll_of(notes, 560))
    assert np.array_equal(np.rint(first.notes.onset * 8), expected.step)
    assert np.array_equal(first.notes.pitch, expected.pitch)
    ends = np.minimum(expected.step + expected.duration, 560)
    assert np.array_equal(np.rint(first.notes.offset * 8), ends)
    assert as_midi(first) == as_midi(second)
    assert sorted(set(oracle.begun)) == [64 * i for i in range(8)]


# --- a network that knows nothing -----------------------------------------------------------------


def test_a_piece_lasts_as_long_as_the_film_and_its_tempo_follows_motion(run: Path) -> None:
    painter = read_painter([run], QUICK, CPU)
    (piece,) = made(painter, seen(24.0, 0.0))
    assert piece.tempo == pytest.approx(90.0)
    assert piece.seconds == 24.0
    assert len(piece.notes) > 0
    assert piece.notes.end <= 24.0 + 1e-9
    assert piece.log_likelihood is None
    assert piece.chords["value"] == []


def test_the_seed_decides_and_variants_differ(run: Path) -> None:
    painter = read_painter([run], QUICK, CPU)
    first, again, other = (made(painter, seen(4.0), seed=seed, variants=2) for seed in (1, 1, 2))
    assert [as_midi(piece) for piece in first] == [as_midi(piece) for piece in again]
    assert len({as_midi(piece) for piece in (*first, *other)}) == 4


def test_what_is_seen_and_how_it_is_painted_make_a_difference(run: Path) -> None:
    film = seen(4.0)
    pieces = {
        as_midi(made(read_painter([run], brush, CPU), film)[0])
        for brush in (QUICK, replace(QUICK, guidance=3.0), replace(QUICK, t0=999), replace(QUICK, window=32))
    }
    other = film._replace(features={"semantic": {**film.features["semantic"], "start": -9.0}})
    pieces.add(as_midi(made(read_painter([run], QUICK, CPU), other)[0]))
    assert len(pieces) >= 4


def test_what_is_missing_is_told(run: Path) -> None:
    said = list[str]()
    paint(read_painter([run], QUICK, CPU), Film(4.0, None, {}), Wishes(), say=said.append)
    assert said == [
        f"the networks get no motion from so short a video: the tempo is {USUAL_BPM:g} BPM; "
        "--tempo says another",
        "the network goes by visual, shot; without visual, shot its music is for nothing",
    ]


def test_guidance_without_its_training_is_told(tmp_path: Path) -> None:
    said = list[str]()
    run = write_painter(tmp_path / "run", drop_condition=0.0)
    paint(read_painter([run], replace(QUICK, guidance=2.0), CPU), seen(2.0), Wishes(), say=said.append)
    assert said == [
        "the network never learned to make music for nothing (drop_condition = 0): guidance means little"
    ]


def test_bars_are_counted(run: Path) -> None:
    heard = list[tuple[str, int, int]]()
    painter = read_painter([run], QUICK, CPU)
    paint(
        painter, seen(22.0), Wishes(tempo=120.0), say=lambda _: None, watch=lambda *what: heard.append(what)
    )
    assert heard == [("music", 1, 11), ("music", 5, 11)]


def test_given_chords_and_melody_are_what_it_goes_by(tmp_path: Path) -> None:
    widths = {"chord": 36, "melody": 0}
    run = write_painter(tmp_path / "run", widths, selection="none", chord=True, melody=True)
    painter = read_painter([run], QUICK, CPU)
    tune = make_notes([0.0, 1.0], [0.5, 0.5], [60, 64], [90, 90])
    given = [
        Given({"time": np.array([0.0]), "duration": np.array([4.0]), "value": [label]}, tune)
        for label in ("C:maj", "F#:min")
    ]
    assert len({as_midi(made(painter, seen(4.0), one)[0]) for one in given}) == 2


# --- runs and brushes -----------------------------------------------------------------------------


def test_a_run_of_diff_bgm_is_known_by_its_settings(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "melody", "melody")
    assert [is_painter([folder]) for folder in (run, other, tmp_path)] == [True, False, False]
    with pytest.raises(BadCall, match="Diff-BGM makes music alone"):
        read_painter([run, other], QUICK, CPU)


def test_weights_of_other_settings_are_refused(tmp_path: Path) -> None:
    run = write_painter(tmp_path / "run")
    path = run / "settings.toml"
    path.write_text(path.read_text("utf-8").replace("channels = 8", "channels = 16"), "utf-8")
    with pytest.raises(BadCall, match="are not those of a network with its settings"):
        read_painter([run], QUICK, CPU)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("steps=0", "steps and rounds must be 1 or more"),
        ("overlap_bars=8", "it can be 0 to 7"),
        ("rounds=2", "dpm-solver takes every step once"),
        ("sampler=ddmp", "sampler is 'ddmp'; it can be"),
        ("guidence=2", "there is no setting 'guidence'"),
        ("window=-1", "window is -1"),
    ],
)
def test_brushes_that_cannot_be_are_refused(change: str, said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        read_brush([change])


def test_more_steps_than_there_are_are_refused(run: Path) -> None:
    with pytest.raises(BadSettings, match="this network knows 1000 at most"):
        read_painter([run], read_brush(["steps=1001"]), CPU)
