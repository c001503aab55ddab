"""Render the demo's MIDI songs to audio, so that there is something to transcribe: `python demo/render.py`.

The sound is TimGM6mb.sf2, a General MIDI font under the GPL-2 that the wheel of pretty_midi brings.
Only the demo's own work folder gets the audio; nothing rendered is in the repository.
"""

from __future__ import annotations

from pathlib import Path

from symmv_tools.io import midi, render

HERE = Path(__file__).parent
SAMPLE_RATE = 44100


def main() -> None:
    """Write demo/work/audio/NAME.wav for every MIDI file in demo/songs."""
    out = HERE / "work" / "audio"
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted((HERE / "songs").glob("*.mid")):
        song = midi.read(path)
        wav = out / f"{path.stem}.wav"
        render.write_wav(wav, render.render(song.notes, song.pedal, sample_rate=SAMPLE_RATE), SAMPLE_RATE)
    print("demo: real songs, a real film, an artificial pairing: these clips were never each other's music.")
    print("demo: audio rendered with TimGM6mb.sf2 (GPL-2 font from the pretty_midi wheel).")


if __name__ == "__main__":
    main()
