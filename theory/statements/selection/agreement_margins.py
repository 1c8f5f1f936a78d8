"""Sign labels that are kept where an oracle agrees with a margin: how the margin turns them to the oracle."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from ...base.accepted_values import RealNumber
from ...base.arrays import Array
from ...base.errors import SpecError
from ...base.validation import non_negative, positive
from ...base.wording import shortest_float
from ..classification import sign_error
from .oracle_angles import SAME_LINE, OracleAngles

__all__ = ["MarginLabels", "agreement_with_margin"]


@dataclasses.dataclass(frozen=True)
class MarginLabels:
    """Sign labels on which generator and oracle agree, with a margin of the oracle.

    Attributes
    ----------
    kept : float
        p, the share of the samples that is kept.
    plateau : float
        The 0-1 error of the effective truth: what remains with unlimited samples.
    overlap : float
        m = w_tᵀSw_eff, for ‖w_t‖_S = 1.
    squared_norm : float
        ‖w_eff‖_S².
    noise_variance : float
        The variance of the kept labels ±1 that the best linear fit leaves.
    inflation : float
        tr C⁻¹ − d, for the second moment C of the whitened inputs among kept samples.
    inflation_along_truth : float
        The part of tr C⁻¹ along the truth, w_tᵀC⁻¹w_t.
    integration_error : float
        The estimated relative error of the integrals.
    """

    kept: float
    plateau: float
    overlap: float
    squared_norm: float
    noise_variance: float
    inflation: float
    inflation_along_truth: float
    integration_error: float

    def error(self, *, aspect_ratio: "RealNumber", dimension: "RealNumber | None" = None) -> float:
        r"""The 0-1 error of least squares on the samples that are kept.

        .. math::

            \frac1\pi\arccos\frac{m}{\sqrt q}, \qquad
            q = \|w_{\mathrm{eff}}\|_S^2 + \sigma_{\mathrm{eff}}^2\,\frac{\varphi}{p - \varphi}
            \left(1 + \frac{\operatorname{tr}C^{-1} - d - w_t^\top C^{-1}w_t}{d}\right)

        The fluctuation of the fit along the truth, w_tᵀC⁻¹w_t, is left out of q, since it turns no sign. It
        matters for ``below``, where the kept inputs vary little along the oracle.

        Parameters
        ----------
        aspect_ratio : float
            φ = d/N > 0, below p, of the N samples before the filter.
        dimension : float or None
            d, for the terms of order 1/d in the bracket; None leaves them out.

        Returns
        -------
        float
            The probability that the sign is wrong; its relative error is O(1/d).

        Raises
        ------
        SpecError
            A number out of range; fewer samples kept than dimensions.

        Examples
        --------
        >>> from math import radians
        >>> labels = agreement_with_margin(generator_angle=radians(40), oracle_angle=0, above=1)
        >>> round(labels.plateau, 4), round(labels.error(aspect_ratio=100 / 16000), 4)
        (0.0153, 0.0265)
        """
        φ = positive(aspect_ratio, "aspect_ratio", "It is φ = d/N.")
        if not φ < self.kept:
            raise SpecError(
                f"aspect_ratio must be below the share {self.kept:.6g} that is kept; got "
                f"{shortest_float(φ)}. It is φ = d/N."
            )
        directions = 0.0 if dimension is None else 1 / positive(dimension, "dimension", "It is d.")
        across = 1 + directions * (self.inflation - self.inflation_along_truth)
        variance = self.noise_variance * φ / (self.kept - φ) * across
        return sign_error(overlap=self.overlap, squared_norm=self.squared_norm + variance)


def agreement_with_margin(
    *,
    generator_angle: "RealNumber",
    oracle_angle: "RealNumber",
    error_cosine: "RealNumber" = 0.0,
    above: "RealNumber | None" = None,
    below: "RealNumber | None" = None,
) -> MarginLabels:
    r"""Sign labels kept where an oracle agrees and its score is large enough, or small enough.

    In whitened coordinates (z, ξ), where z is the score of the oracle, and rz + sξ that of the generator,

    .. math::

        p = I[\Phi(kz)], \qquad
        M = \frac1p\begin{pmatrix} I[z^2\Phi(kz)] & I[z\varphi(kz)] \\
            I[z\varphi(kz)] & I[\Phi(kz) - kz\varphi(kz)]\end{pmatrix}, \qquad
        h = \frac1p\begin{pmatrix} I[z\Phi(kz)] \\ I[\varphi(kz)]\end{pmatrix}

    .. math::

        I[f] = 2\int_{\text{above}}^{\text{below}} f(z)\,\varphi(z)\,dz, \qquad k = \frac rs, \qquad
        (\beta_1, \beta_2) = M^{-1}h, \qquad
        w_{\mathrm{eff}} = \beta_1w_o' + \beta_2\,\frac{w_g' - rw_o'}{s}, \qquad
        \sigma_{\mathrm{eff}}^2 = 1 - h^\top M^{-1}h

    Without a margin w_eff is the bisector of :func:`agreement_labels`. A margin turns it to the oracle, from
    either side: the plateau goes to θ_o/π as ``above`` goes up or ``below`` goes to 0. The price is samples,
    so that for given N some margin is best.

    Parameters
    ----------
    generator_angle, oracle_angle, error_cosine
        As in :func:`agreement_plateau`.
    above, below : float or None
        Keep samples with above < \|xᵀw_o\|/‖w_o‖_S < below; None is no bound.

    Returns
    -------
    MarginLabels
        Share, plateau, effective truth and noise; and the error for a given number of samples.

    Raises
    ------
    SpecError
        A number out of range; nothing kept.

    See Also
    --------
    agreement_plateau : without margin, in closed form.

    Notes
    -----
    Exact for x ~ N(0, S), any S, up to the error of the integrals, 10⁻¹³ or so: Gauss-Legendre on panels that
    get finer towards the lower bound. All integrands are positive.

    Source: our own derivation; not in the paper.

    Examples
    --------
    >>> from math import radians
    >>> angles = dict(generator_angle=radians(40), oracle_angle=0)
    >>> [round(agreement_with_margin(**angles, above=t).plateau, 4) for t in (0, 0.5, 1.5)]
    [0.1111, 0.0476, 0.004]
    >>> [round(agreement_with_margin(**angles, below=t).plateau, 4) for t in (1, 0.5, 0.2)]
    [0.0638, 0.041, 0.02]
    """
    angles = OracleAngles.of(generator_angle, oracle_angle, error_cosine)
    least = 0.0 if above is None else non_negative(above, "above", "It is a bound on the oracle's score.")
    most = math.inf if below is None else positive(below, "below", "It is a bound on the oracle's score.")
    if not least < most:
        raise SpecError(f"above must be less than below; got {shortest_float(least)} and {below}.")
    s = math.sqrt(angles.closeness * angles.distance)
    if s < SAME_LINE:
        raise SpecError(
            "generator and oracle must not lie on one line, where they agree always or never; change "
            "generator_angle or oracle_angle."
        )
    r = 1 - angles.distance if angles.distance < 1 else angles.closeness - 1
    fine, coarse = (_moments(least, most, r, s, nodes) for nodes in (24, 16))
    p, M, h = fine[0], fine[1:4] / fine[0], fine[4:] / fine[0]
    inverse = np.array([[M[2], -M[1]], [-M[1], M[0]]]) / (M[0] * M[2] - M[1] ** 2)
    β = inverse @ h
    axes = np.array([angles.oracle, (angles.generator - r * angles.oracle) / s])
    w, truth = β @ axes, axes[:, 0]
    return MarginLabels(
        kept=float(p),
        plateau=math.atan2(float(np.hypot(*w[1:])), w[0]) / math.pi,
        overlap=float(w[0]),
        squared_norm=float(β @ β),
        noise_variance=max(float(1 - h @ β), 0.0),
        inflation=float(np.trace(inverse)) - 2,
        inflation_along_truth=float(truth @ inverse @ truth + 1 - truth @ truth),
        integration_error=_difference(fine, coarse),
    )


REACH = 83.0
"""exp(−REACH/2) is below rounding."""

LEAST = 1e-300
"""Shares and second moments below this are refused."""


def _moments(least: float, most: float, r: float, s: float, nodes: int) -> Array:
    """p; pM in its entries 11, 12, 22; and ph."""
    from scipy.special import ndtr

    x, weights = np.polynomial.legendre.leggauss(nodes)
    reach = REACH * (s**2 if r < 0 else 1.0)
    total = np.zeros(6)
    for start, end in _panels(least, min(most, math.sqrt(least**2 + reach)), s):
        z = start + (end - start) * (x + 1) / 2
        density = np.exp(-(z - least) * (z + least) / 2)  # relative to that at the lower bound
        agreed, at_zero = ndtr(r * z / s), np.exp(-((r * z / s) ** 2) / 2) / math.sqrt(2 * math.pi)
        rows = [agreed, z**2 * agreed, z * at_zero, agreed - r * z / s * at_zero, z * agreed, at_zero]
        total += np.array(rows) @ (weights * density) * (end - start)
    moments: Array = total * math.exp(-(least**2) / 2) / math.sqrt(2 * math.pi)
    if not moments[:2].min() > LEAST:
        raise SpecError("above and below must leave some samples; next to none are left. Move them apart.")
    return moments


def _difference(fine: Array, coarse: Array) -> float:
    """The largest difference, relative to what Cauchy and Schwarz allow."""
    p, zz, _, ξξ, *_ = fine
    scale = np.array([p, zz, math.sqrt(zz * ξξ), ξξ, math.sqrt(zz * p), math.sqrt(ξξ * p)])
    return float(np.max(np.abs(coarse - fine) / scale))


def _panels(least: float, most: float, s: float) -> Iterator[tuple[float, float]]:
    """Panels from the lower bound on, each as long as all before it; the first one of the least scale."""
    first = min(s, 1 / (1 + least), most - least)
    start, end = least, least + first
    while end < most:
        yield start, end
        start, end = end, least + 2 * (end - least)
    yield start, most
