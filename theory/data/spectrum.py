"""Covariance spectra: eigenvalues, validated once, in the coordinates in use."""

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..base.accepted_values import Count, RealArray, RealNumber, RealVector
from ..base.argument_checks import checked_call
from ..base.arrays import Array, frozen_array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.html_view import html_table, html_view
from ..base.number_text import significant
from ..base.validation import count, non_negative, positive
from ..base.wording import short_repr, shortest_float
from .feature_rows import ROWS, centred_rows

EIGENVALUES = "Give a Spectrum, or a 1-D list of finite eigenvalues."
NO_DATA = "A source without variance has no data: leave it out, or give it a positive eigenvalue."
TIMES = "They are how often each eigenvalue occurs."
BASIS = "from_data sets it; so does eigh, whose eigenvectors are columns."

__all__ = ["NO_DATA", "Spectrum", "isotropic", "power_law"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Spectrum(Value):
    """The covariance Σ = diag(values), each value repeated ``multiplicities`` times.

    Parameters
    ----------
    values : array
        (p,) non-negative eigenvalues, at least one of them positive. The order matters: value i of every
        covariance, signal and shift of a problem refers to the same coordinate.
    multiplicities : array or None
        (p,) positive real numbers; None is all ones. Signals and shifts have one entry per value. Simulators
        need integers.
    basis : array or None
        (d, p) with orthonormal columns, set by :meth:`from_data`: the coordinates in which the
        covariance is diagonal. None means the coordinates in use; in a problem with a spectrum from
        data, those of its basis.
    mean : array or None
        (d,) column means of the data, set by :meth:`from_data`; None means 0.

    Raises
    ------
    SpecError, ShapeError
        Eigenvalues that are NaN, infinite, complex, negative or all zero; wrong lengths; a basis that is not
        orthonormal; a trace or a dimension that exceeds 1.8e308.

    Notes
    -----
    Source: the spectra of arXiv 2410.04840 v2, section 2.

    Examples
    --------
    >>> s = Spectrum([2.0, 1.0, 1.0])
    >>> s.d, s.trace
    (3, 4.0)
    >>> s == Spectrum([2.0, 1.0, 1.0])
    True
    """

    values: Array
    multiplicities: Array | None = None
    basis: Array | None = None
    mean: Array | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            values: RealVector,
            multiplicities: RealVector | None = None,
            basis: RealArray | None = None,
            mean: RealVector | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        values = frozen_array(self.values, "eigenvalues", EIGENVALUES)
        if values.ndim != 1 or values.size == 0:
            raise ShapeError(
                f"eigenvalues must be a 1-D array with at least one entry; got shape "
                f"{values.shape}. For one eigenvalue repeated d times use isotropic(d)."
            )
        if (values < 0).any():
            i = int(np.argmax(values < 0))
            raise SpecError(
                f"eigenvalues must be non-negative; got {shortest_float(values[i])} at index {i}. "
                f"Round-off below zero should be set to 0 by the one who knows its size."
            )
        if not values.any():
            raise SpecError(f"eigenvalues must not all be 0; got {short_repr(values.tolist())}. {NO_DATA}")
        object.__setattr__(self, "values", values)
        if self.multiplicities is not None:
            object.__setattr__(self, "multiplicities", _multiplicities(self.multiplicities, values))
        if self.basis is not None:
            object.__setattr__(self, "basis", _basis(self.basis, values))
        if self.mean is not None:
            object.__setattr__(self, "mean", _mean(self.mean, self.basis))
        _check_sums(self)

    @classmethod
    @checked_call
    def from_data(cls, X: "RealArray") -> "Spectrum":
        """The spectrum of real feature rows: the eigenvalues of XᵀX/N after centring the columns.

        Parameters
        ----------
        X : array
            (N, d) feature rows, N ≥ 2. Columns are centred by their means, because the theory assumes E
            x = 0; the divisor is N. The model has no intercept: centre the data that you compare with
            as well, as :meth:`project` does.

        Returns
        -------
        Spectrum
            d values in descending order, with the basis in which they were estimated and the means.
            Values below d·eps of the largest are set to 0; ``rank`` counts the others.

        Raises
        ------
        SpecError, ShapeError
            Fewer than two rows; missing or infinite values; rows that all agree up to rounding; a
            column whose range is a few rounding errors (up to 16 eps of its size).

        Notes
        -----
        A problem refuses two spectra with different bases, whose eigenvalues must not be paired by index.

        A column that is constant up to rounding (a range of at most 4 eps times its size m) counts as
        constant. Rounding of the data adds about (eps m)²/12 to the variance of a column, so a small
        variance at a large offset m loses digits. If data were centred beforehand, the offset is
        unknown, and rounding errors are treated as data.

        Examples
        --------
        >>> rows = 5 + np.random.default_rng(0).normal(size=(500, 3)) * [2.0, 1.0, 0.5]
        >>> spectrum = Spectrum.from_data(rows)
        >>> np.allclose((spectrum.project(rows) ** 2).mean(axis=0), spectrum.values)
        True
        """
        centred, mean = centred_rows(X)
        N, d = centred.shape
        _, singular, rotation = np.linalg.svd(centred, full_matrices=d > N)
        values = np.zeros(d)
        values[: singular.size] = singular**2 / N
        values[values <= values[0] * d * np.finfo(float).eps] = 0.0
        return cls(values, basis=rotation.T, mean=mean)

    @checked_call
    def project(self, X: "RealArray") -> Array:
        """Feature rows in the coordinates of this spectrum: (X − mean) basis.

        Parameters
        ----------
        X : array
            (N, d) feature rows.

        Returns
        -------
        ndarray
            (N, p); X itself if the spectrum was not made from data.

        Raises
        ------
        ShapeError
            X does not have the columns of the data that the spectrum was made from.

        Examples
        --------
        >>> import numpy as np
        >>> X = np.random.default_rng(0).standard_normal((50, 3))
        >>> Spectrum.from_data(X).project(X).shape
        (50, 3)
        """
        rows = frozen_array(X, "X", ROWS)
        if self.basis is None or self.mean is None:
            return rows
        if rows.ndim != 2 or rows.shape[1] != self.mean.size:
            raise ShapeError(
                f"X must have one column for each of the {self.mean.size} features of this "
                f"spectrum; got shape {rows.shape}. Take the columns that from_data had; a single "
                f"row is X[None]."
            )
        projected: Array = (rows - self.mean) @ self.basis
        return projected

    def __len__(self) -> int:
        return int(self.values.size)

    @cached_property
    def weights(self) -> Array:
        """The multiplicities, (p,); ones if none were given."""
        return np.ones_like(self.values) if self.multiplicities is None else self.multiplicities

    @cached_property
    def d(self) -> int | float:
        """The dimension: the sum of the multiplicities."""
        total = float(self.weights.sum())
        return int(total) if total.is_integer() else total

    @property
    def rank(self) -> int | float:
        """The number of positive eigenvalues, with multiplicities."""
        total = float(self.weights @ (self.values > 0))
        return int(total) if total.is_integer() else total

    @cached_property
    def trace(self) -> float:
        """tr Σ, with multiplicities."""
        return float(self.weights @ self.values)

    def _repr_html_(self) -> str:
        λ, m = self.values, self.weights
        rows = [
            ("dimension", "d", f"{self.d:g}"),
            ("distinct entries", "p", str(len(self))),
            ("rank", "", f"{self.rank:g}"),
            ("trace", "tr Σ", significant(self.trace)),
            ("largest eigenvalue", "", significant(λ.max())),
            ("smallest positive eigenvalue", "", significant(λ[λ > 0].min())),
            ("effective dimension", "(tr Σ)²/tr Σ²", significant(1 / float(m @ (λ / self.trace) ** 2))),
        ]
        return html_view(repr(self), html_table(("", "", "value"), rows, words=2))

    def __repr__(self) -> str:
        head = ", ".join(f"{v:.4g}" for v in self.values[:3])
        more = ", …" if len(self) > 3 else ""
        times = "" if self.multiplicities is None else f", {len(self)} distinct"
        estimated = "" if self.basis is None else f", rank={self.rank:g}, estimated from data"
        return f"Spectrum([{head}{more}], d={self.d:g}{times}, trace={self.trace:.6g}{estimated})"


def _check_sums(spectrum: Spectrum) -> None:
    with np.errstate(over="ignore"):
        sums = {"multiplicities": float(spectrum.weights.sum()), "eigenvalues": spectrum.trace}
    for name, total in sums.items():
        if not np.isfinite(total):
            raise SpecError(
                f"{name} must have a sum below 1.8e308; got {total}. Give the problem in other "
                f"units, where they are smaller."
            )


def _mean(given: object, basis: Array | None) -> Array:
    mean = frozen_array(given, "mean", "from_data sets it.")
    if mean.ndim != 1 or (basis is not None and mean.size != len(basis)):
        raise ShapeError(
            f"mean must be a 1-D array, one entry for each row of the basis; got shape "
            f"{mean.shape}. from_data sets it."
        )
    return mean


def _multiplicities(given: object, values: Array) -> Array:
    multiplicities = frozen_array(given, "multiplicities", TIMES)
    if multiplicities.shape != values.shape:
        raise ShapeError(
            f"multiplicities must have one entry for each of the {values.size} eigenvalues; "
            f"got shape {multiplicities.shape}. {TIMES}"
        )
    if (multiplicities <= 0).any():
        i = int(np.argmax(multiplicities <= 0))
        raise SpecError(
            f"multiplicities must be positive; got {shortest_float(multiplicities[i])} at index {i}. "
            f"Leave out eigenvalues that do not occur."
        )
    return multiplicities


def _basis(given: object, values: Array) -> Array:
    basis = frozen_array(given, "basis", BASIS)
    if basis.ndim != 2 or basis.shape[1] != values.size:
        raise ShapeError(
            f"basis must have one column for each of the {values.size} eigenvalues; "
            f"got shape {basis.shape}. {BASIS}"
        )
    with np.errstate(all="ignore"):
        skew = np.abs(basis.T @ basis - np.eye(values.size)).max()
    if not skew <= 1e-8:
        raise SpecError(
            f"basis must have orthonormal columns; got basisᵀbasis that differs from I by "
            f"{skew:.3g}. Orthonormalise it, by QR for example."
        )
    return basis


def isotropic(d: "RealNumber", trace: "RealNumber | None" = None) -> Spectrum:
    """The spectrum of d equal eigenvalues: ones, or trace/d.

    Parameters
    ----------
    d : float
        The dimension, positive; need not be an integer.
    trace : float or None
        tr Σ > 0; None gives ones.

    Returns
    -------
    Spectrum
        One value of multiplicity d.

    Raises
    ------
    SpecError
        d or trace is not positive and finite.

    Notes
    -----
    Source: Σ = I, the isotropic case of arXiv 2410.04840 v2 and of *Model Collapse Demystified*.

    Examples
    --------
    >>> isotropic(100).trace, isotropic(100, trace=1.0).values.tolist()
    (100.0, [0.01])
    """
    dimension = positive(d, "d", "It is the number of coordinates.")
    return Spectrum(np.array([_scaled_to(np.ones(1), trace, dimension)[0]]), np.array([dimension]))


def power_law(d: "Count", exponent: "RealNumber", trace: "RealNumber | None" = None) -> Spectrum:
    """The spectrum j^−exponent for j = 1, …, d, scaled to a trace if one is given.

    Parameters
    ----------
    d : int
        The dimension, at least 1.
    exponent : float
        Not negative.
    trace : float or None
        tr Σ > 0; None does not scale.

    Returns
    -------
    Spectrum
        d values in descending order.

    Raises
    ------
    SpecError
        A number out of range; an exponent so large that eigenvalues underflow to 0.

    Notes
    -----
    Source: the power laws of *Model Collapse Demystified*.

    Examples
    --------
    >>> power_law(600, 1.0, trace=1.0).values[:2].round(4).tolist()
    [0.1434, 0.0717]
    """
    size = count(d, "d", 1, "It is the number of eigenvalues.")
    power = -non_negative(exponent, "exponent", "Eigenvalues are j^−exponent, j = 1 … d.")
    values = _powers(size, power)
    if not values.all():
        raise SpecError(
            f"exponent must keep d^−exponent above 1e-308; got {short_repr(exponent)} with d = {size}. "
            f"Smaller eigenvalues than that cannot be told from 0."
        )
    return Spectrum(_scaled_to(values, trace, 1.0))


def _powers(size: int, power: float) -> Array:
    """j^power for j = 1 … size."""
    try:
        with np.errstate(under="ignore"):
            return np.arange(1, size + 1, dtype=float) ** power
    except (MemoryError, ValueError, OverflowError):
        raise SpecError(
            f"d must be a number of eigenvalues that memory holds; got {size:.3g}. Take fewer "
            f"values with multiplicities: Spectrum(values, multiplicities)."
        ) from None


def _scaled_to(values: Array, trace: RealNumber | None, multiplicity: float) -> Array:
    if trace is None:
        return values
    wanted = positive(trace, "trace", "None leaves the values unscaled.")
    scaled: Array = values * (wanted / (multiplicity * values.sum()))
    return scaled
