"""Row sums of squares of fitted columns less the truth, in all the shapes that there are."""

from typing import Any

import numpy as np
import pytest

from detequiv.verify.simulators.batched_linalg import row_products
from detequiv.verify.simulators.fitted_weights import BLOCK, Fitted

SHAPES = [(70, 70), (BLOCK, BLOCK), (5, 5), (1, 1), (70, 3), (3, 70)]
TRUTHS = [(shape, truth) for shape in SHAPES for truth in ("none", "matrix")]
TRUTHS += [(shape, "diagonal") for shape in SHAPES if shape[0] == shape[1]]


@pytest.mark.parametrize(("shape", "truth"), TRUTHS)
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("stack", [(), (1,), (3,)])
def test_row_squares_are_those_of_the_difference(stack: Any, shape: Any, truth: str, scaled: bool) -> None:
    """Sums of at most 70 positive summands: relative error below 70 roundings."""
    rng = np.random.default_rng(0)
    A, scale = rng.standard_normal((*stack, *shape)), rng.random(shape[1])
    F: Any = {"none": None, "diagonal": rng.random(shape[1]), "matrix": rng.random(shape)}[truth]
    plain = A * scale if scaled else A
    rest = plain if F is None else plain - (np.diag(F) if F.ndim == 1 else F)
    expected = np.sum(rest**2, axis=-1)
    fitted = Fitted(A, scale if scaled else None)
    tolerance = 70 * np.finfo(float).eps
    np.testing.assert_allclose(fitted.row_squares(F), expected, rtol=tolerance)
    np.testing.assert_allclose(fitted.row_squares(F), expected, rtol=tolerance)
    np.testing.assert_allclose(row_products(rest, rest), expected, rtol=tolerance)
    np.testing.assert_array_equal(fitted.values, plain)


def test_what_is_left_of_the_identity_keeps_its_digits() -> None:
    """A = I + E with entries of E powers of two: (A − I) has no rounding, its squares are 4e-28."""
    d, tiny = 40, 2.0**-50
    A = np.eye(d) + tiny * (1 - np.eye(d))
    left = Fitted(A).row_squares(np.ones(d))
    np.testing.assert_allclose(left, (d - 1) * tiny**2, rtol=d * np.finfo(float).eps)
