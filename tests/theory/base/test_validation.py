"""Numbers that break the rule of their field: the value, the rule and what the number means."""

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused
from helpers.small_problems import INF, MATRIX, NAN, S, moments, problem, source

NUMBERS = {
    # kind: (value, the rule, the value as it is told)
    "nan": (NAN, "finite", "nan"),
    "inf": (INF, "finite", "inf"),
    "-inf": (-INF, "finite", "-inf"),
    "too large": (10**400, "finite", "1" + 76 * "0" + "..."),
    "complex": (1j, "real number", "1j"),
    "complex without imaginary part": (1 + 0j, "real number", "(1+0j)"),
    "True": (True, "real number", "True"),
    "numpy bool": (np.True_, "real number", "np.True_"),
    "string": ("0.5", "real number", "'0.5'"),
    "bytes": (b"1", "real number", "b'1'"),
    "None": (None, "real number", "None"),
    "list": ([0.5], "real number", "[0.5]"),
    "array": (np.ones(2), "real number", "array([1., 1.])"),
}
NEGATIVE = {"negative": (-0.5, "non-negative", "-0.5")}
NOT_POSITIVE = {"negative": (-0.5, "positive", "-0.5"), "zero": (0.0, "positive", "0")}
FIELDS = {
    # field: what is built from the number, the remedy, further wrong values
    "ridge": (lambda x: problem(ridge=x), "|v|²", NEGATIVE),
    "noise_variance": (lambda x: source(noise_variance=x), "σ²", NEGATIVE),
    "weight": (lambda x: source(weight=x), "0", NEGATIVE),
    "gain": (lambda x: source(gain=x), (), {}),
    "entry_variance": (lambda x: de.RandomProjection(5, x), ("None", "1/d"), NOT_POSITIVE),
    "entry_variance of features": (
        lambda x: de.RandomFeatures(5, de.activations.tanh, x),
        ("None", "1/tr Σ_1"),
        NOT_POSITIVE,
    ),
    "blocks[0][1]": (lambda x: moments(1.0, x, 1.0), ("(d,)", "(d, d)"), {}),
    "quality": (lambda x: de.label_shift(S, x), "c²", NEGATIVE),
    "exponent": (lambda x: de.power_law(4, x), "j^−exponent", NEGATIVE),
    "effective_ridge": (lambda x: de.degrees_of_freedom(S, x), "ridge", NEGATIVE),
    "trace": (lambda x: de.power_law(4, 1.0, trace=x), "None", NOT_POSITIVE),
    "d": (lambda x: de.isotropic(x), (), NOT_POSITIVE),
    "synthetic_share": (
        lambda x: de.mixing_weights(x, (0.5, 0.5)),
        "share",
        {"negative": (-0.1, "between 0 and 1", "-0.1"), "above one": (1.1, "between 0 and 1", "1.1")},
    ),
}
OPTIONAL = {"entry_variance", "entry_variance of features", "trace"}
ROWS = [
    pytest.param(build, value, name.split()[0], rule, told, remedy, id=f"{name} {kind}")
    for name, (build, remedy, more) in FIELDS.items()
    for kind, (value, rule, told) in (NUMBERS | more).items()
    if not (value is None and name in OPTIONAL)
    and not (kind in ("list", "array") and name.startswith("blocks"))
]


@pytest.mark.parametrize(("build", "value", "field", "rule", "told", "remedy"), ROWS)
def test_a_number_that_breaks_its_rule_is_refused(build, value, field, rule, told, remedy):
    with refused(de.SpecError, field, rule, told, remedy) as caught:
        build(value)
    assert str(caught.value).startswith(field)


COUNTS = {
    # field: what is built from the count, the least, what it counts
    "n": (lambda x: source(x, S), 0, "samples"),
    "width": (lambda x: de.RandomProjection(x), 1, "m"),
    "width of an orthogonal projection": (lambda x: de.OrthogonalProjection(x), 1, "m"),
    "width of features": (lambda x: de.RandomFeatures(x, de.activations.relu), 1, "m"),
    "order": (lambda x: de.degrees_of_freedom(S, 1.0, x), 1, ()),
    "d": (lambda x: de.power_law(x, 1.0), 1, ()),
}
WRONG_COUNTS = {
    **{kind: (value, told) for kind, (value, _, told) in NUMBERS.items()},
    "a fraction": (2.5, "2.5"),
    "negative": (-1, "-1"),
    "a negative float": (-1.0, "-1"),
    "near 0": (1e-9, "1e-09"),
    "far below 0": (-(10**30), "-1" + 30 * "0"),
}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("kind", WRONG_COUNTS)
def test_a_count_must_be_an_integer_and_large_enough(name, kind):
    (value, told), (build, least, remedy) = WRONG_COUNTS[kind], COUNTS[name]
    with refused(de.SpecError, name.split()[0], f"integer least {least}", told, remedy):
        build(value)


@pytest.mark.parametrize("name", [name for name in COUNTS if name.startswith("width")])
def test_a_width_of_zero_is_refused(name):
    with refused(de.SpecError, "width", "integer least 1", "0"):
        COUNTS[name][0](0)


# Values in sentences


def test_long_values_are_cut_in_the_sentence():
    with refused(de.SpecError, "noise_variance", "real number", "array([0.000e+00,", longest=200):
        source(noise_variance=np.arange(10_000.0))


def test_arrays_of_several_rows_are_told_on_one_line():
    with refused(de.SpecError, "ridge", "real number", "array([[2., 1., 0.], [1., 2., 0.], [0., 0., 1.]])"):
        problem(ridge=MATRIX)


def test_integers_too_long_for_python_to_write_are_refused_all_the_same():
    with refused(de.SpecError, "ridge", "finite", ("int", "too long")):
        problem(ridge=10**5000)


@pytest.mark.parametrize(("value", "told"), [(-0.1, "-0.1"), (-1 / 3, "-0.3333333333333333"), (-2.0, "-2")])
def test_floats_are_told_in_the_fewest_digits(value, told):
    with refused(de.SpecError, "ridge", "non-negative", told):
        problem(ridge=value)


# Exceptions


def test_the_exceptions_are_those_that_users_catch():
    assert issubclass(de.SpecError, ValueError)
    assert issubclass(de.ShapeError, de.SpecError)
    assert issubclass(de.SolveError, ArithmeticError)
