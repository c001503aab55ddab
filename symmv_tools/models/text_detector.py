"""PaddleOCR's text detector (PP-OCRv6 small) as RapidOCR ships it: where letters stand, not what they say."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from symmv_tools.models.weights import not_weights

_MULTIPLE = 32  # the network halves its picture five times


@cache
def load(weights: str, threads: int) -> Any:
    """Return the ONNX session of the file `weights` on `threads` of the CPU.

    Raises MissingCheckpoint if the file is no such network.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as why:  # onnxruntime's own exceptions have no common base
        raise not_weights(weights, f"onnxruntime cannot read it ({type(why).__name__})") from why


def text_map(pixels: NDArray[np.uint8], model: Any) -> NDArray[np.float32]:
    """How surely each place of a picture belongs to a line of text, 0 to 1.

    `pixels` are RGB (height, width, 3) and should have about 320 pixels on their longer side. The map's
    sides are the picture's, each rounded to the nearest multiple of 32 and 32 at least.
    """
    size = [max(_MULTIPLE, round(side / _MULTIPLE) * _MULTIPLE) for side in pixels.shape[:2]]
    picture = cv2.resize(pixels, (size[1], size[0]))[:, :, ::-1]  # BGR, as RapidOCR feeds it
    batch = (picture.transpose(2, 0, 1)[None].astype(np.float32) / 255.0 - 0.5) / 0.5  # (1, 3, H, W)
    found: NDArray[np.float32] = model.run(None, {"x": batch})[0][0, 0]  # (H, W)
    return found
