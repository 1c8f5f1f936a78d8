"""The command line: what it prints, exit statuses, and one clear line instead of a traceback."""

import argparse
import ast
import dataclasses
import json
import math
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray

import detequiv as de
from detequiv.cli import _parser, main
from detequiv.commands import problem_options
from detequiv.paper_figures import catalogue, demonstration
from detequiv.paper_figures.figures import figure_5
from detequiv.theory.base.text_table import table_width
from detequiv.theory.models.model_table import MODELS as MODEL_CLASSES
from detequiv.theory.models.model_table import SHORT_NAMES, kind_named
from helpers.refusals import check_refusal

ROOT = Path(__file__).resolve().parents[2]
FACE = Path(de.__file__).parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
SMALL = "--dimension 30 --real 20 --synthetic 10 --width 8"


def run(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    """Exit status and what is printed."""
    try:
        status = main(shlex.split(line))
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def figure_5_problem(width: int) -> de.Problem:
    s = de.power_law(600, 1.0, trace=1.0)
    real = de.Source(300, s, noise_variance=0.01)
    synthetic = de.Source(200, s, noise_variance=0.01, shift=de.label_shift(s, 1.0))
    model = de.RandomProjection(width)
    return de.Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8, model=model)


# predict


def test_predict_is_the_problem_of_figure_5_at_width_100(capsys: Any) -> None:
    status, out, err = run(capsys, "predict --json")
    prediction = de.predict(figure_5_problem(100))
    found = json.loads(out)
    assert (status, err) == (0, "")
    for name in ("error", "bias", "variance", "collapse", "error_with_noise", "null_error"):
        assert found[name] == getattr(prediction, name), "to the last bit"
    assert found["fixed_point"]["kappa"] == prediction.fixed_point.kappa
    assert found["sources"][1]["training_error"] == prediction.sources[1].training_error
    assert found["status"] == "ok" and found["notes"] == []


def test_json_says_infinity_as_python_does(capsys: Any) -> None:
    status, out, _ = run(capsys, f"predict {SMALL} --ridge 0 --width 30 --json")
    found = json.loads(out)
    assert status == 0 and found["status"] == "diverges"
    assert found["error"] == math.inf and "n = rank = 30" in found["notes"][0]


def test_digits_are_printed_as_text(capsys: Any) -> None:
    _, out, _ = run(capsys, "predict --digits 30 --json")
    assert (
        json.loads(out)["error"].startswith("0.641863917454761210451873486")
        and len(json.loads(out)["error"]) > 28
    )


@pytest.mark.parametrize("digits", [3, 20])
@pytest.mark.parametrize("model", ["random-projection --width 100", "linear"])
def test_digits_count_in_both_tables_and_in_the_sentence(digits: int, model: str, capsys: Any) -> None:
    from mpmath import nstr

    _, out, _ = run(capsys, f"predict --digits {digits} --quality 0.3 --model {model}")
    problem = figure_5_problem(100)
    real, synthetic = problem.sources
    synthetic = dataclasses.replace(synthetic, shift=de.label_shift(real.covariance, 0.3))
    fields = {"model": de.Linear()} if model == "linear" else {}
    p = de.predict(dataclasses.replace(problem, sources=[real, synthetic], **fields), digits=digits)
    numbers = [p.error, p.error_with_noise, p.bias, p.variance, p.collapse]
    numbers += [p.fixed_point.effective_ridge, p.fixed_point.df1, p.fixed_point.df2]
    for source in p.sources:
        numbers += [source.error, source.error_with_noise, source.training_error]
    for number in numbers:
        assert nstr(number, digits).removesuffix(".0") in out.split() + out.replace(",", "").split()
    assert "0.3" in out.split(), "a quality that is a float has no digits beyond its own"


def test_the_tables_of_predict_align(capsys: Any) -> None:
    status, out, _ = run(capsys, "predict")
    head, *rows = out.split("\n\n")[1].splitlines()
    assert status == 0 and "noise excluded" in head and "labels squared" in head
    assert len({row.index(".") for row in rows}) == 1, "decimal points in one column"
    for symbol in ("E ", "B ", "V ", "ζ "):
        assert any(symbol in row for row in rows)


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_problem_files_run_as_they_say(file: Path, capsys: Any) -> None:
    """The commands in their comments; simulations with few trials."""
    text = file.read_text(encoding="utf-8")
    lines = [line.split("detequiv ")[1] for line in text.splitlines() if "    detequiv " in line]
    assert len(lines) >= 2
    for line in lines:
        words = shlex.split(line.replace("examples/", f"{ROOT / 'examples'}/"))
        if "--trials" in words:
            words[words.index("--trials") + 1] = "2"
        if "--plot" in words:
            words = words[: words.index("--plot")]
        assert main(words) in (0, 3)
        capsys.readouterr()


def test_there_are_three_problem_files() -> None:
    assert len(EXAMPLES) >= 3


# sweep


def test_sweep_is_the_sweep_of_the_library(tmp_path: Path, capsys: Any) -> None:
    line = f"sweep --width 10:1000:log5 --synthetic 0,100 --out {tmp_path / 'a.nc'}"
    status, out, _ = run(capsys, line)
    table = xarray.open_dataset(tmp_path / "a.nc")
    assert status == 0 and dict(table.sizes) == {"width": 5, "synthetic": 2}
    assert table.width.values.tolist() == [10, 32, 100, 316, 1000]
    problem = figure_5_problem(316)
    sources = [
        problem.sources[0],
        de.Source(100, *[problem.sources[1].covariance], noise_variance=0.01, shift=problem.sources[1].shift),
    ]
    wanted = de.predict(de.Problem(signal=1.0, sources=sources, ridge=1e-8, model=problem.model))
    assert float(table.error.sel(width=316, synthetic=100)) == pytest.approx(wanted.error, 1e-12)
    assert (
        len(out.splitlines()) >= 3 + 10
        and "labels squared" in out
        and "width m" in out
        and "collapse ζ" in out
    )


def test_a_csv_reads_back_exactly(tmp_path: Path, capsys: Any) -> None:
    import pandas

    file = tmp_path / "a.csv"
    _, out, _ = run(capsys, f"sweep --width 50,100 --json --out {file}")
    table = pandas.read_csv(file)
    assert table.error.tolist() == [row["error"] for row in json.loads(out)]
    facts = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert "ridge regression on 50" in facts["problem"] and facts["detequiv"]


def test_any_entry_of_a_file_varies(capsys: Any) -> None:
    file = ROOT / "examples" / "features.toml"
    line = f"sweep {file} --vary sources[2].weight=0.1,1 --set sources[1].n=50 --json"
    status, out, _ = run(capsys, line)
    rows = json.loads(out)
    assert status == 0 and [row["sources_2_weight"] for row in rows] == [0.1, 1]
    problem = de.Problem.from_toml(file)
    sources = list(problem.sources)
    sources[1] = dataclasses.replace(sources[1], n=50)
    sources[2] = dataclasses.replace(sources[2], weight=0.1)
    wanted = de.predict(dataclasses.replace(problem, sources=sources))
    assert rows[0]["error"] == wanted.error


@pytest.mark.slow(keep=6)
@pytest.mark.parametrize(
    ("line", "ending"),
    [
        ("sweep --ridge 0,0.1,1", "png"),
        ("sweep --ridge 1e-6:1:log4 --quality 0,1", "pdf"),
        ("predict", "svg"),
        ("predict --ridge 0 --width 30", "png"),
        ("simulate --trials 3", "png"),
        ("verify --trials 3", "pdf"),
    ],
)
def test_pictures_are_drawn(line: str, ending: str, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / f"a.{ending}"
    command, *rest = line.split()
    status, _, err = run(capsys, f"{command} {SMALL} {' '.join(rest)} --plot {file}")
    assert status in (0, 1, 3) and err == ""
    assert file.stat().st_size > 1000


# simulate, verify


def test_simulate_is_the_simulation_of_the_library(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "a.csv"
    line = f"simulate {SMALL} --trials 5 --seed 3 --method naive --json --out {file}"
    status, out, err = run(capsys, line)
    found = json.loads(out)
    spectrum = de.power_law(30, 1.0, trace=1.0)
    sources = [
        de.Source(20, spectrum, noise_variance=0.01),
        de.Source(10, spectrum, noise_variance=0.01, shift=de.label_shift(spectrum, 1.0)),
    ]
    problem = de.Problem(signal=1, sources=sources, ridge=1e-8, model=de.RandomProjection(8))
    wanted = de.simulate(problem, trials=5, seed=3, method="naive")
    assert (status, err) == (0, ""), "no bar where there is no terminal"
    assert found["mean"]["error"] == wanted.mean.error
    assert found["stderr"]["collapse"] == wanted.stderr.collapse
    assert len(file.read_text(encoding="utf-8").splitlines()) >= 6


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("--trials 100 --tolerance 0.2", 0), ("--trials 200 --tolerance 1e-4", 1), ("--trials 2", 3)],
)
def test_the_exit_status_says_the_verdict(line: str, wanted: int, capsys: Any) -> None:
    """Eight projections differ from the theory by 3%."""
    status, out, _ = run(capsys, f"verify {SMALL} {line}")
    assert status == wanted
    assert f"simulation {('agree:', 'disagree', '', 'agree is undecided')[wanted]}" in " ".join(out.split())


def test_verify_says_what_alpha_bounds(capsys: Any) -> None:
    said = " ".join(run(capsys, "verify --help")[1].split())
    assert "upper bound of the probability that the verdict, agrees or disagrees, is false" in said
    assert "confidence level 1 − alpha" in said


def test_derive_says_what_was_compared(capsys: Any) -> None:
    status, out, _ = run(capsys, "derive theorem-1 --check")
    said = " ".join(out.split())
    assert status == 0 and "the two are equal at every point" in said
    assert "was compared with Theorem 1, as rational functions of θ, d, n₁, n₂" in said
    assert "over random matrices (simulated), at d = 90, n1 = 60 and n2 = 100:" in said
    assert "2% of the derived value" in said


def test_the_old_option_band_is_tolerance_and_hidden(capsys: Any) -> None:
    line = f"verify {SMALL} --trials 20 --json"
    assert run(capsys, f"{line} --band 0.3") == run(capsys, f"{line} --tolerance 0.3")
    status, _, err = run(capsys, f"{line} --band 0.3 --tolerance 0.3")
    assert status == 2 and "--tolerance" in err and "--band" in err
    _, help_, _ = run(capsys, "verify --help")
    assert "--tolerance TOLERANCE" in help_ and "band" not in help_


def test_a_solver_that_gives_up_ends_with_4(monkeypatch: Any, capsys: Any) -> None:
    line = f"predict {SMALL} --noise 1e308 --real 1 --set sources[0].gain=1e200"
    status, out, err = run(capsys, line)
    assert (status, out) == (4, "") and err.count("\n") == 1 and "1e308" in err


# What is refused


FORMS, VALUES = ("10,20,40", "10:100:10", "10:1000:log40"), "at most 1000000 values"
MODELS, NOT_THERE = ("linear", "random-projection", "random-features"), "directory not exist"
REFUSED: dict[str, tuple[Any, ...]] = {
    # the line; what is named, the rule, the value, the remedy
    "fly": ("command", "unknown", "'fly'", ("predict, sweep", "--help")),
    "predikt": ("command", "unknown", "'predikt'", ("did you mean 'predict'?", "--help")),
    "simulate --method nave": ("--method", "unknown", "'nave'", ("did you mean 'naive'?", "--help")),
    "predict --model feature": (
        "--model",
        "unknown",
        "'feature'",
        ("did you mean 'random-features'?", "--help"),
    ),
    "predict --model tree": ("--model", "unknown", "'tree'", ("linear, random-projection", "--help")),
    "sweep --model a,b": ("--model", "one at a time linear random-projection", "'a,b'", "once for each"),
    "sweep --model projection,linear --width 10,20": (
        "--model",
        "one at a time",
        "'projection,linear'",
        "each",
    ),
    "simulate --method naive,conditional": ("--method", "one at a time", "'naive,conditional'", "each"),
    "figures larger-model": ("figure", "unknown", "'larger-model'", "did you mean 'larger-models'?"),
    "derive theorem-9": ("expectation", "unknown", "'theorem-9'", "did you mean 'theorem-2'?"),
    # Options
    "predict --widht 3": ("--widht", "unknown argument", (), ("--width?", "--help")),
    "predict --width 0.5": ("--width", "integer", "'0.5'"),
    "predict --width 1,2": ("--width", "one number", "'1,2'", "sweep"),
    "predict --width many": ("--width", (), "'many'", FORMS),
    "predict --model linear --width 3": ("--width", "linear no width", (), "omit"),
    "predict --activation tanh": ("--activation", "random features", "tanh", "--model random-features"),
    "predict --model linear --activation tanh": ("--activation", "random features", "tanh", "omit"),
    "predict --digits 0": ("digits", "integer least 1", "0"),
    "simulate --trials 1": ("trials", "integer least 2", "1"),
    "simulate --trials 99999999999999999999": ("--trials", "at most 100000000", "99999999999999999999"),
    "verify --tolerance 0": ("tolerance", "positive", "0"),
    # Grids
    "sweep": ("sweep", "several values", (), "--width 10:1000:log40"),
    "sweep --width 0:10:log5": ("--width", "positive log", "'0:10:log5'"),
    "sweep --width 1:10:x": ("--width", VALUES, "'1:10:x'", FORMS),
    "sweep --width 10:inf:3": ("--width", (), "'10:inf:3'", FORMS),
    "sweep --width 10:100:99999999999999999999": ("--width", VALUES, "'10:100:99999999999999999999'", FORMS),
    "sweep --width=-5,3": (("width = -5", "model"), "width integer least 1", "got -5"),
    "sweep --ridge -1,1": ("ridge", "non-negative", ("ridge = -1", "got -1")),
    "sweep --width 10:1000:log0": ("--width", VALUES, "'10:1000:log0'", FORMS),
    "sweep --width 10:20:²": ("--width", VALUES, "'10:20:²'", FORMS),
    "sweep --width 1_0,2_0": ("--width", (), "'1_0,2_0'", FORMS),
    "sweep --width ''": ("--width", (), "''", FORMS),
    "sweep --width 1:9:9 --synthetic 0:200000:200001": (
        "sweep",
        "at most 1000000 points",
        "1800009",
        "fewer values",
    ),
    # Entries of the problem
    "predict --real -3": (("sources[0]", "n"), "integer least 0", "-3", "samples"),
    "predict nowhere.toml": ("file", "cannot read", "'nowhere.toml'"),
    "predict --set 'model.kind=[1]' --width 3": ("model.kind", "one of", "[1]", MODELS),
    "predict --set n": ("--set", "PLACE=VALUE", "'n'", "sources[1].n=100"),
    "predict --set model.kind=linaer": ("model.kind", "one of", "'linaer'", MODELS),
    "predict --set 'model.kind=[1]'": ("model.kind", "one of", "[1]", MODELS),
    "predict --set sources[7].n=3": ("problem", "no", "sources[7]"),
    "predict --set ²=3": ("problem", "not known keys", "²", ("ridge", "sources")),
    "predict --set signal.outputs=2": ("problem", "no", "signal.outputs"),
    "predict --set sources[0].covariance.isotropic.d=30": (
        "sources[0].covariance",
        "exactly one",
        "power_law and isotropic",
    ),
    f"predict --set ridge={'9' * 5000}": ("--set", "one value", "5000 digits"),
    "sweep --synthetic 0,100 --set sources[1].n=5": (("n_2", "sources[1].n"), "varies already cannot"),
    "sweep --synthetic 0,100 --vary sources[1].n=5,6": (("n_2", "sources[1].n"), "varies already cannot"),
    # Outputs
    "predict --out a.txt": ("--out", "end", "'a.txt'", (".csv", ".nc")),
    "predict --out /nowhere/a.csv": ("--out", NOT_THERE, "'/nowhere'", "create"),
    "predict --plot nowhere/a.png": ("--plot", NOT_THERE, "'nowhere'", "create"),
    # Figures
    "figures": ("figure", (), (), ("all", "1, 2, 3", "--list")),
    "figures 99": ("figure", "unknown", "'99'", "1, 2, 3"),
    "figures 8": ("figure 8", "not reproduced", "GPT-2"),
    "figures 5 --jobs 0": ("jobs", "integer least 1", "0"),
    "figures 5 --trials 1": ("trials", "integer least 2", "1"),
    "figures 5 --data mnist.npz": ("--data", "figures 6 7", "5", "Omit"),
    "figures all --data nowhere.npz": ("--data", "file not exist", "'nowhere.npz'", ".npz"),
    "figures 5 --quick --full": ("--full", "not allowed", "--quick", "--help"),
    "figures --list --quick": ("--quick", "not allowed", "--list", "--help"),
    "figures --list 5": ("--list", "no other argument", "5", "Omit"),
    "figures --list --seed 0": ("--list", "no other argument", "--seed", "Omit"),
    "figures --list --out figures": ("--list", "no other argument", "--out", "Omit"),
    # Derivations
    "derive": ("name", "no given", (), "--list"),
    "derive ridge-bias --check --stages": ("--stages", "not allowed", "--check", "--help"),
    "derive --list --system": ("--system", "not allowed", "--list", "--help"),
    "derive --list ridge-bias": ("--list", "no other argument", "ridge-bias", "Omit"),
    "derive --list --closed": ("--closed", "not allowed", "--list", "--help"),
    "derive --list --seed 0": ("--list", "no other argument", "--seed", "Omit"),
    "derive isotropic --stages": ("--stages", "not apply closed form", "isotropic", "Omit --stages"),
    "derive isotropic-projected --check --seed 1": (
        "--check",
        "not apply closed form",
        "isotropic-projected",
        "Omit --check",
    ),
    "derive isotropic --system": ("--system", "not apply closed form", "isotropic", "Omit --system"),
    "derive isotropic --seed 1": ("--seed", "only --check", "--seed 1", "omit --seed"),
    "derive ridge-bias --stages --closed": ("--closed", "not allowed", "--stages", "--help"),
    "derive ridge-bias --check --latex": ("--latex", "only --closed --system", "--check", "Omit"),
    "derive ridge-bias --latex --seed 0": ("--seed", "only --check", "--seed 0", "omit --seed"),
    "derive ridge-bias --seed 0": ("--seed", "only --check", "--seed 0", "omit --seed"),
    # The model twice
    "predict --model linear --set model.kind=linear": ("--model", "kind", "--set model.kind=linear", "Omit"),
}


@pytest.mark.parametrize("line", REFUSED)
def test_bad_input_gets_one_clear_line(line: str, capsys: Any) -> None:
    status, out, err = run(capsys, line)
    assert (status, out) == (2, "") and err.startswith("detequiv")
    check_refusal(err.removesuffix("\n"), *REFUSED[line])


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("line", ["predict", "predict --help", "predict --json"])
def test_terminals_without_greek_letters_are_served(encoding: str, line: str) -> None:
    import os

    done = subprocess.run(
        [sys.executable, "-m", "detequiv", *line.split()],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0 and len(done.stdout) > 500 and done.stderr == b""


def test_a_fault_of_ours_is_no_disagreement(monkeypatch: Any, capsys: Any) -> None:
    from detequiv import numerics

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(numerics, "predict", broken)
    status, _, err = run(capsys, "predict")
    assert status == 70 and "internal error" in err and "ZeroDivisionError" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_an_output_that_is_full_is_said_so() -> None:
    with open("/dev/full", "w") as full:
        line = [sys.executable, "-m", "detequiv", "predict"]
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    check_refusal(done.stderr.removesuffix("\n"), "output", "cannot write")


def test_large_integers_fit_into_netcdf(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "a.nc"
    assert run(capsys, f"sweep --real 10,10000000000 --out {file}")[0] == 0
    assert xarray.open_dataset(file)["real"].values.tolist() == [10, 1e10]


def test_digits_are_all_printed(capsys: Any) -> None:
    _, out, _ = run(capsys, "predict --digits 30")
    assert "0.641863917454761210451873486" in out


def test_a_sweep_says_where_the_size_is_too_small(capsys: Any) -> None:
    _, out, _ = run(capsys, "sweep --dimension 30 --width 20 --ridge 0 --synthetic 1 --real 19,30")
    assert (
        "At 1 of 2 points terms diverge" in out
        and "At 1 of 2 points the estimated error of the theory" in out
    )


def test_flags_of_two_sources_are_refused_beside_a_file(capsys: Any) -> None:
    status, _, err = run(capsys, f"predict {EXAMPLES[0]} --real 3")
    assert status == 2
    check_refusal(err.removesuffix("\n"), "--real", remedy="--set 'sources[0].n")


def test_a_directory_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    status, _, error = run(capsys, f"figures 5 --out {blocked}")
    assert status == 2
    check_refusal(error.removesuffix("\n"), "directory", "cannot write", str(blocked), "another")


@pytest.mark.parametrize("line", ["predict", "witness --only zzz"])
def test_an_output_path_that_is_a_directory_is_refused_before_any_computation(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / ("a.csv" if line == "predict" else "a.md")
    folder.mkdir()
    status, out, error = run(capsys, f"{line} --out {folder}")
    assert (status, out) == (2, "")
    check_refusal(error.removesuffix("\n"), "--out", "directory", str(folder))


@pytest.mark.parametrize("option", ["out", "plot"])
def test_a_read_only_output_file_is_refused_before_any_computation(
    option: str, tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from detequiv.commands import result_output as results

    file = tmp_path / ("a.csv" if option == "out" else "a.png")
    file.touch()
    monkeypatch.setattr(results.os, "access", lambda path, mode: path != file)  # root may write all
    status, out, error = run(capsys, f"predict --{option} {file}")
    assert (status, out) == (2, "")
    check_refusal(error.removesuffix("\n"), f"--{option}", "writable", repr(str(file)))


def test_file_extensions_may_be_in_upper_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for option, name in (("out", "a.CSV"), ("out", "a.Nc"), ("plot", "a.PNG"), ("plot", "a.Svg")):
        file = tmp_path / name
        assert run(capsys, f"predict {SMALL} --{option} {file}")[0] == 0
        assert file.stat().st_size > 100
    assert (tmp_path / "a.CSV").read_text(encoding="utf-8").startswith("error,")
    assert float(xarray.open_dataset(tmp_path / "a.Nc", engine="scipy").error) > 0
    (tmp_path / "MIX.TOML").write_text(figure_5_problem(3).to_toml(), encoding="utf-8")
    assert run(capsys, f"predict {tmp_path / 'MIX.TOML'}")[0] == 0


def test_results_state_the_number_of_outputs_summed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    w = np.array([[1.0, 0.5], [0.0, 1.0]])
    mix = de.Problem(signal=de.Fixed(w), sources=[de.Source(40, np.ones(2))], ridge=0.1)
    file = tmp_path / "two.toml"
    file.write_text(mix.to_toml(), encoding="utf-8")
    for line in (f"predict {file}", f"simulate {file} --trials 2", f"verify {file} --trials 2"):
        assert "sums over 2 outputs" in " ".join(run(capsys, line)[1].split())
    swept = run(capsys, f"sweep {file} --ridge 0.1,1")[1]
    assert "summed over 2 outputs" in swept
    assert json.loads(run(capsys, f"predict {file} --json")[1])["outputs"] == 2
    assert "outputs" not in run(capsys, f"predict {SMALL}")[1]


BAD_FILES = {
    "long integers": f"ridge = {'9' * 5000}",
    "deep arrays": "a = " + "[" * 5000,
    "keys twice": "ridge = 1\nridge = 2",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_not_toml_is_refused_in_one_line(name: str, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a.toml").write_text(BAD_FILES[name])
    status, out, error = run(capsys, f"predict {tmp_path / 'a.toml'}")
    assert (status, out) == (2, "")
    check_refusal(error.removesuffix("\n"), "a.toml", "not TOML")


def test_an_interrupt_ends_with_130(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(figure_5, "compute", interrupted)
    status, _, error = run(capsys, f"figures 5 --out {tmp_path}")
    assert status == 130 and "interrupted" in error and f"{tmp_path}/.points" in error


# Every option acts


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command."""
    (choice,) = (x for x in _parser()._actions if isinstance(x, argparse._SubParsersAction))
    return dict(choice.choices)


def reads(module: str) -> set[str]:
    """The options that a module of commands reads, or a module of commands that it imports."""
    tree = ast.parse((FACE / "commands" / f"{module}.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {node.attr} if node.value.id == "options" else set()
        elif isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            found |= reads(node.module)
    return found


@pytest.mark.parametrize("command", commands())
def test_every_option_is_read_by_its_command(command: str) -> None:
    parser = commands()[command]
    read = reads(parser.get_default("run").__module__.rpartition(".")[2])
    for action in parser._actions:
        if isinstance(action, problem_options._Given):  # those are kept together, under `given`
            assert action.dest in (*problem_options.FLAGS, "set", "vary")
        elif action.dest != "help":
            assert action.dest in read, f"{command} never reads {action.option_strings}"


@pytest.mark.parametrize(("line", "size"), [("", False), ("--quick", False), ("--full", True)], ids=str)
def test_figures_are_quick_unless_they_are_to_be_full(
    line: str, size: bool, monkeypatch: Any, capsys: Any
) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(catalogue, "make", lambda *_, **fields: made.append(fields) or [])
    assert run(capsys, f"figures 5 {line}")[0] == 0
    assert [fields["full"] for fields in made] == [size]


def test_the_closed_form_is_the_form_by_default(capsys: Any) -> None:
    status, out, _ = run(capsys, "derive ridge-bias --closed")
    assert status == 0 and "≃" in out and "derive ridge-bias --system prints the fixed-point" in out
    assert run(capsys, "derive ridge-bias")[1] == out
    assert "aligned" in run(capsys, "derive ridge-bias --latex")[1]


def test_without_a_closed_form_the_system_is_printed_and_the_reason(capsys: Any) -> None:
    status, out, _ = run(capsys, "derive mixture")
    assert status == 0 and "≃" in out and "There is no closed form: " in " ".join(out.split())
    assert run(capsys, "derive mixture --closed")[0] in (2, 4)


@pytest.mark.parametrize("name", [*MODEL_CLASSES, *SHORT_NAMES])
def test_a_model_has_the_same_names_in_problem_files_and_on_the_command_line(name: str, capsys: Any) -> None:
    width = "" if name == "linear" else " --width 40"
    by_flag = run(capsys, f"predict --model {name}{width} --json")
    assert by_flag[0] == 0
    assert run(capsys, f"predict --model {kind_named(name)}{width} --json") == by_flag
    more = " --set model.activation=relu" if "features" in name else ""
    if name != "linear":
        assert run(capsys, f"predict --set model.kind={name} --set model.width=40{more} --json") == by_flag


def test_options_meet_the_short_name_of_a_model_in_a_file(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "a.toml"
    sources = "[[sources]]\nn = 30\ncovariance = { isotropic = { d = 20 } }\n"
    file.write_text(
        f'ridge = 0.1\nsignal = 1\n[model]\nkind = "features"\nwidth = 9\nactivation = "relu"\n{sources}'
    )
    _, out, err = run(capsys, f"predict {file} --activation tanh --width 8")
    assert "8 random features (tanh)" in out and err == ""
    file.write_text(f"ridge = 0.1\nsignal = 1\nmodel = [1]\n{sources}")
    assert "9 random projections" in run(capsys, f"predict {file} --model projection --width 9")[1]
    assert run(capsys, f"predict {file} --width 9")[0] == 2


def test_a_problem_is_read_from_standard_input(monkeypatch: Any, capsys: Any) -> None:
    import io

    text = EXAMPLES[0].read_text(encoding="utf-8")
    file = run(capsys, f"predict {ROOT / 'examples' / 'features.toml'} --json")
    text = (ROOT / "examples" / "features.toml").read_text(encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run(capsys, "predict - --json") == file
    monkeypatch.setattr("sys.stdin", io.StringIO("ridge = "))
    status, _, error = run(capsys, "predict -")
    assert status == 2 and "standard input: this is not TOML" in error


@pytest.mark.parametrize("columns", [50, 80, 200])
def test_sentences_are_wrapped_to_the_terminal(columns: int, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    _, out, _ = run(capsys, "derive subordination --system")
    sentences = out.split("\n\n")[-1].splitlines()
    assert max(map(len, sentences)) <= min(columns, 110) and len(sentences) > 1


FITTING = [
    "predict", f"predict {ROOT / 'examples' / 'features.toml'}", f"verify {SMALL} --trials 5", "rounds",
    "derive --list", "derive mixture", "derive ridge-bias --check", "derive marchenko-pastur --stages",
    "figures --list", "--version", "--help",
]  # fmt: skip
WIDER = [f"simulate {SMALL} --trials 5", "predict --help", f"predict {SMALL} --digits 12"]


@pytest.mark.parametrize(
    ("line", "columns"),
    [(line, columns) for line in FITTING for columns in (40, 60, 130)] + [(line, 60) for line in WIDER],
)
def test_tables_and_sentences_fit_the_terminal(
    line: str, columns: int, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    status, out, _ = run(capsys, line)
    wide = [text for text in out.splitlines() if len(text) > columns and not ONE_PIECE.search(text)]
    assert status in (0, 1, 3) and wide == []


ONE_PIECE = re.compile(r"^  (eval|register|python -m|detequiv)|[=≃≈]")  # commands to copy, and formulas


def test_the_demo_has_fewer_columns_in_a_narrow_terminal() -> None:
    quality, width = [0.0, 0.1, 0.5], [10, 100]
    values = ("quality", "width"), np.ones((3, 2))
    points = xarray.Dataset({"predicted": values, "simulated": values, "stderr": values},
                            {"quality": quality, "width": width})  # fmt: skip
    whole = demonstration._table(points)
    with table_width(60):
        split = demonstration._table(points)
    assert len(whole.split("\n\n")) == 1 and len(split.split("\n\n")) == 2
    assert max(map(len, split.splitlines())) <= 60
    assert all(len(re.findall(rf"c² = {q:g}\b(?!\.)", split)) == 1 for q in quality)


def test_bash_completes_commands_and_options() -> None:
    pytest.importorskip("argcomplete")
    script = Path(sys.executable).with_name("register-python-argcomplete")
    bash = shutil.which("bash")
    if bash is None or not script.exists():
        pytest.skip("needs bash and argcomplete's scripts")
    for line, completed in (("detequiv pre", "predict"), ("detequiv predict --mod", "--model"),
                            ("detequiv predict --model random-f", "random-features")):  # fmt: skip
        code = f"""
            eval "$('{script}' detequiv)"
            detequiv() {{ '{sys.executable}' -m detequiv "$@"; }}
            export -f detequiv
            COMP_LINE={line!r} COMP_POINT={len(line)} COMP_TYPE=9
            COMP_WORDS=({line}) COMP_CWORD={len(line.split()) - 1}
            _python_argcomplete detequiv
            echo "${{COMPREPLY[@]}}"
        """
        done = subprocess.run([bash, "-c", code], capture_output=True, text=True)
        assert completed in done.stdout.split(), (done.stdout, done.stderr)


# Help and versions


def test_without_a_command_it_shows_what_there_is(capsys: Any) -> None:
    status, out, _ = run(capsys, "")
    assert status == 0 and all(word in out for word in ("predict", "figures", "Exit status"))


@pytest.mark.parametrize(
    "command", ["predict", "sweep", "simulate", "verify", "rounds", "witness", "derive", "figures", "demo"]
)
def test_help_has_an_example_that_parses(command: str, capsys: Any) -> None:
    _, out, _ = run(capsys, f"{command} --help")
    example = " ".join(out.split("example: detequiv ")[1].split())
    assert example.startswith(command)
    assert _parser().parse_args(shlex.split(example)).command == command


def test_it_runs_as_a_module_and_tells_versions() -> None:
    line = [sys.executable, "-m", "detequiv", "--version"]
    out = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    for part in (de.__version__, sys.version.split()[0], np.__version__, "scipy"):
        assert part in out
    assert "blas" in out.lower() or "mkl" in out.lower() or "accelerate" in out.lower()


def test_predict_loads_nothing_heavy() -> None:
    code = (
        "import sys; from detequiv.cli import main; main(['predict']); "
        "heavy = ('scipy', 'matplotlib', 'xarray', 'sympy', 'pandas'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


# rounds


@pytest.mark.parametrize("keep", ["replace", "mix", "accumulate"])
def test_rounds_are_the_curve_of_the_library(keep: str, tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "first.toml"
    real = de.Source(60, de.power_law(40, 0.5), noise_variance=0.3)
    start = de.Problem(signal=1.0, sources=[real], ridge=0.1)
    file.write_text(start.to_toml())
    table, picture = tmp_path / "curve.csv", tmp_path / "curve.png"
    line = f"rounds {file} --rounds 5 --keep {keep} --new 30 --label-noise 0.1"
    status, out, _ = run(capsys, f"{line} --json --out {table} --plot {picture}")
    found = json.loads(out)
    new = de.Source(30, real.covariance, noise_variance=0.1)
    wanted = de.evolve(
        start=start,
        rounds=5,
        synthetic=new,
        keep="all" if keep == "accumulate" else "latest",
        real=() if keep == "replace" else [real],
    )
    assert status == 0 and found["error"] == pytest.approx(wanted.error.values.tolist(), rel=1e-12)
    assert picture.exists() and "error" in table.read_text()
    status, out, _ = run(capsys, line)
    assert status == 0 and wanted.attrs["sentence"] in " ".join(out.split())
