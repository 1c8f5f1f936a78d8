"""The linear model: ridge regression on x itself."""

import dataclasses
from typing import ClassVar

from ..base.arrays import Number
from .model import Measures, Model
from .width_closures import Closure, LinearClosure

__all__ = ["Linear"]


@dataclasses.dataclass(frozen=True, eq=False)
class Linear(Model):
    """Ridge regression on the inputs themselves, φ(x) = x ("classical" in the paper).

    Notes
    -----
    The ridge multiplies ‖v‖² after a 1/n loss.

    Source: arXiv 2410.04840 v2, section 2; its Theorem 1.

    Examples
    --------
    >>> Linear()
    Linear()
    """

    joins_stages: ClassVar[bool] = True
    kind: ClassVar[str] = "linear"
    statements: ClassVar[frozenset[str]] = frozenset(
        {"theorem_1", "proposition_linear", "paper_variables", "collapse_plateau"}
    )

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """t = n₊ − df1 = penalty/η."""
        return LinearClosure(penalty)

    def __str__(self) -> str:
        return "ridge regression on the features"
