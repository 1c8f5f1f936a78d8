"""All covariances and truths of connected fits in one problem, so that they have common coordinates."""

from typing import Any

from ..coordinates.truths import Truth
from ..data.source import Source, Target
from .fit_graph import FitGraph, Labelling
from .problem import Problem

__all__ = ["JointProblem"]


class JointProblem:
    """The joint problem of the fits of a graph.

    problem : with a source for each set of samples, and one for each truth that differs from the target's.
    truth_of : the source of each such truth, by its name.
    """

    def __init__(self, graph: FitGraph) -> None:
        last = graph.problems[-1]
        sources = [Source(1, member.covariance) for member in graph.members]
        self.truth_of: dict[str, int] = {}
        for row in graph.labellings:
            for x in row:
                own = x.source.label_shift is not None or x.source.label_gain != 1
                if x.labeller is None and own and x.truth not in self.truth_of:
                    self.truth_of[x.truth] = len(sources)
                    shift, gain = x.source.label_shift, x.source.label_gain
                    sources.append(Source(1, x.source.covariance, shift=shift, gain=gain))
        self.problem = Problem(
            signal=last.signal, sources=sources, ridge=1.0, target=Target(last.target_covariance)
        )

    def source_of(self, x: Labelling) -> int | None:
        """The source of the truth of these labels; None where it is the target's, or a model's."""
        return None if x.labeller is not None else self.truth_of.get(x.truth)

    def lack(self, truth: Truth, x: Labelling) -> Any:
        """By how much of a part these labels have less than the target's truth; None for 0."""
        at = self.source_of(x)
        return None if at is None else -truth.excess(at)  # type: ignore[attr-defined]
