"""From an expectation to its deterministic equivalent: all stages, one after the other."""

import dataclasses
import functools
from collections.abc import Callable, Mapping

import sympy

from ...base.errors import SpecError
from ...base.filled_text import filled
from ...base.wording import short_repr
from ..expressions.expression import Matrix
from ..expressions.invertibility import check_regular
from ..expressions.traces import Trace, check_evaluated, structured
from ..pencils.covariance_map import covariance_map
from ..pencils.draft import Draft
from ..pencils.minimal_realization import smallest_pencil
from ..pencils.pencil import Pencil, PencilNames, joined_pencils
from ..pencils.pencil_check import schur_error
from ..symbols.folds import leaves_in, substituted
from ..symbols.printing import plain, printed_name
from ..symbols.scalar_table import Scalars
from ..symbols.scalars import Parameter, Scalar
from ..symbols.words import Spaces
from ..systems.covariance_equations import CovarianceEquations
from ..systems.reduced import reduced
from ..systems.system import System
from ..values.distinct_names import check_names
from .leading_order import leading_order_vanishes

__all__ = ["Stages", "derive", "stages"]

Progress = Callable[[int, int], object]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Stages:
    """A derivation stage by stage, from :func:`stages`; printing it shows all stages.

    Attributes
    ----------
    expression : sympy expression
        The expression, in traces.
    spaces : Spaces
        The spaces with their deterministic matrices.
    drafts : tuple of Pencil
        The linear pencil of each trace as first written.
    pencils : tuple of Pencil
        The smallest pencils.
    green : CovarianceEquations
        The components of the joint pencil, and the blocks of its inverse.
    full : System
        The equations before reduction.
    system : System
        The equations in as few unknowns as possible.

    See Also
    --------
    stages : computes it, with an example.
    """

    expression: sympy.Expr
    spaces: Spaces
    drafts: tuple[Pencil, ...]
    pencils: tuple[Pencil, ...]
    green: CovarianceEquations
    full: System
    system: System

    @property
    def schur_errors(self) -> list[tuple[int, int]]:
        """For each trace, the number of entries in which B L⁻¹ C + constant differs from the matrix.

        Evaluated at random matrices modulo a prime, for the first and for the smallest pencil; 0 and 0 if
        both are right.
        """
        return [
            (schur_error(atom.matrix, draft, self.spaces), schur_error(atom.matrix, p, self.spaces))
            for atom, draft, p in zip(_traces(self.expression), self.drafts, self.pencils, strict=True)
        ]

    def __repr__(self) -> str:
        return str(self)

    @functools.cached_property
    def pencil_names(self) -> PencilNames:
        """The names used in the equations, and free names for the rest."""
        (u,) = self.full.free_names("u", 1)
        used = {printed for name in self.full.taken_names for printed in printed_name(name)}
        return PencilNames(self.full.letter_names, "1" if "I" in used else "I", printed_name(u)[0])

    def __str__(self) -> str:
        names = self.pencil_names
        parts = []
        rows = zip(_traces(self.expression), self.drafts, self.pencils, self.schur_errors, strict=True)
        for atom, draft, pencil, (wrong, still_wrong) in rows:
            parts += [plain(atom), _pencil_text("Pencil", draft.text(names), draft, wrong)]
            if pencil is not draft:
                parts += [_pencil_text("Smallest pencil", pencil.text(names), pencil, still_wrong)]
        whole, components = self.green.pencil, self.green.components
        if len(self.pencils) > 1:
            parts += [f"All of them, {len(whole.spaces)} variables:\n{whole.text(names)}"]
        groups = (" ".join(f"x{i}" for i in members) for members in components.groups)
        return "\n\n".join(
            [
                *parts,
                "Components: " + ", ".join(f"{{{group}}}" for group in groups),
                f"Covariance map, η = E[Q G Q]:\n{covariance_map(components.pairs, self.spaces, names)}",
                f"Equations, G = (F − η)⁻¹:\n{self.full}",
                f"{self.system.remark}\n{self.system}",
            ]
        )


def _pencil_text(name: str, text: str, pencil: Pencil, wrong: int) -> str:
    verdict = f"differs from the matrix in {wrong} places" if wrong else "is the matrix, exactly"
    return f"{filled(f'{name}, {len(pencil.spaces)} variables; B L⁻¹ C {verdict}:')}\n{text}"


def derive(expression: sympy.Expr, *, progress: Progress | None = None) -> System:
    """The deterministic equivalent of the expectation of an expression in traces.

    Parameters
    ----------
    expression : sympy expression
        Sums, products and quotients of traces (:func:`trace`).
    progress : callable or None
        Called as ``progress(done, total)`` with blocks of equations; long products of many resolvents
        take seconds.

    Returns
    -------
    System

    Raises
    ------
    SpecError
        An expression without traces; an inverse whose existence cannot be shown; products of traces
        whose leading order vanishes.

    Notes
    -----
    The expression is written as a linear pencil in the Gaussian matrices, the pencil is reduced to the
    smallest one, and the equations of its operator-valued Stieltjes transform are reduced to few scalar
    unknowns (:func:`stages` shows each step).

    Examples
    --------
    >>> import sympy
    >>> from detequiv.theory.freeprob import Gaussian, dimensions, identity, trace
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> print(derive(trace((X.T @ X + lam * identity(d)).inv())))
    tr((Xᵀ X + λ I_d)⁻¹) ≃ d/(λ + τ)
      τ = n (λ + τ)/(d + n (λ + τ))
    """
    return stages(expression, progress=progress).system


def stages(expression: sympy.Expr, *, progress: Progress | None = None) -> Stages:
    """A derivation with all of its stages.

    Parameters
    ----------
    expression, progress
        As for :func:`derive`.

    Returns
    -------
    Stages

    Raises
    ------
    SpecError
        As :func:`derive`.

    Examples
    --------
    >>> from detequiv.theory.freeprob import Gaussian, dimensions, trace
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> found = stages(trace(X.T @ X))
    >>> len(found.drafts[0].spaces), found.schur_errors
    (3, [(0, 0)])
    """
    found = expression.atoms(Trace) if isinstance(expression, sympy.Expr) else ()
    if not found:
        raise SpecError(
            f"derive takes an expression in traces, as in trace(A @ R); got {short_repr(expression)}."
        )
    traces = _traces(expression)
    check_evaluated(expression)
    check_names(expression)
    check_regular([atom.matrix for atom in traces])
    spaces = Spaces(Scalars())
    drafts = tuple(_draft(atom.matrix, spaces) for atom in traces)
    pencils = tuple(smallest_pencil(draft) for draft in drafts)
    green = CovarianceEquations(joined_pencils(pencils), spaces, progress)
    found_traces = {atom: _trace_of(green, k) for k, atom in enumerate(traces)}
    value = _observable(expression, found_traces, green)
    vanishing = leading_order_vanishes(expression, value, found_traces)
    full = System(expression, spaces, green.pencil, tuple(green.blocks), value, vanishing=vanishing)
    return Stages(expression, spaces, drafts, pencils, green, full, reduced(full))


def _traces(expression: sympy.Expr) -> list[Trace]:
    return sorted(expression.atoms(Trace), key=structured)


def _draft(matrix: Matrix, spaces: Spaces) -> Pencil:
    draft = Draft(spaces)
    draft.add(matrix)
    return draft.pencil()


def _observable(expression: sympy.Expr, traces: Mapping[Trace, Scalar], green: CovarianceEquations) -> Scalar:
    """The expression with what was found in place of its traces."""
    scalars = green.scalars
    values = {scalars.parameter(atom): value for atom, value in traces.items()}
    value = substituted(scalars.of(expression), values)
    if any(isinstance(leaf, Parameter) and leaf.key.has(Trace) for leaf in leaves_in(value)):
        raise SpecError(
            f"only sums, products and quotients of traces are derived; got {expression}. Derive "
            f"the traces, and take the function of their values."
        )
    return value


def _trace_of(green: CovarianceEquations, k: int) -> Scalar:
    """tr(B G C + constant)."""
    pencil = green.pencil
    result = pencil.results[k]
    total = result.constant.trace
    for i, left in result.left.items():
        for (j, entry), right in pencil.right.items():
            if entry is result.input:
                total = total + (left @ green.entry(i, j) @ right).trace
    return total
