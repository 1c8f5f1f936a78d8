"""Sources, targets, truths and coordinates that make no problem, and what a refusal leaves behind."""

import dataclasses

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.errors import ArgumentError
from helpers.refusals import refused
from helpers.small_problems import MATRIX, NAN, RELU, S, bases, jointly, moments, problem, source

MODELS = "Linear() RandomProjection(width) RandomFeatures(width, activation)"
SOURCE, LIST = "Source(n, covariance)", "[Source(n, covariance), ...]"
MATRIX_OF_DATA, EIGENVALUES = "Covariance.from_data(X)", "Spectrum(spectrum.values)"
OWN_BASIS = ("coordinates of its own", "(spectrum.basis.T @ w)", MATRIX_OF_DATA, EIGENVALUES)
WRONG = {
    # Sources
    "one source": (
        lambda: problem(sources=source()),
        "sources",
        "list Source",
        "one Source",
        "[Source(...)]",
    ),
    "no source": (lambda: problem(sources=[]), "sources", "least one Source", "none", f"[{SOURCE}]"),
    "None for sources": (lambda: problem(sources=None), "sources", "list Source", "NoneType", LIST),
    "text for sources": (lambda: problem(sources="ab"), "sources", "list Source", "str", LIST),
    "a number for sources": (lambda: problem(sources=3), "sources", "list Source", "int", LIST),
    "bytes for sources": (lambda: problem(sources=b"ab"), "sources", "list Source", "bytes", LIST),
    "a set of sources": (lambda: problem(sources={source()}), "sources", "list Source", "set", "list(...)"),
    "a spectrum among the sources": (
        lambda: problem(sources=[source(), de.isotropic(3)]),
        "sources[1]",
        "Source",
        "Spectrum",
        SOURCE,
    ),
    "a list among the sources": (
        lambda: problem(sources=[[5, S]]),
        "sources[0]",
        "Source",
        "[5, [1.0, 0.5, 0.25]]",
        SOURCE,
    ),
    "only empty sources": (
        lambda: problem(sources=[source(0, S), source(0, S)]),
        "source",
        "least one samples",
        "n = 0",
        "n ≥ 1",
    ),
    # Targets
    "a spectrum for a target": (
        lambda: problem(target=de.isotropic(3)),
        "target",
        "Target(covariance) None",
        "Spectrum",
        "Target(...)",
    ),
    "a list for a target": (
        lambda: problem(target=S),
        "target",
        "Target(covariance) None",
        "list",
        "Target(...)",
    ),
    "a source for a target": (
        lambda: problem(target=source()),
        "target",
        "Target(covariance) None",
        "Source",
        "Target(...)",
    ),
    # Signals and truths
    "None for a signal": (
        lambda: problem(signal=None),
        ("signal", "truths"),
        "exactly one",
        "neither",
        ("Fixed(w)", "Moments"),
    ),
    "signal and truths": (
        lambda: problem(truths=moments(1.0, 1.0, 1.0)),
        ("signal", "truths"),
        "exactly one",
        "both",
        "Leave one",
    ),
    "a shift beside truths": (
        lambda: jointly(moments(1.0, 1.0, 1.0), sources=[source(shift=1.0)]),
        "truths",
        "shifts gains must not",
        "source 0",
        "blocks",
    ),
    "a gain beside truths": (
        lambda: jointly(de.Moments(np.ones((3, 3))), sources=[source(), source(gain=0.5)]),
        "truths",
        "shifts gains must not",
        "source 1",
        "blocks",
    ),
    "blocks for truths": (
        lambda: jointly([[1.0, 1.0], [1.0, 1.0]]),
        "truths",
        "Moments(blocks)",
        "list",
        "Moments(...)",
    ),
    "Moments for a signal": (
        lambda: problem(signal=moments(1.0, 1.0, 1.0)),
        "signal",
        "one second moment",
        "got Moments(1 source and the target)",
        "truths=Moments(",
    ),
    # Coordinates
    "a matrix beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0]), source(5, MATRIX)]),
        "spectrum",
        "coordinates basis matrix Fixed",
        (),
        OWN_BASIS,
    ),
    "a target matrix beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0])], target=de.Target(MATRIX)),
        "spectrum",
        "coordinates basis matrix Fixed",
        (),
        OWN_BASIS,
    ),
    "a fixed truth beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0])], signal=de.Fixed(S)),
        "spectrum",
        "coordinates basis matrix Fixed",
        (),
        OWN_BASIS,
    ),
    "a matrix signal beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0])], signal=MATRIX),
        "spectrum",
        "coordinates basis matrix Fixed",
        (),
        OWN_BASIS,
    ),
    "a matrix shift beside a data basis": (
        lambda: problem(sources=[source(5, bases(1)[0], shift=MATRIX)]),
        "spectrum",
        "coordinates basis matrix Fixed",
        (),
        OWN_BASIS,
    ),
    "matrix blocks beside a data basis": (
        lambda: jointly(moments(MATRIX, 0.0, 1.0), sources=[source(5, bases(1)[0])]),
        "spectrum",
        "coordinates basis matrix Fixed",
        (),
        OWN_BASIS,
    ),
    "two bases": (
        lambda: problem(sources=[source(5, s) for s in bases(2)]),
        "spectra",
        "different bases",
        "two",
        MATRIX_OF_DATA,
    ),
    "two bases beside a matrix": (
        lambda: problem(sources=[source(5, MATRIX), *(source(5, s) for s in bases(2))]),
        "spectra",
        "different bases",
        "two",
        MATRIX_OF_DATA,
    ),
    "a target in another basis": (
        lambda: problem(sources=[source(5, bases(2)[0])], target=de.Target(bases(2)[1])),
        "spectra",
        "different bases",
        "two",
        MATRIX_OF_DATA,
    ),
    "no problem": (lambda: de.collapse_plateau(None), "Problem", "expected", "NoneType", "sources="),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_makes_no_problem_is_refused_with_a_way_out(name):
    call, *facts = WRONG[name]
    with refused(de.SpecError, *facts):
        call()


COORDINATES = "covariance coordinates"
FIXED = ("Fixed(w)", "(d, outputs)")
SHAPES = {
    "large shift": (lambda: source(shift=np.eye(4)), "shift", COORDINATES, ("4 rows", "3"), "(d, d)"),
    "large signal": (lambda: problem(signal=np.eye(4)), "signal", COORDINATES, ("4 rows", "3"), "(d, d)"),
    "one entry": (lambda: source(shift=[1.0]), "shift", COORDINATES, ("1 entry", "3"), "scalar"),
    "empty signal": (lambda: problem(signal=[]), "signal", COORDINATES, ("0 entries", "3"), "eigenvalue"),
    "short signal": (lambda: problem(signal=[1.0, 2.0]), "signal", COORDINATES, ("2 entries", "3"), "scalar"),
    "long shift": (lambda: source(shift=np.ones(4)), "shift", COORDINATES, ("4 entries", "3"), "scalar"),
    "a large signal beside multiplicities": (
        lambda: problem(sources=[source(5, de.Spectrum([1.0, 2.0], [1234567, 1]))], signal=np.ones(4)),
        "signal",
        COORDINATES,
        ("4 entries", "2", "1234568"),
        "eigenvalue",
    ),
    "one matrix entry per eigenvalue": (
        lambda: problem(sources=[source(5, de.Spectrum([1.0, 2.0], [2, 3]))], signal=np.eye(2)),
        "signal",
        COORDINATES,
        ("2 rows", "5"),
        "(d, d)",
    ),
    "short fixed signal": (
        lambda: problem(signal=de.Fixed([1.0, 2.0])),
        "signal",
        COORDINATES,
        ("2 entries", "3"),
        FIXED,
    ),
    "short fixed shift": (
        lambda: source(shift=de.Fixed([[1.0], [2.0]])),
        "shift",
        COORDINATES,
        ("2 entries", "3"),
        FIXED,
    ),
    "scalar fixed truth": (lambda: de.Fixed(1.0), "w", "entry row coordinate", "()", FIXED),
    "no fixed truth": (lambda: de.Fixed([]), "w", "entry row coordinate", "(0,)", FIXED),
    "3-D fixed truth": (
        lambda: de.Fixed(np.ones((2, 2, 2))),
        "w",
        "entry row coordinate",
        "(2, 2, 2)",
        FIXED,
    ),
    "other outputs": (
        lambda: problem(signal=de.Fixed(np.ones((3, 2))), sources=[source(shift=de.Fixed(np.ones((3, 4))))]),
        "Fixed(w)",
        "same outputs",
        ("2", "4"),
        "zeros",
    ),
    "one output and several": (
        lambda: problem(signal=de.Fixed(np.ones(3)), sources=[source(shift=de.Fixed(np.ones((3, 4))))]),
        "Fixed(w)",
        "same outputs",
        ("1", "4"),
        "zeros",
    ),
    "two dimensions": (
        lambda: problem(sources=[source(), source(5, [1.0, 2.0])]),
        "covariances",
        "one dimension",
        ("3 and 2", "3 for the target"),
        "eigenvalue 0",
    ),
    "a matrix beside another dimension": (
        lambda: problem(sources=[source(5, MATRIX), source(5, [1.0, 2.0])]),
        "covariances",
        "one dimension",
        ("3 and 2", "3 for the target"),
        "eigenvalue 0",
    ),
    "target dimension": (
        lambda: problem(target=de.Target([1.0, 2.0])),
        "covariances",
        "one dimension",
        ("3", "2 for the target"),
        "eigenvalue 0",
    ),
    "a matrix beside fractional multiplicities": (
        lambda: problem(sources=[source(5, MATRIX), source(5, de.Spectrum([1, 2], [1.5, 1.5]))]),
        "multiplicities",
        "not integers same covariance",
        "unlike",
        "Round",
    ),
    "unlike fractional multiplicities": (
        lambda: problem(
            sources=[source(5, de.Spectrum([1.0, 2.0], weights)) for weights in ([1.5, 1.5], [1.0, 2.0])]
        ),
        "multiplicities",
        "not integers same covariance",
        "unlike",
        "Round",
    ),
    "unlike huge multiplicities": (
        lambda: problem(
            sources=[source(5, de.Spectrum([1.0, 2.0], weights)) for weights in ([1e9, 1e9], [5e8, 1.5e9])]
        ),
        "multiplicities",
        "unlike repeated eigenvalues",
        "2e+09",
        "same multiplicities",
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit_are_refused_with_both_sizes(name):
    call, *facts = SHAPES[name]
    with refused(de.ShapeError, *facts):
        call()


@pytest.mark.parametrize(
    ("build", "name", "told", "remedy"),
    [
        (lambda: de.Source(5, S, 0.1), "Source", ("2", "got 3"), "noise_variance=0.1"),
        (lambda: de.Target(S, 0.1), "Target", ("1", "got 2"), "noise_variance=0.1"),
        (lambda: de.Problem(1.0, [source()], 0.1), "Problem", ("no arguments", "got 3"), "signal=1"),
    ],
    ids=["noise variance", "target noise", "problem"],
)
def test_numbers_that_could_be_mistaken_must_be_named(build, name, told, remedy):
    with refused(ArgumentError, name, "by position", told, remedy):
        build()


# Nothing half-built


def test_a_refused_replacement_leaves_the_original_as_it_was():
    mix = problem()
    again = problem()
    wrong = {
        "ridge": (NAN, "finite", "nan"),
        "sources": ([], "least one Source", "none"),
        "signal": (-1.0, "non-negative", "-1"),
        "model": (None, MODELS, "None"),
    }
    for field, (value, rule, told) in wrong.items():
        with refused(de.SpecError, field, rule, told):
            dataclasses.replace(mix, **{field: value})
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
