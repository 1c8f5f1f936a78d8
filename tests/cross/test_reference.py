"""Predictions against values of 25 digits: problems solved by `reference.master`, hard cases.

Tolerance: predict promises that the estimated relative error of its unknowns is at most 1e−11,
taking more digits by itself where double precision cannot hold that; every term is then as good,
relative to the sum of the absolute values of its summands. What diverges at ridge 0 must be inf,
and what vanishes there exactly 0. A warning fails any test of this suite.

Matrices of doubles have their eigenvalues only to d·eps of the largest: where covariances do not
commute, predict takes more digits past 1e−10 (up to d = 40); where they do, it says in the
estimated error what that costs, and the terms must be as good as it says.
"""

import json
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest

import detequiv as de
from reference.build import CONTEXT, deviations, problem_of

PROMISED = 1e-11
FOLDER = Path(__file__).parents[1] / "reference"


def stored(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))["cases"]


DIAGONAL = stored("cases.json")
GENERAL = [
    case
    for name in ("cases_general.json", "cases_thresholds.json", "cases_subspaces.json")
    for case in stored(name)
]
CASES = {case["name"]: case for case in (*DIAGONAL, *GENERAL)}
HARD_CASES = stored("hard_cases.json")
DOZEN = [case["name"] for case in (*DIAGONAL[:6], *DIAGONAL[120:124], *DIAGONAL[-2:])]
A_FEW_OF_EACH = [case["name"] for case in GENERAL[::15]]


@cache
def predicted(name):
    """The prediction of a case, for the tests that look at the same one."""
    return de.predict(problem_of(CASES[name]["problem"]))


def promised(prediction):
    frame, estimated = prediction.problem.frame, prediction.fixed_point.estimated_error
    if frame.diagonal and frame.basis is None:
        return PROMISED
    return max(PROMISED, min(estimated, 1e-7 if frame.diagonal else 1e-10))


def out_of_tolerance(prediction, name, tolerance):
    found = deviations(prediction, CASES[name]["reference"])
    return {quantity: error for quantity, error in found.items() if not error <= tolerance}


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("name", CASES)
def test_every_quantity_is_right_to_the_promised_accuracy(name):
    prediction = predicted(name)
    assert out_of_tolerance(prediction, name, promised(prediction)) == {}


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("name", CASES)
def test_the_estimated_error_bounds_the_measured_one(name):
    """Without a factor: the estimate is ten times a residual of at least 8 eps by itself."""
    prediction = predicted(name)
    measured = max(deviations(prediction, CASES[name]["reference"]).values())
    assert measured <= prediction.fixed_point.estimated_error <= promised(prediction)


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("name", [*DOZEN, *A_FEW_OF_EACH])
def test_thirty_digits_are_all_of_the_reference_and_more(name):
    """The references have 25 digits, the last of them rounded: 1e−24.

    Without ridge, matrices that commute are turned into their eigenbasis in doubles, and a note
    says that only these digits are the problem's.
    """
    prediction = de.predict(problem_of(CASES[name]["problem"]), digits=30)
    turned = any("diagonalised in double precision" in note for note in prediction.notes)
    assert out_of_tolerance(prediction, name, 1e-13 if turned else 1e-24) == {}
    assert isinstance(prediction.fixed_point.df2, mpmath.ctx_mp_python._mpf)


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("name", CASES)
def test_the_status_says_whether_any_term_diverges(name):
    prediction = predicted(name)
    terms = (CASES[name]["reference"][term] for term in ("bias", "variance", "collapse", "total"))
    diverges = any(term.endswith("inf") for term in terms)
    assert (prediction.status is de.Status.DIVERGES) is diverges
    assert prediction.notes or not diverges


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


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("case", HARD_CASES, ids=hard_name)
def test_the_hard_cases_come_out_term_by_term(case):
    """Terms that are inf are inf, for the difference of two inf is no number."""
    prediction = de.predict(hard_problem(case))
    for term in ("bias", "variance", "collapse"):
        value, wanted = getattr(prediction, term), CONTEXT.mpf(case[term])
        assert value == wanted or abs(value - wanted) <= PROMISED * wanted < CONTEXT.inf, term


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
