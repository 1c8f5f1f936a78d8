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

S = de.isotropic(5)
MIX = de.Problem(signal=1.0, sources=[de.Source(9, S)], ridge=0.1)
fp = de.freeprob

# Untyped, so that a type checker accepts the wrong calls.
ours: Any = de

n, d = fp.dimensions("n d")
lam = sympy.Symbol("lam", positive=True)
X = fp.Gaussian(n, d, "X", variance=1 / n)
SYSTEM: Any = fp.derive(fp.trace((X.T @ X + lam * fp.identity(d)).inv()))

WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "noise by position": (
        lambda: ours.Source(50, S, 0.1),
        "Source takes 2 arguments by position (n, covariance); got 3. Pass the others by "
        "keyword, such as noise_variance=0.1: noise_variance, shift, gain and weight.",
    ),
    "noise": (
        lambda: ours.Source(50, S, noise=0.1),
        "Source got an unexpected keyword 'noise'; did you mean noise_variance? Its arguments are "
        "n, covariance, noise_variance, shift, gain and weight.",
    ),
    "n_samples": (lambda: ours.Source(n_samples=9, covariance=S), "did you mean n?"),
    "weights": (lambda: ours.Source(9, S, weights=2), "did you mean weight?"),
    "far from any": (lambda: ours.Source(9, S, zzz=2), "unexpected keyword 'zzz'. Its arguments"),
    "missing": (lambda: ours.Source(9), "Source needs covariance as well."),
    "all missing": (lambda: ours.Source(), "Source needs n and covariance. Its arguments are"),
    "twice": (lambda: ours.Source(9, S, n=3), "Source got n twice, by position and by keyword."),
    "a problem by position": (
        lambda: ours.Problem(1.0, [], 0.1),
        "Problem takes no arguments by position; got 3. Pass",
    ),
    "source": (lambda: ours.Problem(signal=1, source=[], ridge=1), "did you mean sources?"),
    "no ridge": (lambda: ours.Problem(signal=1, sources=[]), "Problem needs ridge as well."),
    "a target": (lambda: ours.Target(S, 0.1), "got 2. Write noise_variance=0.1."),
    "a model": (lambda: ours.RandomProjection(widht=5), "did you mean width?"),
    "no field": (lambda: ours.Linear(5), "Linear takes no arguments by position; got 1. Omit"),
    "features": (lambda: ours.RandomFeatures(5), "RandomFeatures needs activation as well."),
    "an activation": (lambda: ours.Activation("cube"), "Activation needs function as well."),
    "a slope": (lambda: ours.activations.leaky_relu(), "leaky_relu needs slope."),
    "moments": (lambda: ours.Moments(), "Moments needs blocks."),
    "rows": (lambda: ours.Spectrum.from_data([[1.0]], ddof=1), "Spectrum.from_data got an unexp"),
    "more rows": (lambda: ours.Covariance.from_data(), "Covariance.from_data needs X."),
    "a file": (lambda: ours.Problem.from_toml(), "Problem.from_toml needs path."),
    "a change": (lambda: dataclasses.replace(MIX, rigde=1.0), "did you mean ridge?"),
    "digits": (lambda: ours.predict(MIX, 30), "predict takes 1 argument by position (problem)"),
    "trials": (lambda: ours.simulate(MIX, n_trials=5), "did you mean trials?"),
    "sweep": (lambda: ours.sweep(width=[3]), "sweep needs build as well."),
    "a law": (lambda: ours.power_law(5), "power_law needs exponent as well."),
    "a corollary": (lambda: ours.corollary_1(0.5), "such as aspect_ratio=0.5: aspect"),
    "symbols": (lambda: ours.freeprob.solve(system=1, value=2), "did you mean values?"),
    "a symbol": (lambda: ours.freeprob.Gaussian(1, 2, nme="X"), "Gaussian got an unexpected"),
    "a letter": (lambda: ours.freeprob.Deterministic("A"), "Deterministic needs name as well."),
    "a projection": (lambda: ours.isotropic(3).project(), "Spectrum.project needs X."),
    "a scale": (lambda: ours.simulate(MIX, trials=2).with_shift_scaled(by=2), "an unexpected keyword 'by'"),
    "a ridge": (lambda: ours.freeprob.closed_form(SYSTEM).at(0.5), "ClosedForm.at needs values"),
    "a system": (lambda: ours.freeprob.compile(SYSTEM).solution(), "Compiled.solution needs value"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_call_with_wrong_arguments_is_refused_in_one_sentence(name: str) -> None:
    call, said = WRONG[name]
    with pytest.raises(TypeError) as refused:
        call()
    assert isinstance(refused.value, ArgumentError) and isinstance(refused.value, de.SpecError)
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert "__init__" not in str(refused.value)


def public(kind: Callable[[Any], bool]) -> list[Any]:
    found = [getattr(de, name) for name in de.__all__]
    return [x for x in [*found, *(getattr(fp, name) for name in fp.__all__)] if kind(x)]


@pytest.mark.parametrize("function", public(inspect.isfunction), ids=lambda f: f.__name__)
def test_every_public_function_refuses_wrong_arguments(function: Any) -> None:
    takes_any = inspect.Parameter.VAR_KEYWORD in {
        p.kind for p in inspect.signature(function).parameters.values()
    }
    with pytest.raises(ArgumentError, match=function.__name__):
        function(**({} if takes_any else {"no_such_argument": 1}))


SPECIFICATION = [x for x in public(inspect.isclass) if issubclass(x, type(MIX).__bases__[0])]


@pytest.mark.parametrize("made", SPECIFICATION, ids=lambda c: c.__name__)
def test_every_specification_class_refuses_wrong_arguments(made: Any) -> None:
    with pytest.raises(ArgumentError, match=made.__name__):
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

    with pytest.raises(TypeError, match="did you mean weight"):
        de.sweep(build, width=[3])


def test_an_argument_error_shows_a_single_traceback() -> None:
    with pytest.raises(ArgumentError) as refused:
        ours.Source(3)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
