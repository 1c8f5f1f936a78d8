"""The algebra of matrices that are a diagonal plus a thin product: all of it takes O(p r²)."""

import dataclasses
import functools
import operator
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..base.arrays import (
    Columns,
    MomentNumbers,
    Number,
    Numbers,
    Operator,
    PerCoordinate,
    PerCovariance,
    Stack,
)
from ..base.low_rank_matrix import DiagonalPlusLowRank, low_rank_of, stacked

__all__ = ["LowRankAlgebra"]


@dataclasses.dataclass(frozen=True)
class LowRankAlgebra:
    """Matrices are ``DiagonalPlusLowRank``; a stack is an object array of them.

    multiplicities : (p,); reached : (p,) whether a source is not 0 in the coordinate.
    """

    multiplicities: PerCoordinate
    reached: NDArray[np.bool_]

    @property
    def rank(self) -> Number:
        """The dimension of what the sources reach."""
        return self.multiplicities[self.reached].sum()

    def growth(self, A: Operator) -> float:
        """How much larger the summands of a matrix are than its diagonal."""
        return _factors(A).growth

    def transposed(self, stack: Stack) -> Stack:
        """The transpose of each."""
        return stacked([A.T for A in stack])

    def sizes(self, stack: Stack) -> Numbers:
        """A bound on the eigenvalues of each."""
        return np.array([A.trace_norm_bound() for A in stack])

    def least_positive(self, stack: Stack) -> Numbers:
        """Positive numbers, the least of which is at most the least positive eigenvalue, nearly."""
        return np.concatenate([A.diagonal[A.diagonal > 0] * 1e-3 for A in stack])

    def eigenvalues(self, A: Operator) -> tuple[PerCoordinate, PerCoordinate]:
        """(p,) those of the diagonal of A, near them in all but a few directions, and multiplicities."""
        return _factors(A).own_diagonal(), self.multiplicities

    def range_trace(self, G: Operator) -> Number:
        """tr G over what the sources reach."""
        return (self.multiplicities * _factors(G).own_diagonal())[self.reached].sum()

    def load(self, coefficients: PerCovariance, stack: Stack) -> Operator:
        """Σ_c coefficients_c stack_c."""
        return functools.reduce(operator.add, [c * A for c, A in zip(coefficients, stack, strict=True)])

    def inverse(self, Y: Operator, η: Number) -> Operator:
        """(η + Y)⁻¹ of a positive η and a non-negative Y."""
        return _operator(_factors(Y).plus_scalar(η).inverse())

    def times(self, A: Stack, B: Stack) -> Stack:
        """AB, either of them a matrix or a stack."""
        if low_rank_of(A) is None:
            return stacked([a @ B for a in A])
        return A @ B if low_rank_of(B) is not None else stacked([A @ b for b in B])

    def apply(self, A: Operator, v: Columns) -> Columns:
        """Av for columns v, (p, outputs)."""
        return A @ v

    def shifted(self, A: Operator, scalar: Number) -> Operator:
        """A + scalar·I."""
        return _operator(_factors(A).plus_scalar(scalar))

    def traces(self, stack: Stack) -> PerCovariance:
        """tr of each."""
        return np.array([A.trace() for A in stack])

    def traces_with(self, stack: Stack, B: Operator) -> PerCovariance:
        """tr AB of each A of the stack."""
        return np.array([A.trace_with(B) for A in stack])

    def gram(self, stack: Stack, other: Stack) -> Numbers:
        """tr AB for each A of the first stack and each B of the second."""
        return np.array([[A.trace_with(B) for B in other] for A in stack])

    def quadratic_forms(self, stack: Stack, X: Operator, Y: Operator, M: MomentNumbers) -> PerCovariance:
        """tr C X M Yᵀ for each C of the stack; M a moment: a scalar or a diagonal."""
        moved, back = _factors(X).times_diagonal(M), _factors(Y).T
        return np.array([(C @ moved).trace_with(back) for C in stack])

    def quadratic_form(self, X: Operator, Y: Operator, M: MomentNumbers) -> Number:
        """tr X M Yᵀ."""
        return _factors(X).times_diagonal(M).trace_with(_factors(Y).T)

    def quadratic_forms_of_vectors(self, stack: Stack, x: Columns, y: Columns) -> PerCovariance:
        """tr xᵀ C y for each C of the stack, x and y columns (p, outputs)."""
        return np.array([C.vector_form(x, y) for C in stack])

    def quadratic_form_of_vectors(self, x: Columns, y: Columns) -> Number:
        """tr xᵀy."""
        return self.multiplicities @ (x * y).sum(axis=1)

    def moment_trace(self, C: Operator, M: MomentNumbers) -> Number:
        """tr CM for a moment M."""
        return (self.multiplicities * _factors(C).own_diagonal() * M).sum()


def _factors(A: object) -> DiagonalPlusLowRank:
    """The matrix, which is of this form."""
    found = low_rank_of(A)
    assert found is not None
    return found


def _operator(A: DiagonalPlusLowRank) -> Operator:
    """The matrix, as the equations call it."""
    return cast(Operator, A)
