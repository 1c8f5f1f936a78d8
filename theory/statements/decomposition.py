"""The three terms of a test error."""

import dataclasses

__all__ = ["Decomposition"]


@dataclasses.dataclass(frozen=True)
class Decomposition:
    """The test error, noise excluded, as bias + variance + collapse.

    Attributes
    ----------
    bias : float
        The error if all label functions equal the target's and there is no noise.
    variance : float
        The part due to noise.
    collapse : float
        The rest, due to differing label functions. Negative only with gains, fixed or joint truths.

    Notes
    -----
    All terms are in labels squared, summed over outputs. Nothing is checked here.

    Source: arXiv 2410.04840 v2, section 3 (B, V, ζ).

    Examples
    --------
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
