"""Music from a video: the Chord Transformer, and the paper's Video2music."""

from __future__ import annotations

from collections.abc import Mapping

from symmv_tools.models.vmusprod.controller import Features, VideoController
from symmv_tools.models.vmusprod.cross import Memory
from symmv_tools.models.vmusprod.generator import Generator
from symmv_tools.models.vmusprod.sizes import Sizes


class VideoToMusic(Generator):
    """A decoder whose cross-attention hears the video controller.

    `widths` are those of the features that the controller sees; without any there is no controller and
    no cross-attention, and the network is unconditional.
    """

    def __init__(
        self, sizes: Sizes, words: Mapping[str, int], widths: Mapping[str, int], *, timing: bool
    ) -> None:
        super().__init__(sizes, words, layers=sizes.layers, cross=bool(widths), timing=timing)
        self.controller = VideoController(sizes, widths) if widths else None

    def encode(self, condition: Mapping[str, Features] | None) -> Memory | None:
        """Return what the controller makes of a video's features; None if the network is unconditional."""
        if self.controller is None:
            return None
        memory: Memory = self.controller(condition or {})
        return memory
