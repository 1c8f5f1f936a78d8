"""Covariance matrices and spectra that are none: shapes, symmetry, eigenvalues, vanishing."""

import dataclasses

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused
from helpers.small_problems import S, bases, problem, source, with_entry

INDEFINITE = np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Eigenvalues −1, 1 and 3."""
SYMMETRIC = {
    "covariance of a source": lambda x: source(5, x),
    "covariance alone": lambda x: de.Covariance(x),
    "covariance of the target": lambda x: de.Target(x),
    "shift": lambda x: source(shift=x),
    "signal": lambda x: problem(signal=x),
}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_an_asymmetric_matrix_is_refused_with_the_two_entries(name):
    entries = ("1.25", "(0, 1)", "1", "(1, 0)")
    with refused(de.SpecError, name.split()[0], "symmetric", entries, "Symmetrise"):
        SYMMETRIC[name](with_entry(1.25, 0, 1))


@pytest.mark.parametrize("name", SYMMETRIC)
def test_an_indefinite_matrix_is_refused_with_its_eigenvalue(name):
    with refused(de.SpecError, name.split()[0], "negative eigenvalue", ("-1", "3"), "positive part"):
        SYMMETRIC[name](INDEFINITE)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_negative_entry_of_a_diagonal_matrix_is_an_eigenvalue(name):
    """However small: nothing was rounded there."""
    with refused(de.SpecError, name.split()[0], "negative eigenvalue", "-1e-18"):
        SYMMETRIC[name](np.diag([1.0, -1e-18, 1.0]))


@pytest.mark.parametrize("name", SYMMETRIC)
def test_rounding_is_no_asymmetry_and_no_negative_eigenvalue(name):
    """A Gram matrix of rank 2 in 40 dimensions: eigenvalues of −1e−16 and entries off by 1e−17."""
    rows = np.random.default_rng(0).normal(size=(2, 40))
    gram = rows.T @ rows
    gram[0, 1] *= 1 + 2e-16
    assert np.linalg.eigvalsh(gram)[0] < 0
    wide = source(5, np.ones(40))
    if name == "shift":
        assert dataclasses.replace(wide, shift=gram).shift.shape == (40, 40)
    elif name == "signal":
        assert problem(sources=[wide], signal=gram).signal.shape == (40, 40)
    else:
        SYMMETRIC[name](gram)


def test_a_covariance_matrix_must_not_vanish():
    with refused(de.SpecError, "covariance", "not all 0", "3 by 3", ("leave it out", "positive")):
        source(5, np.zeros((3, 3)))


@pytest.mark.parametrize("zeros", [[0.0], [0.0, 0.0], np.zeros(5), [-0.0]])
def test_a_covariance_must_not_vanish(zeros):
    with refused(de.SpecError, "eigenvalues", "not all 0", "[0.0", ("leave it out", "positive")):
        de.Spectrum(zeros)


COVARIANCE, SECOND_MOMENT = "Spectrum 1-D eigenvalues square matrix", ("number", "(d, d)")
SHAPES = {
    "no eigenvalues": (lambda: de.Spectrum([]), "eigenvalues", "1-D", "(0,)", "isotropic(d)"),
    "a scalar for eigenvalues": (lambda: de.Spectrum(1.0), "eigenvalues", "1-D", "()", "isotropic(d)"),
    "2-D eigenvalues": (lambda: de.Spectrum(np.eye(2)), "eigenvalues", "1-D", "(2, 2)", "isotropic(d)"),
    "scalar covariance": (lambda: source(5, 2.5), "covariance", "dimension", "2.5", "isotropic(d)"),
    "scalar target": (lambda: de.Target(1), "covariance", "dimension", "number, 1", "isotropic(d)"),
    "3-D covariance": (
        lambda: source(5, np.ones((1, 1, 1))),
        "covariance",
        "square matrix",
        "(1, 1, 1)",
        ("(d, d)", "1-D"),
    ),
    "rectangular covariance": (
        lambda: source(5, np.ones((4, 3))),
        "covariance",
        COVARIANCE,
        "(4, 3)",
        "Spectrum.from_data(X)",
    ),
    "rectangular target": (
        lambda: de.Target(np.ones((2, 3))),
        "covariance",
        COVARIANCE,
        "(2, 3)",
        "Spectrum.from_data(X)",
    ),
    "empty matrix": (
        lambda: source(5, np.ones((0, 0))),
        "covariance",
        "square",
        "(0, 0)",
        "symmetric (d, d)",
    ),
    "1-D in Covariance": (lambda: de.Covariance(S), "covariance", "square matrix", "(3,)", "Spectrum"),
    "rectangular shift": (lambda: source(shift=np.ones((2, 3))), "shift", "square", "(2, 3)", SECOND_MOMENT),
    "3-D shift": (lambda: source(shift=np.ones((1, 1, 1))), "shift", "scalar 1-D 2-D", "(1, 1, 1)", "(d, d)"),
    "3-D signal": (
        lambda: problem(signal=np.ones((3, 3, 3))),
        "signal",
        "scalar 1-D 2-D",
        "(3, 3, 3)",
        SECOND_MOMENT,
    ),
    "a mean of other columns": (
        lambda: de.Spectrum(S, basis=np.eye(3), mean=np.zeros(4)),
        "mean",
        "1-D each row basis",
        "(4,)",
        "from_data",
    ),
    "a matrix for a mean": (lambda: de.Spectrum(S, mean=np.eye(3)), "mean", "1-D", "(3, 3)", "from_data"),
    "one row to project": (
        lambda: bases(1)[0].project([1.0, 2.0, 3.0]),
        "X",
        "column 3 features",
        "(3,)",
        "X[None]",
    ),
    "multiplicities": (
        lambda: de.Spectrum(S, [1.0, 2.0]),
        "multiplicities",
        "entry each 3 eigenvalues",
        "(2,)",
        "how often",
    ),
    "a basis": (
        lambda: de.Spectrum(S, basis=np.eye(4)),
        "basis",
        "column each 3 eigenvalues",
        "(4, 4)",
        ("from_data", "eigh"),
    ),
    "one data row for a matrix": (
        lambda: de.Covariance.from_data([[1.0, 2.0]]),
        "X",
        "(N, d) least 2 rows",
        "(1, 2)",
        "X[:, None]",
    ),
    "one data row": (
        lambda: de.Spectrum.from_data([[1.0, 2.0]]),
        "X",
        "(N, d) least 2 rows",
        "(1, 2)",
        "X[:, None]",
    ),
    "1-D data": (lambda: de.Spectrum.from_data([1.0, 2.0]), "X", "(N, d) least 2 rows", "(2,)", "X[:, None]"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_make_no_covariance_are_refused(name):
    call, *facts = SHAPES[name]
    with refused(de.ShapeError, *facts):
        call()


def test_a_basis_must_be_orthonormal():
    with refused(de.SpecError, "basis", "orthonormal columns", ("differs from I", "1"), "QR"):
        de.Spectrum([1.0, 1.0], basis=[[1.0, 1.0], [0.0, 1.0]])
