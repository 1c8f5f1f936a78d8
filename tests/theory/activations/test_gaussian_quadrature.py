"""Lobatto nodes and weights: independent of the numpy version, and exact up to rounding."""

import numpy as np
import pytest
import sympy

from detequiv.theory.activations.gaussian_quadrature import _nodes, even_expectations

EPS = np.finfo(float).eps
DEGREE = 37  # 2·20 − 3: up to here twenty Lobatto nodes are exact


@pytest.fixture(scope="module")
def extrema() -> list[float]:
    """The zeros of P_19' from its rational coefficients, in ascending order."""
    t = sympy.Symbol("t")
    return [float(z) for z in sympy.Poly(sympy.legendre(19, t), t).diff().nroots(n=30)]


def test_nodes_are_real_ascending_and_symmetric():
    """numpy 2.5 returns the roots of a polynomial as complex numbers in unspecified order."""
    x, w = _nodes()
    assert x.dtype == w.dtype == np.float64
    assert (np.diff(x) > 0).all()
    np.testing.assert_array_equal(x, -x[::-1])
    np.testing.assert_allclose(w, w[::-1], rtol=4 * EPS)


def test_nodes_are_accurate_to_two_units_in_the_last_place(extrema):
    np.testing.assert_allclose(_nodes()[0][1:-1], extrema, rtol=2 * EPS)


def test_nodes_do_not_use_polynomial_roots_of_numpy(monkeypatch):
    """Type and order of the roots depend on the version."""

    def complex_roots(*_):
        return np.linspace(-0.9, 0.9, 18)[::-1] + 0j

    monkeypatch.setattr(np.polynomial.Legendre, "roots", complex_roots)
    monkeypatch.setattr(np, "roots", complex_roots)
    for mine, patched in zip(_nodes(), _nodes.__wrapped__(), strict=True):
        np.testing.assert_array_equal(mine, patched)


@pytest.mark.parametrize("degree", range(0, DEGREE, 2))
def test_the_rule_is_exact_for_polynomials_of_its_degree(degree):
    """To rounding: twenty positive terms, each with a relative error of (degree + 2) ε at most;
    the two ends are one ε inside."""
    x, w = _nodes()
    assert w @ x**degree == pytest.approx(2 / (degree + 1), rel=2 * (degree + 2) * EPS)
    assert abs(w @ x ** (degree + 1)) <= 4 * EPS


def test_expectations_are_real_numbers():
    found = even_expectations(lambda z: [z**2, z**4], 0.7)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, [0.7, 3 * 0.7**2], rtol=1e-14)
