"""0-1 errors from overlaps: by hand, in high precision, and counted."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import detequiv as de
from detequiv.paper import flipped_error, mixture_error, probit_error, sign_error

size = st.floats(-6, 6).map(lambda x: 10**x)


@given(st.floats(-1, 1), size, size, st.just(0.0) | size)
def test_all_digits_are_right(cosine, q, ρ, τ):
    m = cosine * math.sqrt(q * ρ)
    with mpmath.workdps(60):
        ratio = mpmath.mpf(m) / mpmath.sqrt(mpmath.mpf(q) * (mpmath.mpf(ρ) + mpmath.mpf(τ) ** 2))
        assume(abs(ratio) <= 1)
        exact = mpmath.acos(ratio) / mpmath.pi
    found = probit_error(overlap=m, squared_norm=q, truth_squared_norm=ρ, scale=τ)
    assert abs(found - exact) <= 4e-16 * exact
    if τ == 0:
        assert found == sign_error(overlap=m, squared_norm=q, truth_squared_norm=ρ)


@pytest.mark.parametrize("angle", [1e-7, 1e-3, 0.5])
def test_small_angles_keep_their_digits(angle):
    """m = 1, q = 1 + tan²: what is left of the angle in q is all there, where arccos has 2 digits at 1e-7."""
    q = 1 + math.tan(angle) ** 2
    with mpmath.workdps(60):
        exact = mpmath.atan(mpmath.sqrt(mpmath.mpf(q) - 1)) / mpmath.pi
    assert abs(sign_error(overlap=1, squared_norm=q) / exact - 1) < 4e-16


def test_by_hand():
    assert sign_error(overlap=0, squared_norm=0) == probit_error(overlap=0, squared_norm=0, scale=1) == 0.5
    assert mixture_error(overlap=0, squared_norm=0) == 0.5
    assert sign_error(overlap=1, squared_norm=1) == 0
    assert sign_error(overlap=-1, squared_norm=1) == 1
    assert sign_error(overlap=1 + 1e-12, squared_norm=1) == 0  # rounding
    assert sign_error(overlap=3e-200, squared_norm=1e-300, truth_squared_norm=1e300) == pytest.approx(0.5)
    assert mixture_error(overlap=8, squared_norm=1) == pytest.approx(6.22096057427178e-16, rel=1e-13)
    assert flipped_error(0.5, flip=0.3) == 0.5
    assert flipped_error(0.25, flip=1) == 0.75
    assert flipped_error(0.25, flip=0) == 0.25


def test_as_counted():
    rng, n = np.random.default_rng(5), 400_000
    S = np.array([[1.0, 0.3, 0.0], [0.3, 2.0, 0.5], [0.0, 0.5, 0.7]])
    w, fit = np.array([1.0, -0.5, 0.3]), np.array([0.4, -0.6, 0.9])
    x = rng.normal(size=(n, 3)) @ np.linalg.cholesky(S).T
    overlaps = {"overlap": w @ S @ fit, "squared_norm": fit @ S @ fit, "truth_squared_norm": w @ S @ w}
    said = np.sign(x @ fit)
    labels = np.sign(x @ w)
    flipped = labels * np.where(rng.random(n) < 0.2, -1, 1)
    probit = np.sign(x @ w + 0.7 * rng.normal(size=n))
    classes = np.where(rng.random(n) < 0.5, -1.0, 1.0)
    μ = 0.6 * S @ w
    mixture = np.sign((classes[:, None] * μ + x) @ fit)
    error = sign_error(**overlaps)
    for wrong, found in (
        (said != labels, error),
        (said != flipped, flipped_error(error, flip=0.2)),
        (said != probit, probit_error(**overlaps, scale=0.7)),
        (mixture != classes, mixture_error(overlap=μ @ fit, squared_norm=overlaps["squared_norm"])),
    ):
        assert abs(wrong.mean() - found) < 4 * 0.5 / math.sqrt(n)


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (sign_error, {"overlap": 2, "squared_norm": 1}, r"overlap must be at most √\(qρ\)"),
        (probit_error, {"overlap": 1.1, "squared_norm": 1, "scale": 9}, r"overlap must be at most √\(qρ\)"),
        (sign_error, {"overlap": 1, "squared_norm": 0}, "overlap must be 0 for a fit with squared_norm 0"),
        (sign_error, {"overlap": 0, "squared_norm": -1}, "squared_norm must be non-negative"),
        (
            sign_error,
            {"overlap": 0, "squared_norm": 1, "truth_squared_norm": 0},
            "truth_squared_norm must be positive",
        ),
        (mixture_error, {"overlap": 1, "squared_norm": 0}, "overlap must be 0"),
        (flipped_error, {"error": 2, "flip": 0}, "error must lie between 0 and 1"),
        (probit_error, {"overlap": 0, "squared_norm": 1, "scale": -1}, "scale must be non-negative"),
    ],
)
def test_what_they_are_not_about_is_refused(function, arguments, said):
    with pytest.raises(de.SpecError, match=said):
        function(**arguments)
