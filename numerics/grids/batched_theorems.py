"""Families of problems with one covariance, each with one loss weight, solved together.

For these, Theorem 1 and the corrected Theorem 2 give every term from a few traces at the effective ridge
(one shifted source at a time, since shifts are independent). A family shares its spectrum, its
signal and its shifts between problems; the spectrum is compressed once, the effective ridges are
found together, and the traces are matrix products.
"""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array, Numbers
from ...theory.coordinates.problem_arrays import Independent
from ...theory.data.second_moments import Moment, fixed_of, same_moment
from ...theory.data.spectrum import Spectrum
from ...theory.models.width_closures import Closure, GaussianClosure, LinearClosure
from ...theory.specification.problem import Problem
from ...theory.statements.theorems import Traces, bias, collapse, inflation, own_collapse
from ..solver.arithmetic import DOUBLE
from ..solver.bracketed_newton import bracket, bracketed_newton, estimated_error
from .batched_correction import BatchedCorrection
from .spectrum_compression import Compressed, compress

__all__ = ["Family", "families"]

COVERED = {"theorem_1", "theorem_2"}

LARGEST = 1e60

NO_RIDGE = 1e-40

LEAST_SIZE = 8
"""The smallest family for which compressing the spectrum pays."""


def families(problems: Sequence[Problem]) -> Iterator[tuple[list[int], "Family"]]:
    """Find the families among the problems, each with the indices of its members."""
    rest = [i for i, problem in enumerate(problems) if _eligible(problem)]
    while len(rest) >= LEAST_SIZE:
        first = problems[rest[0]]
        members = [i for i in rest if _related(problems[i], first)]
        taken = set(members)
        rest = [i for i in rest if i not in taken]
        if len(members) >= LEAST_SIZE and _moderate(first):
            yield members, Family([problems[i] for i in members])


@dataclasses.dataclass(frozen=True)
class BatchedTerms:
    """(B,) arrays: the terms of each problem, and the estimated relative errors of the solution and
    of the theory.

    samples_degrees : degrees of freedom left to the samples. degrees_left : the smaller of these and
    those left to the features. source_error : (B, K) errors on fresh data of each source, against
    its own truth, noise excluded. training_error : (B, K) with noise, NaN for a source without
    samples.
    """

    bias: Array
    variance: Array
    collapse: Array
    degrees_left: Array
    samples_degrees: Array
    approximation_error: Array
    estimated_error: Array
    source_error: Array
    training_error: Array


class Family:
    """B problems that share a spectrum, found by :func:`families`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        self.first = problems[0]

    def terms(self) -> BatchedTerms:
        """The terms of every problem."""
        spectrum = self._spectrum
        counts = np.array([[s.n for s in p.sources] for p in self.problems], dtype=float)
        samples = counts.sum(axis=1)
        closure = self._closure(samples)
        θ = self._effective_ridges(closure, samples)
        left, size, spread = self._counted(closure.smaller_dimension(samples), θ)
        z, dz = closure.excess(θ, samples)
        plain = self._traces(spectrum.weigh(self.first.coordinates.multiplicities), θ)
        u, ω = inflation(*closure.counts_left(z, samples), plain.second, θ * plain.first)
        shares = counts / samples[:, None]
        noise = np.array([[s.noise_variance for s in p.sources] for p in self.problems])
        Γ = self._traces(self._weigh(_independent(self.first).signal), θ)
        ζ = np.zeros_like(θ)
        own = np.zeros_like(counts)
        complete = self._all_learnt(closure, samples)
        missed = np.where(complete, 0.0, θ)
        correction = BatchedCorrection(self._spectrum.nodes, θ, (shares * noise).sum(axis=1))
        correction.add_truth(self._weigh(_independent(self.first).signal))
        for k, shift, members in self._shifts():
            weights = self._weigh(shift)
            Δ = self._traces(weights, θ[members])
            p = shares[members, k]
            ω_θ = ω[members] * θ[members]
            here = collapse(p, u[members], ω_θ, θ[members], Δ)
            ζ[members] += here
            rows = np.repeat(here[:, None], counts.shape[1], axis=1)
            rows[:, k] = own_collapse(p, u[members], ω_θ, missed[members], Δ)
            own[members] += rows
            correction.add_shift(weights, p, members)
        residual = abs(left - z) / (size + z)
        B = np.where(complete, 0.0, bias(u, ω * θ, θ, Γ))
        variance = u * (shares * noise).sum(axis=1)
        effect = correction.effect(self._multiplicities, *closure.counts_left(z, samples))
        degrees, free = closure.degrees_left(z, samples, spread)
        on_sources = (B + variance)[:, None] + own
        shrinkage = self._samples_left(closure, samples, z) / samples
        return BatchedTerms(
            bias=B,
            variance=variance,
            collapse=ζ,
            degrees_left=degrees if free is None else np.minimum(degrees, free),
            samples_degrees=degrees,
            approximation_error=effect.share(B + variance + ζ),
            estimated_error=estimated_error(residual, (size + z) / (spread - dz), DOUBLE.eps),
            source_error=on_sources,
            training_error=np.where(counts > 0, (on_sources + noise) * shrinkage[:, None] ** 2, np.nan),
        )

    @cached_property
    def _spectrum(self) -> Compressed:
        return compress(self.first.coordinates.covariances[0])

    def _weigh(self, moment: Array) -> Array:
        return self._spectrum.weigh(self.first.coordinates.multiplicities * moment)

    def _closure(self, samples: Array) -> Closure[Numbers]:
        """The closure in θ = η/a, whose penalty is nλ/a, or nλ/(s²a)."""
        a = np.array([next(s.weight for s in p.sources if s.n) for p in self.problems])
        ridge = np.array([p.ridge or self._no_ridge for p in self.problems])
        penalty = samples * ridge / a
        models = [p.model for p in self.problems]
        if models[0].width is None:
            return LinearClosure(penalty)
        s2 = np.array([p.entry_variance for p in self.problems], dtype=float)
        widths = np.array([float(model.width or math.nan) for model in models])
        return GaussianClosure(widths, penalty / s2)

    @cached_property
    def _no_ridge(self) -> float:
        """A ridge that stands for 0: its effects are below 1e−20 of the smallest eigenvalue."""
        values = self.first.coordinates.covariances[0]
        return NO_RIDGE * float(values[values > 0].min())

    @cached_property
    def _ridgeless(self) -> NDArray[np.bool_]:
        return np.array([p.ridge == 0 for p in self.problems])

    @cached_property
    def _rank(self) -> float:
        return _rank(self.first)

    def _all_learnt(self, closure: Closure[Numbers], samples: Array) -> NDArray[np.bool_]:
        """Where the bias is 0: without ridge, if samples and width exceed the rank."""
        beyond: NDArray[np.bool_] = self._ridgeless & (closure.smaller_dimension(samples) > self._rank)
        return beyond

    def _samples_left(self, closure: Closure[Numbers], samples: Array, z: Array) -> Array:
        """n − df1, exactly 0 where, without ridge, the fit interpolates all samples."""
        limit = self._rank if closure.width is None else np.minimum(closure.width, self._rank)
        left: Array = np.where(self._ridgeless & (samples < limit), 0.0, closure.counts_left(z, samples)[0])
        return left

    def _effective_ridges(self, closure: Closure[Numbers], samples: Array) -> Array:
        base = closure.smaller_dimension(samples)
        first = self.first.coordinates
        trace = float(first.multiplicities @ first.covariances[0])
        low, high = bracket(closure, samples, trace)
        x, _ = bracketed_newton(
            lambda θ: self._counted(base, θ), lambda θ: closure.excess(θ, samples), low, high, high
        )
        θ: Array = np.exp(x)
        return θ

    def _counted(self, base: Array, θ: Array) -> tuple[Array, Array, Array]:
        """base − df1, the sum of the absolute values of its summands, and df1 − df2.

        As in ``resolvent``, cut between two intervals of the compressed spectrum.
        """
        nodes, cuts, m = self._spectrum.nodes, self._spectrum.cuts, self._multiplicities
        middles = np.sqrt(nodes[cuts[:-1]] * nodes[cuts[1:] - 1])
        cut = cuts[middles.size - np.searchsorted(middles[::-1], θ, side="right")]
        T = 1 / (θ[:, None] + nodes)
        large = np.arange(nodes.size) < cut[:, None]
        whole = base - self._running[cut]
        gained = θ * ((T * large) @ m)
        lost = np.where(large, 0.0, T) @ (m * nodes)
        spread = θ * (T**2 @ (m * nodes))
        return (whole + gained) - lost, abs(whole) + gained + lost, spread

    @cached_property
    def _multiplicities(self) -> Array:
        return self._spectrum.weigh(self.first.coordinates.multiplicities)

    @cached_property
    def _running(self) -> Array:
        return self._spectrum.running(self.first.coordinates.multiplicities)

    def _traces(self, weights: Array, θ: Array) -> Traces:
        nodes = self._spectrum.nodes
        square = (θ[:, None] + nodes) ** -2
        return Traces(*(square @ (weights * nodes**power) for power in (1, 2, 3)))

    def _shifts(self) -> Iterator[tuple[int, Array, list[int]]]:
        """The distinct shifts of each source, with the problems that have them."""
        for k in range(len(self.first.sources)):
            seen: list[tuple[Moment, list[int]]] = []
            for i, problem in enumerate(self.problems):
                shift = problem.sources[k].label_shift
                if shift is None:
                    continue
                for other, members in seen:
                    if same_moment(other, shift):
                        members.append(i)
                        break
                else:
                    seen.append((shift, [i]))
            for _, members in seen:
                moment = _independent(self.problems[members[0]]).shifts[k]
                if moment is not None:
                    yield k, moment, members


def _eligible(problem: Problem) -> bool:
    """Whether Theorems 1 and 2 cover the problem, in double precision and without overflow."""
    weights = {source.weight for source in problem.sources if source.n}
    return (
        not COVERED.isdisjoint(problem.model.statements)
        and len(weights) == 1
        and weights != {0.0}
        and not problem.connected
        and _plain(problem)
        and (1 / LARGEST < problem.ridge < LARGEST or _off_ties(problem))
    )


def _plain(problem: Problem) -> bool:
    """Whether there is one diagonal covariance, and truths are independent of each other.

    For most problems of a sweep the answer needs no layout of their coordinates.
    """
    first, size = problem.sources[0].covariance, len(problem.sources[0].covariance)
    moments = [problem.signal, *(source.label_shift for source in problem.sources)]
    if (
        isinstance(first, Spectrum)
        and problem.target is None
        and all(source.covariance is first and source.label_gain == 1 for source in problem.sources)
        and all(_simple(moment, size) for moment in moments)
        and problem.truths is None
    ):
        return True
    frame = problem.coordinates
    values = frame.covariances[0]
    one = values.ndim == 1 and all(other is values for other in frame.covariances)
    return one and frame.independent is not None


def _simple(moment: Moment | None, size: int) -> bool:
    if isinstance(moment, np.ndarray):
        return moment.shape == (size,)
    return fixed_of(moment) is None


def _off_ties(problem: Problem) -> bool:
    """Whether the ridge is 0 and samples, width and rank are all different."""
    model, rank = problem.model, _rank(problem)
    width = math.inf if model.width is None else model.width
    return problem.ridge == 0 and len({float(problem.n), float(width), rank}) == 3


def _rank(problem: Problem) -> float:
    frame = problem.coordinates
    return float(frame.multiplicities @ (frame.covariances[0] > 0))


def _independent(problem: Problem) -> Independent:
    found = problem.coordinates.independent
    assert found is not None, "families are made of eligible problems"
    return found


def _moderate(problem: Problem) -> bool:
    """Whether multiplicities are integers and third powers of eigenvalues neither over- nor underflow."""
    values, multiplicities = problem.coordinates.covariances[0], problem.coordinates.multiplicities
    positive = values[values > 0]
    whole = (multiplicities == np.floor(multiplicities)).all()
    return bool(whole and positive.min() > 1 / LARGEST and positive.max() < LARGEST)


def _related(a: Problem, b: Problem) -> bool:
    return (
        (a.model.width is None) == (b.model.width is None)
        and len(a.sources) == len(b.sources)
        and same_moment(a.signal, b.signal)
        and _alike(a, b)
    )


def _alike(a: Problem, b: Problem) -> bool:
    """Whether the two have one covariance in the same layout."""
    one, other = a.sources[0].covariance, b.sources[0].covariance
    sizes = [{np.size(s.label_shift) for s in p.sources if s.label_shift is not None} - {1} for p in (a, b)]  # type: ignore[arg-type]
    everywhere = all(s.covariance is one for s in (*a.sources, *b.sources))
    if one is other and everywhere and a.target is b.target is None and sizes[0] == sizes[1]:
        return True
    first, second = a.coordinates, b.coordinates
    return same_moment(first.covariances[0], second.covariances[0]) and same_moment(
        first.multiplicities, second.multiplicities
    )
