"""Simulated numbers that theory was first checked against, simulated again.

The quoted means and standard errors come from an independent program (labels integrated out, 300
trials unless said). Two simulations of one thing differ by less than 4 standard errors of their
difference, √(ours² + theirs²), plus half a unit of the last digit quoted. Where no standard error
was quoted, theirs is taken to be ours at 300 trials.
"""

from typing import Any

import numpy as np
import pytest
import scipy.fft

import detequiv as de

D = 300
J = np.arange(1.0, D + 1)


def assert_same(ours: float, stderr: float, quoted: float, theirs: float, digit: float) -> None:
    assert abs(ours - quoted) <= 4 * np.hypot(stderr, theirs) + digit / 2


def set_up_a(model: Any, ridge: float) -> de.Problem:
    """Two unlike covariances, weights, noise and shifts."""
    first, second = J**-0.5, np.roll(J**-0.9, 50)
    return de.Problem(
        signal=1 / D,
        sources=[
            de.Source(150, first / first.mean(), noise_variance=0.6),
            de.Source(70, 2 * second / second.mean(), noise_variance=0.3, weight=0.7, shift=0.5 / D),
        ],
        ridge=ridge,
        model=model,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "ridge", "quoted", "theirs"),
    [
        (de.Linear(), 0.02, 1.4039, 0.0007),
        (de.RandomProjection(80), 0.02, 1.3605, 0.0007),
        (de.RandomProjection(250), 0.02, 1.9714, 0.0011),
        (de.Linear(), 0.0, 1.9213, 0.0020),
        (de.RandomProjection(80), 0.0, 1.4531, 0.0009),
        (de.RandomProjection(280), 0.0, 4.9169, 0.0085),
        (de.RandomProjection(600), 0.0, 2.3853, 0.0025),
        (de.OrthogonalProjection(80), 0.02, 1.3811, 0.0007),
        (de.OrthogonalProjection(280), 0.0, 2.6700, 0.0038),
    ],
    ids=[
        "linear",
        "80",
        "250",
        "linear, no ridge",
        "80, no ridge",
        "280, no ridge",
        "600, no ridge",
        "80 orthogonal",
        "280 orthogonal, no ridge",
    ],
)
def test_errors_of_set_up_a(model: Any, ridge: float, quoted: float, theirs: float) -> None:
    run = de.simulate(set_up_a(model, ridge), trials=60)
    assert_same(run.mean.error, run.stderr.error, quoted, theirs, 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "quoted", "theirs", "digit"),
    [
        (de.RandomProjection(150), (0.4021, 0.5202), (0.0002, 0.0005), 1e-4),
        (de.Linear(), (0.02162, 0.02712), (0.00003, 0.00004), 1e-5),
    ],
    ids=["150", "linear"],
)
def test_training_errors_of_set_up_a(model: Any, quoted: Any, theirs: Any, digit: float) -> None:
    run = de.simulate(set_up_a(model, 0.05), trials=60)
    for k in range(2):
        ours, stderr = run.mean.training_errors[k], run.stderr.training_errors[k]
        assert ours is not None
        assert stderr is not None
        assert_same(ours, stderr, quoted[k], theirs[k], digit)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "quoted", "theirs"), [(80, 1.511, 0.015), (200, 2.549, 0.025), (500, 1.479, 0.011)]
)
def test_features_of_tanh_in_set_up_a(width: int, quoted: float, theirs: float) -> None:
    """Quoted from 200 naive trials; ours on test sets, with labels integrated out."""
    doubled = de.Activation("tanh(2z)", lambda z: np.tanh(2 * z))
    mix = set_up_a(de.RandomFeatures(width, doubled, 1 / D), 0.02)
    run = de.simulate(mix, trials=4, training=False)
    assert_same(run.mean.error, run.stderr.error, quoted, theirs, 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "quoted", "theirs"),
    [
        (de.Linear(), 0.46178, 0.00036),
        (de.RandomProjection(100), 0.37718, 0.00086),
        (de.RandomProjection(180), 0.47285, 0.00074),
    ],
    ids=["linear", "100", "180"],
)
def test_fixed_truths_and_covariances_that_do_not_commute(model: Any, quoted: float, theirs: float) -> None:
    d = 200
    j = np.arange(1.0, d + 1)
    cosines = scipy.fft.dct(np.eye(d), norm="ortho", axis=0)
    second = 2 * cosines.T @ np.diag(j**-0.9) @ cosines
    shift = np.where(j <= d / 2, 0.7, -0.7) / np.sqrt(d)
    mix = de.Problem(
        signal=de.Fixed((-1) ** j / np.sqrt(d)),
        sources=[
            de.Source(90, np.diag(j**-0.5), noise_variance=0.3),
            de.Source(60, (second + second.T) / 2, noise_variance=0.7, weight=0.7, shift=de.Fixed(shift)),
        ],
        ridge=0.02,
        model=model,
    )
    run = de.simulate(mix, trials=100, training=False)
    assert_same(run.mean.error, run.stderr.error, quoted, theirs, 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "m", "p2", "ridge", "precision", "collapse", "theirs", "variance"),
    [
        (400, 150, 0.1, 0.05, False, 0.0393, 0.0003, 0.0222),
        (400, 150, 0.3, 0.05, False, 0.1398, 0.0007, 0.0374),
        (200, 350, 0.1, 0.02, False, 0.1893, 0.0015, 0.1228),
        (400, 300, 0.5, 0.01, True, 0.5055, 0.0008, 0.1698),
    ],
)
def test_collapse_and_variance_where_theorem_2_was_misprinted(
    n: int, m: int, p2: float, ridge: float, precision: bool, collapse: float, theirs: float, variance: float
) -> None:
    s = de.Spectrum(J**-0.8 / (J**-0.8).mean())
    second = round(p2 * n)
    mix = de.Problem(
        signal=1 / D,
        sources=[
            de.Source(n - second, s, noise_variance=0.04),
            de.Source(second, s, noise_variance=0.25, shift=1 / s.values / D if precision else 1 / D),
        ],
        ridge=ridge,
        model=de.RandomProjection(m),
    )
    run = de.simulate(mix, trials=40, training=False)
    assert_same(run.mean.collapse, run.stderr.collapse, collapse, theirs, 1e-4)
    at_300_trials = run.stderr.variance * np.sqrt(run.trials / 300)
    assert_same(run.mean.variance, run.stderr.variance, variance, at_300_trials, 1e-4)


def test_single_step_mixing() -> None:
    """Isotropic, many samples, a negligible ridge: bias vanishes; quoted .0780 ± .0001."""
    n, d, σ2, p2, a = 4000, 100, (1.0, 0.25), 0.5, 0.2
    s = de.isotropic(d)
    first, second = de.mixing_weights(a, (1 - p2, p2))
    mix = de.Problem(
        signal=1 / d,
        sources=[
            de.Source(round((1 - p2) * n), s, noise_variance=σ2[0], weight=first),
            de.Source(round(p2 * n), s, noise_variance=σ2[1], weight=second, shift=1 / d),
        ],
        ridge=1e-9,
    )
    run = de.simulate(mix, trials=40, training=False)
    assert_same(run.mean.error, run.stderr.error, 0.0780, 0.0001, 1e-4)
    assert run.mean.bias < 1e-15


@pytest.mark.slow
def test_integrating_the_labels_out_pays() -> None:
    """Quoted: .371246 ± .000139 from 200 trials, and a variance per trial 453 times smaller.

    The ratio of two variances of 60 trials each is known to a factor of e^(4·.26) = 2.8 at four
    standard deviations: 100 is far below 453/2.8.
    """
    j = np.arange(1.0, 401)
    mix = de.Problem(
        signal=1 / 400,
        sources=[
            de.Source(175, j**-0.5, noise_variance=0.6),
            de.Source(75, np.roll(j**-0.9, 50), noise_variance=0.6, weight=0.7, shift=0.5 / 400),
        ],
        ridge=0.02,
        model=de.RandomProjection(200),
    )
    integrated, naive = (
        de.simulate(mix, trials=60, method=method, training=False) for method in ("conditional", "naive")
    )
    assert_same(integrated.mean.error, integrated.stderr.error, 0.371246, 0.000139, 1e-6)
    assert_same(naive.mean.error, naive.stderr.error, 0.3678, 0.0030, 1e-4)
    assert naive.stderr.error**2 > 100 * integrated.stderr.error**2
