"""Figure 5: its landmarks, and that it and the demo draw."""

import io
from pathlib import Path

import numpy as np
import pytest

from detequiv.cli import main
from detequiv.paper_figures import demo, figure_5
from detequiv.paper_figures.look import blank, styled
from detequiv.paper_figures.width_curves import draw, measured, predicted, verdicts

WIDTHS = [10, 100, 200, 300, 400, 480, 500, 520, 600, 700, 800, 1000]
# The published curves, to the digits that are shown; computed by an independent program.
LANDMARKS = {
    0.0: [0.814, 0.522, 0.460, 0.464, 0.584, 1.61, 2.97, 1.43, 0.405, 0.255, 0.205, 0.165],
    1.0: [0.825, 0.642, 0.744, 1.02, 1.86, 7.59, 15.9, 8.50, 3.13, 2.34, 2.07, 1.851],
}


@pytest.mark.parametrize("quality", LANDMARKS)
def test_the_lines_pass_the_landmarks(quality: float) -> None:
    lines = predicted(figure_5.mix, WIDTHS, [quality])
    found = lines.error.sel(quality=quality).values
    assert [float(f"{x:.3g}") for x in found] == [float(f"{x:.3g}") for x in LANDMARKS[quality]]


def test_the_peak_is_at_the_interpolation_threshold() -> None:
    lines = predicted(figure_5.mix, figure_5.WIDTHS, figure_5.QUALITIES)
    assert (abs(lines.error.idxmax("width") - 500) <= 1).all()  # the ridge is small, not 0


def test_perfect_labels_want_the_widest_model_and_bad_ones_a_narrow_one() -> None:
    lines = predicted(figure_5.mix, figure_5.WIDTHS, figure_5.QUALITIES)
    assert int(lines.error.sel(quality=0.0).idxmin()) == 1000
    bad = lines.error.sel(quality=1.0)
    assert 80 <= int(bad.idxmin()) <= 110
    assert float(bad.where(bad.width > 500).min()) > float(bad.min())


def test_simulated_points_lie_on_the_lines_and_share_their_draws() -> None:
    points = measured(figure_5.mix, [50], [0.0, 1.0], trials=4, seed=1)
    # four trials: the mean is within 5 standard errors plus 2 % of the line
    apart = abs(points.simulated - points.predicted)
    assert (apart <= 5 * points.stderr + 0.02 * points.predicted).all()
    assert "Of 2 points" in verdicts(points)


def test_a_point_that_disagrees_is_ringed() -> None:
    lines = predicted(figure_5.mix, [50, 100], [0.0, 1.0])
    points = measured(figure_5.mix, [50], [0.0, 1.0], trials=2, seed=1)
    points["verdict"][0, 1] = "disagrees"
    with styled():
        figure, axes = blank()
        draw(axes, lines, points, 500)
        figure.savefig(io.BytesIO(), format="png")
    rings = [line for line in axes.lines if line.get_markersize() == 12 and len(line.get_xdata())]
    assert [list(map(float, np.ravel(ring.get_xdata()))) for ring in rings] == [[50.0]]
    assert "1 disagree (ringed)" in verdicts(points)


def test_the_figure_is_written_with_its_table_and_caption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure_5, "POINTS", (10, 100))
    png, pdf, csv, caption = figure_5.make(tmp_path, trials=2)
    assert png.read_bytes().startswith(b"\x89PNG")
    assert pdf.read_bytes().startswith(b"%PDF") and b"/Type3" not in pdf.read_bytes()
    lines = csv.read_text(encoding="utf-8").splitlines()
    assert "seed 0" in csv.read_text(encoding="utf-8") and lines[0].startswith("# ")
    assert sum(not line.startswith("#") for line in lines) == 1 + 2 * 4
    assert "2 simulated trials" in caption.read_text(encoding="utf-8")


def test_the_demo_answers_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "POINTS", (10, 100))
    assert main(["demo", "--out", str(tmp_path)]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "With 40% synthetic data of quality c² = 1 the best width is 89" in printed
    assert "every model wider than the data (m > n = 500) does worse" in printed
    assert str(tmp_path / "demo.png") in printed and (tmp_path / "demo.png").exists()
