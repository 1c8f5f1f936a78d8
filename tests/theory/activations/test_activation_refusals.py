"""Functions that are no activations, and moments that cannot be had."""

import math

import numpy as np
import pytest

from detequiv.theory import activations
from detequiv.theory.activations import Activation, leaky_relu, polynomial
from detequiv.theory.base.errors import ShapeError, SpecError
from helpers.refusals import refused


class NoiseLayer:
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, z):
        return z + self.rng.normal(size=np.shape(z))


SHAPE, ELEMENTWISE = "shape argument", "element by element"
FUNCTIONS = {
    # the function, the error, the rule, the value, the remedy
    "text": ("relu", SpecError, "callable", "'relu'", "numpy.tanh"),
    "a constant": (lambda z: np.full_like(z, 0.3), SpecError, "constant centring", "0.3", "varies"),
    "one number": (lambda z: 0.3, ShapeError, SHAPE, ("()", "(1,)"), ELEMENTWISE),
    "a sum": (np.sum, ShapeError, SHAPE, ("()", "(1,)"), ELEMENTWISE),
    "sums": (np.cumsum, ShapeError, SHAPE, ("(66,)", "(2, 33)"), ELEMENTWISE),
    "rows of several lengths": (lambda z: [[1.0], [1.0, 2.0]], ShapeError, SHAPE, "rows", ELEMENTWISE),
    "a logarithm": (np.log, SpecError, "finite", ("-inf", "0"), "overflow"),
    "complex": (lambda z: z * 1j, SpecError, "real", "'complex128'", "real part"),
    "softmax": (lambda z: np.exp(z) / np.exp(z).sum(), SpecError, "element changes", (), "by itself"),
    "sums of one shape": (
        lambda z: np.cumsum(z).reshape(z.shape),
        SpecError,
        "element changes",
        (),
        "by itself",
    ),
    "noise": (NoiseLayer(), SpecError, "element changes", (), "by itself"),
    "in place": (
        lambda z: np.maximum(z, 0, out=z),
        SpecError,
        "float64 ±32",
        ("ValueError", "read-only"),
        ("arrays", "one"),
    ),
    "two arguments": (lambda a, b: a + b, SpecError, "float64 ±32", ("TypeError", "'b'"), ("arrays", "one")),
    "of positive numbers": (
        lambda z: math.log(z),
        SpecError,
        "float64 ±32",
        ("TypeError", "ValueError", "math domain error"),
        "number",
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_that_are_no_activations_are_refused(name):
    function, error, *facts = FUNCTIONS[name]
    with refused(error, "function" if name == "text" else "mine", *facts):
        Activation("mine", function)


NUMBER, FINITE = "real number", "finite"
WRONG = {
    "no name": (lambda: Activation("", np.tanh), "name", "text", "''"),
    "None for a name": (lambda: Activation(None, np.tanh), "name", "text", "None"),
    "a number for a name": (lambda: Activation(3, np.tanh), "name", "text", "3"),
    "text for a break": (lambda: Activation("mine", np.tanh, breaks=["0"]), "breaks", NUMBER, "'0'", "jumps"),
    "nan for a break": (lambda: Activation("mine", np.tanh, breaks=[math.nan]), "breaks", FINITE, "nan"),
    "None for a break": (lambda: Activation("mine", np.tanh, breaks=[None]), "breaks", NUMBER, "None"),
    "one break": (lambda: Activation("step", np.tanh, 1.0), "breaks", "list numbers", "1", ("jumps", "kink")),
    "no coefficients": (lambda: polynomial([]), "polynomial([])", "constant", "0", "varies"),
    "a constant polynomial": (lambda: polynomial([1.0]), "polynomial([1])", "constant", "got 1", "varies"),
    "a slope of 0": (lambda: polynomial([3.0, 0.0]), "polynomial([3])", "constant", "got 3", "varies"),
    "one coefficient": (lambda: polynomial(1.0), "coefficients", "list numbers", "1", "power"),
    "nan for a coefficient": (lambda: polynomial([1.0, math.nan]), "coefficients", FINITE, "nan", "power"),
    "text for a slope": (lambda: leaky_relu("0.1"), "slope", NUMBER, "'0.1'", "relu"),
    "text for an argument": (lambda: activations.tanh("1"), "z", "real numbers", "'1'", ("tanh", "array")),
    "a complex argument": (lambda: activations.tanh([1j]), "z", "real numbers", "complex", ("tanh", "array")),
    "digits of a callable": (
        lambda: Activation("mine", np.tanh).moments(1.0, digits=30),
        ("digits", "mine"),
        "None floats",
        "30",
        "tanh",
    ),
    "what oscillates too fast": (
        lambda: Activation("sine", np.sin).moments(1e12),
        "sine",
        "known estimated error",
        ("1e-10", "2.6e-01", "q = 1e+12"),
        ("breaks=", "entry_variance"),
    ),
    "overflow": (
        lambda: polynomial([0, 0, 1]).moments(1e200),
        "polynomial([0, 0, 1])",
        "finite overflow",
        "q = 1e+200",
        "entry_variance",
    ),
    "overflow inside": (
        lambda: Activation("naive softplus", lambda z: np.log1p(np.exp(z))).moments(1e6),
        "naive softplus",
        "finite overflow",
        "q = 1e+06",
        ("entry_variance", "form"),
    ),
    "overflow of single numbers": (
        lambda: Activation("scalar", math.cosh).moments(1e6),
        "scalar",
        "finite overflow",
        "q = 1e+06",
        "entry_variance",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_activation_or_has_no_moments_is_refused(name):
    call, *facts = WRONG[name]
    with refused(SpecError, *facts):
        call()


def test_a_function_that_is_flat_at_this_variance_is_refused():
    late = Activation("late", lambda z: np.maximum(z - 1, 0))
    assert late.moments(1.0).slope > 0
    with refused(SpecError, "late", "constant centring", "q = 1e-06", "entry_variance"):
        late.moments(1e-6)


@pytest.mark.parametrize(
    ("q", "rule", "told"),
    [
        (0, "positive", "0"),
        (-1.0, "positive", "-1"),
        (math.nan, FINITE, "nan"),
        (math.inf, FINITE, "inf"),
        ("1", NUMBER, "'1'"),
        (None, NUMBER, "None"),
        ([1.0], NUMBER, "[1.0]"),
    ],
)
def test_variances_are_positive_numbers(q, rule, told):
    with refused(SpecError, "q", rule, told, "variance") as caught:
        activations.tanh.moments(q)
    assert str(caught.value).startswith("q ")


@pytest.mark.parametrize(
    ("digits", "told"), [(0, "0"), (-3, "-3"), (2.5, "2.5"), ("many", "'many'"), ([30], "[30]")]
)
def test_digits_are_counts(digits, told):
    with refused(SpecError, "digits", "integer least 1", told, "4000") as caught:
        activations.tanh.moments(1.0, digits=digits)
    assert str(caught.value).startswith("digits ")
