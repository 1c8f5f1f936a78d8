"""Calls that do not fit: one sentence with the arguments that there are, and still a TypeError."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import sympy

import detequiv as de
from detequiv.theory.base.argument_checks import checked_call
from detequiv.theory.base.errors import ArgumentError
from detequiv.theory.base.frozen_value import Value
from helpers.refusals import refused

S = de.isotropic(5)
MIX = de.Problem(signal=1.0, sources=[de.Source(9, S)], ridge=0.1)
fp = de.freeprob

# Untyped, so that a type checker accepts the wrong calls.
ours: Any = de

n, d = fp.dimensions("n d")
lam = sympy.Symbol("lam", positive=True)
X = fp.Gaussian(n, d, "X", variance=1 / n)
SYSTEM: Any = fp.derive(fp.trace((X.T @ X + lam * fp.identity(d)).inv()))

FIELDS = ("noise_variance", "shift", "gain", "weight")
UNEXPECTED, POSITION, NEEDS = "unexpected keyword", "by position", "needs"
WRONG: dict[str, tuple[Any, ...]] = {
    # the call, what was called, the rule, the value, the remedy
    "noise by position": (
        lambda: ours.Source(50, S, 0.1),
        ("Source", "n", "covariance"),
        POSITION,
        ("2", "3"),
        ("noise_variance=0.1", *FIELDS),
    ),
    "noise": (
        lambda: ours.Source(50, S, noise=0.1),
        "Source",
        UNEXPECTED,
        "'noise'",
        ("mean noise_variance?", *FIELDS),
    ),
    "n_samples": (
        lambda: ours.Source(n_samples=9, covariance=S),
        "Source",
        UNEXPECTED,
        "'n_samples'",
        "mean n?",
    ),
    "weights": (lambda: ours.Source(9, S, weights=2), "Source", UNEXPECTED, "'weights'", "mean weight?"),
    "far from any": (
        lambda: ours.Source(9, S, zzz=2),
        "Source",
        UNEXPECTED,
        "'zzz'",
        ("n", "covariance", *FIELDS),
    ),
    "missing": (lambda: ours.Source(9), "Source", NEEDS, "needs covariance as", FIELDS),
    "all missing": (lambda: ours.Source(), "Source", NEEDS, "needs n and covariance", FIELDS),
    "twice": (lambda: ours.Source(9, S, n=3), "Source", "twice by position keyword", "n", "Omit"),
    "a problem by position": (
        lambda: ours.Problem(1.0, [], 0.1),
        "Problem",
        POSITION,
        "3",
        ("signal=1", "sources", "ridge", "truths"),
    ),
    "source": (
        lambda: ours.Problem(signal=1, source=[], ridge=1),
        "Problem",
        UNEXPECTED,
        "'source'",
        "mean sources?",
    ),
    "no ridge": (lambda: ours.Problem(signal=1, sources=[]), "Problem", NEEDS, "needs ridge"),
    "a target": (
        lambda: ours.Target(S, 0.1),
        ("Target", "covariance"),
        POSITION,
        ("1", "2"),
        "noise_variance=0.1",
    ),
    "a model": (
        lambda: ours.RandomProjection(widht=5),
        "RandomProjection",
        UNEXPECTED,
        "'widht'",
        "mean width?",
    ),
    "no field": (lambda: ours.Linear(5), "Linear", POSITION, ("no arguments", "1"), "Omit"),
    "features": (lambda: ours.RandomFeatures(5), "RandomFeatures", NEEDS, "needs activation"),
    "an activation": (lambda: ours.Activation("cube"), "Activation", NEEDS, "needs function"),
    "a slope": (lambda: ours.activations.leaky_relu(), "leaky_relu", NEEDS, "needs slope"),
    "moments": (lambda: ours.Moments(), "Moments", NEEDS, "needs blocks"),
    "rows": (
        lambda: ours.Spectrum.from_data([[1.0]], ddof=1),
        "Spectrum.from_data",
        UNEXPECTED,
        "'ddof'",
        "X",
    ),
    "more rows": (lambda: ours.Covariance.from_data(), "Covariance.from_data", NEEDS, "needs X"),
    "a file": (lambda: ours.Problem.from_toml(), "Problem.from_toml", NEEDS, "needs path"),
    "a change": (
        lambda: dataclasses.replace(MIX, rigde=1.0),
        "Problem",
        UNEXPECTED,
        "'rigde'",
        "mean ridge?",
    ),
    "digits": (lambda: ours.predict(MIX, 30), ("predict", "problem"), POSITION, ("1", "2"), "digits=30"),
    "trials": (lambda: ours.simulate(MIX, n_trials=5), "simulate", UNEXPECTED, "'n_trials'", "mean trials?"),
    "sweep": (lambda: ours.sweep(width=[3]), "sweep", NEEDS, "needs build"),
    "a law": (lambda: ours.power_law(5), "power_law", NEEDS, "needs exponent"),
    "a corollary": (
        lambda: ours.corollary_1(0.5),
        "corollary_1",
        POSITION,
        "1",
        ("aspect_ratio=0.5", "synthetic_share", "quality"),
    ),
    "symbols": (
        lambda: ours.freeprob.solve(system=1, value=2),
        "solve",
        UNEXPECTED,
        "'value'",
        "mean values?",
    ),
    "a symbol": (
        lambda: ours.freeprob.Gaussian(1, 2, nme="X"),
        "Gaussian",
        UNEXPECTED,
        "'nme'",
        "mean name?",
    ),
    "a letter": (lambda: ours.freeprob.Deterministic("A"), "Deterministic", NEEDS, "needs name"),
    "a projection": (lambda: ours.isotropic(3).project(), "Spectrum.project", NEEDS, "needs X"),
    "a scale": (
        lambda: ours.simulate(MIX, trials=2).with_shift_scaled(by=2),
        "Simulation.with_shift_scaled",
        UNEXPECTED,
        "'by'",
        "factor",
    ),
    "a ridge": (lambda: ours.freeprob.closed_form(SYSTEM).at(0.5), "ClosedForm.at", NEEDS, "needs values"),
    "a system": (
        lambda: ours.freeprob.compile(SYSTEM).solution(),
        "Compiled.solution",
        NEEDS,
        "needs values",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_call_with_wrong_arguments_is_refused_in_one_sentence(name: str) -> None:
    call, *facts = WRONG[name]
    with refused(ArgumentError, *facts) as caught:
        call()
    assert isinstance(caught.value, TypeError) and isinstance(caught.value, de.SpecError)
    assert "__init__" not in str(caught.value)


def public(kind: Callable[[Any], bool]) -> list[Any]:
    found = [getattr(de, name) for name in de.__all__]
    return [x for x in [*found, *(getattr(fp, name) for name in fp.__all__)] if kind(x)]


@pytest.mark.parametrize("function", public(inspect.isfunction), ids=lambda f: f.__name__)
def test_every_public_function_refuses_wrong_arguments(function: Any) -> None:
    takes_any = inspect.Parameter.VAR_KEYWORD in {
        p.kind for p in inspect.signature(function).parameters.values()
    }
    with refused(ArgumentError, function.__name__):
        function(**({} if takes_any else {"no_such_argument": 1}))


SPECIFICATION = [x for x in public(inspect.isclass) if issubclass(x, Value)]


@pytest.mark.parametrize("made", SPECIFICATION, ids=lambda c: c.__name__)
def test_every_specification_class_refuses_wrong_arguments(made: Any) -> None:
    with refused(ArgumentError, made.__name__, UNEXPECTED, "'no_such_argument'"):
        made(no_such_argument=1)


def test_the_specification_classes_are_found() -> None:
    assert {de.Problem, de.Source, de.Target, de.Fixed, de.Moments} < set(SPECIFICATION)


@pytest.mark.parametrize("named", public(inspect.isfunction), ids=lambda f: f.__name__)
def test_functions_keep_their_signature_and_can_be_pickled(named: Any) -> None:
    assert named.__doc__ and inspect.signature(named) == inspect.signature(named.__wrapped__)
    assert pickle.loads(pickle.dumps(named)) is named


def test_classes_keep_their_signature() -> None:
    assert list(inspect.signature(de.Source).parameters)[:3] == ["n", "covariance", "noise_variance"]
    assert list(inspect.signature(de.Spectrum.from_data).parameters) == ["X"]
    assert list(inspect.signature(de.Linear).parameters) == []
    assert pickle.loads(pickle.dumps(MIX)) == copy.deepcopy(MIX) == MIX


def test_a_type_error_raised_inside_is_unchanged() -> None:
    @checked_call
    def broken(n: int) -> str:
        return "a" + n  # type: ignore[operator]

    with pytest.raises(TypeError, match="can only concatenate str") as raised:
        broken(3)
    assert type(raised.value) is TypeError

    def build(width: int) -> de.Problem:
        return ours.Source(width, S, wieght=1)  # type: ignore[no-any-return]

    with refused(ArgumentError, ("width = 3", "Source"), UNEXPECTED, "'wieght'", "mean weight?"):
        de.sweep(build, width=[3])


def test_an_argument_error_shows_a_single_traceback() -> None:
    with refused(ArgumentError, "Source", NEEDS, "covariance") as caught:
        ours.Source(3)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
