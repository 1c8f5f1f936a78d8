"""Problems whose labels come from a generator that was trained on samples of the mix."""

import dataclasses
from typing import Any

import numpy as np

from ...theory import Covariance, Fixed, Linear, Problem, Source
from ...theory.data.covariance import CovarianceLike
from .witness_problems import unlike_spectra

__all__ = [
    "GENERATOR",
    "NOISES",
    "RIDGES",
    "alternating",
    "fresh_mix",
    "generator_mix",
    "three_fits",
    "turned",
]

NOISES = (0.4, 0.3)
"""(σ_1², σ_2²) of the real labels and of what is added to those of the generator."""

RIDGES = (0.3, 0.2)
"""(λ_g, λ) of the generator and of the mix."""

GENERATOR = (
    "Eigenvalues of real inputs j^−0.5 with mean 1, of synthetic inputs j^−0.9 with mean 2 and rotated by "
    f"d/6 places; Γ = I/d, noise variances {NOISES[0]:g} and {NOISES[1]:g}."
)


def generator_mix(
    d: int,
    *,
    ridges: tuple[float, float] = RIDGES,
    noises: tuple[float, float] = NOISES,
    signal: Any = None,
    models: tuple[Any, Any] = (None, None),
    covariances: tuple[CovarianceLike, CovarianceLike] | None = None,
    counts: tuple[int, int] | None = None,
) -> Problem:
    """:data:`GENERATOR`: a generator fitted to 5d/4 real samples, a mix of these with 3d/4 that it labels.

    models : of the generator and of the mix; None is linear. signal : None is Γ = I/d.
    """
    first, second = unlike_spectra(d) if covariances is None else covariances
    n1, n2 = (5 * d // 4, 3 * d // 4) if counts is None else counts
    prior = 1 / d if signal is None else signal
    of_generator, of_mix = (Linear() if model is None else model for model in models)
    real = Source(n1, first, noise_variance=noises[0])
    generator = Problem(signal=prior, sources=[real], ridge=ridges[0], model=of_generator)
    synthetic = Source(n2, second, noise_variance=noises[1], labels=generator)
    return Problem(signal=prior, sources=[real, synthetic], ridge=ridges[1], model=of_mix)


def fresh_mix(mix: Problem) -> Problem:
    """The same, with a generator of other real samples."""
    real, synthetic = mix.sources
    return dataclasses.replace(mix, sources=[real.again(), synthetic])


def three_fits(d: int) -> Problem:
    """A second generator is trained on the mix; its labels are added to the mix."""
    second = generator_mix(d)
    other = Source(d, unlike_spectra(d)[0], noise_variance=NOISES[1], labels=second)
    return dataclasses.replace(second, sources=[*second.sources, other])


def turned(d: int, *, both: bool) -> tuple[Covariance, Covariance]:
    """The spectra of :data:`GENERATOR` in the basis of cosines: both of them, or the second alone."""
    from scipy.fft import dct

    C = dct(np.eye(d), norm="ortho", axis=0)
    first, second = (spectrum.values for spectrum in unlike_spectra(d))
    return _in_basis(C if both else np.eye(d), first), _in_basis(C, second)


def _in_basis(C: Any, values: Any) -> Covariance:
    matrix = (C.T * values) @ C
    return Covariance((matrix + matrix.T) / 2)


def alternating(d: int) -> Fixed:
    """w_j = (−1)^j/√d."""
    return Fixed((-1.0) ** np.arange(1, d + 1) / np.sqrt(d))
