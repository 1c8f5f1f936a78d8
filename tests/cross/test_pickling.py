"""Every public name, value and error survives pickling, copying and process pools."""

import copy
import dataclasses
import functools
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
import detequiv.verify
from detequiv.numerics.solver.path_following import PathLost
from detequiv.verify.comparison.assertion import run_agreement_test
from helpers.refusals import refused

fp = de.freeprob

ROUNDS: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
    "protocol 2": lambda value: pickle.loads(pickle.dumps(value, 2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

HOMES = {"detequiv": de, "detequiv.freeprob": fp, "detequiv.verify": detequiv.verify}
PUBLIC = {
    f"{home}.{name}": getattr(module, name)
    for home, module in HOMES.items()
    for name in (getattr(module, "__all__", None) or vars(module))
    if name[0] != "_" and getattr(module, name).__class__.__name__ != "module"
}
CLASSES = {value for value in PUBLIC.values() if isinstance(value, type)}
ERRORS = {value for value in CLASSES if issubclass(value, BaseException)}


@functools.cache
def values() -> dict[str, Any]:
    """At least one instance of every public class except the errors."""
    s = de.power_law(6, 1.0)
    sources = [de.Source(12, s, noise_variance=0.1), de.Source(9, s, noise_variance=0.1, shift=0.1)]
    mix = de.Problem(signal=1.0, sources=sources, ridge=0.1, model=de.RandomProjection(5))
    run = de.simulate(mix, trials=30)
    agreement = de.compare(de.predict(mix), run)
    confirmed = run_agreement_test(mix, theory=9.0, tolerance=0.1)
    labelled = dataclasses.replace(mix, sources=[sources[0], de.Source(9, s, labels=mix)])
    w = np.ones(6) / 6
    drawn = de.select(40, s, labels=de.labels.linear(w, 0.1), keep=de.rules.near(2 * w, 0.5))
    selected = de.Problem(signal=de.Fixed(w), sources=[drawn, sources[0]], ridge=0.1)
    trained = de.select(40, s, labels=de.labels.linear(selected, 0.1), keep=de.rules.agree(w))
    return {
        "problem": mix,
        "labels of a model": labelled,
        "prediction with labels of a model": de.predict(labelled),
        "fitted labels": de.predict(labelled).fitted_labels,
        "fixed problem": de.Problem(signal=de.Fixed(np.arange(6.0)), sources=sources, ridge=0.1),
        "source": sources[1],
        "selection": drawn,
        "selected problem": selected,
        "selection by a trained model": trained,
        "overlaps": de.overlaps(mix),
        "optimal acceptance": de.optimal_acceptance(selected),
        "target": de.Target(s, noise_variance=0.3),
        "spectrum": s,
        "spectrum of data": de.Spectrum.from_data(np.random.default_rng(0).normal(size=(9, 4))),
        "covariance": de.Covariance(np.eye(3) + 0.1),
        "fixed": de.Fixed([1.0, 2.0]),
        "moments": de.Moments([[1.0, 0.5], [0.5, 1.0]]),
        "linear": de.Linear(),
        "projection": de.RandomProjection(3, entry_variance=0.5),
        "coordinates": de.RandomCoordinates(3),
        "orthogonal": de.OrthogonalProjection(3),
        "features": de.RandomFeatures(3, de.activations.relu),
        **{name: getattr(de.activations, name) for name in dir(de.activations) if name in BUILT_IN},
        "leaky": de.activations.leaky_relu(0.1),
        "polynomial": de.activations.polynomial([0, 1, 0.5]),
        "own activation": de.Activation("mine", np.tanh),
        "activation moments": de.activations.relu.moments(1.0),
        "moments in digits": de.activations.relu.moments(1.0, digits=40),
        "prediction": de.predict(mix),
        "prediction in digits": de.predict(mix, digits=30),
        "prediction of source": de.predict(mix).sources[0],
        "fixed point": de.predict(mix).fixed_point,
        "fixed point in digits": de.predict(mix, digits=30).fixed_point,
        "status": de.Status.DIVERGES,
        "decomposition": de.theorem_2(mix),
        "paper variables": de.paper_variables(mix),
        "simulation": run,
        "samples": run.samples,
        "agreement": agreement,
        "agreement, confirmed": confirmed,
        "term": agreement.terms[0],
        "verdict": de.Verdict.UNDECIDED,
        "extrapolation": de.extrapolate(mix, (1, 2), trials=32),
        **expressions(),
    }


BUILT_IN = ("relu", "erf", "sign", "sine", "gelu", "tanh", "softplus")


def expressions() -> dict[str, Any]:
    n, d = fp.dimensions("n d")
    λ = sympy.Symbol("lam", positive=True)
    Σ = fp.Deterministic(d, "Sigma")
    X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    R = (X.T @ X + λ * fp.identity(d)).inv()
    E = fp.trace(Σ @ R)
    system = fp.derive(E)
    numbers = {n: 20, d: 30, λ: 0.01, Σ: np.linspace(1, 2, 30)}
    compiled = fp.compile(system)
    return {
        "dimension": n,
        "deterministic": Σ,
        "gaussian": X,
        "resolvent": R,
        "expression": E,
        "system": system,
        "stages": fp.stages(E),
        "closed form": fp.closed_form(system),
        "compiled": compiled,
        "solution": compiled.solution(numbers),
    }


def test_there_is_a_value_of_every_public_class() -> None:
    """Except for the protocol."""
    have = {base for value in values().values() for base in type(value).__mro__}
    assert CLASSES - ERRORS - have == {detequiv.verify.Predicted}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_names_are_pickled_by_reference(name: str) -> None:
    value = PUBLIC[name]
    if isinstance(value, type) or callable(value):
        assert pickle.loads(pickle.dumps(value)) is value


@pytest.mark.parametrize("way", ROUNDS)
def test_values_survive_a_round_trip(way: str) -> None:
    """Objects compared by identity (systems and their derivatives) print the same."""
    for name, value in values().items():
        again = ROUNDS[way](value)
        assert type(again) is type(value), name
        assert repr(again) == repr(value) and str(again) == str(value), name
        if type(value).__eq__ is not object.__eq__:
            assert again == value, name


def test_a_restored_system_has_the_same_value() -> None:
    n, d = fp.dimensions("n d")
    X = fp.Gaussian(n, d, "X", variance=1 / n)
    system = fp.derive(fp.trace((X.T @ X + fp.identity(d)).inv()))
    for again in (way(system) for way in ROUNDS.values()):
        assert fp.solve(again, {n: 20, d: 30}) == fp.solve(system, {n: 20, d: 30})


def test_high_precision_numbers_keep_their_bits_and_their_precision() -> None:
    before = de.predict(values()["problem"], digits=60)
    for way in ROUNDS.values():
        after = way(before)
        assert after.error == before.error and repr(after.error) == repr(before.error)
        assert repr(after.error + 1) == repr(before.error + 1)
        assert len(str(after.error / 3)) > 50


# Errors


def errors() -> list[BaseException]:
    """One of every public error, with its attributes and notes."""
    agreement = values()["agreement"]
    plain = ERRORS - {de.DisagreementError, de.UndecidedError}
    return [
        *(error("a sentence.") for error in plain),
        de.DisagreementError("they disagree:\nin two lines.", agreement),
        de.UndecidedError("undecided.", agreement),
        PathLost("lost.", ("the point reached", 1.0)),  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("way", ROUNDS)
def test_errors_keep_message_attributes_and_notes(way: str) -> None:
    for error in errors():
        error.add_note("in test_a")
        again = ROUNDS[way](error)
        assert type(again) is type(error)
        assert str(again) == str(error) and again.args == error.args
        assert vars(again) == vars(error) and again.__notes__ == ["in test_a"]


def test_raised_errors_survive_a_round_trip() -> None:
    raised: list[tuple[type[Exception], Callable[[], object]]] = [
        (de.SpecError, lambda: de.Source(10, [1.0, 0.5], weight=-1)),
        (de.ShapeError, lambda: de.Source(10, [1.0, 0.5], shift=[1.0])),
        (de.DisagreementError, lambda: assert_about(9.0)),
        (de.UndecidedError, lambda: assert_about(0.5)),
    ]
    for kind, call in raised:
        with pytest.raises(kind) as failed:
            call()
        for way in ROUNDS.values():
            again = way(failed.value)
            assert type(again) is kind and str(again) == str(failed.value)
            assert vars(again) == vars(failed.value)


SAMPLES = np.linspace(0.0, 1.0, 200)
"""Samples with mean 0.5."""


def assert_about(theory: float) -> Any:
    tolerance = 0.01 if theory == 0.5 else 0.2
    return de.assert_agrees(theory=theory, simulation=SAMPLES, tolerance=tolerance)


@pytest.mark.slow
def test_a_failed_assertion_in_a_worker_does_not_break_its_pool() -> None:
    """In a real pool; the parent receives each error with its message and numbers."""
    wide = {"simulation": SAMPLES, "tolerance": 0.2}
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        wrong = pool.submit(de.assert_agrees, theory=9.0, **wide)
        with pytest.raises(de.DisagreementError, match=r"Theory and simulation\s+disagree") as told:
            wrong.result(timeout=120)
        assert told.value.agreement.term("error").predicted == 9.0
        unsure = pool.submit(de.assert_agrees, theory=0.5, simulation=SAMPLES, tolerance=0.01)
        with pytest.raises(de.UndecidedError, match=r"trials\s+would\s+decide\s+it"):
            unsure.result(timeout=120)
        negative = pool.submit(de.assert_agrees, theory=0.5, simulation=SAMPLES, tolerance=-1)
        with refused(de.SpecError, "tolerance", "positive", "-1"):
            negative.result(timeout=120)
        precise = pool.submit(de.predict, values()["problem"], digits=30)
        assert precise.result(timeout=120) == values()["prediction in digits"]
        right = pool.submit(de.assert_agrees, theory=0.5, **wide)
        assert right.result(timeout=120).verdict is de.Verdict.AGREES
