"""Labels from a generator fitted on real samples of the mix: identities, other routes and simulation."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.paper import (
    accumulate_rounds,
    best_ridge,
    best_ridge_error,
    fitted_generator_mix,
    least_squares_other_data,
    least_squares_part_of_data,
    least_squares_same_data,
    neutral_ridge,
    replace_rounds,
    zero_residual_weights,
)
from detequiv.theory.statements.isotropic_forms import isotropic_ridge
from helpers.connected import CASES

SMALL = 1.2 * (1 + np.arange(40)) ** -0.7
"""A spectrum of dimension 40."""

# ---- the zero-residual identity


def ridge_fit(F, y, weights, total_ridge):
    """The minimiser of Σ_i a_i(y_i − F_i v)² + total_ridge ‖v‖², by least squares on more rows."""
    p, roots = F.shape[1], np.sqrt(weights)
    rows = np.vstack([roots[:, None] * F, math.sqrt(total_ridge) * np.eye(p)])
    return np.linalg.lstsq(rows, np.concatenate([roots * y, np.zeros(p)]), rcond=1e-12)[0]


def features(kind, X):
    rng = np.random.default_rng(11)
    if kind == "linear":
        return X
    S = rng.normal(size=(X.shape[1], 24)) / math.sqrt(X.shape[1])
    return X @ S if kind == "projected" else np.tanh(X @ S)


def drawn_fits(kind, n1=30, n2=25, d=16, seed=0):
    """Features, labels and label noise, with unlike inputs."""
    rng = np.random.default_rng(seed)
    X1, X2 = rng.normal(size=(n1, d)), 0.3 + 2 * rng.normal(size=(n2, d))
    return {
        "real_features": features(kind, X1),
        "real_labels": X1 @ rng.normal(size=d) + rng.normal(size=n1),
        "synthetic_features": features(kind, X2),
        "synthetic_noise": rng.normal(size=n2),
    }


def fitted_twice(data, ridges, weights):
    """Generator and student, fitted directly to their labels."""
    Φ1, y1, Φ2, ε2 = data.values()
    n1, n2 = len(Φ1), len(Φ2)
    g = ridge_fit(Φ1, y1, np.ones(n1), n1 * ridges[0])
    labels = np.concatenate([y1, Φ2 @ g + ε2])
    return g, ridge_fit(np.vstack([Φ1, Φ2]), labels, np.repeat(weights, (n1, n2)), (n1 + n2) * ridges[1])


@pytest.mark.parametrize("n1", [30, 9])
@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.4, 2.5), (3.0, 0.0)])
@pytest.mark.parametrize("ridges", [(0.2, 0.2), (0.5, 0.01), (0.01, 0.5), (0.3, 0.0), (0.0, 0.3), (0.0, 0.0)])
@pytest.mark.parametrize("kind", ["linear", "projected", "tanh"])
def test_the_identity_is_the_direct_fit(kind, ridges, weights, n1):
    data = drawn_fits(kind, n1=n1)
    g, direct = fitted_twice(data, ridges, weights)
    found = zero_residual_weights(**data, generator_ridge=ridges[0], ridge=ridges[1], weights=weights)
    assert np.abs(found - direct).max() <= 1e-12 * max(1, np.abs(g).max())
    if weights[1]:
        assert np.abs(found - g).max() > 1e-3  # noise, at least


@pytest.mark.parametrize("a1", [1.0, 0.4, 3.0])
@pytest.mark.parametrize("kind", ["linear", "projected", "tanh"])
def test_at_the_neutral_ridge_synthetic_labels_without_noise_change_nothing(kind, a1):
    data = drawn_fits(kind) | {"synthetic_noise": np.zeros(25)}
    neutral = neutral_ridge(generator_ridge=0.2, counts=(30, 25), real_weight=a1)
    for a2 in (0.3, 4.0):
        g, student = fitted_twice(data, (0.2, neutral), (a1, a2))
        assert np.abs(student - g).max() <= 1e-13 * np.abs(g).max()
        g, student = fitted_twice(data, (0.2, 1.01 * neutral), (a1, a2))
        assert np.abs(student - g).max() > 1e-5 * np.abs(g).max()
        assert np.linalg.norm(student) < np.linalg.norm(g)


@pytest.mark.parametrize("a2", [0.5, 1.0, 6.0])
def test_the_neutral_ridge_has_the_error_of_the_generator(a2):
    mix = {"covariance": SMALL, "signal": 1 / 40, "counts": (30, 50), "noise_variances": (0.5, 0.0)}
    mix |= {"generator_ridge": 0.1, "weights": (1.0, a2)}
    alone = fitted_generator_mix(**(mix | {"counts": (30, 0)}), ridge=0.1)
    neutral = neutral_ridge(generator_ridge=0.1, counts=(30, 50))
    assert fitted_generator_mix(**mix, ridge=neutral).error == pytest.approx(alone.error, rel=1e-13)
    assert fitted_generator_mix(**mix, ridge=0.1).error != pytest.approx(alone.error, rel=1e-2)


# ---- two effective ridges


def as_fits(covariance, signal, counts, noises, ridges, n_s, shared, weights):
    """The same mix as connected problems, which the joint master equations solve."""
    real = de.Source(counts[0], covariance, noise_variance=noises[0])
    parts = real.split(n_s) if shared and n_s < counts[0] else (real,)
    first = parts[0] if shared else de.Source(n_s, covariance, noise_variance=noises[0])
    generator = de.Problem(signal=signal, sources=[first], ridge=ridges[0])
    sources = [dataclasses.replace(part, weight=weights[0]) for part in parts]
    labelled = {"labels": generator, "noise_variance": noises[1], "weight": weights[1]}
    synthetic = de.Source(counts[1], covariance, **labelled)
    return de.Problem(signal=signal, sources=[*sources, synthetic], ridge=ridges[1])


def closed(covariance, signal, counts, noises, ridges, n_s, shared, weights):
    return fitted_generator_mix(
        covariance=covariance,
        signal=signal,
        counts=counts,
        noise_variances=noises,
        generator_ridge=ridges[0],
        ridge=ridges[1],
        generator_count=n_s,
        shared=shared,
        weights=weights,
    )


@pytest.mark.parametrize("ridges", [(0.05, 0.1), (0.3, 0.0), (0.0, 0.02), (0.0, 0.0), (1e-6, 3.0)])
@pytest.mark.parametrize(
    ("counts", "n_s"),
    [((30, 60), 30), ((90, 60), 90), ((90, 60), 25), ((90, 20), 70), ((15, 15), 15), ((15, 12), 10)],
)
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("weights", [(1.0, 1.0), (0.4, 3.0)])
def test_the_joint_master_equations_say_the_same(ridges, counts, n_s, shared, weights):
    signal = SMALL**0.5 / 40
    given = SMALL, signal, counts, (0.5, 0.2), ridges, n_s, shared, weights
    found, solved = closed(*given), de.predict(as_fits(*given))
    for term in ("error", "bias", "variance", "collapse"):
        assert getattr(found, term) == pytest.approx(getattr(solved, term), rel=1e-11, abs=1e-11)
    noise = sum(v for k, v in solved.fitted_labels.contributions.items() if "noise" in k)
    assert found.from_real_noise + found.from_synthetic_noise == pytest.approx(noise, rel=1e-11)


@pytest.mark.parametrize("at", [0.5, 1.0, 2.0])
def test_published_cases(at):
    """By an independent program, in any unit of the labels' and the inputs' second moments."""
    for name, shared in {
        "same real data, ridge, one covariance, n1 < d": True,
        "same real data, ridge, n1 > d, weights (1, 2.5)": True,
        "generator trained on 60 other real samples (the present theory)": False,
    }.items():
        spec = CASES[name]["spec"]
        s, Γ = (np.array(spec["arrays"][spec[key]]) for key in ("target", "signal"))
        first, last = spec["stages"]
        real, synthetic = last["items"]
        found = fitted_generator_mix(
            covariance=at * s,
            signal=Γ,
            counts=[spec["sets"][item["set"]][0] for item in (real, synthetic)],
            noise_variances=[at * spec["noises"][item["noise"]][1] for item in (real, synthetic)],
            ridge=at * last["ridge"],
            generator_ridge=at * first["ridge"],
            generator_count=spec["sets"][first["items"][0]["set"]][0],
            shared=shared,
            weights=[real["weight"], synthetic["weight"]],
        )
        assert found.error == pytest.approx(at * CASES[name]["error"], rel=1e-11)
        assert found.total == pytest.approx(found.error, rel=1e-14)


@pytest.mark.parametrize("counts", [(10**9, 1), (1, 10**9 - 2), (10**9 - 1, 0)])
def test_nearly_as_many_samples_as_dimensions(counts):
    mix = {"signal": 1.0, "noise_variances": (1, 0), "generator_ridge": 1.0, "ridge": 0}
    found = fitted_generator_mix(covariance=de.isotropic(10**9), counts=counts, **mix)
    left = abs(sum(counts) - 10**9)
    assert found.variance == pytest.approx(counts[0] / left, rel=1e-6)  # in the proportion n_1/n, of σ_1²


@pytest.mark.parametrize("ridges", [(0.1, 0.02), (0.0, 0.0)])
@pytest.mark.parametrize("n1", [20, 35])
def test_multiplicities_and_eigenvalues_of_zero(n1, ridges):
    several = np.repeat([3.0, 1.0, 0.2], 10)
    mix = {"counts": (n1, 30), "noise_variances": (0.5, 0.2)}
    mix |= {"ridge": ridges[0], "generator_ridge": ridges[1]}
    written_out = fitted_generator_mix(covariance=several, signal=several / 20, **mix)
    short = de.Spectrum([3.0, 1.0, 0.0, 0.2], [10, 10, 25, 10])
    found = fitted_generator_mix(covariance=short, signal=[0.15, 0.05, 7.0, 0.01], **mix)
    assert found.error == pytest.approx(written_out.error, rel=1e-14)
    assert found.label_share == pytest.approx(written_out.label_share, rel=1e-14)


def test_effective_ridges_solve_their_equations_and_labels_of_known_samples_count_more():
    mix = {"covariance": SMALL, "signal": 1, "noise_variances": (1, 1), "weights": (0.4, 3.0)}
    mix |= {"counts": (30, 60), "ridge": 0.1, "generator_ridge": 0.05}
    same, other = fitted_generator_mix(**mix), fitted_generator_mix(**mix, shared=False)
    θ, θ_g = same.effective_ridge, same.generator_effective_ridge
    assert θ_g * (1 - de.degrees_of_freedom(SMALL, θ_g) / 30) == pytest.approx(0.05, rel=1e-13)
    shares = [n / (9.0 / (a * θ) + de.degrees_of_freedom(SMALL, θ)) for n, a in ((30, 0.4), (60, 3.0))]
    assert sum(shares) == pytest.approx(1, rel=1e-13)
    assert other.label_share == pytest.approx(shares[1], rel=1e-13)
    assert other.label_share < same.label_share < 1
    assert (other.effective_ridge, other.bias) == (θ, same.bias)


@pytest.mark.parametrize("counts", [(60, 0), (0, 60)])
def test_one_source_alone(counts):
    """The plain fit, or the fit to labels of a model of other data, whose truth is the model."""
    mix = {"covariance": de.isotropic(40), "signal": 1 / 40, "noise_variances": (0.5, 0.3)}
    found = fitted_generator_mix(
        **mix, counts=counts, ridge=0.3, generator_ridge=0.0, generator_count=100, shared=False
    )
    c2 = 0.5 * 40 / (100 - 40)
    quality = {"synthetic_share": 1.0, "quality": c2} if counts[1] else {}
    plain = isotropic_ridge(ridge=0.3, aspect_ratio=40 / 60, noise_variances=(0.5, 0.3), **quality)
    assert found.error == pytest.approx(plain.total, rel=1e-13)
    assert found.bias == pytest.approx(plain.bias, rel=1e-13)


@pytest.mark.parametrize("ridge", [0.1, 0.0])
def test_real_samples_of_weight_zero_only_count_in_n(ridge):
    mix = {"covariance": SMALL, "signal": 1 / 40, "noise_variances": (0.5, 0.3), "generator_ridge": 0.05}
    mix |= {"generator_count": 70}
    ignored = fitted_generator_mix(**mix, counts=(90, 60), weights=(0.0, 2.0), ridge=ridge)
    absent = fitted_generator_mix(**mix, counts=(0, 60), ridge=ridge * 150 / 60 / 2, shared=False)
    assert ignored.error == pytest.approx(absent.error, rel=1e-13)
    assert ignored.label_share == pytest.approx(1, rel=1e-13)


@pytest.mark.parametrize("counts", [(90, 60), (15, 12), (30, 60), (41, 0), (39, 0)])
def test_tiny_ridges_approach_the_limit_without_one(counts):
    def at(ridge):
        mix = {"covariance": SMALL, "signal": 1 / 40, "noise_variances": (0.5, 0.3)}
        return fitted_generator_mix(
            **mix, counts=counts, ridge=ridge, generator_ridge=ridge, weights=(0.7, 2.0)
        ).error

    assert at(1e-8) - at(0) == pytest.approx((at(1e-7) - at(0)) / 10, rel=0.02)  # of first order
    assert abs(at(1e-8) / at(0) - 1) > 1e-10
    assert at(1e-200) == pytest.approx(at(0), rel=1e-12)


def simulated_mix(covariance, signal, counts, noises, ridges, n_s, shared, weights, trials, seed=5):
    """Mean and standard error by plain numpy, truth and label noise integrated out."""
    rng = np.random.default_rng(seed)
    d, (n1, n2), root = len(covariance), counts, np.sqrt(covariance)
    errors = []
    for _ in range(trials):
        X1, X2 = (rng.normal(size=(n, d)) * root for n in counts)
        Xs = X1[:n_s] if shared else rng.normal(size=(n_s, d)) * root
        fit_g = np.linalg.solve(Xs.T @ Xs + n_s * ridges[0] * np.eye(d), Xs.T)
        both = weights[0] * X1.T @ X1 + weights[1] * X2.T @ X2 + (n1 + n2) * ridges[1] * np.eye(d)
        from_y1 = np.linalg.solve(both, weights[0] * X1.T)
        from_y2 = np.linalg.solve(both, weights[1] * X2.T)
        known = from_y2 @ X2 @ fit_g
        truth = from_y1 @ X1 + known @ Xs - np.eye(d)
        seen = from_y1.copy()
        if shared:
            seen[:, :n_s] += known
        parts = [truth * np.sqrt(signal), math.sqrt(noises[0]) * seen, math.sqrt(noises[1]) * from_y2]
        parts += [] if shared else [math.sqrt(noises[0]) * known]
        errors.append(sum((covariance @ part**2).sum() for part in parts))
    return np.mean(errors), np.std(errors, ddof=1) / math.sqrt(trials)


SIMULATED = {
    "same samples, n1 < d": ((45, 70), (0.5, 0.3), (0.02, 0.05), 45, (1.0, 1.0)),
    "same samples, n1 > d, weights": ((160, 80), (0.5, 0.1), (0.3, 0.1), 160, (1.0, 2.5)),
    "a part of the samples": ((120, 80), (0.5, 0.3), (0.05, 0.05), 48, (1.0, 3.0)),
}


@pytest.mark.parametrize("name", SIMULATED)
@pytest.mark.parametrize("shared", [True, False])
def test_as_simulated(name, shared):
    counts, noises, ridges, n_s, weights = SIMULATED[name]
    s = 1.5 * (1 + np.arange(80)) ** -0.5
    given = s, s / 80, counts, noises, ridges, n_s
    mean, stderr = simulated_mix(*given, shared, weights, trials=60)
    found, other = (closed(*given, known, weights).error for known in (shared, not shared))
    allowed = 4 * stderr + 0.02 * found  # of which 1.3% and less are the finite-size error
    assert abs(mean - found) < allowed
    assert abs(mean - other) > 2 * allowed


# ---- least squares

weight = st.floats(0.05, 20)


@settings(max_examples=60)
@given(st.integers(1, 400), st.integers(0, 600), weight, weight, st.floats(0, 3), st.floats(0, 3))
def test_least_squares_is_two_ridges_without_ridge(more, n2, a1, a2, σ1, σ2):
    n1, noises, weights = 40 + more, (σ1, σ2), (a1, a2)
    two = {"covariance": SMALL, "signal": 3.0, "ridge": 0, "generator_ridge": 0}
    mix = {"counts": (n1, n2), "noise_variances": noises, "weights": weights}
    same = fitted_generator_mix(**two, **mix)
    assert same.error == pytest.approx(least_squares_same_data(dimension=40, **mix), rel=1e-10)
    assert same.from_truth == 0
    other = fitted_generator_mix(**two, **mix, shared=False, generator_count=77).error
    assert other == pytest.approx(
        least_squares_other_data(dimension=40, **mix, generator_count=77), rel=1e-10, abs=1e-14
    )
    n_s = 41 + (n1 - 41) // 2
    part = fitted_generator_mix(**two, **mix, generator_count=n_s).error
    assert part == pytest.approx(
        least_squares_part_of_data(dimension=40, **mix, generator_count=n_s), rel=1e-10, abs=1e-14
    )
    whole = least_squares_part_of_data(dimension=40, **mix, generator_count=n1)
    assert whole == pytest.approx(least_squares_same_data(dimension=40, **mix), rel=1e-9)


@pytest.mark.parametrize(
    ("n1", "n2", "n_s", "error", "other"),
    [(600, 600, 600, 0.55, 0.30), (900, 300, 600, 19 / 60, 0.2125), (900, 900, 450, 0.58, 0.38)],
)
def test_least_squares_with_weights_of_one(n1, n2, n_s, error, other):
    mix = {"dimension": 300, "counts": (n1, n2), "noise_variances": (0.5, 0.3), "generator_count": n_s}
    found = least_squares_part_of_data(**mix)
    assert found == pytest.approx(error, rel=1e-13)
    independent = least_squares_other_data(**mix)
    assert independent == pytest.approx(other, rel=1e-13)
    n = n1 + n2
    p1, p2, φ, φs = n1 / n, n2 / n, 300 / n, 300 / n_s
    gap = 2 * p2 * φ * 0.5 * (1 - p1 * φs) / ((1 - φ) * (1 - φs))
    assert found - independent == pytest.approx(gap, rel=1e-12)


@pytest.mark.parametrize("a2", [0.1, 1.0, 8.0])
def test_labels_of_the_same_data_only_add_noise(a2):
    mix = {"dimension": 40, "counts": (70, 90), "weights": (1.0, a2)}
    alone = least_squares_same_data(dimension=40, counts=(70, 0), noise_variances=(0.5, 9))
    assert alone == pytest.approx(0.5 * 40 / 30, rel=1e-14)
    assert least_squares_same_data(**mix, noise_variances=(0.5, 0)) == pytest.approx(alone, rel=1e-14)
    less = least_squares_same_data(**(mix | {"weights": (1.0, a2 / 2)}), noise_variances=(0.5, 0.3))
    assert alone < less < least_squares_same_data(**mix, noise_variances=(0.5, 0.3))


# ---- rounds of least squares


def simulated_rounds(kind, d, counts, noises, trials):
    """Mean and standard error by plain numpy, noise integrated out: the parts of ŵ − w in each ε_t."""
    rng = np.random.default_rng(8)
    errors = []
    for _ in range(trials):
        first = rng.normal(size=(counts[0], d))
        X, labels = first, [np.eye(counts[0])]  # coefficients of ε_0, ε_1 … in the labels of X
        for t, n in enumerate(counts):
            if t:
                new = rng.normal(size=(n, d)) if kind != "same inputs" else first
                fresh = [new @ part for part in fitted] + [np.eye(n)]  # noqa: F821
                if kind == "accumulate":
                    X = np.vstack([X, new])
                    labels = [*labels, np.zeros((len(X) - n, n))]
                    labels = [np.vstack(pair) for pair in zip(labels, fresh, strict=True)]
                else:
                    X, labels = new, fresh
            fitted = [np.linalg.lstsq(X, part)[0] for part in labels]
        errors.append(sum(σ * (part**2).sum() for σ, part in zip(noises, fitted, strict=True)))
    return np.mean(errors), np.std(errors, ddof=1) / math.sqrt(trials)


@pytest.mark.parametrize(
    ("kind", "counts", "formula"),
    [
        ("accumulate", (20, 10, 25, 15), accumulate_rounds),
        ("fresh inputs", (20, 24, 30), replace_rounds),
        ("same inputs", (22, 22, 22), replace_rounds),
    ],
)
def test_rounds_are_exact_at_finite_size(kind, counts, formula):
    noises = (0.5, 0.3, 1.0, 0.4)[: len(counts)]
    mix = {"dimension": 8, "counts": counts, "noise_variances": noises}
    mean, stderr = simulated_rounds(kind, 8, counts, noises, trials=3000)
    assert stderr < 0.01 * mean
    assert abs(mean - formula(**mix, finite_size=True)) < 4 * stderr
    assert abs(mean - formula(**mix)) > 4 * stderr  # of relative error 1/(n − d)


def test_one_round_is_least_squares_on_the_same_data():
    mix = {"dimension": 40, "counts": (90, 70), "noise_variances": (0.5, 0.3)}
    assert accumulate_rounds(**mix) == pytest.approx(least_squares_same_data(**mix), rel=1e-13)
    assert accumulate_rounds(**mix) != pytest.approx(replace_rounds(**mix), rel=0.1)


@pytest.mark.parametrize("formula", [accumulate_rounds, replace_rounds])
def test_large_problems_leave_the_leading_order(formula):
    def off(size):
        mix = {"dimension": size, "counts": [2 * size, 3 * size], "noise_variances": [1, 1]}
        return formula(**mix, finite_size=True) / formula(**mix) - 1

    assert off(10**6) == pytest.approx(off(10**7) * 10, rel=1e-5)
    assert 0 < off(10**6) < 2e-6


def test_rounds_by_other_formulas():
    d, n, T = 100, 150, (0, 1, 2, 4, 8)
    cavity = [1.0, 1.075, 1.103571, 1.127802, 1.144639]  # by the joint master equations
    for t, wanted in zip(T, cavity, strict=True):
        noises = [0.5] + [0.3] * t
        mix = {"dimension": d, "counts": [n] * (t + 1), "noise_variances": noises}
        assert accumulate_rounds(**mix) == pytest.approx(wanted, abs=6e-7)
        chain = de.chain_quality(d, counts=mix["counts"], noise_variances=noises)
        assert replace_rounds(**mix) == pytest.approx(chain, rel=1e-14)
    equal = replace_rounds(dimension=d, counts=[n] * 7, noise_variances=[0.5] * 7)
    assert equal == pytest.approx(7 * 0.5 * 2, rel=1e-14)


def test_accumulated_rounds_are_rounds_of_connected_fits():
    real = de.Source(60, SMALL, noise_variance=0.5)
    sources, fits = [real], [de.Problem(signal=1 / 40, sources=[real], ridge=0)]
    for n in (30, 50):
        sources.append(de.Source(n, SMALL, labels=fits[-1], noise_variance=0.2))
        fits.append(de.Problem(signal=1 / 40, sources=[*sources], ridge=0))
    found = accumulate_rounds(dimension=40, counts=(60, 30, 50), noise_variances=(0.5, 0.2, 0.2))
    assert de.predict(fits[-1]).error == pytest.approx(found, rel=1e-10)


# ---- the bound


@pytest.mark.parametrize("n1", [25, 40, 90])
@pytest.mark.parametrize("noise", [0.0, 0.3, 2.0])
def test_the_best_ridge_is_the_best_and_has_the_error_of_the_bound(n1, noise):
    data = {"signal": 0.05, "real_count": n1, "noise_variance": noise}
    bound = best_ridge_error(covariance=SMALL, **data)
    λ = best_ridge(**data)

    def plain(ridge):
        source = de.Source(n1, SMALL, noise_variance=noise)
        return de.predict(de.Problem(signal=0.05, sources=[source], ridge=ridge)).error

    if noise:
        assert bound == pytest.approx(plain(λ), rel=1e-12)
        assert min(plain(0.9 * λ), plain(1.1 * λ)) > bound * (1 + 1e-6)
    else:
        assert λ == 0
        assert bound == pytest.approx(0.05 * _energy_left(n1), rel=1e-9, abs=1e-12)


def _energy_left(n1):
    """θ n_1 of the minimum-norm fit, by bisection; 0 with as many samples as dimensions."""
    if n1 >= 40:
        return 0.0
    low, high = 1e-6, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if de.degrees_of_freedom(SMALL, middle) > n1 else (low, middle)
    return low * n1


@settings(max_examples=150)
@given(st.data())
def test_no_mix_with_a_generator_of_the_same_data_is_better(data):
    def logarithmic(low, high):
        return 10 ** data.draw(st.floats(low, high))

    n1, noise = data.draw(st.integers(5, 120)), logarithmic(-2, 1)
    found = fitted_generator_mix(
        covariance=SMALL,
        signal=1 / 40,
        counts=(n1, data.draw(st.integers(1, 300))),
        noise_variances=(noise, data.draw(st.sampled_from([0.0, 0.2]))),
        ridge=logarithmic(-3, 1),
        generator_ridge=logarithmic(-3, 1),
        generator_count=data.draw(st.integers(1, n1)),
        weights=(logarithmic(-2, 2), logarithmic(-2, 2)),
    )
    bound = best_ridge_error(covariance=SMALL, signal=1 / 40, real_count=n1, noise_variance=noise)
    assert found.error >= bound * (1 - 1e-11)


def test_the_bound_holds_in_every_draw_and_is_attained():
    """Per draw, for other targets and inputs: σ² tr Σ_t(XᵀX + n_1λ*)⁻¹ of the posterior."""
    rng, d, n1, σ, γ = np.random.default_rng(4), 12, 15, 0.7, 1 / 12
    for _ in range(200):
        X1, X2 = rng.normal(size=(n1, d)), rng.normal(size=(rng.integers(1, 40), d)) * rng.uniform(0.1, 3, d)
        target = rng.uniform(0.1, 3, d)
        λ = best_ridge(signal=γ, real_count=n1, noise_variance=σ)

        def linear_error(fit, X1=X1, target=target):
            truth = fit @ X1 - np.eye(d)
            return float(γ * (target @ truth**2).sum() + σ * (target @ fit**2).sum())

        best = np.linalg.inv(X1.T @ X1 + n1 * λ * np.eye(d))
        bound = σ * target @ np.diagonal(best)
        assert linear_error(best @ X1.T) == pytest.approx(bound, rel=1e-10)
        g = np.linalg.solve(X1.T @ X1 + 10 ** rng.uniform(-2, 2) * np.eye(d), X1.T)
        a2, δ = 10 ** rng.uniform(-2, 2, size=2)
        both = X1.T @ X1 + a2 * X2.T @ X2 + δ * np.eye(d)
        assert linear_error(np.linalg.solve(both, X1.T + a2 * X2.T @ X2 @ g)) >= bound * (1 - 1e-12)


def test_for_another_signal_a_generator_can_help():
    """Zero labels (λ_g = ∞) are a penalty in the metric of the inputs; the gain is 17%."""
    s = 1.0 / (1 + np.arange(100))
    mix = {"covariance": s, "signal": 1 / s / 100, "noise_variances": (0.3, 0.0)}
    ridges = np.geomspace(1e-4, 1, 60)
    alone = min(fitted_generator_mix(**mix, counts=(60, 0), ridge=λ, generator_ridge=λ).error for λ in ridges)
    assert alone == pytest.approx(0.73164, abs=2e-4)
    shrunk = min(
        fitted_generator_mix(
            **mix, counts=(60, 2000), ridge=1e-9, generator_ridge=1e9, weights=(1.0, a2)
        ).error
        for a2 in np.geomspace(1e-4, 1, 60)
    )
    assert shrunk == pytest.approx(0.60871, abs=2e-3)


# ---- refusals

TWO = {"covariance": SMALL, "signal": 1.0, "noise_variances": (1, 1), "ridge": 0.1, "generator_ridge": 0.1}
OLS = {"dimension": 40, "noise_variances": (1, 1)}
DATA = drawn_fits("linear") | {"ridge": 0.1, "generator_ridge": 0.1}


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        (neutral_ridge, {"generator_ridge": -1, "counts": (1, 1)}, "generator_ridge must be non-negative"),
        (neutral_ridge, {"generator_ridge": 1, "counts": (0, 1)}, r"counts\[0\] must be an integer of at le"),
        (zero_residual_weights, DATA | {"weights": (0, 1)}, r"weights\[0\] must be positive"),
        (zero_residual_weights, DATA | {"real_labels": [1.0]}, "real_labels must be a 1-D array of 30 ent"),
        (zero_residual_weights, DATA | {"synthetic_features": [[1.0]]}, "must have the 16 columns of real"),
        (zero_residual_weights, DATA | {"real_features": [1.0]}, "real_features must be a 2-D array"),
        (fitted_generator_mix, TWO | {"counts": (10,)}, "counts must be two numbers"),
        (fitted_generator_mix, TWO | {"counts": (0, 10)}, "generator_count must be an integer of at least 1"),
        (fitted_generator_mix, TWO | {"counts": (5, 5), "generator_count": 6}, "must be at most n_1 = 5"),
        (
            fitted_generator_mix,
            TWO | {"counts": (40, 5), "generator_ridge": 0},
            "generator_ridge must be pos",
        ),
        (fitted_generator_mix, TWO | {"counts": (30, 10), "ridge": 0}, "ridge must be positive for a fit of"),
        (fitted_generator_mix, TWO | {"counts": (5, 5), "weights": (0, 0)}, "weights must be positive for"),
        (fitted_generator_mix, TWO | {"counts": (5, 5), "signal": [1, 2]}, "signal must be a number or have"),
        (fitted_generator_mix, TWO | {"counts": (5, 5), "signal": -1}, "signal must be non-negative"),
        (
            fitted_generator_mix,
            TWO | {"counts": (5, 5), "covariance": np.eye(3)},
            "covariance must be a Spectrum or a 1-D array of eigenvalues; got a 3 by 3 matrix",
        ),
        (least_squares_same_data, OLS | {"counts": (40, 9)}, "more samples than the dimension 40; got 40"),
        (
            least_squares_other_data,
            OLS | {"counts": (30, 9)},
            "counts must add up to more than the dimension",
        ),
        (
            least_squares_part_of_data,
            OLS | {"counts": (50, 9), "generator_count": 51},
            "generator_count must be at most",
        ),
        (accumulate_rounds, OLS | {"counts": (40, 90)}, "counts must be above 40"),
        (accumulate_rounds, OLS | {"counts": (41, 90), "finite_size": True}, "counts must be above 41"),
        (accumulate_rounds, OLS | {"counts": (90,)}, "noise_variances must have one entry for each of the 1"),
        (replace_rounds, OLS | {"counts": (90, 40)}, "counts must be above 40"),
        (replace_rounds, OLS | {"counts": ()}, "counts must not be empty"),
        (best_ridge, {"signal": 0, "real_count": 9, "noise_variance": 1}, "signal must be positive"),
    ],
)
def test_what_they_are_not_about_is_refused(function, arguments, said):
    with pytest.raises(de.SpecError, match=said):
        function(**arguments)


def test_labels_are_right_where_a_chain_shift_is_not() -> None:
    """The numbers in the notes of chain_shift: a generator that was fitted to the real samples of the mix."""
    s = de.isotropic(300)
    real = de.Source(600, s, noise_variance=0.5)
    generator = de.Problem(signal=1 / 300, sources=[real], ridge=0)
    fitted = de.Source(600, s, noise_variance=0.3, labels=generator)
    shift = de.paper.chain_shift(s, counts=[600], noise_variances=[0.5])
    shifted = de.Source(600, s, noise_variance=0.3, shift=shift)
    errors = [
        de.predict(de.Problem(signal=1 / 300, sources=[real, synthetic], ridge=0)).error
        for synthetic in (shifted, fitted)
    ]
    assert errors == pytest.approx([0.3, 0.55], rel=1e-12)
