"""The store: a work folder that holds media, one Parquet table per stage, and what is active now."""

from symmv_tools.store.store import Store

__all__ = ["Store"]
