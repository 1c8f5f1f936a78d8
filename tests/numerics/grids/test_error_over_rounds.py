"""The error over rounds: against separate predictions, closed forms and published values; where it ends."""

import math

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.grids.error_over_rounds import ending

D = 100
REAL = de.Source(150, de.isotropic(D), noise_variance=0.5)
NEW = de.Source(150, de.isotropic(D), noise_variance=0.3)
OLS = de.Problem(signal=1 / D, sources=[REAL], ridge=0)
WAYS = {
    "replace": {"keep": "latest"},
    "mix": {"keep": "latest", "real": [REAL]},
    "accumulate": {"keep": "all", "real": [REAL]},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ridge", [0, 0.2])
def test_every_round_is_the_prediction_of_its_problem(way, ridge):
    start = de.Problem(signal=1 / D, sources=[REAL], ridge=ridge)
    curve = de.evolve(start=start, rounds=4, synthetic=NEW, **WAYS[way])
    fits = de.rounds(4, start=start, synthetic=NEW, **WAYS[way])
    for t, fit in enumerate(fits):
        p = de.predict(fit)
        assert curve.error.values[t] == pytest.approx(p.error, rel=1e-11)
        assert curve.against_fresh.values[t] == pytest.approx(p.against_fresh, rel=1e-11)
    np.testing.assert_allclose(curve.from_truth + curve.from_noise, curve.error, rtol=1e-12)
    assert curve.attrs["digest"] == fits[-1].digest


def test_accumulating_least_squares_telescopes():
    curve = de.evolve(start=OLS, rounds=8, synthetic=NEW, **WAYS["accumulate"])
    n = 150 * np.arange(1, 10)
    added = 0.3 * (150 / n[1:]) * D / (n[1:] - D)
    np.testing.assert_allclose(curve.error, 0.5 * D / 50 + np.append(0, added.cumsum()), rtol=1e-11)
    assert curve.error.sel(round=[1, 2, 4, 8]).values == pytest.approx(
        [1.075, 1.103571, 1.127802, 1.144639], abs=1e-6
    )


def test_replacing_least_squares_grows_linearly():
    curve = de.evolve(start=OLS, rounds=12, synthetic=NEW, **WAYS["replace"])
    np.testing.assert_allclose(curve.error, 1 + 0.6 * np.arange(13), rtol=1e-11)
    assert curve.attrs["ends"] == "diverges" and curve.attrs["limit"] == math.inf
    assert "without bound" in curve.attrs["sentence"]


def test_replacing_on_the_same_inputs_adds_the_noise_each_round():
    curve = de.evolve(
        start=OLS, rounds=6, synthetic=REAL.relabelled(noise_variance=0.5), keep="latest", inputs="same"
    )
    np.testing.assert_allclose(curve.error, 1.0 + np.arange(7), rtol=1e-10)


def test_mixing_least_squares_ends_at_its_plateau():
    curve = de.evolve(start=OLS, rounds=24, synthetic=NEW, **WAYS["mix"])
    assert curve.error.sel(round=[1, 2, 4, 8]).values == pytest.approx(
        [1.075, 1.1152, 1.158192, 1.193857], abs=1e-6
    )
    assert curve.attrs["ends"] == "converges" and curve.attrs["limit"] == pytest.approx(1.221714, rel=1e-3)


def test_a_model_that_relabels_its_own_inputs_shrinks():
    s = de.power_law(D, 0.5, trace=D)
    real = de.Source(130, s, noise_variance=0.5)
    start = de.Problem(signal=1 / D, sources=[real], ridge=0.05)
    curve = de.evolve(
        start=start, rounds=2, synthetic=real.relabelled(noise_variance=0), keep="latest", inputs="same"
    )
    assert curve.error.values[-1] == pytest.approx(0.408490, abs=1e-6)


t = np.arange(1, 41)
CURVES = {
    "geometric": (3 - 2 * 0.7**t, "converges", 3.0, 0.01),
    "settled": (np.full(40, 2.0), "converges", 2.0, 1e-12),
    "squares": (np.cumsum(t**-2.0), "converges", np.pi**2 / 6, 0.01),
    "linear": (1.0 + t, "diverges", math.inf, 0),
    "growing": (1.2**t, "diverges", math.inf, 0),
    "infinite": (np.append(t, math.inf), "diverges", math.inf, 0),
    "few": (np.array([1.0, 2.0, 2.5]), "undecided", math.nan, 0),
    "two rates": (-(0.5**t) - 3 * 0.995**t, "undecided", math.nan, 0),
}


@pytest.mark.parametrize("name", CURVES)
def test_where_sequences_end(name):
    error, ends, limit, tolerance = CURVES[name]
    found = ending(error)
    assert found.ends == ends, found
    assert found.limit == pytest.approx(limit, rel=tolerance, nan_ok=True) and found.sentence.endswith(".")


def by_rounds(model, rounds):
    """Thirty fresh real samples in every round, and twenty that the model before has labelled."""
    d = 60
    s = np.arange(1.0, d + 1) ** -0.5
    real = de.Source(30, s, noise_variance=0.5)
    fit = de.Problem(signal=3 / d, sources=[real], ridge=0.02, model=model)
    errors = [de.predict(fit).error]
    for _ in range(rounds - 1):
        labelled = de.Source(20, s, noise_variance=0.5, labels=fit)
        fit = de.Problem(signal=3 / d, sources=[real.again(), labelled], ridge=0.02, model=model)
        errors.append(de.predict(fit).error)
    return errors


@pytest.mark.parametrize(
    ("model", "published"),
    [
        (de.Linear(), [0.7115, 1.0268, 1.1433, 1.1869]),
        (de.RandomProjection(45), [1.1709, 1.1520, 1.1442, 1.1414]),
    ],
)
def test_rounds_of_fresh_real_data_are_those_of_an_independent_program(model, published):
    """Simulated .7200 1.0286 1.1454 1.1884 and 1.1784 1.1590 1.1502 1.1386, ± .004."""
    assert by_rounds(model, 4) == pytest.approx(published, abs=6e-5)


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_mixing_with_the_same_real_data_is_corollary_3(rounds):
    """The first generator on other data, then the same real samples in each round."""
    d, n1, n2, noises = 100, 200, 200, (0.5, 0.3)
    cov = de.isotropic(d)
    other, real = (de.Source(n1, cov, noise_variance=noises[0]) for _ in range(2))
    fit = de.Problem(signal=1 / d, sources=[other], ridge=0)
    for _ in range(rounds):
        labelled = de.Source(n2, cov, noise_variance=noises[1], labels=fit)
        fit = de.Problem(signal=1 / d, sources=[real, labelled], ridge=0)
    wanted = de.paper.corollary_3_reused_finite(
        aspect_ratio=d / (n1 + n2),
        synthetic_share=0.5,
        noise_variances=noises,
        rounds=rounds,
        quality=noises[0] * d / (n1 - d),
    )
    assert de.predict(fit).error == pytest.approx(wanted, rel=1e-9)
