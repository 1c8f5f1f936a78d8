"""Matrices that are a diagonal plus a product of two thin factors."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import Columns, Number, Numbers, PerCoordinate, inner_product

SAME_SPAN = 1e-15
"""Directions below this share of the largest count as rounding of the others."""

LEAST = 1e-9
"""Relative to the diagonal: a matrix with a smaller eigenvalue counts as one of smaller rank."""

__all__ = ["DiagonalPlusLowRank", "base_of", "in_one_span", "low_rank_of", "solved_small", "stacked"]


@dataclasses.dataclass(frozen=True, eq=False)
class DiagonalPlusLowRank:
    """D + L RᵀW, W the diagonal of the weights of the coordinates.

    weights, diagonal : (p,); left, right : (p, r). Products and traces take O(p r²), and the ranks of
    summands and factors add up. float64, or object arrays of mpmath numbers.

    >>> A = DiagonalPlusLowRank.of(np.array([2.0, 1.0]), np.array([[1.0], [1.0]]), np.array([[0.5]]))
    >>> A.dense().tolist(), float((A @ A).trace()), (A @ np.array([[1.0], [0.0]])).ravel().tolist()
    ([[2.5, 0.5], [0.5, 1.5]], 9.0, [2.5, 0.5])
    """

    weights: PerCoordinate
    diagonal: PerCoordinate
    left: Numbers
    right: Numbers

    ndim = 2
    __array_ufunc__ = None  # numpy's numbers leave products to __rmul__

    @classmethod
    def of(
        cls,
        diagonal: PerCoordinate,
        vectors: Numbers,
        coefficients: Numbers,
        weights: PerCoordinate | None = None,
    ) -> "DiagonalPlusLowRank":
        """diagonal + vectors coefficients vectorsᵀ W; the weights are ones if there are none."""
        weights = 0 * diagonal + 1 if weights is None else weights
        return cls(weights, diagonal, vectors @ coefficients, vectors)

    @classmethod
    def of_diagonal(cls, diagonal: PerCoordinate, weights: PerCoordinate) -> "DiagonalPlusLowRank":
        """A diagonal alone."""
        nothing = diagonal[:, None][:, :0]
        return cls(weights, diagonal, nothing, nothing)

    @property
    def size(self) -> int:
        """The entries of the matrix."""
        return len(self.diagonal) ** 2

    def __len__(self) -> int:
        return len(self.diagonal)

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, none: None) -> Numbers:
        """A stack of one, as of an array."""
        return stacked([self])

    def converted(self, make: Any) -> "DiagonalPlusLowRank":
        """With every array converted by ``make``."""
        return DiagonalPlusLowRank(*(make(getattr(self, f.name)) for f in dataclasses.fields(self)))

    def __mul__(self, scalar: Number) -> "DiagonalPlusLowRank":
        return dataclasses.replace(self, diagonal=scalar * self.diagonal, left=scalar * self.left)

    __rmul__ = __mul__

    def __truediv__(self, scalar: Number) -> "DiagonalPlusLowRank":
        return self * (1 / scalar)

    def __add__(self, other: "DiagonalPlusLowRank") -> "DiagonalPlusLowRank":
        diagonal = self.diagonal + other.diagonal
        if self.right is other.right:
            return dataclasses.replace(self, diagonal=diagonal, left=self.left + other.left)
        left, right = np.hstack([self.left, other.left]), np.hstack([self.right, other.right])
        return DiagonalPlusLowRank(self.weights, diagonal, left, right)

    def __matmul__(self, other: Any) -> Any:
        """The product with another one, or with columns (p, outputs)."""
        if not isinstance(other, DiagonalPlusLowRank):
            return self.diagonal[:, None] * other + self.left @ (self._weighted(self.right).T @ other)
        between = self._weighted(self.right).T @ other.left
        passed = other.diagonal[:, None] * self.right
        moved = self.diagonal[:, None] * other.left
        if self.right.shape[1] == 0:
            left, right = moved, other.right
        elif other.right.shape[1] == 0:
            left, right = self.left, passed
        elif passed.shape == other.right.shape and (passed == other.right).all():  # CG, which has one span
            left, right = self.left + self.left @ between + moved, other.right
        else:
            left = np.hstack([self.left, moved])
            right = np.hstack([passed + other.right @ between.T, other.right])
        return DiagonalPlusLowRank(self.weights, self.diagonal * other.diagonal, left, right)

    @property
    def T(self) -> "DiagonalPlusLowRank":
        """The transpose."""
        return dataclasses.replace(self, left=self.right, right=self.left)

    def times_diagonal(self, values: PerCoordinate | Number) -> "DiagonalPlusLowRank":
        """The product with a diagonal, or a scalar, on the right."""
        right = (values[:, None] if isinstance(values, np.ndarray) else values) * self.right
        return dataclasses.replace(self, diagonal=self.diagonal * values, right=right)

    def plus_scalar(self, scalar: Number) -> "DiagonalPlusLowRank":
        """This + scalar·I."""
        return dataclasses.replace(self, diagonal=self.diagonal + scalar)

    @property
    def regular(self) -> bool:
        """Whether the matrix, symmetric and not indefinite, has the rank of its diagonal."""
        positive = self.diagonal > 0
        root = np.sqrt(self.diagonal[positive])[:, None]
        small = (self._weighted(self.right)[positive] / root).T @ (self.left[positive] / root)
        values = np.linalg.eigvals(small + np.eye(len(small))).real
        return bool(values.min(initial=1.0) > LEAST)

    def own_diagonal(self) -> PerCoordinate:
        """(p,) the diagonal of the matrix, whose sum with the weights is the trace."""
        diagonal: PerCoordinate = self.diagonal + (self.left * self.right).sum(axis=1)
        return diagonal

    def trace(self) -> Number:
        """tr, each coordinate with its weight."""
        return inner_product(self.weights, self.own_diagonal())

    def trace_with(self, other: "DiagonalPlusLowRank") -> Number:
        """tr AB."""
        both = self.diagonal * other.diagonal
        both = both + self.diagonal * (other.left * other.right).sum(axis=1)
        both = both + other.diagonal * (self.left * self.right).sum(axis=1)
        crossed = (self._weighted(self.right).T @ other.left) * (other._weighted(other.right).T @ self.left).T
        total: Number = self.weights @ both + crossed.sum()
        return total

    def trace_norm_bound(self) -> Number:
        """A bound on the size of every eigenvalue."""
        right = np.abs(self._weighted(self.right)).max(axis=0, initial=0)
        bound: Number = np.abs(self.diagonal).max() + np.abs(self.left).sum(axis=0) @ right
        return bound

    def inverse(self) -> "DiagonalPlusLowRank":
        """The inverse, by Woodbury's formula; the diagonal must be positive."""
        g = 1 / self.diagonal
        left, right = g[:, None] * self.left, g[:, None] * self.right
        rank = left.shape[1]
        small = self._weighted(self.right).T @ left
        small = small + np.eye(rank) if small.dtype != object else small + np.eye(rank, dtype=int)
        return DiagonalPlusLowRank(self.weights, g, -(solved_small(small.T, left.T).T), right)

    @property
    def growth(self) -> float:
        """How much larger the summands of an inverse are than its diagonal, coordinate by coordinate."""
        parts = np.abs(self.left * self.right).sum(axis=1)
        return float(((np.abs(self.diagonal) + parts) / np.abs(self.own_diagonal())).max())

    def dense(self) -> Numbers:
        """(p, p)."""
        matrix: Numbers = np.diag(self.diagonal) + self.left @ self._weighted(self.right).T
        return (matrix + matrix.T) / 2

    def vector_form(self, x: Columns, y: Columns) -> Number:
        """tr xᵀWAy of columns x and y."""
        total: Number = (self._weighted(x) * (self @ y)).sum()
        return total

    def _weighted(self, columns: Columns) -> Columns:
        return self.weights[:, None] * columns


def low_rank_of(A: object) -> DiagonalPlusLowRank | None:
    """A matrix of this form as it is; None for an array."""
    return A if isinstance(A, DiagonalPlusLowRank) else None


def in_one_span(matrices: Sequence[DiagonalPlusLowRank]) -> list[DiagonalPlusLowRank]:
    """Symmetric matrices with one thin factor U in common, of the smallest rank: D_c + U N_c Uᵀ.

    They must be in float64, each with its own vectors as ``right``, and 0 where their diagonals are.
    """
    vectors = [A.right for A in matrices if A.right.shape[1]]
    if len({id(v) for v in vectors}) <= 1:
        return list(matrices)
    scale = np.sqrt(np.max([A.diagonal for A in matrices], axis=0) / matrices[0].weights)
    stacked_ = np.hstack(list({id(v): v for v in vectors}.values()))
    scaled = np.divide(stacked_, scale[:, None], out=np.zeros_like(stacked_), where=scale[:, None] > 0)
    U, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    U = U[:, sizes > SAME_SPAN * sizes.max()]
    common = scale[:, None] * U
    found = []
    for A in matrices:
        inner = np.divide(A.left, scale[:, None], out=np.zeros_like(A.left), where=scale[:, None] > 0)
        outer = np.divide(A.right, scale[:, None], out=np.zeros_like(A.right), where=scale[:, None] > 0)
        N = (U.T @ inner) @ (U.T @ outer).T
        found.append(dataclasses.replace(A, left=common @ ((N + N.T) / 2), right=common))
    return found


def base_of(A: Numbers) -> PerCoordinate:
    """The diagonal without the part of low rank; a diagonal as it is."""
    factors = low_rank_of(A)
    return A if factors is None else factors.diagonal


def stacked(matrices: Sequence[DiagonalPlusLowRank]) -> Numbers:
    """An object array of them."""
    stack = np.empty(len(matrices), dtype=object)
    stack[:] = matrices
    return stack


def solved_small(A: Numbers, B: Numbers) -> Numbers:
    """A⁻¹B of a small (r, r) matrix of any numbers, by elimination with row exchange.

    Raises
    ------
    ArithmeticError
        A is singular.

    >>> solved_small(np.array([[0.0, 2.0], [1.0, 0.0]]), np.eye(2)).tolist()
    [[0.0, 1.0], [0.5, 0.0]]
    """
    A, B = A.copy(), B.copy()
    r = len(A)
    for k in range(r):
        pivot = k + int(np.argmax(np.abs(A[k:, k])))
        if A[pivot, k] == 0:
            raise ArithmeticError("singular")
        if pivot != k:
            A[[k, pivot]], B[[k, pivot]] = A[[pivot, k]], B[[pivot, k]]
        for i in range(k + 1, r):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            B[i] -= factor * B[k]
    for k in reversed(range(r)):
        B[k] = (B[k] - A[k, k + 1 :] @ B[k + 1 :]) / A[k, k] if k + 1 < r else B[k] / A[k, k]
    return B
