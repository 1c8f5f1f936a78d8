"""The trained weights themselves: their mean, and their variance in every coordinate.

In the variables of ``response``, the mean is E ŵ = Σ_j G H_j w_j, and the covariance of the fluctuation

    Cov ŵ = Σ_j u_j G Y_j G + (χ η² E|Ph|² + χ η Σ_j B_j u_j) G²

with u of ``error_terms`` driven by all labels and noises: its trace with Σ_τ is what E_τ has beyond the mean.
Its part of low rank is left out, which no trace sees at leading order.

Source: arXiv 2410.04840 v2, Propositions 1 to 4, read for every Σ_τ.
"""

import numpy as np

from ..base.arrays import Array
from ..base.low_rank_matrix import base_of
from ..coordinates.truths import FixedTruth
from .error_operators import ErrorOperators
from .error_terms import squared_labels
from .response import Response

__all__ = ["weight_moments"]


def weight_moments(response: Response) -> tuple[Array, Array]:
    """(p, outputs) E ŵ, of fixed truths, and (p,) the variances of its coordinates, summed over outputs."""
    m, η = response.mixture, response.η
    (part,) = m.truths
    assert isinstance(part, FixedTruth)
    operators = ErrorOperators(response)
    mean = operators.mixed(list(part.vectors())[:-1])
    labels = squared_labels(response)[2].sum(axis=0)
    u = response.solve_response((response.strength * (labels[:-1] + m.noise))[None])[0]
    coefficients = 0 * response.strength
    coefficients[response.fit] = response.strength[response.fit] * u
    kinds = m.by_kind(coefficients)
    load = sum(c * base_of(Σ) for c, Σ in zip(kinds, m.covariances, strict=True))
    size = m.algebra.quadratic_form_of_vectors(mean, mean)
    extra = response.χ * η * (η * size + (response.B * u).sum())
    g = base_of(response.G)
    variance = g * g * (load + extra)
    return np.asarray(mean, dtype=float), np.asarray(variance, dtype=float)
