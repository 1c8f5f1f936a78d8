"""The digits example: its theory lines, its two controls, and what it says about real features."""

import csv
import importlib.util
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from threadpoolctl import threadpool_limits

import detequiv as de

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "digits.py"

# Departure of Gaussian rows from the theory in any one term, O(1/n): `digits.py --trials 1500` has
# 2.6% at most for n = 200 (bias, m = 30), 8.6% for n = 40 (variance, m = 30, ridge 10⁻⁵).
FINITE_SIZE = {200: 0.03, 40: 0.09}


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("digits_example", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    with threadpool_limits(1):
        spec.loader.exec_module(module)
        yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def features(example):
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn, extra [data]")
    return example.load_digits()


@pytest.fixture(scope="module")
def spectrum(features):
    return features[0]


@pytest.fixture(scope="module")
def rows(example, features):
    return example.feature_rows(*features)


def measured(example, problem, rows, trials=60):
    """The four terms, and the standard error of each."""
    mean, two_errors = example.measured(problem, rows, trials, np.random.SeedSequence(7))
    return mean, two_errors / 2


# ---- the features


@pytest.mark.slow
def test_the_rows_are_centred_have_trace_1_and_the_covariance_that_the_theory_is_given(features):
    spectrum, digits = features
    assert digits.shape == (1797, 64)
    assert spectrum.trace == pytest.approx(1, rel=1e-12)
    assert np.abs(digits.mean(axis=0)).max() < 1e-12
    np.testing.assert_allclose(digits.T @ digits / 1797, np.diag(spectrum.values), atol=1e-14)
    assert (spectrum.values > 0).sum() == 61  # three pixels are blank in all images


def test_no_image_is_trained_on_and_tested_on(features, rows):
    drawn = rows["digits"](np.random.default_rng(0), 600)
    assert len(np.unique(drawn, axis=0)) == 600


# ---- the theory lines


def theorem_1(example, spectrum, n, p2, ridge):
    """Bias, variance and collapse by Theorem 1 of 2410.04840 v2, written out anew."""
    s, p1 = spectrum.values, 1 - p2
    κ = brentq(lambda t: t - ridge - t * np.sum(s / (s + t)) / n, ridge, ridge + 1, xtol=1e-16)
    df2, T = np.sum((s / (s + κ)) ** 2), (s + κ) ** 2
    u = (df2 / n) / (1 - df2 / n)
    bias = κ**2 * np.sum(s / T) * (1 + u)
    own, mixed = np.sum(s**3 / T), np.sum(s * (p1 * s + κ) ** 2 / T)
    collapse = example.QUALITY * (p2**2 * (1 + p1 * u) * own + p2 * u * mixed)
    return bias, example.NOISE_VARIANCE * u, collapse


@pytest.mark.parametrize("n", [40, 200])
def test_the_linear_lines_are_theorem_1(example, spectrum, n):
    for p2 in (0.0, 0.4, 1.0):
        terms = example.predicted(example.mix(spectrum, n, p2, 1e-3))[1:]
        np.testing.assert_allclose(terms, theorem_1(example, spectrum, n, p2, 1e-3), rtol=1e-9)


def test_the_line_against_width_peaks_at_the_number_of_samples(example, spectrum):
    ridgeless, ridged = example.width_curves(spectrum)
    widths = sorted({39, 41, *ridgeless.line[::5]})
    error = {m: example.predicted(ridgeless.build(m))[0] for m in widths}
    assert max(error, key=error.get) == 40
    assert min(error, key=error.get) < 20  # the best model is narrow, and every wider one does worse
    usual = [example.predicted(ridged.build(m))[0] for m in widths]
    assert (np.diff(usual) < 0).all()  # with an ordinary ridge, the wider the better


def test_the_widest_projection_is_the_linear_model_at_the_same_ridge(example, spectrum):
    wide = example.predicted(example.mix(spectrum, 40, 0.4, 1e-3, width=10**7))
    np.testing.assert_allclose(wide, example.predicted(example.mix(spectrum, 40, 0.4, 1e-3)), 1e-5)


def test_more_data_helps_sixfold_if_real_and_hardly_if_synthetic(example, spectrum):
    def gain(p2):
        few, many = (example.predicted(example.mix(spectrum, n, p2, 1e-3))[0] for n in (40, 200))
        return few / many

    assert gain(0.0) == pytest.approx(6.2, abs=0.1)
    assert gain(1.0) == pytest.approx(1.24, abs=0.01)


# ---- the control: Gaussian rows agree with the theory, term by term

CASES = {
    "linear, n = 200": (200, 0.4, 1e-3, None),
    "linear, n = 200, real only": (200, 0.0, 1e-3, None),
    "linear, n = 40, synthetic only": (40, 1.0, 1e-3, None),
    "m = 30, n = 200": (200, 0.6, 1e-3, 30),
    "m = 40 = n, hardly any ridge": (40, 0.4, 1e-5, 40),
    "m = 120, n = 40, hardly any ridge": (40, 0.4, 1e-5, 120),
}


def agrees(prediction, mean, stderr, band):
    """Four standard errors (one false alarm in 16000), and the theory's own error beside."""
    return np.abs(mean - prediction) <= np.asarray(band) * prediction + 4 * stderr


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_gaussian_rows_agree_with_the_theory_in_every_term(example, spectrum, rows, case):
    problem = example.mix(spectrum, *case)
    mean, stderr = measured(example, problem, rows["Gaussian"])
    prediction = example.predicted(problem)
    assert agrees(prediction, mean, stderr, FINITE_SIZE[problem.n]).all(), mean / prediction - 1


def test_a_noise_given_as_a_standard_deviation_would_be_caught(example, spectrum, rows):
    n, p2, ridge, width = CASES["linear, n = 200"]
    problem = example.mix(spectrum, n, p2, ridge, width)
    mean, stderr = measured(example, problem, rows["Gaussian"], trials=20)
    wrong = [
        de.Source(s.n, s.covariance, noise_variance=math.sqrt(s.noise_variance), shift=s.shift)
        for s in problem.sources
    ]
    prediction = example.predicted(de.Problem(signal=1.0, sources=wrong, ridge=ridge, model=problem.model))
    assert agrees(prediction, mean, stderr, FINITE_SIZE[n]).tolist() == [False, True, False, True]


# ---- the digits


@pytest.mark.parametrize("case", [case for case in CASES.values() if case[2] == 1e-3], ids=str)
def test_digits_at_an_ordinary_ridge_have_the_variance_and_collapse_predicted_and_more_bias(
    example, spectrum, rows, case
):
    problem = example.mix(spectrum, *case)
    mean, stderr = measured(example, problem, rows["digits"])
    prediction = example.predicted(problem)
    error, bias, variance, collapse = agrees(prediction, mean, stderr, [0.05, 0.08, 0.03, 0.03])
    assert error and bias and variance and collapse, mean / prediction - 1
    assert mean[1] > prediction[1]  # by 4 to 7%, four to twenty standard errors


@pytest.mark.slow
def test_digits_do_worse_than_predicted_in_wide_models_with_hardly_any_ridge(example, spectrum, rows):
    problem = example.mix(spectrum, 40, 0.4, 1e-5, 250)
    found = {kind: measured(example, problem, rows[kind], trials=150)[0][0] for kind in rows}
    departure = {kind: error / example.predicted(problem)[0] - 1 for kind, error in found.items()}
    # 1500 trials: 28.8, 5.1 and 8.5%; bounds at more than four standard errors of 150
    assert 0.17 < departure["digits"] < 0.45
    assert departure["Gaussian"] < 0.13
    assert departure["shuffled"] < 0.16


# ---- the script


@pytest.mark.slow
def test_the_script_prints_its_table_and_sentences_and_writes_where_it_says(
    example, features, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(sys, "argv", ["digits.py", "--trials", "2", "--out", str(tmp_path / "new")])
    example.main()
    printed = capsys.readouterr().out
    assert len(re.findall(r"\d%(?!\S)", printed)) >= 2 * 36
    assert "at ridge 0.001. digits:" in printed and "at ridge 1e-05. digits:" in printed
    assert str(tmp_path / "new" / "digits.png") in printed
    assert (tmp_path / "new" / "digits.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "new" / "digits.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 36
    for row in table:
        terms = [float(row[f"predicted_{term}"]) for term in example.TERMS]
        assert terms[0] == pytest.approx(sum(terms[1:]), rel=1e-4)  # written with six digits


def test_one_trial_is_refused_since_it_has_no_error_bar(example, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["digits.py", "--trials", "1"])
    with pytest.raises(SystemExit):
        example.main()
    assert "at least 2" in capsys.readouterr().err


def test_a_missing_scikit_learn_is_one_sentence_with_the_remedy(example, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(SystemExit, match=r"pip install '\.\[data\]'"):
        example.load_digits()
