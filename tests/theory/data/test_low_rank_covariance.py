"""Covariances D + U N Uᵀ: what they say, equal and refuse, against the matrix they stand for."""

import copy
import pickle

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.errors import ShapeError, SpecError
from detequiv.theory.data.effective_covariances import applied, solved, updated
from helpers.refusals import refused

low_rank = de.Covariance.diagonal_plus_low_rank

DIAGONAL = np.array([2.0, 1.0, 0.5, 0.0])
VECTORS = np.array([[1.0, 0.3], [0.5, -0.4], [-0.2, 0.1], [0.0, 0.0]])
COEFFICIENTS = np.array([[0.4, -0.2], [-0.2, -0.3]])
DENSE = np.diag(DIAGONAL) + VECTORS @ COEFFICIENTS @ VECTORS.T
V = np.array([0.3, -1.0, 0.7, 0.0])


def given():
    return low_rank(DIAGONAL, VECTORS, COEFFICIENTS)


def test_it_is_its_matrix():
    c = given()
    assert c.matrix == pytest.approx(DENSE, abs=1e-15)
    assert c.trace == pytest.approx(np.trace(DENSE), rel=1e-15)
    assert c.eigenvalues == pytest.approx(np.linalg.eigvalsh(DENSE)[::-1], abs=1e-15)
    assert (len(c), c.d, c.rank) == (4, 4, 3)
    assert applied(c, V) == pytest.approx(DENSE @ V, abs=1e-15)
    assert applied(c, VECTORS) == pytest.approx(DENSE @ VECTORS, abs=1e-15)


def test_the_solution_lies_in_its_range():
    assert solved(given(), V) == pytest.approx(np.linalg.pinv(DENSE) @ V, abs=1e-14)


@pytest.mark.parametrize(
    "base",
    [de.Spectrum(DIAGONAL), de.Spectrum([2.0, 1.0], [3, 1]), given(), de.Covariance(DENSE)],
    ids=["spectrum", "multiplicities", "low rank", "matrix"],
)
def test_updates_add_to_every_form(base):
    before = np.diag(np.repeat(base.values, [3, 1])) if len(base) == 2 else applied(base, np.eye(4))
    found = updated(base, VECTORS, 0.1 * COEFFICIENTS)
    assert applied(found, np.eye(4)) == pytest.approx(before + 0.1 * (DENSE - np.diag(DIAGONAL)), abs=1e-15)
    assert updated(base, VECTORS, 0 * COEFFICIENTS) is base


def test_repeated_eigenvalues_are_written_out():
    vectors = VECTORS + 0.1
    assert low_rank(de.Spectrum([2.0, 1.0], [3, 1]), vectors, COEFFICIENTS) == low_rank(
        [2.0, 2.0, 2.0, 1.0], vectors, COEFFICIENTS
    )


def test_copies_are_equal_and_others_are_not():
    c = given()
    for again in (copy.deepcopy(c), pickle.loads(pickle.dumps(c)), given()):
        assert again == c and hash(again) == hash(c) and again.digest == c.digest
    assert low_rank(DIAGONAL, VECTORS, 0.5 * COEFFICIENTS) != c
    assert de.Covariance(DENSE) != c


@pytest.mark.parametrize(
    ("arguments", "error", "facts"),
    [
        (([1, 1], [[1.0], [1.0]], [[-1.0]]), SpecError, ("covariance", "negative eigenvalue", "-1")),
        (([1, 0], [[1.0], [1.0]], [[1.0]]), SpecError, ("covariance", "negative eigenvalue", "-1")),
        (([1, 1], [1.0, 1.0], [[1.0]]), ShapeError, ("vectors", "shape", "(2,)")),
        (([1, 1], [[1.0], [1.0]], [1.0]), ShapeError, ("coefficients", "shape", "(1,)")),
        (([1, 1], np.eye(2), [[1, 2], [3, 1]]), SpecError, ("coefficients", "symmetric", "[3.0, 1.0]")),
        ((np.eye(2), [[1.0], [1.0]], [[1.0]]), SpecError, ("diagonal", "Spectrum 1-D", "matrix")),
    ],
)
def test_refusals(arguments, error, facts):
    with refused(error, *facts):
        low_rank(*arguments)
