"""Where a simulated curve is lowest: parabolas, jackknife and bootstrap."""

import numpy as np
import pytest

from detequiv.paper_figures.computing.compared_samples import compare_samples, pseudovalues
from detequiv.paper_figures.computing.minima import bootstrap_curves, lowest_samples, vertex
from detequiv.paper_figures.setups.step_changes import change_samples

X = np.array([0.0, 0.5, 0.7, 1.5, 2.0])


@pytest.mark.parametrize("lowest", [0.55, 0.9, 1.4])
def test_the_vertex_of_a_parabola_is_found_on_an_uneven_grid(lowest: float) -> None:
    y = (X - lowest) ** 2
    assert vertex(X, y, int(y.argmin())) == pytest.approx(lowest, rel=1e-12)


def test_a_falling_curve_is_lowest_at_its_end_and_nowhere_beyond() -> None:
    assert vertex(X, -X, 4) == X[3]  # no valley: the middle one of the last three
    assert vertex(X, (X - 9.0) ** 2, 4) == X[4]


def test_several_curves_have_their_own_minima() -> None:
    y = np.stack([(X - 0.6) ** 2, (X - 1.4) ** 2], axis=1)
    assert vertex(X, y, y.argmin(axis=0)).tolist() == pytest.approx([0.6, 1.4])


def noisy(rng: np.random.Generator, trials: int) -> np.ndarray:
    """Parabolas around 0.8 whose places scatter by 0.2."""
    return (X[:, None] - 0.8 - 0.2 * rng.normal(size=trials)) ** 2


def test_the_error_bar_of_a_minimum_is_its_scatter_over_repetitions() -> None:
    rng = np.random.default_rng(0)
    runs = [lowest_samples(X, noisy(rng, 40)) for _ in range(400)]
    found = np.array([run.mean() for run in runs])
    claimed = np.array([run.std(ddof=1) / np.sqrt(40) for run in runs])
    # the scatter of 400 numbers is known to 1/√800 = 3.5%
    assert claimed.mean() == pytest.approx(found.std(ddof=1), rel=0.15)
    assert abs(found.mean() - 0.8) < 4 * 0.2 / np.sqrt(40 * 400)


def test_a_bootstrap_draw_takes_the_same_trials_everywhere() -> None:
    samples = np.random.default_rng(1).normal(size=(1, 30)).repeat(2, axis=0)
    draws = bootstrap_curves(samples, 500, seed=2)
    assert draws.shape == (2, 500) and np.array_equal(draws[0], draws[1])
    expected = samples[0].std() / np.sqrt(30)
    assert draws[0].std() == pytest.approx(expected, rel=0.15)  # 1/√1000 = 3%, five times


def test_changes_have_the_error_bar_of_a_ratio() -> None:
    rng = np.random.default_rng(3)
    before, after = 2 + 0.1 * rng.normal(size=200), 1 + 0.1 * rng.normal(size=200)
    samples = change_samples(before, after)
    ratio = after.mean() / before.mean()
    assert samples.mean() == pytest.approx(100 * (ratio - 1), rel=1e-3)  # bias of order 1/trials
    scatter = 100 * ratio * np.std(after / after.mean() - before / before.mean())  # delta method
    assert samples.std() == pytest.approx(scatter, rel=0.02)


def test_pseudovalues_of_a_square_lose_its_bias() -> None:
    x = np.random.default_rng(4).normal(size=(3000, 20))
    without = (x.sum(axis=1, keepdims=True) - x) / 19
    square = pseudovalues(x.mean(axis=1) ** 2, without**2).mean(axis=1)
    # E mean² = 1/20, the square of the mean is 0; 3000 repetitions of sd about √2/20
    assert abs(square.mean()) < 5 * square.std() / np.sqrt(3000) < 0.01


def test_places_without_a_prediction_stay_empty() -> None:
    import xarray

    predicted = xarray.DataArray([1.0, np.nan], dims="m")
    points = compare_samples(predicted, np.array([[1.0, 1.0], [5.0, 6.0]]), 0.1)
    assert points.verdict.values.tolist() == ["agrees", ""]
    assert np.isnan(points.simulated.values[1]) and np.isnan(points.stderr.values[1])
