"""From the solution to all errors: bias, variance, collapse, each source's, trained and not."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from mpmath import MPContext, mpf

from .matrices import SquareMatrix, Vector, solve
from .point import Point, ReferenceFailure, complete, polish, total
from .problem import Covariance, Problem, Source

SHOWN = 25
"""Digits that two evaluations must share, and that `Reference.strings` shows."""


@dataclass(frozen=True)
class Reference:
    """Reference values; lists run over sources.

    `bias`, `variance`, `collapse` and their sum `total` make the noiseless test error.
    `collapse_scale` is the sum of absolute values of the summands of the collapse, one for each
    pair among w_t, w_1, …, w_K and each eigenvalue (dense: each entry of the two matrices whose
    product's trace it is); `deviation_scale` is the same when the collapse is written in w_t and
    the deviations w_k − w_t, where common parts cancel first.
    `errors` are the R_k, noise included; `training_errors` are None for sources without samples,
    and R_k for a source of weight 0.
    """

    bias: mpf
    variance: mpf
    collapse: mpf
    total: mpf
    collapse_scale: mpf
    deviation_scale: mpf
    errors: list[mpf]
    training_errors: list[mpf | None]
    kappa: mpf
    f: list[mpf]
    df1: mpf
    df2: mpf
    residual: mpf
    digits: int

    def strings(self, digits: int = SHOWN) -> dict[str, Any]:
        """All values as decimal strings; 'inf' and '-inf' where they diverge."""
        return {
            field.name: show(getattr(self, field.name), digits)
            for field in fields(self)
            if field.name not in ("residual", "digits")
        }


def show(value: Any, digits: int) -> Any:
    """A number as a string, a list of them as a list, None as None."""
    if isinstance(value, list):
        return [show(v, digits) for v in value]
    return None if value is None else MPContext().nstr(value, digits).removeprefix("+")


@dataclass(frozen=True)
class Response:
    """How one test covariance A sees the trained model: r = Σ_j rows[j] w_j, and c(A).

    Entry 0 of `rows` and `heads` is w_t, entries 1..K are the sources; Σ_j heads[j] w_j = P h.
    `T` holds the T_j of A.
    """

    covariance: SquareMatrix
    rows: list[SquareMatrix]
    heads: list[SquareMatrix]
    c: mpf
    T: Vector


def respond(problem: Problem, point: Point, test: Covariance, own: int) -> Response:
    """The response on a covariance whose truth is entry `own` (0 for w_t)."""
    ctx, P = problem.ctx, point.P
    one = P.identity()
    A = test.seen
    PP, PAP = P @ P, P @ A @ P
    c = problem.model.c(PAP.trace() + test.rest, point.df2, P.trace(), PP.trace())
    Q = PAP + c * PP
    T = [s.covariance.seen.product_trace(Q) + s.covariance.rest * c for s in problem.sources]

    heads = [ctx.zero * one]
    for s, f in zip(problem.sources, point.f, strict=True):
        heads.append((problem.share(s) * f * s.covariance.slope) * (P @ s.covariance.matrix))
    rows = [-test.slope * head for head in heads]
    rows[own] = one + rows[own]
    return Response(test.matrix, rows, heads, c, T)


def square(coefficients: list[SquareMatrix], W: list[list[SquareMatrix]]) -> SquareMatrix:
    """E[vvᵀ] of v = Σ_j coefficients[j] w_j."""
    zero = W[0][0].ctx.zero * W[0][0]
    terms = (
        A @ total((W[j][k] @ B.T for k, B in enumerate(coefficients)), zero)
        for j, A in enumerate(coefficients)
    )
    return total(terms, zero)


def misfit(problem: Problem, response: Response) -> mpf:
    """b = E[rᵀAr] + c(A) E|Ph|²."""
    first = response.covariance.product_trace(square(response.rows, problem.W))
    return first + response.c * square(response.heads, problem.W).trace()


def signal_form(responses: list[Response], weights: Vector) -> list[list[SquareMatrix]]:
    """The matrices C_jk with which the truths enter the test error, as E Σ_jk w_jᵀ C_jk w_k."""
    zero = responses[0].covariance.ctx.zero * responses[0].covariance
    size = range(len(responses[0].rows))
    C = [[zero for _ in size] for _ in size]
    for response, v in zip(responses, weights, strict=True):
        if v == 0:
            continue
        images = [response.covariance @ R for R in response.rows]
        for j in size:
            R, H = v * response.rows[j].T, (v * response.c) * response.heads[j].T
            for k in size:
                C[j][k] = C[j][k] + R @ images[k] + H @ response.heads[k]
    return C


@dataclass(frozen=True)
class Signal:
    """The part of the error that is due to the truths, and the scales of its collapse."""

    bias: mpf
    collapse: mpf
    collapse_scale: mpf
    deviation_scale: mpf


def split_signal(problem: Problem, responses: list[Response], weights: Vector) -> Signal:
    """Bias and collapse as linear functionals of W, the first at W_jk = E[w_t w_tᵀ] for all j, k.

    E[w_jᵀ C_jk w_k] = tr C_jk W_kj.
    """
    ctx, W, Γ = problem.ctx, problem.W, problem.W[0][0]
    C = signal_form(responses, weights)
    pairs = [(j, k) for j in range(len(W)) for k in range(len(W))]
    bias = ctx.fsum(C[j][k].product_trace(Γ) for j, k in pairs)
    summands = [x for j, k in pairs for x in C[j][k].product_summands(W[k][j] - Γ)]
    deviation = deviations(problem, C)
    collapse, again = ctx.fsum(summands), ctx.fsum(deviation)
    scale, deviation_scale = ctx.fsum(summands, absolute=True), ctx.fsum(deviation, absolute=True)
    if abs(collapse - again) > ctx.mpf("1e-35") * min(scale, deviation_scale):
        raise ReferenceFailure("two ways to sum the collapse disagree")
    return Signal(bias, collapse, scale, deviation_scale)


def deviations(problem: Problem, C: list[list[SquareMatrix]]) -> Vector:
    """Summands of the collapse in w_t and δ_k = w_k − w_t."""
    W, Γ, sources = problem.W, problem.W[0][0], range(1, len(problem.W))
    summands: Vector = []
    for k in sources:
        column = total((C[j][k] for j in sources), C[0][k])
        summands += (2 * column).product_summands(W[k][0] - Γ)
    for j in sources:
        for k in sources:
            summands += C[j][k].product_summands(W[k][j] - W[k][0] - W[0][j] + Γ)
    return summands


def coupling(problem: Problem, point: Point, response: Response) -> Vector:
    """The coefficients (1/n) α_j f_j² T_j with which the R_j enter an error."""
    triples = zip(problem.sources, point.f, response.T, strict=True)
    return [problem.share(s) * f * f * T / problem.n for s, f, T in triples]


def training_error(source: Source, κ: mpf, f: mpf, error: mpf) -> mpf | None:
    """R_k (κ f_k / a_k)²; the ratio tends to 1 as a_k → 0."""
    if source.samples == 0:
        return None
    return error * (κ * f / source.weight) ** 2 if source.weight > 0 else error


def evaluate_at(problem: Problem, λ: mpf, logs: Vector) -> Reference:
    """All errors at the ridge λ, from the rough logarithms of 1/f_k and κ."""
    return evaluate(problem, complete(problem, λ, polish(problem, λ, logs)))


def evaluate(problem: Problem, point: Point) -> Reference:
    """All errors at the solution, the total in two ways."""
    ctx, sources = problem.ctx, problem.sources
    on_target = respond(problem, point, problem.target, 0)
    on_source = [respond(problem, point, s.covariance, k) for k, s in enumerate(sources, 1)]

    M = [coupling(problem, point, response) for response in on_source]
    system = [[(j == k) - x for k, x in enumerate(row)] for j, row in enumerate(M)]
    own = [s.noise + misfit(problem, r) for s, r in zip(sources, on_source, strict=True)]
    errors = solve(system, own)
    to_target = coupling(problem, point, on_target)
    error = misfit(problem, on_target) + ctx.fdot(to_target, errors)

    adjoint = solve([list(column) for column in zip(*system, strict=True)], to_target)
    # exactly 0 where a source does not train; elimination leaves rounding errors there
    weights = [v if s.trains else ctx.zero for s, v in zip(sources, adjoint, strict=True)]
    signal = split_signal(problem, [on_target, *on_source], [ctx.one, *weights])
    variance = ctx.fdot((v, s.noise) for v, s in zip(weights, sources, strict=True))
    gap = abs(signal.bias + variance + signal.collapse - error)
    if gap > ctx.mpf("1e-35") * (signal.bias + variance + signal.collapse_scale):
        raise ReferenceFailure("the parts do not add up to the total")
    check_signs(problem, errors, weights)
    return Reference(
        bias=signal.bias,
        variance=variance,
        collapse=signal.collapse,
        total=error,
        collapse_scale=signal.collapse_scale,
        deviation_scale=signal.deviation_scale,
        errors=errors,
        training_errors=[
            training_error(s, point.κ, f, error) for s, f, error in zip(sources, point.f, errors, strict=True)
        ],
        kappa=point.κ,
        f=point.f,
        df1=point.df1,
        df2=point.df2,
        residual=point.residual,
        digits=ctx.dps,
    )


def check_signs(problem: Problem, errors: Vector, weights: Vector) -> None:
    """Errors and their weights are not negative, beyond half of the digits of what they are of.

    An error without noise that is exactly 0 comes out as rounding, of either sign; so does the
    weight of a source that has, in turned coordinates, nothing in common with the target.
    """
    ctx = problem.ctx
    rounding = ctx.mpf(10) ** (-ctx.dps // 2)
    for k, (source, error) in enumerate(zip(problem.sources, errors, strict=True), 1):
        size = source.noise + source.covariance.matrix.product_trace(problem.W[k][k])
        if error < -rounding * size:
            raise ReferenceFailure("a negative error")
    if any(v < -rounding * ctx.fsum(weights, absolute=True) for v in weights):
        raise ReferenceFailure("a negative weight of an error")
