"""What tells one feature map from another: equation (κ) and the functional c(A).

`count` is df1, for random features df1 + ν with ν = Σ α_k f_k μ*_k²/s²; `tr_pap` is tr PAP, for
random features tr PAP + μ*²/s². Written this way random features are a random projection of data
that have, beside the coordinates of x, infinitely many small ones of total variance μ*²/s².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mpmath import mpf


class Model(Protocol):
    """A feature map."""

    def start(self, κ: mpf) -> mpf:
        """The ridge at which κ solves (κ) when `count` is 0."""

    def fixed_point(self, λ: mpf, κ: mpf, count: mpf) -> tuple[mpf, mpf, mpf]:
        """The map κ ↦ F(κ, count) whose fixed point solves (κ), with ∂F/∂κ and ∂F/∂count."""

    def ridge(self, κ: mpf, count: mpf) -> mpf:
        """The ridge that (κ) as written gives."""

    def c(self, tr_pap: mpf, df2: mpf, tr_p: mpf, tr_p2: mpf) -> mpf:
        """c(A)."""

    def room(self, count: mpf) -> mpf:
        """What must be positive: m − count."""


@dataclass(frozen=True)
class Linear:
    """φ(x) = x."""

    def start(self, κ: mpf) -> mpf:
        return κ

    def fixed_point(self, λ: mpf, κ: mpf, count: mpf) -> tuple[mpf, mpf, mpf]:
        return λ, 0 * κ, 0 * κ

    def ridge(self, κ: mpf, count: mpf) -> mpf:
        return κ

    def c(self, tr_pap: mpf, df2: mpf, tr_p: mpf, tr_p2: mpf) -> mpf:
        return 0 * tr_pap

    def room(self, count: mpf) -> mpf:
        return 1 + 0 * count


@dataclass(frozen=True)
class RandomProjection:
    """φ(x) = Sᵀx, S with m columns and iid N(0, s2) entries; or act(Sᵀx)."""

    m: mpf
    s2: mpf

    def start(self, κ: mpf) -> mpf:
        return self.m * self.s2 * κ

    def fixed_point(self, λ: mpf, κ: mpf, count: mpf) -> tuple[mpf, mpf, mpf]:
        return λ / (self.m * self.s2) + κ * count / self.m, count / self.m, κ / self.m

    def ridge(self, κ: mpf, count: mpf) -> mpf:
        return self.m * self.s2 * κ * (1 - count / self.m)

    def c(self, tr_pap: mpf, df2: mpf, tr_p: mpf, tr_p2: mpf) -> mpf:
        return tr_pap / (self.m - df2)

    def room(self, count: mpf) -> mpf:
        return self.m - count


@dataclass(frozen=True)
class OrthogonalProjection:
    """φ(x) = Sᵀx, S uniform among the d×m matrices with SᵀS = 1."""

    m: mpf
    d: mpf

    def start(self, κ: mpf) -> mpf:
        return κ * self.m / self.d

    def fixed_point(self, λ: mpf, κ: mpf, count: mpf) -> tuple[mpf, mpf, mpf]:
        return (λ * self.d + (κ - λ) * count) / self.m, count / self.m, (κ - λ) / self.m

    def ridge(self, κ: mpf, count: mpf) -> mpf:
        return κ * (self.m - count) / (self.d - count)

    def c(self, tr_pap: mpf, df2: mpf, tr_p: mpf, tr_p2: mpf) -> mpf:
        gap = self.d - self.m
        return gap * tr_pap / (tr_p**2 - gap * tr_p2)

    def room(self, count: mpf) -> mpf:
        return self.m - count
