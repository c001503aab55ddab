"""madmom 0.16.1 made to run on today's Python and numpy. Only for a process that runs nothing else.

madmom's last release is of 2018. Its sources still compile, but use names that Python 3.10 and numpy 1.24
dropped. `import_madmom` puts those names back, in this process and for good, which is why the stage that
calls it has a lane of its own. Importing this module changes nothing.
"""

from __future__ import annotations

import collections
import collections.abc
import importlib
import importlib.metadata
import importlib.util
import sys
import types
import warnings
from typing import Any

import numpy as np

from symmv_tools.errors import MissingPackage


def import_madmom(module: str) -> Any:
    """Return the module of madmom called `module` ("madmom.features.downbeats"), patching what it needs.

    Raises MissingPackage if madmom is not there, or was compiled for another numpy.
    """
    if "madmom" not in sys.modules:
        _bring_back_dropped_names()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old escapes in its docstrings, the farewell of pkg_resources
            found = importlib.import_module(module)
    # a wheel built against another numpy fails with ValueError ("numpy.dtype size changed")
    except (ImportError, ValueError, AttributeError) as why:
        raise MissingPackage(
            f"madmom is not usable here: {why}",
            "run `symmv doctor --fix`, or use its stand-in: --set beats.implementation=madmom-infer",
        ) from why
    _let_ragged_results_be_an_array()
    return found


def _bring_back_dropped_names() -> None:
    # processors.py: `from collections import MutableSequence`; gone since Python 3.10
    vars(collections).setdefault("MutableSequence", collections.abc.MutableSequence)
    # everywhere, as dtypes: np.float was an alias of the builtin; gone since numpy 1.24
    for alias in (float, int, bool, object, complex):
        vars(np).setdefault(alias.__name__, alias)
    # evaluation/notes.py and utils: gone since numpy 2.4; np.isin is its successor, but keeps the shape
    vars(np).setdefault("in1d", lambda a, b, **more: np.isin(np.ravel(a), b, **more))
    # __init__.py asks pkg_resources for madmom's version; gone since setuptools 82
    if importlib.util.find_spec("pkg_resources") is None:
        stand_in: Any = types.ModuleType("pkg_resources")
        stand_in.get_distribution = importlib.metadata.distribution
        sys.modules["pkg_resources"] = stand_in


def _let_ragged_results_be_an_array() -> None:
    # DBNDownBeatTrackingProcessor.process() calls np.asarray on [(path, log_probability), ...]: an error
    # since numpy 1.24, and an array of objects before. Only that one module sees another `np`.
    downbeats: Any = importlib.import_module("madmom.features.downbeats")
    if not isinstance(downbeats.np, _RaggedNumpy):
        downbeats.np = _RaggedNumpy("numpy")


class _RaggedNumpy(types.ModuleType):
    """numpy, but `asarray` of rows of unequal length gives objects, as it did until 2022."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def asarray(rows: Any, *args: Any, **more: Any) -> Any:
        try:
            return np.asarray(rows, *args, **more)
        except ValueError:
            return np.array(rows, dtype=object)
