"""Several sources, and the residual of an activation, as one source of a first-order correction."""

import numpy as np
import pytest

import detequiv as de

TINY = 1e9
"""Coordinates that stand for infinitely many."""


@pytest.mark.parametrize("activation", [de.activations.tanh, de.activations.relu], ids=str)
@pytest.mark.parametrize(("n", "m", "noise"), [(40, 70, 0.3), (90, 50, 0.0), (60, 60, 0.3)])
def test_the_residual_of_features_acts_as_many_small_coordinates(activation, n, m, noise):
    """A projection of the linear part beside 10⁹ coordinates that share the residual."""
    λ = de.power_law(30, 0.5, trace=1.0).values
    moments = activation.moments(1.0)
    μ2, residual = moments.slope**2, moments.residual
    features = de.Problem(
        signal=1.0,
        sources=[de.Source(n, de.Spectrum(λ), noise_variance=noise)],
        ridge=1e-2,
        model=de.RandomFeatures(m, activation),
    )
    spectrum = de.Spectrum(np.append(μ2 * λ, residual / TINY), np.append(np.ones(30), TINY))
    projected = de.Problem(
        signal=np.append(np.ones(30) / μ2, 0.0),
        sources=[de.Source(n, spectrum, noise_variance=noise)],
        ridge=1e-2,
        model=de.RandomProjection(m, entry_variance=1.0),
    )
    first, second = de.predict(features), de.predict(projected)
    assert first.error == pytest.approx(second.error, rel=1e-6)
    assert abs(second.approximation_error) > 1e-3
    assert first.estimate.value.size == pytest.approx(second.approximation_error, rel=1e-5)


def test_a_source_split_in_two_is_one():
    s = de.power_law(30, 1.0, trace=1.0)

    def estimate(*counts):
        sources = [de.Source(n, s, noise_variance=0.2) for n in counts]
        return de.predict(
            de.Problem(signal=1.0, sources=sources, ridge=1e-3, model=de.RandomProjection(40))
        ).approximation_error

    assert estimate(20, 30) == pytest.approx(estimate(50), rel=1e-10)
    assert estimate(20, 0, 30) == pytest.approx(estimate(50), rel=1e-10)


def test_units_do_not_matter():
    s = de.power_law(30, 1.0, trace=1.0)

    def estimate(c, labels, weight):
        sources = [
            de.Source(40, de.Spectrum(c * s.values), noise_variance=0.2 * labels, weight=weight),
            de.Source(20, de.Spectrum(c * s.values), shift=0.5 * labels / c, weight=weight),
        ]
        mix = de.Problem(signal=labels / c, sources=sources, ridge=1e-3 * c * weight)
        return de.predict(mix).approximation_error

    known = estimate(1, 1, 1)
    assert abs(known) > 1e-3
    for units in ((1e30, 1, 1), (1, 1e-40, 1), (1, 1, 1e6), (1e-20, 1e9, 1e-5)):
        assert estimate(*units) == pytest.approx(known, rel=1e-9)
