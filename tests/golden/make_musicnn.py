"""Write what the package musicnn itself makes of a sound, by TensorFlow: tests/golden/musicnn.npz.

Not part of `make golden`: it needs an environment of its own, to be thrown away (1.6 GB). Made by

    python3.11 -m venv tf
    tf/bin/pip install tensorflow-cpu==2.21.0 librosa==0.11.0
    tf/bin/pip install --no-deps musicnn==0.1.0
    tf/bin/pip install --no-deps --target numpy1 numpy==1.26.4
    PYTHONPATH=numpy1 tf/bin/python tests/golden/make_musicnn.py

NumPy must be below 2: the package declares below 1.17, and under 2 its spectrogram overflows (see
`symmv_tools/music/musicnn_mel.py`). The spectrogram is `musicnn.extractor.batch_data`, unchanged. The
networks are the graphs that the authors saved beside the weights: to build them anew, as the package does,
takes a Keras that is no more.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import shutil
import sys
import tempfile
import wave
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
FILE = HERE / "musicnn.npz"
MODELS = {"musicnn-mtt": "MTT_musicnn", "musicnn-msd": "MSD_musicnn"}
LAYERS = {
    "logits": "model/dense_1/BiasAdd:0",
    "penultimate": "model/batch_normalization_10/batchnorm/add_1:0",
    "mean_pool": "model/moments/Squeeze:0",
    "max_pool": "model/Max:0",
}
SAMPLE_RATE = 44100
PATCH = 187  # frames: what `extractor` takes at a time
OVERLAP_HOP = 62  # frames from one patch to the next, in the second set of patches


def main() -> None:
    """Write the file anew."""
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        sys.exit(f"this is NumPy {np.__version__}; the commands in {__file__} say which one to take")
    mel, spectrogram = _front_end()
    overlapping = np.stack(
        [spectrogram[at : at + PATCH] for at in range(0, len(spectrogram) - PATCH + 1, OVERLAP_HOP)]
    )
    found: dict[str, Any] = {
        "mel": spectrogram,
        "sound_sha256": np.array(sound_sha256()),
        "versions": np.array(_versions()),
    }
    assert np.array_equal(mel[0], overlapping[0])
    for name, folder in MODELS.items():
        for layer, value in _network(folder, overlapping).items():
            found[f"{name}/{layer}"] = value.reshape(len(overlapping), -1)
    np.savez_compressed(FILE, **found)
    print(f"{FILE.name}: {FILE.stat().st_size} bytes; {found['versions']}")


# --- the sound ------------------------------------------------------------------------------------------


@cache
def sound() -> NDArray[np.int16]:
    """Return 6.4 s of plucked chords and hisses at 44.1 kHz, (n,): loud at first, below -50 dB at last."""
    seconds = np.arange(int(6.4 * SAMPLE_RATE)) / SAMPLE_RATE
    mix = np.zeros(len(seconds))
    chords = [(48, 55, 64, 72), (45, 52, 60, 69), (41, 53, 57, 65), (43, 55, 59, 74)]
    for i, pitches in enumerate(chords * 3):
        rest = mix[i * SAMPLE_RATE // 2 :]
        for pitch in pitches:
            note = _pluck(440 * 2 ** ((pitch - 69) / 12))
            rest[: len(note)] += note[: len(rest)]
    hiss = (np.random.default_rng(909).random(len(seconds)) - 0.5) * np.exp(-8 * (seconds % 0.25))
    mix = (mix / np.abs(mix).max() + 0.15 * hiss) * np.where(seconds < 5.4, 0.85, 0.002)
    samples: NDArray[np.int16] = np.round(mix * 32767).astype(np.int16)
    return samples


def _pluck(hz: float) -> NDArray[np.float64]:
    """Return two seconds of a string with eight partials, the higher the sooner gone."""
    seconds = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    string = np.zeros(len(seconds))
    for k in range(1, 9):
        string += 0.6**k * np.exp(-seconds * (1.5 + k)) * np.sin(2 * np.pi * hz * k * seconds)
    return string


def sound_sha256() -> str:
    """Return the digest of the samples, little-endian."""
    return hashlib.sha256(sound().astype("<i2").tobytes()).hexdigest()


def write_sound(path: Path) -> Path:
    """Write the sound as a WAV file."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(sound().astype("<i2").tobytes())
    return path


# --- the package ----------------------------------------------------------------------------------------


def _front_end() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the patches one after the other (n, 187, 96), and all that they were cut from (frames, 96)."""
    extractor: Any = importlib.import_module("musicnn.extractor")
    with tempfile.TemporaryDirectory() as scratch:
        mel, spectrogram = extractor.batch_data(write_sound(Path(scratch) / "sound.wav"), PATCH, PATCH)
    return mel, spectrogram


def _network(folder: str, mel: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Return the layers of the saved graph for patches (n, 187, 96)."""
    tf: Any = importlib.import_module("tensorflow")
    place = Path(importlib.import_module("musicnn").__file__ or "").parent / folder
    meta = tf.compat.v1.MetaGraphDef()
    meta.ParseFromString((place / ".meta").read_bytes())
    for node in meta.graph_def.node:
        node.attr.pop("_output_shapes", None)  # today's TensorFlow disagrees about those of the training half
    wanted = [name.removesuffix(":0") for name in LAYERS.values()]
    graph_def = tf.compat.v1.graph_util.extract_sub_graph(meta.graph_def, wanted)
    weights = _variables(tf, place, graph_def)
    feed: dict[str, Any] = {f"{name}/read:0": value for name, value in weights.items()}
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        tf.import_graph_def(graph_def, name="")
        feed |= {"model/Placeholder:0": mel, "model/Placeholder_2:0": False}  # the latter: training or not
        layers: dict[str, NDArray[np.float32]] = session.run(LAYERS, feed)
    return layers


def _variables(tf: Any, place: Path, graph_def: Any) -> dict[str, NDArray[Any]]:
    """Return the weights by name, as TensorFlow reads them; it wants files that are not hidden."""
    with tempfile.TemporaryDirectory() as scratch:
        for ending in (".index", ".data-00000-of-00001"):
            shutil.copy(place / ending, Path(scratch) / f"weights{ending}")
        reader = tf.train.load_checkpoint(f"{scratch}/weights")
        return {n.name: reader.get_tensor(n.name) for n in graph_def.node if n.op == "VariableV2"}


def _versions() -> str:
    names = ("musicnn", "tensorflow-cpu", "librosa")
    return ", ".join([f"numpy {np.__version__}", *(f"{n} {importlib.metadata.version(n)}" for n in names)])


if __name__ == "__main__":
    main()
