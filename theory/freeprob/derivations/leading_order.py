"""Whether an expression in traces is decided by the leading orders of these.

A trace of a random matrix is N a + δ, N the order of the dimensions: a is what is derived, and δ is
O(1), a correction and a fluctuation that are not. A rational function of traces and dimensions is
expanded in N, with δ in it. Where δ occurs in the highest order that is not 0, as in tr(V)² with
a = 0, what the leading orders give is not the expectation.
"""

import enum
from collections.abc import Mapping

import sympy

from ...base.errors import SpecError
from ..expressions.traces import Trace
from ..symbols.folds import substituted
from ..symbols.printing import plain
from ..symbols.scalar_table import Scalars
from ..symbols.scalars import Scalar
from ..symbols.space_dimensions import SpaceDimension

__all__ = ["leading_order_vanishes"]


class _LeadingOrder(enum.Enum):
    """The terms of the highest order that is not 0."""

    LEADING = enum.auto()
    CORRECTIONS = enum.auto()
    NOTHING = enum.auto()


def leading_order_vanishes(expression: sympy.Expr, value: Scalar, traces: Mapping[Trace, Scalar]) -> bool:
    """Whether corrections to the traces decide the expectation.

    Parameters
    ----------
    value : of the expression at leading order. traces : each trace and its leading order.

    Raises
    ------
    SpecError
        Where they decide an expression that is not linear in traces of random matrices: products of
        fluctuations do not average to products of expectations.
    """
    symbols = {atom: sympy.Dummy(real=True) for atom in traces}  # without scalars inside
    leading = {symbols[atom]: x for atom, x in traces.items()}
    random = [x for atom, x in symbols.items() if atom.matrix.random]
    fluctuations = {x: sympy.Dummy() for x in random}
    flat = expression.xreplace(symbols)
    orders = [
        _order(part, leading, fluctuations, value.table) for part in _expanded(flat, leading, fluctuations)
    ]
    if _LeadingOrder.CORRECTIONS not in orders:
        return bool(random) and value.is_zero and orders[:1] != [_LeadingOrder.NOTHING]
    if not _is_linear(flat, random):
        raise SpecError(
            f"the leading order of {plain(expression)}, or of a factor of it, vanishes: "
            f"fluctuations of the traces decide its expectation, which a deterministic equivalent "
            f"does not give. Derive the traces one by one, or estimate the expectation with "
            f"sample(expression, values, trials=...)."
        )
    return True


def _expanded(
    expression: sympy.Expr,
    traces: Mapping[sympy.Symbol, Scalar],
    fluctuations: Mapping[sympy.Symbol, sympy.Dummy],
) -> list[list[sympy.Expr]]:
    """Coefficients of numerator and denominator, of the highest power of N first. Dimensions count
    as N too, but not under a root."""
    N = sympy.Dummy()
    scaled = {atom: N * atom + fluctuations.get(atom, 0) for atom in traces}
    dimensions = {x: N * x for x in expression.free_symbols if isinstance(x, SpaceDimension)}
    for replaced in (scaled | dimensions, scaled):
        parts = sympy.fraction(sympy.together(expression.xreplace(replaced)))
        try:
            return [sympy.Poly(part, N).all_coeffs() for part in parts]
        except sympy.PolynomialError:
            continue
    return []


def _order(
    coefficients: list[sympy.Expr],
    traces: Mapping[sympy.Symbol, Scalar],
    fluctuations: Mapping[sympy.Symbol, sympy.Dummy],
    table: Scalars,
) -> _LeadingOrder:
    values = {table.parameter(atom): x for atom, x in traces.items()}
    none = dict.fromkeys(fluctuations.values(), sympy.Integer(0))
    for c in coefficients:
        found = substituted(table.of(c), values)
        if not found.is_zero:
            alone = substituted(table.of(c.xreplace(none)), values)
            return _LeadingOrder.LEADING if found is alone else _LeadingOrder.CORRECTIONS
    return _LeadingOrder.NOTHING


def _is_linear(expression: sympy.Expr, random: list[sympy.Symbol]) -> bool:
    """In traces of random matrices."""
    above, below = sympy.fraction(sympy.together(expression))
    if below.free_symbols & set(random):
        return False
    return bool(sympy.Poly(above, *random).total_degree() <= 1)
