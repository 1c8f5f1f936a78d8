"""Expectations of functions of z ~ N(0, q), as integrals over u = z/√q.

``integrals`` estimates its own errors, for any function; ``even_expectations`` and
``even_expectations_in_digits`` are for functions that are known to be smooth and even.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..base.arrays import Array

__all__ = [
    "FARTHEST",
    "TAIL",
    "even_expectations",
    "even_expectations_in_digits",
    "half_density",
    "integrals",
    "right_edges",
]

FARTHEST = 38.0
"""exp(−u²/2) underflows a little further out."""
TAIL = 36.0
"""The tails beyond must be negligible; otherwise the moment may not be finite."""
DEEPEST = 60
"""Bisections: a jump is then shut into a panel of no weight."""
MOST_PANELS = 4096
"""Bisected at one time."""
WANTED = 1e-15
"""The difference that leaves a panel whole, relative to the sum of all panels' absolute values."""


@cache
def _nodes() -> tuple[Array, Array]:
    """Lobatto's twenty nodes and weights on [−1, 1]: ±1 and the extrema of Legendre's P_19.

    With the ends among the nodes, a jump inside a panel makes the sums before and after a bisection
    differ by at least 0.0013 of jump times length, unless it is in the middle, where the bisection
    makes it exact; Gauss's nodes overlook jumps near ends and middle. The ends are taken just
    inside, where a jump at 0 has happened.

    P_19' is a multiple of the Jacobi polynomial P_18^(1,1), whose zeros are the eigenvalues of a
    symmetric tridiagonal matrix (Golub & Welsch 1969): real and ascending in every version of
    numpy, unlike `Legendre.roots`. After a Newton step and symmetrisation they are accurate to the
    last bit or two.
    """
    P = np.polynomial.Legendre.basis(19)
    k = np.arange(1, 18)
    coupling = np.sqrt(k * (k + 2) / ((2 * k + 1) * (2 * k + 3)))
    inner = np.linalg.eigvalsh(np.diag(coupling, -1))  # reads the lower triangle only
    inner = inner - P.deriv()(inner) / P.deriv(2)(inner)
    x = np.concatenate([[-1.0], (inner - inner[::-1]) / 2, [1.0]])
    w = 2 / (19 * 20 * P(x) ** 2)
    return x * (1 - np.finfo(float).eps * (np.abs(x) == 1)), w * (2 / w.sum())


def _panel_integrals(f: Callable[[Array], Array], a: Array, b: Array) -> Array:
    """(k, panels): the k integrals over each panel [a, b]; f maps (panels, nodes) to k of these."""
    x, w = _nodes()
    half = (b - a) / 2
    sums: Array = f((a + half)[:, None] + half[:, None] * x) @ w * half
    return sums


def integrals(f: Callable[[Array], Array], edges: Array) -> tuple[Array, Array]:
    """k integrals over panels between the edges, and their estimated errors.

    f maps (panels, nodes) to (k, panels, nodes). One Lobatto rule per panel is compared with two;
    panels where these differ are bisected, and their last difference is the estimate.
    """
    a, b = edges[:-1], edges[1:]
    whole = _panel_integrals(f, a, b)
    size = np.abs(whole).sum(axis=1, keepdims=True)
    total = errors = np.zeros(len(whole))
    for depth in range(DEEPEST):
        middle = (a + b) / 2
        left, right = _panel_integrals(f, a, middle), _panel_integrals(f, middle, b)
        missed = np.abs(left + right - whole)
        size = np.maximum(size, np.abs(left + right).sum(axis=1, keepdims=True))
        open_ = (missed > WANTED * size).any(axis=0)
        if depth == DEEPEST - 1 or open_.sum() > MOST_PANELS:
            open_[:] = False
        total = total + (left + right)[:, ~open_].sum(axis=1)
        errors = errors + missed[:, ~open_].sum(axis=1)
        if not open_.any():
            break
        a, b = (np.concatenate(ends) for ends in ((a[open_], middle[open_]), (middle[open_], b[open_])))
        whole = np.concatenate([left[:, open_], right[:, open_]], axis=1)
    return total, errors


def right_edges(q: float) -> Array:
    """Edges of panels of u ≥ 0, fine enough for the Gaussian and for changes at |z| of about 1."""
    root = math.sqrt(q)
    changes = 2.0 ** np.arange(-2, math.log2(FARTHEST * root)) / root
    gaussian = np.concatenate([np.arange(13.0), [15.0, 19.0, 24.0, 30.0, TAIL, FARTHEST]])
    return np.unique(np.concatenate([gaussian, changes]))


def half_density(u: Array) -> Array:
    """The root of the Gaussian density: one for each factor, since squares alone overflow first."""
    root: Array = np.exp(-(u**2) / 4) / (2 * math.pi) ** 0.25
    return root


def even_expectations(f: Callable[[Array], Sequence[Array]], q: float) -> Array:
    """(k,): E f(z), z ~ N(0, q), for k even functions of z, which are called for z ≥ 0 only.

    >>> even_expectations(lambda z: [z**2, z**4], 2.0).round(12)
    array([ 2., 12.])
    """
    root = math.sqrt(q)
    found, _ = integrals(lambda u: 2 * np.stack(f(root * u)) * half_density(u) ** 2, right_edges(q))
    return found


def even_expectations_in_digits(f: Callable[[Any], tuple[Any, Any]], q: Any, mp: Any) -> tuple[Any, Any]:
    """E of the two functions that f returns: even, 0 at 0, analytic except for the imaginary axis.

    By the trapezoidal rule in t, with z = √q c sinh t and c = min(1, 1/√q): the integrand is then
    analytic and decays where |Im t| < π/4, so that a step h has an error of e^(−π²/(2h)). q and
    the result are numbers of the mpmath context mp, in whose precision this is computed.
    """
    root = mp.sqrt(q)
    c = min(mp.one, 1 / root)
    bits = mp.prec * mp.log(2)
    h, end = mp.pi**2 / 2 / bits, mp.asinh((mp.sqrt(2 * bits) + 3) / c)
    first = second = mp.zero
    for k in range(1, int(end / h) + 2):
        u = c * mp.sinh(k * h)
        weight = mp.cosh(k * h) * mp.exp(-(u**2) / 2)
        a, b = f(root * u)
        first, second = first + weight * a, second + weight * b
    scale = h * c * mp.sqrt(2 / mp.pi)
    return scale * first, scale * second
