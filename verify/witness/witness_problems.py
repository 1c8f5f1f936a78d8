"""The problems on which statements are tested."""

from typing import Any

import numpy as np

from ...theory import (
    Covariance,
    Fixed,
    Linear,
    Problem,
    RandomFeatures,
    RandomProjection,
    Source,
    Spectrum,
    Target,
    isotropic,
    label_shift,
)
from ...theory.base.arrays import Array

__all__ = [
    "DENSE",
    "MIX",
    "NOISES",
    "TWO_COVARIANCES",
    "Counts",
    "features_problem",
    "one_covariance",
    "predicted_term",
    "two_covariances",
    "unit_problem",
    "unlike_spectra",
    "without_common_basis",
]

NOISES = (0.04, 0.25)
"""(σ_1², σ_2²) of the theorems about one covariance."""

EXPONENT = 0.8
"""The decay exponent of their eigenvalues."""

MIX = (
    f"Real and synthetic data of one covariance with eigenvalues j^−{EXPONENT:g}, scaled to mean "
    f"1; Γ = I/d, Δ ∝ I unless said, noise variances {NOISES[0]:g} and {NOISES[1]:g}. n is given "
    f"as n₁ + n₂."
)

EXPONENTS, UNLIKE_NOISES, WEIGHT = (0.5, 0.9), (0.6, 0.3), 0.7
"""Exponents and noise variances of real and synthetic data with different covariances, and the loss
weight of synthetic data."""

TWO_COVARIANCES = (
    f"Eigenvalues of real data j^−{EXPONENTS[0]:g} with mean 1, of synthetic data j^−"
    f"{EXPONENTS[1]:g} with mean 2 and rotated by d/6 places; loss weights 1 and {WEIGHT:g}, "
    f"Γ = I/d, Δ = I/2d, noise variances {UNLIKE_NOISES[0]:g} and {UNLIKE_NOISES[1]:g}."
)

DENSE_NOISES = (0.3, 0.7)

DENSE = (
    f"Eigenvalues j^−{EXPONENTS[0]:g}, and 2 j^−{EXPONENTS[1]:g} in the basis of cosines; fixed "
    f"truths, loss weights 1 and {WEIGHT:g}, noise variances {DENSE_NOISES[0]:g} and "
    f"{DENSE_NOISES[1]:g}."
)

Counts = tuple[int, int]
"""(n_1, n_2), real data first."""


def one_covariance(
    d: int, counts: Counts, ridge: float, model: Any = None, *, precision: bool = False, quality: float = 1.0
) -> Problem:
    """:data:`MIX`, with tr ΣΔ = c²; Δ = (c²/d) Σ⁻¹ where ``precision``."""
    s = Spectrum(_decaying(d, EXPONENT))
    shift = label_shift(s, quality, "precision" if precision else "isotropic")
    return unit_problem(d, counts, ridge, spectrum=s, shift=shift, model=model)


def unit_problem(
    d: int,
    counts: Counts,
    ridge: float,
    *,
    noises: tuple[float, float] = NOISES,
    spectrum: Spectrum | None = None,
    shift: Any = None,
    weights: tuple[float, float] = (1.0, 1.0),
    model: Any = None,
) -> Problem:
    """One covariance, isotropic unless given; Γ = I/d, and Δ = I/d unless given."""
    s = isotropic(d) if spectrum is None else spectrum
    real = Source(counts[0], s, noise_variance=noises[0], weight=weights[0])
    synthetic_shift = 1 / d if shift is None else shift
    synthetic = Source(counts[1], s, noise_variance=noises[1], weight=weights[1], shift=synthetic_shift)
    chosen = Linear() if model is None else model
    return Problem(signal=1 / d, sources=[real, synthetic], ridge=ridge, model=chosen)


def two_covariances(
    d: int, ridge: float, model: Any = None, *, target: Target | None = None, gain: float = 1.0
) -> Problem:
    """:data:`TWO_COVARIANCES`, with d/2 and 7d/30 samples."""
    first, second = unlike_spectra(d)
    real = Source(d // 2, first, noise_variance=UNLIKE_NOISES[0])
    synthetic = Source(
        7 * d // 30, second, noise_variance=UNLIKE_NOISES[1], weight=WEIGHT, shift=0.5 / d, gain=gain
    )
    return Problem(
        signal=1 / d,
        sources=[real, synthetic],
        ridge=ridge,
        model=Linear() if model is None else model,
        target=target,
    )


def unlike_spectra(d: int) -> tuple[Spectrum, Spectrum]:
    """Those of :data:`TWO_COVARIANCES`."""
    rotated = np.roll(_decaying(d, EXPONENTS[1]), d // 6)
    return Spectrum(_decaying(d, EXPONENTS[0])), Spectrum(2 * rotated)


def without_common_basis(d: int, width: int | None) -> Problem:
    """:data:`DENSE`: w_j = (−1)^j/√d, and w + δ with δ = ±0.7/√d, plus for the first half; 9d/20
    and 6d/20 samples, λ = 0.02."""
    from scipy.fft import dct

    j = np.arange(1.0, d + 1)
    C = dct(np.eye(d), norm="ortho", axis=0)
    second = 2 * (C.T * j ** -EXPONENTS[1]) @ C
    shift = np.where(j <= d / 2, 0.7, -0.7) / np.sqrt(d)
    return Problem(
        signal=Fixed((-1) ** j / np.sqrt(d)),
        sources=[
            Source(9 * d // 20, Covariance(np.diag(j ** -EXPONENTS[0])), noise_variance=DENSE_NOISES[0]),
            Source(
                6 * d // 20,
                Covariance((second + second.T) / 2),
                noise_variance=DENSE_NOISES[1],
                weight=WEIGHT,
                shift=Fixed(shift),
            ),
        ],
        ridge=0.02,
        model=Linear() if width is None else RandomProjection(width),
    )


def features_problem(d: int, width: int, activation: Any, scale: float = 1.0) -> Problem:
    """``two_covariances`` at ridge 0.02 with features act(scale·z), z of variance 1 on the real data."""
    return two_covariances(d, 0.02, RandomFeatures(width, activation, scale**2 / d))


def predicted_term(problem: Problem, term: str = "error") -> float:
    """A term of the error by the master equations.

    >>> round(predicted_term(unit_problem(100, (150, 50), 0.75), "bias") * 7, 12)
    2.0
    """
    from ...numerics import predict

    return float(getattr(predict(problem), term))


def _decaying(d: int, exponent: float) -> Array:
    """(d,) j^−exponent with mean 1."""
    values = np.arange(1.0, d + 1) ** -exponent
    return np.asarray(values / values.mean())
