"""Figures 1 and 2 of Model Collapse Demystified: landmarks, best ridges, the simulated chain."""

from types import ModuleType

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.style import styled
from detequiv.paper_figures.figures import demystified_1, demystified_2
from detequiv.paper_figures.setups.generations import GENERATIONS, Chain, chain_terms, lines, simulated

MODULES = (demystified_1, demystified_2)

# From the closed form, Corollary 4.7 of the paper, by an independent program; simulated there too.
LANDMARKS = {1e-3: [0.0043, 0.0442, 0.1239, 0.4031], 0.5: [0.1649, 0.1810, 0.2132, 0.3260]}

SMALL = Chain(de.power_law(12, 1.0), 0.5, samples=40, noise_variance=0.3, fitted=30, generator_noise=0.2)


@pytest.mark.parametrize("ridge", LANDMARKS)
def test_the_lines_pass_the_landmarks(ridge: float) -> None:
    assert ridge in demystified_1.RIDGES
    found = lines(demystified_1.CHAIN, [ridge]).error.sel(ridge=ridge).values
    assert [round(x, 4) for x in found.tolist()] == LANDMARKS[ridge]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__[-12:])
def test_each_curve_has_one_valley_and_the_best_ridge_grows(module: ModuleType) -> None:
    error = lines(module.CHAIN, module.RIDGES).error
    turns = (np.diff(np.sign(np.diff(error.values, axis=0)), axis=0) != 0).sum(axis=0)
    assert turns.tolist() == [1] * len(GENERATIONS)
    best = error.idxmin("ridge").values
    assert (np.diff(np.log(best)) > 0.5).all()  # by more than the step of the grid, 0.12 at most


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__[-12:])
def test_no_ridge_occurs_twice_but_for_rounding(module: ModuleType) -> None:
    assert set(module.POINTS) <= set(module.RIDGES)
    assert (np.diff(np.log(module.RIDGES)) > 1e-9).all()


def test_every_generation_adds_the_same() -> None:
    error = lines(demystified_2.CHAIN, (1e-4, 1e-2)).error
    added = error - error.sel(generations=0)
    # linear in n: the rounding of sums of terms 10 times the smallest
    assert abs(added.sel(generations=10) / added.sel(generations=1) - 10).max() < 1e-10


def test_the_signal_is_on_the_edge_of_its_source_condition() -> None:
    k, λ = np.arange(1, 301), demystified_2.CHAIN.spectrum.values
    terms = λ ** (1 - 2 * 0.375) * demystified_2.SIGNAL
    assert abs(terms * k - 1).max() < 1e-12  # 1/k: its sum just diverges
    assert abs(demystified_2.SIGNAL * λ * k**2.5 - 1).max() < 1e-12


def brute_force(ridge: float, generators: int, runs: int) -> np.ndarray:
    """The chain as it is written in the paper, all runs at once: every label drawn, every model
    fitted."""
    rng = np.random.default_rng(7)
    Σ = SMALL.spectrum.values

    def refitted(w: np.ndarray, n: int, noise_variance: float, ridge: float) -> np.ndarray:
        X = rng.normal(size=(runs, n, 12)) * np.sqrt(Σ)
        y = X @ w + rng.normal(size=(runs, n, 1)) * np.sqrt(noise_variance)
        Xᵀ = X.swapaxes(1, 2)
        return np.linalg.solve(Xᵀ @ X / n + ridge * np.eye(12), Xᵀ @ y / n)

    w = truth = rng.normal(size=(runs, 12, 1)) * np.sqrt(SMALL.signal)
    for _ in range(generators):
        w = refitted(w, SMALL.fitted, SMALL.generator_noise, 0.0)
    fit = refitted(w, SMALL.samples, SMALL.noise_variance, ridge)
    return ((fit - truth)[:, :, 0] ** 2 * Σ).sum(axis=1)


@pytest.mark.parametrize(("ridge", "generators"), [(0.05, 0), (0.05, 3), (1.0, 3)])
def test_integrating_noise_and_truth_out_changes_the_noise_and_not_the_mean(
    ridge: float, generators: int
) -> None:
    drawn = brute_force(ridge, generators, 1500)
    exact = chain_terms(
        SMALL.problem(1.0, 0),
        SMALL.fitted,
        SMALL.generator_noise,
        (ridge,),
        (generators,),
        seed=1,
        first=0,
        last=300,
    )["error"][0, 0]
    spread = np.hypot(drawn.std() / np.sqrt(1500), exact.std() / np.sqrt(300))
    assert abs(drawn.mean() - exact.mean()) < 4.5 * spread  # by chance once in 100 000
    assert exact.std() < 0.5 * drawn.std()


def test_without_generators_a_trial_is_a_conditional_trial_in_the_mean() -> None:
    problem = SMALL.problem(0.1, 0)
    run = de.simulate(problem, trials=300, seed=2, training=False)
    own = chain_terms(problem, 30, 0.2, (0.1,), (0,), seed=3, first=0, last=300)["error"][0, 0]
    spread = np.hypot(run.stderr.error, own.std() / np.sqrt(300))
    assert abs(own.mean() - run.mean.error) < 4.5 * spread


def test_a_long_run_extends_a_short_one_and_ridges_share_their_draws() -> None:
    setting = (SMALL.problem(1.0, 0), 30, 0.2)
    long = chain_terms(*setting, (0.1, 1.0), (0, 2), seed=4, first=0, last=5)["error"]
    part = chain_terms(*setting, (1.0,), (2,), seed=4, first=3, last=5)["error"]
    # other shapes of the same products: rounding
    np.testing.assert_allclose(part[0, 0], long[1, 1, 3:], rtol=1e-12)


def test_generators_are_exactly_a_sample_more_costly_than_the_theory_says() -> None:
    # E tr Σ(XᵀX)⁻¹ = d/(T_0 − d − 1): without ridge and with plenty of samples nothing else is left
    chain = Chain(SMALL.spectrum, 0.5, 4000, 0.0, fitted=30, generator_noise=0.2)
    errors = chain_terms(chain.problem(1.0, 0), 30, 0.2, (1e-9,), (2,), seed=5, first=0, last=300)["error"][
        0, 0
    ]
    exact = 2 * 0.2 * 12 / (30 - 12 - 1)
    assert abs(errors.mean() - exact) < 4.5 * errors.std() / np.sqrt(300)
    assert abs(errors.mean() - exact) < 0.5 * (exact - 2 * 0.2 * 12 / 18) + 3 * errors.std() / 17


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__[-12:])
def test_points_are_held_against_the_lines_and_captions_name_what_was_inferred(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POINTS", module.POINTS[::7])
    tables = module.compute(Work(trials=2, seed=5))
    line = tables.lines.error.sel(ridge=list(module.POINTS))
    # sweep promises the same numbers to 1e-13, whatever is solved together
    assert abs(tables.points.predicted.squeeze("term") / line - 1).max() < 1e-12
    said = " ".join(module.caption(tables).split())
    assert "nferred" in said and "2 simulated trials (seed 5)" in said
    assert f"of {4 * len(module.POINTS)} points" in said
    with styled():
        (axes,) = module.draw(*tables, "title").axes
    assert axes.get_xlabel() == "ridge of the last fit, $\\lambda$"
    stars = [line for line in axes.lines if line.get_marker() == "*"]
    assert [float(np.ravel(star.get_xdata())[0]) for star in stars] == pytest.approx(
        tables.lines.best_ridge.values.tolist()
    )


def test_blocks_of_trials_join_in_their_order() -> None:
    points = simulated(SMALL, (0.1,), Work(trials=23, seed=6))
    whole = chain_terms(SMALL.problem(1.0, 0), 30, 0.2, (0.1,), GENERATIONS, seed=6, first=0, last=23)[
        "error"
    ]
    assert points.simulated.values.ravel() == pytest.approx(whole.mean(axis=-1).ravel(), rel=1e-12)
