"""The solved point of the master equations, and how it was obtained."""

import dataclasses
from collections.abc import Iterator

from ..base.html_view import html_table, html_view
from ..base.number_text import significant

__all__ = ["FixedPoint"]


@dataclasses.dataclass(frozen=True)
class FixedPoint:
    """The solution of the master equations, in the units of the problem.

    Without ridge all numbers are limits λ → 0: κ can be 0, f infinite, and the counts left 0.

    Attributes
    ----------
    kappa : float
        κ of the master equations, (X + I)⁻¹ = P and 1/f_k = κ/a_k + tr(Σ_kP)/n: the ridge that
        remains once the width is accounted for, in units of a covariance. Linear model: κ = λ. The κ
        of the paper's theorems is ``effective_ridge``.
    f : tuple of float
        (f_1 … f_K), in units of an inverse covariance; 0 for a source of weight 0.
    df1, df2 : float
        Degrees of freedom tr X(I+X)⁻¹ and tr X²(I+X)⁻² of X = Σ_k (n_k/n) f_kΣ_k; for random
        features, of X with μ_k²Σ_k, and the residual of the activation takes ν more.
    samples_left : float
        n₊ − df1 − ν, with n₊ the number of fitted samples (those of positive weight).
    width_left : float or None
        m − df1 − ν; None for the linear model.
    degrees_left : float
        D, the smaller of the degrees of freedom that the fit leaves to the samples,
        (n₊ − df1) + (df1 − df2)(m − df1)/(m − df2), and to the features,
        (m − df1) + (df1 − df2)(n₊ − df1)/(n₊ − df2), with ν included in df1. The linear model has
        only the first, n₊ − df2. For orthogonal projections the ratio in the first is
        (d − df1)(m − df1)/[(d − df1)(m − df1) + (d − m)(df1 − df2)], and the second is multiplied by
        d/(d − m).
    effective_ridge : float or None
        θ = 1/Σ_k (n_k/n) f_k if the fitted sources have one covariance, else None: the κ of Theorem 1
        and the θ of Theorem 2. For random features, θ/μ². The signal shrinks by Σ(Σ + θ)⁻¹, whatever
        the model.
    residual : float
        The largest relative residual of all equations.
    estimated_error : float
        The estimated relative error of the unknowns, and of each term relative to the sum of the
        absolute values of its summands.
    iterations : int
        The number of evaluations of the equations.
    digits : int
        The working precision; 16 for float64. With ``predict(problem, digits=...)`` the numbers are
        mpmath's.

    Notes
    -----
    The finite-size error is of relative order 1/D (for random features only if n, m ∝ d);
    ``Prediction.approximation_error`` estimates it, with its constant and sign. With one covariance
    the degrees of freedom left to the samples are n₊/(1 + u), u the variance inflation; for ordinary
    least squares n − d.

    References
    ----------
    arXiv 2410.04840 v2, Definition 2 and Theorem 1, for any number of sources.

    Examples
    --------
    >>> from detequiv import Problem, Source, isotropic, predict
    >>> mix = Problem(signal=1, ridge=0.75, sources=[Source(200, isotropic(100))])
    >>> point = predict(mix).fixed_point                    # φ = ½: κ = 1 solves λ = κ (1 − φ/2)
    >>> f"{point.effective_ridge:.6g}, {point.df1:.6g}, {point.degrees_left:.6g}"
    '1, 50, 175'
    """

    kappa: float
    f: tuple[float, ...]
    df1: float
    df2: float
    samples_left: float
    width_left: float | None
    degrees_left: float
    effective_ridge: float | None
    residual: float
    estimated_error: float
    iterations: int
    digits: int

    def __str__(self) -> str:
        κ, df1, df2, left = map(float, (self.kappa, self.df1, self.df2, self.degrees_left))
        θ = self.effective_ridge
        ridge = "" if θ is None else f", effective ridge {float(θ):.6g}"
        return (
            f"κ = {κ:.6g}{ridge}, df1 = {df1:.6g}, df2 = {df2:.6g}, {left:.6g} degrees of freedom "
            f"left; residual {self.residual:.1e}, estimated error {self.estimated_error:.1e}, "
            f"{self.iterations} iterations in {self.digits} digits."
        )

    def _repr_html_(self) -> str:
        return html_view(str(self), html_table(("", "", "value"), self._rows(), words=2))

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        if self.effective_ridge is not None:
            yield "effective ridge", "θ", significant(self.effective_ridge)
        yield "ridge of the master equations", "κ", significant(self.kappa)
        for k, f in enumerate(self.f):
            yield f"response of source {k}", "f", significant(f)
        yield "degrees of freedom, first order", "df1", significant(self.df1)
        yield "degrees of freedom, second order", "df2", significant(self.df2)
        yield "samples left", "n − df1", significant(self.samples_left)
        if self.width_left is not None:
            yield "features left", "m − df1", significant(self.width_left)
        yield "degrees of freedom left by the fit", "D", significant(self.degrees_left)
        yield "largest relative residual", "", f"{float(self.residual):.1e}"
        yield "estimated relative error", "", f"{float(self.estimated_error):.1e}"
        yield "iterations", "", str(self.iterations)
        yield "digits", "", str(self.digits)
