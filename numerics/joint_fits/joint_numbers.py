"""The numbers of several connected fits, each at its own solved point, in one set of coordinates."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...theory.base.arrays import Indices, Number, Numbers
from ...theory.base.errors import SpecError
from ...theory.coordinates.common_basis import dense, in_order
from ...theory.coordinates.problem_arrays import Frame
from ...theory.coordinates.truths import FixedTruth, RandomTruth, Truth
from ...theory.data.source import Source
from ...theory.equations.matrix_algebra import DenseAlgebra, DiagonalAlgebra
from ...theory.equations.response import Response
from ...theory.joint_fits.fitted_stages import JointFits
from ...theory.joint_fits.truth_parts import FixedPart, RandomPart, TruthPart
from ...theory.specification.fit_graph import FitGraph, Labelling
from ...theory.specification.joint_problem import JointProblem
from ...theory.specification.problem import Problem
from ..solver.arithmetic import DOUBLE, Arithmetic, in_digits
from ..solver.precision_choice import Solved
from .label_noises import Noise, covariances_of, label_shares, maker, noises_of, zeros

__all__ = ["JointNumbers", "fit_problem", "joint_numbers"]


@dataclasses.dataclass(frozen=True)
class JointNumbers:
    """stages : in units of ``unit``; null : tr ΓΣ_t; noises : of each row of noise, or of the one row.

    estimated_error : relative, of the solved points.
    """

    stages: JointFits
    unit: Number
    null: Number
    noises: tuple[Noise, ...]
    graph: FitGraph
    joint: JointProblem
    truths: tuple[Truth, ...]
    estimated_error: float

    def lack(self, part: int, labelling: Labelling) -> Any:
        """By how much of a part of the truths these labels have less than the target's truth."""
        return self.joint.lack(self.truths[part], labelling)

    def noise_of(self, labelling: Labelling) -> tuple[Numbers, Numbers]:
        """(R',) the noise variance of these labels, and (R', T) its covariances with those of all fits."""
        none = 0 * self.stages.η
        own, shared = np.repeat(none[:1], len(self.noises)), np.tile(none, (len(self.noises), 1))
        for row, noise in enumerate(self.noises):
            if noise.name == labelling.noise:
                own[row] = noise.variance
                shared[row] = noise.variance * noise.shares.get(labelling.inputs, none)
        return own, shared


def fit_problem(graph: FitGraph, t: int) -> Problem:
    """Fit t by itself: each set of samples once, with its total weight, labelled by the target's truth.

    Samples with two labels count twice in n; the ridge makes up for it.
    """
    problem = graph.problems[t]
    weights = total_weights(graph, t)
    sources = [
        Source(graph.counts[k], graph.members[k].covariance, weight=weight) for k, weight in weights.items()
    ]
    n = sum(graph.counts[k] for k in weights)
    return Problem(
        signal=1.0,
        sources=sources,
        ridge=problem.ridge * (problem.n / n),
        model=problem.model,
        target=problem.target,
    )


def total_weights(graph: FitGraph, t: int) -> dict[int, float]:
    """The weight of each set in fit t, summed over its labels."""
    weights: dict[int, float] = {}
    for x in graph.labellings[t]:
        weights[x.inputs] = weights.get(x.inputs, 0.0) + x.source.weight
    return weights


def joint_numbers(graph: FitGraph, solved: Sequence[Solved], one_noise: bool = False) -> JointNumbers:
    """The numbers of the fits of a graph; solved : each by itself, in the order of the graph.

    one_noise : all noises in one row, instead of a row for each.
    """
    working = max(s.working for s in solved)
    kind = DOUBLE if working <= DOUBLE.digits else in_digits(working)
    joint = JointProblem(graph)
    frame = joint.problem.frame
    if frame.low_rank:
        frame = dense(frame)
    if kind is not DOUBLE and not frame.diagonal:
        frame = in_order(joint.problem.coordinates, frame.ranges, kind.eigh, maker(kind))
    make = maker(kind)
    exponent = math.frexp(max(float(np.abs(Σ).max()) for Σ in frame.covariances))[1] - 1
    unit = kind.number(2.0) ** exponent
    distinct: list[Numbers] = []
    kinds = [_index(distinct, Σ) for Σ in frame.covariances]
    responses = [_response(s) for s in solved]
    T, K = len(solved), len(graph.counts)
    strength, left = zeros((K, T), kind), zeros((K, T), kind)
    for t, (r, s) in enumerate(zip(responses, solved, strict=True)):
        for position, k in enumerate(total_weights(graph, t)):
            strength[k, t] = kind.number(r.strength[position] * s.scaled.weight_unit)
            left[k, t] = kind.number(r.shares[position] * r.samples_left)
    noises = noises_of(graph, kind, unit)
    truths = tuple(truth.converted(make) for truth in frame.truths)
    covariances = make(np.array(distinct)) / unit
    algebra = _algebra(frame, make)
    return JointNumbers(
        stages=JointFits(
            counts=make(np.maximum(np.array(graph.counts, dtype=float), 1.0)),
            covariances=covariances,
            covariance_of=np.array(kinds[:K]),
            target=kinds[-1],
            strength=strength,
            η=np.array(
                [
                    kind.number(r.η * s.scaled.unit * s.scaled.weight_unit) / unit
                    for r, s in zip(responses, solved, strict=True)
                ]
            ),
            shares_left=left,
            labelled_by=_labelled_by(graph, kind),
            noises=covariances_of([noises] if one_noise else [[x] for x in noises], graph, kind),
            truths=tuple(_part(joint, graph, truth) for truth in truths),
            group=_groups(graph),
            widths=make(np.array([float(p.model.width or 0) for p in graph.problems])),
            width_left=np.array(
                [kind.number(0.0 if r.width_left is None else r.width_left) for r in responses]
            ),
            algebra=algebra,
        ),
        unit=unit,
        null=sum(truth.second_moment(algebra, covariances[kinds[-1]], -1) for truth in truths),
        noises=noises,
        graph=graph,
        joint=joint,
        truths=truths,
        estimated_error=max(float(s.root.estimated_error) for s in solved),
    )


def _part(joint: JointProblem, graph: FitGraph, truth: Truth) -> TruthPart:
    """A part of the truths with what the labels of each set and fit lack of it."""
    lacks: list[list[Any]] = [[None] * len(graph.problems) for _ in graph.counts]
    for t, row in enumerate(graph.labellings):
        for x, share in label_shares(row):
            lack = joint.lack(truth, x)
            if lack is not None:
                before = lacks[x.inputs][t]
                lacks[x.inputs][t] = share * lack + (0 if before is None else before)
    return PARTS[type(truth)](truth, lacks)


def _random_part(truth: RandomTruth, lacks: list[list[Any]]) -> RandomPart:
    zero = 0 * truth.target
    return RandomPart(
        truth.moment, truth.target, np.array([[zero if x is None else x for x in row] for row in lacks])
    )


def _fixed_part(truth: FixedTruth, lacks: list[list[Any]]) -> FixedPart:
    return FixedPart(
        truth.target, tuple(tuple(x if x is not None and np.any(x) else None for x in row) for row in lacks)
    )


PARTS: dict[type[Truth], Callable[[Any, list[list[Any]]], TruthPart]] = {
    RandomTruth: _random_part,
    FixedTruth: _fixed_part,
}


def _labelled_by(graph: FitGraph, kind: Arithmetic) -> Numbers:
    T, K = len(graph.problems), len(graph.counts)
    L = zeros((K, T, T), kind)
    for t, row in enumerate(graph.labellings):
        for x, share in label_shares(row):
            if x.labeller is not None:
                L[x.inputs, t, x.labeller] += kind.number(share)
    return L


def _groups(graph: FitGraph) -> Indices:
    names: dict[str, int] = {}
    return np.array(
        [
            -1 if p.model.width is None else names.setdefault(graph.draw_of(t), len(names))
            for t, p in enumerate(graph.problems)
        ]
    )


def _response(solved: Solved) -> Response:
    scaled, root, equations = solved.scaled, solved.root, solved.equations
    return Response.of(scaled.mixture, root.shares, root.η, equations.samples, equations.closure)


def _algebra(frame: Frame, make: Callable[[Any], Any]) -> DiagonalAlgebra | DenseAlgebra:
    if frame.diagonal:
        return DiagonalAlgebra(make(frame.multiplicities))
    return DenseAlgebra(len(frame.multiplicities))


def _index(distinct: list[Numbers], Σ: Numbers) -> int:
    for i, other in enumerate(distinct):
        if other is Σ:
            return i
    distinct.append(Σ)
    return len(distinct) - 1


def check_models(graph: FitGraph) -> None:
    """Refuse models whose connected fits are not predicted."""
    for fit in graph.problems:
        if not fit.model.joins_stages:
            raise SpecError(
                f"labels of trained models are predicted for Linear and RandomProjection; got "
                f"{fit.model!r}. Use one of these, or simulate."
            )
        if not any(source.active for source in fit.sources):
            raise SpecError(
                "a model that labels needs samples of positive weight; got none in one of the problems. "
                "Give it a source, or use no labels."
            )
