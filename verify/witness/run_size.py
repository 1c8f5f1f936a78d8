"""How large the witnessed problems are, and how many trials they get."""

import dataclasses

__all__ = ["FULL", "QUICK", "Size"]


@dataclasses.dataclass(frozen=True)
class Size:
    """A factor on every dimension, number of samples and width, and the trials per statement at most.

    Calling it with a count at scale 1 gives the scaled count.

    >>> Size("double", scale=2.0, trials=128)(150)
    300
    """

    name: str
    scale: float
    trials: int

    @property
    def full(self) -> bool:
        """Whether to include the statements that the quick run leaves out."""
        return self.scale >= FULL.scale

    def __call__(self, count: float) -> int:
        return round(count * self.scale)


QUICK = Size("quick", scale=1.0, trials=512)
"""For every change of the code: takes minutes."""

FULL = Size("full", scale=1.5, trials=2048)
"""For the published page."""
