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
    """Appendix B.2: the quality c² of labels that come from a chain of least-squares fits.

        c² = tr ΣΔ = Σ_ℓ σ_ℓ²φ_ℓ/(1 − φ_ℓ),      φ_ℓ = d/n_ℓ

    Generator ℓ is fitted without ridge to n_ℓ fresh samples whose labels are those of generator
    ℓ − 1 (the first one: of the truth) plus noise of variance σ_ℓ².

    Assumptions: n_ℓ > d for every ℓ (refused otherwise: a generator that cannot resolve all
    directions also projects the truth, which this leaves out); one covariance, of any shape. Size
    of the error: O(1/n_ℓ); exactly, n_ℓ − d − 1 stands for n_ℓ − d.

    Parameters
    ----------
    dimension : d > 0. counts : n_1 … n_L, integers above d, the first generator first (none: 0).
    noise_variances : σ_1² … σ_L², as many.

    Returns
    -------
    c², the ``quality`` of closed forms and of :func:`~detequiv.label_shift`.

    Raises
    ------
    SpecError
        A number out of range, n_ℓ ≤ d among them, or lists of unlike length.

    Source: arXiv 2410.04840 v2, appendix B.2. Right as printed.

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
    """Appendix B.2: the shift Δ = Σ_ℓ σ_ℓ²/(n_ℓ − d) Σ⁻¹ of labels from such a chain.

    It goes into ``Source(shift=...)``; tr ΣΔ is :func:`chain_quality`, which has the assumptions
    (Σ invertible, besides) and the size of the error.

    In a mix the generators must have been trained on data other than the mix's real samples. If a
    generator was fitted to these samples, its labels are correlated with their noise and the
    prediction is wrong: for least squares on n_1 = n_2 = 600 samples, d = 300, noise variances 0.5
    and 0.3, the predicted error is 0.3000 and the true one 0.5500.

    Parameters
    ----------
    covariance : Σ, a Spectrum, a 1-D array of eigenvalues or a (d, d) matrix.
    counts, noise_variances : as in :func:`chain_quality`.

    Returns
    -------
    (p,) array, one entry per eigenvalue, or a (d, d) matrix where the covariance is one.

    Raises
    ------
    SpecError
        What :func:`chain_quality` refuses, and a covariance that is not invertible.

    Source: arXiv 2410.04840 v2, appendix B.2. Right as printed.

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
                f"every generator more samples: with fewer it also projects the truth, which no "
                f"shift that is independent of it says."
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
