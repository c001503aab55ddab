"""What a level of the U-Net is made of: residual blocks that know the moment, with or without attention."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from symmv_tools.models.diffbgm.norms import group_norm, silenced
from symmv_tools.models.diffbgm.sizes import Sizes
from symmv_tools.models.diffbgm.transformer import Transformer


class Residual(nn.Module):
    """(B, C, H, W) to (B, D, H, W): two convolutions, with the moment (B, E) added between them."""

    def __init__(self, channels: int, out: int, moment: int, dropout: float) -> None:
        super().__init__()
        self.before = nn.Sequential(group_norm(channels), nn.SiLU(), nn.Conv2d(channels, out, 3, padding=1))
        self.moment = nn.Sequential(nn.SiLU(), nn.Linear(moment, out))
        self.after = nn.Sequential(
            group_norm(out), nn.SiLU(), nn.Dropout(dropout), silenced(nn.Conv2d(out, out, 3, padding=1))
        )
        self.around = nn.Identity() if channels == out else nn.Conv2d(channels, out, 1)

    def forward(self, x: Tensor, moment: Tensor) -> Tensor:
        """See the class."""
        h = self.before(x) + self.moment(moment)[:, :, None, None]
        out: Tensor = self.around(x) + self.after(h)
        return out


class Block(nn.Module):
    """A residual block, and a transformer where the level has attention."""

    def __init__(self, sizes: Sizes, channels: int, out: int, attention: bool) -> None:
        super().__init__()
        self.residual = Residual(channels, out, 4 * sizes.channels, sizes.dropout)
        self.transformer = Transformer(sizes, out) if attention else None

    def forward(self, x: Tensor, moment: Tensor, frames: Tensor) -> Tensor:
        """`moment` is (B, E), `frames` are (B, beats, width)."""
        h: Tensor = self.residual(x, moment)
        return h if self.transformer is None else self.transformer(h, frames)


class Halved(nn.Conv2d):
    """(B, C, H, W) to (B, C, H / 2, W / 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, 3, stride=2, padding=1)


class Doubled(nn.Conv2d):
    """(B, C, H, W) to (B, C, 2 H, 2 W)."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return super().forward(F.interpolate(x, scale_factor=2.0, mode="nearest"))
