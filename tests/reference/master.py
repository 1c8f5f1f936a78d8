"""High-precision reference values of the master equations, diagonal covariances.

The equations are used as they are usually written, in the unknowns f_k and κ, and their
cancellations are beaten by working with more digits; every answer is computed twice, at two
precisions, and its equations are checked. Slow and plain on purpose: this is what a solver is
judged against, so it shares no formula, variable or code with one.

A problem is a plain dictionary ("description"):

    model         "linear" or "random" (random projection, S with iid N(0, s2) entries)
    width         m, the number of columns of S; None for the linear model
    s2            variance of the entries of S; None for 1/d
    ridge         λ > 0, multiplies |v|² after a loss that is divided by n
    multiplicity  how often each eigenvalue occurs (real); None for once each
    target        eigenvalues of the target covariance; None for those of the first source
    truth         Γ, the diagonal of E[w_t w_tᵀ]
    sources       list of {samples, weight, noise, gain, spectrum, shift}: w_k = gain·w_t + δ_k,
                  shift = Δ_k, the diagonal of E[δ_k δ_kᵀ], None for no shift; noise = Var ε

A spectrum, truth or shift is a list of numbers, or one number that stands for all of them.
Numbers are ints, floats (taken exactly), mpmath numbers or strings such as "1/36".
The test error excludes the noise of the target.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from mpmath import MPContext, mpf

Vector = list[mpf]
Matrix = list[list[mpf]]

SHOWN = 25
"""Digits that the two precisions must share, and that `Reference.strings` shows."""


class ReferenceFailure(ArithmeticError):
    """The reference could not be computed, or failed one of its own checks."""


# The problem


@dataclass(frozen=True)
class Source:
    """One source of data: w_k = gain·w_t + δ_k, E[δ_k δ_kᵀ] = diag(shift)."""

    samples: mpf
    weight: mpf
    noise: mpf
    gain: mpf
    spectrum: Vector
    shift: Vector

    @property
    def trains(self) -> bool:
        """Whether the source moves the estimator at all."""
        return bool(self.samples > 0 and self.weight > 0)


class Model(Protocol):
    """What tells one feature map from another: equation (κ) and the functional c(A)."""

    def start(self, κ: mpf) -> mpf:
        """The ridge at which κ is the effective ridge when the degrees of freedom are ≪ m."""

    def fixed_point(self, λ: mpf, κ: mpf, df1: mpf) -> tuple[mpf, mpf, mpf]:
        """The map κ ↦ F(κ, df1) whose fixed point solves (κ), with ∂F/∂κ and ∂F/∂df1."""

    def ridge(self, κ: mpf, df1: mpf) -> mpf:
        """The right side of (κ), as written."""

    def c(self, tr_pap: mpf, df2: mpf) -> mpf:
        """c(A), given tr PAP."""


@dataclass(frozen=True)
class Linear:
    """φ(x) = x."""

    def start(self, κ: mpf) -> mpf:
        return κ

    def fixed_point(self, λ: mpf, κ: mpf, df1: mpf) -> tuple[mpf, mpf, mpf]:
        return λ, 0 * κ, 0 * κ

    def ridge(self, κ: mpf, df1: mpf) -> mpf:
        return κ

    def c(self, tr_pap: mpf, df2: mpf) -> mpf:
        return 0 * tr_pap


@dataclass(frozen=True)
class RandomProjection:
    """φ(x) = Sᵀx, S with m columns and iid N(0, s2) entries."""

    m: mpf
    s2: mpf

    def start(self, κ: mpf) -> mpf:
        return self.m * self.s2 * κ

    def fixed_point(self, λ: mpf, κ: mpf, df1: mpf) -> tuple[mpf, mpf, mpf]:
        return λ / (self.m * self.s2) + κ * df1 / self.m, df1 / self.m, κ / self.m

    def ridge(self, κ: mpf, df1: mpf) -> mpf:
        return self.m * self.s2 * κ * (1 - df1 / self.m)

    def c(self, tr_pap: mpf, df2: mpf) -> mpf:
        return tr_pap / (self.m - df2)


@dataclass(frozen=True)
class Problem:
    """A description read into numbers of one mpmath context."""

    ctx: MPContext
    model: Model
    ridge: mpf
    multiplicity: Vector
    target: Vector
    truth: Vector
    sources: list[Source]

    @property
    def n(self) -> mpf:
        return self.ctx.fsum(s.samples for s in self.sources)

    def trace(self, *factors: Vector) -> mpf:
        """Trace of a product of diagonal matrices."""
        product = self.multiplicity
        for factor in factors[:-1]:
            product = times(product, factor)
        return self.ctx.fdot(product, factors[-1])


def times(x: Vector, y: Vector) -> Vector:
    """Entrywise product."""
    return [a * b for a, b in zip(x, y, strict=True)]


def read_vector(ctx: MPContext, value: Any, length: int) -> Vector:
    """A list of numbers, or one number repeated, or None for zeros."""
    if value is None:
        return [ctx.zero] * length
    if not isinstance(value, Sequence) or isinstance(value, str):
        return [ctx.mpf(value)] * length
    if len(value) != length:
        raise ValueError(f"expected {length} numbers; got {len(value)}")
    return [ctx.mpf(v) for v in value]


def count_eigenvalues(description: Mapping[str, Any]) -> int:
    """The length of the first list found among the vectors of the description."""
    candidates = [description.get("multiplicity"), description.get("target"), description["truth"]]
    candidates += [s["spectrum"] for s in description["sources"]]
    for value in candidates:
        if isinstance(value, Sequence) and not isinstance(value, str):
            return len(value)
    raise ValueError("at least one spectrum, or the truth, must be written out as a list")


def read_source(ctx: MPContext, source: Mapping[str, Any], length: int) -> Source:
    """One entry of `sources`."""
    return Source(
        samples=ctx.mpf(source["samples"]),
        weight=ctx.mpf(source["weight"]),
        noise=ctx.mpf(source["noise"]),
        gain=ctx.mpf(source.get("gain", 1)),
        spectrum=read_vector(ctx, source["spectrum"], length),
        shift=read_vector(ctx, source.get("shift"), length),
    )


def read_model(ctx: MPContext, description: Mapping[str, Any], d: mpf) -> Model:
    """The feature map, by the name under `model`."""
    if description["model"] == "linear":
        return Linear()
    if description["model"] == "random":
        s2 = description.get("s2")
        return RandomProjection(ctx.mpf(description["width"]), 1 / d if s2 is None else ctx.mpf(s2))
    raise ValueError(f"unknown model {description['model']!r}")


def read(description: Mapping[str, Any], ctx: MPContext) -> Problem:
    """Read a description into numbers of the given context; refuse what has no meaning here."""
    length = count_eigenvalues(description)
    multiplicity = description.get("multiplicity")
    counts = read_vector(ctx, 1 if multiplicity is None else multiplicity, length)
    sources = [read_source(ctx, s, length) for s in description["sources"]]
    target = description.get("target")
    problem = Problem(
        ctx=ctx,
        model=read_model(ctx, description, ctx.fsum(counts)),
        ridge=ctx.mpf(description["ridge"]),
        multiplicity=counts,
        target=sources[0].spectrum if target is None else read_vector(ctx, target, length),
        truth=read_vector(ctx, description["truth"], length),
        sources=sources,
    )
    if not problem.ridge > 0:
        raise ValueError(f"ridge must be positive; got {description['ridge']}")
    if not problem.n > 0 or any(s.samples < 0 or s.weight < 0 for s in sources):
        raise ValueError("samples and weights must be non-negative, and some source have samples")
    return problem


# The fixed point


@dataclass(frozen=True)
class Point:
    """The solution of the master equations; lists run over sources or over eigenvalues."""

    κ: mpf
    f: Vector
    X: Vector
    P: Vector
    df1: mpf
    df2: mpf
    residual: mpf


def eliminate(matrix: Matrix, right: Vector) -> Vector:
    """Solve a small linear system by elimination with row pivoting."""
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for row in rows[i + 1 :]:
            factor = row[i] / rows[i][i]
            for j in range(i, size + 1):
                row[j] -= factor * rows[i][j]
    solution: Vector = []
    for i in reversed(range(size)):
        known = sum(c * x for c, x in zip(rows[i][i + 1 : size], solution, strict=True))
        solution.insert(0, (rows[i][size] - known) / rows[i][i])
    return solution


def pooled(problem: Problem, f: Vector) -> tuple[list[Vector], Vector, Vector]:
    """The matrices Y_k = α_k f_k Σ_k, their sum X, and P = (1 + X)⁻¹."""
    n = problem.n
    Y = [
        [s.samples / n * f_k * σ for σ in s.spectrum]
        for s, f_k in zip(problem.sources, f, strict=True)
    ]
    X = [problem.ctx.fsum(column) for column in zip(*Y, strict=True)]
    return Y, X, [1 / (1 + x) for x in X]


def newton_step(problem: Problem, λ: mpf, logs: Vector) -> Vector:
    """The Newton step of (F) and (κ) in the logarithms of 1/f_k (sources that train) and κ."""
    ctx, n = problem.ctx, problem.n
    *g, κ = (ctx.exp(x) for x in logs)
    f = spread(problem, [1 / g_k for g_k in g], ctx.zero)
    Y_all, X, P = pooled(problem, f)
    P2 = times(P, P)
    sources = [s for s in problem.sources if s.trains]
    Y = [y for y, s in zip(Y_all, problem.sources, strict=True) if s.trains]

    residuals: Vector = []
    jacobian: Matrix = []
    for k, s in enumerate(sources):
        value = κ / s.weight + problem.trace(s.spectrum, P) / n
        residuals.append(logs[k] - ctx.log(value))
        ΣP2 = times(s.spectrum, P2)
        row = [-problem.trace(ΣP2, y) / (n * value) for y in Y]
        row[k] += 1
        jacobian.append([*row, -κ / (s.weight * value)])

    value, by_κ, by_df1 = problem.model.fixed_point(λ, κ, problem.trace(X, P))
    residuals.append(logs[-1] - ctx.log(value))
    last = [by_df1 * problem.trace(P2, y) / value for y in Y]
    jacobian.append([*last, 1 - by_κ * κ / value])
    return [-x for x in eliminate(jacobian, residuals)]


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
    ctx, n = problem.ctx, problem.n
    sources = [s for s in problem.sources if s.trains]
    size = ctx.fsum(s.weight * s.samples / n * max(s.spectrum) for s in sources)
    mean = max([s.weight * problem.trace(s.spectrum) / n for s in sources], default=ctx.zero)
    κ = 1000 * max(size, mean)
    if κ == 0:
        κ = problem.ridge / problem.model.start(ctx.one)
    λ = max(problem.model.start(κ), problem.ridge)
    κ = λ / problem.model.start(ctx.one)
    g = [κ / s.weight + problem.trace(s.spectrum) / n for s in sources]
    return λ, [ctx.log(x) for x in [*g, κ]]


def descend(problem: Problem) -> Vector:
    """Follow the solution from a huge ridge down to the problem's, by a secant predictor.

    The positive solution is unique, so that whatever Newton's method in logarithms converges to
    is it; the continuation only provides good starting values. Steps lengthen while it goes well.
    """
    ctx = problem.ctx
    λ, logs = beginning(problem)
    position, end, stride = ctx.log(λ), ctx.log(problem.ridge), ctx.log(10)
    slope = [ctx.zero] * len(logs)
    reached = newton(problem, ctx.exp(position), logs, ctx.mpf("1e-8"), 0)
    if reached is None:
        raise ReferenceFailure("Newton's method failed at the largest ridge")
    while position > end:
        stride = min(stride, position - end)
        guess = [x - stride * dx for x, dx in zip(reached, slope, strict=True)]
        found = newton(problem, ctx.exp(position - stride), guess, ctx.mpf("1e-8"), 0)
        if found is None:
            stride /= 3
            if stride < 1e-6:
                raise ReferenceFailure(f"continuation stalled at ridge {ctx.exp(position)}")
            continue
        slope = [(x - y) / stride for x, y in zip(reached, found, strict=True)]
        reached, position = found, position - stride
        stride *= 2 if stride < 6 else 1
    return reached


def complete(problem: Problem, logs: Vector) -> Point:
    """All quantities of the solution, its positivity and residuals checked."""
    ctx, n = problem.ctx, problem.n
    *g, κ = (ctx.exp(x) for x in logs)
    f = spread(problem, [1 / g_k for g_k in g], ctx.zero)
    _, X, P = pooled(problem, f)
    for k, s in enumerate(problem.sources):
        if s.weight > 0 and not s.samples > 0:
            f[k] = 1 / (κ / s.weight + problem.trace(s.spectrum, P) / n)
    XP = times(X, P)
    df1, df2 = problem.trace(XP), problem.trace(XP, XP)
    point = Point(κ, f, X, P, df1, df2, residual(problem, κ, f, P, df1))
    if not (κ > 0 and all(f_k > 0 for f_k, s in zip(f, problem.sources, strict=True) if s.weight)):
        raise ReferenceFailure("a solution that is not positive")
    if isinstance(problem.model, RandomProjection) and not problem.model.m > df1:
        raise ReferenceFailure("df1 exceeds the width")
    if not point.residual < ctx.mpf("1e-40"):
        raise ReferenceFailure(f"residual {ctx.nstr(point.residual, 5)}")
    return point


def residual(problem: Problem, κ: mpf, f: Vector, P: Vector, df1: mpf) -> mpf:
    """The largest residual of (F) and (κ), each relative to the smallest term of its equation."""
    worst = abs(problem.model.ridge(κ, df1) / problem.ridge - 1)
    for s, f_k in zip(problem.sources, f, strict=True):
        if s.weight > 0:
            first, second = κ / s.weight, problem.trace(s.spectrum, P) / problem.n
            smallest = min(first, second) if second > 0 else first
            worst = max(worst, abs(1 / f_k - first - second) / smallest)
    return worst


# The error


@dataclass(frozen=True)
class Reference:
    """Reference values; lists run over sources.

    `bias`, `variance`, `collapse` and their sum `total` make the noiseless test error.
    `collapse_scale` is the sum of absolute values of the summands of the collapse, one for each
    eigenvalue and each pair among w_t, w_1, …, w_K; `deviation_scale` is the same when the
    collapse is written in w_t and the deviations w_k − w_t, where common parts cancel first.
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
        """All values as decimal strings."""
        return {
            field.name: show(getattr(self, field.name), digits)
            for field in fields(self)
            if field.name not in ("residual", "digits")
        }


def show(value: Any, digits: int) -> Any:
    """A number as a string, a list of them as a list, None as None."""
    if isinstance(value, list):
        return [show(v, digits) for v in value]
    return None if value is None else MPContext().nstr(value, digits)


@dataclass(frozen=True)
class Response:
    """How one test covariance A sees the trained model: r = Σ_j rows[i][j] w_j, and c(A).

    Column 0 is w_t, columns 1..K are the sources; `head[i][j]` are the coefficients of P h.
    `T` holds tr Σ_j Q(A).
    """

    covariance: Vector
    rows: Matrix
    head: Matrix
    c: mpf
    T: Vector


def respond(problem: Problem, point: Point, covariance: Vector, own: int) -> Response:
    """The response on a covariance whose truth is column `own` (0 for w_t)."""
    Y, _, P = pooled(problem, point.f)
    PAP = times(times(P, covariance), P)
    c = problem.model.c(problem.trace(PAP), point.df2)
    Q = [a + c * p * p for a, p in zip(PAP, P, strict=True)]
    head = [[problem.ctx.zero, *(p * y for y in ys)] for p, *ys in zip(P, *Y, strict=True)]
    rows = [[(j == own) - x for j, x in enumerate(row)] for row in head]
    T = [problem.trace(s.spectrum, Q) for s in problem.sources]
    return Response(covariance, rows, head, c, T)


def moment(problem: Problem, row: Vector, i: int) -> mpf:
    """E (Σ_j row_j w_j)² in coordinate i; column 0 is w_t."""
    sources = problem.sources
    common = row[0] + sum(x * s.gain for x, s in zip(row[1:], sources, strict=True))
    shifts = sum(x * x * s.shift[i] for x, s in zip(row[1:], sources, strict=True))
    return problem.truth[i] * common * common + shifts


def misfit(problem: Problem, response: Response) -> mpf:
    """b = E[rᵀAr] + c(A) E|Ph|²."""
    summands = (
        a * moment(problem, row, i) + response.c * moment(problem, head, i)
        for i, (a, row, head) in enumerate(
            zip(response.covariance, response.rows, response.head, strict=True)
        )
    )
    return problem.ctx.fdot(zip(problem.multiplicity, summands, strict=True))


def moments(problem: Problem, i: int) -> Matrix:
    """W_jk = E[w_j w_k] in coordinate i, row and column 0 for w_t."""
    gains = [problem.ctx.one, *(s.gain for s in problem.sources)]
    W = [[a * b * problem.truth[i] for b in gains] for a in gains]
    for k, s in enumerate(problem.sources, start=1):
        W[k][k] += s.shift[i]
    return W


def signal_form(problem: Problem, responses: list[Response], weights: Vector, i: int) -> Matrix:
    """The matrix C with which coordinate i adds Σ_jk C_jk W_jk to the test error."""
    size = range(len(problem.sources) + 1)
    C = [[problem.ctx.zero for _ in size] for _ in size]
    for response, v in zip(responses, weights, strict=True):
        if v == 0:
            continue
        row, head, a, c = response.rows[i], response.head[i], response.covariance[i], response.c
        for j in size:
            for k in size:
                C[j][k] += v * (a * row[j] * row[k] + c * head[j] * head[k])
    return [[problem.multiplicity[i] * x for x in line] for line in C]


@dataclass(frozen=True)
class Signal:
    """The part of the error that is due to the truths, and the scales of its collapse."""

    bias: mpf
    collapse: mpf
    collapse_scale: mpf
    deviation_scale: mpf


def split_signal(problem: Problem, responses: list[Response], weights: Vector) -> Signal:
    """Bias and collapse as linear functionals of W, the first at W_jk = Γ for all j, k."""
    ctx = problem.ctx
    bias: Vector = []
    collapse: Vector = []
    deviation: Vector = []
    for i, Γ in enumerate(problem.truth):
        C = signal_form(problem, responses, weights, i)
        W = moments(problem, i)
        for j, line in enumerate(C):
            bias += [x * Γ for x in line]
            collapse += [x * (w - Γ) for x, w in zip(line, W[j], strict=True)]
        deviation += deviations(problem, C, i)
    total, again = ctx.fsum(collapse), ctx.fsum(deviation)
    scale, deviation_scale = ctx.fsum(collapse, absolute=True), ctx.fsum(deviation, absolute=True)
    if abs(total - again) > ctx.mpf("1e-35") * min(scale, deviation_scale):
        raise ReferenceFailure("two ways to sum the collapse disagree")
    return Signal(ctx.fsum(bias), total, scale, deviation_scale)


def deviations(problem: Problem, C: Matrix, i: int) -> Vector:
    """Summands of the collapse in w_t, (gain_k − 1) w_t and δ_k, coordinate i."""
    Γ = problem.truth[i]
    excess = [s.gain - 1 for s in problem.sources]
    linear = [2 * ε * sum(line) * Γ for ε, line in zip(excess, C[1:], strict=True)]
    products = [
        ε * η * C[j][k] * Γ for j, ε in enumerate(excess, 1) for k, η in enumerate(excess, 1)
    ]
    shifts = [C[k][k] * s.shift[i] for k, s in enumerate(problem.sources, 1)]
    return linear + products + shifts


def coupling(problem: Problem, point: Point, response: Response) -> Vector:
    """The coefficients (1/n) α_j f_j² T_j with which the R_j enter an error."""
    n = problem.n
    return [
        s.samples / n * f_k * f_k * T / n
        for s, f_k, T in zip(problem.sources, point.f, response.T, strict=True)
    ]


def training_error(source: Source, κ: mpf, f: mpf, error: mpf) -> mpf | None:
    """R_k (κ f_k / a_k)²; the ratio tends to 1 as a_k → 0."""
    if source.samples == 0:
        return None
    return error * (κ * f / source.weight) ** 2 if source.weight > 0 else error


def evaluate(problem: Problem, point: Point) -> Reference:
    """All errors at the solution, the total in two ways."""
    ctx, sources = problem.ctx, problem.sources
    on_target = respond(problem, point, problem.target, 0)
    on_source = [respond(problem, point, s.spectrum, k) for k, s in enumerate(sources, 1)]

    M = [coupling(problem, point, response) for response in on_source]
    system = [[(j == k) - x for k, x in enumerate(row)] for j, row in enumerate(M)]
    own = [s.noise + misfit(problem, r) for s, r in zip(sources, on_source, strict=True)]
    errors = eliminate(system, own)
    to_target = coupling(problem, point, on_target)
    total = misfit(problem, on_target) + ctx.fdot(to_target, errors)

    adjoint = eliminate([list(column) for column in zip(*system, strict=True)], to_target)
    # exactly 0 where a source does not train; elimination leaves rounding errors there
    weights = [v if s.trains else ctx.zero for s, v in zip(sources, adjoint, strict=True)]
    signal = split_signal(problem, [on_target, *on_source], [ctx.one, *weights])
    variance = ctx.fdot((v, s.noise) for v, s in zip(weights, sources, strict=True))
    gap = abs(signal.bias + variance + signal.collapse - total)
    if gap > ctx.mpf("1e-35") * (signal.bias + variance + signal.collapse_scale):
        raise ReferenceFailure("the parts do not add up to the total")
    if not (all(r >= 0 for r in errors) and all(v >= 0 for v in weights)):
        raise ReferenceFailure("a negative error")
    return Reference(
        bias=signal.bias,
        variance=variance,
        collapse=signal.collapse,
        total=total,
        collapse_scale=signal.collapse_scale,
        deviation_scale=signal.deviation_scale,
        errors=errors,
        training_errors=[
            training_error(s, point.κ, f, error)
            for s, f, error in zip(sources, point.f, errors, strict=True)
        ],
        kappa=point.κ,
        f=point.f,
        df1=point.df1,
        df2=point.df2,
        residual=point.residual,
        digits=ctx.dps,
    )


# Two precisions


def context(digits: int) -> MPContext:
    """An mpmath context of its own, so that no global precision is touched."""
    ctx = MPContext()
    ctx.dps = digits
    return ctx


def enough_digits(description: Mapping[str, Any]) -> int:
    """80, and two more for every decade by which the ridge is small."""
    problem = read(description, context(30))
    start, _ = beginning(problem)
    return 80 + 2 * int(problem.ctx.log10(start / problem.ridge))


def polish(problem: Problem, logs: Vector) -> Vector:
    """Newton's method to the last digits of the context."""
    ctx = problem.ctx
    logs = [ctx.mpf(x) for x in logs]
    found = newton(problem, problem.ridge, logs, ctx.mpf(10) ** (-ctx.dps // 2), 2)
    if found is None:
        raise ReferenceFailure(f"no convergence to the last of {ctx.dps} digits")
    return found


def numbers(reference: Reference) -> list[mpf]:
    """All compared values in a row."""
    values: list[mpf] = []
    for field in fields(reference):
        value = getattr(reference, field.name)
        if field.name not in ("residual", "digits"):
            values += value if isinstance(value, list) else [value]
    return [v for v in values if v is not None]


def compare(rough: Reference, fine: Reference) -> None:
    """Raise unless two evaluations agree to SHOWN digits, each value relative to itself.

    Only a collapse that is 0 up to 30 digits of its scale is compared relative to that scale.
    """
    negligible = fine.collapse_scale / 10**30
    for x, y in zip(numbers(rough), numbers(fine), strict=True):
        size = max(abs(y), negligible) if y is fine.collapse else abs(y)
        if abs(x - y) > size / 10**SHOWN:
            raise ReferenceFailure(f"{rough.digits} and {fine.digits} digits give {x} and {y}")


def reference(description: Mapping[str, Any], digits: int | None = None) -> Reference:
    """Solve a description at two precisions, `digits` and 80 more, and compare."""
    digits = enough_digits(description) if digits is None else digits
    rough_problem = read(description, context(digits))
    fine_problem = read(description, context(digits + 80))
    logs = polish(rough_problem, descend(rough_problem))
    rough = evaluate(rough_problem, complete(rough_problem, logs))
    logs = polish(fine_problem, logs)
    fine = evaluate(fine_problem, complete(fine_problem, logs))
    compare(rough, fine)
    return fine
