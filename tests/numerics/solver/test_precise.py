"""More digits: on request, and by itself where double precision cannot hold the answer."""

import dataclasses
from functools import cache

import mpmath
import pytest

import detequiv as de
from helpers.refusals import refused
from reference.build import CONTEXT, compared, deviations, problem_of
from reference.master import reference


def source(samples, spectrum, **fields):
    plain = {"weight": 1.0, "noise": 1.0, "gain": 1.0, "shift": None}
    return {"samples": samples, "spectrum": spectrum, **plain, **fields}


def description(*sources, ridge, width=None, **fields):
    """A description in the format of `reference.master`."""
    return {
        "model": "linear" if width is None else "random",
        "width": width,
        "s2": None,
        "ridge": ridge,
        "multiplicity": None,
        "target": None,
        "truth": 1.0,
        "sources": list(sources),
        **fields,
    }


def worst(prediction, values):
    return max(deviations(prediction, values).values())


# Sources that overlap and together have exactly as many samples as the rank of their common block.

TIES = {
    "two sources on three coordinates": description(
        source(1, [1.0, 0.5, 0.25, 0.0]),
        source(2, [0.25, 0.5, 1.0, 0.0], shift=0.3),
        source(7, [0.0, 0.0, 0.0, 1.0]),
        ridge=1e-24,
    ),
    "the same, projected": description(
        source(1, [1.0, 0.5, 0.25, 0.0]),
        source(2, [0.25, 0.5, 1.0, 0.0], shift=0.3),
        source(7, [0.0, 0.0, 0.0, 1.0]),
        ridge=1e-24,
        width=50,
    ),
    "three sources, one of them narrow": description(
        source(1, [1.0, 0.0, 1.0, 0.0]),
        source(1, [1.0, 1.0, 1.0, 0.0], weight=0.5),
        source(1, [1.0, 1.0, 1.0, 0.0]),
        source(7, [0.0, 0.0, 0.0, 1.0]),
        ridge=2e-26,
    ),
    "a chain of overlaps": description(
        source(1, [1.0, 1.0, 0.0, 0.0]),
        source(1, [0.0, 1.0, 1.0, 0.0]),
        source(1, [1.0, 1.0, 1.0, 0.0]),
        source(34, [0.0, 0.0, 0.0, 1.0]),
        ridge=3e-25,
    ),
    "a tie of the rest": description(
        source(28, [1.0, 0.0, 0.0, 0.0]),
        source(1, [1.0, 1.0, 1.0, 0.0]),
        source(2, [0.0, 0.0, 1.0, 0.5]),
        ridge=9e-79,
    ),
    "a tied part at a tiny ridge": description(source(1, [1.0, 0.0]), source(15, [0.0, 1.0]), ridge=2e-113),
}
tied = pytest.mark.parametrize("name", TIES)


@cache
def predicted(name):
    """The prediction of a tie and the largest deviation from its reference."""
    prediction = de.predict(problem_of(TIES[name]))
    return prediction, worst(prediction, reference(TIES[name]).strings())


@pytest.mark.slow
@tied
def test_a_tie_is_solved_to_the_promised_accuracy(name):
    _, measured = predicted(name)
    assert measured <= 1e-11


@tied
def test_more_digits_than_double_precision_has_are_said_in_the_notes(name):
    prediction, _ = predicted(name)
    more = prediction.fixed_point.digits > 16
    assert ("digits were used" in " ".join(prediction.notes)) == more
    if more:
        assert f"{prediction.fixed_point.digits} digits were used" in prediction.notes[0]
        assert prediction.notes[0] in " ".join(str(prediction).split())


def test_the_overlapping_tie_does_need_more_digits():
    """Otherwise the tests above test less than they say."""
    prediction, _ = predicted("two sources on three coordinates")
    assert prediction.fixed_point.digits > 16
    assert type(prediction.error) is float


@tied
def test_the_estimated_error_stays_honest_after_rounding_to_floats(name):
    prediction, measured = predicted(name)
    assert measured <= prediction.fixed_point.estimated_error <= 1e-11


# Counting with multiplicities of 1e9.

MANY = description(
    source(10**9 + 21, [1.0, 0.5, 0.25, 0.1]), ridge=1e-26, multiplicity=[1e9, 10.3, 7.6, 3.09]
)


def test_a_small_difference_of_large_counts_is_exact():
    """n − d = .01 here, and d = 1e9 has 7 digits after the point."""
    assert worst(de.predict(problem_of(MANY)), reference(MANY).strings()) <= 1e-11


def test_the_same_beside_a_second_source():
    one, two = source(10**9 + 21, [1.0, 0.5, 0.25, 0.1, 0.0]), source(10, [0.0] * 4 + [1.0])
    problem = {**MANY, "multiplicity": [1e9, 10.3, 7.6, 3.09, 5.0], "sources": [one, two]}
    assert worst(de.predict(problem_of(problem)), reference(problem).strings()) <= 1e-11


# Digits on request

GAINED = description(
    source(9, [1.0, 0.5, 0.25, 0.125], gain=0.7, shift=[0.1, 0.2, 0.3, 0.4], weight=0.3),
    source(5, [0.125, 1.0, 0.0, 0.5], gain=-0.4, noise=0.1),
    source(0, [1.0, 1.0, 1.0, 1.0]),
    ridge=1e-6,
    width=6,
    target=[1.0, 2.0, 3.0, 4.0],
)


@cache
def hundred_digits():
    return reference(GAINED, digits=120).strings(100)


@pytest.mark.parametrize("digits", [1, 16, 25, 40, 60])
def test_as_many_digits_as_asked_for_are_right(digits):
    prediction = de.predict(problem_of(GAINED), digits=digits)
    assert worst(prediction, hundred_digits()) <= 10.0**-digits
    assert prediction.fixed_point.digits > digits


def test_results_with_digits_are_mpmath_numbers():
    prediction = de.predict(problem_of(GAINED), digits=40)
    number = mpmath.ctx_mp_python._mpf
    assert isinstance(prediction.error, number) and isinstance(prediction.null_error, number)
    assert isinstance(prediction.sources[1].training_error, number)
    assert isinstance(prediction.fixed_point.f[0], number)
    assert prediction.sources[2].training_error is None
    assert abs(prediction.bias + prediction.variance + prediction.collapse - prediction.error) < (
        1e-39 * prediction.error
    )


def test_asking_for_digits_adds_no_note():
    notes = " ".join(de.predict(problem_of(GAINED), digits=20).notes)
    assert "digits were used" not in notes


def test_a_prediction_with_digits_prints_like_any_other():
    mix = problem_of(GAINED)
    more, double = de.predict(mix, digits=40), de.predict(mix)
    assert str(more) == str(double)
    assert repr(more) == repr(double)
    assert str(more.fixed_point).startswith(str(double.fixed_point).partition(";")[0])


def test_no_global_precision_is_touched():
    before = mpmath.mp.dps
    de.predict(problem_of(GAINED), digits=50)
    assert mpmath.mp.dps == before == 15


def test_a_number_of_digits_may_be_an_integral_float():
    mix = problem_of(GAINED)
    assert de.predict(mix, digits=20.0).error == de.predict(mix, digits=20).error


def test_large_requests_are_answered_or_refused_in_a_sentence():
    with refused(de.SolveError, "digits", "more than 1000", "1000 digits", "1e-06"):
        de.predict(problem_of(GAINED), digits=1000)
    mix = de.Problem(signal=1, sources=[de.Source(30, [1.0, 0.5])], ridge=0.1)
    assert de.predict(mix, digits=400).fixed_point.digits >= 415  # 1e-400 is 0 as a float


# Extreme numbers

EXTREMES = {
    "ridge 1e-300": {"ridge": 1e-300},
    "ridge 1e300": {"ridge": 1e300},
    "width 1e9": {"ridge": 1e-3, "width": 10**9},
    "width 1": {"ridge": 1e-9, "width": 1},
    "tiny entries": {"ridge": 1e-9, "width": 5, "s2": 1e-150},
    "large entries": {"ridge": 1e-9, "width": 5, "s2": 1e150},
    "one sample": {"ridge": 1e-9, "sources": [source(1, [1.0, 0.5, 0.25, 0.125])]},
    "a million samples": {"ridge": 1e-9, "sources": [source(10**6, [1.0, 0.5, 0.25, 0.125])]},
    "weights 1e±8": {
        "ridge": 1e-9,
        "sources": [
            source(3, [1.0, 0.5, 0.25, 0.125], weight=1e8),
            source(4, [0.5, 1.0, 0.25, 0.125], weight=1e-8),
        ],
    },
    "eigenvalues down to 1e-16": {
        "ridge": 1e-18,
        "sources": [source(2, [1.0, 1e-5, 1e-11, 1e-16]), source(2, [1e-16, 1.0, 1e-9, 1e-3])],
    },
}


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("fields", EXTREMES.values(), ids=EXTREMES)
def test_extreme_numbers_are_no_exception(fields):
    """Compared where doubles have all their digits; smaller numbers may underflow."""
    problem = description(*GAINED["sources"], ridge=1.0) | fields
    problem["model"] = "linear" if problem["width"] is None else "random"
    digits = 1000 if problem["ridge"] == 1e-300 else 400  # with too few of them it says so
    values, prediction = reference(problem, digits).strings(), de.predict(problem_of(problem))
    normal = {name for name, _, wanted, _ in compared(prediction, values) if is_normal(wanted)}
    found = deviations(prediction, values)
    assert {name: found[name] for name in normal if not found[name] <= 1e-11} == {}
    assert "error" in normal


def is_normal(text):
    return text is not None and abs(CONTEXT.mpf(text)) > 1e-300


@pytest.mark.parametrize("ridge", [1e-120, 1e-160, 1e-300])
@pytest.mark.parametrize(("model", "error"), [(de.Linear(), 8.0), (de.RandomProjection(5), 20.0)], ids=str)
def test_coordinates_without_data_keep_their_signal_at_any_ridge(ridge, model, error):
    """The last coordinate is in the target alone. As λ → 0 it costs 4Γ = 8; random projections let
    the other three spill into it, 4/(m − 3) of the 3Γ = 6 that is fitted there."""
    source = de.Source(9, [1.0, 0.5, 0.25, 0.0])
    target = de.Target([1.0, 1.0, 1.0, 4.0])
    mix = de.Problem(signal=2.0, sources=[source], ridge=ridge, model=model, target=target)
    assert de.predict(mix).error == pytest.approx(error, rel=1e-12)


def test_what_leaves_the_range_when_scaled_is_left_to_mpmath():
    far = de.Problem(
        signal=1e-100, sources=[de.Source(5, [1e-200] * 2)], ridge=1e-200, target=de.Target([1e150] * 2)
    )
    near = de.Problem(signal=1.0, sources=[de.Source(5, [1.0] * 2)], ridge=1.0, target=de.Target([1.0] * 2))
    expected = de.predict(near).error * 1e50
    assert de.predict(far).error == pytest.approx(expected, rel=1e-12)
    assert float(de.predict(far, digits=20).error) == pytest.approx(expected, rel=1e-12)


def test_a_coordinate_300_decades_below_is_not_lost():
    source = de.Source(5, [1e300, 1e-300])
    mix = de.Problem(signal=1.0, sources=[source], ridge=1e-20)
    more = de.predict(mix, digits=20).error
    assert more >= 1e-300
    assert de.predict(mix).error == pytest.approx(float(more), rel=1e-11)


def test_a_bias_of_tiny_square_and_huge_signal_is_not_lost():
    """κ² = 1e−320 by itself is nothing; κ²Γ is 1e−20."""
    usual = de.Problem(signal=1.0, sources=[de.Source(9, [1.0, 0.5, 0.25])], ridge=1e-10)
    extreme = dataclasses.replace(usual, signal=1e300, ridge=1e-160)
    assert de.predict(extreme).bias == pytest.approx(de.predict(usual).bias, rel=1e-9)
