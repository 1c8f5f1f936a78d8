"""Units of powers of two, and sums that lose nothing."""

import math
from fractions import Fraction

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.solver import unit_scaling as scaled
from detequiv.numerics.solver.arithmetic import in_digits
from detequiv.numerics.solver.unit_scaling import scaled_equations

TINY, LARGEST = np.finfo(float).tiny, np.finfo(float).max


@pytest.mark.parametrize(
    ("largest", "exponent"), [(1.0, 0), (math.nextafter(2, 0), 0), (2.0, 1), (0.5, -1), (3.0, 1)]
)
def test_the_exponent_brings_a_number_between_one_and_two(largest, exponent):
    assert scaled._exponent(largest) == exponent
    assert 1 <= largest / 2.0**exponent < 2


def test_powers_of_two_are_infinite_where_a_double_cannot_hold_them():
    assert scaled._power_of_two(1023, float) == 2.0**1023
    assert scaled._power_of_two(1024, float) == math.inf
    assert scaled._power_of_two(-1074, float) == 5e-324
    assert scaled._power_of_two(-1075, float) == 0
    number = in_digits(20).number
    assert scaled._power_of_two(1024, number) == number(2) ** 1024


@pytest.mark.parametrize("exponent", [-1070, -1000, -999, 999, 1000, 1023, 1030, 1070])
def test_scaling_is_exact_even_by_a_factor_that_no_double_holds(exponent):
    values = np.array([1.0, 1.75]) * 2.0 ** (-exponent // 2)
    found = scaled._scaled(values, exponent, 2.0)
    wanted = [Fraction(float(x)) * Fraction(2) ** exponent for x in values]
    assert [Fraction(float(x)) for x in found] == wanted


@pytest.mark.parametrize("exponent", [-2000, -1000, 3, 1070, 2000])
def test_scaling_of_more_digits_is_exact_at_any_exponent(exponent):
    number = in_digits(30).number
    values = np.array([number(3), number(7)], dtype=object)
    assert scaled._scaled(values, exponent, number(2)).tolist() == [
        3 * number(2) ** exponent,
        7 * number(2) ** exponent,
    ]


@pytest.mark.parametrize("number", [float, in_digits(30).number], ids=["double", "30 digits"])
def test_dimensions_and_traces_count_multiplicities(number):
    spectrum = de.Spectrum(np.array([2.0, 0.75]), np.array([3.0, 2.0]))
    mix = de.Problem(signal=1.0, sources=[de.Source(9, spectrum)], ridge=0.1)
    assert scaled._Measures(mix, number).dimension() == 5
    assert scaled._Measures(mix, number).dimension(less=2) == 3
    assert scaled._trace(np.array([2.0, 0.75]), np.array([3.0, 2.0]), number) == 7.5
    assert scaled._trace(np.array([[2.0, 9.0], [9.0, 0.75]]), np.ones(2), number) == 2.75


@pytest.mark.parametrize(
    ("given", "found", "kept"),
    [
        ([1.0, 0.0], [1.0, 0.0], True),
        ([1.0], [LARGEST], True),
        ([1.0], [math.inf], False),
        ([1.0], [math.nan], False),
        ([1.0], [TINY], True),
        ([1.0], [-TINY], True),
        ([1.0], [TINY / 2], False),
        ([1.0], [0.0], False),
        ([1.0, 0.0], [TINY, 0.0], True),
    ],
)
def test_numbers_are_kept_if_none_left_the_normal_range(given, found, kept):
    assert scaled._kept(np.array(given), np.array(found)) is kept


def test_traces_that_differ_by_rounding_are_one_and_others_are_not():
    assert scaled._snapped([1.0, 1 + 0.9e-14, 1 - 0.9e-14]) == [1.0, 1.0, 1.0]
    apart = [1.0, 1 + 1.1e-14, 1e-3, 1e-3 * (1 - 1.1e-14)]
    assert scaled._snapped(apart) == apart


@pytest.mark.parametrize(
    ("multiplicities", "exact"),
    [([2.0**52, 2.0**52 - 1], True), ([2.0**52, 2.0**52], False), ([1.0, 0.5], False)],
)
def test_counts_are_added_as_they_stand_where_no_sum_of_them_is_rounded(multiplicities, exact):
    assert scaled._integers(np.array(multiplicities)) is exact


def test_matrices_have_the_rank_of_what_is_fitted():
    first, second = np.diag([2.0, 1.0, 0.0]), np.zeros((3, 3))
    second[:2, :2] = [[1.0, 0.5], [0.5, 1.0]]
    sources = [de.Source(5, first), de.Source(4, second)]
    mix = de.Problem(signal=1.0, sources=sources, ridge=0.1)
    assert scaled_equations(mix).equations.algebra.rank == 2


def test_features_without_a_variance_have_one_over_the_trace_of_the_first_source():
    sources = [de.Source(5, np.array([2.0, 1.0])), de.Source(4, np.array([7.0, 3.0]))]

    def error(variance):
        model = de.RandomFeatures(6, de.activations.tanh, variance)
        return de.predict(de.Problem(signal=1.0, sources=sources, ridge=0.1, model=model)).error

    assert error(None) == pytest.approx(error(1 / 3), rel=1e-12)
