"""Mistakes with the equations. mypy must report the marked lines, and no others; nothing calls this."""

from detequiv.numerics.solver.arithmetic import DOUBLE
from detequiv.numerics.solver.bracketed_newton import bracket
from detequiv.numerics.solver.error_evaluation import Evaluation
from detequiv.numerics.solver.path_following import Root, newton, with_penalty
from detequiv.theory.base.arrays import Array
from detequiv.theory.coordinates.truths import RandomTruth
from detequiv.theory.equations.cholesky import positive_inverse
from detequiv.theory.equations.error_operators import ErrorOperators
from detequiv.theory.equations.master_equations import Equations
from detequiv.theory.equations.matrix_algebra import DenseAlgebra, DiagonalAlgebra
from detequiv.theory.equations.mixture import Mixture
from detequiv.theory.equations.resolvent import Resolvent, Total
from detequiv.theory.equations.response import Response
from detequiv.theory.models.width_closures import GaussianClosure, LinearClosure


def mistakes(
    equations: Equations, mixture: Mixture, response: Response, root: Root, values: Evaluation, Σ: Array
) -> None:
    closure, algebra, dense = equations.closure, DiagonalAlgebra(Σ), DenseAlgebra(3)
    samples, β, η = equations.samples, root.shares, root.η

    response.A.summed()  # error
    response.B.sum(axes=0)  # error
    response.η.sum()  # error
    response.samples_left.item()  # error
    print(response.width_left + 1)  # error
    print(response.degrees_left[1] + 1)  # error
    print(response.degrees_left + 1)  # error
    response.solve_response((β, β))  # error
    print(response.fit.kind)  # error
    Response.of(mixture, η, β, samples, closure)  # error
    z = closure.excess(η, samples)
    closure.counts_left(z, samples)  # error
    left, width = closure.counts_left(z[0], samples)
    print(width / left)  # error
    closure.excess(β, samples)  # error
    closure.excess(η, equations.counts)  # error
    closure.width_coupling(z[0], samples)  # error
    with_penalty(equations, β)  # error
    GaussianClosure(1.0, None)  # error
    LinearClosure("1").excess(1.0, 2.0)  # error
    equations.loads(η)  # error
    equations.linearised(η, β)  # error
    equations.green((β, η))  # error
    equations.total(β).tail.sum()  # error
    Total([1.0], Σ)  # error
    Total(Σ, None)  # error
    Resolvent(Σ, η, algebra, β)  # error
    algebra.inverse(η, Σ)  # error
    algebra.load(mixture.weights, mixture.truths)  # error
    algebra.shifted(Σ, Σ)  # error
    print(algebra.rank)  # error
    print(dense.multiplicities)  # error
    dense.quadratic_form(Σ, Σ)  # error
    positive_inverse([[1.0]])  # error
    mixture.truths[0].second_moment(Σ, algebra, 0)  # error
    print(mixture.truths[0].second_moment(algebra, Σ, 0).T)  # error
    print(mixture.truths[0].alone()[1])  # error
    mixture.by_kind(mixture)  # error
    mixture.own_shares(root)  # error
    ErrorOperators(mixture)  # error
    ErrorOperators(response).through(Σ, β)  # error
    ErrorOperators(response).mixed((None,))  # error
    RandomTruth(1.0, Σ, β, β)  # error
    newton(equations, η, β, DOUBLE)  # error
    newton(equations, β, η)  # error
    DOUBLE.least_squares(Σ)  # error
    print(DOUBLE.eigh(Σ)[0].values)  # error
    DOUBLE.exp([1.0, 2.0])  # error
    bracket(samples, closure, 1.0)  # error
    values.null.sum(axis=0)  # error
