"""The physical solution of a system's equations, followed from no randomness to all of it.

Every equation τ = Φ(τ) is multiplied by h. At small h there is one small solution, τ ≈ hΦ(0), and
the physical branch is its continuation to h = 1: resolvents stay bounded on the way. Newton and
averaged iteration from elsewhere can end on another branch without a sign of it.

Where a branch is regular det(1 − hΦ′) is not 0. It is 1 at h = 0, so it is positive all along the
physical branch, and negative on the one that meets it at a fold: a step that ends there is not
taken. The same holds on the way from the solution at one set of numbers to that at others beside
them, of one sign and within a factor of √2 (see ``batches``), which is gone in one step.
"""

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np

from ...theory.arrays import Array
from ...theory.errors import SolveError
from ...theory.freeprob.equations import Block
from ...theory.freeprob.feedback import kept_unknowns
from ...theory.freeprob.scalars import Scalar
from .duals import Dual
from .evaluate import Evaluation, Given, Order, ordered

__all__ = ["Iterated", "Path", "iterated_unknowns"]

STEPS, NEWTON = 400, 12
"""Most steps in h, and most iterations in each."""

TOLERANCE, ON_THE_WAY = 1e-13, 1e-5
"""Of a Newton step, relative to the unknowns: at the end of the path, and on it."""

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
        return ordered(self.block.equations.values(), self.unknowns, self.block.equations)


def iterated_unknowns(block: Block) -> Iterated:
    """A block, to be iterated on few of its unknowns."""
    return Iterated(block, kept_unknowns(block))


class Path:
    """The way to the solution of one block, for a batch of values."""

    def __init__(self, iterated: Iterated, given: Given, batch: int) -> None:
        self._iterated = iterated
        self.unknowns, self.block = iterated.unknowns, iterated.block
        self.given, self.batch, self.count = given, batch, len(iterated.unknowns)
        fixed, self._order = iterated.order
        self._fixed = Evaluation(given, {}, {}).passed(fixed)
        self.steps = 0

    def solved(self, near: Mapping[Scalar, Array] | None = None) -> dict[Scalar, Array]:
        """(batch,) values of all unknowns of the block.

        near : the solution at other numbers, to begin at: taken where Newton leads from it to a
        solution that is no further away than the next one on a path is, else the path is followed.

        Raises SolveError where the path cannot be followed.
        """
        if self.block.linear:
            return self._all(self._linear())
        return self._all(self._beside(near) if near else self._followed())

    def beside(self, found: Mapping[Scalar, Array]) -> dict[Scalar, Array]:
        """The solution next to this one, of numbers that differ by rounding."""
        if self.block.linear:
            return self._all(self._linear())
        x = self._chosen(found)
        return self._all(self._newton(x, np.ones(self.batch), tolerance=TOLERANCE)[0])

    def residual(self, found: Mapping[Scalar, Array]) -> float:
        """max |τ − Φ(τ)|/|τ| over the unknowns."""
        run = Evaluation(self.given, {u: Dual(x) for u, x in found.items()}, self.block.equations)
        worst = 0.0
        for u, x in found.items():
            apart = np.abs(run.equation(u).value - x)
            with np.errstate(all="ignore"):
                worst = max(worst, float(np.nanmax(apart / np.abs(x), initial=0.0)))
        return worst

    def step(self, x: Array, h: Array) -> tuple[Array, Array]:
        """hΦ at x, (batch, k), and its derivatives, (batch, k, k)."""
        run = self._run(x, h)
        Φ = np.empty((self.batch, self.count))
        slope = np.zeros((self.batch, self.count, self.count))
        for i, u in enumerate(self.unknowns):
            right = run.equation(u)
            Φ[:, i] = right.value
            if right.slope is not None:
                slope[:, i] = right.slope
        return Φ, slope

    def _all(self, x: Array) -> dict[Scalar, Array]:
        """Every unknown of the block."""
        run = self._run(x, None)
        return {
            u: np.broadcast_to(run(u).value, (self.batch,)).copy() for u in self.block.equations
        }

    def _beside(self, near: Mapping[Scalar, Array]) -> Array:
        """The solution beside another one, or at the end of the path."""
        found, good = self._newton(self._chosen(near), np.ones(self.batch), tolerance=TOLERANCE)
        if not good.all():
            rest = np.flatnonzero(np.logical_not(good))
            path = Path(self._iterated, self.given.rows(rest), len(rest))
            found[rest] = path._followed()
            self.steps = path.steps
        return found

    def _chosen(self, values: Mapping[Scalar, Array]) -> Array:
        """(batch, k) of those that are iterated on."""
        return np.stack([values[u] for u in self.unknowns], axis=-1) if self.unknowns else (
            self._none()
        )  # fmt: skip

    def _linear(self) -> Array:
        """The solution of x = Φ(0) + Φ′x."""
        Φ, slope = self.step(self._none(), np.ones(self.batch))
        return _solve(np.eye(self.count) - slope, Φ)

    def _followed(self) -> Array:
        """From a small h to 1, in log h, by a secant in log |x| and Newton."""
        h, x = self._start()
        before, x_before = h, x
        rate = np.full(self.batch, 4.0)
        for _ in range(STEPS):
            if (h >= 1).all():
                return self._newton(x, h, tolerance=TOLERANCE)[0]
            active = h < 1
            ahead = np.where(active, np.minimum(h * rate, 1.0), h)
            guess = _predicted(before, x_before, h, x, ahead)
            found, good = self._newton(guess, ahead)
            self.steps += 1
            taken = np.logical_and(active, good)
            before = np.where(taken, h, before)
            x_before = np.where(taken[:, None], x, x_before)
            h, x = np.where(taken, ahead, h), np.where(taken[:, None], found, x)
            rate = np.where(taken, np.minimum(rate * 1.7, 1e4), 1 + (rate - 1) / 3)
        raise SolveError(
            f"the fixed point could not be followed beyond h = {h.min():.2g} of 1. The resolvent "
            f"is not regular along the way; a larger ridge makes it so."
        )

    def _start(self) -> tuple[Array, Array]:
        h = np.ones(self.batch)
        for _ in range(60):
            x1, _ = self.step(self._none(), h)
            x2, _ = self.step(x1, h)
            found, good = self._newton(x2, h, SMALL)
            if good.all():
                return h, found
            h = np.where(good, h, h / 8)
        raise SolveError(
            "no solution was found even with next to no randomness. Check that what is inverted is "
            "regular without its Gaussian matrices."
        )

    def _newton(
        self, x: Array, h: Array, close: float = CLOSE, tolerance: float = ON_THE_WAY
    ) -> tuple[Array, Array]:
        """The solution beside x, and where it was found within ``close`` of it, relatively, and on
        the same branch."""
        start, finite = x, np.ones(self.batch, dtype=bool)
        with np.errstate(all="ignore"):
            for _ in range(NEWTON):
                Φ, slope = self.step(x, h)
                away = np.eye(self.count) - slope
                move = _solve(away, Φ - x)
                x = x + move
                finite = np.asarray(np.isfinite(x).all(axis=-1))
                size = np.abs(x).max(axis=-1, initial=1e-300)
                done = np.abs(move).max(axis=-1, initial=0.0) <= tolerance * size
                if np.logical_or(done, ~finite).all():
                    break
            scale = np.maximum(np.abs(x), SMALLEST * size[:, None])
            near = np.abs(x - start) <= close * scale
            good: Array = finite & done & near.all(axis=-1) & (np.linalg.det(away) > 0)
        return np.where(finite[:, None], x, start), good

    def _none(self) -> Array:
        return np.zeros((self.batch, self.count))

    def _run(self, x: Array, h: Array | None) -> Evaluation:
        known = dict(self._fixed)
        for i, u in enumerate(self.unknowns):
            known[u] = Dual(x[:, i]) if h is None else Dual.unknown(x[:, i], i, self.count)
        run = Evaluation(self.given, known, self.block.equations, h)
        run.passed(self._order)
        return run


def _predicted(h0: Array, x0: Array, h1: Array, x1: Array, h: Array) -> Array:
    """The secant through two solutions in log h and log |x|; x1 where there is but one."""
    with np.errstate(all="ignore"):
        share = (np.log(h / h1) / np.log(h1 / h0))[:, None]
        ahead = x1 * np.exp(share * np.log(np.abs(x1 / x0)))
    alone = (h1 == h0)[:, None] | ~np.isfinite(ahead) | (x0 * x1 <= 0)
    return np.where(alone, x1, ahead)


def _solve(A: Array, b: Array) -> Array:
    """A⁻¹b of a batch; NaN where A is singular."""
    try:
        return np.asarray(np.linalg.solve(A, b[..., None])[..., 0], dtype=float)
    except np.linalg.LinAlgError:
        result = np.full_like(b, np.nan)
        for i, (one, right) in enumerate(zip(A, b, strict=True)):
            with np.errstate(all="ignore"):
                if np.isfinite(one).all() and np.linalg.matrix_rank(one) == len(one):
                    result[i] = np.linalg.solve(one, right)
        return result
