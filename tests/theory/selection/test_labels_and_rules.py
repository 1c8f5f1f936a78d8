"""Labels and rules by themselves: what they draw, keep, compare and refuse."""

import copy
import math
import pickle

import numpy as np
import pytest

from detequiv import labels, rules
from detequiv.theory.base.errors import ShapeError, SpecError
from helpers.refusals import refused
from helpers.selections import LABELS, RULES, VARIANCES

NAN = math.nan


@pytest.mark.parametrize("value", [*LABELS.values(), *RULES.values()], ids=[*LABELS, *RULES])
def test_values_are_equal_to_their_copies_and_to_no_others(value):
    assert copy.deepcopy(value) == value and hash(copy.copy(value)) == hash(value)
    assert [other for other in (*LABELS.values(), *RULES.values()) if other == value] == [value]


def test_values_without_lambdas_are_pickled():
    law = labels.function([1.0, 0.5], np.tanh)
    for value in (law, rules.near([1.0, 0.5], 0.5) & rules.agree([1.0, 0.0])):
        again = pickle.loads(pickle.dumps(value))
        assert again == value and again.digest == value.digest


def test_functions_are_told_apart_by_their_values():
    w = [1.0, 0.5]
    assert labels.function(w, np.sin) == labels.function(w, lambda z: np.sin(z))
    assert labels.function(w, np.sin) != labels.function(w, np.cos)
    assert labels.function(w, np.sin) != labels.function(w, np.sin, variance=lambda z: 0.1)


def test_labels_are_drawn_by_their_law():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100_000, 2))
    w = np.array([0.6, 0.8])
    y = labels.linear(w, 0.25).draw(rng, X)
    assert np.var(y - X @ w) == pytest.approx(0.25, rel=0.02)  # 4 standard errors
    flips = labels.sign(w, flip=0.2).draw(rng, X) != np.sign(X @ w)
    assert flips.mean() == pytest.approx(0.2, abs=0.006)
    Z, t = labels.mixture(w, flip=0.2).sample(rng, X)
    assert (Z * t[:, None]).mean(axis=0) == pytest.approx(0.6 * w, abs=0.02)
    assert labels.polynomial(w, [1, 0, 2]).draw(rng, X) == pytest.approx(1 + 2 * (X @ w) ** 2)


@pytest.mark.parametrize("name", RULES)
def test_rules_keep_with_their_probability(name):
    rng = np.random.default_rng(1)
    X, y = LABELS["linear"].sample(rng, rng.standard_normal((20_000, 5)) * np.sqrt(VARIANCES))
    share = RULES[name].probability(X, y)
    kept = RULES[name].keep(rng, X, y)
    assert kept.dtype == bool and ((share == 0) <= ~kept).all() and ((share == 1) <= kept).all()
    assert kept.mean() == pytest.approx(share.mean(), abs=0.015)


def test_rules_change_at_their_breaks():
    w = [1.0, 0.0]
    assert rules.near(w, 0.5).score_breaks(y=1.0) == (0.5, 1.5)
    assert rules.near(w, 0.5).label_breaks(np.array([2.0])).tolist() == [[1.5, 2.5]]
    assert rules.margin(w, above=1.0).score_breaks() == (-1.0, 1.0)
    assert rules.agree(w).sees_label and not rules.margin(w, above=1.0).sees_label
    assert len((rules.near(w, 1) & (rules.agree(w) & rules.random(0.5))).parts) == 3


def test_refusals():
    w = [1.0, 0.5]
    with refused(SpecError, "t", "positive", "0"):
        rules.near(w, 0)
    with refused(SpecError, "below", "exceed", ("2", "1"), "limits"):
        rules.margin(w, above=2, below=1)
    with refused(SpecError, "below", "exceed", "0"):
        rules.margin(w, below=0)
    with refused(SpecError, "above", "non-negative", "-1"):
        rules.label(above=-1, size=True)
    with refused(SpecError, "above", "finite", "nan"):
        rules.one_sided(w, above=NAN)
    with refused(SpecError, "limit", "given", "None"):
        rules.margin(w)
    with refused(SpecError, "function", "between 0 and 1", "-11.3"):
        rules.probability(lambda z: z, w)
    with refused(SpecError, "p", "positive", "0"):
        rules.random(0)
    with refused(SpecError, "p", "between", "2"):
        rules.random(2)
    with refused(SpecError, "rule", "combined", "3"):
        rules.agree(w) & 3
    with refused(SpecError, "w", "not be 0", "zeros"):
        rules.agree([0.0, 0.0])
    with refused(ShapeError, "w", "1-D", "(1, 2)"):
        labels.linear([[1.0, 2.0]])
    with refused(SpecError, "scale", "positive", "0"):
        labels.probit(w, scale=0)
    with refused(SpecError, "flip", "between", "2"):
        labels.sign(w, flip=2)
    with refused(SpecError, "coefficients", "empty", "[]"):
        labels.polynomial(w, [])
    with refused(SpecError, "variance", "at least 0", "-11.3"):
        labels.function(w, np.tanh, variance=lambda z: z)
    with refused(ShapeError, "mean", "shape", "(2,)"):
        labels.function(w, lambda z: np.ones(2))
    with refused(SpecError, "labels of a mixture", "together", "inputs"):
        labels.mixture(w).draw(np.random.default_rng(0), np.ones((1, 2)))
    with refused(ShapeError, "X", "column", "(1, 3)"):
        labels.linear(w).draw(np.random.default_rng(0), np.ones((1, 3)))
