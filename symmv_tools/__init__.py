"""symmv: web video in, paired video and symbolic music out, as Parquet.

Importing this package imports nothing else: every room is imported by whoever needs it.
"""


def __getattr__(name: str) -> str:
    # Lazily: `symmv --help` need not read the metadata of installed packages.
    if name == "__version__":
        from importlib.metadata import version

        return version("symmv")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
