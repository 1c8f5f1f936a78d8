"""Figure 5 and the setup that it shares: landmarks, and that it and the demo draw."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

import detequiv as de
from detequiv.cli import main
from detequiv.paper_figures import demonstration as demo
from detequiv.paper_figures.computing.work import Work
from detequiv.paper_figures.drawing.captions import departure, tally
from detequiv.paper_figures.setups import figure_5_setup

WIDTHS = [10, 100, 200, 300, 400, 480, 500, 520, 600, 700, 800, 1000]
# The published curves, to the digits that are shown; computed by an independent program.
LANDMARKS = {
    0.0: [0.814, 0.522, 0.460, 0.464, 0.584, 1.61, 2.97, 1.43, 0.405, 0.255, 0.205, 0.165],
    1.0: [0.825, 0.642, 0.744, 1.02, 1.86, 7.59, 15.9, 8.50, 3.13, 2.34, 2.07, 1.851],
}


@pytest.mark.parametrize("quality", LANDMARKS)
def test_the_lines_pass_the_landmarks(quality: float) -> None:
    found = figure_5_setup.lines().error.sel(quality=quality, width=WIDTHS).values
    assert [float(f"{x:.3g}") for x in found] == [float(f"{x:.3g}") for x in LANDMARKS[quality]]


def test_the_peak_is_at_the_interpolation_threshold() -> None:
    error = figure_5_setup.lines().error
    assert (abs(error.idxmax("width") - 500) <= 2).all()  # a step; the ridge is small, not 0


def test_perfect_labels_want_the_widest_model_and_bad_ones_a_narrow_one() -> None:
    error = figure_5_setup.lines().error
    assert int(error.sel(quality=0.0).idxmin()) == 1000
    bad = error.sel(quality=1.0)
    assert 80 <= int(bad.idxmin()) <= 110
    assert float(bad.where(bad.width > 500).min()) > float(bad.min())


def test_no_model_wider_than_the_data_is_as_good_as_the_best_one() -> None:
    bad = figure_5_setup.lines().error.sel(quality=1.0)
    wider = [de.predict(figure_5_setup.mix(m, 1.0)).error for m in (501, 1000, 3000, 10**4, 10**6)]
    linear = dataclasses.replace(figure_5_setup.mix(10, 1.0), ridge=0.0, model=de.Linear())
    assert min(*wider, de.predict(linear).error) > 2 * float(bad.min())


def test_the_signal_of_the_appendix_has_hardly_any_bias() -> None:
    most = float(figure_5_setup.lines().bias.max()) / 600  # Γ = I/d instead of I
    assert 0.00405 < most < 0.0042
    assert "at most 0.0042" in " ".join(figure_5_setup.SETUP.split())


def test_simulated_points_lie_on_the_lines_and_their_sum_is_the_error() -> None:
    points = figure_5_setup.simulated((50,), Work(trials=4, seed=1))
    # four trials: the mean is within 5 standard errors plus 2% of the line
    error = points.sel(term="error")
    assert (abs(error.simulated - error.predicted) <= 5 * error.stderr + 0.02 * error.predicted).all()
    parts = points.sel(term=["bias", "variance", "collapse"]).sum("term")
    assert abs(parts.simulated / error.simulated - 1).max() < 1e-12  # the same numbers, added up


def test_a_point_is_what_simulate_gives_at_its_place() -> None:
    points = figure_5_setup.simulated((50,), Work(trials=4, seed=1)).sel(width=50, quality=0.5, term="error")
    run = de.simulate(figure_5_setup.mix(50, 0.5), trials=4, seed=1)
    assert float(points.simulated) == pytest.approx(run.mean.error, rel=1e-12)  # rescaled: rounding
    assert float(points.stderr) == pytest.approx(run.stderr.error, rel=1e-10)
    verdict = de.compare(de.predict(figure_5_setup.mix(50, 0.5)), run).term("error").verdict
    assert points.verdict == verdict.value


def test_the_figure_shows_the_error_alone(made: dict[str, list[Path]]) -> None:
    _, _, csv, _, caption = made["5"]
    table = pd.read_csv(csv)
    assert len(table.dropna(subset="simulated")) == 2 * 4 and set(table.term) == {"error"}
    assert len(table) == len(figure_5_setup.WIDTHS) * 4  # the lines, too
    said = " ".join(caption.read_text(encoding="utf-8").split())
    points = figure_5_setup.simulated((10, 100), Work(trials=2, seed=5)).sel(term="error")
    assert "2 simulated trials (seed 5" in said
    assert tally(points.verdict) in said and departure(points) in said


@pytest.mark.slow
def test_the_demo_answers_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "POINTS", (10, 100))
    assert main(["demo", "--out", str(tmp_path)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "With 40% synthetic data of quality c² = 1 the best width is 89" in printed
    assert "with more features than samples (m > n = 500) the error is at least 1.851" in printed
    assert "c² = 0 (perfect labels) the best width is 1000" in printed
    assert "16 trials are too few to tell (alpha = 0.01 for each point)" in printed
    assert "Of 8 points" in printed
    assert str(tmp_path / "demo.png") in printed and (tmp_path / "demo.png").exists()
