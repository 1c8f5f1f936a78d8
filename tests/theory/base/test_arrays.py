"""Arrays and matrices in every field: finite real numbers, and not negative where they are moments."""

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused
from helpers.small_problems import INF, MATRIX, NAN, S, moments, problem, source, with_entry

ARRAYS = {
    # field, and its holder where two have one: what is built from the array
    "eigenvalues": lambda x: de.Spectrum(x),
    "covariance": lambda x: source(5, x),
    "covariance of the target": lambda x: de.Target(x),
    "shift": lambda x: source(5, S, shift=x),
    "signal": lambda x: problem(signal=x),
    "w": lambda x: de.Fixed(x),
    "blocks[0][0]": lambda x: moments(x, 0.0, 1.0),
    "multiplicities": lambda x: de.Spectrum(S, x),
}
REAL = "real numbers"
ENTRIES = {
    # kind: (error, value, its place, the rule, what is told of it)
    "nan": (de.SpecError, [1.0, NAN, 0.5], "[1]", "finite", "nan"),
    "inf": (de.SpecError, [1.0, 0.5, INF], "[2]", "finite", "inf"),
    "complex": (de.SpecError, [1.0, 1j, 0.5], "", REAL, "complex"),
    "complex without imaginary part": (de.SpecError, np.ones(3) + 0j, "", REAL, "complex"),
    "bools": (de.SpecError, [True, False, True], "", REAL, "bool"),
    "strings": (de.SpecError, ["1", "2", "3"], "", REAL, "text"),
    "objects": (de.SpecError, [1.0, None, 2.0], "", REAL, "object"),
    "ragged": (de.ShapeError, [[1.0], [1.0, 2.0]], "", "rows one length", "several"),
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("kind", ENTRIES)
def test_arrays_must_hold_finite_real_numbers(name, kind):
    error, value, place, rule, told = ENTRIES[kind]
    with refused(error, name.split()[0] + place, rule, told):
        ARRAYS[name](value)


MATRICES = {
    "covariance of a source": lambda x: source(5, x),
    "covariance alone": lambda x: de.Covariance(x),
    "covariance of the target": lambda x: de.Target(x),
    "shift": lambda x: source(shift=x),
    "signal": lambda x: problem(signal=x),
    "blocks[0][0]": lambda x: moments(x, 0.0, 1.0),
}
WRONG_MATRICES = {
    "nan": (with_entry(NAN, 2, 1), "[2, 1]", "finite", "nan"),
    "inf": (with_entry(INF, 0, 0), "[0, 0]", "finite", "inf"),
    "complex": (MATRIX + 1j, "", REAL, "complex"),
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("kind", WRONG_MATRICES)
def test_matrices_must_hold_finite_real_numbers(name, kind):
    value, place, rule, told = WRONG_MATRICES[kind]
    with refused(de.SpecError, name.split()[0] + place, rule, told):
        MATRICES[name](value)


NOT_FINITE_REAL = {
    "a truth value among numbers": (lambda: de.Spectrum([1.0, True]), "eigenvalues", REAL, "bool", "1-D"),
    "a truth value in a matrix": (
        lambda: de.Covariance([[1.0, 0.0], [0.0, np.True_]]),
        "covariance",
        REAL,
        "bool",
        "(d, d)",
    ),
    "a truth value among multiplicities": (
        lambda: de.Spectrum([1.0, 2.0], [True, 1]),
        "multiplicities",
        REAL,
        "bool",
        "how often",
    ),
    "integers beyond floats": (
        lambda: source(5, [10**400, 1]),
        "covariance",
        "floats below",
        "1.8e308",
        "1-D array of eigenvalues",
    ),
    "missing values": (
        lambda: source(5, np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])),
        "covariance",
        "missing values",
        "masked array",
        "1-D array of eigenvalues",
    ),
    "text for a covariance": (lambda: source(5, "abc"), "covariance", REAL, "'abc'", "isotropic(d)"),
    "None for a covariance": (lambda: source(5, None), "covariance", REAL, "None", "isotropic(d)"),
    "text for a fixed truth": (lambda: de.Fixed("ab"), "w", REAL, "'ab'", "(d, outputs)"),
    "a Spectrum for a signal": (
        lambda: problem(signal=de.isotropic(3)),
        "signal",
        REAL,
        "Spectrum",
        "second moment",
    ),
    "True for a signal": (lambda: problem(signal=True), "signal", "real number", "True", "scalar"),
    "nan for a signal": (lambda: problem(signal=NAN), "signal", "finite", "nan", "scalar"),
    "nan for a shift": (lambda: source(shift=NAN), "shift", "finite", "nan", "scalar"),
    "text for a shift": (lambda: source(shift="1"), "shift", "number array", "'1'", "Fixed(w)"),
    "text for a signal": (lambda: problem(signal="1"), "signal", "number array", "'1'", "Fixed(w)"),
}


@pytest.mark.parametrize("name", NOT_FINITE_REAL)
def test_what_is_no_real_array_is_refused_with_what_it_is(name):
    call, *facts = NOT_FINITE_REAL[name]
    with refused(de.SpecError, *facts):
        call()


NEGATIVE = {
    "a rounding error": (
        lambda: de.Spectrum([1.0, -1e-17]),
        "eigenvalues",
        "non-negative",
        ("-1e-17", "1"),
        "Round-off",
    ),
    "an eigenvalue": (lambda: source(5, [1.0, -2.0]), "eigenvalues", "non-negative", ("-2", "index 1")),
    "the only eigenvalue": (lambda: de.Spectrum([-1.0]), "eigenvalues", "non-negative", "-1", "Round-off"),
    "a shift's": (lambda: source(shift=[1.0, 0.0, -3.0]), "shift[2]", "non-negative", "-3"),
    "a signal's": (lambda: problem(signal=[0.5, -0.5, 1.0]), "signal[1]", "non-negative", "-0.5", "Fixed(w)"),
    "a scalar signal": (lambda: problem(signal=-2.0), "signal", "non-negative", "-2"),
    "a scalar shift": (lambda: source(shift=-2.0), "shift", "non-negative", "-2"),
    "a multiplicity": (lambda: de.Spectrum(S, [1.0, -1.0, 1.0]), "multiplicities", "positive", "-1"),
    "a multiplicity of 0": (
        lambda: de.Spectrum(S, [1.0, 0.0, 1.0]),
        "multiplicities",
        "positive",
        ("0", "index 1"),
        "Leave out",
    ),
}


@pytest.mark.parametrize("name", NEGATIVE)
def test_negative_entries_are_refused_with_their_place(name):
    call, *facts = NEGATIVE[name]
    with refused(de.SpecError, *facts):
        call()


OVERFLOWING = {
    "eigenvalues": (
        lambda: de.Spectrum([1e308, 1e308]),
        "eigenvalues",
        "sum below",
        ("1.8e308", "inf"),
        "units",
    ),
    "multiplicities": (
        lambda: de.Spectrum([1.0, 1e-300], [1e308, 1e308]),
        "multiplicities",
        "sum below",
        ("1.8e308", "inf"),
        "units",
    ),
    "a trace": (
        lambda: source(5, 1e308 * np.ones((3, 3))),
        "covariance",
        "trace floats",
        ("1e+308", "3"),
        "units",
    ),
    "blocks": (lambda: moments(1e308, -1e308, 1e308), "blocks", "added up to 1e+300", "1e+308", "units"),
    "more eigenvalues than memory": (
        lambda: de.power_law(10**30, 1.0),
        "d",
        "memory",
        "1e+30",
        "Spectrum(values, multiplicities)",
    ),
}


@pytest.mark.parametrize("name", OVERFLOWING)
def test_what_overflows_is_refused_with_its_size(name):
    call, *facts = OVERFLOWING[name]
    with refused(de.SpecError, *facts):
        call()
