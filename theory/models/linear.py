"""The linear model: ridge regression on x itself."""

import dataclasses
from typing import ClassVar

from ..base.arrays import Number
from .model import Measures, Model
from .width_closures import Closure, LinearClosure

__all__ = ["Linear"]


@dataclasses.dataclass(frozen=True, eq=False)
class Linear(Model):
    """φ(x) = x: ridge regression on the features themselves ("classical" in the paper).

    The ridge multiplies |v|² after a 1/n loss. It has no fields, and nothing to refuse.

    Source: arXiv 2410.04840 v2, section 2; Theorem 1 is about it.

    >>> Linear()
    Linear()
    """

    kind: ClassVar[str] = "linear"
    statements: ClassVar[frozenset[str]] = frozenset(
        {"theorem_1", "proposition_linear", "paper_variables", "collapse_plateau"}
    )

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """t = n₊ − df1 = penalty/η."""
        return LinearClosure(penalty)

    def __str__(self) -> str:
        return "ridge regression on the features"
