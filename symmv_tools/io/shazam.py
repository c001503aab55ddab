"""Asking Shazam, through shazamio's signatures and addresses, but at our pace; and reading its answers.

shazamio's own client retries twenty times for up to a minute each, and reads whatever it is sent. Ours is
`json_service`. Answers are from the web: a field of another shape than expected is as good as missing.
"""

from __future__ import annotations

import asyncio
import io
import re
import unicodedata
import wave
from collections.abc import Coroutine
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shazamio import Shazam
from shazamio.interfaces.client import HTTPClientInterface

from symmv_tools.io.json_service import Service, ServiceTrouble

SAMPLE_RATE = 16000
"""Hz; the rate at which Shazam's signatures are made."""

FIELDS = ("title", "artist", "genre", "lyrics", "shazam_id", "isrc", "album")
"""What an answer is read for, each a text or None."""

_WINDOW_SECONDS = 12  # what Shazam's own apps send
_LONGEST = {"lyrics": 20_000}
_LONG = 300
_NUMBER = re.compile(r"[0-9]{1,20}")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


def recognise(samples: NDArray[np.float32], service: Service, max_skew: float) -> dict[str, str | None]:
    """Ask for a recording by the twelve seconds in its middle; mono `samples` at `SAMPLE_RATE`.

    All fields are None if Shazam does not know it, or knows it only faster or slower than by a share of
    `max_skew`: such matches are mostly wrong (shazamio: 23 of 28 wrong answers, 15 of 611 right ones).
    """
    begin = max(0, (len(samples) - _WINDOW_SECONDS * SAMPLE_RATE) // 2)
    clip = samples[begin : begin + _WINDOW_SECONDS * SAMPLE_RATE]
    answer = _answer(_shazam(service).recognize(_wav(clip)))
    if not isinstance(answer, dict) or not ("track" in answer or isinstance(answer.get("matches"), list)):
        raise ServiceTrouble("GARBAGE", "Shazam's answer speaks of no match", "try again later")
    return facts(None if _is_skewed(answer, max_skew) else answer.get("track"))


def look_up(shazam_id: str, service: Service) -> dict[str, str | None]:
    """Ask for the track with this id; all else is None if Shazam does not know it."""
    if not _NUMBER.fullmatch(shazam_id):
        return {**dict.fromkeys(FIELDS), "shazam_id": shazam_id}
    track = _answer(_shazam(service).track_about(int(shazam_id)))
    return {**facts(track), "shazam_id": shazam_id}


def facts(track: object) -> dict[str, str | None]:
    """Read a track of Shazam's; whatever is not there, or is not what it should be, is None."""
    metadata = _list(_section(track, "SONG").get("metadata"))
    album = next((entry.get("text") for entry in map(_dict, metadata) if entry.get("title") == "Album"), None)
    lines = _list(_section(track, "LYRICS").get("text"))
    found = {
        "title": _dict(track).get("title"),
        "artist": _dict(track).get("subtitle"),
        "genre": _dict(_dict(track).get("genres")).get("primary"),
        "lyrics": "\n".join(line for line in lines if isinstance(line, str)),
        "shazam_id": _matching(_NUMBER, _dict(track).get("key")),
        "isrc": _matching(_ISRC, _dict(track).get("isrc")),
        "album": album,
    }
    return {name: _text(found[name], _LONGEST.get(name, _LONG)) for name in FIELDS}


def _section(track: object, kind: str) -> dict[str, Any]:
    sections = map(_dict, _list(_dict(track).get("sections")))
    return next((section for section in sections if section.get("type") == kind), {})


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    text = str(value) if isinstance(value, str | int) else ""
    return text if pattern.fullmatch(text) else None


def _text(value: object, longest: int) -> str | None:
    """A text without control characters, lone surrogates or blanks around it; None if nothing is left."""
    if not isinstance(value, str):
        return None
    kept = (c for c in value[:longest] if c == "\n" or unicodedata.category(c)[0] != "C")
    return "".join(kept).strip() or None


def _is_skewed(answer: dict[str, Any], max_skew: float) -> bool:
    first = _dict(next(iter(_list(answer.get("matches"))), None))
    skews = [first.get("timeskew"), first.get("frequencyskew")]
    return any(isinstance(skew, int | float) and not abs(skew) <= max_skew for skew in skews)


# --- shazamio -------------------------------------------------------------------------------------


class _Client(HTTPClientInterface):
    """Sends shazamio's requests through a Service; one at a time, so nothing is lost by not awaiting."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def request(self, method: str, url: str, **kwargs: Any) -> Any:
        return self._service.ask(url, headers=kwargs.get("headers"), body=kwargs.get("json"))

    async def request_text(self, url: str, **kwargs: Any) -> str:
        raise NotImplementedError("nothing that we ask for is text")


def _shazam(service: Service) -> Shazam:
    return Shazam(http_client=_Client(service))


def _answer(asking: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asking)


def _wav(samples: NDArray[np.float32]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.round(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
    return out.getvalue()
