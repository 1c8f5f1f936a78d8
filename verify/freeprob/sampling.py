"""Expressions in random matrices, drawn and evaluated as they are written."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.base.arrays import Array
from ...theory.base.blas_threads import one_thread
from ...theory.base.errors import SpecError
from ...theory.base.validation import count
from ...theory.base.wording import short_repr
from ...theory.freeprob import Deterministic, System
from ...theory.freeprob.expressions.traces import Trace, check_evaluated
from ...theory.freeprob.expressions.traversal import all_inverted
from ...theory.freeprob.expressions.traversal import leaves as leaves_of
from ...theory.freeprob.values.checked_inverses import check_inverses
from ...theory.freeprob.values.checked_values import (
    by_symbol,
    check_given,
    checked_letters,
    checked_mapping,
    checked_number,
    checked_size,
    turned_spaces,
)
from ...theory.freeprob.values.distinct_names import check_names
from ..simulators.trial_seeds import DEFAULT_SEED, RNG, Seed, root_seed, trial_seed
from .sampling_plan import Plan

__all__ = ["make_plan", "sample"]


def sample(
    expression: sympy.Expr | System,
    values: Mapping[Any, Any],
    *,
    trials: int,
    seed: Seed = DEFAULT_SEED,
    rng: RNG | None = None,
) -> Array:
    """Samples of an expression in traces, with fresh Gaussian matrices in each trial.

    Parameters
    ----------
    expression : sympy expression or System
        In traces; of a system, the expression that it was derived from.
    values : mapping
        As for :func:`solve`.
    trials : int
        The number of samples.
    seed : int or tuple of int
        The root seed (default: 0). Trial i draws from child i of it, matrices in the order of their
        names. Expressions in the same matrices, such as an expression and its derivative, have the
        same draws.
    rng : int, SeedSequence, BitGenerator, Generator or None
        The source of the root seed, in place of ``seed``; see the notes of :func:`~detequiv.simulate`.

    Returns
    -------
    ndarray
        (trials,).

    Raises
    ------
    SpecError, ShapeError
        Values that are missing or do not fit; a seed or rng of another type, or both.

    Notes
    -----
    Nothing of the derivation is used: products are products of arrays.

    Examples
    --------
    >>> from detequiv.theory.freeprob import Gaussian, dimensions, trace
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> draws = sample(trace(X.T @ X), {n: 300, d: 200}, trials=10)     # its mean is d
    >>> bool(abs(draws.mean() - 200) < 5)
    True
    """
    root, trials = root_seed(seed, rng), count(trials, "trials", 1, "Each is one draw.")
    plan = make_plan(expression, values)
    with one_thread():
        return np.array([plan(np.random.default_rng(trial_seed(root, i))) for i in range(trials)])


def make_plan(expression: sympy.Expr | System, values: Mapping[Any, Any]) -> Plan:
    """The expression, also that of a system, as a function of a random generator."""
    if isinstance(expression, System):
        expression = expression.expression
    with one_thread():
        return Plan(expression, _checked_values(expression, values))


def _checked_values(expression: Any, values: object) -> dict[Any, Any]:
    """The checked values of all symbols and matrices in the expression."""
    traces = expression.atoms(Trace) if isinstance(expression, sympy.Expr) else ()
    if not traces:
        raise SpecError(f"sample takes an expression in traces; got {short_repr(expression)}.")
    check_evaluated(expression)
    check_names(expression)
    leaves = [leaf for atom in traces for leaf in leaves_of(atom.matrix)]
    letters = [leaf for leaf in leaves if isinstance(leaf, Deterministic)]
    symbols = expression.free_symbols
    values_by_symbol = by_symbol(sorted(symbols, key=str), checked_mapping(values))
    check_given([*symbols, *letters], values_by_symbol)
    numbers = {symbol: checked_number(symbol, values_by_symbol[symbol]) for symbol in symbols}
    for symbol, number in numbers.items():
        if number.ndim:
            raise SpecError(f"sample takes one value of every scalar; got an array for {symbol}.")
    sizes = {x: checked_size(x, numbers[x]) for leaf in leaves for x in (leaf.rows, leaf.columns)}
    arrays = checked_letters(letters, values_by_symbol, sizes)
    inverted = [x for x in all_inverted(atom.matrix for atom in traces) if not x.random]
    check_inverses(inverted, numbers, arrays, turned_spaces(arrays, values_by_symbol))
    scalars: dict[Any, Any] = {symbol: float(number) for symbol, number in numbers.items()}
    return scalars | sizes | arrays
