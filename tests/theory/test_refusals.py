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
MATRIX = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
INDEFINITE = np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""Eigenvalues −1, 1 and 3."""


def with_entry(value, i, j):
    """The matrix with another entry."""
    there = MATRIX.copy()
    there[i, j] = value
    return there


def source(*args, **fields):
    return de.Source(*(args or (5, S)), **fields)


def problem(**fields):
    plain = {"signal": 1.0, "sources": [de.Source(5, S)], "ridge": 0.1}
    return de.Problem(**{**plain, **fields})


def moments(first, cross, target, **fields):
    """Joint moments of one source and the target."""
    return de.Moments([[first, cross], [cross, target]], **fields)


def jointly(truths, **fields):
    return problem(signal=None, truths=truths, **fields)


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
    "entry_variance of features": (
        lambda x: de.RandomFeatures(5, de.activations.tanh, x),
        "None takes 1/tr Σ_1",
        NOT_POSITIVE | {"zero": (0.0, "must be positive; got 0")},
    ),
    "blocks[0][1]": (lambda x: moments(1.0, x, 1.0), "a scalar, a (d,) diagonal", {}),
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
OPTIONAL = {"entry_variance", "entry_variance of features", "trace"}
ROWS = [
    pytest.param(name, build, value, said, remedy, id=f"{name} {kind}")
    for name, (build, remedy, more) in FIELDS.items()
    for kind, (value, said) in (NUMBERS | more).items()
    if not (value is None and name in OPTIONAL)
    and not (kind in ("list", "array") and name.startswith("blocks"))
]


@pytest.mark.parametrize(("name", "build", "value", "said", "remedy"), ROWS)
def test_a_number_that_breaks_its_rule_is_refused(name, build, value, said, remedy):
    with pytest.raises(de.SpecError) as refused:
        build(value)
    message = str(refused.value)
    assert name.split()[0] in message.split()[0]
    assert said in message
    assert remedy in message


COUNTS = {
    "n": (lambda x: source(x, S), 0, "It is a number of samples"),
    "width": (lambda x: de.RandomProjection(x), 1, "It is m, the number of columns of S"),
    "orthogonal width": (lambda x: de.OrthogonalProjection(x), 1, "It is m, the number of columns"),
    "features' width": (
        lambda x: de.RandomFeatures(x, de.activations.relu),
        1,
        "It is m, the number of columns of S",
    ),
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


@pytest.mark.parametrize(
    "model",
    [
        de.RandomProjection,
        de.OrthogonalProjection,
        lambda width: de.RandomFeatures(width, de.activations.relu),
    ],
    ids=["random", "orthogonal", "features"],
)
def test_a_width_of_zero_is_refused(model):
    with pytest.raises(de.SpecError, match="width must be an integer of at least 1; got 0"):
        model(0)


def test_an_orthogonal_width_is_at_most_the_dimension():
    with pytest.raises(de.SpecError, match=r"at most the dimension d = 3; got 4\..*RandomProj"):
        problem(model=de.OrthogonalProjection(4))
    assert problem(model=de.OrthogonalProjection(3)).model.width == 3
    with pytest.raises(de.SpecError, match=r"d = 7; got 8"):
        problem(
            sources=[source(5, de.Spectrum([1.0, 2.0], [3, 4]))], model=de.OrthogonalProjection(8)
        )


# Arrays

ARRAYS = {
    # field: what is built from the array, and what its entries are called
    "eigenvalues": (lambda x: de.Spectrum(x), "eigenvalues"),
    "covariance": (lambda x: source(5, x), "covariance"),
    "target covariance": (lambda x: de.Target(x), "covariance"),
    "shift": (lambda x: source(5, S, shift=x), "shift"),
    "signal": (lambda x: problem(signal=x), "signal"),
    "fixed truth": (lambda x: de.Fixed(x), "fixed truth"),
    "block": (lambda x: moments(x, 0.0, 1.0), "blocks[0][0]"),
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


# Matrices

MATRICES = {
    "covariance": lambda x: source(5, x),
    "Covariance": lambda x: de.Covariance(x),
    "target": lambda x: de.Target(x),
    "shift": lambda x: source(shift=x),
    "signal": lambda x: problem(signal=x),
    "block": lambda x: moments(x, 0.0, 1.0),
}
WRONG_MATRICES = {
    "nan": (with_entry(NAN, 2, 1), "[(2, 1)] must be finite; got nan"),
    "inf": (with_entry(INF, 0, 0), "[(0, 0)] must be finite; got inf"),
    "complex": (MATRIX + 1j, "must hold real numbers; got complex entries"),
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("kind", WRONG_MATRICES)
def test_matrices_must_hold_finite_real_numbers(name, kind):
    value, said = WRONG_MATRICES[kind]
    with pytest.raises(de.SpecError) as refused:
        MATRICES[name](value)
    assert said in str(refused.value)


SYMMETRIC = {name: build for name, build in MATRICES.items() if name != "block"}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_an_asymmetric_matrix_is_refused_with_the_two_entries(name):
    with pytest.raises(de.SpecError, match="must be symmetric") as refused:
        SYMMETRIC[name](with_entry(1.25, 0, 1))
    assert "1.25 at (0, 1) and 1 at (1, 0)" in str(refused.value)
    assert "Symmetrise it" in str(refused.value)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_an_indefinite_matrix_is_refused_with_its_eigenvalue(name):
    with pytest.raises(de.SpecError, match="no negative eigenvalue") as refused:
        SYMMETRIC[name](INDEFINITE)
    assert "got one of -1 beside a largest of 3" in str(refused.value)
    assert "positive part" in str(refused.value)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_a_negative_entry_of_a_diagonal_matrix_is_an_eigenvalue(name):
    """However small: nothing was rounded there."""
    with pytest.raises(de.SpecError, match=r"no negative eigenvalue.*got one of -1e-18"):
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
    with pytest.raises(de.SpecError, match="must not be all 0; a source without variance"):
        source(5, np.zeros((3, 3)))


# Joint moments

JOINT = {
    "scalars": (lambda: moments(1.0, 2.0, 1.0), "got one of -1 "),
    "diagonals": (lambda: moments(np.ones(3), [0.5, 2.0, 0.0], 1.0), "got one of -1 "),
    "matrices": (lambda: moments(MATRIX, 2 * MATRIX, MATRIX), "got one of -1"),
    "three of them": (
        lambda: de.Moments([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]),
        "got one of -0.414214",
    ),
}


@pytest.mark.parametrize("name", JOINT)
def test_indefinite_joint_moments_are_refused_with_the_eigenvalue(name):
    build, said = JOINT[name]
    with pytest.raises(de.SpecError, match="no negative eigenvalue") as refused:
        build()
    assert said in str(refused.value)
    assert "check the products" in str(refused.value)


@pytest.mark.parametrize(
    ("cross", "other", "gap"),
    [
        (0.5, 0.4, "0.1"),
        ([0.5, 0.5, 0.5], [0.5, 0.5, 0.75], "0.25"),
        (np.triu(MATRIX) / 4, np.triu(MATRIX) / 4, "0.25"),
    ],
    ids=["scalars", "diagonals", "matrices"],
)
def test_blocks_that_are_not_transposes_are_refused_with_the_gap(cross, other, gap):
    with pytest.raises(de.SpecError) as refused:
        de.Moments([[4.0, cross], [other, 4.0]])
    assert "blocks[1][0] must be the transpose of blocks[0][1]" in str(refused.value)
    assert f"differ by {gap}" in str(refused.value)


def test_transposes_are_accepted():
    cross = np.triu(MATRIX) / 4
    assert de.Moments([[4.0, cross], [cross.T, 4.0]]).entries == 3
    assert de.Moments([[np.ones(3), 0.5], [[0.5] * 3, 1.0]]).entries == 3


def test_an_asymmetric_block_of_its_own_is_refused():
    with pytest.raises(de.SpecError, match=r"blocks\[0\]\[0\] must be .*differ by 0.25"):
        moments(with_entry(1.25, 0, 1), 0.0, 1.0)


def test_a_negative_variance_in_joint_moments_is_refused():
    with pytest.raises(de.SpecError, match="no negative variance; got -1 on the diagonal"):
        moments(-1.0, 0.0, 1.0)


def test_a_variance_of_zero_has_no_products():
    with pytest.raises(de.SpecError, match="must vanish beside a variance of 0"):
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


# Features are centred by one constant

RELU = de.RandomFeatures(5, de.activations.relu)


@pytest.mark.parametrize("other", [[1.0, 1.0, 1.0], MATRIX], ids=["diagonal", "dense"])
@pytest.mark.parametrize("place", ["source", "source without samples", "target"])
def test_features_whose_means_differ_are_refused_with_the_means(other, place):
    if place == "target":
        fields = {"target": de.Target(other)}
    else:
        fields = {"sources": [source(), source(5 if place == "source" else 0, other)]}
    with pytest.raises(de.SpecError, match="relu, which is not odd, need one mean") as refused:
        problem(model=RELU, **fields)
    traces = (sum(S), np.trace(other) if np.ndim(other) == 2 else sum(other))
    low, high = sorted(np.sqrt(trace / sum(S) / (2 * np.pi)) for trace in traces)  # E relu(z)
    assert f"means from {low:.6g} to {high:.6g}" in str(refused.value)
    assert "one trace" in str(refused.value) and "odd activation" in str(refused.value)


@pytest.mark.parametrize(
    "other", [[0.25, 0.5, 1.0], MATRIX * (1.75 / 5), [1.75 / 3] * 3], ids=["order", "dense", "flat"]
)
def test_features_of_one_trace_are_accepted(other):
    mix = problem(model=RELU, sources=[source(), source(5, other)], target=de.Target(other))
    assert de.predict(mix).error > 0


@pytest.mark.parametrize("name", ["tanh", "erf", "identity", "sign", "sine"])
def test_odd_features_are_centred_whatever_the_traces(name):
    model = de.RandomFeatures(5, getattr(de.activations, name))
    mix = problem(model=model, sources=[source(), source(5, MATRIX)])
    assert de.predict(mix).error > 0


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


def test_a_negative_moment_comes_with_the_advice_for_a_fixed_vector():
    with pytest.raises(de.SpecError, match=r"a fixed vector is Fixed\(w\)"):
        problem(signal=[1.0, -1.0, 1.0])


@pytest.mark.parametrize("zeros", [[0.0], [0.0, 0.0], np.zeros(5), [-0.0]])
def test_a_covariance_must_not_vanish(zeros):
    with pytest.raises(de.SpecError, match="must not all be 0; a source without variance"):
        de.Spectrum(zeros)


SHAPES = {
    "no eigenvalues": (lambda: de.Spectrum([]), "got shape (0,)", "isotropic(d)"),
    "a scalar for eigenvalues": (lambda: de.Spectrum(1.0), "got shape ()", "isotropic(d)"),
    "2-D eigenvalues": (lambda: de.Spectrum(np.eye(2)), "got shape (2, 2)", "1-D"),
    "scalar covariance": (lambda: source(5, 1.0), "got shape ()", "1-D array of eigenvalues"),
    "3-D covariance": (lambda: source(5, np.ones((1, 1, 1))), "got shape (1, 1, 1)", "1-D"),
    "rectangular covariance": (
        lambda: source(5, np.ones((4, 3))),
        "got shape (4, 3)",
        "Spectrum.from_data(X)",
    ),
    "rectangular target": (lambda: de.Target(np.ones((2, 3))), "got shape (2, 3)", "from_data(X)"),
    "empty matrix": (lambda: source(5, np.ones((0, 0))), "got shape (0, 0)", "symmetric (d, d)"),
    "1-D in Covariance": (lambda: de.Covariance(S), "got shape (3,)", "1-D array of eigenvalues"),
    "rectangular shift": (lambda: source(shift=np.ones((2, 3))), "got shape (2, 3)", "(d, d)"),
    "3-D signal": (lambda: problem(signal=np.ones((3, 3, 3))), "got shape (3, 3, 3)", "2-D"),
    "large shift": (lambda: source(shift=np.eye(4)), "has 4", "3 coordinates"),
    "large signal": (lambda: problem(signal=np.eye(4)), "has 4", "3 coordinates"),
    "one matrix entry per eigenvalue": (
        lambda: problem(sources=[source(5, de.Spectrum([1.0, 2.0], [2, 3]))], signal=np.eye(2)),
        "signal has 2",
        "5 coordinates",
    ),
    "short fixed signal": (lambda: problem(signal=de.Fixed([1.0, 2.0])), "signal has 2", "has 3"),
    "short fixed shift": (lambda: source(shift=de.Fixed([1.0, 2.0])), "shift has 2", "has 3"),
    "scalar fixed truth": (lambda: de.Fixed(1.0), "got ()", "(d, outputs) array"),
    "no fixed truth": (lambda: de.Fixed([]), "got (0,)", "(d, outputs) array"),
    "3-D fixed truth": (lambda: de.Fixed(np.ones((2, 2, 2))), "got (2, 2, 2)", "(d, outputs)"),
    "other outputs": (
        lambda: problem(
            signal=de.Fixed(np.ones((3, 2))), sources=[source(shift=de.Fixed(np.ones((3, 4))))]
        ),
        "got 2 and 4",
        "Add columns of zeros",
    ),
    "one output and several": (
        lambda: problem(
            signal=de.Fixed(np.ones(3)), sources=[source(shift=de.Fixed(np.ones((3, 4))))]
        ),
        "got 1 and 4",
        "the same outputs",
    ),
    "dense beside another dimension": (
        lambda: problem(sources=[source(5, MATRIX), source(5, [1.0, 2.0])]),
        "3, 2 for the sources",
        "one dimension",
    ),
    "dense beside fractional multiplicities": (
        lambda: problem(sources=[source(5, MATRIX), source(5, de.Spectrum([1, 2], [1.5, 1.5]))]),
        "multiplicities that are not integers",
        "the same in every covariance",
    ),
    "ragged moments": (lambda: de.Moments([[1.0, 1.0], [1.0]]), "rows of 2, 1", "the target last"),
    "no target in moments": (lambda: de.Moments([[1.0]]), "rows of 1", "K + 1 rows"),
    "no moments": (lambda: de.Moments([]), "got rows of", "K + 1 rows"),
    "3-D block": (lambda: moments(np.ones((2, 2, 2)), 0, 1), "got shape (2, 2, 2)", "square"),
    "rectangular block": (lambda: moments(np.ones((2, 3)), 0, 1), "got shape (2, 3)", "square"),
    "blocks of two sizes": (
        lambda: moments(np.eye(2), 0, np.eye(3)),
        "got [2, 3]",
        "one dimension",
    ),
    "moments for other sources": (
        lambda: jointly(de.Moments(np.eye(3)), sources=[source()]),
        "got 3 rows",
        "each of the 1 sources",
    ),
    "moments of another dimension": (
        lambda: jointly(moments(np.eye(4), 0, 1)),
        "blocks of 4",
        "3 coordinates",
    ),
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
    "one data row for a matrix": (
        lambda: de.Covariance.from_data([[1.0, 2.0]]),
        "(1, 2)",
        "at least 2 feature",
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
    "a model class": (lambda: problem(model=de.Linear), "Linear'>", "RandomProjection(width)"),
    "a model name": (lambda: problem(model="linear"), "got 'linear'", "RandomProjection(width)"),
    "no model": (lambda: problem(model=None), "got None", "Linear(), RandomProjection(width)"),
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
    "None for a signal": (lambda: problem(signal=None), "got neither", "exactly one of"),
    "text for a signal": (lambda: problem(signal="1"), "got '1'", "a number, an array or Fixed(w)"),
    "signal and truths": (
        lambda: problem(truths=moments(1.0, 1.0, 1.0)),
        "got both",
        "exactly one of",
    ),
    "a shift beside truths": (
        lambda: jointly(moments(1.0, 1.0, 1.0), sources=[source(shift=1.0)]),
        "source 0",
        "The blocks say all",
    ),
    "a gain beside truths": (
        lambda: jointly(de.Moments(np.ones((3, 3))), sources=[source(), source(gain=0.5)]),
        "source 1",
        "shifts and gains must not be",
    ),
    "blocks for truths": (lambda: jointly([[1.0, 1.0], [1.0, 1.0]]), "got list", "Moments(blocks)"),
    "one number for blocks": (lambda: de.Moments(1.0), "got float", "rows of blocks"),
    "numbers for rows": (lambda: de.Moments([1.0, 1.0]), "blocks", "rows"),
    "text for blocks": (lambda: de.Moments("ab"), "got str", "rows of blocks"),
    "no blocks": (lambda: de.Moments(None), "got NoneType", "rows of blocks"),
    "Fixed for a block": (lambda: moments(de.Fixed([1.0]), 0.0, 1.0), "got Fixed", "a scalar"),
    "text for a fixed truth": (lambda: de.Fixed("ab"), "got 'ab'", "(d, outputs) array"),
    "Moments for a signal": (
        lambda: problem(signal=moments(1.0, 1.0, 1.0)),
        "got Moments",
        "second moment",
    ),
    "a Spectrum for a signal": (lambda: problem(signal=de.isotropic(3)), "got Spectrum", "moment"),
    "an activation's name": (lambda: de.RandomFeatures(5, "relu"), "got 'relu'", "activations"),
    "a function for an activation": (
        lambda: de.RandomFeatures(5, np.tanh),
        "must be an Activation",
        "Activation(name, function)",
    ),
    "precision of a singular matrix": (
        lambda: de.label_shift(np.ones((3, 3)), 1.0),
        "rank 1 in dimension 3",
        'shape="isotropic"',
    ),
    "a matrix beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0]), source(5, MATRIX)]),
        "coordinates of its own",
        "Covariance.from_data(X)",
    ),
    "a target matrix beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0])], target=de.Target(MATRIX)),
        "coordinates of its own",
        "Spectrum(spectrum.values)",
    ),
    "a fixed truth beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0])], signal=de.Fixed(S)),
        "coordinates of its own",
        "spectrum.basis.T @ w",
    ),
    "a matrix signal beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0])], signal=MATRIX),
        "coordinates of its own",
        "Covariance.from_data(X)",
    ),
    "a matrix shift beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0], shift=MATRIX)]),
        "coordinates of its own",
        "Covariance.from_data(X)",
    ),
    "matrix blocks beside a data basis": (
        lambda: jointly(moments(MATRIX, 0.0, 1.0), sources=[source(5, bases(1)[0])]),
        "coordinates of its own",
        "Covariance.from_data(X)",
    ),
    "two bases beside a matrix": (
        lambda: problem(sources=[source(5, MATRIX), *(source(5, s) for s in bases(2))]),
        "different bases",
        "Pass both covariances as matrices",
    ),
    "True for a signal": (lambda: problem(signal=True), "got True", "scalar times the identity"),
    "nan for a signal": (lambda: problem(signal=NAN), "got nan", "scalar times the identity"),
    "nan for a shift": (lambda: source(shift=NAN), "got nan", "scalar times the identity"),
    "text for a shift": (lambda: source(shift="1"), "got '1'", "a number, an array or Fixed(w)"),
    "skew basis": (
        lambda: de.Spectrum([1.0, 1.0], basis=[[1.0, 1.0], [0.0, 1.0]]),
        "orthonormal columns",
        "QR",
    ),
    "two bases": (
        lambda: problem(sources=[source(5, s) for s in bases(2)]),
        "different bases",
        "Covariance.from_data(X)",
    ),
    "a target in another basis": (
        lambda: problem(sources=[source(5, bases(2)[0])], target=de.Target(bases(2)[1])),
        "different bases",
        "Pass both covariances as matrices",
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


@pytest.mark.parametrize(
    "value",
    [
        problem(),
        source(),
        de.Spectrum(S),
        de.RandomProjection(3),
        de.OrthogonalProjection(3),
        RELU,
        de.Covariance(MATRIX),
        de.Fixed(S),
        moments(1.0, 0.0, 1.0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fields_cannot_be_set_past_the_checks(value):
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, NAN)
