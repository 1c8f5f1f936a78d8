"""The simulators of figures 9 and 10: each coefficient against its definition, draw by draw."""

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.setups.least_squares import SERIES, chains, weighted_fits

REAL, SYNTHETIC, D, SEED = 40, 25, 8, 3


def generator() -> np.random.Generator:
    """Of the first trial."""
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(0,)))


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_coefficients_of_a_weighted_fit_are_sums_over_its_labels(weight: float) -> None:
    run = weighted_fits(REAL, SYNTHETIC, D, [0.5, weight], 1, SEED)
    rng = generator()
    X1, X2 = rng.standard_normal((REAL, D)), rng.standard_normal((SYNTHETIC, D))
    a1, a2 = de.mixing_weights(weight, (REAL, SYNTHETIC))
    R = np.linalg.inv(a1 * X1.T @ X1 + a2 * X2.T @ X2)
    parts = {
        "real noise": a1 * R @ X1.T,
        "synthetic noise": a2 * R @ X2.T,
        "shift": a2 * R @ X2.T @ X2 / np.sqrt(D),
    }
    for name, part in parts.items():
        # rounding times the condition of these matrices, below 100
        assert run[name][1, 0] == pytest.approx((part**2).sum(), rel=1e-12, abs=1e-14)


def test_the_coefficients_of_a_chain_are_sums_over_its_labels() -> None:
    rounds = 3
    run = chains(REAL, SYNTHETIC, D, rounds, 1, SEED)
    rng = generator()
    stay = rng.standard_normal((REAL, D))
    same = fresh = once = [np.eye(D)]  # of the first labels; then of each noise that came in
    clean = [np.zeros((D, D)), np.linalg.inv(stay.T @ stay) @ stay.T]
    for t in range(rounds):
        X2 = rng.standard_normal((SYNTHETIC, D))
        X1 = rng.standard_normal((REAL, D)) if t else stay
        R, S = np.linalg.inv(stay.T @ stay + X2.T @ X2), np.linalg.inv(X1.T @ X1 + X2.T @ X2)
        passed, noise = R @ X2.T @ X2, R @ stay.T
        old = [passed @ part for part in same]
        # the noise of the real labels comes back: it adds up, at place 1
        returned = old[1] + noise if t else noise
        same = [old[0], returned, *old[2:], R @ X2.T]
        fresh = [*(S @ X2.T @ X2 @ part for part in fresh), S @ X1.T, S @ X2.T]
        once = once if t else fresh
    for i, parts in enumerate((clean, once, same, fresh)):
        shift, *noises = [(part**2).sum() for part in parts]
        assert run["shift"][i, 0] == pytest.approx(shift / D, rel=1e-11), SERIES[i]
        assert run["noise"][i, 0] == pytest.approx(sum(noises), rel=1e-11), SERIES[i]


def test_weighted_fits_have_the_error_of_the_general_simulator() -> None:
    spectrum, (a1, a2) = de.isotropic(D), de.mixing_weights(0.3, (REAL, SYNTHETIC))
    shift = de.label_shift(spectrum, 0.25)
    sources = [
        de.Source(REAL, spectrum, noise_variance=0.6, weight=a1),
        de.Source(SYNTHETIC, spectrum, noise_variance=0.3, weight=a2, shift=shift),
    ]
    general = de.simulate(de.Problem(signal=1.0, sources=sources, ridge=0.0), trials=300)
    run = weighted_fits(REAL, SYNTHETIC, D, [0.3], 300, SEED)
    own = (0.6 * run["real noise"] + 0.3 * run["synthetic noise"] + 0.25 * run["shift"])[0]
    stderr = np.hypot(general.stderr.error, own.std() / np.sqrt(300))
    assert abs(own.mean() - general.mean.error) < 4.5 * stderr  # by chance 1 in 100 000


def test_trials_extend_each_other() -> None:
    two, three = (chains(REAL, SYNTHETIC, D, 2, trials, SEED) for trials in (2, 3))
    assert all((three[name][:, :2] == two[name]).all() for name in two)
    one, other = (weighted_fits(REAL, SYNTHETIC, D, [0.5], 2, seed) for seed in (0, 1))
    assert (one["shift"] != other["shift"]).all()
