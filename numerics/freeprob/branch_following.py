"""The physical solution of a system's equations, followed from no randomness to all of it.

Every equation τ = Φ(τ) is multiplied by h. At small h there is one small solution, τ ≈ hΦ(0), and
the physical branch is its continuation to h = 1: resolvents stay bounded on the way. Newton and
averaged iteration from elsewhere may silently converge to another branch.

Where a branch is regular det(1 − hΦ′) is not 0. It is 1 at h = 0, so it is positive all along the
physical branch, and negative on the one that meets it at a fold: a step that ends there is not
taken. The same holds on the way from the solution at one set of numbers to that at nearby ones, of
the same sign and within a factor of √2 (see ``batches``), which is gone in one step.
"""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np

from ...theory.base.arrays import Array
from ...theory.freeprob.symbols.scalars import Scalar
from ...theory.freeprob.systems.covariance_equations import Block
from ...theory.freeprob.systems.feedback_vertex_set import kept_unknowns
from .duals import Dual
from .number_format import floats
from .scalar_evaluation import NumericValues, Order, ScalarEvaluation, evaluation_order

__all__ = ["Iterated", "Path", "iterated_unknowns"]

STEPS, NEWTON = 400, 12
"""Most steps in h, and most iterations in each."""

ON_THE_WAY = 1e-5
"""Of a Newton step on the path, relative to the unknowns."""

STUCK = 1e-9
"""Relative step in h below which a path has ended: 400 of them lead nowhere."""

NO_START = (
    "no solution was found even with next to no randomness. Check that what is inverted is regular "
    "without its Gaussian matrices."
)

SMALL, CLOSE = 0.05, 0.2
"""How far Newton may move from two plain steps at the first h, and from the predictor later."""

SMALLEST = 0.01
"""Of the largest unknown: where one goes through 0, its moves are measured against this."""


@dataclasses.dataclass(frozen=True, eq=False)
class Iterated:
    """A block, and those of its unknowns that are iterated on; the others follow from them."""

    block: Block
    unknowns: tuple[Scalar, ...]

    @functools.cached_property
    def order(self) -> tuple[Order, Order]:
        """Of evaluating all equations: what unknowns do not change, and the rest."""
        return evaluation_order(self.block.equations.values(), self.unknowns, self.block.equations)


def iterated_unknowns(block: Block) -> Iterated:
    """A block, to be iterated on few of its unknowns."""
    return Iterated(block, kept_unknowns(block))


class Path:
    """The way to the solution of one block, for a batch of values.

    failed : row → why there is no solution; its unknowns are not to be used.
    """

    def __init__(self, iterated: Iterated, given: NumericValues, batch: int) -> None:
        self._iterated = iterated
        self.unknowns, self.block = iterated.unknowns, iterated.block
        self.given, self.batch, self.count = given, batch, len(iterated.unknowns)
        fixed, self._order = iterated.order
        self._fixed = ScalarEvaluation(given, {}, {}).evaluate_in_order(fixed)
        self.steps = 0
        self.failed: dict[int, str] = {}
        self._format = given.format

    def solved(self, warm_start: Mapping[Scalar, Array] | None = None) -> dict[Scalar, Array]:
        """(batch,) values of all unknowns of the block.

        warm_start : the solution at other numbers, to begin at: taken where Newton leads from it to a
        solution that is no further away than the next one on a path is, else the path is followed.
        """
        if self.block.linear:
            return self._all(self._linear())
        return self._all(self._from_warm_start(warm_start) if warm_start else self._followed())

    def beside(self, found: Mapping[Scalar, Array]) -> dict[Scalar, Array]:
        """The solution next to this one, of numbers that differ by rounding."""
        if self.block.linear:
            return self._all(self._linear())
        return self._all(self._newton(self._chosen(found), self._whole(), to_the_end=True)[0])

    def residual(self, found: Mapping[Scalar, Array]) -> float:
        """max |τ − Φ(τ)|/|τ| over the unknowns."""
        run = ScalarEvaluation(self.given, {u: Dual(x) for u, x in found.items()}, self.block.equations)
        worst = 0.0
        for u, x in found.items():
            apart = np.abs(run.equation(u).value - x)
            with np.errstate(all="ignore"):
                share = floats(apart / np.abs(x))
                worst = max(worst, float(np.nanmax(share, initial=0.0)))
        return worst

    def step(self, x: Array, h: Array) -> tuple[Array, Array]:
        """hΦ at x, (batch, k), and its derivatives, (batch, k, k)."""
        run = self._run(x, h)
        Φ = self._none()
        slope = np.zeros((self.batch, self.count, self.count), self._format.dtype)
        for i, u in enumerate(self.unknowns):
            right = run.equation(u)
            Φ[:, i] = right.value
            if right.slope is not None:
                slope[:, i] = right.slope
        return Φ, slope

    def _all(self, x: Array) -> dict[Scalar, Array]:
        """Every unknown of the block."""
        run = self._run(x, None)
        return {u: np.broadcast_to(run(u).value, (self.batch,)).copy() for u in self.block.equations}

    def _from_warm_start(self, warm_start: Mapping[Scalar, Array]) -> Array:
        """The solution that Newton finds from a warm start, else that at the end of the path."""
        found, good = self._newton(self._chosen(warm_start), self._whole(), to_the_end=True)
        if not good.all():
            rest = np.flatnonzero(np.logical_not(good))
            path = Path(self._iterated, self.given.rows(rest), len(rest))
            found[rest] = path._followed()
            self.steps = path.steps
            self.failed |= {int(rest[row]): why for row, why in path.failed.items()}
        return found

    def _chosen(self, values: Mapping[Scalar, Array]) -> Array:
        """(batch, k) of those that are iterated on."""
        return np.stack([values[u] for u in self.unknowns], axis=-1) if self.unknowns else (self._none())

    def _linear(self) -> Array:
        """The solution of x = Φ(0) + Φ′x."""
        Φ, slope = self.step(self._none(), self._whole())
        return self._format.solve(np.eye(self.count, dtype=slope.dtype) - slope, Φ)

    def _followed(self) -> Array:
        """From a small h to 1, in log h, by a secant in log |x| and Newton."""
        h, x = self._start()
        before, x_before = h, x
        rate = np.full(self.batch, 4.0)
        rate[list(self.failed)] = 1.0
        for _ in range(STEPS):
            active = (h < 1) & (rate - 1 > STUCK)
            if not active.any():
                break
            ahead = np.where(active, np.minimum(h * rate, 1.0), h)
            guess = self._format.array(_predicted(before, floats(x_before), h, floats(x), ahead))
            guess = np.where(active[:, None], guess, x)
            found, good = self._newton(guess, ahead)
            self.steps += 1
            taken = np.logical_and(active, good)
            before = np.where(taken, h, before)
            x_before = np.where(taken[:, None], x, x_before)
            h, x = np.where(taken, ahead, h), np.where(taken[:, None], found, x)
            rate = np.where(taken, np.minimum(rate * 1.7, 1e4), np.where(active, 1 + (rate - 1) / 3, rate))
        for row in np.flatnonzero(h < 1):
            self.failed.setdefault(
                int(row),
                (
                    f"the fixed point could not be followed beyond h = {h[row]:.2g} of 1. The "
                    f"resolvent is not regular along the way; a larger ridge makes it so."
                ),
            )
        return self._newton(x, h, to_the_end=True)[0]

    def _start(self) -> tuple[Array, Array]:
        """The first h of each row, and the solution there."""
        h, x = np.ones(self.batch), self._none()
        rows, path = np.arange(self.batch), self
        for _ in range(60):
            x1, _ = path.step(path._none(), h[rows])
            x2, _ = path.step(x1, h[rows])
            x[rows], good = path._newton(x2, h[rows], SMALL)
            if good.all():
                return h, x
            if good.any():
                rows = rows[np.logical_not(good)]
                path = Path(self._iterated, self.given.rows(rows), len(rows))
            h[rows] /= 8
        self.failed |= dict.fromkeys(rows.tolist(), NO_START)
        return h, x

    def _newton(
        self, x: Array, h: Array, close: float = CLOSE, *, to_the_end: bool = False
    ) -> tuple[Array, Array]:
        """The solution near x, and where it was found within ``close`` of it, relatively, and on
        the same branch."""
        start, finite = x, np.ones(self.batch, dtype=bool)
        tolerance = self._format.tolerance if to_the_end else ON_THE_WAY
        one = np.eye(self.count, dtype=self._format.dtype)
        with np.errstate(all="ignore"):
            for _ in range(NEWTON):
                Φ, slope = self.step(x, h)
                away = one - slope
                move = self._format.solve(away, Φ - x)
                x = x + move
                finite = np.asarray(np.isfinite(floats(x)).all(axis=-1))
                size = np.abs(floats(x)).max(axis=-1, initial=1e-300)
                done = np.abs(floats(move)).max(axis=-1, initial=0.0) <= tolerance * size
                if np.logical_or(done, ~finite).all():
                    break
            scale = np.maximum(np.abs(floats(x)), SMALLEST * size[:, None])
            close_by = np.abs(floats(x - start)) <= close * scale
            right = self._format.determinant_is_positive(away)
            good: Array = finite & done & close_by.all(axis=-1) & right
        return np.where(finite[:, None], x, start), good

    def _whole(self) -> Array:
        """h at the end of the path."""
        return np.ones(self.batch)

    def _none(self) -> Array:
        return self._format.array(np.zeros((self.batch, self.count)))

    def _run(self, x: Array, h: Array | None) -> ScalarEvaluation:
        known = dict(self._fixed)
        for i, u in enumerate(self.unknowns):
            known[u] = Dual(x[:, i]) if h is None else Dual.unknown(x[:, i], i, self.count)
        damping = None if h is None else self._format.array(h)
        run = ScalarEvaluation(self.given, known, self.block.equations, damping)
        run.evaluate_in_order(self._order)
        return run


def _predicted(h0: Array, x0: Array, h1: Array, x1: Array, h: Array) -> Array:
    """The secant through two solutions in log h and log |x|; x1 where there is but one."""
    with np.errstate(all="ignore"):
        share = (np.log(h / h1) / np.log(h1 / h0))[:, None]
        ahead = x1 * np.exp(share * np.log(np.abs(x1 / x0)))
    alone = (h1 == h0)[:, None] | ~np.isfinite(ahead) | (x0 * x1 <= 0)
    return np.where(alone, x1, ahead)
