"""Traces of products of the covariances and of G = (η + Y)⁻¹: diagonal, or dense.

Algebras with one set of operations, on which the equations and the errors are written once. In
the diagonal one a matrix is its (p,) diagonal and coordinates are repeated; in the dense one it is
a (p, p) array; ``low_rank_algebra`` is a third. All run on float64 and on object arrays of mpmath numbers.
"""

import dataclasses

import numpy as np

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
from .low_rank_algebra import LowRankAlgebra

__all__ = ["Algebra", "DenseAlgebra", "DiagonalAlgebra", "LowRankAlgebra"]

EPS = float(np.finfo(float).eps)


@dataclasses.dataclass(frozen=True)
class DiagonalAlgebra:
    """Matrices are diagonals, (p,); a stack of q is (q, p). multiplicities : (p,)."""

    multiplicities: PerCoordinate

    def transposed(self, stack: Stack) -> Stack:
        """The transpose of each."""
        return stack

    def sizes(self, stack: Stack) -> Numbers:
        """A bound on the eigenvalues of each."""
        return stack.max(axis=1)

    def least_positive(self, stack: Stack) -> Numbers:
        """Positive numbers, the least of which is at most the least positive eigenvalue."""
        return stack[stack > 0]

    def load(self, coefficients: PerCovariance, stack: Stack) -> Operator:
        """Σ_c coefficients_c stack_c."""
        return coefficients @ stack

    def inverse(self, Y: Operator, η: Number) -> Operator:
        """(η + Y)⁻¹ of a positive η and a non-negative Y."""
        return 1 / (η + Y)

    def times(self, A: Stack, B: Stack) -> Stack:
        """AB, either of them a matrix or a stack."""
        return A * B

    def apply(self, A: Operator, v: Columns) -> Columns:
        """Av for columns v, (p, outputs)."""
        return A[:, None] * v

    def shifted(self, A: Operator, scalar: Number) -> Operator:
        """A + scalar·I."""
        return A + scalar

    def traces(self, stack: Stack) -> PerCovariance:
        """tr of each."""
        return stack @ self.multiplicities

    def traces_with(self, stack: Stack, B: Operator) -> PerCovariance:
        """tr AB of each A of the stack."""
        return (stack * self.multiplicities) @ B

    def gram(self, stack: Stack, other: Stack) -> Numbers:
        """tr AB for each A of the first stack and each B of the second."""
        return (stack * self.multiplicities) @ other.T

    def quadratic_forms(self, stack: Stack, X: Operator, Y: Operator, M: MomentNumbers) -> PerCovariance:
        """tr C X M Yᵀ for each C of the stack; M a moment: a scalar or a matrix.

        Formed as x (y M), since x can be as small as η and M as large as it likes.
        """
        return stack @ (X * (Y * (self.multiplicities * M)))

    def quadratic_form(self, X: Operator, Y: Operator, M: MomentNumbers) -> Number:
        """tr X M Yᵀ."""
        return (X * (Y * (self.multiplicities * M))).sum()

    def quadratic_forms_of_vectors(self, stack: Stack, x: Columns, y: Columns) -> PerCovariance:
        """tr xᵀ C y for each C of the stack, x and y columns (p, outputs)."""
        return stack @ (self.multiplicities * (x * y).sum(axis=1))

    def quadratic_form_of_vectors(self, x: Columns, y: Columns) -> Number:
        """tr xᵀy."""
        return self.multiplicities @ (x * y).sum(axis=1)

    def moment_trace(self, C: Operator, M: MomentNumbers) -> Number:
        """tr CM for a moment M."""
        return (self.multiplicities * C * M).sum()


@dataclasses.dataclass(frozen=True)
class DenseAlgebra:
    """Matrices are (p, p); a stack of q is (q, p, p). rank : beyond it the sources are 0."""

    rank: int

    def transposed(self, stack: Stack) -> Stack:
        """The transpose of each."""
        return stack.swapaxes(1, 2)

    def sizes(self, stack: Stack) -> Numbers:
        """A bound on the eigenvalues of each."""
        return len(stack[0]) * np.abs(stack).max(axis=(1, 2))

    def least_positive(self, stack: Stack) -> Numbers:
        """Positive numbers, the least of which is at most the least positive eigenvalue."""
        largest = np.abs(stack).max(axis=(1, 2))
        return largest[largest > 0] * 1e-16

    def eigenvalues(self, A: Operator) -> tuple[PerCoordinate, PerCoordinate]:
        """(p,) in descending order, those beyond the rank 0, and their multiplicities."""
        values = np.zeros(len(A))
        values[: self.rank] = np.maximum(np.linalg.eigvalsh(A[: self.rank, : self.rank])[::-1], 0.0)
        return values, np.ones(len(A))

    def range_trace(self, G: Operator) -> Number:
        """tr G over the first ``rank`` coordinates."""
        return np.diagonal(G)[: self.rank].sum()

    def load(self, coefficients: PerCovariance, stack: Stack) -> Operator:
        """Σ_c coefficients_c stack_c."""
        return sum(c * A for c, A in zip(coefficients, stack, strict=True))

    def inverse(self, Y: Operator, η: Number) -> Operator:
        """(η + Y)⁻¹ of a positive η and a non-negative Y, by Cholesky's factorisation.

        Its errors are those of the factorisation of DYD, D the diagonal that makes its diagonal 1:
        blocks of unlike size cost no digits where zeros are exact and the coordinates ordered.
        """
        from .cholesky import positive_inverse

        return positive_inverse(self.shifted(Y, η))

    def times(self, A: Stack, B: Stack) -> Stack:
        """AB, either of them a matrix or a stack."""
        return A @ B

    def apply(self, A: Operator, v: Columns) -> Columns:
        """Av for columns v, (p, outputs)."""
        return A @ v

    def shifted(self, A: Operator, scalar: Number) -> Operator:
        """A + scalar·I."""
        sum_ = A.copy()
        place = np.arange(len(A))
        sum_[place, place] += scalar
        return sum_

    def traces(self, stack: Stack) -> PerCovariance:
        """tr of each."""
        return np.diagonal(stack, axis1=1, axis2=2).sum(axis=1)

    def traces_with(self, stack: Stack, B: Operator) -> PerCovariance:
        """tr AB of each A of the stack."""
        return (stack * B.T).sum(axis=(1, 2))

    def gram(self, stack: Stack, other: Stack) -> Numbers:
        """tr AB for each A of the first stack and each B of the second."""
        return np.array([[_summed(A * B.T, len(A)) for B in other] for A in stack])

    def quadratic_forms(self, stack: Stack, X: Operator, Y: Operator, M: MomentNumbers) -> PerCovariance:
        """tr C X M Yᵀ for each C of the stack; M a moment: a scalar, a diagonal or a matrix."""
        moved = _moved(X, M) @ Y.T if np.ndim(M) else M * (X @ Y.T)
        return np.array([_summed(C * moved.T, len(C)) for C in stack])

    def quadratic_form(self, X: Operator, Y: Operator, M: MomentNumbers) -> Number:
        """tr X M Yᵀ."""
        return _summed(_moved(X, M) * Y, len(X))

    def quadratic_forms_of_vectors(self, stack: Stack, x: Columns, y: Columns) -> PerCovariance:
        """tr xᵀ C y for each C of the stack, x and y columns (p, outputs)."""
        return np.array([_vector_form(C, x, y) for C in stack])

    def quadratic_form_of_vectors(self, x: Columns, y: Columns) -> Number:
        """tr xᵀy."""
        return (x * y).sum()

    def moment_trace(self, C: Operator, M: MomentNumbers) -> Number:
        """tr CM for a moment M."""
        if isinstance(M, np.ndarray) and M.ndim == 2:
            return (C * M.T).sum()
        return (np.diagonal(C) * M).sum()


def _summed(products: Numbers, d: int) -> Number:
    """The sum, 0 where it is below 32 d·eps of the sum of the absolute values of its summands.

    These are products of d-fold sums: what vanishes by structure (ranges that are orthogonal) would
    else be ±1e-15 of that sum, of either sign.
    """
    total = products.sum()
    if products.dtype == object or abs(total) > 32 * d * EPS * np.abs(products).sum():
        return total
    return total * 0


def _vector_form(C: Operator, x: Columns, y: Columns) -> Number:
    total = (x * (C @ y)).sum()
    if C.dtype == object:
        return total
    size = (np.abs(x) * (np.abs(C) @ np.abs(y))).sum()
    return total if abs(total) > 32 * len(C) * EPS * size else total * 0


def _moved(X: Operator, M: MomentNumbers) -> Operator:
    """The product XM; M is a matrix or an array of its diagonal."""
    return X @ M if np.ndim(M) == 2 else X * M


Algebra = DiagonalAlgebra | DenseAlgebra | LowRankAlgebra
