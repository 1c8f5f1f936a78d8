"""Derived systems against theorems written by hand, exactly: equal as rational functions.

At random rational points both sides are computed in exact fractions. Two rational functions of
degree D that differ agree at a point drawn from N values with probability at most D/N (Schwartz and
Zippel); at all of 20 points, never. A point is chosen by its effective ridge θ, and the ridge that
belongs to it follows from the theorem's own relation, so that nothing need be solved.
"""

import dataclasses
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import sympy

from ...numerics.freeprob.rational_values import exact_value
from ...theory.freeprob import System
from ...theory.freeprob.derivations.named_expectations import Mix, derived
from ...theory.freeprob.symbols.space_dimensions import dimensions
from ...theory.statements.theorems import Traces, bias, collapse, inflation

__all__ = ["Proof", "proved_theorem"]

LARGEST = 10**4
"""The largest numerator that points are drawn from."""


@dataclasses.dataclass(frozen=True)
class Proof:
    """The derived test error compared with that of a theorem, in exact fractions at random points.

    points : how many. right : whether the two are equal at all of them. apart : the largest relative
    difference. printed : whether the theorem as printed in v2 is right at any of them; None for a theorem
    that is printed correctly. printed_apart : its smallest and largest relative difference.
    """

    name: str
    points: int
    right: bool
    printed: bool | None
    apart: float
    printed_apart: tuple[float, float] | None

    def __str__(self) -> str:
        form = "" if self.printed is None else " as corrected"
        compared = (
            f"{self.name}{form} was compared with the test error that is derived from the definitions, in "
            f"exact fractions at {self.points} random points: "
        )
        if self.right:
            compared += "the two are equal at every point."
        else:
            compared += f"the two differ, by up to {self.apart:.2g} times the derived error."
        if self.printed_apart is None:
            return compared
        low, high = self.printed_apart
        if self.printed:
            return f"{compared} The theorem as printed (v2) is equal to it at some point, too."
        return (
            f"{compared} The theorem as printed (v2) differs from it at every point, by {low:.2g} to "
            f"{high:.2g} times the derived error."
        )


def proved_theorem(number: int, *, points: int = 20, seed: int = 0) -> Proof:
    """Theorem 1 or 2 of arXiv 2410.04840 v2: bias, variance and collapse together, with random
    second moments of truths in front of each.

    >>> print(proved_theorem(1, points=2))
    Theorem 1 was compared with the test error that is derived from the definitions, in exact fractions at
    2 random points: the two are equal at every point.
    """
    projected = number == 2
    mix, system = Mix(projected=projected), derived(f"theorem-{number}")
    rng = random.Random(seed)
    random_points = [_Point.sampled(rng, projected) for _ in range(points)]
    derived_values = [point.derived(system, mix) for point in random_points]
    right = [point.by_theorem(printed=False) for point in random_points]
    printed = [point.by_theorem(printed=True) for point in random_points]
    apart, printed_apart = (
        [abs(value / exact - 1) for value, exact in zip(values, derived_values, strict=True)]
        for values in (right, printed)
    )
    return Proof(
        name=f"Theorem {number}",
        points=points,
        right=not any(apart),
        printed=not all(printed_apart) if projected else None,
        apart=float(max(apart)),
        printed_apart=(float(min(printed_apart)), float(max(printed_apart))) if projected else None,
    )


@dataclasses.dataclass(frozen=True)
class _Point:
    """A rational point: spectrum with multiplicities, Γ and Δ on it, θ, σ, sizes."""

    multiplicities: tuple[int, ...]
    spectrum: tuple[Fraction, ...]
    Γ: tuple[Fraction, ...]
    Δ: tuple[Fraction, ...]
    θ: Fraction
    σ: Fraction
    n1: Fraction
    n2: Fraction
    m: Fraction | None

    @classmethod
    def sampled(cls, rng: random.Random, projected: bool) -> "_Point":
        def number() -> Fraction:
            return Fraction(rng.randrange(1, LARGEST), rng.randrange(1, 100))

        def row() -> tuple[Fraction, ...]:
            return tuple(number() for _ in range(3))

        multiplicities = tuple(rng.randrange(1, 9) for _ in range(3))
        d = sum(multiplicities)
        n1, n2, m = (Fraction(rng.randrange(d + 1, LARGEST)) for _ in range(3))
        return cls(multiplicities, row(), row(), row(), number(), number(), n1, n2, m if projected else None)

    @property
    def d(self) -> Fraction:
        return Fraction(sum(self.multiplicities))

    def df(self, order: int) -> Fraction:
        """Degrees of freedom at θ."""
        return self._sum((s / (s + self.θ)) ** order for s in self.spectrum)

    @property
    def ridge(self) -> Fraction:
        """λ = θ(1 − df₁/n), times (m/d)(1 − df₁/m) if there is a projection."""
        λ = self.θ * (1 - self.df(1) / (self.n1 + self.n2))
        return λ if self.m is None else λ * (self.m - self.df(1)) / self.d

    def derived(self, system: System, mix: Mix) -> Fraction:
        """The test error by the equations of the engine."""
        scalars: dict[Any, Fraction] = dict(
            zip(dimensions("n1 n2 d"), (self.n1, self.n2, self.d), strict=True)
        )
        scalars[sympy.Symbol("lam", positive=True)] = self.ridge
        scalars[sympy.Symbol("sigma", positive=True)] = self.σ
        if self.m is not None:
            scalars[dimensions("m")] = self.m
        rows = {"Sigma": self.spectrum, "Gamma": self.Γ, "Delta": self.Δ}
        spectra = {mix.letter(name): row for name, row in rows.items()}
        return exact_value(system, scalars, spectra, self.multiplicities)

    def by_theorem(self, *, printed: bool) -> Fraction:
        """The test error by the theorem, corrected or as printed."""
        n, df1, df2 = self.n1 + self.n2, self.df(1), self.df(2)
        u, share = inflation(n - df1, None if self.m is None else self.m - df1, df2, df1 - df2)
        ω, p2 = share * self.θ, self.n2 / n
        ζ = collapse(p2, u, ω, self.θ, self._traces(self.Δ), printed=printed)
        V = u * n if printed and self.m is not None else u
        total = bias(u, ω, self.θ, self._traces(self.Γ)) + self.σ**2 * V + ζ
        assert isinstance(total, Fraction)
        return total

    def _traces(self, A: Sequence[Fraction]) -> Traces:
        pairs = list(zip(A, self.spectrum, strict=True))
        first, second, third = (self._sum(a * s**k / (s + self.θ) ** 2 for a, s in pairs) for k in (1, 2, 3))
        return Traces(first, second, third)

    def _sum(self, values: Iterator[Fraction] | Any) -> Fraction:
        return sum((k * x for k, x in zip(self.multiplicities, values, strict=True)), Fraction(0))
