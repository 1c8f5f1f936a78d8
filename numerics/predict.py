"""From a problem to its predicted errors."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..theory.error_terms import ErrorTerms
from ..theory.errors import SolveError, SpecError
from ..theory.fixed_point import FixedPoint
from ..theory.problem import Problem
from ..theory.value import count
from .arithmetic import DOUBLE
from .precise import solve_precisely
from .prediction import Prediction, SourcePrediction, Status
from .scaled import Scaled, scale
from .solve import PathLost, Reached, Root, solve
from .untrained import untrained

__all__ = ["effective_ridge", "fixed_point", "predict", "solved"]

EXTREME = 1e250
"""Scaled penalties beyond this, or below its inverse, are left to mpmath's exponents."""

FEW_DEGREES = 20.0
"""Degrees of freedom left below which a note warns of the theory's own error at finite size.

Measured on 60 random problems (one source, 6 to 192 samples, ridge 1e-8 to 0.1, 400 trials each):
the mean error lies between 0 and 1.5/D above the prediction for D ≥ 3, mostly 0.2/D to 1.2/D; below
that simulated means are unreliable.
"""

PROMISED = 1e-11
"""Estimated relative error above which predict takes more digits than double precision has."""


def predict(problem: Problem, *, digits: int | None = None) -> Prediction:
    """The deterministic equivalent of the test error, with its three terms.

    Parameters
    ----------
    problem : what is trained and tested.
    digits : None for double precision (and more digits by itself where double precision cannot hold
        the answer, which is said in the notes); a number of significant digits for mpmath results.

    Returns
    -------
    :class:`Prediction`; ``fixed_point`` says how it was obtained. The error of the theory itself is
    O(1/n), largest near the interpolation threshold min(n, d) = width.

    Raises
    ------
    SpecError
        ``problem`` is not a Problem, or digits is not a positive integer.
    SolveError
        ridge = 0, which this version does not take; or no point satisfies the equations to the
        promised accuracy; or a result exceeds the range of double precision.

    Source: arXiv 2410.04840 v2, Propositions 1 to 4, for any number of sources; the equations and
    their variables are in theory/master.py.

    >>> from detequiv import Problem, RandomProjection, Source, label_shift, power_law, predict
    >>> s = power_law(600, 1.0, trace=1.0)
    >>> real = Source(300, s, noise_variance=0.01)
    >>> synthetic = Source(200, s, noise_variance=0.01, shift=label_shift(s, 1.0))
    >>> mix = Problem(signal=1.0, sources=[real, synthetic], ridge=1e-8,
    ...               model=RandomProjection(100))
    >>> round(predict(mix).error, 3), round(predict(mix).collapse, 3)
    (0.642, 0.12)
    """
    _refuse(problem)
    if digits is not None:
        digits = count(digits, "digits", 1, "It is the number of significant digits.")
    return solved(problem, digits)


def solved(problem: Problem, digits: int | None = None, guess: float | None = None) -> Prediction:
    """The prediction of a problem that was looked at, with a guess for η in scaled units."""
    if not any(source.active for source in problem.sources):
        return untrained(problem)
    scaled = scale(problem)
    start = _in_double(scaled, guess)
    working = DOUBLE.digits
    notes: tuple[str, ...] = ()
    if digits is None and isinstance(start, Root) and start.estimated_error <= PROMISED:
        root = start
    else:
        scaled, root, working = solve_precisely(problem, start, digits or DOUBLE.digits)
        if digits is None:
            notes = (f"Double precision cannot hold this answer: {working} digits were used.",)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by _plain
        return _prediction(problem, scaled, root, digits, working, notes)


def _in_double(scaled: Scaled, guess: float | None) -> Root | Reached | None:
    """The root, or how far the path came where double precision does not get there."""
    if not 1 / EXTREME < scaled.equations.projection.penalty < EXTREME:
        return None
    try:
        return solve(scaled.equations, guess)
    except PathLost as lost:
        return lost.reached
    except SolveError:
        return None


def effective_ridge(problem: Problem) -> float:
    """θ = 1/Σ_k (n_k/n) f_k, the ridge by which training shrinks the signal: Σ(Σ + θ)⁻¹.

    It is the κ of Theorem 1 in arXiv 2410.04840 v2 and the θ of its Theorem 2, in the units of a
    covariance. Refused where the fitted sources have unlike covariances: then no one number does
    this.

    >>> from detequiv import Problem, Source, effective_ridge, isotropic
    >>> λ = 0.75 * 1.0                        # isotropic, d/n = 1/2: λ = κ (κ + 1/2)/(κ + 1)
    >>> mix = Problem(signal=1.0, sources=[Source(200, isotropic(100))], ridge=λ)
    >>> round(effective_ridge(mix), 12)
    1.0
    """
    _refuse(problem)
    θ = fixed_point(problem).effective_ridge
    if θ is None:
        raise SpecError(
            "the effective ridge needs one covariance, but the sources that are fitted have unlike "
            "ones; predict(problem).fixed_point has κ and every f_k."
        )
    return θ


def fixed_point(problem: Problem) -> FixedPoint:
    """The solved point of the master equations alone, without the errors."""
    return predict(problem).fixed_point


def _refuse(problem: object) -> None:
    if not isinstance(problem, Problem):
        raise SpecError(f"a Problem is needed; got {type(problem).__name__}.")
    if problem.ridge == 0:
        raise SolveError(
            "ridge = 0 is not solved by this version; take a small positive ridge, such as "
            f"{1e-12 * problem.sources[0].covariance.trace / problem.n:.1e}: the error is "
            "continuous there unless a term diverges."
        )


def _prediction(
    problem: Problem,
    scaled: Scaled,
    root: Root,
    digits: int | None,
    working: int,
    notes: tuple[str, ...],
) -> Prediction:
    equations, mixture, unit = scaled.equations, scaled.mixture, scaled.unit
    slack, _ = equations.projection.slack(root.η, equations.samples)
    left, spare = equations.projection.left(slack, equations.samples)
    terms = mixture.errors(root.shares, root.η, left, spare, equations.projection)
    noisy = terms.error[:-1] + mixture.noise
    trained = noisy * terms.shrinkage**2
    plain = _plain if digits is None else _as_it_is
    point = _point(scaled, root, terms, left, spare, working, plain)
    fresh, noisy, trained = (plain(values * unit) for values in (terms.error, noisy, trained))
    rest = (terms.bias[-1], terms.variance[-1], terms.collapse[-1], mixture.null_error())
    bias, variance, collapse, null = plain(np.array(rest) * unit)
    return Prediction(
        problem=problem,
        error=fresh[-1],
        bias=bias,
        variance=variance,
        collapse=collapse,
        null_error=null,
        sources=tuple(
            SourcePrediction(fresh[k], noisy[k], trained[k] if source.n else None)
            for k, source in enumerate(problem.sources)
        ),
        fixed_point=point,
        status=Status.OK,
        notes=(*notes, *_finite_size(point)),
    )


def _point(
    scaled: Scaled,
    root: Root,
    terms: ErrorTerms,
    left: Any,
    spare: Any,
    working: int,
    plain: Callable[[Any], list[Any]],
) -> FixedPoint:
    mixture, unit, n = scaled.mixture, scaled.unit, scaled.samples
    demand = left + mixture.weights * terms.first[:-1]
    kinds = mixture.covariance_of[:-1][mixture.group >= 0]
    one = bool((kinds == kinds[0]).all())
    θ = root.η / (scaled.equations.weights @ root.shares) * unit
    κ = left * root.η / n * unit * scaled.weight_unit
    spread = terms.df1 - terms.df2
    _, φ = scaled.equations.projection.coupling(spare, spread)
    f = n * mixture.weights / (demand * root.η) / unit
    κ, θ, df1, df2, left, remaining, *f = plain(
        [κ, θ, terms.df1, terms.df2, left, left + φ * spread, *f]
    )
    return FixedPoint(
        kappa=κ,
        f=tuple(f),
        df1=df1,
        df2=df2,
        samples_left=left,
        degrees_left=remaining,
        width_left=None if spare is None else plain([spare])[0],
        effective_ridge=θ if one else None,
        residual=root.residual,
        estimated_error=max(float(root.estimated_error), DOUBLE.eps if plain is _plain else 0.0),
        iterations=root.iterations,
        digits=working,
    )


def _finite_size(point: FixedPoint) -> Iterator[str]:
    """A note where the size is too small, or the interpolation threshold too close, to trust."""
    D = float(point.degrees_left)
    if D < FEW_DEGREES:
        departure = f"some {100 / D:.0f} %" if D > 2 else "a factor"
        yield (
            f"Only {D:.3g} degrees of freedom are left by the fit: at so small a size, or so close "
            f"to the interpolation threshold, the theory's own error is of order 1/{D:.3g}, and "
            f"simulated errors can lie {departure} higher."
        )


def _as_it_is(values: Any) -> list[Any]:
    return list(values)


def _plain(values: Any) -> list[float]:
    """Python floats; refused where one is not finite."""
    numbers = [float(value) for value in values]
    if not all(map(math.isfinite, numbers)):
        raise SolveError(
            "a term of this prediction exceeds the range of double precision (1e308); give the "
            "problem in other units, or ask for digits=16 to have it as an mpmath number."
        )
    return numbers
