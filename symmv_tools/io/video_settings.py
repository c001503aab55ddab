"""What a user may set of the decoding of videos; a store keeps it in `settings.toml`, section [video]."""

from __future__ import annotations

from dataclasses import dataclass

from symmv_tools.settings import runtime


@dataclass(frozen=True)
class VideoSettings:
    """Who decodes."""

    decoder: str = runtime(
        "cpu",
        "who decodes for readers that run on a GPU: cpu, or cuda (NVDEC; what that cannot decode, the CPU "
        "does); for all other readers it is the CPU",
        choices=("cpu", "cuda"),
    )
