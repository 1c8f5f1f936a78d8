"""Covariances of data: constant data and columns, and data with a large offset."""

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused

MAKERS = [de.Spectrum.from_data, de.Covariance.from_data]
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(500, 3))
EPS = np.finfo(float).eps


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("rows", [2, 3, 7, 1000])
@pytest.mark.parametrize("value", [0.1, -1 / 3, 1e8 / 3, 1e-200, 7.0, 0.0])
def test_identical_rows_are_refused_however_their_mean_is_rounded(make, rows, value):
    """The mean differs from the rows by rounding; the resulting variance of 1e-34 is spurious."""
    with refused(de.SpecError, "X", "rows differ rounding", f"{rows} rows", ("add rows", "eigenvalues")):
        make(np.full((rows, 3), value) * [1.0, 2.0, -3.0])


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rows_that_differ_by_rounding_are_refused(make, dtype):
    """Each entry is perturbed by at most one eps of its own precision."""
    eps = np.finfo(dtype).eps
    rows = (1.5 * (1 + eps * RNG.integers(-1, 2, size=(50, 2)))).astype(dtype)
    assert np.ptp(rows) > 0
    with refused(de.SpecError, "X", "rows differ rounding", "50 rows", ("add rows", "eigenvalues")):
        make(rows)


@pytest.mark.parametrize("make", MAKERS)
def test_columns_constant_up_to_rounding_have_variance_exactly_zero(make):
    same = np.full(500, 1 / 3) + RNG.choice([0.0, EPS / 4], size=500)
    found = make(np.column_stack([NOISE[:, 0], same, np.full(500, 0.1)]))
    assert found.rank == 1
    matrix = found.matrix if isinstance(found, de.Covariance) else np.diag(found.values)
    assert np.count_nonzero(matrix) == 1, "zeros are exact"


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("count", [8, 12])
def test_a_column_whose_range_is_a_few_rounding_errors_is_refused(make, count):
    column = 1.5 + EPS * (np.arange(500) % (count + 1))
    told = (repr(float(column.max())), f"{count * EPS:.3g}")
    with refused(de.SpecError, "X[:, 1]", "vary more rounding", told, ("offset", "constant")):
        make(np.column_stack([NOISE[:, 0], column]))


@pytest.mark.parametrize("make", MAKERS)
def test_integers_that_differ_by_a_few_eps_are_refused_and_not_set_to_zero(make):
    """Integers that differ by 1 at 1e15 are within 4.5 eps: they are refused, not set to 0."""
    bits = (np.arange(500) % 2).astype(float)
    for offset in (1e15, 2.0**52):
        with refused(de.SpecError, "X[:, 1]", "vary more rounding", (f"{offset + 1:.0f}", "1"), "offset"):
            make(np.column_stack([NOISE[:, 0], offset + bits]))
    assert make(np.column_stack([NOISE[:, 0], 1e13 + bits])).trace == pytest.approx(
        NOISE[:, 0].var() + 0.25, rel=1e-12
    )


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(("offset", "scale"), [(1e8, 1e-3), (-1e12, 1.0), (1e3, 1e-9)])
def test_with_an_offset_only_rounding_of_the_data_adds_error(make, offset, scale):
    """Against exact rational arithmetic on the rounded data; the mean adds no error of its own."""
    from fractions import Fraction

    X = offset + scale * NOISE[:200]
    exact = []
    for column in X.T:
        values = [Fraction(x) for x in column]
        mean = sum(values) / len(values)
        exact.append(float(sum((x - mean) ** 2 for x in values) / len(values)))
    # centred entries have relative error eps if the mean is accurate
    assert make(X).trace == pytest.approx(sum(exact), rel=1e-12)
    # rounding of the data adds (eps m)²/12, plus a cross term of random sign
    unit = EPS * abs(offset) / scale
    assert make(X).trace == pytest.approx(
        make(scale * NOISE[:200]).trace, rel=unit**2 + 2 * unit / np.sqrt(600)
    )


def test_data_without_a_large_offset_are_centred_in_the_usual_way():
    X = 5 + NOISE * [2.0, 1.0, 0.5]
    rows = X - X.mean(axis=0)
    assert np.array_equal(de.Covariance.from_data(X).matrix, rows.T @ rows / len(rows))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("scale", [1e-158, 1e-200, 1e-320])
def test_data_whose_variance_underflows_are_refused(make, scale):
    """At scale 1e-158 the variance 1e-316 silently keeps only eight digits."""
    told = f"{np.ptp(scale * NOISE, axis=0).max():.3g}"
    with refused(de.SpecError, "X", "range least 1e-140 underflow", told, "Rescale"):
        make(scale * NOISE)


def test_data_without_variance_or_with_squares_that_overflow_are_refused():
    with refused(de.SpecError, "X", "rows differ rounding", "5 rows", ("add rows", "eigenvalues")):
        de.Spectrum.from_data(np.ones((5, 2)))
    with refused(de.SpecError, "X", "squares up to 1e+150", "1e+200", "unit"):
        de.Spectrum.from_data(1e200 * np.eye(3))
