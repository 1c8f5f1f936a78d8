"""The solution of (F) and (κ), the equations as written, followed down from a huge ridge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mpmath import mpf

from .matrices import SquareMatrix, Vector, solve
from .problem import Problem, Source


class ReferenceFailure(ArithmeticError):
    """The reference could not be computed, or failed one of its own checks."""


@dataclass(frozen=True)
class Point:
    """The solution of the master equations; f runs over sources."""

    κ: mpf
    f: Vector
    P: SquareMatrix
    df1: mpf
    df2: mpf
    residual: mpf


def total(matrices: Iterable[SquareMatrix], zero: SquareMatrix) -> SquareMatrix:
    """The sum of matrices."""
    for matrix in matrices:
        zero = zero + matrix
    return zero


def pooled(problem: Problem, f: Vector) -> tuple[list[SquareMatrix], SquareMatrix, SquareMatrix]:
    """The matrices Y_k = α_k f_k μ_k² Σ_k, their sum X, and P = (1 + X)⁻¹."""
    pairs = zip(problem.sources, f, strict=True)
    Y = [problem.share(s) * f_k * s.covariance.seen for s, f_k in pairs]
    one = Y[0].identity()
    X = total(Y, problem.ctx.zero * one)
    return Y, X, (one + X).inverse()


def counted(problem: Problem, f: Vector, X: SquareMatrix, P: SquareMatrix) -> mpf:
    """df1 + ν."""
    pairs = zip(problem.sources, f, strict=True)
    ν = problem.ctx.fsum(problem.share(s) * f_k * s.covariance.rest for s, f_k in pairs)
    return X.product_trace(P) + ν


def feedback(source: Source, P: SquareMatrix) -> mpf:
    """tr(μ_k²Σ_k P) + μ*_k²/s²."""
    return source.covariance.seen.product_trace(P) + source.covariance.rest


def newton_step(problem: Problem, λ: mpf, logs: Vector) -> Vector:
    """The Newton step of (F) and (κ) in the logarithms of 1/f_k (sources that train) and κ."""
    ctx, n = problem.ctx, problem.n
    *g, κ = (ctx.exp(x) for x in logs)
    f = spread(problem, [1 / g_k for g_k in g], ctx.zero)
    Y_all, X, P = pooled(problem, f)
    training = [i for i, s in enumerate(problem.sources) if s.trains]
    Y = [Y_all[i] for i in training]

    residuals: Vector = []
    jacobian: list[Vector] = []
    for k, i in enumerate(training):
        source = problem.sources[i]
        value = κ / source.weight + feedback(source, P) / n
        residuals.append(logs[k] - ctx.log(value))
        PΣP = P @ source.covariance.seen @ P
        row = [-PΣP.product_trace(y) / (n * value) for y in Y]
        row[k] += 1
        jacobian.append([*row, -κ / (source.weight * value)])

    value, by_κ, by_count = problem.model.fixed_point(λ, κ, counted(problem, f, X, P))
    residuals.append(logs[-1] - ctx.log(value))
    rests = [problem.share(s) * f[i] * s.covariance.rest for i, s in enumerate(problem.sources)]
    by_f = [(P @ Y_all[i]).product_trace(P) + rests[i] for i in training]
    jacobian.append([*(by_count * x / value for x in by_f), 1 - by_κ * κ / value])
    return [-x for x in solve(jacobian, residuals)]


def spread(problem: Problem, values: Vector, other: mpf) -> Vector:
    """Values of the sources that train, with `other` put in for those that do not."""
    remaining = iter(values)
    return [next(remaining) if s.trains else other for s in problem.sources]


def newton(problem: Problem, λ: mpf, logs: Vector, tolerance: mpf, extra: int) -> Vector | None:
    """Newton steps of at most 2 until one is below tolerance, then `extra` more; None if lost."""
    for _ in range(15):
        step = newton_step(problem, λ, logs)
        size = max(abs(x) for x in step)
        shrink = min(1, 2 / size) if size > 0 else 1
        logs = [x + shrink * dx for x, dx in zip(logs, step, strict=True)]
        if size < tolerance:
            for _ in range(extra):
                step = newton_step(problem, λ, logs)
                logs = [x + dx for x, dx in zip(logs, step, strict=True)]
            return logs
    return None


def beginning(problem: Problem) -> tuple[mpf, Vector]:
    """A ridge so large that X ≪ 1, and the nearly exact solution there."""
    ctx, n, one = problem.ctx, problem.n, problem.target.matrix.identity()
    sources = [s for s in problem.sources if s.trains]
    size = ctx.fsum(s.weight * problem.share(s) * feedback(s, one) for s in sources)
    mean = max([s.weight * feedback(s, one) / n for s in sources], default=ctx.zero)
    κ = 1000 * max(size, mean)
    if κ == 0:
        κ = max(problem.ridge, ctx.one) / problem.model.start(ctx.one)
    λ = max(problem.model.start(κ), problem.ridge)
    κ = λ / problem.model.start(ctx.one)
    g = [κ / s.weight + feedback(s, one) / n for s in sources]
    return λ, [ctx.log(x) for x in [*g, κ]]


@dataclass(frozen=True)
class Place:
    """A solution (logarithms of 1/f_k and κ) at a ridge, and its slope in log λ."""

    position: mpf
    logs: Vector
    slope: Vector


def top(problem: Problem) -> Place:
    """The solution at the huge ridge of `beginning`."""
    λ, logs = beginning(problem)
    found = newton(problem, λ, logs, problem.ctx.mpf("1e-8"), 0)
    if found is None:
        raise ReferenceFailure("Newton's method failed at the largest ridge")
    return Place(problem.ctx.log(λ), found, [problem.ctx.zero] * len(found))


def descend(problem: Problem, place: Place, λ: mpf) -> Place:
    """Follow the solution from a place down to the ridge λ, by a secant predictor.

    The positive solution is unique, so that whatever Newton's method in logarithms converges to
    is it; the continuation only provides good starting values. Steps lengthen while it goes well.
    """
    ctx = problem.ctx
    position, end, stride = ctx.mpf(place.position), ctx.log(λ), ctx.log(10)
    reached, slope = ([ctx.mpf(x) for x in xs] for xs in (place.logs, place.slope))
    while position > end:
        goal = max(end, position - stride)
        guess = [x - (position - goal) * dx for x, dx in zip(reached, slope, strict=True)]
        found = newton(problem, ctx.exp(goal), guess, ctx.mpf("1e-8"), 0)
        if found is None:
            stride /= 3
            if stride < 1e-6:
                raise ReferenceFailure(f"continuation stalled at ridge {ctx.exp(position)}")
            continue
        slope = [(x - y) / (position - goal) for x, y in zip(reached, found, strict=True)]
        reached, position = found, goal
        stride *= 2
    return Place(position, reached, slope)


def polish(problem: Problem, λ: mpf, logs: Vector) -> Vector:
    """Newton's method to the last digits of the context."""
    ctx = problem.ctx
    logs = [ctx.mpf(x) for x in logs]
    found = newton(problem, λ, logs, ctx.mpf(10) ** (-ctx.dps // 2), 2)
    if found is None:
        raise ReferenceFailure(f"no convergence to the last of {ctx.dps} digits")
    return found


def complete(problem: Problem, λ: mpf, logs: Vector) -> Point:
    """All quantities of the solution, its positivity and residuals checked."""
    ctx, n = problem.ctx, problem.n
    *g, κ = (ctx.exp(x) for x in logs)
    f = spread(problem, [1 / g_k for g_k in g], ctx.zero)
    _, X, P = pooled(problem, f)
    for k, s in enumerate(problem.sources):
        if s.weight > 0 and not s.samples > 0:
            f[k] = 1 / (κ / s.weight + feedback(s, P) / n)
    XP = X @ P
    count = counted(problem, f, X, P)
    remainder = residual(problem, λ, κ, f, P, count)
    if not (κ > 0 and all(f_k > 0 for f_k, s in zip(f, problem.sources, strict=True) if s.weight)):
        raise ReferenceFailure("a solution that is not positive")
    if not problem.model.room(count) > 0:
        raise ReferenceFailure("the count of degrees of freedom exceeds the width")
    if not remainder < ctx.mpf("1e-40"):
        raise ReferenceFailure(f"residual {ctx.nstr(remainder, 5)}")
    return Point(κ, f, P, XP.trace(), XP.product_trace(XP), remainder)


def residual(problem: Problem, λ: mpf, κ: mpf, f: Vector, P: SquareMatrix, count: mpf) -> mpf:
    """The largest residual of (F) and (κ), each relative to the smallest term of its equation."""
    worst = abs(problem.model.ridge(κ, count) / λ - 1)
    for s, f_k in zip(problem.sources, f, strict=True):
        if s.weight > 0:
            first, second = κ / s.weight, feedback(s, P) / problem.n
            smallest = min(first, second) if second > 0 else first
            worst = max(worst, abs(1 / f_k - first - second) / smallest)
    return worst
