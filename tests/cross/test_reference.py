"""Predictions against values of 25 digits: problems solved by `reference.master`, hard cases.

Tolerance: predict promises that the estimated relative error of its unknowns is at most 1e−11,
taking more digits by itself where double precision cannot hold that; every term is then as good,
relative to the sum of the absolute values of its summands.
"""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest

import detequiv as de
from reference.build import CONTEXT, deviations, problem_of

PROMISED = 1e-11
FOLDER = Path(__file__).parents[1] / "reference"
CASES = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))["cases"]
HARD_CASES = json.loads((FOLDER / "hard_cases.json").read_text(encoding="utf-8"))["cases"]
DOZEN = [*CASES[:6], *CASES[120:124], *CASES[-2:]]


def name_of(case):
    return case["name"]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_every_quantity_is_right_to_the_promised_accuracy(case):
    found = deviations(de.predict(problem_of(case["problem"])), case["reference"])
    assert {name: error for name, error in found.items() if not error <= PROMISED} == {}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_estimated_error_bounds_the_measured_one(case):
    """Without a factor: the estimate is ten times a residual of at least 8 eps by itself."""
    prediction = de.predict(problem_of(case["problem"]))
    measured = max(deviations(prediction, case["reference"]).values())
    assert measured <= prediction.fixed_point.estimated_error <= PROMISED


@pytest.mark.parametrize("case", DOZEN, ids=name_of)
def test_thirty_digits_are_all_of_the_reference_and_more(case):
    """The references have 25 digits, the last of them rounded: 1e−24."""
    prediction = de.predict(problem_of(case["problem"]), digits=30)
    found = deviations(prediction, case["reference"])
    assert {name: error for name, error in found.items() if not error <= 1e-24} == {}
    assert isinstance(prediction.error, mpmath.ctx_mp_python._mpf)


# Hard cases, solved by two other independent programs; their convention is in the file.


def hard_spectrum(spectrum):
    d, p = spectrum["d"], spectrum["parameter"]
    j = np.arange(1, d + 1, dtype=float)
    values = {
        "power": lambda: j**-p,
        "exp": lambda: np.exp(-p * (j - 1)),
        "iso": lambda: np.ones(d),
        "zeros": lambda: np.where(j <= d // 2, j**-p, 0.0),
        "atoms": lambda: np.where(j <= d // 5, 1.0, p),
    }[spectrum["kind"]]()
    return values * spectrum["scale"]


def hard_problem(case):
    values, d = hard_spectrum(case["spectrum"]), case["spectrum"]["d"]
    size = case["quality"] / d
    shift = size / (case["spectrum"]["scale"] if case["delta"] == "isotropic" else values)
    real, synthetic = case["noise"]
    width = case["width"]
    return de.Problem(
        signal=1.0,
        sources=[
            de.Source(case["n_real"], values, noise_variance=real),
            de.Source(case["n_synthetic"], values, noise_variance=synthetic, shift=shift),
        ],
        ridge=case["ridge"],
        model=de.Linear() if width is None else de.RandomProjection(width),
    )


def hard_name(case):
    spectrum, width = case["spectrum"], case["width"]
    return (
        f"{spectrum['kind']}{spectrum['parameter']:g}x{spectrum['scale']:g}"
        f"-n{case['n_real'] + case['n_synthetic']}-{f'm{width}' if width else 'linear'}"
        f"-ridge{case['ridge']:g}"
    )


@pytest.mark.parametrize("case", [case for case in HARD_CASES if case["ridge"] > 0], ids=hard_name)
def test_the_hard_cases_come_out_term_by_term(case):
    prediction = de.predict(hard_problem(case))
    for term in ("bias", "variance", "collapse"):
        wanted = CONTEXT.mpf(case[term])
        assert abs(getattr(prediction, term) - wanted) <= PROMISED * wanted, term


@pytest.mark.parametrize("case", [case for case in HARD_CASES if case["ridge"] == 0], ids=hard_name)
def test_ridge_zero_is_refused_with_a_way_out(case):
    with pytest.raises(de.SolveError, match=r"ridge = 0 .* take a small positive ridge, such as"):
        de.predict(hard_problem(case))


# A tie inside one of two disjoint parts. The variance is stationary there, so watch the bias.


def tied_blocks(ridge, model):
    first = np.repeat([1.0, 0.0], [24, 12])
    return de.Problem(
        signal=1 / 36,
        sources=[
            de.Source(24, first, noise_variance=1.0),
            de.Source(60, 1 - first, noise_variance=0.1, shift=1 / 12),
        ],
        ridge=ridge,
        model=model,
        target=de.Target(np.ones(36)),
    )


@pytest.mark.parametrize(
    ("ridge", "model", "bias", "variance"),
    [
        (1e-22, de.Linear(), "6.23609564462e-12", "26726124190.7674"),
        (1e-22, de.RandomProjection(1000), "1.25011068434e-12", "138300340299.134"),
        (1e-12, de.RandomProjection(1000), "1.25011066184e-07", "1383002.94044416"),
    ],
    ids=["linear", "random", "random, larger ridge"],
)
def test_a_tie_inside_one_of_two_blocks_keeps_all_digits(ridge, model, bias, variance):
    prediction = de.predict(tied_blocks(ridge, model))
    assert prediction.fixed_point.digits == 16, "double precision holds this one"
    assert f"{prediction.bias:.11e}" == bias
    assert f"{prediction.variance:.15g}" == variance


def test_the_collapse_beside_a_tie_is_right_to_the_last_digit_shown():
    prediction = de.predict(tied_blocks(1e-22, de.RandomProjection(1000)))
    assert abs(prediction.collapse - 1.00000000000004) < 1e-14
