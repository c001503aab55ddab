"""Compile a loop with numba, whose absence or unwritable cache is no surprise."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Return `function` as machine code, made at its first call: strict IEEE arithmetic, one thread.

    The code is kept beside the module, or in the user's cache; where neither can be written it is made
    anew by every process (about two seconds a function).
    """
    try:
        return cast("Function", njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba: "no locator available", neither folder can be written
        return cast("Function", njit(nogil=True)(function))
