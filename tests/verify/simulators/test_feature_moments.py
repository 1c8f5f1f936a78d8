"""Exact moments of random features, against quadrature, mpmath, sampling and each other."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detequiv.theory import activations
from detequiv.theory.activations import Activation, leaky_relu, polynomial
from detequiv.verify.simulators.feature_moments import feature_moments, gaussian_moments

SMOOTH = {
    "erf": activations.erf,
    "gelu": activations.gelu,
    "sine": activations.sine,
    "quintic": polynomial([0.5, -2.0, 0.25, 0.5, 0.0, -0.125]),
    "identity": activations.identity,
}
ROUGH = {
    "relu": activations.relu,
    "leaky relu": leaky_relu(0.2),
    "steep leaky relu": leaky_relu(-1.5),
    "sign": activations.sign,
}
KNOWN = SMOOTH | ROUGH
EPS = float(np.finfo(float).eps)

variances = st.floats(-3, 0.5).map(lambda power: 10.0**power)
correlations = st.floats(-1, 1)


def pair(q, p, ρ):
    c = ρ * math.sqrt(q * p)
    return np.array([[q, c], [c, p]])


# Against quadrature


def by_gauss_hermite(act, C):
    """K_12, E act(z_1) and J_1 by a rule of 120 by 120 nodes: enough for smooth functions of
    variance at most 4."""
    u, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / w.sum()
    (q, c), (_, p) = C
    z1 = math.sqrt(q) * u[:, None]
    z2 = c / math.sqrt(q) * u[:, None] + math.sqrt(max(p - c**2 / q, 0.0)) * u
    second = w @ (act(z1) * act(z2)) @ w
    mean, along = w @ act(z1[:, 0]), w @ (z1[:, 0] * act(z1[:, 0]))
    return second, mean, along / q


@pytest.mark.slow
@pytest.mark.parametrize("name", SMOOTH)
@settings(max_examples=50)
@given(variances, variances, correlations)
def test_smooth_activations_agree_with_quadrature_in_two_dimensions(name, q, p, ρ):
    C = pair(q, p, ρ)
    second, mean, gain = by_gauss_hermite(SMOOTH[name], C)
    found = gaussian_moments(SMOOTH[name], C)
    scale = math.sqrt(found.second[0, 0] * found.second[1, 1])
    # what is left is rounding in sums of 14 400 terms, and in √(p − c²/q) for correlations near ±1
    assert abs(found.second[0, 1] - second) <= 1e-12 * scale
    assert abs(found.mean[0] - mean) <= 1e-12 * math.sqrt(found.second[0, 0])
    assert abs(found.gain[0] - gain) <= 1e-12 * math.sqrt(found.second[0, 0] / q)


def by_angles(act, C):
    """K_12 of a function with act(rz) = r^k act(z), k = 0 or 1: the radius integrates to
    E r^2k = 2^k, and an angle is left, with kinks where z_1 or z_2 is 0."""
    k = 0 if act is activations.sign else 1
    (q, c), (_, p) = C
    slanted = math.atan2(-c / math.sqrt(q), math.sqrt(p - c**2 / q))
    kinks = sorted(
        angle % (2 * math.pi) for angle in (0.5 * math.pi, -0.5 * math.pi, slanted, slanted + math.pi)
    )
    x, w = np.polynomial.legendre.leggauss(40)
    total = 0.0
    for a, b in zip(kinks, [*kinks[1:], kinks[0] + 2 * math.pi], strict=True):
        θ = (a + b) / 2 + (b - a) / 2 * x
        z1 = math.sqrt(q) * np.cos(θ)
        z2 = c / math.sqrt(q) * np.cos(θ) + math.sqrt(p - c**2 / q) * np.sin(θ)
        total += (b - a) / 2 * (w @ (act(z1) * act(z2)))
    return 2**k * total / (2 * math.pi)


@pytest.mark.slow
@pytest.mark.parametrize("name", ROUGH)
@given(variances, variances, st.floats(-0.999, 0.999))
def test_homogeneous_activations_agree_with_quadrature_over_the_angle(name, q, p, ρ):
    C = pair(q, p, ρ)
    found = gaussian_moments(ROUGH[name], C)
    scale = math.sqrt(found.second[0, 0] * found.second[1, 1])
    # the angle between the kinks loses up to 1/√(1 − ρ²) = 22 roundings, for the sign only
    assert abs(found.second[0, 1] - by_angles(ROUGH[name], C)) <= 1e-13 * scale


# Correlations near ±1, against formulas of 60 digits


def exactly(name, q, p, c):
    """K_12 in mpmath, by arcsines of correlations: no care is needed in 60 digits."""
    with mpmath.workdps(60):
        q, p, c = map(mpmath.mpf, (q, p, c))
        ρ = c / mpmath.sqrt(q * p)
        kernel = {
            "sign": lambda: 2 / mpmath.pi * mpmath.asin(ρ),
            "erf": lambda: 2 / mpmath.pi * mpmath.asin(2 * c / mpmath.sqrt((1 + 2 * q) * (1 + 2 * p))),
            "sine": lambda: mpmath.exp(-(q + p) / 2) * mpmath.sinh(c),
            "identity": lambda: c,
            "relu": lambda: (
                mpmath.sqrt(q * p)
                / (2 * mpmath.pi)
                * (mpmath.sqrt(1 - ρ**2) + ρ * (mpmath.pi - mpmath.acos(ρ)))
            ),
        }
        return kernel[name]()


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("size", [1e-8, 1.0, 1e4])
@pytest.mark.parametrize("name", ["erf", "identity", "relu", "sine"])
def test_nothing_is_lost_near_correlations_of_plus_and_minus_one(name, size, side):
    for power in range(0, 53, 4):
        q, p = size, size
        c = side * size * (1 - 2.0**-power)
        found = gaussian_moments(KNOWN[name], np.array([[q, c], [c, p]])).second
        scale = math.sqrt(found[0, 0] * found[1, 1])
        # exponents of the sine amplify a rounding by their size; a few roundings for the rest
        amplified = max(1.0, q + p) if name == "sine" else 1.0
        assert abs(found[0, 1] - exactly(name, q, p, c)) <= 8 * EPS * amplified * scale


@pytest.mark.parametrize("side", [1, -1])
def test_the_sign_keeps_the_angle_between_nearly_parallel_directions(side):
    """1 − |K| is 2/π times that angle; C² and qp are exact here, so all digits can be there."""
    for power in range(2, 26):
        c = side * (1 - 2.0**-power)
        found = gaussian_moments(activations.sign, np.array([[1.0, c], [c, 1.0]])).second[0, 1]
        assert abs(found - exactly("sign", 1, 1, c)) <= 4 * EPS


@pytest.mark.parametrize("name", KNOWN)
def test_equal_pre_activations_have_equal_moments_to_the_last_digits(name):
    C = np.full((2, 2), 0.3)
    found = gaussian_moments(KNOWN[name], C)
    assert found.second[0, 1] == found.second[0, 0]
    assert found.mean[0] == found.mean[1]


def test_covariances_that_rounding_made_indefinite_are_taken_as_singular():
    C = np.array([[1.0, 1.0 + EPS], [1.0 + EPS, 1.0]])
    for one in KNOWN.values():
        found = gaussian_moments(one, C).second
        assert np.isfinite(found).all()
        assert abs(found[0, 1] - found[0, 0]) <= 8 * EPS * found[0, 0]


# Against each other


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("name", KNOWN)
@given(variances, variances)
def test_uncorrelated_features_are_independent(name, q, p):
    found = gaussian_moments(KNOWN[name], np.diag([q, p]))
    product = found.mean[0] * found.mean[1]
    scale = math.sqrt(found.second[0, 0] * found.second[1, 1])
    assert abs(found.second[0, 1] - product) <= 4 * EPS * scale


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("name", KNOWN)
@given(q=st.floats(-6, 2).map(lambda power: 10.0**power))
def test_the_diagonal_has_the_moments_of_the_theory(name, q):
    """Two routes with no formula in common: Price's series and kernels here, Hermite there."""
    theory = KNOWN[name].moments(q)
    found = gaussian_moments(KNOWN[name], np.array([[q]]))
    second = theory.mean**2 + theory.slope**2 * q + theory.residual
    # polynomials sum terms of both signs here: their absolute values make up to 100 times the sum
    loss = 1e3 * EPS
    assert found.second[0, 0] == pytest.approx(second, rel=loss)
    assert found.mean[0] == pytest.approx(theory.mean, rel=loss, abs=loss * math.sqrt(second))
    assert found.gain[0] == pytest.approx(theory.slope, rel=loss, abs=loss * math.sqrt(second / q))


@pytest.mark.parametrize("name", KNOWN)
def test_what_mean_and_gain_leave_is_a_covariance(name):
    """K − E φ E φᵀ − J C J is the covariance of the parts of higher degree."""
    rng = np.random.default_rng(5)
    S = rng.normal(size=(6, 9)) / 2  # nine features of six coordinates: C is singular
    C = S.T @ S
    found = gaussian_moments(KNOWN[name], C)
    rest = found.second - np.outer(found.mean, found.mean) - found.gain[:, None] * C * found.gain
    assert np.array_equal(found.second, found.second.T)
    assert np.linalg.eigvalsh(rest).min() >= -40 * EPS * np.trace(found.second)


def test_moments_about_a_centre_are_those_of_the_shifted_function():
    C = np.array([[1.0, 0.3], [0.3, 2.0]])
    shifted, square = polynomial([-1.25, 0.0, 1.0]), polynomial([0.0, 0.0, 1.0])
    found, wanted = gaussian_moments(square, C).about(1.25), gaussian_moments(shifted, C)
    atol = 4 * EPS * np.trace(gaussian_moments(square, C).second)  # a difference of such numbers
    np.testing.assert_allclose(found.second, wanted.second, rtol=0, atol=atol)
    np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-14)
    np.testing.assert_array_equal(found.gain, wanted.gain)


# Against sampling


@pytest.mark.parametrize("shape", ["diagonal", "dense"])
@pytest.mark.parametrize("name", KNOWN)
def test_samples_of_x_have_these_moments(name, shape):
    """The largest of 40 standardised differences; normal ones exceed 5 in 1 of 40 000 cases."""
    rng = np.random.default_rng(11)
    d, m, n = 5, 4, 100_000
    S = rng.normal(size=(d, m)) / 2
    root = np.diag([1.0, 0.8, 0.5, 0.3, 0.1]) if shape == "diagonal" else rng.normal(size=(d, d)) / 3
    covariance = np.diag(root) ** 2 if shape == "diagonal" else root @ root.T
    found = feature_moments(KNOWN[name], S, covariance)
    x = rng.normal(size=(n, d)) @ root.T
    φ = KNOWN[name](x @ S)
    Σ = np.diag(covariance) if covariance.ndim == 1 else covariance
    assert worst(φ, φ, found.second) < 5
    assert worst(φ, np.ones((n, 1)), found.mean[:, None]) < 5
    assert worst(φ, x, found.gain[:, None] * (S.T @ Σ)) < 5


def worst(a, b, expected):
    """Largest |mean of a_i b_j − expected| in standard errors."""
    mean = a.T @ b / len(a)
    spread = np.sqrt(np.maximum((a**2).T @ b**2 / len(a) - mean**2, 1e-300) / len(a))
    return np.max(np.abs(mean - expected) / spread)


# Edges


@pytest.mark.parametrize("name", KNOWN)
def test_a_feature_that_is_always_zero_has_finite_moments(name):
    S = np.array([[1.0, 0.0], [0.5, 0.0]])
    found = feature_moments(KNOWN[name], S, np.ones(2))
    at_zero = float(KNOWN[name](0.0))
    assert np.isfinite(found.gain).all()
    assert found.mean[1] == found.second[1, 1] ** 0.5 * np.sign(at_zero) == at_zero
    assert found.second[0, 1] == pytest.approx(found.mean[0] * at_zero, abs=1e-16)


@pytest.mark.parametrize("size", [1e3, 1e8])
def test_large_variances_do_not_overflow(size):
    C = size * np.array([[1.0, 0.9], [0.9, 1.0]])
    for name in ("erf", "sine", "gelu"):
        found = gaussian_moments(KNOWN[name], C)
        assert np.isfinite(found.second).all()
    assert gaussian_moments(activations.sine, C).second[0, 0] == 0.5


@pytest.mark.parametrize(
    "unknown",
    [activations.tanh, activations.softplus, Activation("mine", lambda z: np.maximum(z, 0))],
    ids=str,
)
def test_no_moments_are_given_where_no_closed_form_is_known(unknown):
    assert feature_moments(unknown, np.eye(2), np.ones(2)) is None
    assert gaussian_moments(unknown, np.eye(2)) is None
