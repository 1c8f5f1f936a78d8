"""Where the shift of synthetic labels comes from: chains of generators.

Appendix B.2 of *Strong Model Collapse* (arXiv 2410.04840, version 2).
"""

from ..base.accepted_values import RealNumber, RealVector
from ..base.arrays import Array
from ..base.errors import SpecError
from ..base.validation import as_sequence, count, non_negative, positive
from ..base.wording import shortest_float
from .covariance import CovarianceLike, as_covariance
from .label_shifts import label_shift

__all__ = ["chain_quality", "chain_shift"]

ONE_EACH = "Give one per generator, the first generator first."


def chain_quality(dimension: "RealNumber", *, counts: "RealVector", noise_variances: "RealVector") -> float:
    r"""Appendix B.2: the quality c² of labels from a chain of least-squares fits.

    .. math::

        c^2 = \operatorname{tr}\Sigma\Delta = \sum_\ell \frac{\sigma_\ell^2\varphi_\ell}{1 - \varphi_\ell},
        \qquad \varphi_\ell = d/n_\ell

    Generator ℓ is fitted without ridge to n_ℓ fresh samples with the labels of generator ℓ − 1 (the first: of
    the truth) plus noise of variance σ_ℓ².

    Parameters
    ----------
    dimension : float
        d > 0.
    counts : sequence of int
        n_1, …, n_L above d, the first generator first; none give 0.
    noise_variances : sequence of float
        σ_1², …, σ_L².

    Returns
    -------
    float
        c², the ``quality`` of closed forms and of :func:`~detequiv.label_shift`.

    Raises
    ------
    SpecError
        A number out of range, such as n_ℓ ≤ d; lists of unlike length.

    See Also
    --------
    detequiv.Source : its ``labels`` take a fitted model, with any ridge and any number of samples.
    detequiv.rounds : chains of such models.

    Notes
    -----
    Assumes n_ℓ > d for every ℓ, because a generator that cannot resolve all directions also projects the
    truth; one covariance, of any shape. The error is O(1/n_ℓ); the exact formula has n_ℓ − d − 1 for n_ℓ − d.

    Source: arXiv 2410.04840 v2, appendix B.2, correct as printed.

    Examples
    --------
    >>> chain_quality(100, counts=(200, 500), noise_variances=(0.1, 0.4))
    0.2
    """
    d = positive(dimension, "dimension", "It is d.")
    fitted = _counts(counts, d)
    noises = _noises(noise_variances, len(fitted))
    return sum(σ2 * d / (n - d) for n, σ2 in zip(fitted, noises, strict=True))


def chain_shift(
    covariance: "CovarianceLike", *, counts: "RealVector", noise_variances: "RealVector"
) -> float | Array:
    r"""Appendix B.2: the shift of labels from a chain of least-squares fits.

    .. math:: \Delta = \sum_\ell \frac{\sigma_\ell^2}{n_\ell - d}\,\Sigma^{-1}

    Parameters
    ----------
    covariance : Spectrum, array or matrix
        Σ, invertible: a Spectrum, a 1-D array of eigenvalues or a (d, d) matrix.
    counts, noise_variances
        As in :func:`chain_quality`.

    Returns
    -------
    ndarray
        For ``Source(shift=...)``: (p,), one entry per eigenvalue, or (d, d) if the covariance is a matrix.

    Raises
    ------
    SpecError
        As :func:`chain_quality`; a covariance that is not invertible.

    See Also
    --------
    detequiv.Source : its ``labels`` take a fitted model, also one that was trained on samples of the mix.
    detequiv.rounds : chains of such models.

    Notes
    -----
    tr ΣΔ is :func:`chain_quality`, which has the assumptions and the size of the error. In a mix, the
    generators must have been trained on data other than the real samples of the mix. Otherwise the labels
    are correlated with their noise and the prediction is wrong: for least squares on n_1 = n_2 = 600 samples,
    d = 300 and noise variances 0.5 and 0.3, the error predicted with the shift is 0.3000 and the true one
    0.5500. With the generator as ``labels`` in place of a shift, the prediction is right; see the how-to page
    "My generator saw my data" (docs/how_to/fitted_generators.md).

    Source: arXiv 2410.04840 v2, appendix B.2, correct as printed.

    Examples
    --------
    >>> chain_shift([2.0, 1.0], counts=(12,), noise_variances=(0.1,)).tolist()
    [0.005, 0.01]
    """
    Σ = as_covariance(covariance)
    quality = chain_quality(Σ.d, counts=counts, noise_variances=noise_variances)
    return label_shift(Σ, quality)


def _counts(values: object, d: float) -> list[int]:
    given = as_sequence(values, "counts", "must be a list of numbers", ONE_EACH)
    remedy = "It is the number of samples that a generator was fitted to."
    counts = [count(n, f"counts[{i}]", 1, remedy) for i, n in enumerate(given)]
    for i, n in enumerate(counts):
        if not n > d:
            raise SpecError(
                f"counts[{i}] must be above the dimension; got {shortest_float(n)} for d = {d:g}. Give "
                f"every generator more samples, or pass the last one as Source(labels=...): with fewer "
                f"samples than dimensions it also projects the truth, which no shift can express."
            )
    return counts


def _noises(values: object, generators: int) -> list[float]:
    noises = as_sequence(values, "noise_variances", "must be a list of numbers", ONE_EACH)
    if len(noises) != generators:
        raise SpecError(
            f"noise_variances must have one number per generator, {generators} as in counts; got "
            f"{len(noises)}. {ONE_EACH}"
        )
    remedy = "They are σ², not σ."
    return [non_negative(x, f"noise_variances[{i}]", remedy) for i, x in enumerate(noises)]
