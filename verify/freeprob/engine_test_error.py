"""The test error of a problem by the engine: a witness independent of the master equations.

The input is the definition of the fit (``named_expectations.Mix``); the engine derives fixed
points, degrees of freedom and effective ridges.
"""

import functools
import math
from typing import Any

import numpy as np
import sympy

from ...numerics.freeprob import Compiled, compile
from ...theory import Problem
from ...theory.freeprob import derive
from ...theory.freeprob.derivations.named_expectations import Mix

__all__ = ["derivable", "engine_term"]

COVERED = {"theorem_1", "theorem_2"}
"""Of the statements that a model may be about: those of models that the engine is asked to derive."""


def derivable(problem: Problem) -> bool:
    """Whether the engine supports the problem: a linear model or a random projection, a ridge, diagonal
    covariances of whole multiplicities, a signal and shifts that are independent of each other."""
    frame = problem.frame
    return (
        not COVERED.isdisjoint(problem.model.statements)
        and not problem.connected
        and problem.ridge > 0
        and frame.independent is not None
        and bool((frame.multiplicities == np.round(frame.multiplicities)).all())
        and any(source.active for source in problem.sources)
    )


def engine_term(problem: Problem, term: str) -> float:
    """Its error, bias, variance or collapse, where :func:`derivable`.

    >>> from detequiv import RandomProjection, Source, predict
    >>> real, synthetic = Source(30, [1.0, 0.5] * 20), Source(20, [0.2, 0.7] * 20, shift=0.1)
    >>> mix = Problem(signal=1, sources=[real, synthetic], ridge=0.1, model=RandomProjection(25))
    >>> abs(engine_term(mix, "collapse") / predict(mix).collapse - 1) < 1e-12
    True
    """
    if term == "error":
        return math.fsum(engine_term(problem, name) for name in ("bias", "variance", "collapse"))
    active = [k for k, source in enumerate(problem.sources) if source.active]
    mix = _mix(problem, active)
    values = _values(problem, mix, active)
    truths = problem.frame.independent
    assert truths is not None
    if term == "bias":
        signal = {mix.letter("Gamma"): _repeated(problem, truths.signal)}
        return float(_compiled(mix, "bias", 0)(values | signal))
    total = 0.0
    for position, k in enumerate(active):
        shift, noise = truths.shifts[k], problem.sources[k].noise_variance
        if term == "variance" and noise:
            total += noise * _compiled(mix, "variance", position)(values)
        elif term == "collapse" and shift is not None:
            shift_value = {mix.letter("Delta"): _repeated(problem, shift)}
            total += _compiled(mix, "collapse", position)(values | shift_value)
    return total


@functools.lru_cache(maxsize=64)
def _compiled(mix: Mix, term: str, k: int) -> Compiled:
    """Cached: one derivation serves all problems with the same Mix."""
    if term == "bias":
        return compile(derive(mix.bias))
    return compile(derive(mix.variance_of(k) if term == "variance" else mix.collapse_of(k)))


def _mix(problem: Problem, active: list[int]) -> Mix:
    """The engine's Mix, with one letter for each distinct covariance."""
    *covariances, target = problem.frame.covariances
    names: dict[int, str] = {}
    for Σ in (*(covariances[k] for k in active), target):
        names.setdefault(id(Σ), f"Sigma{len(names) + 1}")
    return Mix(
        covariances=tuple(names[id(covariances[k])] for k in active),
        weighted=True,
        projected=problem.model.width is not None,
        test=names[id(target)],
    )


def _values(problem: Problem, mix: Mix, active: list[int]) -> dict[Any, Any]:
    """Weights are those of the sources that count, whose samples are n here; entries of the
    projection have variance 1/d, and the ridge makes up for that."""
    d, sources = int(problem.d), [problem.sources[k] for k in active]
    share = sum(source.n for source in sources) / problem.n
    scale = (problem.entry_variance or 0.0) * d if mix.projected else 1.0
    values: dict[Any, Any] = {mix.dimension: d, sympy.Symbol("lam", positive=True): problem.ridge / scale}
    values |= {n_k: source.n for n_k, source in zip(mix.counts, sources, strict=True)}
    values |= {a: source.weight * share for a, source in zip(mix.weights, sources, strict=True)}
    if mix.projected:
        values[mix.width] = problem.model.width
    *covariances, target = problem.frame.covariances
    values |= {
        mix.letter(name): _repeated(problem, covariances[k])
        for name, k in zip(mix.covariances, active, strict=True)
    }
    return values | {mix.target: _repeated(problem, target)}


def _repeated(problem: Problem, row: Any) -> Any:
    """Every entry repeated by its multiplicity."""
    return np.repeat(row, problem.frame.multiplicities.astype(int))
