"""The default tolerance: a share of the prediction, wider where the theory is less sharp."""

import math
from types import SimpleNamespace

import pytest

from detequiv.verify.comparison.tolerance import chosen_tolerance

PREDICTED = {"error": 2.0, "bias": 1.0, "variance": 0.5, "collapse": 0.5}


@pytest.mark.parametrize(
    ("known", "share", "words"),
    [
        (0.0, 0.02, "2% of the predicted error"),
        (0.0099, 0.02, "2% of the predicted error"),
        (0.0101, 0.0202, "twice the theory's estimated error, +1.0%"),
        (-0.05, 0.1, "twice the theory's estimated error, -5.0%"),
        (3.0, 6.0, "+300.0%"),
    ],
)
def test_it_is_twice_the_estimated_error_of_the_theory_or_2_percent(known, share, words):
    width, origin = chosen_tolerance(None, PREDICTED, SimpleNamespace(approximation_error=known))
    assert width == pytest.approx(2 * share, rel=1e-12)
    assert words in origin


@pytest.mark.parametrize(("D", "share"), [(10.0, 0.2), (50.0, 0.04), (200.0, 0.02), (1.0, 1.0), (0.0, 1.0)])
def test_without_an_estimate_it_is_2_over_the_degrees_of_freedom(D, share):
    theory = SimpleNamespace(approximation_error=math.inf, fixed_point=SimpleNamespace(degrees_left=D))
    width, origin = chosen_tolerance(None, PREDICTED, theory)
    assert width == pytest.approx(2 * share, rel=1e-12)
    assert ("2/D" in origin) is (share > 0.02)


def test_a_theory_of_a_users_own_has_2_percent():
    assert chosen_tolerance(None, PREDICTED, None)[0] == pytest.approx(0.04)
