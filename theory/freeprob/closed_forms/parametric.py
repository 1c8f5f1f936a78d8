"""Closed forms in numbers: the ridge and the expectation at given effective ridges."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...base.arrays import Array, Numbers
from ...base.errors import SpecError
from ...base.wording import short_repr
from ..expressions.expression import Deterministic
from ..symbols.printing import TraceOf
from ..symbols.words import Space
from ..values.checked_values import (
    by_symbol,
    check_given,
    checked_letters,
    checked_mapping,
    checked_number,
    checked_size,
    turned_spaces,
)
from .refined_ridges import refined, warn_of
from .ridge_numbers import RidgeNumbers
from .spectral_moments import T, order_of, θ

__all__ = ["curve_at"]


def curve_at(
    expressions: list[sympy.Expr],
    space: Space,
    covariance: str,
    effective_ridge: Numbers,
    values: Mapping[Any, Any],
    replaced: Mapping[sympy.Symbol, sympy.Expr],
) -> list[Array]:
    """Expressions in θ, degrees of freedom, tr AΣᵏT⁻ᴮ and scalars, of the shape of θ.

    Where the bound on the relative error of one of them exceeds 10⁻¹⁰ it is evaluated in decimals.
    """
    ridges = _checked_ridges(effective_ridge)
    values = checked_mapping(values)
    atoms = set().union(*(expression.atoms(TraceOf) for expression in expressions))
    traces = {atom: atom.factors for atom in atoms}
    symbols = set().union(*(expression.free_symbols for expression in expressions))
    orders = {x: k for x in symbols if (k := order_of(x)) is not None}
    traces |= {x: ((covariance, k), (T, -k)) for x, k in orders.items()}
    scalars = symbols - traces.keys() - {θ}
    names = {name for factors in traces.values() for name, _ in factors if name != T} | {covariance}
    letters = {name: Deterministic(space.dimension, name) for name in sorted(names)}
    known = {x for new in replaced.values() for x in new.free_symbols} | set(replaced)
    values = by_symbol((*scalars, space.dimension, *known), values)
    given = dict(values) | _implied(scalars, values, replaced)
    check_given([*scalars, space.dimension, *letters.values()], given)
    size = checked_size(space.dimension, checked_number(space.dimension, given[space.dimension]))
    arrays = checked_letters(letters.values(), given, {space.dimension: size})
    numbers = RidgeNumbers(
        ridges=ridges.reshape(-1),
        scalars={
            x: np.broadcast_to(checked_number(x, given[x]), ridges.shape).reshape(-1)
            for x in sorted(scalars, key=str)
        },
        letters={letter.name: array for letter, array in arrays.items()},
        covariance=covariance,
        traces=traces,
        turned=bool(turned_spaces(arrays, given)),
    )
    found = [refined(expression, numbers) for expression in expressions]
    warn_of(max(float(error.max(initial=0.0)) for _, error in found))
    return [value.reshape(ridges.shape) for value, _ in found]


def _checked_ridges(value: Numbers) -> Array:
    ridges = np.asarray(value, dtype=float)
    if not (np.isfinite(ridges) & (ridges > 0)).all():
        raise SpecError(f"effective ridges must be positive; got {short_repr(value)}.")
    return ridges


def _implied(
    symbols: set[sympy.Symbol], values: Mapping[Any, Any], replaced: Mapping[sympy.Symbol, sympy.Expr]
) -> dict[sympy.Symbol, float]:
    """Values implied by a replacement: n = n_1 + n_2, where n_1 is printed as n − n_2."""
    found: dict[sympy.Symbol, float] = {}
    for old, new in replaced.items():
        for x in new.free_symbols & symbols - values.keys():
            others = {y: values[y] for y in new.free_symbols - {x} if y in values}
            if old in values and len(others) + 1 == len(new.free_symbols):
                found[x] = float(sympy.solve(new.subs(others) - values[old], x)[0])
    return found
