"""Write tests/golden/muspy.tsv: what MusPy and pretty_midi say of the demo's songs and of synthetic files.

MusPy is no dependency of ours, not even of the tests, so `make golden` does not run this. In an
environment of its own:

    pip install muspy==0.5.0
    python -m tests.golden.make_muspy

`ioi_mgeval` is mgeval's line `np.mean(np.diff(pretty_midi.PrettyMIDI(path).get_onsets()))`, the rest MusPy's
functions; bars are four quarters.
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

import muspy
import numpy as np
import pretty_midi

from tests.evaluation.quality.files import files

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "demo" / "songs"


def main() -> None:
    """Write the table: a line for each file and metric."""
    given = {path.stem: path.read_bytes() for path in sorted(DEMO.glob("*.mid"))} | files()
    lines = ["file\tmetric\tvalue"]
    for name, raw in given.items():
        lines += [f"{name}\t{metric}\t{value!r}" for metric, value in of(raw).items()]
    (HERE / "muspy.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    print(f"tests/golden/muspy.tsv, by muspy {muspy.__version__}", file=sys.stderr)


def of(raw: bytes) -> dict[str, float]:
    """Return the values of one file; both libraries read files from a disk."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "piece.mid"
        path.write_bytes(raw)
        music, onsets = muspy.read_midi(path), pretty_midi.PrettyMIDI(str(path)).get_onsets()
    values = {
        "sc_muspy": muspy.scale_consistency(music),
        "pe_muspy": muspy.pitch_entropy(music),
        "pce_muspy": muspy.pitch_class_entropy(music),
        "ebr_muspy": muspy.empty_beat_rate(music),
        "groove_muspy": muspy.groove_consistency(music, 4 * music.resolution),
        "polyphony_muspy": muspy.polyphony(music),
        "polyphony_rate_muspy": muspy.polyphony_rate(music),
        "pitch_range_muspy": muspy.pitch_range(music),
        "n_pitches_muspy": muspy.n_pitches_used(music),
        "n_pitch_classes_muspy": muspy.n_pitch_classes_used(music),
        "ioi_mgeval": np.mean(np.diff(onsets)) if len(onsets) > 1 else math.nan,
    }
    return {name: float(value) for name, value in values.items()}


if __name__ == "__main__":
    main()
