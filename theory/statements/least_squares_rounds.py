"""Rounds of least squares on own labels: data that accumulate, and data that are replaced."""

import numpy as np

from ..base.accepted_values import RealNumber, RealVector
from ..base.arrays import Array
from ..base.errors import ShapeError, SpecError
from ..base.validation import as_sequence, count, non_negative, refusal
from ..base.wording import plural, shortest_float
from .generator_arguments import ROUNDS, dimension_of

__all__ = ["accumulate_rounds", "replace_rounds"]


def accumulate_rounds(
    *, dimension: "RealNumber", counts: "RealVector", noise_variances: "RealVector", finite_size: bool = False
) -> float:
    r"""Rounds of least squares on all data so far, each round with new inputs that the last model labels.

    .. math::

        E_T = \frac{\sigma_0^2d}{n_0 - d} + \sum_{t=1}^T \sigma_t^2\,\frac{n_t}{N_t}\,\frac{d}{N_t - d},
        \qquad N_t = n_0 + \dots + n_t

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : sequence of ints
        n_0 > d of the real data (n_0 > d + 1 for ``finite_size``), then n_1, …, n_T ≥ 0 of the rounds.
    noise_variances : sequence of floats
        σ_0², …, σ_T² ≥ 0 of the labels, labels squared.
    finite_size : bool
        Whether N_t − d − 1 takes the place of N_t − d: the expectation, exact at any size.

    Returns
    -------
    float
        E_T in labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; lists of unlike length.

    See Also
    --------
    replace_rounds : without the data of former rounds.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge. The n_t labels of round t agree
    with the fit to all data before it up to noise, so by the identity of :func:`neutral_ridge`

    .. math:: \hat w_t = \hat w_{t-1} + (X^\top X)^{-1}X_t^\top\varepsilon_t, \qquad
        \mathbb E\operatorname{tr}\Sigma(X^\top X)^{-1}X_t^\top X_t(X^\top X)^{-1}
        = \frac{n_t}{N_t}\,\frac{d}{N_t - d - 1}

    with X all N_t inputs so far. For equal n_t and σ_t the error stays bounded, as arXiv 2404.01413 shows by
    an upper bound.

    Source: this proof; not in the paper.

    Examples
    --------
    >>> rounds = dict(dimension=100, counts=(150, 150), noise_variances=(0.5, 0.3))
    >>> accumulate_rounds(**rounds), round(accumulate_rounds(**rounds, finite_size=True), 6)
    (1.075, 1.095785)
    """
    d, n, σ2 = _rounds(dimension, counts, noise_variances)
    _refuse_few_samples(n[0], d, finite_size)
    N = np.cumsum(n)
    return float(sum(σ2 * n / N * d / (N - d - finite_size)))


def replace_rounds(
    *, dimension: "RealNumber", counts: "RealVector", noise_variances: "RealVector", finite_size: bool = False
) -> float:
    r"""Rounds of least squares that each see only labels of the last model.

    .. math:: E_T = \sum_{t=0}^T \frac{\sigma_t^2\varphi_t}{1 - \varphi_t}, \qquad \varphi_t = d/n_t

    This holds for new inputs in each round, and for the same n inputs, newly labelled (n_t = n): with equal
    noise (1 + T)σ²φ/(1 − φ).

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : sequence of ints
        n_0 of the real data, then n_1, …, n_T of the rounds, all above d (d + 1 for ``finite_size``).
    noise_variances : sequence of floats
        σ_0², …, σ_T² ≥ 0 of the labels, labels squared.
    finite_size : bool
        Whether d/(n_t − d − 1) takes the place of φ_t/(1 − φ_t): the expectation, exact at any size.

    Returns
    -------
    float
        E_T in labels squared, noise excluded.

    Raises
    ------
    SpecError
        A number out of range; lists of unlike length.

    See Also
    --------
    detequiv.chain_quality : the formula as the quality of labels.
    accumulate_rounds : with the data of former rounds.

    Notes
    -----
    Assumes Gaussian inputs of one covariance, of any shape, and no ridge: ŵ_t = ŵ_{t−1} + X_t⁺ε_t.

    Source: arXiv 2410.04840 v2, appendix B.2, for new inputs; the same inputs, by this proof.

    Examples
    --------
    >>> replace_rounds(dimension=100, counts=[200] * 5, noise_variances=[0.5] * 5)
    2.5
    """
    d, n, σ2 = _rounds(dimension, counts, noise_variances)
    for n_t in n:
        _refuse_few_samples(n_t, d, finite_size)
    return float(sum(σ2 * d / (n - d - finite_size)))


def _rounds(
    dimension: RealNumber, counts: RealVector, noise_variances: RealVector
) -> tuple[float, Array, Array]:
    """d, and n_t and σ_t² of every round, the real data first."""
    n = as_sequence(counts, "counts", "must be a list of counts", ROUNDS)
    σ2 = as_sequence(noise_variances, "noise_variances", "must be a list of numbers", ROUNDS)
    if not n:
        raise SpecError(refusal("counts", "must not be empty", counts, ROUNDS))
    if len(n) != len(σ2):
        raise ShapeError(
            f"noise_variances must have one entry for each of the {plural(len(n), 'count')}; got {len(σ2)}. "
            f"{ROUNDS}"
        )
    return (
        dimension_of(dimension),
        np.array([float(count(n_t, "counts", 0, ROUNDS)) for n_t in n]),
        np.array([non_negative(σ, "noise_variances", ROUNDS) for σ in σ2]),
    )


def _refuse_few_samples(n: float, d: float, finite_size: bool) -> None:
    least = d + finite_size
    if not n > least:
        raise SpecError(
            f"counts must be above {shortest_float(least)} where only one round is fitted; got "
            f"{shortest_float(n)}. With fewer samples the error diverges or depends on the truth."
        )
