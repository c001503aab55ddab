"""What stages have in common whose network the user chooses: they are off while none is named."""

from __future__ import annotations

from typing import Protocol


class HasModel(Protocol):
    """Settings that name a network; "" is none."""

    @property
    def model(self) -> str:
        """A name of the manifest, a folder, or `owner/name@commit`."""


def checkpoints(settings: HasModel) -> tuple[str, ...]:
    """Return the network's name, where one is named."""
    return (settings.model,) if settings.model else ()


def is_enabled(settings: HasModel) -> bool:
    """Whether a network is named."""
    return bool(settings.model)
