"""symmv: web video in, paired video and symbolic music out, as Parquet.

Importing this package imports nothing else: every room is imported by whoever needs it, and
`symmv_tools.load` by whoever asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symmv_tools.dataset.load import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    # Lazily: `symmv --help` need not read the metadata of installed packages, nor load pyarrow.
    if name == "__version__":
        from importlib.metadata import version

        return version("symmv")
    if name == "load":
        return import_module("symmv_tools.dataset.load").load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
