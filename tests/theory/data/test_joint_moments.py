"""Joint moments that are those of no truths."""

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused
from helpers.small_problems import MATRIX, jointly, moments, source, with_entry

JOINT = {
    "scalars": (lambda: moments(1.0, 2.0, 1.0), "-1"),
    "diagonals": (lambda: moments(np.ones(3), [0.5, 2.0, 0.0], 1.0), "-1"),
    "matrices": (lambda: moments(MATRIX, 2 * MATRIX, MATRIX), "-1.5"),
    "three of them": (lambda: de.Moments([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]), "-0.414214"),
}


@pytest.mark.parametrize("name", JOINT)
def test_indefinite_joint_moments_are_refused_with_the_eigenvalue(name):
    build, eigenvalue = JOINT[name]
    with refused(de.SpecError, "joint moments", "negative eigenvalue", eigenvalue, "W_jk"):
        build()


@pytest.mark.parametrize(
    ("cross", "other", "gap"),
    [
        (0.5, 0.4, "0.1"),
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.75], ("0.25", "[2]")),
        (np.triu(MATRIX) / 4, np.triu(MATRIX) / 4, ("0.25", "[0, 1]")),
        (
            0.5 * np.eye(3)[::-1],
            0.5 * np.eye(3)[::-1] - 0.25 * np.eye(1, 9, 6).reshape(3, 3),
            ("0.25", "[2, 0]"),
        ),
    ],
    ids=["scalars", "diagonals", "matrices", "one entry"],
)
def test_blocks_that_are_not_transposes_are_refused_with_gap_and_place(cross, other, gap):
    with refused(de.SpecError, ("blocks[1][0]", "blocks[0][1]"), "transpose", gap, "W_jk"):
        de.Moments([[4.0, cross], [other, 4.0]])


def test_transposes_are_accepted():
    cross = np.triu(MATRIX) / 4
    assert de.Moments([[4.0, cross], [cross.T, 4.0]]).entries == 3
    assert de.Moments([[np.ones(3), 0.5], [[0.5] * 3, 1.0]]).entries == 3


def test_a_variance_of_zero_has_no_products():
    with refused(de.SpecError, "joint moments", "vanish variance 0", "1e-09", "0"):
        moments([1.0, 0.0], [0.5, 1e-9], 1.0)
    assert moments([1.0, 0.0], [0.5, 0.0], 1.0).entries == 2


def test_joint_moments_on_the_edge_are_accepted():
    """Truths that are equal or opposite, rounding included."""
    for c in (1.0, -1.0):
        assert moments(MATRIX, c * MATRIX, MATRIX).entries == 3
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(3, 40, 7))
    blocks = [[a @ b.T for b in factor] for a in factor]
    assert de.Moments(blocks).entries == 40


FORM, BLOCK = "[[W_11, …, W_1t], …, [W_t1, …, W_tt]]", ("scalar", "(d,)", "(d, d)")
WRONG = {
    "an asymmetric block of its own": (
        de.SpecError,
        lambda: moments(with_entry(1.25, 0, 1), 0.0, 1.0),
        "blocks[0][0]",
        "symmetric",
        ("0.25", "[0, 1]"),
        "Symmetrise",
    ),
    "a negative variance": (
        de.SpecError,
        lambda: moments(-1.0, 0.0, 1.0),
        "joint moments",
        "negative variance",
        "-1",
        "sign",
    ),
    "one number": (de.SpecError, lambda: de.Moments(1.0), "blocks", "rows", "1", FORM),
    "a 0-D array": (de.SpecError, lambda: de.Moments(np.array(1.0)), "blocks", "rows", "array(1.)", FORM),
    "numbers for rows": (de.SpecError, lambda: de.Moments([1.0, 1.0]), "blocks[0]", "row", "1", FORM),
    "text": (de.SpecError, lambda: de.Moments("ab"), "blocks", "rows", "'ab'", FORM),
    "text for a row": (de.SpecError, lambda: de.Moments(["ab", "cd"]), "blocks[0]", "row", "'ab'", FORM),
    "None": (de.SpecError, lambda: de.Moments(None), "blocks", "rows", "None", FORM),
    "a spectrum for a block": (
        de.SpecError,
        lambda: moments(de.isotropic(3), 0, 1),
        "blocks[0][0]",
        "real numbers",
        "Spectrum",
        BLOCK,
    ),
    "Fixed for a block": (
        de.SpecError,
        lambda: moments(de.Fixed([1.0]), 0.0, 1.0),
        "blocks[0][0]",
        "real number",
        "Fixed",
        BLOCK,
    ),
    "rows of several lengths": (
        de.ShapeError,
        lambda: de.Moments([[1.0, 1.0], [1.0]]),
        "blocks",
        "K + 1 rows",
        ("2", "1"),
        (FORM, "target last"),
    ),
    "no target": (de.ShapeError, lambda: de.Moments([[1.0]]), "blocks", "K + 1 rows", "rows of 1", FORM),
    "no rows": (de.ShapeError, lambda: de.Moments([]), "blocks", "K + 1 rows", "no rows", FORM),
    "a 3-D block": (
        de.ShapeError,
        lambda: moments(np.ones((2, 2, 2)), 0, 1),
        "blocks[0][0]",
        "scalar 1-D square",
        "(2, 2, 2)",
        BLOCK,
    ),
    "a rectangular block": (
        de.ShapeError,
        lambda: moments(np.ones((2, 3)), 0, 1),
        "blocks[0][0]",
        "scalar 1-D square",
        "(2, 3)",
        BLOCK,
    ),
    "an empty block": (
        de.ShapeError,
        lambda: moments([], 0, 1),
        "blocks[0][0]",
        "scalar 1-D square",
        "(0,)",
        BLOCK,
    ),
    "an empty matrix": (
        de.ShapeError,
        lambda: de.Moments([[np.eye(0), 0], [0, 1]]),
        "blocks[0][0]",
        "scalar 1-D square",
        "(0, 0)",
        BLOCK,
    ),
    "blocks of two sizes": (
        de.ShapeError,
        lambda: moments(np.eye(2), 0, np.eye(3)),
        ("blocks[0][0]", "blocks[1][1]"),
        "one dimension",
        ("2", "3"),
        "scalar",
    ),
    "moments for other sources": (
        de.ShapeError,
        lambda: jointly(de.Moments(np.eye(3)), sources=[source()]),
        "truths",
        "row one source target",
        "3 rows",
        "2 rows of 2",
    ),
    "moments for one of two sources": (
        de.ShapeError,
        lambda: jointly(moments(1, 0, 1), sources=[source(), source()]),
        "truths",
        "row 2 sources target",
        "got 2 rows",
        "3 rows of 3",
    ),
    "moments of another dimension": (
        de.ShapeError,
        lambda: jointly(moments(np.eye(4), 0, 1)),
        "truths",
        "covariance coordinates",
        ("4", "3"),
        ("(d, d)", "scalars"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_joint_moments_is_refused(name):
    error, call, *facts = WRONG[name]
    with refused(error, *facts):
        call()


def test_matrix_blocks_are_of_all_dimensions_where_eigenvalues_repeat():
    spectrum, W = de.Spectrum([2.0, 1.0], [2, 1]), np.array([[1.0, 0.2], [0.2, 1.0]])
    with refused(de.ShapeError, "truths", "covariance coordinates", ("2", "3"), "(d, d)"):
        de.Problem(truths=de.Moments([[W, W], [W, W]]), sources=[de.Source(5, spectrum)], ridge=1)
