"""The mean and the fluctuation of the weights of a fit."""

from ...theory.base.arrays import Array
from ...theory.equations.response import Response
from ...theory.equations.weight_moments import weight_moments
from ...theory.specification.problem import Problem
from ..solver.precision_choice import solve_problem
from ..solver.ridgeless_limit import limit

__all__ = ["fit_moments"]


def fit_moments(problem: Problem) -> tuple[Array, Array]:
    """(p,) E ŵ and (p,) Var ŵ of a problem with diagonal covariances, but for low rank, and one output."""
    solved = limit(problem, None).solved if problem.ridge == 0 else solve_problem(problem, None)
    root, equations = solved.root, solved.equations
    response = Response.of(solved.scaled.mixture, root.shares, root.η, equations.samples, equations.closure)
    mean, variance = weight_moments(response)
    return mean[:, 0], variance
