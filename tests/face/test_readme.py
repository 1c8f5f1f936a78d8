"""The findings in the README, recomputed."""

from pathlib import Path

import pytest

import detequiv as de
from detequiv.paper_figures.figures import figure_3, how_many
from detequiv.paper_figures.setups import figure_5_setup

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def text() -> str:
    return " ".join(README.read_text(encoding="utf-8").split())


def test_it_is_short_and_starts_with_the_two_commands(text: str) -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150
    assert 0 < next(i for i, line in enumerate(lines) if line.startswith("make demo")) < 40


@pytest.mark.slow
def test_weight_matters_more_than_amount(text: str) -> None:
    full, best = (de.predict(how_many.mix(10_000, weighting, 1.0)) for weighting in how_many.WEIGHTINGS)
    weight = best.problem.sources[1].weight
    assert f"full weight raise the test error from {how_many.alone():.3f} to {full.error:.3f}" in text
    assert f"at weight {weight:.3f} they lower it to {best.error:.3f}" in text


def test_some_synthetic_data_stop_scaling(text: str) -> None:
    few, many = (de.predict(figure_3.mix(n, 0.1, 1.0)).error for n in (10**4, 10**5))
    clean = [de.predict(figure_3.mix(n, 0.0, 1.0)).error for n in (10**4, 10**5)]
    assert f"halve the error, {few:.3f} to {many:.3f}" in text
    assert clean[0] / clean[1] == pytest.approx(10, rel=0.02) and few / many == pytest.approx(2, rel=0.1)


def test_larger_can_be_worse(text: str) -> None:
    error = figure_5_setup.lines().error.sel(quality=1.0)
    best, widest = float(error.min()), float(error.sel(width=1000))
    assert f"lowest, {best:.2f}, at width {int(error.idxmin())}, and {widest:.2f} at width 1000" in text
