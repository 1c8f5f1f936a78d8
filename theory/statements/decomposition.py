"""The three terms of a test error."""

import dataclasses

__all__ = ["Decomposition"]


@dataclasses.dataclass(frozen=True)
class Decomposition:
    """Test error, noise excluded, as bias + variance + collapse.

    Bias: all label functions equal to the target's, no noise. Variance: noise alone. Collapse: the
    rest, there only because the label functions differ (arXiv 2410.04840 v2, section 3: B, V, ζ).

    All three are in labels squared, and summed over outputs. Bias and variance are not negative;
    the collapse can be, with gains, fixed or joint truths. Nothing is checked here.

    >>> terms = Decomposition(bias=0.25, variance=0.5, collapse=0.125)
    >>> print(terms)
    0.875 = bias 0.25 + variance 0.5 + collapse 0.125
    >>> terms.total
    0.875
    """

    bias: float
    variance: float
    collapse: float

    @property
    def total(self) -> float:
        """bias + variance + collapse."""
        return self.bias + self.variance + self.collapse

    def __str__(self) -> str:
        return (
            f"{self.total:.6g} = bias {self.bias:.6g} + variance {self.variance:.6g} + collapse "
            f"{self.collapse:.6g}"
        )
