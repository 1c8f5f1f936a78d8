"""Dense covariances: symmetric matrices without negative eigenvalues, validated once."""

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..base.accepted_values import RealArray
from ..base.argument_checks import checked_call
from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.low_rank_matrix import DiagonalPlusLowRank
from ..base.wording import shortest_float
from .feature_rows import centred_rows
from .spectrum import NO_DATA, Spectrum

__all__ = ["Covariance", "CovarianceLike", "as_covariance", "checked_matrix", "rounding"]

GIVEN = "Give a Spectrum, a 1-D array of eigenvalues (isotropic(d) for d ones), or a (d, d) matrix."
LARGEST = float(np.finfo(float).max)
VECTORS = "Give one row for each coordinate."
COEFFICIENTS = "Give a symmetric matrix with one row for each vector."
MATRIX = "Give a symmetric (d, d) array; a 1-D array of eigenvalues makes a Spectrum."


def rounding(d: float) -> float:
    """d·eps: eigenvalues of a (d, d) matrix below this share of the largest are rounding errors."""
    return d * float(np.finfo(float).eps)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Covariance(Value):
    """A covariance given as a matrix, in the coordinates in use.

    Parameters
    ----------
    matrix : array
        (d, d), symmetric, positive semidefinite, not 0. Asymmetry and negative eigenvalues of the size of
        rounding (d·eps of the largest entry or eigenvalue) are accepted; the symmetric part is used.

    Raises
    ------
    SpecError, ShapeError
        A matrix that is not square, not symmetric, not finite or all 0; a negative eigenvalue, which is
        named.

    Notes
    -----
    Eigenvalues below d·eps of the largest count as 0, because doubles cannot tell them from 0. A
    diagonal matrix is treated as a 1-D array of eigenvalues, which are kept as they are.

    Source: arXiv 2410.04840 v2, whose propositions allow covariances that do not commute.

    Examples
    --------
    >>> c = Covariance([[2.0, 1.0], [1.0, 2.0]])
    >>> c, c.rank
    (Covariance(d=2, trace=4, eigenvalues 3 to 1), 2)
    """

    matrix: Array

    if TYPE_CHECKING:

        def __init__(self, matrix: RealArray) -> None: ...

    def __post_init__(self) -> None:
        matrix = checked_matrix(self.matrix, "covariance", MATRIX)
        if not matrix.any():
            raise SpecError(
                f"covariance must not be all 0; got a {len(matrix)} by {len(matrix)} matrix of "
                f"zeros. {NO_DATA}"
            )
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    @checked_call
    def from_data(cls, X: "RealArray") -> "Covariance":
        """The covariance of real feature rows in their own coordinates: XᵀX/N after centring the columns.

        Parameters
        ----------
        X : array
            (N, d) feature rows.

        Returns
        -------
        Covariance

        Raises
        ------
        SpecError, ShapeError
            X is not such an array or has missing values; its rows all agree up to rounding; the range
            of a column is a few rounding errors.

        Notes
        -----
        Use this form if a problem has two kinds of data; ``Spectrum.from_data`` is for problems with a
        single covariance, and faster. The model has no intercept: centre the data that you compare with
        by the same means. Fewer rows than dimensions give a matrix without full rank, whatever the
        distribution of the data. Rounding is treated as in ``Spectrum.from_data``.

        Examples
        --------
        >>> rows = np.random.default_rng(0).normal(size=(500, 3)) * [2.0, 1.0, 0.5]
        >>> np.allclose(Covariance.from_data(rows).matrix, np.cov(rows, rowvar=False, bias=True))
        True
        """
        rows, _ = centred_rows(X)
        return cls(rows.T @ rows / len(rows))

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def d(self) -> int:
        """The dimension."""
        return len(self.matrix)

    @cached_property
    def trace(self) -> float:
        """tr Σ."""
        return float(np.trace(self.matrix))

    @cached_property
    def eigenvalues(self) -> Array:
        """The eigenvalues, (d,), in descending order; those of the size of rounding are 0."""
        if self.diagonal is not None:
            return -np.sort(-self.diagonal)
        values = np.array(np.linalg.eigvalsh(self.matrix)[::-1], dtype=np.float64)
        values[values <= rounding(self.d) * values[0]] = 0.0
        return values

    @property
    def rank(self) -> int:
        """The number of positive eigenvalues."""
        return int(np.count_nonzero(self.eigenvalues))

    @cached_property
    def diagonal(self) -> Array | None:
        """The diagonal, (d,), of a diagonal matrix; None for others."""
        return _diagonal(self.matrix)

    @classmethod
    @checked_call
    def diagonal_plus_low_rank(
        cls, diagonal: "Spectrum | RealArray", vectors: "RealArray", coefficients: "RealArray"
    ) -> "DiagonalPlusLowRankCovariance":
        """A diagonal with an update of low rank, D + U N Uᵀ, which is never formed as a matrix.

        Parameters
        ----------
        diagonal : Spectrum or array
            D, the eigenvalues in the coordinates in use.
        vectors : array
            U, (d, r).
        coefficients : array
            N, (r, r), symmetric; it may be indefinite if D + U N Uᵀ is not.

        Returns
        -------
        Covariance
            Predictions take O(d r²) if all covariances of the problem are diagonals or of this form.

        Raises
        ------
        SpecError, ShapeError
            Shapes that do not match; N is not symmetric; a negative eigenvalue.

        Examples
        --------
        >>> c = Covariance.diagonal_plus_low_rank([2.0, 1.0], [[1.0], [1.0]], [[0.5]])
        >>> c.matrix.tolist()
        [[2.5, 0.5], [0.5, 1.5]]
        """
        return DiagonalPlusLowRankCovariance(diagonal, vectors, coefficients)

    @property
    def weights(self) -> Array:
        """Ones, (d,): no coordinate is repeated."""
        return np.ones(self.d)

    def __repr__(self) -> str:
        values = self.eigenvalues
        return (
            f"Covariance(d={self.d}, trace={self.trace:.6g}, eigenvalues {values[0]:.4g} to {values[-1]:.4g})"
        )


def _dense(covariance: "DiagonalPlusLowRankCovariance") -> Array:
    return frozen_array(covariance.operator.dense(), "covariance", MATRIX)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class DiagonalPlusLowRankCovariance(Covariance):
    """D + U N Uᵀ; see :meth:`Covariance.diagonal_plus_low_rank`.

    values : (p,) the diagonal; vectors : (p, r); coefficients : (r, r); multiplicities : (p,) weights W of
    coordinates that are counted by fractions, with which it is D + U N UᵀW; None for ones.
    """

    matrix: Array = dataclasses.field(default=cast(Any, cached_property(_dense)), init=False, compare=False)
    values: Array
    vectors: Array
    coefficients: Array
    multiplicities: Array | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            values: Spectrum | RealArray,
            vectors: RealArray,
            coefficients: RealArray,
            multiplicities: RealArray | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        put = object.__setattr__
        values, multiplicities = _diagonal_values(self.values)
        put(self, "values", values)
        if self.multiplicities is None:
            put(self, "multiplicities", multiplicities)
        put(self, "vectors", frozen_array(self.vectors, "vectors", VECTORS))
        put(self, "coefficients", frozen_array(self.coefficients, "coefficients", COEFFICIENTS))
        d, N = len(self.values), self.coefficients
        if self.vectors.ndim != 2 or len(self.vectors) != d:
            raise ShapeError(f"vectors must have shape ({d}, r); got {self.vectors.shape}. {VECTORS}")
        if N.shape != (self.vectors.shape[1],) * 2:
            raise ShapeError(
                f"coefficients must have shape {(self.vectors.shape[1],) * 2}; got {N.shape}. {COEFFICIENTS}"
            )
        if not np.array_equal(N, N.T):
            raise SpecError(f"coefficients must be symmetric; got {N.tolist()}. {COEFFICIENTS}")
        least = self._least_relative()
        if least < -rounding(d):
            raise SpecError(
                f"covariance must have no negative eigenvalue, being a second moment; got one of {least:.3g} "
                f"relative to the diagonal. Make coefficients larger."
            )

    def _least_relative(self) -> float:
        """The least eigenvalue of D^−½ (D + U N Uᵀ) D^−½; −1 where U leaves the range of D."""
        if (self.vectors[self.values == 0] != 0).any():
            return -1.0
        positive = self.values > 0
        scaled = self.vectors[positive] * np.sqrt(self.weights[positive] / self.values[positive])[:, None]
        R = np.linalg.qr(scaled)[1]
        values = np.linalg.eigvalsh(R @ self.coefficients @ R.T)
        return 1.0 + min(0.0, float(values.min(initial=0.0)))

    @cached_property
    def operator(self) -> DiagonalPlusLowRank:
        """The matrix by its factors."""
        return DiagonalPlusLowRank.of(self.values, self.vectors, self.coefficients, self.weights)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def d(self) -> int:
        """The dimension."""
        return round(float(self.weights.sum()))

    @property
    def weights(self) -> Array:
        """How often each coordinate counts, (p,)."""
        return np.ones(len(self.values)) if self.multiplicities is None else self.multiplicities

    @cached_property
    def trace(self) -> float:
        """tr Σ."""
        return float(self.operator.trace())

    @cached_property
    def diagonal(self) -> Array | None:
        """None: it is no diagonal matrix, unless the update is 0."""
        return None if self.coefficients.any() else self.values

    def __repr__(self) -> str:
        return f"Covariance(d={self.d}, trace={self.trace:.6g}, diagonal + rank {self.vectors.shape[1]})"


def _diagonal_values(given: object) -> tuple[Array, Array | None]:
    """The diagonal, repeated where multiplicities are whole, and those that are not."""
    spectrum = as_covariance(given)
    if not isinstance(spectrum, Spectrum):
        raise SpecError("diagonal must be a Spectrum or a 1-D array; got a matrix. Give its eigenvalues.")
    counts = spectrum.multiplicities
    if counts is None:
        return spectrum.values, None
    if (counts != np.round(counts)).any():
        return spectrum.values, counts
    return frozen_array(np.repeat(spectrum.values, counts.astype(int)), "diagonal", VECTORS), None


CovarianceLike = Spectrum | Covariance | RealArray
"""The arguments of ``as_covariance``."""


def as_covariance(given: object) -> Spectrum | Covariance:
    """A Spectrum or a Covariance as it is; that of a 1-D or a 2-D array."""
    if isinstance(given, Spectrum | Covariance):
        return given
    array = frozen_array(given, "covariance", GIVEN)
    if array.ndim == 0:
        raise ShapeError(
            f"covariance must say the dimension; got one number, {shortest_float(float(array))}. Write "
            f"isotropic(d) for d eigenvalues of 1, isotropic(d, trace) for others, or give them as "
            f"a 1-D array of eigenvalues."
        )
    if array.ndim == 1:
        return Spectrum(array)
    if array.ndim == 2 and array.shape[0] != array.shape[1]:
        raise ShapeError(
            f"covariance must be a Spectrum, a 1-D array of eigenvalues or a square matrix; got "
            f"shape {array.shape}. If these are feature rows, write Spectrum.from_data(X)."
        )
    return Covariance(array)


def checked_matrix(given: object, name: str, remedy: str) -> Array:
    """The symmetric part of a square matrix that is symmetric and not indefinite, or a refusal."""
    array = frozen_array(given, name, remedy)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
        raise ShapeError(f"{name} must be a square matrix; got shape {array.shape}. {remedy}")
    most = float(np.abs(array).max())
    if most > LARGEST / (2 * len(array)):
        raise SpecError(
            f"{name} must have a trace that floats can hold; got an entry of {most:.3g} in "
            f"dimension {len(array)}. Give the problem in other units."
        )
    if _diagonal(array) is not None:
        _refuse_negative(np.diagonal(array), 0.0, name)
        return array
    gap = np.abs(array - array.T)
    if gap.max() > rounding(len(array)) * most:
        i, j = (int(x) for x in np.unravel_index(gap.argmax(), gap.shape))
        raise SpecError(
            f"{name} must be symmetric; got {shortest_float(array[i, j])} at ({i}, {j}) and "
            f"{shortest_float(array[j, i])} at ({j}, {i}). Symmetrise it, if you know why it is not."
        )
    symmetric = array if not gap.any() else frozen_array((array + array.T) / 2, name, remedy)
    values = np.array(np.linalg.eigvalsh(symmetric), dtype=np.float64)
    _refuse_negative(values, rounding(len(array)) * float(np.abs(values).max()), name)
    return symmetric


def _refuse_negative(values: Array, allowed: float, name: str) -> None:
    if values.size and values.min() < -allowed:
        raise SpecError(
            f"{name} must have no negative eigenvalue, being a second moment; got one of "
            f"{values.min():.6g} beside a largest of {values.max():.6g}. Project it on its "
            f"positive part, if you know where that comes from."
        )


def _diagonal(matrix: Array) -> Array | None:
    diagonal = np.array(np.diagonal(matrix))
    return diagonal if np.count_nonzero(matrix) == np.count_nonzero(diagonal) else None
