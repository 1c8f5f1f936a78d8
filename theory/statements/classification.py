"""0-1 errors of linear classifiers, from the overlaps of fit and truth.

The classifier is sign(xᵀŵ), for test inputs x ~ N(0, S). Its overlaps are m = w_tᵀSŵ, q = ŵᵀSŵ and
ρ = w_tᵀSw_t.
"""

import math
from fractions import Fraction

from ..base.accepted_values import RealNumber
from ..base.errors import SpecError
from ..base.validation import non_negative, positive, real, refusal, unit_share

__all__ = ["classification_error", "flipped_error", "mixture_error", "probit_error", "sign_error"]

OVERLAP = "It is m = w_tᵀSŵ."
NORM = "It is q = ŵᵀSŵ."
TRUTH = "It is ρ = w_tᵀSw_t."

ROUNDING = 1e-9
"""By how much m² may exceed qρ, relative to it."""


def classification_error(
    m: float,
    q: float,
    rho: float,
    *,
    flip: "RealNumber" = 0.0,
    scale: "RealNumber" = 0.0,
    mixture: bool = False,
) -> float:
    """The 0-1 error of any of these test labels; see the functions below.

    >>> classification_error(0.5, 0.5, 1.0, flip=0.1)
    0.3
    """
    if mixture and scale:
        raise SpecError(
            f"test labels are those of a mixture or of a scale; got mixture=True and scale={scale}."
        )
    if mixture:
        error = mixture_error(overlap=m, squared_norm=q)
    else:
        error = probit_error(overlap=m, squared_norm=q, truth_squared_norm=rho, scale=scale)
    return flipped_error(error, flip=flip)


def sign_error(
    *, overlap: "RealNumber", squared_norm: "RealNumber", truth_squared_norm: "RealNumber" = 1.0
) -> float:
    r"""The 0-1 error against the labels sign(xᵀw_t).

    .. math:: \frac1\pi\arccos\frac{m}{\sqrt{q\rho}}

    Parameters
    ----------
    overlap : float
        m = w_tᵀSŵ, m² ≤ qρ.
    squared_norm : float
        q = ŵᵀSŵ ≥ 0. For q = 0 the classifier knows nothing, and the error is 1/2.
    truth_squared_norm : float
        ρ = w_tᵀSw_t > 0.

    Returns
    -------
    float
        The probability that the signs differ, in [0, 1].

    Raises
    ------
    SpecError
        A number out of range; m² > qρ by more than rounding.

    Notes
    -----
    Exact for given ŵ and Gaussian test inputs. For the mean overlaps of random ŵ the error is O(1/n). Part of
    it is the variance of m, which is in the mean of q but turns no sign: Var(m)/ρ can be taken off q.
    Computed from qρ − m² without rounding, so that m² ≈ qρ costs no digits beyond those of m, q and ρ.

    Source: the angle between two hyperplanes; not in the paper.

    Examples
    --------
    >>> sign_error(overlap=0.5, squared_norm=0.5), sign_error(overlap=0, squared_norm=0)
    (0.25, 0.5)
    """
    m, q = real(overlap, "overlap", OVERLAP), non_negative(squared_norm, "squared_norm", NORM)
    ρ = positive(truth_squared_norm, "truth_squared_norm", TRUTH)
    return _angle(m, q, Fraction(ρ)) / math.pi


def probit_error(
    *,
    overlap: "RealNumber",
    squared_norm: "RealNumber",
    truth_squared_norm: "RealNumber" = 1.0,
    scale: "RealNumber",
) -> float:
    r"""The 0-1 error against random labels, +1 with probability Φ(xᵀw_t/τ).

    .. math:: \frac1\pi\arccos\frac{m}{\sqrt{q(\rho + \tau^2)}}

    Parameters
    ----------
    overlap, squared_norm, truth_squared_norm
        As in :func:`sign_error`.
    scale : float
        τ ≥ 0; 0 gives the labels sign(xᵀw_t).

    Returns
    -------
    float
        The probability that the label is another one, in [0, 1].

    Raises
    ------
    SpecError
        A number out of range; m² > qρ by more than rounding.

    Notes
    -----
    As in :func:`sign_error`; the labels are sign(xᵀw_t + τε) for a standard normal ε.

    Source: the angle between two hyperplanes; not in the paper.

    Examples
    --------
    >>> probit_error(overlap=1, squared_norm=1, scale=1)
    0.25
    """
    m, q = real(overlap, "overlap", OVERLAP), non_negative(squared_norm, "squared_norm", NORM)
    ρ = Fraction(positive(truth_squared_norm, "truth_squared_norm", TRUTH))
    τ = Fraction(non_negative(scale, "scale", "It is τ."))
    _angle(m, q, ρ)
    return _angle(m, q, ρ + τ**2) / math.pi


def mixture_error(*, overlap: "RealNumber", squared_norm: "RealNumber") -> float:
    r"""The 0-1 error for two classes N(±μ, S), equally likely.

    .. math:: \Phi\!\left(-\frac{m}{\sqrt q}\right)

    Parameters
    ----------
    overlap : float
        m = μᵀŵ: that of :func:`sign_error` with the truth w_t = S⁻¹μ.
    squared_norm : float
        q = ŵᵀSŵ ≥ 0. For q = 0 the classifier knows nothing, and the error is 1/2.

    Returns
    -------
    float
        The probability that the class is wrong, in [0, 1].

    Raises
    ------
    SpecError
        A number out of range; m ≠ 0 with q = 0.

    Notes
    -----
    As in :func:`sign_error`. The least error is Φ(−√(μᵀS⁻¹μ)).

    Source: discriminant analysis; not in the paper.

    Examples
    --------
    >>> round(mixture_error(overlap=1, squared_norm=0.25), 6)
    0.02275
    """
    m = real(overlap, "overlap", "It is m = μᵀŵ.")
    q = non_negative(squared_norm, "squared_norm", NORM)
    if q == 0:
        _refuse_overlap_without_norm(m)
        return 0.5
    return math.erfc(m / math.sqrt(q) / math.sqrt(2)) / 2


def flipped_error(error: "RealNumber", *, flip: "RealNumber") -> float:
    r"""A 0-1 error, measured against labels of which some are flipped.

    .. math:: e + (1 - 2e)\,E

    Parameters
    ----------
    error : float
        E, against the labels before the flips, in [0, 1].
    flip : float
        e, the probability that a label is flipped, in [0, 1].

    Returns
    -------
    float
        The probability that the flipped label is another one.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Exact for flips that are independent of the rest.

    Source: total probability; not in the paper.

    Examples
    --------
    >>> flipped_error(0.25, flip=0.25)
    0.375
    """
    E, e = unit_share(error, "error", "It is a 0-1 error."), unit_share(flip, "flip", "It is a probability.")
    return e + (1 - 2 * e) * E


def _angle(m: float, q: float, ρ: Fraction) -> float:
    """arccos(m/√(qρ)), by the sine and the cosine; π/2 for q = 0."""
    if q == 0:
        _refuse_overlap_without_norm(m)
        return math.pi / 2
    cosine2 = Fraction(m) ** 2 / (Fraction(q) * ρ)
    if cosine2 > 1 + Fraction(ROUNDING):
        remedy = "By Cauchy and Schwarz m² ≤ qρ."
        raise SpecError(refusal("overlap", "must be at most √(qρ) in absolute value", m, remedy))
    sine, cosine = math.sqrt(max(1 - cosine2, Fraction(0))), math.sqrt(cosine2)
    return math.atan2(sine, math.copysign(cosine, m))


def _refuse_overlap_without_norm(m: float) -> None:
    if m != 0:
        raise SpecError(refusal("overlap", "must be 0 for a fit with squared_norm 0", m, ""))
