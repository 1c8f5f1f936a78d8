"""From a problem to its predicted errors."""

import dataclasses
import math
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from ..theory.checks import count
from ..theory.error_terms import error_terms
from ..theory.errors import SolveError, SpecError
from ..theory.fixed_point import FixedPoint
from ..theory.problem import Problem
from ..theory.response import Response
from .arithmetic import DOUBLE
from .precise import solve_precisely
from .prediction import Prediction, SourcePrediction, Status
from .scaled import Scaled, scale
from .solve import PathLost, Reached, Root, solve
from .untrained import untrained

__all__ = ["effective_ridge", "fixed_point", "predict"]

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
    if not any(source.active for source in problem.sources):
        return untrained(problem)
    solved = _solved(problem, digits)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by _Solved.plain
        return _prediction(problem, solved)


@dataclasses.dataclass(frozen=True)
class _Solved:
    """The scaled problem, its root and how it was found, and the kind of numbers to give back."""

    scaled: Scaled
    root: Root
    digits: int | None
    working: int
    notes: tuple[str, ...]

    def plain(self, values: Iterable[Any]) -> list[Any]:
        """Python floats, or mpmath numbers where digits were asked for; all of them finite."""
        numbers = [float(value) if self.digits is None else value for value in values]
        if not all(abs(value) < math.inf for value in numbers):
            raise SolveError(
                "a term of this prediction exceeds the range of double precision (1e308); give the "
                "problem in other units, or ask for digits=16 to have it as an mpmath number."
            )
        return numbers

    @cached_property
    def response(self) -> Response:
        """Of the mixture, at the root."""
        equations, root = self.scaled.equations, self.root
        return Response.of(
            self.scaled.mixture, root.shares, root.η, equations.samples, equations.projection
        )

    def point(self) -> FixedPoint:
        """The solved point in the units of the problem."""
        r, root, unit = self.response, self.root, self.scaled.unit
        weights, n = self.scaled.mixture.weights, self.scaled.samples
        kinds = r.mixture.covariance_of[r.fit]
        κ = r.left * root.η / n * unit * self.scaled.weight_unit
        θ = root.η / r.strength.sum() * unit
        f = n * weights / (r.demands() * root.η) / unit
        κ, θ, df1, df2, left, remaining, spare, *f = self.plain(
            [κ, θ, r.df1, r.df2, r.left, r.degrees_left, r.left if r.spare is None else r.spare, *f]
        )
        return FixedPoint(
            kappa=κ,
            f=tuple(f),
            df1=df1,
            df2=df2,
            samples_left=left,
            width_left=None if r.spare is None else spare,
            degrees_left=remaining,
            effective_ridge=θ if (kinds == kinds[0]).all() else None,
            residual=root.residual,
            estimated_error=max(
                float(root.estimated_error), DOUBLE.eps if self.digits is None else 0.0
            ),
            iterations=root.iterations,
            digits=self.working,
        )


def _solved(problem: Problem, digits: int | None) -> _Solved:
    scaled = scale(problem)
    start = _in_double(scaled)
    if digits is None and isinstance(start, Root) and start.estimated_error <= PROMISED:
        return _Solved(scaled, start, digits, DOUBLE.digits, ())
    scaled, root, working = solve_precisely(problem, start, digits or DOUBLE.digits)
    note = f"Double precision cannot hold this answer: {working} digits were used."
    return _Solved(scaled, root, digits, working, (note,) if digits is None else ())


def _in_double(scaled: Scaled) -> Root | Reached | None:
    """The root, or how far the path came where double precision does not get there."""
    if not (scaled.exact and 1 / EXTREME < scaled.equations.projection.penalty < EXTREME):
        return None
    try:
        return solve(scaled.equations)
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
    θ = fixed_point(problem).effective_ridge
    if θ is None:
        raise SpecError(
            "the effective ridge needs one covariance, but the sources that are fitted have unlike "
            "ones; predict(problem).fixed_point has κ and every f_k."
        )
    return θ


def fixed_point(problem: Problem) -> FixedPoint:
    """The solved point of the master equations, without the errors.

    Raises what :func:`predict` raises, but for errors that exceed the range.
    """
    _refuse(problem)
    if not any(source.active for source in problem.sources):
        return untrained(problem).fixed_point
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by _Solved.plain
        return _solved(problem, None).point()


def _refuse(problem: object) -> None:
    if not isinstance(problem, Problem):
        raise SpecError(f"a Problem is needed; got {type(problem).__name__}.")
    if problem.ridge == 0:
        raise SolveError(
            "ridge = 0 is not solved by this version; take a small positive ridge, such as "
            f"{1e-12 * problem.sources[0].covariance.trace / problem.n:.1e}: the error is "
            "continuous there unless a term diverges."
        )


def _prediction(problem: Problem, solved: _Solved) -> Prediction:
    mixture, unit = solved.scaled.mixture, solved.scaled.unit
    terms = error_terms(solved.response)
    noisy = terms.error[:-1] + mixture.noise
    trained = noisy * solved.response.shrinkage() ** 2
    fresh, noisy, trained = (solved.plain(x * unit) for x in (terms.error, noisy, trained))
    rest = (terms.bias[-1], terms.variance[-1], terms.collapse[-1], mixture.null_error())
    bias, variance, collapse, null = solved.plain(np.array(rest) * unit)
    point = solved.point()
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
        notes=(*solved.notes, *_finite_size(point)),
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
