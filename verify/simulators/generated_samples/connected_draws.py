"""Random draws of connected fits: the inputs of every set, the projections, the truths and the noises.

A trial draws in this order: the inputs of each set, the matrix S of each projection, the truths, the noises.
"""

import dataclasses
import itertools
from functools import cached_property

import numpy as np

from ....theory import Problem, SpecError
from ....theory.base.arrays import Array
from ....theory.specification.fit_graph import FitGraph, Labelling
from ....theory.specification.joint_problem import JointProblem
from ..draw import Design, Ensemble
from ..error_meters import Meter
from ..sampled_models import sampled_model

__all__ = ["ConnectedEnsemble", "Draws"]


@dataclasses.dataclass(frozen=True, eq=False)
class Draws:
    """inputs : (n_k, d) of each set; projections : S of each fit, None if linear."""

    inputs: tuple[Array, ...]
    projections: tuple[Array | None, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class ConnectedEnsemble:
    """The distributions that the trials of connected fits are drawn from."""

    problem: Problem
    joint: JointProblem
    ensemble: Ensemble

    @classmethod
    def of(cls, problem: Problem) -> "ConnectedEnsemble":
        """The ensemble of a problem."""
        for fit in problem.stages.problems:
            if fit.model.activation is not None:
                raise SpecError(
                    f"labels of trained models are simulated for features that are linear in x; got "
                    f"{fit.model!r}. Use Linear, or a projection."
                )
        joint = JointProblem(problem.stages)
        return cls(problem, joint, Ensemble.of(joint.problem))

    @property
    def shifts_apart(self) -> bool:
        """Whether collapse is the shifts' alone: never, for it has the labellers' noise."""
        return False

    @property
    def graph(self) -> FitGraph:
        """The fits."""
        return self.problem.stages

    @property
    def outputs(self) -> int:
        """Columns of the truths."""
        return self.ensemble.outputs

    @cached_property
    def noises(self) -> dict[tuple[str, int], float]:
        """The variance of each noise on each set, in the order of their first use; zeros left out."""
        return {
            (x.noise, x.inputs): x.source.noise_variance
            for row in self.graph.labellings
            for x in row
            if x.source.noise_variance and x.source.n
        }

    @cached_property
    def meters(self) -> tuple[Meter, ...]:
        """The measures of errors on each set and, last, at the target."""
        return self.ensemble.meters(Design(np.empty((0, self.ensemble.d)), None))

    def draws(self, rng: np.random.Generator) -> Draws:
        """The inputs and projections of one trial."""
        e = self.ensemble
        inputs = []
        for k, n in enumerate(self.graph.counts):
            X = rng.standard_normal((n, e.d))
            root = e.roots[k]
            inputs.append(X * root if root.ndim == 1 else X @ root)
        known: dict[str, Array] = {}
        projections: list[Array | None] = []
        for t, fit in enumerate(self.graph.problems):
            sampled, name = sampled_model(fit.model), self.graph.draw_of(t)
            if sampled is None:
                projections.append(None)
                continue
            if name not in known:
                S = np.empty((e.d, fit.model.width or 0))
                sampled.draw(rng, S)
                known[name] = sampled.finish(S, fit)
            projections.append(known[name])
        return Draws(tuple(inputs), tuple(projections))

    def rows(self, t: int) -> tuple[tuple[Labelling, slice], ...]:
        """The labellings of fit t, and where they stand once its samples are stacked."""
        ends = np.cumsum([0, *(self.graph.counts[x.inputs] for x in self.graph.labellings[t])])
        places = (slice(int(a), int(b)) for a, b in itertools.pairwise(ends))
        return tuple(zip(self.graph.labellings[t], places, strict=True))

    def weights(self, t: int) -> Array:
        """The weight of each sample of fit t."""
        row = self.graph.labellings[t]
        return np.repeat([x.source.weight for x in row], [self.graph.counts[x.inputs] for x in row])
