"""Iterative mixing with real data that are reused, at finite d/n: its limits and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.theory.statements.corollaries_1_and_4 import corollary_1
from detequiv.theory.statements.iterative_mixing import (
    _marchenko_pastur,
    corollary_3_finite,
    corollary_3_reused,
    corollary_3_reused_finite,
)

noise_pairs = st.tuples(st.floats(0, 4), st.floats(0, 4))
CLOSE = 1e-10
"""Relative. The quadrature is exact to rounding, which a small s = p_2(1 − φ) enlarges: 1e-12 is
seen at s = 1e-3."""


def mix(φ, p2, noises=(1.0, 1.0), quality=1.0):
    return {"aspect_ratio": φ, "synthetic_share": p2, "noise_variances": noises, "quality": quality}


@settings(max_examples=50)
@given(st.floats(0.001, 0.99), st.floats(0.01, 0.99), noise_pairs, st.floats(0.01, 4))
def test_the_first_rounds_do_not_know_whether_data_will_be_reused(φ, p2, noises, c2):
    given_mix = mix(φ, p2, noises, c2)
    assert corollary_3_reused_finite(rounds=0, **given_mix) == pytest.approx(c2, rel=CLOSE)
    once = corollary_1(**given_mix).total
    assert corollary_3_reused_finite(rounds=1, **given_mix) == pytest.approx(once, rel=CLOSE)


@pytest.mark.parametrize("rounds", [1, 2, 5, 20, math.inf])
@pytest.mark.parametrize("p2", [0.1, 0.5, 0.9])
def test_many_samples_leave_the_leading_order(rounds, p2):
    def off(φ):
        small = mix(φ, p2, (0.7, 1.3), φ)  # c_0² as small as the noise
        return (
            corollary_3_reused_finite(rounds=rounds, **small) / corollary_3_reused(rounds=rounds, **small) - 1
        )

    assert off(1e-7) == pytest.approx(off(1e-6) / 10, rel=1e-3)  # of first order in φ
    assert abs(off(1e-6)) < 1e-6 * 25 / (1 - p2)


def test_without_synthetic_data_it_is_the_fit_to_the_real_data():
    for rounds in (0, 1, 7, math.inf):
        alone = mix(0.4, 0.0)
        wanted = corollary_3_finite(rounds=rounds, **alone)
        assert corollary_3_reused_finite(rounds=rounds, **alone) == wanted


@pytest.mark.parametrize(("φ", "p2"), [(1 / 3, 0.5), (0.05, 0.8), (0.6, 0.2)])
def test_many_rounds_reach_the_limit(φ, p2):
    many, ever = (corollary_3_reused_finite(rounds=t, **mix(φ, p2, (0.5, 2.0))) for t in (4000, math.inf))
    assert many == pytest.approx(ever, rel=1e-11)
    quiet = corollary_3_reused_finite(rounds=math.inf, **mix(φ, p2, (0.5, 0.0)))
    assert quiet == pytest.approx(φ * 0.5 / (1 - p2 - φ), rel=1e-14)  # synthetic data add nothing


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.5])
def test_the_mean_over_the_marchenko_pastur_law_is_its_stieltjes_transform(ratio):
    gap, γ = 0.2, ratio
    x, weights = _marchenko_pastur(γ, gap)
    b = 1 - γ + gap
    closed = (math.hypot(b, 2 * math.sqrt(γ * gap)) - b) / (2 * γ * gap)
    assert weights @ (1 / (x + gap)) == pytest.approx(closed, rel=1e-14)
    assert weights @ x == pytest.approx(1, rel=1e-14)
    assert weights @ x**2 == pytest.approx(1 + γ, rel=1e-14)
    if γ != 1:  # then 0 is the end of the spectrum as well
        assert weights[0] == pytest.approx(max(0, 1 - 1 / γ), abs=1e-14)  # the atom there


def simulated(trials, *, d, n1, n2, noises, quality, rounds):
    """Means and standard errors of the error after 1 … rounds, labels integrated out: the
    coefficients of e_0, of ε_1 and of all η are carried along as they stand in the recursion."""
    rng = np.random.default_rng(7)
    errors = np.empty((trials, rounds))
    for trial in range(trials):
        X1 = rng.standard_normal((n1, d))
        parts = [np.eye(d) * np.sqrt(quality / d), np.zeros((d, n1))]
        for t in range(rounds):
            X2 = rng.standard_normal((n2, d))
            R = np.linalg.inv(X1.T @ X1 + X2.T @ X2)
            parts = [R @ X2.T @ (X2 @ part) for part in parts]
            parts[1] += np.sqrt(noises[0]) * R @ X1.T
            parts.append(np.sqrt(noises[1]) * R @ X2.T)
            errors[trial, t] = sum((part**2).sum() for part in parts)
    return errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(trials)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("d", "n1", "n2", "noises"),
    [
        (60, 90, 90, (1.0, 1.0)),  # φ = 1/3: the leading order is a third too low
        (60, 60, 160, (0.3, 2.0)),  # as many real samples as dimensions
        (60, 30, 150, (1.0, 0.5)),  # fewer
        (40, 320, 80, (2.0, 0.2)),
    ],
)
def test_reused_real_data_as_simulated(d, n1, n2, noises):
    n, rounds = n1 + n2, 4
    mean, stderr = simulated(60, d=d, n1=n1, n2=n2, noises=noises, quality=1.0, rounds=rounds)
    for t in range(1, rounds + 1):
        wanted = corollary_3_reused_finite(rounds=t, **mix(d / n, n2 / n, noises))
        allowed = 4 * stderr[t - 1] + 2 / (n - d) * wanted  # finite size: O(1/(n − d))
        assert abs(mean[t - 1] - wanted) <= allowed
        if t > 1:
            leading = corollary_3_reused(rounds=t, **mix(d / n, n2 / n, noises))
            assert abs(mean[t - 1] - leading) > 3 * allowed


@pytest.mark.parametrize(
    ("rounds", "given_mix", "said"),
    [
        (3, mix(0.2, 1.0), "synthetic_share must be below 1 where real data are reused"),
        (3, mix(1.0, 0.5), "aspect_ratio must be below 1"),
        (math.inf, mix(0.6, 0.5), "must be below the real share 0.5 for rounds without end"),
        (2.5, mix(0.2, 0.5), "rounds must be an integer"),
    ],
)
def test_what_it_is_not_about_is_refused(rounds, given_mix, said):
    with pytest.raises(de.SpecError, match=said):
        corollary_3_reused_finite(rounds=rounds, **given_mix)
