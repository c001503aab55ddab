"""Decoding on an NVIDIA GPU (NVDEC), through PyAV: pictures come back to ordinary memory with their times.

H.264, HEVC, VP9 and AV1 say what every pixel of every picture is, so it must show the same as the CPU's
decoding; how a damaged picture looks is not said. Nothing here has been run on a GPU yet.
"""

from __future__ import annotations

import logging
from functools import cache

import av
from av.codec.hwaccel import HWAccel

log = logging.getLogger(__name__)

DECODERS = ("cpu", "cuda")


def acceleration(decoder: str) -> HWAccel | None:
    """Return what `av.open` takes to decode by one of DECODERS; None is the CPU.

    Without a GPU a note is logged once, and it is the CPU. So it is, with no word, for single streams
    that the GPU cannot decode.
    """
    if decoder not in DECODERS:
        raise ValueError(f"decoder must be one of {', '.join(DECODERS)}; got {decoder!r}")
    return _cuda() if decoder == "cuda" else None


@cache
def _cuda() -> HWAccel | None:
    trouble = trouble_with_cuda()
    if trouble:
        log.warning("videos are decoded on the CPU: %s", trouble)
        return None
    return _wish()


def trouble_with_cuda() -> str:
    """Say why no video can be decoded on a GPU here; empty where one can."""
    try:
        _wish().create(av.Codec("h264", "r"))
    except NotImplementedError:
        return "this PyAV was built without CUDA"
    except av.FFmpegError as why:
        return f"FFmpeg cannot open an NVIDIA GPU ({why.strerror or why})"
    return ""


def _wish() -> HWAccel:
    # primary_ctx: with torch in one context, not in another beside it with hundreds of MB of its own
    return HWAccel("cuda", allow_software_fallback=True, options={"primary_ctx": "1"})
