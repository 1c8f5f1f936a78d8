"""The models f(x) = vᵀφ(x): what is fitted, not how well it does."""

import dataclasses

from .checks import count, positive
from .value import Value

__all__ = ["Linear", "Model", "RandomProjection"]


@dataclasses.dataclass(frozen=True, eq=False)
class Linear(Value):
    """φ(x) = x: ridge regression on the features themselves ("classical" in the paper).

    >>> Linear()
    Linear()
    """

    def __str__(self) -> str:
        return "ridge regression on the features"


@dataclasses.dataclass(frozen=True, eq=False)
class RandomProjection(Value):
    """φ(x) = Sᵀx with S a d×width matrix of independent N(0, entry_variance) entries.

    Parameters
    ----------
    width : m, an integer of at least 1 (an integral float is one too); it may exceed d and n.
    entry_variance : s² > 0, or None for the paper's 1/d. The limit width → ∞ is the linear model at
        the same ridge only for s² = 1/width; with s² = 1/d it is the linear model at
        ridge · d/width.

    Source: arXiv 2410.04840 v2, section 2 (the neural networks' random projections).

    >>> RandomProjection(100.0)
    RandomProjection(width=100, entry_variance=None)
    """

    width: int
    entry_variance: float | None = None

    def __post_init__(self) -> None:
        width = count(self.width, "width", 1, "It is m, the number of columns of S.")
        object.__setattr__(self, "width", width)
        if self.entry_variance is not None:
            variance = positive(
                self.entry_variance, "entry_variance", "None takes the paper's 1/d."
            )
            object.__setattr__(self, "entry_variance", variance)

    def entry_variance_at(self, dimension: float) -> float:
        """The entry variance s² in use where the features have this dimension."""
        return 1.0 / dimension if self.entry_variance is None else self.entry_variance

    def __str__(self) -> str:
        return f"ridge regression on {self.width} random projections"


Model = Linear | RandomProjection
