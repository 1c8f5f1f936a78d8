"""Sweeps: predict at every point of a grid, with labels."""

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.errors import ArgumentError
from helpers.refusals import refused

S = de.power_law(20, 1.0, trace=1.0)


def mix(width=7, quality=1.0, ridge=1e-3):
    real = de.Source(12, S, noise_variance=0.1)
    synthetic = de.Source(8, S, noise_variance=0.2, shift=de.label_shift(S, quality))
    model = de.RandomProjection(width)
    return de.Problem(signal=1.0, sources=[real, synthetic], ridge=ridge, model=model)


WIDTHS, QUALITIES = [3, 7, 20, 50], [0.0, 0.5, 1.0]
NUMBERS = {"error", "bias", "variance", "collapse", "error_with_noise"}


def test_every_argument_is_a_dimension_in_the_order_given():
    table = de.sweep(mix, quality=QUALITIES, width=WIDTHS)
    assert table.error.dims == ("quality", "width")
    assert table.width.values.tolist() == WIDTHS
    assert table.quality.values.tolist() == QUALITIES
    others = {"degrees_left", "approximation_error", "status", "notes", "source_error", "training_error"}
    assert set(table.data_vars) == NUMBERS | others


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_every_value_is_what_predict_says(name):
    """To the last digits: a neighbour's solution may be where the iteration starts from."""
    table = de.sweep(mix, width=WIDTHS, quality=QUALITIES)
    for width in WIDTHS:
        for quality in QUALITIES:
            wanted = getattr(de.predict(mix(width, quality)), name)
            found = table[name].sel(width=width, quality=quality).item()
            assert found == pytest.approx(wanted, rel=1e-12)


def test_the_neighbours_do_not_change_a_value_visibly():
    alone = de.sweep(mix, width=[20]).error.item()
    among = de.sweep(mix, width=[3, 7, 20, 50]).error.sel(width=20).item()
    backwards = de.sweep(mix, width=[50, 20, 7, 3]).error.sel(width=20).item()
    assert among == pytest.approx(alone, rel=1e-12)
    assert backwards == pytest.approx(alone, rel=1e-12)


def test_variables_say_what_they_are():
    table = de.sweep(mix, width=WIDTHS)
    assert all(table[name].attrs["long_name"] for name in NUMBERS)
    words = [de.predict(mix(width)).status.value for width in WIDTHS]
    assert table.status.values.tolist() == words


@pytest.mark.parametrize(
    "widths",
    [range(3, 8), (3, 4, 5, 6, 7), np.arange(3, 8), np.linspace(3, 7, 5), iter(range(3, 8))],
    ids=["range", "tuple", "array", "floats", "iterator"],
)
def test_a_grid_may_be_any_list_of_values(widths):
    assert de.sweep(mix, width=widths).width.values.tolist() == [3, 4, 5, 6, 7]


def test_values_reach_the_builder_as_plain_python_numbers():
    seen = []

    def build(width):
        seen.append(type(width))
        return mix(width)

    de.sweep(build, width=np.array([3, 4]))
    assert seen == [int, int]


def test_a_grid_may_hold_names():
    models = {"linear": de.Linear(), "projected": de.RandomProjection(5)}

    def build(model):
        return de.Problem(signal=1.0, sources=[de.Source(9, S)], ridge=0.1, model=models[model])

    table = de.sweep(build, model=list(models))
    for name in models:
        assert table.error.sel(model=name).item() == pytest.approx(de.predict(build(name)).error, rel=1e-12)


def test_a_sweep_over_the_shape_of_the_problem_is_fine():
    """Neighbours need not have the same number of sources or coordinates."""

    def build(d, sources):
        each = de.Source(6, de.power_law(d, 1.0), noise_variance=0.1, weight=1.0)
        other = de.Source(5, de.power_law(d, 2.0), noise_variance=0.1)
        return de.Problem(signal=1.0, sources=[each, other][:sources], ridge=1e-4)

    table = de.sweep(build, d=[3, 30, 9], sources=[1, 2])
    for d in (3, 30, 9):
        for k in (1, 2):
            wanted = de.predict(build(d, k)).error
            assert table.error.sel(d=d, sources=k).item() == pytest.approx(wanted, rel=1e-12)


def agree_on_sources(here, prediction):
    """Errors of every source, to the digits of the other terms; NaN where there is none."""
    K = len(prediction.sources)
    wanted = [source.error for source in prediction.sources]
    trained = [source.training_error for source in prediction.sources]
    trained = [np.nan if x is None else x for x in trained]
    for name, values in (("source_error", wanted), ("training_error", trained)):
        assert here[name].values[:K] == pytest.approx(values, rel=1e-12, abs=1e-300, nan_ok=True), name
        assert np.isnan(here[name].values[K:]).all()


# Families: points that share a covariance are solved together, on a compressed spectrum.

D = 300
J = np.arange(1, D + 1, dtype=float)
DRAWN = np.random.default_rng(8)
COVARIANCES = {
    "power law": J**-1.2,
    "hundreds of orders": np.exp(-1.2 * (J - 1)),
    "down to 1e-16, shuffled": 10 ** -DRAWN.uniform(0, 16, size=D),
    "nearly isotropic": 1 + 1e-9 * DRAWN.normal(size=D),
    "all within a factor of two": DRAWN.uniform(1.0, 2.0, size=D),
    "two distant clusters": np.where(J <= 100, 1.0, 1e-9) * DRAWN.uniform(1.0, 1.5, size=D),
    "few levels": DRAWN.choice([1.0, 0.3, 1e-4], size=D),
    "a half of zeros": np.where(J <= 150, J**-0.5, 0.0),
    "small units": 1e-40 * J**-1.0,
    "repeated": de.Spectrum(J[:20] ** -1.0, np.arange(1.0, 21.0)),
    "one eigenvalue": de.isotropic(300),
}


def family_mix(covariance, linear):
    """A builder of three sources with awkward moments, one of them without samples."""
    s = covariance if isinstance(covariance, de.Spectrum) else de.Spectrum(covariance)
    p = len(s)
    signal = DRAWN.exponential(size=p) ** 4
    shifts = [None, DRAWN.exponential(size=p) ** 8, (np.arange(p) % 7 == 0) * 1.0]

    def build(width, ridge):
        sources = [
            de.Source(n, s, noise_variance=noise, shift=shift, weight=0.3)
            for n, noise, shift in zip([200, 100, 0], [0.1, 0.0, 1.0], shifts, strict=True)
        ]
        model = de.Linear() if linear else de.RandomProjection(width)
        ridge = ridge * float(s.values.max())
        return de.Problem(signal=signal, sources=sources, ridge=ridge, model=model)

    return build


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("linear", [False, True], ids=["projected", "linear"])
@pytest.mark.parametrize("covariance", COVARIANCES.values(), ids=COVARIANCES)
def test_families_have_the_digits_of_single_predictions(covariance, linear):
    """Samples, width and dimension tie at 300. The compression promises 2e−15 per trace; each term
    is made of a few traces."""
    build = family_mix(covariance, linear)
    grid = {"width": [1, 50, 300, 301, 2000], "ridge": [1e-22, 1e-12, 1e-3, 10.0]}
    table = de.sweep(build, **grid)
    for width in grid["width"]:
        for ridge in grid["ridge"]:
            prediction = de.predict(build(width, ridge))
            here = table.sel(width=width, ridge=ridge)
            for name in NUMBERS:
                wanted = getattr(prediction, name)
                assert here[name].item() == pytest.approx(wanted, rel=1e-12, abs=1e-300), name
            agree_on_sources(here, prediction)


def test_points_of_many_kinds_are_told_apart():
    """Weights, noise, shifts, targets, gains and covariances that change along the grid."""

    def build(case, width):
        fields = [
            {},
            {"weight": 2.0},
            {"noise_variance": 0.7},
            {"shift": 0.5},
            {"shift": S.values},
            {"gain": 0.5},
            {"covariance": S.values[::-1]},
            {"n": 0},
            {"weight": 0.0},
        ][case]
        synthetic = de.Source(**{"n": 8, "covariance": S, "shift": 0.1, **fields})
        target = de.Target(np.ones(20)) if case == 3 else None
        return de.Problem(
            signal=1.0 + (case == 2),
            sources=[de.Source(12, S, noise_variance=0.1), synthetic],
            ridge=1e-3 * (1 + case),
            model=de.RandomProjection(width) if width else de.Linear(),
            target=target,
        )

    table = de.sweep(build, case=range(9), width=[0, 5, 20, 80])
    for case in range(9):
        for width in (0, 5, 20, 80):
            here, prediction = table.sel(case=case, width=width), de.predict(build(case, width))
            agree_on_sources(here, prediction)
            for name in NUMBERS:
                assert here[name].item() == pytest.approx(getattr(prediction, name), rel=1e-12)


def test_problems_of_every_kind_can_be_swept():
    """Orthogonal widths, features, matrices, fixed and joint truths: not in families."""
    dense = np.diag(np.ones(20)) + 0.5 * np.eye(20, k=1) + 0.5 * np.eye(20, k=-1)
    shared = de.Moments([[1.5, 1.5, 1.0], [1.5, 1.5, 1.0], [1.0, 1.0, 1.0]])
    fields = {
        "orthogonal": {"model": lambda m: de.OrthogonalProjection(m)},
        "features": {"model": lambda m: de.RandomFeatures(m, de.activations.relu)},
        "fixed": {"signal": de.Fixed(np.sin(np.arange(20.0)))},
        "joint": {"signal": None, "truths": shared},
        "dense": {"covariance": dense},
        "dense and fixed": {"covariance": dense, "signal": de.Fixed(np.sin(np.arange(20.0)))},
        "matrix signal": {"signal": dense},
    }

    def build(kind, width):
        said = {"signal": 1.0, "covariance": S, "model": de.RandomProjection, **fields[kind]}
        s, model = said.pop("covariance"), said.pop("model")(width)
        sources = [de.Source(12, s, noise_variance=0.1), de.Source(8, s, noise_variance=0.2)]
        return de.Problem(sources=sources, ridge=1e-3, model=model, **said)

    widths = range(11, 20)  # enough of them for a family
    table = de.sweep(build, kind=list(fields), width=widths)
    for kind in fields:
        for width in (11, 15, 19):
            here, prediction = table.sel(kind=kind, width=width), de.predict(build(kind, width))
            for name in NUMBERS:
                assert here[name].item() == pytest.approx(getattr(prediction, name), rel=1e-11)


# Refusals


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], "[]"),
        (7, "7"),
        ([[3, 4], [5, 6]], "[[3, 4], [5, 6]]"),
        ([[1], [1, 2]], "[[1], [1, 2]]"),
        ("abc", "'abc'"),
        ({3: 4}, "{3: 4}"),
        (None, "None"),
        (np.array(3), "array(3)"),
    ],
    ids=["empty", "scalar", "2-D", "ragged", "string", "dict", "None", "0-D"],
)
def test_a_grid_must_be_one_dimensional_and_not_empty(values, told):
    with refused(de.SpecError, "width", "non-empty 1-D list", told, "list of one"):
        de.sweep(mix, width=values)


WRONG = {
    "a build without the grid": (
        lambda: de.sweep(mix, depth=[1, 2]),
        "build",
        "names grid",
        ("depth", "build(width=7"),
    ),
    "no grid": (lambda: de.sweep(mix), "sweep", "least one grid argument", (), "width=["),
    "a build of something else": (
        lambda: de.sweep(lambda width: width, width=[3]),
        ("width = 3", "build"),
        "return Problem",
        "int",
    ),
    "a bad point": (
        lambda: de.sweep(mix, width=[5, 0], ridge=[0.1]),
        ("width = 0", "ridge = 0.1"),
        "width integer least 1",
        "got 0",
    ),
    "no function": (lambda: de.sweep(None, width=[1, 2]), "sweep", "function", "NoneType", "lambda width:"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_sweep_is_refused(name):
    call, *facts = WRONG[name]
    with refused(de.SpecError, *facts):
        call()


def test_an_unsolvable_point_keeps_its_exception_class():
    def build(signal):
        return de.Problem(signal=signal, sources=[de.Source(3, [1e10, 1e10])], ridge=0.1)

    with refused(
        de.SolveError, "signal", "range double precision", ("1e+308", "1e308"), "digits=16"
    ) as caught:
        de.sweep(build, signal=[1.0, 1e308])
    assert isinstance(caught.value.__cause__, de.SolveError)


def test_shapes_keep_their_exception_class():
    def build(d):
        return de.Problem(signal=[1.0, 2.0], sources=[de.Source(3, np.ones(d))], ridge=0.1)

    with refused(de.ShapeError, ("d = 3", "signal"), "covariance coordinates", ("2 entries", "3")):
        de.sweep(build, d=[2, 3])


def test_errors_of_the_builders_own_pass_through():
    def build(width):
        raise KeyError("no such width")

    with pytest.raises(KeyError, match="no such width"):
        de.sweep(build, width=[1])


# Degrees of freedom


def test_degrees_of_freedom_count_eigenvalues_above_the_ridge():
    assert de.degrees_of_freedom([1.0, 1.0, 3.0], 1.0) == 1.75
    assert de.degrees_of_freedom([1.0, 1.0], 1.0, order=2) == 0.5
    assert de.degrees_of_freedom(de.isotropic(1000), 1.0, order=3) == 125
    assert de.degrees_of_freedom([1.0, 0.5, 0.0], 0.0) == 2


def test_degrees_of_freedom_know_the_names_that_their_arguments_had():
    expected = de.degrees_of_freedom(covariance=[1.0, 1.0, 3.0], effective_ridge=1.0)
    assert de.degrees_of_freedom(spectrum=[1.0, 1.0, 3.0], t=1.0) == expected == 1.75
    arguments = ("covariance", "effective_ridge", "order")
    with refused(ArgumentError, "degrees_of_freedom", "unexpected keyword", "'ridge'", arguments):
        de.degrees_of_freedom(spectrum=[1.0], ridge=1.0)


def test_degrees_of_freedom_take_multiplicities():
    short, long = de.Spectrum([2.0, 1.0], [3.0, 2.0]), [2.0, 2.0, 2.0, 1.0, 1.0]
    assert de.degrees_of_freedom(short, 0.7) == pytest.approx(de.degrees_of_freedom(long, 0.7))


def test_degrees_of_freedom_of_a_matrix_are_those_of_its_eigenvalues():
    """3 and 1; a matrix of rank one has one at most."""
    matrix = [[2.0, 1.0], [1.0, 2.0]]
    assert de.degrees_of_freedom(matrix, 1.0) == pytest.approx(3 / 4 + 1 / 2, rel=1e-15)
    assert de.degrees_of_freedom(matrix, 1.0, order=2) == pytest.approx(9 / 16 + 1 / 4, rel=1e-15)
    assert de.degrees_of_freedom(np.ones((5, 5)), 0.0) == 1
    assert de.degrees_of_freedom(np.diag([1.0, 3.0]), 1.0) == 1.25


@pytest.mark.parametrize(
    ("arguments", "facts"),
    [
        (([1.0], -1.0), ("effective_ridge", "non-negative", "-1")),
        (([1.0], float("nan")), ("effective_ridge", "finite", "nan")),
        (([1.0], 1.0, 0), ("order", "integer least 1", "0")),
        (([1.0], 1.0, 1.5), ("order", "integer least 1", "1.5")),
        (([-1.0], 1.0), ("eigenvalues", "non-negative", "-1")),
        ((np.ones((3, 2)), 1.0), ("covariance", "square matrix", "(3, 2)", "Spectrum.from_data(X)")),
        (([[1.0, 2.0], [2.0, 1.0]], 1.0), ("covariance", "negative eigenvalue", "-1")),
    ],
    ids=lambda x: x[0] if isinstance(x[0], str) else "",
)
def test_degrees_of_freedom_refuse_what_makes_no_sense(arguments, facts):
    with refused(de.ShapeError if "(3, 2)" in facts else de.SpecError, *facts):
        de.degrees_of_freedom(*arguments)


@pytest.mark.parametrize("name", ["error", "status", "collapse", "notes", "training_error"])
def test_a_variable_of_the_result_is_no_grid_argument(name):
    with refused(de.SpecError, f"'{name}'", "variable grid argument", remedy="another name"):
        de.sweep(lambda **point: None, **{name: [1.0, 2.0]})


def test_the_dimension_of_the_sources_is_no_grid_argument():
    with refused(de.SpecError, "'source'", "dimension grid argument", remedy="another name"):
        de.sweep(lambda **point: None, source=[1.0, 2.0])


def test_any_other_name_can_be_a_grid_argument():
    table = de.sweep(
        lambda build: de.Problem(signal=1, sources=[de.Source(build, [1.0])], ridge=1.0), build=[1, 2, 3]
    )
    assert table.error.dims == ("build",)


def test_a_family_does_not_mix_layouts():
    """Multiplicities, and the same eigenvalues one by one."""
    s = de.Spectrum([2.0, 1.0], [2, 1])

    def build(q, form):
        second = s if form == 0 else [2.0, 2.0, 1.0]
        sources = [de.Source(5, s), de.Source(4, second, shift=q)]
        return de.Problem(signal=1.0, ridge=0.1, sources=sources)

    error = de.sweep(build, q=[0.1 * k for k in range(1, 9)], form=[0, 1]).error
    np.testing.assert_allclose(error.sel(form=0), error.sel(form=1), rtol=1e-13)
