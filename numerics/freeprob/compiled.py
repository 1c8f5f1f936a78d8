"""Numbers from a derived system: ``compile`` and ``solve``."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.base.argument_checks import checked_call
from ...theory.base.arrays import Array
from ...theory.base.captured_warnings import PrecisionWarning, warn
from ...theory.base.errors import SolveError, SpecError
from ...theory.base.wording import plural, short_repr
from ...theory.freeprob import System
from ...theory.freeprob.symbols.printing import plain
from ...theory.freeprob.symbols.scalars import index_of
from .batch_solver import Solver
from .batches import BatchPart, solved_in_pieces
from .named_values import checked_numeric_values
from .number_format import DOUBLE
from .numeric_values import NumericValues
from .refined_rows import refine

__all__ = [
    "Compiled",
    "InadmissibleWarning",
    "LeadingOrderWarning",
    "PrecisionWarning",
    "Solution",
    "compile",
    "solve",
]

EPS = float(np.finfo(float).eps)

DOUBTFUL = 1e-6
"""Estimated error above which a warning is given."""

SHOWN = 3
"""Places that are named in one warning."""


class InadmissibleWarning(UserWarning):
    """Some places of an array of scalars have no value; they are NaN in the result."""


class LeadingOrderWarning(UserWarning):
    """The leading order of an expectation is 0; the next order is not computed."""


@dataclasses.dataclass(frozen=True, eq=False)
class Solution:
    """A value of a derived system, and how it was obtained.

    Attributes
    ----------
    value : float or ndarray
        The expectation, in the shape of the scalars given.
    unknowns : mapping
        The unknowns of the system by symbol, likewise.
    residual : float
        The largest relative residual ‖τ − Φ(τ)‖/‖τ‖ of the fixed-point equations.
    steps : int
        Steps of the path from zero to full randomness.
    estimated_error : float
        Relative error of the value, the largest of all places: a running error bound of the evaluation
        and of the unknowns' equations, and the effect of rounded eigenvalues if matrices were given on a
        commuting space.
    digits : int
        The most digits that were used. More than 16 are used where double precision does not hold ten
        digits of the result.
    inadmissible : mapping
        For each place without a value, which is NaN in the result, the reason.
    vanishing : bool
        Whether the leading order is 0 somewhere: a value of 0 means that the expectation is of lower
        order.

    See Also
    --------
    Compiled.solution : computes it, with an example.
    """

    value: Any
    unknowns: Mapping[sympy.Symbol, Any]
    residual: float
    steps: int
    estimated_error: float
    digits: int = 16
    inadmissible: Mapping[tuple[int, ...], str] = dataclasses.field(default_factory=dict)
    vanishing: bool = False

    def warnings(self) -> Iterator[Warning]:
        """The warnings that the value calls for."""
        if self.inadmissible:
            places = list(self.inadmissible.items())
            reasons = "; ".join(f"{list(place)}: {why.rstrip('.')}" for place, why in places[:SHOWN])
            more = len(places) - SHOWN
            yield InadmissibleWarning(
                f"{plural(len(places), 'place')} of {np.size(self.value)} "
                f"{'is' if len(places) == 1 else 'are'} NaN, at {reasons}"
                f"{f'; and {more} more' if more > 0 else ''}."
            )
        if self.vanishing:
            yield LeadingOrderWarning(
                "the leading order of this expectation is 0, and corrections to it, of relative "
                "order 1/dimension, are not computed: sample(expression, values, trials=...) "
                "estimates them."
            )
        if not self.estimated_error <= DOUBTFUL:
            size = f"some {self.estimated_error:.1g}" if self.estimated_error < 1 else "100%"
            yield PrecisionWarning(
                f"the relative error may be {size} here: terms cancel, and more digits are too "
                f"expensive or the letters are not exact. A larger ridge, smaller dimensions, "
                f"eigenvalues in place of matrices, or the closed form where there is one, leave "
                f"more digits."
            )


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Compiled:
    """A system as a function of its values, from :func:`compile`, which has an example.

    Numbers are computed from the equations before reduction.

    Attributes
    ----------
    system : System
        The derived system.
    """

    system: System

    def __repr__(self) -> str:
        return f"compile({plain(self.system.left)})"

    @functools.cached_property
    def _solver(self) -> Solver:
        return Solver(self.system.full)

    def __call__(self, values: Mapping[Any, Any]) -> Any:
        """The expectation at these values.

        Parameters
        ----------
        values : mapping
            As for :func:`solve`; scalars may be arrays, which broadcast.

        Returns
        -------
        float or ndarray
            An array if a scalar is one. Places that are inadmissible or have no solution are NaN.

        Warns
        -----
        InadmissibleWarning
            Names the places that are NaN, with the reason.
        PrecisionWarning
            The relative error may exceed 10⁻⁶: terms cancel beyond double precision, and more digits are
            too expensive (matrices of more than 40 dimensions that do not commute, long batches of many
            eigenvalues) or useless (matrices on a commuting space, whose eigenvalues are rounded).
        LeadingOrderWarning
            The leading order of the expectation is 0.
        """
        solution = self.solution(values)
        for warning in solution.warnings():
            warn(warning)
        return solution.value

    @checked_call
    def solution(self, values: Mapping[Any, Any]) -> Solution:
        """The expectation with its diagnostics, without warnings.

        Parameters
        ----------
        values : mapping
            As for :func:`solve`; scalars may be arrays, which broadcast.

        Returns
        -------
        Solution

        Raises
        ------
        SpecError, ShapeError
            Values that are missing or do not fit.
        SolveError
            The fixed point cannot be followed, if every scalar has one value.

        Examples
        --------
        >>> import sympy
        >>> from detequiv.theory.freeprob import Gaussian, derive, dimensions, identity, trace
        >>> n, d = dimensions("n d")
        >>> lam = sympy.Symbol("lam", positive=True)
        >>> X = Gaussian(n, d, "X", variance=1 / n)
        >>> system = derive(trace((X.T @ X + lam * identity(d)).inv()) / d)
        >>> solution = compile(system).solution({n: 200, d: 100, lam: 1.0})
        >>> round(solution.value, 4), solution.estimated_error < 1e-12, solution.inadmissible
        (0.5616, True, {})
        """
        checked = checked_numeric_values(self.system.full, values)
        part = self._part(checked.numbers, len(checked.admitted))
        rows, shape = checked.admitted, checked.shape
        failed = dict(checked.refused) | {int(rows[row]): why for row, why in part.failed.items()}
        if not shape and failed:
            raise SolveError(failed[0])
        whole = BatchPart.empty(int(np.prod(shape, dtype=int)), self._solver.unknowns)
        whole.store(rows, part)
        names, signs = self.system.names, self.system.signs
        by_index = {index_of(u): x for u, x in whole.unknowns.items()}
        return Solution(
            value=_shaped(whole.value, shape),
            unknowns={name: _shaped(signs[u] * by_index[index_of(u)], shape) for u, name in names.items()},
            residual=whole.residual,
            steps=whole.steps,
            estimated_error=float((whole.error + whole.lost).max(initial=EPS)),
            digits=int(whole.digits.max(initial=DOUBLE.digits)),
            inadmissible={
                tuple(map(int, np.unravel_index(row, shape))): failed[row] for row in sorted(failed)
            },
            vanishing=bool(whole.vanishing.any()) or self.system.vanishing,
        )

    def _part(self, numbers: NumericValues, batch: int) -> BatchPart:
        solver = self._solver
        if not batch:
            return BatchPart.empty(0, solver.unknowns)
        part = solved_in_pieces(numbers, batch, solver.unknowns, solver.part)
        refine(solver, numbers, part)
        return part


def compile(system: Any) -> Compiled:
    """A derived system as a function of its values, vectorised over scalars.

    Parameters
    ----------
    system : System
        From :func:`derive`.

    Returns
    -------
    Compiled

    Raises
    ------
    SpecError
        The argument is not a derived system.

    Examples
    --------
    >>> import numpy as np, sympy
    >>> from detequiv.theory.freeprob import Gaussian, derive, dimensions, identity, trace
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> f = compile(derive(trace((X.T @ X + lam * identity(d)).inv()) / d))
    >>> f({n: 200, d: 100, lam: np.array([0.1, 1.0])}).round(4)
    array([1.4833, 0.5616])
    """
    if not isinstance(system, System):
        raise SpecError(f"a derived system is needed, as of derive(expression); got {short_repr(system)}.")
    return Compiled(system)


def solve(system: Any, values: Mapping[Any, Any]) -> float:
    """The expectation at one set of values.

    Parameters
    ----------
    system : System
        From :func:`derive`.
    values : mapping
        A number for every dimension and scalar symbol. For every deterministic matrix its eigenvalues,
        (d,), if the matrices of its space commute, and the matrix, (d, d), otherwise. Values that the
        system does not use are ignored.

    Returns
    -------
    float

    Raises
    ------
    SpecError, ShapeError
        Values that are missing or do not fit.
    SolveError
        The fixed point cannot be followed.

    Warns
    -----
    PrecisionWarning, LeadingOrderWarning
        As :class:`Compiled`.

    Examples
    --------
    >>> import sympy
    >>> from detequiv.theory.freeprob import Gaussian, derive, dimensions, identity, trace
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> system = derive(trace((X.T @ X + lam * identity(d)).inv()) / d)
    >>> round(solve(system, {n: 200, d: 100, lam: 1.0}), 4)
    0.5616
    """
    return one_value(compile(system)(values))


def one_value(value: Any) -> float:
    """The value as a float; arrays raise SpecError."""
    if isinstance(value, np.ndarray):
        raise SpecError(
            f"solve takes one value of every scalar; got arrays of shape {value.shape}. "
            f"compile(system) is a function of arrays, too."
        )
    return float(value)


def _shaped(values: Array, shape: tuple[int, ...]) -> Any:
    return values.reshape(shape).copy() if shape else float(values[0])
