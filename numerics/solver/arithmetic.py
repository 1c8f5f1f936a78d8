"""The arithmetics in which the equations are solved: float64, and mpmath with any number of digits."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.base.multiprecision import context_of

__all__ = ["DOUBLE", "Arithmetic", "in_digits"]


@dataclasses.dataclass(frozen=True)
class Arithmetic:
    """The operations that a solver needs.

    number : converts to this arithmetic; rounded : converts a number of more digits. exp, log : of arrays.
    eps : unit round-off. least_squares : (rows, columns), (rows,) → (columns,). inverse_norm : a bound on the
    2-norm of the pseudo-inverse of a matrix. Both raise ArithmeticError if the matrix is singular to working
    precision. eigh : eigenvalues, ascending, and eigenvectors of a symmetric matrix.
    """

    digits: int
    number: Callable[[Any], Number]
    rounded: Callable[[Any], Number]
    exp: Callable[[Numbers], Numbers]
    log: Callable[[Numbers], Numbers]
    eps: Number
    least_squares: Callable[[Numbers, Numbers], Numbers]
    inverse_norm: Callable[[Numbers], Number]
    eigh: Callable[[Numbers], tuple[Numbers, Numbers]]


def _double_least_squares(J: Numbers, r: Numbers) -> Numbers:
    if not (np.isfinite(J).all() and np.isfinite(r).all()):
        raise ArithmeticError("not finite")
    return np.linalg.lstsq(J, r, rcond=None)[0]


def _double_inverse_norm(J: Numbers) -> float:
    smallest = float(np.linalg.svd(J, compute_uv=False)[-1])
    if not smallest > 0:
        raise ArithmeticError("singular")
    return 1 / smallest


DOUBLE = Arithmetic(
    digits=16,
    number=float,
    rounded=float,
    exp=np.exp,
    log=np.log,
    eps=float(np.finfo(float).eps),
    least_squares=_double_least_squares,
    inverse_norm=_double_inverse_norm,
    eigh=np.linalg.eigh,
)


def in_digits(digits: int) -> Arithmetic:
    """mpmath arithmetic with this number of digits, in its own context."""
    context = context_of(digits)
    make = np.vectorize(context.mpf, otypes=[object])

    def least_squares(J: Numbers, r: Numbers) -> Numbers:
        try:
            solution = context.qr_solve(context.matrix(J.tolist()), context.matrix(r.tolist()))[0]
        except (ValueError, ZeroDivisionError):
            raise ArithmeticError("singular") from None
        return np.array([solution[i] for i in range(J.shape[1])], dtype=object)

    def inverse_norm(J: Numbers) -> Number:
        rows = [least_squares(J, unit) for unit in make(np.eye(J.shape[0]))]
        return sum(x * x for row in rows for x in row) ** 0.5

    def eigh(Σ: Numbers) -> tuple[Numbers, Numbers]:
        values, vectors = context.eigsy(context.matrix(Σ.tolist()))
        columns = np.array(vectors.tolist(), dtype=object)
        order = sorted(range(len(Σ)), key=lambda i: values[i])
        return np.array([values[i] for i in order], dtype=object), columns[:, order]

    return Arithmetic(
        digits=digits,
        number=context.mpf,
        rounded=lambda value: +context.mpf(value),
        exp=np.vectorize(context.exp, otypes=[object]),
        log=np.vectorize(context.log, otypes=[object]),
        eps=context.mpf(10) ** -digits,
        least_squares=least_squares,
        inverse_norm=inverse_norm,
        eigh=eigh,
    )
