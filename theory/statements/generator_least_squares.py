"""Labels from a generator by least squares: on the real samples of the mix, on part of them, or on others."""

import dataclasses

import numpy as np

from ..base.accepted_values import Count, RealNumber, RealVector
from ..base.errors import SpecError
from ..base.wording import shortest_float
from ..data.generator_chains import chain_quality
from .generator_arguments import WEIGHTS, Pair, counts_of, dimension_of, pair_of
from .single_step_mixing import weighted_mixing
from .two_effective_ridges import generator_count_of, solve_fit
from .two_source_scalars import noise_pair

__all__ = ["least_squares_other_data", "least_squares_part_of_data", "least_squares_same_data"]


def least_squares_same_data(
    *,
    dimension: "RealNumber",
    counts: "RealVector",
    noise_variances: "RealVector",
    weights: "RealVector" = (1.0, 1.0),
) -> float:
    r"""Least squares on real samples and on labels of the least-squares fit to the same real samples.

    .. math::

        E = \frac{\sigma_1^2\varphi_1}{1 - \varphi_1} + \sigma_2^2\,\frac{\pi_2^2d/n_2}{1 - F}, \qquad
        F = \frac{\pi_1^2d}{n_1} + \frac{\pi_2^2d}{n_2}, \qquad \varphi_1 = \frac{d}{n_1}

    The first term is the error of the real data alone: synthetic samples only add their own noise, and the
    best a_2 is 0. For weights 1 the second term is σ_2²p_2φ/(1 − φ), with φ = d/n and p_2 = n_2/n.

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : tuple of two ints
        (n_1, n_2), n_1 > d.
    noise_variances : tuple of two floats
        (σ_1², σ_2²) ≥ 0, labels squared.
    weights : tuple of two floats
        (a_1, a_2) ≥ 0; more than d samples must have a positive one.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    See Also
    --------
    accumulate_rounds : the formula at finite size, for one round.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge. The shares π_k of the fit are
    those of :func:`fitted_generator_mix` at λ = 0. The error of the formula is O(1/n).

    Source: :func:`neutral_ridge`; not in the paper.

    Examples
    --------
    >>> mix = dict(dimension=300, counts=(600, 600), noise_variances=(0.5, 0.3))
    >>> round(least_squares_same_data(**mix), 12), round(least_squares_other_data(**mix), 12)
    (0.55, 0.3)
    """
    mix = _LeastSquares.of(dimension, counts, noise_variances, weights)
    return mix.generator_error(mix.counts[0]) + mix.σ2[1] * mix.spread[1] / mix.one_minus_F


def least_squares_part_of_data(
    *,
    dimension: "RealNumber",
    counts: "RealVector",
    noise_variances: "RealVector",
    generator_count: "Count",
    weights: "RealVector" = (1.0, 1.0),
) -> float:
    r"""The same with a generator that is fitted to n_s of the n_1 real samples.

    .. math::

        (1 - F)\,E &= (\rho_1 + 2\rho_2)\,\sigma_1^2 + \rho_2\sigma_2^2 + (\pi_2^2 + \rho_2)\,c^2
            + 2d\pi_2\left(\frac{\pi_1}{n_1} - \frac{\pi_2}{n_2}\right)
              \frac{\sigma_1^2 + \pi_2c^2}{1 - \pi_1d/n_1} \\
        \rho_k &= \frac{\pi_k^2d}{n_k}, \qquad F = \rho_1 + \rho_2, \qquad
        c^2 = \frac{\sigma_1^2\varphi_s}{1 - \varphi_s}, \qquad \varphi_s = \frac{d}{n_s}

    c² is the error of the generator. For weights 1, with φ = d/n and p_2 = n_2/n,

    .. math::

        E = \frac{1}{1 - \varphi}\left[\varphi\sigma_1^2 + p_2\varphi\sigma_2^2
            + \frac{p_2(\varphi + p_2\varphi_s)\,\sigma_1^2}{1 - \varphi_s}\right],

    which exceeds the error for a generator of other data by 2p_2φσ_1²(1 − p_1φ_s)/((1 − φ)(1 − φ_s)).

    Parameters
    ----------
    dimension, counts, noise_variances, weights
        As in :func:`least_squares_same_data`.
    generator_count : int
        n_s, above d and at most n_1.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumptions as in :func:`least_squares_same_data`, which is n_s = n_1.

    Source: :func:`fitted_generator_mix` without ridges; not in the paper.

    Examples
    --------
    >>> mix = dict(dimension=300, counts=(900, 900), noise_variances=(0.5, 0.3), generator_count=450)
    >>> round(least_squares_part_of_data(**mix), 12), round(least_squares_other_data(**mix), 12)
    (0.58, 0.38)
    """
    mix = _LeastSquares.of(dimension, counts, noise_variances, weights)
    c2 = mix.generator_error(generator_count_of(generator_count, mix.counts[0], shared=True))
    (σ1, σ2), (ρ1, ρ2), (r1, r2) = mix.σ2, mix.spread, mix.per_sample
    π2 = mix.counts[1] * r2
    met_again = 2 * mix.d * π2 * (r1 - r2) * (σ1 + π2 * c2) / (1 - mix.d * r1)
    return ((ρ1 + 2 * ρ2) * σ1 + ρ2 * σ2 + (π2**2 + ρ2) * c2 + met_again) / mix.one_minus_F


def least_squares_other_data(
    *,
    dimension: "RealNumber",
    counts: "RealVector",
    noise_variances: "RealVector",
    generator_count: "Count | None" = None,
    weights: "RealVector" = (1.0, 1.0),
) -> float:
    r"""The same with a generator that is fitted to n_s other real samples.

    .. math::

        E = \frac{\varphi(p_1\sigma_1^2 + p_2\sigma_2^2)}{1 - \varphi}
            + \left(p_2^2 + \frac{p_1p_2\varphi}{1 - \varphi}\right)c^2, \qquad
        c^2 = \frac{\sigma_1^2\varphi_s}{1 - \varphi_s}

    for weights 1: Corollary 1 with the quality of appendix B.2. With weights it is :func:`weighted_mixing`.

    Parameters
    ----------
    dimension, counts, noise_variances, weights
        As in :func:`least_squares_same_data`; any n_1 with n_1 + n_2 > d.
    generator_count : int or None
        n_s > d; None is n_1.

    Returns
    -------
    float
        In labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range.

    Notes
    -----
    Assumptions as in :func:`least_squares_same_data`, with other real samples for the generator.

    Source: arXiv 2410.04840 v2, Corollary 1 and appendix B.2.

    Examples
    --------
    >>> mix = dict(dimension=300, counts=(900, 300), noise_variances=(0.5, 0.3), generator_count=600)
    >>> round(least_squares_other_data(**mix), 12)
    0.2125
    """
    mix = _LeastSquares.of(dimension, counts, noise_variances, weights)
    (n1, n2), (a1, a2) = mix.counts, mix.weights
    return weighted_mixing(
        weight=a2 * n2 / (a1 * n1 + a2 * n2),
        aspect_ratio=mix.d / (n1 + n2),
        synthetic_share=n2 / (n1 + n2),
        noise_variances=mix.σ2,
        quality=mix.generator_error(generator_count_of(generator_count, n1, shared=False)),
    ).total


@dataclasses.dataclass(frozen=True)
class _LeastSquares:
    """A fit without ridge to more samples than dimensions."""

    d: float
    counts: tuple[int, int]
    weights: Pair
    σ2: Pair
    per_sample: Pair

    @classmethod
    def of(
        cls, dimension: RealNumber, counts: RealVector, noise_variances: RealVector, weights: RealVector
    ) -> "_LeastSquares":
        d, n, a = dimension_of(dimension), counts_of(counts, least=0), pair_of(weights, "weights", WEIGHTS)
        total = sum(n_k for n_k, a_k in zip(n, a, strict=True) if a_k > 0)
        if not total > d:
            raise SpecError(
                f"counts must add up to more than the dimension {shortest_float(d)}; got {total} of positive "
                f"weight. fitted_generator_mix covers fits with a ridge or to fewer samples."
            )
        solved = solve_fit(np.ones(1), np.array([d]), n, a, 0.0, "ridge")
        return cls(d, n, a, noise_pair(noise_variances), solved.per_sample)

    @property
    def spread(self) -> Pair:
        """ρ_k = π_k²d/n_k of both sources."""
        (n1, n2), (r1, r2) = self.counts, self.per_sample
        return self.d * n1 * r1**2, self.d * n2 * r2**2

    @property
    def one_minus_F(self) -> float:
        """1 − F, with F = ρ_1 + ρ_2."""
        return 1 - sum(self.spread)

    def generator_error(self, n_s: int) -> float:
        """c², of least squares on n_s real samples."""
        if not n_s > self.d:
            raise SpecError(
                f"the generator must be fitted to more samples than the dimension {shortest_float(self.d)}; "
                f"got {n_s}. fitted_generator_mix covers generators with a ridge or fewer samples."
            )
        return chain_quality(self.d, counts=[n_s], noise_variances=[self.σ2[0]])
