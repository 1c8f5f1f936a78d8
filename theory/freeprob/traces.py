"""Traces of matrix expressions, as atoms of sympy expressions."""

from typing import Any

import sympy

from ..errors import ShapeError, SpecError
from ..language import told
from .expression import Matrix
from .traversal import structure

__all__ = ["Trace", "structured", "trace"]


class Trace(sympy.Symbol):  # type: ignore[misc]  # sympy has no types
    """The trace of a matrix expression, not normalised: an atom of sympy expressions."""

    __slots__ = ("key", "matrix")

    def __new__(cls, matrix: Matrix) -> "Trace":
        self = sympy.Symbol.__xnew__(cls, f"tr({matrix})", real=True)
        self.matrix, self.key = matrix, structure(matrix)
        return self  # type: ignore[no-any-return]

    def __getnewargs_ex__(self) -> Any:
        return (self.matrix,), {}

    def _hashable_content(self) -> Any:
        return (*super()._hashable_content(), self.key)  # sympy sorts by it

    def _latex(self, printer: Any) -> str:
        return rf"\operatorname{{tr}}\left({self.matrix.latex}\right)"


def trace(matrix: Matrix) -> Trace:
    """The trace, not normalised, of a square expression; sums and products of traces are sympy's.

    Raises
    ------
    SpecError, ShapeError
        What is no matrix expression, or not square.

    >>> from detequiv.theory.freeprob import dimensions, identity
    >>> d = dimensions("d")
    >>> trace(3 * identity(d)) / d
    tr(3 I_d)/d
    """
    if not isinstance(matrix, Matrix):
        raise SpecError(f"trace takes a matrix expression; got {told(matrix)}.")
    if matrix.rows != matrix.columns:
        raise ShapeError(
            f"only a square matrix has a trace; got {matrix} ({matrix.rows} by {matrix.columns})."
        )
    return Trace(matrix)


def structured(trace: Trace) -> str:
    """What traces are ordered by."""
    return str(trace.key)
