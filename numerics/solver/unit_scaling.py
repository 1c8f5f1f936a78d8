"""The numbers of the equations of a problem, scaled by powers of two.

Multiplying covariances, ridge and noise by c multiplies every error by c; multiplying loss weights
and ridge by c changes nothing. Both factors are chosen as powers of two that bring the largest
eigenvalue and the largest weight near 1: the digits of every result are those of the problem.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...theory.activations.gaussian_moments import Known
from ...theory.base.arrays import Array, Indices, Number, Numbers, Operator, PerCovariance, PerGroup, Stack
from ...theory.base.low_rank_matrix import base_of, low_rank_of, stacked
from ...theory.coordinates.common_basis import in_order
from ...theory.coordinates.problem_arrays import Frame, diagonal_of
from ...theory.equations.low_rank_algebra import LowRankAlgebra
from ...theory.equations.master_equations import Equations
from ...theory.equations.matrix_algebra import Algebra, DenseAlgebra, DiagonalAlgebra
from ...theory.equations.mixture import Mixture
from ...theory.models.width_closures import Closure
from ...theory.specification.problem import Problem
from .arithmetic import DOUBLE, Arithmetic

__all__ = ["Scaled", "scaled_equations", "uses_given_matrices"]

SMALLEST, LARGEST = np.finfo(float).tiny, np.finfo(float).max

Make = Callable[[Any], Any]


@dataclasses.dataclass(frozen=True)
class Scaled:
    """Equations and mixture in scaled units.

    Covariances, noise and errors are in units of ``unit``, weights in units of ``weight_unit``, the
    ridge in their product; both are powers of two. ``samples`` is n, those of weight 0 included, and
    n d/m where the model sees m of d coordinates.
    ``exact`` says that no number of the problem left the range of its type on the way.
    """

    equations: Equations
    mixture: Mixture
    samples: Number
    unit: Number
    weight_unit: Number
    exact: bool


def scaled_equations(problem: Problem, kind: Arithmetic = DOUBLE) -> Scaled:
    """The numbers of the master equations, each of this kind: float, or mpf of some context.

    The numbers of the problem are taken over as they are and scaled in that type; nλ, nλ/s² and the
    moments of an activation are computed in it. Matrices that commute without ridge are those of
    their eigenbasis in double precision; others are turned in the numbers at hand (``uses_given_matrices``).
    """
    number, frame = kind.number, problem.frame
    fitted = [k for k, source in enumerate(problem.sources) if source.active]
    exponent = _exponent(max(_largest(frame.covariances[k]) for k in fitted))
    weight_exponent = _exponent(max(problem.sources[k].weight for k in fitted))
    if kind is not DOUBLE and uses_given_matrices(problem):
        frame = in_order(problem.coordinates, frame.ranges, kind.eigh, _maker(number))
    distinct, covariance_of = _distinct(frame.covariances)
    group = _groups(problem, covariance_of)
    leaders = [int(np.argmax(group == g)) for g in range(group.max() + 1)]
    two, make = number(2.0), _maker(number)
    covariances, noise = _stack(distinct, make), np.array([s.noise_variance for s in problem.sources])
    weights = np.array([source.weight for source in problem.sources])
    small = (
        _scaled(make(weights), -weight_exponent, two),
        _scaled(make(noise), -exponent, two),
        _scaled(covariances, -exponent, two),
    )
    slopes, residuals = _activated(problem, frame, distinct, number, kind.digits)
    measures = _Measures(problem, number)
    counts = measures.per_coordinate_seen(make(np.array([float(source.n) for source in problem.sources])))
    samples = measures.per_coordinate_seen(problem.n)
    mixture = Mixture(
        counts=counts,
        weights=small[0],
        noise=small[1],
        group=group,
        covariances=small[2],
        covariance_of=covariance_of,
        slopes=slopes,
        tails=_scaled(residuals, -exponent, two),
        truths=tuple(part.converted(make) for part in frame.truths),
        algebra=_algebra(frame, fitted, make),
        share=measures.share_seen(),
    )
    kinds = covariance_of[leaders]
    equations = Equations(
        counts=np.array([mixture.counts[group == g].sum() for g in range(len(leaders))]),
        weights=mixture.weights[leaders],
        covariances=_each(slopes[kinds] ** 2, mixture.covariances[kinds]),
        tails=mixture.tails[kinds],
        algebra=mixture.algebra,
        closure=_closure(problem, samples, exponent + weight_exponent, measures),
    )
    given = (weights, noise, *_arrays(covariances))
    kept = (*small[:2], *_arrays(small[2]))
    return Scaled(
        equations=equations,
        mixture=mixture,
        samples=samples,
        unit=two**exponent,
        weight_unit=two**weight_exponent,
        exact=number is not float or all(map(_kept, given, kept)),
    )


def uses_given_matrices(problem: Problem) -> bool:
    """Whether more digits are for the matrices as they are, to the last bit.

    Where they commute up to rounding it matters without ridge (or with a tiny one, where some have
    no full rank) what exactly vanishes; then they are those of their eigenbasis.
    """
    frame = problem.frame
    if frame.low_rank:
        return False
    if not frame.diagonal:
        return True
    full = all(Σ.all() for Σ in frame.covariances)
    return frame.basis is not None and problem.ridge > 0 and full


def _maker(number: Make) -> Make:
    """A function that makes arrays of such numbers."""
    if number is float:
        return lambda values: np.asarray(values, dtype=float)[()]
    each = np.vectorize(number, otypes=[object])
    return lambda values: each(values)[()]


def _largest(Σ: Operator) -> float:
    return float(base_of(Σ).max())


def _stack(covariances: Sequence[Operator], make: Make) -> Stack:
    """The different covariances in these numbers."""
    factors = [found for Σ in covariances if (found := low_rank_of(Σ)) is not None]
    if factors:
        known = {id(Σ.right): make(Σ.right) for Σ in factors}
        return stacked([dataclasses.replace(Σ.converted(make), right=known[id(Σ.right)]) for Σ in factors])
    return np.asarray(make(np.array(covariances)))


def _arrays(stack: Stack) -> Sequence[Numbers]:
    """What the numbers of a stack are kept in."""
    factors = [found for Σ in stack if (found := low_rank_of(Σ)) is not None]
    return [part for Σ in factors for part in (Σ.diagonal, Σ.left, Σ.right)] or (stack,)


def _algebra(frame: Frame, fitted: list[int], make: Make) -> Algebra:
    if frame.diagonal:
        return DiagonalAlgebra(make(frame.multiplicities))
    if frame.low_rank:
        there = np.any([base_of(frame.covariances[k]) > 0 for k in fitted], axis=0)
        return LowRankAlgebra(make(frame.multiplicities), there)
    reached = np.any([(frame.covariances[k] != 0).any(axis=0) for k in fitted], axis=0)
    return DenseAlgebra(int(np.flatnonzero(reached).max()) + 1)


def _closure(problem: Problem, samples: Number, exponent: int, measures: "_Measures") -> Closure[Number]:
    number = measures.number
    penalty = samples * (number(problem.ridge) * _power_of_two(-exponent, number))
    return problem.model.closure(penalty, measures)


@dataclasses.dataclass(frozen=True)
class _Measures:
    """d and tr Σ_1 in these numbers, summed without rounding on the way."""

    problem: Problem
    number: Make

    def dimension(self, less: int = 0) -> Number:
        multiplicities = self.problem.coordinates.multiplicities
        if self.number is float and _integers(multiplicities):
            return float(multiplicities.sum()) - less
        if self.number is float:
            return math.fsum([*multiplicities, -less])
        return sum((self.number(m) for m in multiplicities), self.number(-less))

    def per_coordinate_seen(self, count: Any) -> Any:
        """A count times d/m where m of d coordinates are seen; whole numbers stay whole at m = d."""
        seen = self.problem.model.coordinates_seen
        return count if seen is None else count * self.dimension() / self.number(float(seen))

    def share_seen(self) -> Number:
        """m/d where m of d coordinates are seen, else 1."""
        seen = self.problem.model.coordinates_seen
        return self.number(1.0) if seen is None else self.number(float(seen)) / self.dimension()

    def first_trace(self) -> Number:
        first = self.problem.coordinates
        return _trace(first.covariances[0], first.multiplicities, self.number)


def _integers(values: Array) -> bool:
    """Whether sums of these are exact whatever their order."""
    return bool((values == np.rint(values)).all() and values.sum() < 2**53)


def _activated(
    problem: Problem, frame: Frame, distinct: Sequence[Array], number: Make, digits: int
) -> tuple[PerCovariance, PerCovariance]:
    """(q,) μ and μ*²/s² of the activation at each covariance; ones and zeros without one.

    Traces are summed exactly, so that covariances with the same eigenvalues in another order have
    the same slope, and those of a rotated frame are taken before rotation.
    """
    model, make = problem.model, _maker(number)
    if model.activation is None:
        return make(np.ones(len(distinct))), make(np.zeros(len(distinct)))
    plain = problem.coordinates
    before = {id(Σ): k for k, Σ in enumerate(frame.covariances)}
    traces = [_trace(plain.covariances[before[id(Σ)]], plain.multiplicities, number) for Σ in distinct]
    own = model.entry_variance
    first = _trace(plain.covariances[0], plain.multiplicities, number)
    s2 = 1 / first if own is None else number(own)
    found = []
    for trace in _snapped(traces):
        q = trace / first if own is None else s2 * trace
        known = number is not float and isinstance(model.activation.function, Known)
        found.append(model.activation.moments(q if known else float(q), digits=digits if known else None))
    slopes = np.array([number(x.slope) for x in found])
    return slopes, np.array([number(x.residual) / s2 for x in found])


def _trace(Σ: Array, multiplicities: Array, number: Make) -> Number:
    Σ = diagonal_of(Σ) if low_rank_of(Σ) is not None else Σ
    values = multiplicities * Σ if Σ.ndim == 1 else np.diagonal(Σ)
    if number is float:
        return math.fsum(values)
    terms = zip(multiplicities, Σ, strict=True) if Σ.ndim == 1 else ((1.0, x) for x in values)
    return sum(number(m) * number(x) for m, x in terms)


def _snapped(traces: list[Number]) -> list[Number]:
    """Traces that differ by rounding (1e-14) made one, the first of them."""
    kept: list[Number] = []
    for trace in traces:
        alike = (other for other in kept if abs(trace - other) <= 1e-14 * abs(other))
        kept.append(next(alike, trace))
    return kept


def _power_of_two(exponent: int, number: Make) -> Number:
    """2^exponent; 0 or inf where float cannot hold it, for the solver to see and take mpmath."""
    if number is not float:
        return number(2) ** exponent
    return math.ldexp(1.0, exponent) if exponent < 1024 else math.inf


def _scaled(values: Numbers, exponent: int, two: Number) -> Numbers:
    """values · 2^exponent; in float64 as a product where that factor is a normal number."""
    if values.dtype == object or abs(exponent) < 1000:
        with np.errstate(over="ignore", under="ignore"):
            return values * two**exponent
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(values, exponent)


def _kept(given: Array, scaled: Numbers) -> bool:
    """Whether all of them are still there: none infinite, none lost bits below the least normal."""
    size = np.abs(scaled)
    if not size.max(initial=0.0) <= LARGEST:
        return False
    small = size < SMALLEST
    return not small.any() or not given[small].any()


def _exponent(largest: float) -> int:
    """The e for which largest/2^e lies between 1 and 2."""
    return math.frexp(largest)[1] - 1


def _each(factors: PerGroup, stack: Stack) -> Stack:
    """factors_c stack_c."""
    return factors.reshape(-1, *(1,) * (stack.ndim - 1)) * stack


def _distinct(covariances: Sequence[Array]) -> tuple[list[Array], Indices]:
    """The different covariances, and the index of each one's, (K + 1,)."""
    distinct: list[Array] = []
    index = []
    for values in covariances:
        known = [i for i, other in enumerate(distinct) if other is values]
        index.append(known[0] if known else len(distinct))
        if not known:
            distinct.append(values)
    return distinct, np.array(index)


def _groups(problem: Problem, covariance_of: Indices) -> Indices:
    """(K,) index of the group of sources with one covariance and weight; −1 if not fitted."""
    seen: dict[tuple[int, float], int] = {}
    group = [
        seen.setdefault((int(kind), source.weight), len(seen)) if source.active else -1
        for source, kind in zip(problem.sources, covariance_of, strict=False)
    ]
    return np.array(group)
