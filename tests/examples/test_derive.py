"""The examples of derivations run as they stand, and print what they promise."""

import runpy
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.slow
def test_a_theorem_of_ones_own_is_derived_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    matplotlib.use("agg")
    picture = tmp_path / "own.png"
    monkeypatch.setattr(sys, "argv", ["derive_your_own.py", "--out", str(picture), "--trials", "4"])
    found = runpy.run_path(str(EXAMPLES / "derive_your_own.py"))
    printed = capsys.readouterr().out
    assert "Reduced from 8 unknowns to 4." in printed and picture.stat().st_size > 20_000
    values, size = found["truth"], 10**7
    σ, weight, λ = (values[found[key]] for key in ("Σ", "Γ", "lam"))
    for teacher in found["teachers"]:  # the title
        own = {**values, found["n0"]: teacher}
        student = found["predict"]({**own, found["n"]: np.geomspace(15, 1e6, 30)})
        assert (student > found["predict_teacher"](own)).all()
    alone = np.sum(weight * σ * (1 - (σ / (σ + λ)) ** 2) ** 2)  # of the two ridges, with all data
    assert found["predict"]({**values, found["n0"]: size, found["n"]: size}) == pytest.approx(alone, rel=1e-4)


@pytest.mark.slow
def test_theorem_2_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "derive_theorem_2.py"))
    printed = capsys.readouterr().out
    numbers = dict(
        line.split()[:2] for line in printed.splitlines() if line[:4] in ("deri", "righ", "prin", "samp")
    )
    assert numbers["derived"] == numbers["right"] != numbers["printed"]
    assert abs(float(numbers["sampled"]) / float(numbers["right"]) - 1) < 0.05
    assert "The theorem as printed (v2) differs from it" in printed
