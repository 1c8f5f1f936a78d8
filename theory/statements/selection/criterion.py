"""Whether an inequality holds, and by how much."""

import dataclasses

__all__ = ["Criterion"]


@dataclasses.dataclass(frozen=True)
class Criterion:
    """An inequality: true in an ``if`` when it holds.

    Attributes
    ----------
    holds : bool
        Whether the margin is positive.
    margin : float
        Its larger side minus its smaller side; negative if it does not hold.

    Examples
    --------
    >>> light_filter_helps = Criterion.of(0.25)
    >>> light_filter_helps
    Criterion(holds=True, margin=0.25)
    >>> "filter" if light_filter_helps else "keep all"
    'filter'
    """

    holds: bool
    margin: float

    @classmethod
    def of(cls, margin: float) -> "Criterion":
        """The criterion that the margin is positive."""
        return cls(margin > 0, margin)

    def __bool__(self) -> bool:
        return self.holds
