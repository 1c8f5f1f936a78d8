"""Degrees of freedom that orthonormal columns leave to the features, in two limits and between them."""

import numpy as np
import pytest

from detequiv.theory.models.width_closures import GaussianClosure, OrthogonalClosure

N, Z, SPREAD = 900.0, 2.0, 1.5


def to_features(m: float, d: float) -> tuple[float, float]:
    """Those of m orthonormal and of m independent columns in d dimensions, at one z and spread."""
    orthonormal, independent = OrthogonalClosure(m, 0.1, d - m), GaussianClosure(m, 0.1)
    return orthonormal.degrees_left(Z, N, SPREAD)[1], independent.degrees_left(Z, N, SPREAD)[1]


@pytest.mark.parametrize("share", [1e-6, 0.25, 0.5, 0.9, 1 - 1e-6])
def test_their_ratio_is_that_of_the_variances_of_the_projected_traces(share: float) -> None:
    """Of tr AP, with tr A = 0 and P of m orthonormal columns: 2m(d − m)/[d(d − 1)(d + 2)] tr A², from
    the invariance under rotations (m = 1: E q_i⁴ = 3/[d(d + 2)] on the sphere; m = d: none). Of the
    same with independent columns of variance 1/d: 2m/d² tr A². As d → ∞."""
    d = 1e12
    m = share * d
    variances = 2 * m * (d - m) / (d * (d - 1) * (d + 2)), 2 * m / d**2
    orthonormal, independent = to_features(m, d)
    assert orthonormal / independent == pytest.approx(variances[1] / variances[0], rel=1e-9)


def test_few_of_many_orthonormal_columns_are_as_good_as_independent() -> None:
    orthonormal, independent = to_features(40.0, 1e9)
    assert orthonormal == pytest.approx(independent, rel=1e-7)


def test_the_variance_of_the_projected_trace_is_that_of_samples() -> None:
    """20 000 draws of 5 in 8 dimensions; a sample's variance is off by some 1.5%: within 4 of these."""
    d, m, rng = 8, 5, np.random.default_rng(0)
    A = np.diag(np.arange(d) - (d - 1) / 2)
    Q = np.linalg.qr(rng.normal(size=(20_000, d, m)))[0]
    drawn = np.einsum("ij,tjk,tik->t", A, Q, Q)
    exact = 2 * m * (d - m) / (d * (d - 1) * (d + 2)) * np.trace(A @ A)
    assert drawn.var() == pytest.approx(exact, rel=0.06)
