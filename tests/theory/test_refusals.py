"""What a specification refuses: the class of the exception, the value, the rule and the remedy.

Each row is a wrong call, and two pieces that the sentence must contain: what is wrong with which
value, and what to do (or what the number means).
"""

import dataclasses

import numpy as np
import pytest

import detequiv as de

NAN, INF = float("nan"), float("inf")
S = [1.0, 0.5, 0.25]


def source(*args, **fields):
    return de.Source(*(args or (5, S)), **fields)


def problem(**fields):
    plain = {"signal": 1.0, "sources": [de.Source(5, S)], "ridge": 0.1}
    return de.Problem(**{**plain, **fields})


def bases(count):
    """Spectra of three features from different rows."""
    rng = np.random.default_rng(0)
    return [de.Spectrum.from_data(rng.normal(size=(20, 3)) * [3, 2, 1]) for _ in range(count)]


NUMBERS = {
    # value: (what is said of it)
    "nan": (NAN, "must be finite; got nan"),
    "inf": (INF, "must be finite; got inf"),
    "-inf": (-INF, "must be finite; got -inf"),
    "too large": (10**400, "must be finite; got 1000"),
    "complex": (1j, "must be one real number; got 1j"),
    "complex without imaginary part": (1 + 0j, "must be one real number; got (1+0j)"),
    "True": (True, "must be one real number; got True"),
    "numpy bool": (np.True_, "must be one real number; got np.True_"),
    "string": ("0.5", "must be one real number; got '0.5'"),
    "bytes": (b"1", "must be one real number; got b'1'"),
    "None": (None, "must be one real number; got None"),
    "list": ([0.5], "must be one real number; got [0.5]"),
    "array": (np.ones(2), "must be one real number; got array([1., 1.])"),
}
NEGATIVE = {"negative": (-0.5, "must be non-negative; got -0.5")}
NOT_POSITIVE = {"negative": (-0.5, "must be positive; got -0.5")}
FIELDS = {
    # what is built from the number, the remedy, further wrong values
    "ridge": (lambda x: problem(ridge=x), "multiplies |v|² after a 1/n loss", NEGATIVE),
    "noise_variance": (lambda x: source(noise_variance=x), "It is σ², not σ", NEGATIVE),
    "weight": (lambda x: source(weight=x), "0 ignores the source's labels", NEGATIVE),
    "gain": (lambda x: source(gain=x), "gain", {}),
    "entry_variance": (
        lambda x: de.RandomProjection(5, x),
        "entry_variance",
        {
            "zero": (0.0, "must be positive; got 0. None takes the paper's 1/d"),
            "negative": (-1.0, "must be positive; got -1. None takes the paper's 1/d"),
        },
    ),
    "quality": (lambda x: de.label_shift(S, x), "It is c² = tr ΣΔ", NEGATIVE),
    "exponent": (lambda x: de.power_law(4, x), "Eigenvalues are j^−exponent", NEGATIVE),
    "t": (lambda x: de.degrees_of_freedom(S, x), "It is a ridge", NEGATIVE),
    "trace": (
        lambda x: de.power_law(4, 1.0, trace=x),
        "trace",
        NOT_POSITIVE | {"zero": (0.0, "must be positive; got 0. None leaves the values unscaled")},
    ),
    "d": (lambda x: de.isotropic(x), "d", NOT_POSITIVE | {"zero": (0, "must be positive; got 0")}),
    "a": (
        lambda x: de.mixing_weights(x, (0.5, 0.5)),
        "a",
        {
            "negative": (-0.1, "must lie between 0 and 1; got -0.1. It is a share of the loss"),
            "above one": (1.1, "must lie between 0 and 1; got 1.1. It is a share of the loss"),
        },
    ),
}
OPTIONAL = {"entry_variance", "trace"}
ROWS = [
    pytest.param(name, build, value, said, remedy, id=f"{name} {kind}")
    for name, (build, remedy, more) in FIELDS.items()
    for kind, (value, said) in (NUMBERS | more).items()
    if not (value is None and name in OPTIONAL)
]


@pytest.mark.parametrize(("name", "build", "value", "said", "remedy"), ROWS)
def test_a_number_that_breaks_its_rule_is_refused(name, build, value, said, remedy):
    with pytest.raises(de.SpecError) as refused:
        build(value)
    message = str(refused.value)
    assert name in message.split()[0]
    assert said in message
    assert remedy in message


COUNTS = {
    "n": (lambda x: source(x, S), 0, "It is a number of samples"),
    "width": (lambda x: de.RandomProjection(x), 1, "It is m, the number of columns of S"),
    "order": (lambda x: de.degrees_of_freedom(S, 1.0, x), 1, "order"),
    "power law's d": (lambda x: de.power_law(x, 1.0), 1, "d"),
}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [2.5, -1, -1.0, 1e-9, -(10**30)])
def test_a_count_must_be_an_integer_and_large_enough(name, value):
    build, least, remedy = COUNTS[name]
    with pytest.raises(de.SpecError, match=f"must be an integer of at least {least}") as refused:
        build(value)
    assert f"got {value!r}" in str(refused.value) or f"got {value:.17g}" in str(refused.value)
    assert remedy in str(refused.value)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("kind", NUMBERS)
def test_a_count_must_be_a_number_at_all(name, kind):
    (value, said), (build, least, remedy) = NUMBERS[kind], COUNTS[name]
    with pytest.raises(de.SpecError, match=f"must be an integer of at least {least}") as refused:
        build(value)
    assert said.partition("; ")[2] in str(refused.value)
    assert remedy in str(refused.value)


def test_a_width_of_zero_is_refused():
    with pytest.raises(de.SpecError, match="width must be an integer of at least 1; got 0"):
        de.RandomProjection(0)


# Arrays

ARRAYS = {
    # field: what is built from the array, and what its entries are called
    "eigenvalues": (lambda x: de.Spectrum(x), "eigenvalues"),
    "covariance": (lambda x: source(5, x), "covariance"),
    "target covariance": (lambda x: de.Target(x), "covariance"),
    "shift": (lambda x: source(5, S, shift=x), "shift"),
    "signal": (lambda x: problem(signal=x), "signal"),
    "multiplicities": (lambda x: de.Spectrum(S, x), "multiplicities"),
}
ENTRIES = {
    "nan": ([1.0, NAN, 0.5], "[1] must be finite; got nan"),
    "inf": ([1.0, 0.5, INF], "[2] must be finite; got inf"),
    "complex": ([1.0, 1j, 0.5], "must hold real numbers; got complex entries"),
    "complex without imaginary part": (np.ones(3) + 0j, "must hold real numbers; got complex"),
    "bools": ([True, False, True], "must hold real numbers; got bool entries"),
    "strings": (["1", "2", "3"], "must hold real numbers; got <U1 entries"),
    "objects": ([1.0, None, 2.0], "must hold real numbers; got object entries"),
    "ragged": ([[1.0], [1.0, 2.0]], "with rows of one length"),
}


@pytest.mark.parametrize("field", ARRAYS)
@pytest.mark.parametrize("kind", ENTRIES)
def test_arrays_must_hold_finite_real_numbers(field, kind):
    (build, name), (value, said) = ARRAYS[field], ENTRIES[kind]
    with pytest.raises(de.SpecError) as refused:
        build(value)
    assert name in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: de.Spectrum([1.0, -1e-17]), "eigenvalues must be non-negative; got -1"),
        (lambda: source(5, [1.0, -2.0]), "got -2 at index 1"),
        (lambda: de.Spectrum([-1.0]), "Round-off below zero should be set to 0"),
        (lambda: source(5, S, shift=[1.0, 0.0, -3.0]), "shift[2] must be non-negative; got -3"),
        (lambda: problem(signal=[0.5, -0.5, 1.0]), "signal[1] must be non-negative; got -0.5"),
        (lambda: problem(signal=-2.0), "signal must be non-negative; got -2"),
        (lambda: source(shift=-2.0), "shift must be non-negative; got -2"),
        (lambda: de.Spectrum(S, [1.0, -1.0, 1.0]), "multiplicities must be positive; got -1"),
        (lambda: de.Spectrum(S, [1.0, 0.0, 1.0]), "Leave out eigenvalues that do not occur"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_negative_entries_are_refused_with_their_place(build, said):
    with pytest.raises(de.SpecError) as refused:
        build()
    assert said in str(refused.value)


def test_a_negative_moment_comes_with_the_advice_to_square_a_fixed_vector():
    with pytest.raises(de.SpecError, match="square a fixed vector entry by entry"):
        problem(signal=[1.0, -1.0, 1.0])


@pytest.mark.parametrize("zeros", [[0.0], [0.0, 0.0], np.zeros(5), [-0.0]])
def test_a_covariance_must_not_vanish(zeros):
    with pytest.raises(de.SpecError, match="must not all be 0; a source without variance"):
        de.Spectrum(zeros)


SHAPES = {
    "no eigenvalues": (lambda: de.Spectrum([]), "got shape (0,)", "isotropic(d)"),
    "a scalar for eigenvalues": (lambda: de.Spectrum(1.0), "got shape ()", "isotropic(d)"),
    "2-D eigenvalues": (lambda: de.Spectrum(np.eye(2)), "got shape (2, 2)", "1-D"),
    "dense covariance": (lambda: source(5, np.eye(3)), "got shape (3, 3)", "common eigenbasis"),
    "dense target": (lambda: de.Target(np.eye(3)), "got shape (3, 3)", "common eigenbasis"),
    "scalar covariance": (lambda: source(5, 1.0), "got shape ()", "isotropic(d)"),
    "3-D covariance": (lambda: source(5, np.ones((1, 1, 1))), "got shape (1, 1, 1)", "1-D"),
    "dense shift": (lambda: source(shift=np.eye(3)), "got shape (3, 3)", "scalar or a 1-D array"),
    "dense signal": (lambda: problem(signal=np.eye(3)), "got shape (3, 3)", "1-D array"),
    "empty signal": (lambda: problem(signal=[]), "0 entries", "one entry per eigenvalue"),
    "short signal": (lambda: problem(signal=[1.0, 2.0]), "2 entries", "3 coordinates"),
    "long shift": (lambda: source(shift=np.ones(4)), "4 entries", "or a scalar"),
    "multiplicities": (lambda: de.Spectrum(S, [1.0, 2.0]), "got shape (2,)", "3 eigenvalues"),
    "two dimensions": (
        lambda: problem(sources=[source(), source(5, [1.0, 2.0])]),
        "3, 2 for the sources",
        "one dimension",
    ),
    "target dimension": (
        lambda: problem(target=de.Target([1.0, 2.0])),
        "2 for the target",
        "one dimension",
    ),
    "unlike fractional multiplicities": (
        lambda: problem(
            sources=[
                source(5, de.Spectrum([1.0, 2.0], [1.5, 1.5])),
                source(5, de.Spectrum([1.0, 2.0], [1.0, 2.0])),
            ]
        ),
        "multiplicities that are not integers",
        "the same in every covariance",
    ),
    "unlike huge multiplicities": (
        lambda: problem(
            sources=[
                source(5, de.Spectrum([1.0, 2.0], [1e9, 1e9])),
                source(5, de.Spectrum([1.0, 2.0], [5e8, 1.5e9])),
            ]
        ),
        "2e+09 repeated eigenvalues",
        "the same multiplicities",
    ),
    "one data row": (lambda: de.Spectrum.from_data([[1.0, 2.0]]), "(1, 2)", "at least 2 feature"),
    "1-D data": (lambda: de.Spectrum.from_data([1.0, 2.0]), "got shape (2,)", "(N, d) array"),
    "basis": (
        lambda: de.Spectrum(S, basis=np.eye(4)),
        "got shape (4, 4)",
        "one column for each of the 3",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit_are_refused_with_both_sizes(name):
    build, value, remedy = SHAPES[name]
    with pytest.raises(de.ShapeError) as refused:
        build()
    assert value in str(refused.value)
    assert remedy in str(refused.value)


# Classes and collections

WRONG = {
    "one source": (lambda: problem(sources=source()), "got one Source", "[Source(...)]"),
    "no source": (lambda: problem(sources=[]), "got none", "at least one Source"),
    "None for sources": (lambda: problem(sources=None), "got None", "list of Source"),
    "text for sources": (lambda: problem(sources="ab"), "got str", "list of Source"),
    "a spectrum among the sources": (
        lambda: problem(sources=[source(), de.isotropic(3)]),
        "sources[1] must be a Source",
        "got Spectrum",
    ),
    "a set of sources": (lambda: problem(sources={source()}), "got set", "list(...)"),
    "only empty sources": (
        lambda: problem(sources=[source(0, S), source(0, S)]),
        "all have n = 0",
        "n ≥ 1",
    ),
    "a model class": (lambda: problem(model=de.Linear), "Linear'>", "Linear() or Random"),
    "a model name": (lambda: problem(model="linear"), "got 'linear'", "Linear() or Random"),
    "no model": (lambda: problem(model=None), "got None", "Linear() or RandomProjection(width)"),
    "a width for a model": (lambda: problem(model=5), "got 5", "RandomProjection(width)"),
    "a spectrum for a target": (
        lambda: problem(target=de.isotropic(3)),
        "got Spectrum",
        "Target(covariance)",
    ),
    "an array for a target": (lambda: problem(target=S), "got list", "Target(covariance)"),
    "a source for a target": (lambda: problem(target=source()), "got Source", "a Target"),
    "text for a covariance": (lambda: source(5, "abc"), "covariance", "real numbers"),
    "None for a covariance": (lambda: source(5, None), "covariance", "real numbers"),
    "None for a signal": (lambda: problem(signal=None), "got None", "a number or a 1-D array"),
    "text for a signal": (lambda: problem(signal="1"), "got '1'", "a number or a 1-D array"),
    "True for a signal": (lambda: problem(signal=True), "got True", "scalar times the identity"),
    "nan for a signal": (lambda: problem(signal=NAN), "got nan", "scalar times the identity"),
    "nan for a shift": (lambda: source(shift=NAN), "got nan", "scalar times the identity"),
    "text for a shift": (lambda: source(shift="1"), "got '1'", "a number or a 1-D array"),
    "skew basis": (
        lambda: de.Spectrum([1.0, 1.0], basis=[[1.0, 1.0], [0.0, 1.0]]),
        "orthonormal columns",
        "QR",
    ),
    "two bases": (
        lambda: problem(sources=[source(5, s) for s in bases(2)]),
        "different bases",
        "spectrum.project(X)",
    ),
    "a target in another basis": (
        lambda: problem(sources=[source(5, bases(2)[0])], target=de.Target(bases(2)[1])),
        "different bases",
        "Estimate both in one basis",
    ),
    "constant data": (lambda: de.Spectrum.from_data(np.ones((5, 2))), "all be 0", "variance"),
    "unknown shift shape": (
        lambda: de.label_shift(S, 1.0, shape="isotrop"),
        "got 'isotrop'",
        '"precision" or "isotropic"',
    ),
    "precision of zeros": (
        lambda: de.label_shift([1.0, 0.0], 1.0),
        "has zeros",
        'shape="isotropic"',
    ),
    "precision that overflows": (
        lambda: de.label_shift([1.0, 1e-310], 1.0),
        "1e-310",
        'shape="isotropic"',
    ),
    "three fractions": (lambda: de.mixing_weights(0.5, (1, 2, 3)), "got (1, 2, 3)", "(p_1, p_2)"),
    "an empty fraction": (lambda: de.mixing_weights(0.5, (1.0, 0.0)), "1 and 0", "positive"),
    "negative fractions": (lambda: de.mixing_weights(0.5, (-1.0, 2.0)), "-1 and 2", "positive"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_mix_is_refused_with_a_way_out(name):
    build, value, remedy = WRONG[name]
    with pytest.raises(de.SpecError) as refused:
        build()
    assert value in str(refused.value)
    assert remedy in str(refused.value)


@pytest.mark.parametrize("name", WRONG)
def test_refusals_are_short_even_of_long_values(name):
    with pytest.raises(de.SpecError) as refused:
        WRONG[name][0]()
    assert len(str(refused.value)) < 400
    assert str(refused.value).endswith(".")


def test_long_values_are_cut_in_the_sentence():
    with pytest.raises(de.SpecError) as refused:
        source(noise_variance=np.arange(10_000.0))
    assert len(str(refused.value)) < 200


def test_the_exceptions_are_those_that_users_catch():
    assert issubclass(de.SpecError, ValueError)
    assert issubclass(de.ShapeError, de.SpecError)
    assert issubclass(de.SolveError, ArithmeticError)


@pytest.mark.parametrize(
    "build",
    [
        lambda: de.Source(5, S, 0.1),
        lambda: de.Target(S, 0.1),
        lambda: de.Problem(1.0, [source()], 0.1),
    ],
    ids=["noise variance", "target noise", "problem"],
)
def test_numbers_that_could_be_mistaken_must_be_named(build):
    with pytest.raises(TypeError, match="positional argument"):
        build()


# Nothing half-built


def test_a_refused_replacement_leaves_the_original_as_it_was():
    mix = problem()
    again = problem()
    for fields in ({"ridge": NAN}, {"sources": []}, {"signal": -1.0}, {"model": None}):
        with pytest.raises(de.SpecError):
            dataclasses.replace(mix, **fields)
    assert mix == again


@pytest.mark.parametrize("value", [problem(), source(), de.Spectrum(S), de.RandomProjection(3)])
def test_fields_cannot_be_set_past_the_checks(value):
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, NAN)
