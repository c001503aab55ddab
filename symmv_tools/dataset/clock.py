"""When the music of a song is heard in its video."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmv_tools.music.warping import Warp


def video_time(song: Mapping[str, Any], music_time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the video times (n,) of moments of the music, seconds, by the `alignment` of a Row.

    Without one its `audio_video_offset` is added; without that, both are taken to begin together, as files
    that a person put together do.
    """
    path = song.get("alignment")
    if path is not None and len(path["music_time"]) > 1:
        return Warp(np.asarray(path["music_time"]), np.asarray(path["video_time"])).at(music_time)
    return np.asarray(music_time, np.float64) + (song.get("audio_video_offset") or 0.0)
