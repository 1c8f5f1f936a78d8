"""Sign labels that are kept where an oracle agrees: the bisector of generator and oracle.

A generator labels x ~ N(0, S) by sign(xᵀw_g); a sample is kept if the oracle's sign(xᵀw_o) is the same.
"""

import dataclasses
import math

import numpy as np

from ...base.accepted_values import RealNumber
from ...base.errors import SpecError
from ...base.validation import real, refusal
from .criterion import Criterion
from .oracle_angles import SAME_LINE, OracleAngles

__all__ = [
    "AgreementLabels",
    "agreement_helps",
    "agreement_labels",
    "agreement_plateau",
    "worst_useful_oracle",
]


@dataclasses.dataclass(frozen=True)
class AgreementLabels:
    """What sign labels look like where generator and oracle agree.

    Attributes
    ----------
    kept : float
        p, the share of the samples that is kept.
    slope : float
        b: the best linear fit to the kept labels is b(w_g/‖w_g‖_S + w_o/‖w_o‖_S).
    noise_variance : float
        The variance of the kept labels ±1 that this fit leaves.
    """

    kept: float
    slope: float
    noise_variance: float


def agreement_labels(correlation: "RealNumber") -> AgreementLabels:
    r"""Sign labels, kept where an oracle agrees: share, effective truth and effective noise.

    .. math::

        p = \frac12 + \frac{\arcsin r}{\pi}, \qquad
        w_{\mathrm{eff}} = b\left(\frac{w_g}{\|w_g\|_S} + \frac{w_o}{\|w_o\|_S}\right), \qquad
        b = \frac{1}{\sqrt{2\pi}\,(p + s/\pi)}, \qquad
        \sigma_{\mathrm{eff}}^2 = 1 - \frac{1 + r}{\pi p\,(p + s/\pi)}

    with s = √(1 − r²). The effective truth is the bisector of generator and oracle.

    Parameters
    ----------
    correlation : float
        r = w_gᵀSw_o/(‖w_g‖_S‖w_o‖_S), in (−1, 1].

    Returns
    -------
    AgreementLabels
        p, b, σ_eff².

    Raises
    ------
    SpecError
        A number out of range; r = −1, where nothing is kept.

    Notes
    -----
    Exact for x ~ N(0, S), any S: the best linear fit among kept samples and its residual variance.

    Source: our own derivation, by integration over the two scores; not in the paper.

    Examples
    --------
    >>> found = agreement_labels(0.5)
    >>> round(found.kept, 6), round(found.slope, 6), round(found.noise_variance, 6)
    (0.666667, 0.423357, 0.239973)
    """
    r = real(correlation, "correlation", "It is r of the two scores.")
    if not -1 < r <= 1:
        remedy = "Generator and oracle of correlation -1 never agree."
        raise SpecError(refusal("correlation", "must lie in (-1, 1]", correlation, remedy))
    p = 2 * math.atan2(math.sqrt(1 + r), math.sqrt(1 - r)) / math.pi
    spread = p + math.sqrt((1 - r) * (1 + r)) / math.pi
    return AgreementLabels(
        kept=p,
        slope=1 / (math.sqrt(2 * math.pi) * spread),
        noise_variance=1 - (1 + r) / (math.pi * p * spread),
    )


def agreement_plateau(
    *, generator_angle: "RealNumber", oracle_angle: "RealNumber", error_cosine: "RealNumber" = 0.0
) -> float:
    r"""The 0-1 error that remains with unlimited sign labels on which generator and oracle agree.

    .. math::

        \frac1\pi\,\angle(w_g' + w_o', w_t'), \qquad w' = \frac{w}{\|w\|_S}

    In one plane it is \|θ_g ± θ_o\|/(2π), + for errors in the same direction. An exact oracle (θ_o = 0)
    therefore only halves the error θ_g/π of the generator; it does not remove it.

    Parameters
    ----------
    generator_angle, oracle_angle : float
        θ_g, θ_o to the truth in the metric of S, in radians, in [0, π].
    error_cosine : float
        c, in [−1, 1]: the cosine of the angle between the parts of w_g and w_o that are orthogonal to w_t.
        1 is errors in the same direction, 0 orthogonal, −1 opposite ones.

    Returns
    -------
    float
        The probability that the sign is wrong.

    Raises
    ------
    SpecError
        A number out of range; opposite vectors, which never agree.

    See Also
    --------
    agreement_labels : the effective truth.
    agreement_with_margin : with a margin of the oracle besides.

    Notes
    -----
    Exact in the limit of n kept samples, n → ∞ at fixed d, for least squares (or any ridge that vanishes).

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> from math import pi, radians
    >>> round(agreement_plateau(generator_angle=radians(40), oracle_angle=0) * 360, 12)
    40.0
    """
    angles = OracleAngles.of(generator_angle, oracle_angle, error_cosine)
    if angles.closeness < SAME_LINE**2:
        raise SpecError(
            "generator and oracle must not be opposite, where they never agree; change generator_angle or "
            "oracle_angle."
        )
    bisector = angles.generator + angles.oracle
    return math.atan2(float(np.hypot(*bisector[1:])), bisector[0]) / math.pi


def agreement_helps(
    *, generator_angle: "RealNumber", oracle_angle: "RealNumber", error_cosine: "RealNumber" = 0.0
) -> Criterion:
    r"""Whether agreement with an oracle lowers the plateau of sign labels.

    .. math::

        \angle(w_g' + w_o', w_t) < \theta_g \quad\Longleftrightarrow\quad
        \cos\theta_o > \cos\theta_g\left(\sqrt{1 + \sin^4\theta_g} - \sin^2\theta_g\right)

    The right-hand condition is for orthogonal errors (c = 0) and θ_g < π/2.

    Parameters
    ----------
    generator_angle, oracle_angle, error_cosine
        As in :func:`agreement_plateau`.

    Returns
    -------
    Criterion
        True if it helps. Its margin is the 0-1 error of the generator minus the plateau.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    worst_useful_oracle : the angle at which the two sides are equal.

    Notes
    -----
    Assumptions as in :func:`agreement_plateau`.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> from math import radians
    >>> [agreement_helps(generator_angle=radians(45), oracle_angle=radians(o)).holds for o in (64, 64.2)]
    [True, False]
    """
    plateau = agreement_plateau(
        generator_angle=generator_angle, oracle_angle=oracle_angle, error_cosine=error_cosine
    )
    return Criterion.of(float(generator_angle) / math.pi - plateau)


def worst_useful_oracle(generator_angle: "RealNumber") -> float:
    r"""The angle up to which an oracle of orthogonal errors lowers the plateau of sign labels.

    .. math::

        \cos\theta_o = \cos\theta_g\left(\sqrt{1 + \sin^4\theta_g} - \sin^2\theta_g\right)

    Parameters
    ----------
    generator_angle : float
        θ_g in radians, in [0, π/2].

    Returns
    -------
    float
        θ_o in radians; about √3 θ_g for a good generator.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    agreement_helps : for any angles.

    Notes
    -----
    Assumptions as in :func:`agreement_plateau`, with c = 0.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> from math import degrees, radians
    >>> round(degrees(worst_useful_oracle(radians(45))), 2)
    64.09
    """
    θ = real(generator_angle, "generator_angle", "Give it in radians.")
    if not 0 <= θ <= math.pi / 2:
        remedy = "Beyond it, give both angles to agreement_helps."
        raise SpecError(refusal("generator_angle", "must lie between 0 and π/2", generator_angle, remedy))
    a, sin = math.cos(θ), math.sin(θ)
    cos_o = a / (math.hypot(1, sin**2) + sin**2)
    return math.atan2(sin * math.sqrt(1 + 2 * a * cos_o), cos_o)
