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


def corollary(**fields):
    plain = {"aspect_ratio": 0.5, "synthetic_share": 0.3, "noise_variances": (1, 1), "quality": 1}
    return de.corollary_1(**{**plain, **fields})


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
    "effective_ridge": (lambda x: de.degrees_of_freedom(S, x), "It is a ridge", NEGATIVE),
    "trace": (
        lambda x: de.power_law(4, 1.0, trace=x),
        "trace",
        NOT_POSITIVE | {"zero": (0.0, "must be positive; got 0. None leaves the values unscaled")},
    ),
    "d": (lambda x: de.isotropic(x), "d", NOT_POSITIVE | {"zero": (0, "must be positive; got 0")}),
    "synthetic_share": (
        lambda x: de.mixing_weights(x, (0.5, 0.5)),
        "synthetic_share",
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
        problem(sources=[source(5, de.Spectrum([1.0, 2.0], [3, 4]))], model=de.OrthogonalProjection(8))


# Arrays

ARRAYS = {
    # field: what is built from the array, and what its entries are called
    "eigenvalues": (lambda x: de.Spectrum(x), "eigenvalues"),
    "covariance": (lambda x: source(5, x), "covariance"),
    "target covariance": (lambda x: de.Target(x), "covariance"),
    "shift": (lambda x: source(5, S, shift=x), "shift"),
    "signal": (lambda x: problem(signal=x), "signal"),
    "fixed truth": (lambda x: de.Fixed(x), "w"),
    "block": (lambda x: moments(x, 0.0, 1.0), "blocks[0][0]"),
    "multiplicities": (lambda x: de.Spectrum(S, x), "multiplicities"),
}
ENTRIES = {
    "nan": ([1.0, NAN, 0.5], "[1] must be finite; got nan"),
    "inf": ([1.0, 0.5, INF], "[2] must be finite; got inf"),
    "complex": ([1.0, 1j, 0.5], "must hold real numbers; got complex entries"),
    "complex without imaginary part": (np.ones(3) + 0j, "must hold real numbers; got complex"),
    "bools": ([True, False, True], "must hold real numbers; got bool entries"),
    "strings": (["1", "2", "3"], "must hold real numbers; got text entries"),
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
    "nan": (with_entry(NAN, 2, 1), "[2, 1] must be finite; got nan"),
    "inf": (with_entry(INF, 0, 0), "[0, 0] must be finite; got inf"),
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
    with pytest.raises(de.SpecError, match=r"not be all 0; got a 3 by 3 matrix.*leave it out"):
        source(5, np.zeros((3, 3)))


# Joint moments

JOINT = {
    "scalars": (lambda: moments(1.0, 2.0, 1.0), "got one of -1 "),
    "diagonals": (lambda: moments(np.ones(3), [0.5, 2.0, 0.0], 1.0), "got one of -1 "),
    "matrices": (lambda: moments(MATRIX, 2 * MATRIX, MATRIX), "got one of -1"),
    "three of them": (lambda: de.Moments([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]), "got one of -0.414214"),
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
    with pytest.raises(de.SpecError, match=r"^blocks\[0\]\[0\] must be symmetric") as refused:
        moments(with_entry(1.25, 0, 1), 0.0, 1.0)
    assert "differs from its transpose by 0.25 at [0, 1]. Symmetrise it" in str(refused.value)


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
    with pytest.raises(de.SpecError, match=r"must not all be 0; got \[0.*leave it out"):
        de.Spectrum(zeros)


SHAPES = {
    "no eigenvalues": (lambda: de.Spectrum([]), "got shape (0,)", "isotropic(d)"),
    "a scalar for eigenvalues": (lambda: de.Spectrum(1.0), "got shape ()", "isotropic(d)"),
    "2-D eigenvalues": (lambda: de.Spectrum(np.eye(2)), "got shape (2, 2)", "1-D"),
    "scalar covariance": (
        lambda: source(5, 2.5),
        "must say the dimension; got one number, 2.5",
        "isotropic(d) for d eigenvalues of 1",
    ),
    "scalar target": (lambda: de.Target(1), "got one number, 1.", "Write isotropic(d)"),
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
    "large shift": (
        lambda: source(shift=np.eye(4)),
        "shift has 4 rows and columns but the covariance has 3 coordinates",
        "Give a (d, d) matrix",
    ),
    "large signal": (
        lambda: problem(signal=np.eye(4)),
        "signal has 4 rows and columns but the covariance has 3 coordinates",
        "Give a (d, d) matrix",
    ),
    "one entry": (lambda: source(shift=[1.0]), "shift has 1 entry but", "or a scalar for a mult"),
    "a large signal beside multiplicities": (
        lambda: problem(sources=[source(5, de.Spectrum([1.0, 2.0], [1234567, 1]))], signal=np.ones(4)),
        "signal has 4 entries but the covariance has 2 or 1234568 coordinates",
        "one entry per eigenvalue",
    ),
    "3-D shift": (lambda: source(shift=np.ones((1, 1, 1))), "got shape (1, 1, 1)", "(d, d) matrix"),
    "a mean of other columns": (
        lambda: de.Spectrum(S, basis=np.eye(3), mean=np.zeros(4)),
        "got shape (4,)",
        "each row of the basis",
    ),
    "a matrix for a mean": (lambda: de.Spectrum(S, mean=np.eye(3)), "got shape (3, 3)", "1-D"),
    "one row to project": (
        lambda: bases(1)[0].project([1.0, 2.0, 3.0]),
        "each of the 3 features of this spectrum; got shape (3,)",
        "X[None]",
    ),
    "one matrix entry per eigenvalue": (
        lambda: problem(sources=[source(5, de.Spectrum([1.0, 2.0], [2, 3]))], signal=np.eye(2)),
        "signal has 2",
        "5 coordinates",
    ),
    "short fixed signal": (
        lambda: problem(signal=de.Fixed([1.0, 2.0])),
        "signal has 2 entries per output but the covariance has 3 coordinates",
        "Give Fixed(w) a (d,) or (d, outputs) array with one entry or row per coordinate",
    ),
    "short fixed shift": (
        lambda: source(shift=de.Fixed([[1.0], [2.0]])),
        "shift has 2 entries per output but the covariance has 3 coordinates",
        "Give Fixed(w) a (d,) or (d, outputs) array",
    ),
    "scalar fixed truth": (lambda: de.Fixed(1.0), "got shape ()", "(d, outputs) array"),
    "no fixed truth": (lambda: de.Fixed([]), "got shape (0,)", "(d, outputs) array"),
    "3-D fixed truth": (lambda: de.Fixed(np.ones((2, 2, 2))), "got shape (2, 2, 2)", "(d, outputs)"),
    "other outputs": (
        lambda: problem(signal=de.Fixed(np.ones((3, 2))), sources=[source(shift=de.Fixed(np.ones((3, 4))))]),
        "got 2 and 4",
        "Add columns of zeros",
    ),
    "one output and several": (
        lambda: problem(signal=de.Fixed(np.ones(3)), sources=[source(shift=de.Fixed(np.ones((3, 4))))]),
        "got 1 and 4",
        "the same outputs",
    ),
    "dense beside another dimension": (
        lambda: problem(sources=[source(5, MATRIX), source(5, [1.0, 2.0])]),
        "3 and 2 for the sources and 3 for the target",
        "the eigenvalue 0",
    ),
    "dense beside fractional multiplicities": (
        lambda: problem(sources=[source(5, MATRIX), source(5, de.Spectrum([1, 2], [1.5, 1.5]))]),
        "multiplicities that are not integers",
        "the same in every covariance",
    ),
    "ragged moments": (lambda: de.Moments([[1.0, 1.0], [1.0]]), "rows of 2 and 1.", "the target last"),
    "no target in moments": (lambda: de.Moments([[1.0]]), "rows of 1", "K + 1 rows"),
    "no moments": (lambda: de.Moments([]), "got no rows.", "[[W_11, …, W_1t], …, [W_t1, …, W_tt]]"),
    "3-D block": (lambda: moments(np.ones((2, 2, 2)), 0, 1), "got shape (2, 2, 2)", "(d, d)"),
    "rectangular block": (lambda: moments(np.ones((2, 3)), 0, 1), "got shape (2, 3)", "(d, d)"),
    "empty block": (lambda: moments([], 0, 1), "blocks[0][0] must be", "a (d,) diagonal"),
    "blocks of two sizes": (
        lambda: moments(np.eye(2), 0, np.eye(3)),
        "got 2 coordinates in blocks[0][0] and 3 coordinates in blocks[1][1]",
        "A scalar fits beside any",
    ),
    "moments for other sources": (
        lambda: jointly(de.Moments(np.eye(3)), sources=[source()]),
        "one row for the one source and one, the last, for the target; got 3 rows",
        "Give 2 rows of 2 blocks",
    ),
    "moments for one of two sources": (
        lambda: jointly(moments(1, 0, 1), sources=[source(), source()]),
        "each of the 2 sources and one, the last, for the target; got 2 rows",
        "Give 3 rows of 3 blocks",
    ),
    "moments of another dimension": (
        lambda: jointly(moments(np.eye(4), 0, 1)),
        "blocks of 4 coordinates but the covariance has 3 coordinates",
        "one entry per eigenvalue",
    ),
    "0-D blocks": (lambda: de.Moments([[np.eye(0), 0], [0, 1]]), "got shape (0, 0)", "a scalar"),
    "empty signal": (lambda: problem(signal=[]), "0 entries", "one entry per eigenvalue"),
    "short signal": (lambda: problem(signal=[1.0, 2.0]), "2 entries", "3 coordinates"),
    "long shift": (lambda: source(shift=np.ones(4)), "4 entries", "or a scalar"),
    "multiplicities": (lambda: de.Spectrum(S, [1.0, 2.0]), "got shape (2,)", "3 eigenvalues"),
    "two dimensions": (
        lambda: problem(sources=[source(), source(5, [1.0, 2.0])]),
        "3 and 2 for the sources and 3 for the target",
        "the eigenvalue 0",
    ),
    "target dimension": (lambda: problem(target=de.Target([1.0, 2.0])), "2 for the target", "one dimension"),
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
    "basis": (lambda: de.Spectrum(S, basis=np.eye(4)), "got shape (4, 4)", "one column for each of the 3"),
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
        "got n = 0 in all",
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
    "signal and truths": (lambda: problem(truths=moments(1.0, 1.0, 1.0)), "got both", "exactly one of"),
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
    "blocks for truths": (
        lambda: jointly([[1.0, 1.0], [1.0, 1.0]]),
        "truths must be Moments(blocks); got list",
        "Write Moments(...) around the blocks",
    ),
    "one number for blocks": (lambda: de.Moments(1.0), "got 1.", "Moments takes [[W_11"),
    "a 0-D array for blocks": (lambda: de.Moments(np.array(1.0)), "got array(1.)", "Moments takes"),
    "numbers for rows": (
        lambda: de.Moments([1.0, 1.0]),
        "blocks[0] must be a row of blocks; got 1.",
        "Moments takes [[W_11",
    ),
    "text for blocks": (lambda: de.Moments("ab"), "got 'ab'", "Moments takes [[W_11"),
    "text for a row": (lambda: de.Moments(["ab", "cd"]), "blocks[0] must be", "Moments takes"),
    "no blocks": (lambda: de.Moments(None), "got None", "Moments takes [[W_11"),
    "a spectrum for a block": (
        lambda: moments(de.isotropic(3), 0, 1),
        "blocks[0][0] must hold real numbers; got Spectrum",
        "a (d,) diagonal",
    ),
    "Fixed for a block": (lambda: moments(de.Fixed([1.0]), 0.0, 1.0), "got Fixed", "a scalar"),
    "text for a fixed truth": (lambda: de.Fixed("ab"), "got 'ab'", "(d, outputs) array"),
    "Moments for a signal": (
        lambda: problem(signal=moments(1.0, 1.0, 1.0)),
        "signal must be one second moment; got Moments(1 source and the target)",
        "truths=Moments(",
    ),
    "a Spectrum for a signal": (lambda: problem(signal=de.isotropic(3)), "got Spectrum", "moment"),
    "an unknown activation": (
        lambda: de.RandomFeatures(5, "rleu"),
        "'rleu' is not known. Did you mean 'relu'?",
        "gelu,",
    ),
    "an activation in capitals": (
        lambda: de.RandomFeatures(5, "ReLU"),
        "Did you mean 'relu'?",
        "identity, relu, sign",
    ),
    "a name without its parameter": (
        lambda: de.RandomFeatures(5, "leaky_relu"),
        "has a parameter",
        "leaky_relu(0.1)",
    ),
    "an activation without its parameter": (
        lambda: de.RandomFeatures(5, de.activations.polynomial),
        "has a parameter",
        "polynomial([",
    ),
    "a function of yours": (
        lambda: de.RandomFeatures(5, lambda z: z),
        "got the function",
        'de.Activation("name", f)',
    ),
    "a list for an activation": (lambda: de.RandomFeatures(5, [1.0]), "got [1.0]", "activations"),
    "a truth value among numbers": (
        lambda: de.Spectrum([1.0, True]),
        "got bool entries among them",
        "1-D list",
    ),
    "a truth value in a matrix": (
        lambda: de.Covariance([[1.0, 0.0], [0.0, np.True_]]),
        "got bool entries among them",
        "(d, d)",
    ),
    "a truth value among multiplicities": (
        lambda: de.Spectrum([1.0, 2.0], [True, 1]),
        "got bool entries among them",
        "how often",
    ),
    "no activation": (lambda: de.RandomFeatures(5, None), "got None", "activations"),
    "a function for an activation": (
        lambda: de.RandomFeatures(5, np.arctan),
        "must be an Activation",
        'de.Activation("name", f)',
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
    "constant data": (lambda: de.Spectrum.from_data(np.ones((5, 2))), "agree up to rounding", "add rows"),
    "unknown shift shape": (
        lambda: de.label_shift(S, 1.0, shape="isotrop"),
        "got 'isotrop'",
        '"precision" or "isotropic"',
    ),
    "precision of zeros": (lambda: de.label_shift([1.0, 0.0], 1.0), "has zeros", 'shape="isotropic"'),
    "precision that overflows": (lambda: de.label_shift([1.0, 1e-310], 1.0), "1e-310", 'shape="isotropic"'),
    "three fractions": (lambda: de.mixing_weights(0.5, (1, 2, 3)), "got (1, 2, 3)", "(p_1, p_2)"),
    "an empty fraction": (
        lambda: de.mixing_weights(0.5, (1.0, 0.0)),
        "fractions[1] must be positive; got 0",
        "the weight of a source alone is 1",
    ),
    "negative fractions": (
        lambda: de.mixing_weights(0.5, (-1.0, 2.0)),
        "fractions[0] must be positive; got -1",
        "shares of the samples, or counts",
    ),
    "nested fractions": (
        lambda: de.mixing_weights(0.5, [[1.0], [1.0, 2.0]]),
        "fractions[0] must be one real number; got [1.0]",
        "or counts",
    ),
    "fractions without order": (lambda: de.mixing_weights(0.5, {1.0, 2.0}), "got {1.0", "(p_1, p_"),
    "unlike fractions": (
        lambda: de.mixing_weights(0.5, (1.0, 1e-320)),
        "got 1 and 9.99989e-321",
        "Leave the smaller source out",
    ),
    "an array for a shift's shape": (
        lambda: de.label_shift(S, 1.0, np.ones(3)),
        'shape must be "precision" or "isotropic"; got array([1., 1., 1.])',
        "(c²/tr Σ) I",
    ),
    "a number for sources": (lambda: problem(sources=3), "got int", "[Source(n, covariance), ...]"),
    "bytes for sources": (lambda: problem(sources=b"ab"), "got bytes", "[Source(n, covariance)"),
    "a list among the sources": (
        lambda: problem(sources=[[5, S]]),
        "sources[0] must be a Source; got [5, [1.0",
        "Write Source(n, covariance)",
    ),
    "more eigenvalues than memory": (
        lambda: de.power_law(10**30, 1.0),
        "got 1e+30",
        "Spectrum(values, multiplicities)",
    ),
    "eigenvalues whose sum overflows": (
        lambda: de.Spectrum([1e308, 1e308]),
        "eigenvalues must have a sum below 1.8e308",
        "other units",
    ),
    "multiplicities whose sum overflows": (
        lambda: de.Spectrum([1.0, 1e-300], [1e308, 1e308]),
        "multiplicities must have a sum below 1.8e308",
        "other units",
    ),
    "integers beyond floats": (
        lambda: source(5, [10**400, 1]),
        "covariance must hold numbers that floats can hold",
        "1-D array of eigenvalues",
    ),
    "missing values": (
        lambda: source(5, np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])),
        "no missing values; got a masked array",
        "1-D array of eigenvalues",
    ),
    "counts that are one array without dimensions": (
        lambda: de.chain_quality(3, counts=np.array(10), noise_variances=(0.1,)),
        "counts must be a list of numbers; got array(10)",
        "one per generator",
    ),
    "bytes for counts": (
        lambda: de.chain_quality(3, counts=b"ab", noise_variances=(0.1, 0.1)),
        "counts must be a list of numbers; got b'ab'",
        "one per generator",
    ),
    "a count that is none": (
        lambda: de.chain_quality(3, counts=(10, 2.5), noise_variances=(0.1, 0.1)),
        "counts[1] must be an integer of at least 1; got 2.5",
        "number of samples",
    ),
    "too small a count": (
        lambda: de.chain_quality(30, counts=(100, 20), noise_variances=(0.1, 0.1)),
        "counts[1] must be above the dimension; got 20 for d = 30",
        "Give every generator more samples",
    ),
    "noise of no generator": (
        lambda: de.chain_quality(3, counts=(10,), noise_variances=()),
        "one number per generator, 1 as in counts; got 0",
        "one per generator",
    ),
    "negative noise of a generator": (
        lambda: de.chain_quality(3, counts=(10,), noise_variances=(-0.5,)),
        "noise_variances[0] must be non-negative; got -0.5",
        "σ², not σ",
    ),
    "an array without dimensions for noises": (
        lambda: corollary(noise_variances=np.array(1.0)),
        "noise_variances must be two numbers; got array(1.)",
        "σ_1² of the real",
    ),
    "bytes for noises": (lambda: corollary(noise_variances=b"ab"), "got b'ab'", "σ_1² of the real"),
    "a set of noises": (lambda: corollary(noise_variances={1, 2}), "got {1, 2}", "σ_1² of the"),
    "one break": (
        lambda: de.Activation("step", np.tanh, 1.0),
        "breaks must be a list of numbers; got 1.",
        "jumps or has a kink",
    ),
    "one coefficient": (
        lambda: de.activations.polynomial(1.0),
        "coefficients must be a list of numbers; got 1.",
        "one number per power",
    ),
    "text for an argument": (
        lambda: de.activations.tanh("1"),
        "z must hold real numbers; got '1'",
        "tanh takes one number, or an array",
    ),
    "a complex argument": (
        lambda: de.activations.tanh([1j]),
        "z must hold real numbers; got complex entries",
        "tanh takes one number, or an array",
    ),
    "values of several lengths": (
        lambda: de.Activation("ragged", lambda z: [[1.0], [1.0, 2.0]]),
        "got rows of several lengths",
        "applied element by element",
    ),
    "digits in a list": (
        lambda: de.activations.tanh.moments(1.0, digits=[30]),
        "digits must be an integer of at least 1; got [30]",
        "At most 4000",
    ),
    "features whose squares overflow": (
        lambda: de.Spectrum.from_data(1e200 * np.eye(3)),
        "X must hold numbers whose squares can be added up, to 1e+150; got 1e+200",
        "Divide it by its unit",
    ),
    "a matrix whose trace overflows": (
        lambda: source(5, 1e308 * np.ones((3, 3))),
        "covariance must have a trace that floats can hold; got an entry of 1e+308 in dimension 3",
        "other units",
    ),
    "blocks whose sums overflow": (lambda: moments(1e308, -1e308, 1e308), "got 1e+308", "other units"),
    "precision of a matrix that overflows": (
        lambda: de.label_shift(1e-310 * MATRIX, 1e10),
        "the smallest eigenvalue is 1e-310",
        'shape="isotropic"',
    ),
    "an isotropic shift that overflows": (
        lambda: de.label_shift([1e-300], 1e100, "isotropic"),
        "quality 1e+100 overflows where tr Σ is 1e-300",
        "other units",
    ),
    "no problem": (lambda: de.collapse_plateau(None), "a Problem is needed; got NoneType", "Write Problem("),
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


@pytest.mark.parametrize("name", WRONG)
def test_refusals_are_one_line(name):
    with pytest.raises(de.SpecError) as refused:
        WRONG[name][0]()
    assert "\n" not in str(refused.value)


def test_arrays_of_several_rows_are_told_on_one_line():
    with pytest.raises(de.SpecError, match=r"got array\(\[\[2., 1., 0.\], \[1., 2., 0.\], \[0."):
        problem(ridge=MATRIX)


def test_integers_too_long_for_python_to_write_are_refused_all_the_same():
    with pytest.raises(de.SpecError, match="ridge must be finite; got int too long to be shown"):
        problem(ridge=10**5000)


@pytest.mark.parametrize(("value", "shown"), [(-0.1, "-0.1"), (-1 / 3, "-0.3333333333333333"), (-2.0, "-2")])
def test_floats_are_told_in_the_fewest_digits(value, shown):
    with pytest.raises(de.SpecError, match=rf"must be non-negative; got {shown}\."):
        problem(ridge=value)


def test_where_blocks_are_unlike_is_said():
    cross, other = np.zeros((3, 3)), np.zeros((3, 3))
    cross[0, 2], other[2, 0] = 0.5, 0.25
    with pytest.raises(de.SpecError, match=r"they differ by 0.25 at \[2, 0\].*make one the tr"):
        de.Moments([[4.0, cross], [other, 4.0]])


def test_the_exceptions_are_those_that_users_catch():
    assert issubclass(de.SpecError, ValueError)
    assert issubclass(de.ShapeError, de.SpecError)
    assert issubclass(de.SolveError, ArithmeticError)


@pytest.mark.parametrize(
    "build",
    [lambda: de.Source(5, S, 0.1), lambda: de.Target(S, 0.1), lambda: de.Problem(1.0, [source()], 0.1)],
    ids=["noise variance", "target noise", "problem"],
)
def test_numbers_that_could_be_mistaken_must_be_named(build):
    with pytest.raises(TypeError, match="by position"):
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


def test_matrix_blocks_are_of_all_dimensions_where_eigenvalues_repeat():
    spectrum, W = de.Spectrum([2.0, 1.0], [2, 1]), np.array([[1.0, 0.2], [0.2, 1.0]])
    with pytest.raises(de.ShapeError, match="truths has blocks of 2 coordinates"):
        de.Problem(truths=de.Moments([[W, W], [W, W]]), sources=[de.Source(5, spectrum)], ridge=1)
