"""Expectations over one to three standard normal numbers, by nested adaptive quadrature.

Each axis is cut into panels at the points where the integrand is known to jump or bend, and panels are
bisected where Kronrod's fifteen nodes and Gauss's seven among them disagree. All panels of all points of
the outer axes are treated at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.arrays import Array, Indices
from .normal_pieces import density

__all__ = ["Axis", "natural_sizes", "nested_expectations"]

KRONROD = (
    (0.991455371120812639207, 0.022935322010529224964, 0.0),
    (
        0.949107912342758524526189684047851,
        0.063092092629978553290700663189204,
        0.129484966168869693270611432679082,
    ),
    (0.864864423359769072790, 0.104790010322250183840, 0.0),
    (
        0.741531185599394439863864773280788,
        0.140653259715525918745189590510238,
        0.279705391489276667901467771423780,
    ),
    (0.586087235467691130294, 0.169004726639267902827, 0.0),
    (
        0.405845151377397166906606412076961,
        0.190350578064785409913256402421014,
        0.381830050505118944950369775488975,
    ),
    (0.207784955007898467601, 0.204432940075298892414, 0.0),
)
"""Positive nodes with Kronrod's and Gauss's weights (QUADPACK's qk15); then those of 0."""
MIDDLE = (0.209482141084727828013, 0.417959183673469387755)
_x, _k, _g = np.array(KRONROD).T
NODES = np.concatenate([-_x, [0.0], _x[::-1]])
WEIGHTS = np.stack([np.concatenate([w, [m], w[::-1]]) for w, m in zip((_k, _g), MIDDLE, strict=True)])
DEEPEST = 48
"""Bisections: a jump is then shut into a panel of no weight."""
AT_ONCE = 3000
"""Outer points whose inner panels are treated at once."""
NEAREST = 8 * float(np.finfo(float).eps)
"""Ends of a panel that are closer, relative to their size, are the same."""
SAFETY = 50.0
"""Where Gauss's seven nodes are off by r, relative to the variation in a panel, Kronrod's fifteen count as
off by r √(50 r), or by r: they are exact for polynomials of nearly twice the degree."""


class Axis(NamedTuple):
    """One numeric axis.

    edges : given the outer coordinates (n, axis), where to cut, (n, k), sorted; parent, power : each
    component of this axis is component parent of the next one, times x^power; exponents : (k, variables),
    what monomials the components are; tolerance : relative to their sizes.
    """

    edges: Callable[[Array], Array]
    parent: Array
    power: Array
    exponents: Array
    tolerance: float


def natural_sizes(scale: Array, exponents: Array) -> Array:
    """The natural sizes of monomials of these exponents, given the integrals of their absolute values.

    Odd ones may vanish; their sizes follow from those of the squares of the variables.
    """
    if not exponents.any():
        return scale
    degree = exponents.sum(axis=1)
    one = scale[degree == 0][0]
    squares = [scale[(degree == 2) & (e == 2)][0] for e in exponents.T]
    roots = np.sqrt(np.array(squares) / one) if one > 0 else np.zeros(len(squares))
    found: Array = one * np.prod(roots**exponents, axis=1)
    return found


Leaf = Callable[[Array], Array]
"""Given all coordinates (n, axes), the components (n, k) of the integrand without the densities."""


def nested_expectations(axes: Sequence[Axis], leaf: Leaf) -> tuple[Array, Array]:
    """Components of the expectation, and their estimated errors."""
    whole = _Nest(list(axes), leaf, [np.zeros(1) for _ in axes])
    values, errors = whole.integrals(np.zeros((1, 0)), np.ones(1))
    return values[0], errors[0]


def _apart(a: Array, b: Array) -> Any:
    return b - a > NEAREST * np.maximum(np.abs(a), np.abs(b))


class _Nest(NamedTuple):
    """scales : of each axis, the largest integral of the absolute value so far."""

    axes: list[Axis]
    leaf: Leaf
    scales: list[Array]

    def integrals(self, outer: Array, weight: Array) -> tuple[Array, Array]:
        """(n, k) integrals over the remaining axes with their errors, times the weight (n,)."""
        level = outer.shape[1]
        if level == len(self.axes):
            values = self.leaf(outer) * weight[:, None]
            return values, np.zeros_like(values)
        if level and level == len(self.axes) - 1 and len(outer) > AT_ONCE:
            parts = np.array_split(np.arange(len(outer)), len(outer) // AT_ONCE + 1)
            both = [self.integrals(outer[i], weight[i]) for i in parts]
            return np.concatenate([v for v, _ in both]), np.concatenate([e for _, e in both])
        return self._adapted(level, outer, weight)

    def _adapted(self, level: int, outer: Array, weight: Array) -> tuple[Array, Array]:
        axis = self.axes[level]
        cuts = axis.edges(outer)
        owner, place = np.nonzero(_apart(cuts[:, :-1], cuts[:, 1:]))
        a, b = cuts[owner, place], cuts[owner, place + 1]
        total = np.zeros((len(outer), len(axis.parent)))
        errors = np.zeros_like(total)
        for depth in range(DEEPEST + 1):
            values, missed, size, inherited = self._panels(level, outer, weight, owner, a, b)
            if depth == 0:
                sums = np.zeros_like(total)
                np.add.at(sums, owner, size)
                self.scales[level] = np.maximum(self.scales[level], sums.max(axis=0))
            allowed = axis.tolerance * natural_sizes(self.scales[level], axis.exponents)
            open_ = (missed > allowed).any(axis=1) & _apart(a, b)
            if depth == DEEPEST:
                open_[:] = False
            np.add.at(total, owner[~open_], values[~open_])
            np.add.at(errors, owner[~open_], (missed + inherited)[~open_])
            if not open_.any():
                break
            owner, a, b = owner[open_], a[open_], b[open_]
            middle = (a + b) / 2
            owner, a, b = np.tile(owner, 2), np.concatenate([a, middle]), np.concatenate([middle, b])
        return total, errors

    def _panels(
        self, level: int, outer: Array, weight: Array, owner: Indices, a: Array, b: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Integrals of each panel, their errors, those of the absolute value, and errors of inner axes."""
        axis, half = self.axes[level], (b - a) / 2
        x = (a + half)[:, None] + half[:, None] * NODES
        count = x.size
        point = np.empty((count, level + 1))
        point[:, :level] = np.repeat(outer[owner], len(NODES), axis=0)
        point[:, level] = x.ravel()
        heavy = (weight[owner][:, None] * density(x)).ravel()
        inner, inner_errors = self.integrals(point, heavy)
        powers = x.ravel()[:, None] ** axis.power
        f = (inner[:, axis.parent] * powers).reshape(*x.shape, -1)
        kronrod, gauss = np.moveaxis(WEIGHTS @ f, 1, 0) * half[:, None]
        size = (WEIGHTS[0] @ np.abs(f)) * half[:, None]
        mean = kronrod / (2 * half[:, None])
        spread = (WEIGHTS[0] @ np.abs(f - mean[:, None])) * half[:, None]
        gap = np.abs(kronrod - gauss)
        with np.errstate(all="ignore"):
            ratio = np.where(spread > 0, SAFETY * gap / spread, 0.0)
        missed = gap * np.sqrt(np.minimum(ratio, 1.0))
        inherited = np.zeros_like(kronrod)
        if level < len(self.axes) - 1:
            e = (inner_errors[:, axis.parent] * np.abs(powers)).reshape(*x.shape, -1)
            inherited = (WEIGHTS[0] @ e) * half[:, None]
        return kronrod, missed, size, inherited
