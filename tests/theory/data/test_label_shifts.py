"""Label shifts, mixing weights and chains of generators that do not exist."""

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused
from helpers.small_problems import MATRIX, S


def corollary(**fields):
    plain = {"aspect_ratio": 0.5, "synthetic_share": 0.3, "noise_variances": (1, 1), "quality": 1}
    return de.corollary_1(**{**plain, **fields})


def chain(d, counts, noise_variances):
    return de.chain_quality(d, counts=counts, noise_variances=noise_variances)


SHAPES, ISOTROPIC = ("(c²/d) Σ⁻¹", "(c²/tr Σ) I"), 'shape="isotropic"'
SHARES, BOTH_NOISES = ("shares", "counts"), ("σ_1²", "σ_2²")
WRONG = {
    # Label shifts
    "precision of a singular matrix": (
        lambda: de.label_shift(np.ones((3, 3)), 1.0),
        "precision",
        "positive eigenvalues",
        ("rank 1", "dimension 3"),
        ISOTROPIC,
    ),
    "precision of zeros": (
        lambda: de.label_shift([1.0, 0.0], 1.0),
        "precision",
        "positive eigenvalues",
        "zeros",
        (ISOTROPIC, "spectrum.values > 0"),
    ),
    "precision that overflows": (
        lambda: de.label_shift([1.0, 1e-310], 1.0),
        "precision",
        "overflow smallest eigenvalue",
        "1e-310",
        ISOTROPIC,
    ),
    "precision of a matrix that overflows": (
        lambda: de.label_shift(1e-310 * MATRIX, 1e10),
        "precision",
        "overflow smallest eigenvalue",
        "1e-310",
        ISOTROPIC,
    ),
    "an isotropic shift that overflows": (
        lambda: de.label_shift([1e-300], 1e100, "isotropic"),
        "quality",
        "overflow",
        ("1e+100", "tr Σ", "1e-300"),
        "units",
    ),
    "an unknown shape": (
        lambda: de.label_shift(S, 1.0, shape="isotrop"),
        "shape",
        ('"precision"', '"isotropic"'),
        "'isotrop'",
        SHAPES,
    ),
    "an array for a shape": (
        lambda: de.label_shift(S, 1.0, np.ones(3)),
        "shape",
        ('"precision"', '"isotropic"'),
        "array([1., 1., 1.])",
        SHAPES,
    ),
    # Mixing weights
    "three fractions": (
        lambda: de.mixing_weights(0.5, (1, 2, 3)),
        "fractions",
        "two numbers",
        "(1, 2, 3)",
        ("(p_1, p_2)", *SHARES),
    ),
    "an empty fraction": (
        lambda: de.mixing_weights(0.5, (1.0, 0.0)),
        "fractions[1]",
        "positive",
        "0",
        (*SHARES, "alone is 1"),
    ),
    "negative fractions": (
        lambda: de.mixing_weights(0.5, (-1.0, 2.0)),
        "fractions[0]",
        "positive",
        "-1",
        SHARES,
    ),
    "nested fractions": (
        lambda: de.mixing_weights(0.5, [[1.0], [1.0, 2.0]]),
        "fractions[0]",
        "real number",
        "[1.0]",
        SHARES,
    ),
    "fractions without order": (
        lambda: de.mixing_weights(0.5, {1.0, 2.0}),
        "fractions",
        "two numbers",
        "{1.0, 2.0}",
        "(p_1, p_2)",
    ),
    "unlike fractions": (
        lambda: de.mixing_weights(0.5, (1.0, 1e-320)),
        "fractions",
        "ratio floats",
        ("1", "9.99989e-321"),
        "Leave",
    ),
    # Chains of generators
    "counts that are one array without dimensions": (
        lambda: chain(3, np.array(10), (0.1,)),
        "counts",
        "list numbers",
        "array(10)",
        "one per generator",
    ),
    "bytes for counts": (
        lambda: chain(3, b"ab", (0.1, 0.1)),
        "counts",
        "list numbers",
        "b'ab'",
        "one per generator",
    ),
    "a count that is none": (
        lambda: chain(3, (10, 2.5), (0.1, 0.1)),
        "counts[1]",
        "integer least 1",
        "2.5",
        "samples",
    ),
    "too small a count": (
        lambda: chain(30, (100, 20), (0.1, 0.1)),
        "counts[1]",
        "above dimension",
        ("20", "d = 30"),
        ("more samples", "labels=..."),
    ),
    "noise of no generator": (
        lambda: chain(3, (10,), ()),
        "noise_variances",
        "number generator 1 counts",
        "0",
        "one per generator",
    ),
    "negative noise of a generator": (
        lambda: chain(3, (10,), (-0.5,)),
        "noise_variances[0]",
        "non-negative",
        "-0.5",
        "σ²",
    ),
    # The noises of two sources
    "an array without dimensions for noises": (
        lambda: corollary(noise_variances=np.array(1.0)),
        "noise_variances",
        "two numbers",
        "array(1.)",
        BOTH_NOISES,
    ),
    "bytes for noises": (
        lambda: corollary(noise_variances=b"ab"),
        "noise_variances",
        "two numbers",
        "b'ab'",
        BOTH_NOISES,
    ),
    "a set of noises": (
        lambda: corollary(noise_variances={1, 2}),
        "noise_variances",
        "two numbers",
        "{1, 2}",
        BOTH_NOISES,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_shift_weight_or_chain_is_refused(name):
    call, *facts = WRONG[name]
    with refused(de.SpecError, *facts):
        call()
