"""Labels near a verifier's predictions: high precision, quadrature, simulation by plain numpy, limits."""

import math
from functools import partial

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import detequiv as de
from detequiv.paper import (
    acceptance_threshold,
    best_acceptance,
    best_filter,
    exact_verifier_acceptance,
    factor_threshold,
    filter_factor,
    filter_plateau,
    filter_rounds,
    filtered_error,
    fitted_verifier_error,
    light_filter_helps,
)

# ---- the effective source


def powers(low, high):
    return st.floats(low, high).map(lambda x: 10**x)


def factor_in_high_precision(t, D, σ2):
    """p, γ and τ²/(σ² + rD), as they are defined, with 60 digits."""
    with mpmath.workdps(60):
        t, D, σ2 = map(mpmath.mpf, (t, D, σ2))
        τ2 = D + σ2
        a = min(t / mpmath.sqrt(τ2), mpmath.mpf(40))
        p = mpmath.erf(a / mpmath.sqrt(2))
        r = 1 - 2 * a * mpmath.npdf(a) / p
        return p, r * τ2 / (σ2 + r * D), τ2 / (σ2 + r * D)


@settings(max_examples=200)
@given(powers(-8, 3), st.just(0.0) | powers(-8, 2), st.just(0.0) | powers(-10, 2))
def test_all_digits_of_the_factor_are_right(t, D, σ2):
    assume(D + σ2 > 0)
    found = filter_factor(t, distance=D, noise_variance=σ2)
    wanted = factor_in_high_precision(t, D, σ2)
    for value, exact in zip((found.kept, found.gamma, found.inflation), wanted, strict=True):
        assert abs(value / exact - 1) < 4e-15  # 18 units in the last place; 5 were seen
    assert found.noise_variance == found.gamma * σ2
    assert found.gamma <= 1 <= found.inflation  # the rounding too
    if σ2 == 0:
        assert found.gamma == 1


@settings(max_examples=200)
@given(powers(-8, 3), st.just(0.0) | powers(-8, 2), powers(-10, 2))
def test_thresholds_are_inverse_to_the_factor(t, D, σ2):
    found = filter_factor(t, distance=D, noise_variance=σ2)
    if found.kept < 1:
        again = acceptance_threshold(found.kept, distance=D, noise_variance=σ2)
        assert filter_factor(again, distance=D, noise_variance=σ2).kept == pytest.approx(
            found.kept, rel=4e-15
        )
    if found.gamma < 1:
        again = factor_threshold(found.gamma, distance=D, noise_variance=σ2)
        γ = filter_factor(again, distance=D, noise_variance=σ2).gamma
        assert γ == pytest.approx(found.gamma, rel=1e-13)  # the root of a logarithm, to 1e-15 of it


def test_the_ends_of_the_range():
    numbers = {"distance": 0.5, "noise_variance": 0.25}
    everything = filter_factor(math.inf, **numbers)
    assert (everything.kept, everything.gamma, everything.inflation) == (1, 1, 1)
    assert acceptance_threshold(1, **numbers) == factor_threshold(1, **numbers) == math.inf
    same = filter_factor(0.1, distance=0, noise_variance=0)
    assert (same.kept, same.gamma, same.noise_variance) == (1, 1, 0)
    nothing = filter_factor(1e-200, distance=0.5, noise_variance=0)
    assert nothing.gamma == 1 and math.isfinite(nothing.inflation)
    assert de.filter_factor is filter_factor
    rng = np.random.default_rng(0)
    for D, σ2 in 10 ** rng.uniform(-3, 1, size=(200, 2)):  # some gave 1 + 2e-16
        assert filter_factor(9 * math.sqrt(D + σ2), distance=D, noise_variance=σ2).gamma == 1


def test_the_factor_by_quadrature():
    """Residual z = √D u + σε: the labels are integrated over u = xᵀ(w_g − w_v)/√D, given z within t."""
    t, D, σ2 = 0.7, 0.5, 0.25
    τ = math.sqrt(D + σ2)
    cdf = lambda z: math.erfc(-z / math.sqrt(2)) / 2  # noqa: E731
    pdf = lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    σ, root = math.sqrt(σ2), math.sqrt(D)

    def given_u(u, power):
        """E[z^power; |z| < t | u], of z ~ N(√D u, σ²)."""
        low, high = (-t - root * u) / σ, (t - root * u) / σ
        p = cdf(high) - cdf(low)
        return p if power == 0 else root * u * p + σ * (pdf(low) - pdf(high))

    integral = partial(quad, a=-12, b=12, epsabs=1e-14, epsrel=1e-13)
    p = integral(lambda u: pdf(u) * given_u(u, 0))[0]
    uu = integral(lambda u: u * u * pdf(u) * given_u(u, 0))[0] / p
    uz = integral(lambda u: u * pdf(u) * given_u(u, 1))[0] / p
    zz = quad(lambda z: z * z * pdf(z / τ) / τ, -t, t, epsabs=1e-14)[0] / p
    found = filter_factor(t, distance=D, noise_variance=σ2)
    assert found.kept == pytest.approx(p, rel=1e-12)
    assert found.gamma == pytest.approx(uz / uu / root, rel=1e-12)  # y − xᵀw_v regressed on u
    assert found.noise_variance == pytest.approx(zz - uz**2 / uu, rel=1e-11)
    assert found.inflation == pytest.approx(1 / uu, rel=1e-12)


def test_the_factor_as_simulated():
    """The best fit to a million labels in three dimensions, its residuals, and the inputs."""
    rng, n = np.random.default_rng(3), 10**6
    roots = np.array([1.0, 0.5, 2.0])  # of S
    w_g, w_v = np.array([1.0, 0.3, 0.1]), np.array([0.6, 1.0, 0.1])
    x = rng.normal(size=(n, 3)) * roots
    y = x @ w_g + 0.5 * rng.normal(size=n)
    kept = np.abs(y - x @ w_v) < 0.4
    δ = roots**2 * (w_g - w_v)
    found = filter_factor(0.4, distance=δ @ (w_g - w_v), noise_variance=0.25)
    assert abs(kept.mean() - found.kept) < 4 * 0.5 / math.sqrt(n)
    x, y = x[kept], y[kept]
    fit = np.linalg.lstsq(x, y)[0]
    stderr = math.sqrt(found.noise_variance / len(x)) / roots * math.sqrt(found.inflation)
    assert np.all(np.abs(fit - found.truth(generator=w_g, verifier=w_v)) < 4 * stderr)
    assert np.mean((y - x @ fit) ** 2) == pytest.approx(found.noise_variance, rel=4 * math.sqrt(2 / len(x)))
    C = x.T @ x / len(x)
    D = δ @ (w_g - w_v)
    assert δ @ np.linalg.solve(C, δ) / D == pytest.approx(found.inflation, rel=4 * math.sqrt(2 / len(x)))


# ---- the plateau


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.floats(0, 1))
def test_the_plateau_is_the_error_of_a_mixture_of_vectors(seed, γ):
    e_v, e_g = np.random.default_rng(seed).normal(size=(2, 2))
    errors = {"generator_error": e_g @ e_g, "verifier_error": e_v @ e_v, "error_product": e_v @ e_g}
    mixed = (1 - γ) * e_v + γ * e_g
    size = e_g @ e_g + e_v @ e_v
    assert filter_plateau(γ, **errors) == pytest.approx(mixed @ mixed, abs=1e-14 * size)
    best = best_filter(**errors, noise_variance=0.3)
    grid = [filter_plateau(x, **errors) for x in np.linspace(0, 1, 101)]
    assert best.plateau <= min(grid) + 1e-14 * size
    assert filter_plateau(best.gamma, **errors) == pytest.approx(best.plateau, abs=1e-14 * size)
    if 0 < best.gamma < 1:
        D = (e_v - e_g) @ (e_v - e_g)
        at = filter_factor(best.threshold, distance=D, noise_variance=0.3)
        assert at.gamma == pytest.approx(best.gamma, rel=1e-12)
        assert at.kept == pytest.approx(best.kept, rel=1e-13)
    helps = light_filter_helps(generator_error=e_g @ e_g, error_product=e_v @ e_g)
    assert helps.margin == pytest.approx(e_g @ (e_g - e_v), abs=1e-14 * size)
    slope = (filter_plateau(1, **errors) - filter_plateau(1 - 1e-6, **errors)) / 2e-6
    assert slope == pytest.approx(helps.margin, abs=1e-5 * size)
    assert bool(helps) == (best.gamma < 1)


def test_the_plateau_is_removed_only_on_the_segment():
    opposite = {"generator_error": 0.49, "verifier_error": 0.04, "error_product": -0.14}
    found = best_filter(**opposite, noise_variance=0.25)
    assert found.removable and found.plateau == 0
    assert found.gamma == pytest.approx(0.2 / 0.9, rel=1e-14)
    assert filter_plateau(found.gamma, **opposite) < 1e-30
    exact = best_filter(generator_error=0.5, verifier_error=0, noise_variance=0.25)
    assert (exact.removable, exact.gamma, exact.threshold, exact.kept) == (True, 0, 0, 0)
    near = best_filter(**(opposite | {"error_product": -0.1399}), noise_variance=0.25)
    assert not near.removable and near.plateau == pytest.approx((0.0196 - 0.1399**2) / 0.8098, rel=1e-10)
    beyond = best_filter(generator_error=0.04, verifier_error=0.49, error_product=0.14, noise_variance=1)
    assert (beyond.gamma, beyond.plateau, beyond.threshold) == (1, 0.04, math.inf)
    assert not light_filter_helps(generator_error=0.04, error_product=0.14)
    silent = best_filter(generator_error=0.5, verifier_error=0, noise_variance=0)
    assert (silent.gamma, silent.plateau, silent.removable) == (1, 0.5, False)
    same = best_filter(generator_error=0.5, verifier_error=0.5, error_product=0.5, noise_variance=1)
    assert (same.gamma, same.plateau, same.removable) == (1, 0.5, False)


def test_orthogonal_errors_leave_less_than_the_verifier():
    found = best_filter(generator_error=0.5, verifier_error=0.05, noise_variance=0.25)
    assert found.gamma == pytest.approx(0.05 / 0.55, rel=1e-14)
    assert found.plateau == pytest.approx(0.05 * 0.5 / 0.55, rel=1e-14)
    r = found.gamma * 0.25 / (0.8 - found.gamma * 0.55)
    a = found.threshold / math.sqrt(0.8)
    assert 1 - 2 * a * math.exp(-a * a / 2) / math.sqrt(2 * math.pi) / found.kept == pytest.approx(
        r, rel=1e-12
    )


# ---- least squares on what is kept


def fitted_errors(d, N, threshold, w_g, w_v, σ, trials, seed):
    """‖ŵ‖² in every trial for the truth 0 and S = I: N drawn, filtered and fitted."""
    rng, errors = np.random.default_rng(seed), []
    for _ in range(trials):
        X = rng.normal(size=(N, d))
        y = X[:, :2] @ w_g + σ * rng.normal(size=N)
        kept = np.abs(y - X[:, :2] @ w_v) < threshold
        errors.append((np.linalg.solve(X[kept].T @ X[kept], X[kept].T @ y[kept]) ** 2).sum())
    return np.mean(errors), np.std(errors, ddof=1) / math.sqrt(trials)


SIMULATED = {
    "exact verifier, 3d kept": (100, 4000, 3 / 40, 0.0, 0.5, 0.00114, 0.00116),
    "exact verifier, 10d kept": (100, 4000, 10 / 40, 0.0, 0.5, 0.00702, 0.00706),
    "little noise, 3d kept": (100, 4000, 3 / 40, 0.0, 0.1, None, None),
    "verifier off": (100, 16000, None, 0.05, 0.5, 0.04631, 0.04632),
    "verifier off, less noise": (100, 16000, None, 0.05, 0.25, 0.07756, 0.07758),
}
"""d, N, p (or t = 0.3), ‖e_v‖², σ; the error without and with the term of one direction, to five digits."""


@pytest.mark.parametrize("name", SIMULATED)
def test_the_error_of_least_squares_as_simulated(name):
    d, N, p, V, σ, wanted, refined = SIMULATED[name]
    numbers = {"distance": 0.5 + V, "noise_variance": σ**2}
    t = 0.3 if p is None else acceptance_threshold(p, **numbers)
    mix = {"aspect_ratio": d / N, "noise_variance": σ**2, "generator_error": 0.5, "verifier_error": V}
    found = filtered_error(t, **mix, dimension=d)
    if wanted:
        assert filtered_error(t, **mix) == pytest.approx(wanted, abs=6e-6)
        assert found == pytest.approx(refined, abs=6e-6)
    w_g, w_v = np.array([math.sqrt(0.5), 0]), np.array([0, math.sqrt(V)])
    mean, stderr = fitted_errors(d, N, t, w_g, w_v, σ, trials=12 if N > 4000 else 30, seed=6)
    kept = N * filter_factor(t, **numbers).kept
    variance = found - filtered_error(t, **(mix | {"aspect_ratio": 1e-12}))
    assert abs(mean - found) < 4 * stderr + 2 * variance / (kept - d)  # t: once in 500 runs or less; O(1/n)


def test_the_term_of_one_direction_is_that_of_the_master_equations():
    """Simulation and the effective source as a Source of dense covariance, at ridge 0."""
    for σ2, leading, refined in ((0.25, 0.001106, 0.001128), (0.01, 0.001381, 0.001730)):
        d, N, numbers = 100, 4000, {"distance": 0.5, "noise_variance": σ2}
        t = acceptance_threshold(1.5 / 40, **numbers)
        mix = {"aspect_ratio": d / N, "noise_variance": σ2, "generator_error": 0.5, "verifier_error": 0}
        assert filtered_error(t, **mix) == pytest.approx(leading, abs=6e-7)
        assert filtered_error(t, **mix, dimension=d) == pytest.approx(refined, abs=6e-7)
        f = filter_factor(t, **numbers)
        s = np.ones(d)
        s[0] = 1 / f.inflation
        w = np.zeros(d)
        w[0] = f.gamma * math.sqrt(0.5)
        source = de.Source(150, s, noise_variance=f.noise_variance, shift=de.Fixed(w), gain=0)
        problem = de.Problem(signal=0, sources=[source], ridge=0, target=de.Target(np.ones(d)))
        error = de.predict(problem).error
        assert error == pytest.approx(filtered_error(t, **mix, dimension=d), rel=1e-9)


def test_twice_the_dimension_is_best_with_an_exact_verifier():
    """Printed to three digits in the derivation; the limits of p*/φ and E*/φ² are 2 and τ²2π/3."""
    mix = {"noise_variance": 0.25, "generator_error": 0.5, "verifier_error": 0}
    for φ, share, error in ((0.1, 1.79, 1.677), (0.02, 1.98, 1.577), (0.001, 2.0, 1.571)):
        found = best_acceptance(aspect_ratio=φ, **mix)
        assert found.kept / φ == pytest.approx(share, abs=0.005)
        assert found.error / φ**2 == pytest.approx(error, abs=0.0005)
    φ = 1e-6
    found, limit = (
        best_acceptance(aspect_ratio=φ, **mix),
        exact_verifier_acceptance(aspect_ratio=φ, distance=0.5, noise_variance=0.25),
    )
    for name in ("kept", "threshold", "gamma", "error"):
        assert getattr(found, name) == pytest.approx(getattr(limit, name), rel=1e-6)


@pytest.mark.parametrize(("φ", "kept"), [(0.1, 0.22), (0.01, 0.232), (0.001, 0.238)])
def test_the_best_share_of_a_verifier_that_is_off(φ, kept):
    mix = {"noise_variance": 0.25, "generator_error": 0.5, "verifier_error": 0.05}
    found = best_acceptance(aspect_ratio=φ, **mix)
    assert found.kept == pytest.approx(kept, abs=0.004 if φ == 0.1 else 0.0005)
    assert found.error == pytest.approx(filtered_error(found.threshold, aspect_ratio=φ, **mix), rel=1e-12)
    assert found.error > best_filter(**mix).plateau


@settings(max_examples=25)
@given(powers(-5, -0.1), powers(-4, 1), powers(-2, 1), st.just(0.0) | powers(-3, 1), st.floats(-1, 1))
def test_no_other_share_is_better(φ, σ2, G, V, c):
    mix = {"aspect_ratio": φ, "noise_variance": σ2, "generator_error": G, "verifier_error": V}
    mix |= {"error_product": c * math.sqrt(G * V), "dimension": 50}
    found = best_acceptance(**mix)
    D = G + V - 2 * mix["error_product"]
    for p in φ + (1 - φ) * np.geomspace(1e-6 * φ, 1, 60):
        t = acceptance_threshold(min(p, 1.0), distance=max(D, 0), noise_variance=σ2)
        if filter_factor(t, distance=max(D, 0), noise_variance=σ2).kept > φ:
            assert filtered_error(t, **mix) > found.error * (1 - 1e-9)


@pytest.mark.parametrize(
    ("φ", "σ2", "G", "V", "X", "other"),
    [
        (0.011, 3.56, 0.176, 0.206, 0.0099, 0.0273),
        (2.2e-4, 0.525, 0.0051, 0.0357, 0.0061, 5.55e-4),
        (3.6e-4, 0.738, 0.101, 0.00541, 0.00348, 7.23e-4),
    ],
)
def test_of_two_minima_the_lower_is_found(φ, σ2, G, V, X, other):
    """Near 2φ the filter follows the verifier; the other minimum keeps 0.824, 1 and 0.159."""
    errors = {"noise_variance": σ2, "generator_error": G, "verifier_error": V, "error_product": X}

    def at(p):
        t = acceptance_threshold(p, distance=G + V - 2 * X, noise_variance=σ2)
        return filtered_error(t, aspect_ratio=φ, **errors)

    assert at(other) < min(at(0.97 * other), at(1.03 * other))
    found = best_acceptance(aspect_ratio=φ, **errors)
    assert found.kept > 100 * other or found.kept > 0.8
    assert found.error < at(other)


def test_without_noise_nothing_is_left_out():
    mix = {"noise_variance": 0, "generator_error": 0.5, "verifier_error": 0}
    found = best_acceptance(aspect_ratio=0.1, **mix)
    assert (found.kept, found.threshold, found.gamma, found.error) == (1, math.inf, 1, 0.5)
    for t in (0.1, 1.0, 10.0):
        assert filtered_error(t, aspect_ratio=0.01, **mix) == pytest.approx(0.5, rel=1e-15)


def test_a_fitted_verifier():
    rng, d, n = np.random.default_rng(2), 10, 40
    errors = [
        (np.linalg.lstsq(rng.normal(size=(n, d)), rng.normal(size=n))[0] ** 2).sum() for _ in range(3000)
    ]
    found = fitted_verifier_error(dimension=d, real_count=n, noise_variance=1, finite_size=True)
    assert abs(np.mean(errors) - found) < 4 * np.std(errors) / math.sqrt(3000)
    assert fitted_verifier_error(dimension=d, real_count=n, noise_variance=0.3) == pytest.approx(
        0.1, rel=1e-14
    )


# ---- rounds

START = {"threshold": 0.5, "noise_variance": 0.25, "generator_error": 0.49, "verifier_error": 0.04}


@pytest.mark.slow
def test_rounds_as_simulated():
    """Printed: .05588 .03729 .03880 .03981. The second round is below the verifier's .04."""
    found = filter_rounds(4, **START, aspect_ratio=50 / 20000).errors[1:]
    assert found == pytest.approx([0.05588, 0.03729, 0.03880, 0.03981], abs=6e-6)
    rng, trials = np.random.default_rng(1), []
    for _ in range(8):
        w, w_v, errors = np.r_[0.7, np.zeros(49)], np.r_[0, 0.2, np.zeros(48)], []
        for _ in range(4):
            X = rng.normal(size=(20000, 50))
            y = X @ w + 0.5 * rng.normal(size=20000)
            kept = np.abs(y - X @ w_v) < 0.5
            w = np.linalg.solve(X[kept].T @ X[kept], X[kept].T @ y[kept])
            errors.append(w @ w)
        trials.append(errors)
    mean, stderr = np.mean(trials, axis=0), np.std(trials, axis=0, ddof=1) / math.sqrt(8)
    assert np.all(stderr < 0.001)
    assert np.all(np.abs(mean - found) < 5.4 * stderr)  # t with 7 degrees of freedom: 1 in 1000 a round


def test_rounds_with_unlimited_data_end_at_the_verifier():
    found = filter_rounds(60, **START, error_product=0.1)
    assert found.errors[-1] == pytest.approx(0.04, rel=1e-14)
    limit = filter_factor(0.5, distance=0, noise_variance=0.25).gamma  # r(t/σ)
    assert found.gammas[-1] == pytest.approx(limit, rel=1e-14)
    e_v, e = np.array([0.2, 0.0]), np.array([0.5, math.sqrt(0.24)])
    for error, γ in zip(found.errors[1:6], found.gammas[:5], strict=True):
        e = (1 - γ) * e_v + γ * e
        assert error == pytest.approx(e @ e, rel=1e-13)
    silent = filter_rounds(5, **(START | {"noise_variance": 0}))
    assert silent.errors == pytest.approx([0.49] * 6, rel=1e-15)
    assert filter_rounds(0, **START).errors == (0.49,)


# ---- refusals

TWO = {"distance": 0.5, "noise_variance": 0.25}
MIX = {"noise_variance": 0.25, "generator_error": 0.5, "verifier_error": 0.05}


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (filter_factor, TWO | {"threshold": 0}, "threshold must be positive; got 0"),
        (filter_factor, {"threshold": 1, "distance": -1, "noise_variance": 1}, "distance must be non-neg"),
        (acceptance_threshold, TWO | {"kept": 0}, r"kept must lie in \(0, 1\]"),
        (acceptance_threshold, {"kept": 0.5, "distance": 0, "noise_variance": 0}, "must not both be 0"),
        (factor_threshold, TWO | {"gamma": 0}, r"gamma must lie in \(0, 1\]; got 0"),
        (factor_threshold, {"gamma": 0.5, "distance": 1, "noise_variance": 0}, "Without noise γ = 1 at ev"),
        (filter_plateau, {"gamma": 2, "generator_error": 1, "verifier_error": 1}, "gamma must lie between"),
        (best_filter, MIX | {"error_product": 0.2}, "error_product must be at most √"),
        (filtered_error, MIX | {"threshold": 0.1, "aspect_ratio": 0.2}, "below the share 0.089"),
        (best_acceptance, MIX | {"aspect_ratio": 1}, "aspect_ratio must be below 1; got 1"),
        (exact_verifier_acceptance, TWO | {"aspect_ratio": 0.5}, "aspect_ratio must be below 0.5"),
        (fitted_verifier_error, {"dimension": 9, "real_count": 9, "noise_variance": 1}, "counts must be abo"),
        (filter_rounds, MIX | {"rounds": 2, "threshold": 0.1, "aspect_ratio": 0.2}, "that round 1 keeps"),
        (filter_rounds, MIX | {"rounds": -1, "threshold": 0.1}, "rounds must be an integer of at least 0"),
    ],
)
def test_what_they_are_not_about_is_refused(function, arguments, said):
    with pytest.raises(de.SpecError, match=said):
        function(**arguments)


def test_vectors_of_unlike_length_are_refused():
    with pytest.raises(de.ShapeError, match=r"verifier must have the shape \(2,\) of generator"):
        filter_factor(1, **TWO).truth(generator=[1, 2], verifier=[1])
