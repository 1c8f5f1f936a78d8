"""b_τ, the squared residuals of every target: of bias, collapse and both, for each kind of truth.

The variables are those of ``error_terms``. Each function returns (bias, collapse, both), (K + 1,).
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..base.arrays import Columns, MomentNumbers, Operator, PerTarget
from ..coordinates.truths import FixedTruth, JointTruth, RandomTruth, Truth
from .error_operators import ErrorOperators

__all__ = ["Rows", "squared_residuals"]

Rows = tuple[PerTarget, PerTarget, PerTarget]

Pairs = Callable[[int], tuple[Operator, Operator]]
"""X and Y of each target."""


def squared_residuals(o: ErrorOperators, part: Truth) -> Rows:
    """Of one part of the truths."""
    return RESIDUALS[type(part)](o, part)


# One random vector


def _random(o: ErrorOperators, part: RandomTruth) -> Rows:
    ε = _deviations(o, part)
    alike = _alike(o, ε)
    if not part.target:
        collapse = _quadratic(o, part, alike, lambda τ: (o.excess(ε, τ),) * 2)
        collapse = collapse + _second_order(o, part, o.through(ε[-1], o.H * ε[:-1]))
        return 0 * collapse, collapse, collapse
    commons = _quadratic(o, part, alike, lambda τ: (o.common(τ),) * 2)
    h = o.through(0 * o.η, o.H)
    bias = commons + _second_order(o, part, h)
    if not (ε != 0).any():
        return bias, 0 * bias, bias
    e = o.through(0 * o.η, o.H * ε[:-1])

    def crossed(τ: int) -> tuple[Operator, Operator]:
        x = o.excess(ε, τ)
        return 2 * o.common(τ) + x, x

    w = np.append(part.gains * part.target + part.added, part.target)

    def whole(τ: int) -> tuple[Operator, Operator]:
        return (o.excess(w, τ),) * 2

    excess = _quadratic(o, part, alike, crossed) + _second_order(o, part, 2 * h + e, e)
    Ph = o.through(0 * o.η, o.H * w[:-1])
    both = _quadratic(o, part, alike, whole) + _second_order(o, part, Ph)
    return bias, excess, both


def _deviations(o: ErrorOperators, part: RandomTruth) -> PerTarget:
    """(K + 1,) ε_τ in units of u, 0 for the target."""
    ε = (part.gains - 1) * part.target + part.added
    return np.append(ε, 0 * o.η)


def _alike(o: ErrorOperators, ε: PerTarget) -> list[list[int]]:
    """The targets in groups of equal ε and μ, which share their operators."""
    groups: dict[tuple[object, object], list[int]] = {}
    for τ, key in enumerate(zip(ε, o.μ, strict=True)):
        groups.setdefault(key, []).append(τ)
    return list(groups.values())


def _quadratic(o: ErrorOperators, part: RandomTruth, alike: list[list[int]], operators: Pairs) -> PerTarget:
    """(K + 1,) tr Σ_τ X M Yᵀ for the (X, Y) of each target."""
    b = 0 * o.second_order_weight
    for group in alike:
        X, Y = operators(group[0])
        kinds = o.mixture.covariance_of[group]
        b[group] = o.algebra.quadratic_forms(o.mixture.covariances[kinds], X, Y, part.moment)
    return b


def _second_order(o: ErrorOperators, part: RandomTruth, h: Operator, e: Operator | None = None) -> PerTarget:
    if not o.second_order_weight.any():
        return o.second_order_weight
    return o.second_order_weight * o.algebra.quadratic_form(h, h if e is None else e, part.moment)


# Fixed vectors


def _fixed(o: ErrorOperators, part: FixedTruth) -> Rows:
    w, ε = part.target, list(_deviation_vectors(part))
    zero = 0 * w
    truths = list(part.vectors())
    h = o.mixed([w] * len(o.H))
    e = o.mixed([zero if δ is None else δ for δ in ε])
    Ph = o.mixed(truths[:-1])
    rows = [_fixed_row(o, τ, w, ε, truths) for τ in range(len(o.second_order_weight))]
    bias, excess, both = (np.array([row[i] for row in rows]) for i in range(3))
    form = o.algebra.quadratic_form_of_vectors
    return (
        bias + o.second_order_weight * form(h, h),
        excess + o.second_order_weight * form(2 * h + e, e),
        both + o.second_order_weight * form(Ph, Ph),
    )


def _deviation_vectors(part: FixedTruth) -> Iterator[Columns | None]:
    """ε_k, (p, outputs), None for 0."""
    for k, (gain, δ) in enumerate(zip(part.gains, part.added, strict=True)):
        yield δ if gain == 1 else part.excess(k)


def _fixed_row(o: ErrorOperators, τ: int, w: Columns, ε: list[Columns | None], truths: list[Columns]) -> Rows:
    C = o.mixture.covariances[[o.mixture.covariance_of[τ]]]
    r = o.algebra.apply(o.common(τ), w)
    x = o.residual(τ, [*ε, None], w)
    both = o.residual(τ, [*truths], w)
    form = o.algebra.quadratic_forms_of_vectors
    return form(C, r, r)[0], form(C, 2 * r + x, x)[0], form(C, both, both)[0]


# Joint moments


def _joint(o: ErrorOperators, part: JointTruth) -> Rows:
    W, K = part.blocks, len(o.H)
    common = W[K][K]
    V = [[W[j][k] - W[j][K] - W[K][k] + common for k in range(K)] for j in range(K)]
    Vt = [W[j][K] - common for j in range(K)]
    h = o.through(0 * o.η, o.H)
    e = [o.through(0 * o.η, o.only(j, o.H[j])) for j in range(K)]
    form, forms = o.algebra.quadratic_form, o.algebra.quadratic_forms
    pairs = [(j, k) for j in range(K) for k in range(K)]
    from_h = sum(2 * form(e[j], h, Vt[j]) for j in range(K))
    from_e = sum(form(e[j], e[k], V[j][k]) for j, k in pairs)
    bias, excess = (o.second_order_weight * form(h, h, common), o.second_order_weight * (from_h + from_e))
    both = o.second_order_weight * sum(form(e[j], e[k], W[j][k]) for j, k in pairs)
    for τ in range(K + 1):
        C = o.mixture.covariances[[o.mixture.covariance_of[τ]]]
        r, x = o.common(τ), [o.through_deviation(τ, j) for j in range(K)]
        bias[τ] += forms(C, r, r, common)[0]
        excess[τ] += sum(2 * forms(C, x[j], r, Vt[j])[0] for j in range(K))
        excess[τ] += sum(forms(C, x[j], x[k], V[j][k])[0] for j, k in pairs)
        own, away = _from(o, part, τ)
        shrunk = o.η * o.G
        both[τ] += forms(C, shrunk, shrunk, W[τ][τ])[0]
        both[τ] += sum(2 * forms(C, e[j], shrunk, own[j])[0] for j in range(K))
        both[τ] += sum(forms(C, e[j], e[k], away[j][k])[0] for j, k in pairs)
    return bias, excess, both


def _from(
    o: ErrorOperators, part: JointTruth, τ: int
) -> tuple[list[MomentNumbers], list[list[MomentNumbers]]]:
    """E D_jw_τᵀ and E D_jD_kᵀ of D_j = μ_j w_τ − μ_τ w_j."""
    W, μ, K = part.blocks, o.μ, len(o.H)
    own = [μ[j] * W[τ][τ] - μ[τ] * W[j][τ] for j in range(K)]
    away = [[μ[k] * own[j] - μ[τ] * (μ[j] * W[τ][k] - μ[τ] * W[j][k]) for k in range(K)] for j in range(K)]
    return own, away


RESIDUALS: dict[type[Truth], Callable[[ErrorOperators, Any], Rows]] = {
    RandomTruth: _random,
    FixedTruth: _fixed,
    JointTruth: _joint,
}
