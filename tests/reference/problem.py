"""Reading a description (see `reference.master`) into numbers of one mpmath context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mpmath import MPContext, mpf

from .activations import gaussian_moments, is_odd
from .matrices import Dense, Diagonal, Rows, SquareMatrix, Vector
from .models import Linear, Model, OrthogonalProjection, RandomProjection

Description: TypeAlias = Mapping[str, Any]


def context(digits: int) -> MPContext:
    """An mpmath context of its own, so that no global precision is touched."""
    ctx = MPContext()
    ctx.dps = digits
    return ctx


@dataclass(frozen=True)
class Covariance:
    """Σ, and what a feature map sees of it: act(Sᵀx) acts like μ Sᵀx + noise of variance μ*².

    `rest` is μ*²/s²; slope and rest are 1 and 0 for maps that are linear.
    """

    matrix: SquareMatrix
    slope: mpf
    rest: mpf

    @property
    def seen(self) -> SquareMatrix:
        """μ²Σ."""
        return self.matrix.__rmul__(self.slope**2)


@dataclass(frozen=True)
class Source:
    """One source of data."""

    samples: mpf
    weight: mpf
    noise: mpf
    covariance: Covariance

    @property
    def trains(self) -> bool:
        """Whether the source moves the estimator at all."""
        return bool(self.samples > 0 and self.weight > 0)


@dataclass(frozen=True)
class Problem:
    """A problem; `W[j][k]` = E[w_j w_kᵀ], row and column 0 for the truth of the target."""

    ctx: MPContext
    model: Model
    ridge: mpf
    sources: list[Source]
    target: Covariance
    W: list[list[SquareMatrix]]

    @property
    def n(self) -> mpf:
        return self.ctx.fsum(s.samples for s in self.sources)

    def share(self, source: Source) -> mpf:
        """α_k = n_k/n."""
        return source.samples / self.n


def read(description: Description, ctx: MPContext) -> Problem:
    """Read a description into numbers of the given context; refuse what has no meaning here."""
    space = Space.of(description, ctx)
    spectra = [space.matrix(s["spectrum"]) for s in description["sources"]]
    target = description.get("target")
    spectra.append(spectra[0] if target is None else space.matrix(target))
    d, trace = spectra[0].identity().trace(), spectra[0].trace()
    s2 = read_entry_variance(description, ctx, d, trace)
    covariances = read_covariances(description, spectra, s2)
    sources = [
        Source(ctx.mpf(s["samples"]), ctx.mpf(s["weight"]), ctx.mpf(s["noise"]), covariance)
        for s, covariance in zip(description["sources"], covariances[:-1], strict=True)
    ]
    problem = Problem(
        ctx=ctx,
        model=read_model(description, ctx, d, s2),
        ridge=ctx.mpf(description["ridge"]),
        sources=sources,
        target=covariances[-1],
        W=read_moments(description, space),
    )
    if not problem.ridge >= 0:
        raise ValueError(f"ridge must be non-negative; got {description['ridge']}")
    if not problem.n > 0 or any(s.samples < 0 or s.weight < 0 for s in sources):
        raise ValueError("samples and weights must be non-negative, and some source have samples")
    return problem


# Matrices


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def is_square(value: Any) -> bool:
    """Whether a value is a matrix, written row by row."""
    return is_list(value) and is_list(value[0])


@dataclass(frozen=True)
class Space:
    """The coordinates of a problem: dense if any covariance is, diagonal otherwise.

    Where all covariances are diagonal, only the diagonals of second moments matter: every trace
    with them is a trace of a diagonal matrix times a moment.
    """

    ctx: MPContext
    dense: bool
    multiplicity: Vector

    @classmethod
    def of(cls, description: Description, ctx: MPContext) -> Space:
        covariances = [description.get("target"), *(s["spectrum"] for s in description["sources"])]
        dense = any(is_square(c) for c in covariances)
        counts = description.get("multiplicity")
        if counts is None:
            return cls(ctx, dense, [ctx.one] * dimension(description))
        if dense:
            raise ValueError("multiplicities are for diagonal covariances")
        return cls(ctx, dense, [ctx.mpf(m) for m in counts])

    def matrix(self, value: Any) -> SquareMatrix:
        """A number (times I), a diagonal or a matrix."""
        if not is_square(value):
            return self.diagonal(self.vector(value))
        rows = [self.vector(row) for row in value]
        if not self.dense:
            return self.diagonal([row[i] for i, row in enumerate(rows)])
        return Dense(self.ctx, rows)

    def vector(self, value: Any) -> Vector:
        """A list of numbers, or one number repeated."""
        size = len(self.multiplicity)
        if not is_list(value):
            return [self.ctx.mpf(value)] * size
        if len(value) != size:
            raise ValueError(f"expected {size} numbers; got {len(value)}")
        return [self.ctx.mpf(v) for v in value]

    def diagonal(self, values: Vector) -> SquareMatrix:
        if not self.dense:
            return Diagonal(self.ctx, values, self.multiplicity)
        zero = self.ctx.zero
        size = range(len(values))
        return Dense(self.ctx, [[x if i == j else zero for j in size] for i, x in enumerate(values)])

    def outer(self, left: Rows, right: Rows) -> SquareMatrix:
        """Σ over outputs of left rightᵀ; both (d, outputs)."""
        if not self.dense:
            return self.diagonal([self.ctx.fdot(x, y) for x, y in zip(left, right, strict=True)])
        return Dense(self.ctx, [[self.ctx.fdot(x, y) for y in right] for x in left])


def dimension(description: Description) -> int:
    """The length of the first list found among the covariances and the truth."""
    candidates: list[Any] = [description.get("target"), description.get("truth")]
    candidates += [s["spectrum"] for s in description["sources"]]
    for value in candidates:
        if is_list(value):
            return len(value)
    raise ValueError("at least one spectrum, or the truth, must be written out as a list")


# Truths


@dataclass(frozen=True)
class Label:
    """A random or fixed vector: E[vvᵀ] and, where it is fixed, v itself, (d, outputs)."""

    second: SquareMatrix
    fixed: Rows | None

    def times(self, other: Label, space: Space) -> SquareMatrix:
        """E[vuᵀ] of two that are independent; random ones have mean 0."""
        if self.fixed is None or other.fixed is None:
            return space.matrix(0)
        return space.outer(self.fixed, other.fixed)


def read_label(value: Any, space: Space) -> Label:
    """A second moment, {"fixed": vector} or {"fixed": (d, outputs) array}, or None for 0."""
    if not isinstance(value, Mapping):
        return Label(space.matrix(0 if value is None else value), None)
    v = value["fixed"]
    columns = [[space.ctx.mpf(x) for x in (row if is_list(row) else [row])] for row in v]
    return Label(space.outer(columns, columns), columns)


def read_moments(description: Description, space: Space) -> list[list[SquareMatrix]]:
    """W, from the blocks (target last) or from truth, gains and shifts."""
    if description.get("moments") is not None:
        blocks = [[space.matrix(b) for b in row] for row in description["moments"]]
        order = [len(blocks) - 1, *range(len(blocks) - 1)]
        return [[blocks[j][k] for k in order] for j in order]
    one, sources = space.ctx.one, description["sources"]
    truth = read_label(description["truth"], space)
    gains = [one, *(space.ctx.mpf(s.get("gain", 1)) for s in sources)]
    shifts = [read_label(None, space), *(read_label(s.get("shift"), space) for s in sources)]

    def product(j: int, k: int) -> SquareMatrix:
        """E[(g_j w_t + δ_j)(g_k w_t + δ_k)ᵀ]."""
        own = shifts[j].second if j == k else shifts[j].times(shifts[k], space)
        left: SquareMatrix = gains[j] * truth.times(shifts[k], space)
        right: SquareMatrix = gains[k] * shifts[j].times(truth, space)
        common: SquareMatrix = (gains[j] * gains[k]) * truth.second
        return common + left + right + own

    return [[product(j, k) for k in range(len(gains))] for j in range(len(gains))]


# Models


def read_entry_variance(description: Description, ctx: MPContext, d: mpf, trace: mpf) -> mpf:
    """s²; by default 1/d for a projection and 1/tr Σ_1 for features."""
    s2 = description.get("s2")
    if s2 is not None:
        return ctx.mpf(s2)
    return 1 / (trace if description["model"] == "features" else d)


def read_covariances(description: Description, spectra: list[SquareMatrix], s2: mpf) -> list[Covariance]:
    """What the model sees of each covariance, the target's last."""
    ctx = spectra[0].ctx
    if description["model"] != "features":
        return [Covariance(Σ, ctx.one, ctx.zero) for Σ in spectra]
    activation = description["activation"]
    variances = [s2 * Σ.trace() for Σ in spectra]
    alike = all(abs(q / variances[0] - 1) < ctx.mpf("1e-12") for q in variances)
    if not (alike or is_odd(activation)):
        raise ValueError("one constant cannot centre an activation of unlike pre-activations")
    moments = [gaussian_moments(activation, q) for q in variances]
    return [
        Covariance(Σ, ctx.mpf(μ), ctx.mpf(square) / s2)
        for Σ, (μ, square) in zip(spectra, moments, strict=True)
    ]


def read_model(description: Description, ctx: MPContext, d: mpf, s2: mpf) -> Model:
    """The feature map, by the name under `model`."""
    name = description["model"]
    if name == "linear":
        return Linear()
    m = ctx.mpf(description["width"])
    if name in ("random", "features"):
        return RandomProjection(m, s2)
    if name == "orthogonal" and m <= d:
        return OrthogonalProjection(m, d)
    raise ValueError(f"unknown model {name!r}, or a width beyond d")
