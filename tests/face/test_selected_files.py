"""The command line on problem files with selected samples."""

import csv
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import detequiv as de
from detequiv.cli import main

FILE = Path(__file__).resolve().parents[2] / "examples" / "selected.toml"
ORACLE = (
    "--set 'sources[1].labels={sign={w=[0.9,0.1,0.4,0.3,0.6,0.1],flip=0.1}}' "
    "--set 'sources[1].keep={agree={w=[0.6,0.5,0.4,0.3,0.3,0.0]}}'"
)


def run(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str]:
    status = main(shlex.split(line))
    out, err = capsys.readouterr()
    assert err == ""
    return status, out


def problem(t: float = 0.5, draws: int = 1200) -> de.Problem:
    s = [1.0, 1.0, 0.8, 0.8, 0.5, 0.5]
    kept = de.select(
        draws,
        s,
        labels=de.labels.linear([0.9, 0.1, 0.4, 0.3, 0.6, 0.1], noise_variance=0.25),
        keep=de.rules.near([0.6, 0.5, 0.4, 0.3, 0.3, 0.0], t),
    )
    signal = de.Fixed([0.6, 0.6, 0.4, 0.3, 0.2, 0.1])
    return de.Problem(signal=signal, sources=[de.Source(60, s, noise_variance=0.25), kept], ridge=0.05)


def test_predict_tells_what_is_kept(capsys: Any) -> None:
    status, out = run(capsys, f"predict {FILE}")
    assert status == 0 and "600 samples kept of 1200 (49.98 %," in " ".join(out.split())
    assert "drawn N" in out and "0-1 error" not in out
    found = json.loads(run(capsys, f"predict {FILE} --json")[1])
    assert found["error"] == de.predict(problem()).error
    assert found["sources"][1]["drawn"] == 1200 and found["sources"][1]["samples"] == 600


def test_classes_get_a_0_1_error(capsys: Any, tmp_path: Path) -> None:
    out = run(capsys, f"predict {FILE} {ORACLE} --out {tmp_path / 'a.csv'}")[1]
    found = json.loads(run(capsys, f"predict {FILE} {ORACLE} --json")[1])["classification_error"]
    assert f"0-1 error {found:.4g}, of sign f(x) against sign xᵀw_t." in " ".join(out.split())
    with (tmp_path / "a.csv").open(encoding="utf-8") as file:
        assert float(next(csv.DictReader(file))["classification_error"]) == found


def test_thresholds_and_draws_vary(capsys: Any) -> None:
    line = f"sweep {FILE} --vary sources[1].keep.near.t=0.2,0.5 --vary sources[1].draws=0,1200 --json"
    rows = json.loads(run(capsys, line)[1])
    points = [(row["sources_1_keep_near_t"], row["sources_1_draws"]) for row in rows]
    assert points == [(0.2, 0), (0.2, 1200), (0.5, 0), (0.5, 1200)]
    assert [row["error"] for row in rows] == [de.predict(problem(*point)).error for point in points]


def test_one_of_several_rules_varies(capsys: Any) -> None:
    rules = "[{random={p=0.5}},{agree={w=[0.6,0.5,0.4,0.3,0.3,0.0]}}]"
    line = f"sweep {FILE} --set 'sources[1].keep={rules}' --vary sources[1].keep[0].random.p=0.5,1 --json"
    half, whole = json.loads(run(capsys, line)[1])
    assert half["variance"] > whole["variance"]


def test_simulate_and_verify_take_them(capsys: Any) -> None:
    out = json.loads(run(capsys, f"simulate {FILE} --trials 3 --json")[1])
    assert out["mean"]["error"] == de.simulate(problem(), trials=3).mean.error
    status, text = run(capsys, f"verify {FILE} --trials 40 --tolerance 0.01")
    assert status == 0 and "600 samples kept of 1200" in " ".join(text.split())


def test_mistakes_are_one_line(capsys: Any) -> None:
    assert main(shlex.split(f"predict {FILE} --set sources[1].n=500")) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "sources[1].n cannot be given beside draws" in err
