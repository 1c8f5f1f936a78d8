"""Closed forms at effective ridges where terms cancel: more digits, or a warning."""

import numpy as np
import sympy

from ...base.arrays import Array
from ...base.captured_warnings import PrecisionWarning, warn
from .bounded_numbers import Bounded, Digits
from .ridge_numbers import RidgeNumbers, Rows

__all__ = ["refined", "warn_of"]

PROMISED = 1e-10
"""Relative error above which more digits are taken."""

DOUBTFUL = 1e-6
"""Relative error above which a warning is given."""

MORE = 40, 80, 160, 320, 640, 1280
"""Digits."""

AFFORDED = 10**6
"""Eigenvalues times effective ridges for which more digits are taken: some seconds."""

NUDGES = 2
"""Random changes of eigenvalues that were computed from matrices."""


def refined(expression: sympy.Expr, numbers: RidgeNumbers) -> Bounded:
    """An expression, (rows,), and the estimate of its relative error."""
    if not len(numbers.ridges):
        return np.zeros(0), np.zeros(0)
    value, error = _in_doubles(expression, numbers)
    digits = np.full(len(value), Digits().number)
    most = max(1, AFFORDED // max(1, len(numbers.letters[numbers.covariance])))
    rows = np.argsort(-error, kind="stable")[:most]
    rows = rows[~(error[rows] <= PROMISED)]
    for number in MORE if _is_algebraic(expression) else ():
        if len(rows):
            better, bound = numbers.rows(rows).value(expression, Digits(number))
            value[rows], error[rows], digits[rows] = better, bound, number
            rows = rows[~(bound <= PROMISED)]
    error = np.where(np.isfinite(value), error, np.inf)
    return value, error + (_lost(expression, numbers, value, digits) if numbers.turned else 0.0)


def _in_doubles(expression: sympy.Expr, numbers: RidgeNumbers) -> Bounded:
    """As lambdify evaluates it, with the bound."""
    with Digits().running():
        known = numbers.known(Digits())
        order = sorted(known, key=str)
        found = sympy.lambdify(order, expression, "numpy")(*(known[x][0] for x in order))
    value = np.broadcast_to(np.asarray(found, dtype=float), numbers.ridges.shape).copy()
    if not _is_algebraic(expression):
        return value, np.zeros(len(value))
    _, error = numbers.value(expression, Digits())
    return value, np.where(np.isfinite(value), np.nan_to_num(error, nan=np.inf), np.inf)


def _is_algebraic(expression: sympy.Expr) -> bool:
    """Whether its errors are known."""
    return all(
        x.is_Symbol or x.is_Rational or x.is_Add or x.is_Mul or (x.is_Pow and x.exp.is_Rational)
        for x in sympy.preorder_traversal(expression)
    )


def _lost(expression: sympy.Expr, numbers: RidgeNumbers, value: Array, digits: Rows) -> Array:
    """How much the value changes, relatively, with eigenvalues that were computed from matrices."""
    worst = np.zeros(len(value))
    for number in np.unique(digits) if _is_algebraic(expression) else ():
        rows = np.flatnonzero(digits == number)
        for seed in range(NUDGES):
            again, _ = numbers.rows(rows).nudged(seed).value(expression, Digits(int(number)))
            with np.errstate(all="ignore"):
                change = np.abs(again - value[rows])
                share = np.where(change == 0, 0.0, change / np.abs(value[rows]))
            worst[rows] = np.maximum(worst[rows], np.nan_to_num(share, nan=np.inf))
    return worst


def warn_of(error: float) -> None:
    """Warn where this relative error leaves a number in doubt."""
    if not error <= DOUBTFUL:
        size = f"some {error:.1g}" if error < 1 else "100%"
        warn(
            PrecisionWarning(
                f"the relative error may be {size} here: terms cancel, and more digits are too "
                f"expensive or the letters are not exact. Larger effective ridges, fewer of them "
                f"at once, or eigenvalues in place of matrices leave more digits."
            )
        )
