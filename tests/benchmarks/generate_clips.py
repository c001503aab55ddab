"""Music for every clip here, by the command: do MIDI, sound and video last as long as the pictures?

Lengths of what `symmv generate` wrote, as other programs would read it: MIDI to its `end` marker, samples of
the sound, and of the new video its picture stream (beginning of the last picture and one picture more) and
its sound, both decoded. The networks are those in $SYMMV_RUNS, else ones that chance made: lengths do not
depend on what is said. Seconds are of the wall.

    SYMMV_DATA=… python -m tests.benchmarks.generate_clips
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av
import soundfile
import symusic

from tests.bands import write_band
from tests.benchmarks.data import data
from tests.benchmarks.page import hardware, replace_section

CLIPS = (
    "moviepy_big_buck_bunny_0_30.webm",
    "alt_encode/bower_bbb_480p_30s.mp4",
    "moviepy_chaplin.mp4",
    "pyscenedetect/testvideo.mp4",
)
TOLERANCE = 0.05


def main() -> None:
    """Generate, measure, write the table; exit 1 if lengths differ."""
    lines = [
        "| clip | pictures, s | MIDI | sound | new video: pictures | its sound | apart by, ms | took, s |"
    ]
    lines.append("|---|" + "--:|" * 7)
    worst = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        runs = os.environ.get("SYMMV_RUNS") or str(write_band(Path(scratch) / "runs"))
        for clip in CLIPS:
            began = time.monotonic()
            found = lengths(data() / "video" / clip, runs, Path(scratch))
            apart = max(found) - min(found)
            worst = max(worst, apart)
            cells = [
                *(f"{each:.3f}" for each in found),
                f"{1000 * apart:.0f}",
                f"{time.monotonic() - began:.0f}",
            ]
            lines.append(f"| {clip} | " + " | ".join(cells) + " |")
    text = "\n".join([*lines, "", f"`python -m tests.benchmarks.generate_clips`. {hardware()}"])
    print(text)
    replace_section("generate_clips", text)
    if worst > TOLERANCE:
        sys.exit(f"lengths differ by {worst:.3f} s; {TOLERANCE} s may")


def lengths(clip: Path, runs: str, folder: Path) -> list[float]:
    """The clip's pictures, and all that was made for them, in seconds."""
    outs = [
        folder / f"out{ending}" for ending in (".mid", ".wav", ".mkv" if clip.suffix == ".webm" else ".mp4")
    ]
    for out in outs:
        command = ["generate", "--model", runs, "--video", str(clip), "--out", str(out)]
        subprocess.run([sys.executable, "-m", "symmv_tools.cli.main", *command], check=True)
    score: Any = symusic.Score(outs[0], ttype="second")
    end = next(marker.time for marker in score.markers if marker.text == "end")
    sound = soundfile.info(outs[1])
    return [pictures(clip), end, sound.frames / sound.samplerate, pictures(outs[2]), samples(outs[2])]


def pictures(path: Path) -> float:
    """From the first picture to the end of the last."""
    with av.open(path) as video:
        stream = video.streams.video[0]
        assert stream.average_rate is not None
        times = [float(frame.time or 0.0) for frame in video.decode(stream)]
        return max(times) - min(times) + float(1 / stream.average_rate)


def samples(path: Path) -> float:
    """From the first sample to the last, as decoded."""
    with av.open(path) as video:
        stream = video.streams.audio[0]
        return sum(frame.samples for frame in video.decode(stream)) / stream.rate


if __name__ == "__main__":
    main()
