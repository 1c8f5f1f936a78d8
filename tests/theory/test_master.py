"""The equations over the rationals, where nothing is rounded: one function, any arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from detequiv.numerics.solve import solve
from detequiv.theory.error_terms import error_terms
from detequiv.theory.master import Equations
from detequiv.theory.mixture import Mixture
from detequiv.theory.projection import Projection
from detequiv.theory.response import Response


def rationals(*values):
    return np.array([Fraction(value) for value in values], dtype=object)


ONE, NONE = rationals(1), rationals(0)


def isotropic_equations(λ):
    """200 samples in 100 equal dimensions, as one coordinate of multiplicity 100."""
    linear = Projection(None, 200 * λ)
    return Equations(rationals(200), ONE, np.array([ONE]), rationals(100), linear)


def isotropic_response(shift=None):
    """At κ = 1, λ = 3/4."""
    mixture = Mixture(
        counts=rationals(200),
        weights=ONE,
        noise=ONE,
        gains=ONE,
        group=np.array([0]),
        covariances=np.array([ONE]),
        covariance_of=np.array([0, 0]),
        signal=rationals(Fraction(1, 100)),
        shifts=(shift,),
        multiplicities=rationals(100),
    )
    linear = Projection(None, Fraction(150))
    return Response.of(mixture, ONE, Fraction(1), Fraction(200), linear)


def test_the_isotropic_point_solves_the_equations_exactly():
    """κ = 1, φ = 1/2, λ = 3/4: λ = κ(1 − φ/(1 + κ))."""
    here = isotropic_equations(Fraction(3, 4)).linearised(ONE, Fraction(1))
    assert here.residual.tolist() == [0, 0, 0, 0]


def test_another_ridge_does_not_solve_them():
    here = isotropic_equations(Fraction(4, 5)).linearised(ONE, Fraction(1))
    assert any(here.residual.tolist())


def test_bias_and_variance_at_the_isotropic_point_are_exact():
    """2/7 of the signal's trace and 1/7 of the noise."""
    response = isotropic_response()
    terms = error_terms(response)
    assert terms.bias[-1] == Fraction(2, 7)
    assert terms.variance[-1] == Fraction(1, 7)
    assert terms.collapse[-1] == 0
    assert terms.error[-1] == Fraction(3, 7)
    assert (response.df1, response.df2, response.degrees_left) == (50, 25, 175)
    assert response.shrinkage().tolist() == [Fraction(3, 4)]


def test_collapse_at_the_isotropic_point_is_exact():
    """p_2 = 1, c² = 1: ζ = [1 + κ²u]/(1 + κ)² = 2/7 with u = 1/7."""
    shift = rationals(Fraction(1, 100))
    terms = error_terms(isotropic_response(shift))
    assert terms.collapse[-1] == Fraction(2, 7)


@pytest.mark.parametrize("width", [None, 6.0, 40.0])
def test_the_derivatives_are_those_of_the_residuals(width):
    """Central differences of 1e−6 in (log β, log η): right to 1e−12 of curvature, 1e−10 of eps.

    At the root, where the scales that residuals are relative to do not matter."""
    rng = np.random.default_rng(0)
    equations = Equations(
        counts=np.array([7.0, 4.0]),
        weights=np.array([1.0, 0.5]),
        spectra=rng.exponential(size=(2, 5)),
        multiplicities=np.array([1.0, 1.0, 2.0, 1.0, 3.0]),
        projection=Projection(width, 0.3),
    )
    root = solve(equations)
    x = np.log([*root.shares, root.η])

    def linearised(x):
        return equations.linearised(np.exp(x[:2]), np.exp(x[2]))

    jacobian = linearised(x).jacobian
    assert jacobian.shape == (6, 3)
    for i in range(3):
        step = np.eye(3)[i] * 1e-6
        up, down = (linearised(x + s).residual for s in (step, -step))
        np.testing.assert_allclose(jacobian[:, i], (up - down) / 2e-6, atol=1e-9)


@pytest.mark.parametrize("width", [None, 3.0, 7.0, 50.0])
def test_slack_and_scale_are_inverse_to_each_other(width):
    model = Projection(width, 0.37)
    for η in (1e-9, 1e-3, 1.0, 1e3):
        z, _ = model.slack(η, 7.0)
        assert model.scale_with(z, 7.0) == pytest.approx(η, rel=1e-14)


@pytest.mark.parametrize("width", [3.0, 7.0, 50.0])
def test_samples_and_width_left_satisfy_the_width_equation(width):
    """(n − df1)(m − df1) = p/η."""
    model = Projection(width, 0.37)
    z, _ = model.slack(1e-3, 7.0)
    left, spare = model.left(z, 7.0)
    assert left * spare == pytest.approx(0.37e3, rel=1e-14)
    assert left - spare == pytest.approx(7.0 - width, abs=1e-13)
