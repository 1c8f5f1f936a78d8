"""The deterministic equivalent of an expectation: unknowns, their equations, the observable."""

import dataclasses
import functools
import itertools
from collections.abc import Hashable, Iterator
from typing import Any

import sympy

from ..errors import ShapeError, SpecError
from ..language import told
from .dimensions import SpaceDimension
from .equations import Block, Green
from .expression import Deterministic, Gaussian, Matrix, coefficients, inverses, leaves, structure
from .minimal import minimal
from .pencil import Draft, Pencil, joined, matrix_of
from .printing import TraceOf, aligned_latex, latex, plain
from .scalars import Scalar, Scalars
from .schur import is_symmetric
from .words import Letter, Spaces, Word

__all__ = ["System", "Trace", "check_names", "derive", "structured", "trace"]


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


@dataclasses.dataclass(frozen=True, eq=False)
class System:
    """What an expectation converges to, as a fixed point of few scalar unknowns.

    expression : what was asked for, in traces. pencils : of each trace. blocks : the unknowns with
    their equations, in the order in which they are solved. value : the observable, a scalar of
    unknowns and traces of deterministic words.
    """

    expression: sympy.Expr
    spaces: Spaces
    pencil: Pencil
    blocks: tuple[Block, ...]
    value: Scalar

    @functools.cached_property
    def names(self) -> dict[Scalar, sympy.Symbol]:
        """A symbol for each unknown: τ for those of fixed points, ω for those of linear systems."""
        free = {False: self._free_names("tau"), True: self._free_names("omega")}
        return {
            unknown: sympy.Symbol(next(free[block.linear]))
            for block in self.blocks for unknown in block.equations
        }  # fmt: skip

    @functools.cached_property
    def letter_names(self) -> dict[Letter, str]:
        """What letters and named inverses are called: P for these, numbered through all spaces."""
        free = self._free_names("P")
        letters = (letter for space in self.spaces for letter in space.letters.values())
        names = {letter: letter.name for letter in letters}
        return names | {letter: next(free) for space in self.spaces for letter in space.inverses}

    def _free_names(self, stem: str) -> Iterator[str]:
        """stem_1, stem_2, …, but for names that are in use."""
        used = {symbol.name for symbol in self.symbols}
        used |= {name for space in self.spaces for name in space.letters}
        return (name for k in itertools.count(1) if (name := f"{stem}_{k}") not in used)

    @functools.cached_property
    def signs(self) -> dict[Scalar, int]:
        """What an unknown is multiplied by to be the number that its symbol stands for: the sign in
        front of its equation, so that equations begin without one."""
        return {
            unknown: -1 if right.factors()[0] < 0 else 1
            for block in self.blocks for unknown, right in block.equations.items()
        }  # fmt: skip

    @functools.cached_property
    def scalar_leaves(self) -> tuple[Scalar, ...]:
        """Symbols of dimensions and scalars, and what is not rational in them."""
        return tuple(leaf for leaf in self._leaves if isinstance(leaf.content, sympy.Expr))

    @functools.cached_property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """What needs a number: dimensions and scalars."""
        found = {symbol for leaf in self.scalar_leaves for symbol in leaf.content.free_symbols}
        found |= {space.dimension for space in self.spaces if space.letters}
        found |= {x for X in self.gaussians for x in X.law.variance.free_symbols}
        found |= {x for X in self.gaussians for x in (X.rows, X.columns)}
        return tuple(sorted(found, key=str))

    @functools.cached_property
    def gaussians(self) -> tuple[Gaussian, ...]:
        """The Gaussian matrices."""
        found = (x for atom in self.expression.atoms(Trace) for x in leaves(atom.matrix))
        return tuple(dict.fromkeys(x for x in found if isinstance(x, Gaussian)))

    @functools.cached_property
    def _leaves(self) -> set[Scalar]:
        """Of the value, of all equations, named inverses, variances and covariances."""
        polys = [letter.inverse_of for space in self.spaces for letter in space.inverses]
        scalars = [c for poly in polys if poly is not None for c in poly.terms.values()]
        scalars += [right for block in self.blocks for right in block.equations.values()]
        scalars += [self.spaces.scalars.of(X.law.variance) for X in self.gaussians]
        for X in self.gaussians:
            for covariance in (X.law.row, X.law.column):
                scalars += matrix_of(covariance, self.spaces).terms.values()
        return set().union(self.value.leaves(), *(scalar.leaves() for scalar in scalars))

    @property
    def equations(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Each unknown and what it is equal to."""
        return {
            self.names[unknown]: self.signs[unknown] * self.shown(right)
            for block in self.blocks for unknown, right in block.equations.items()
        }  # fmt: skip

    @property
    def inverses(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Each named inverse and what it is the inverse of; I is the identity."""
        return {
            sympy.Symbol(self.letter_names[letter]): self._poly(letter)
            for space in self.spaces for letter in space.inverses
        }  # fmt: skip

    @property
    def observable(self) -> sympy.Expr:
        """The expectation, in unknowns and traces of deterministic words."""
        return self.shown(self.value)

    @property
    def assumptions(self) -> str:
        """What this holds for."""
        return (
            "All dimensions grow in proportion; Gaussian matrices are independent; deterministic "
            "matrices are symmetric and bounded, those of a commuting space commute; what is "
            "inverted is regular along the way from no randomness. The error of each trace is O(1) "
            "where the trace is O(dimension)."
        )

    def shown(self, scalar: Scalar) -> sympy.Expr:
        """A scalar in sympy."""
        return scalar.expression(self._leaf)

    def latex(self) -> str:
        """The observable, the equations and the named inverses, in an aligned environment."""
        lines = {latex(self.expression): self.observable}
        lines |= {latex(name): right for name, right in self.equations.items()}
        lines |= {f"{latex(name)}^{{-1}}": right for name, right in self.inverses.items()}
        return aligned_latex(lines)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _leaf(self, key: Hashable) -> sympy.Expr:
        if isinstance(key, sympy.Expr):
            return key
        assert isinstance(key, tuple)
        if key[0] == "trace":
            return TraceOf(tuple(self.letter_names[letter] for letter in key[1]))
        leaf = self.spaces.scalars.leaf(key)
        return self.signs[leaf] * self.names[leaf]

    def _poly(self, letter: Letter) -> sympy.Expr:
        assert letter.inverse_of is not None
        terms = letter.inverse_of.terms.items()
        return sympy.Add(*(self.shown(c) * self._word(word) for word, c in terms))

    def _word(self, word: Word) -> sympy.Expr:
        """The product of letters, which do not commute here; I for none."""
        names = (self.letter_names[letter] for letter in word)
        letters = (sympy.Symbol(name, commutative=False) for name in names)
        return sympy.Mul(*letters) if word else sympy.Symbol("I", commutative=False)

    def __str__(self) -> str:
        lines = [f"{plain(self.expression)} ≃ {plain(self.observable)}"]
        lines += [f"  {plain(name)} = {plain(right)}" for name, right in self.equations.items()]
        lines += [f"  {plain(name)}⁻¹ = {plain(right)}" for name, right in self.inverses.items()]
        return "\n".join(lines)


def derive(expression: sympy.Expr) -> System:
    """The deterministic equivalent of the expectation of an expression in traces.

    Raises
    ------
    SpecError
        An expression without traces; an inverse that cannot be shown to exist.

    >>> import sympy
    >>> from detequiv.theory.freeprob import Gaussian, dimensions, identity
    >>> n, d = dimensions("n d")
    >>> lam = sympy.Symbol("lam", positive=True)
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> system = derive(trace((X.T @ X + lam * identity(d)).inv()))
    >>> len(system.equations)
    2
    """
    found = expression.atoms(Trace) if isinstance(expression, sympy.Expr) else ()
    traces = sorted(found, key=structured)
    if not traces:
        raise SpecError(
            f"derive takes an expression in traces, as in trace(A @ R); got {told(expression)}."
        )
    check_names(expression)
    spaces = Spaces(Scalars())
    for inner in dict.fromkeys(x for atom in traces for x in inverses(atom.matrix)):
        if not is_symmetric(inner, spaces):
            raise SpecError(
                f"the inverse of {inner} cannot be shown to exist: it is not symmetric, and its "
                f"eigenvalues may come to 0 anywhere in the plane. Write it with symmetric "
                f"inverses, as (S.T @ M @ S + lam * identity(m)).inv() for S (M S S.T + lam)⁻¹."
            )
    pencil = joined([_pencil(atom.matrix, spaces) for atom in traces])
    green = Green(pencil, spaces)
    values = {
        spaces.scalars.leaf(atom): _trace_of(pencil, green, k) for k, atom in enumerate(traces)
    }
    value = spaces.scalars.of(expression).replaced(values)
    if any(isinstance(x, Trace) for leaf in value.leaves() for x in _symbols(leaf.content)):
        raise SpecError(
            f"only sums, products and quotients of traces are derived; got {expression}. Derive "
            f"the traces, and take the function of their values."
        )
    return System(expression, spaces, pencil, tuple(green.blocks), value)


def _pencil(matrix: Matrix, spaces: Spaces) -> Pencil:
    """The minimal one."""
    draft = Draft(spaces)
    draft.add(matrix)
    return minimal(draft.pencil())


def _trace_of(pencil: Pencil, green: Green, k: int) -> Scalar:
    """tr(B G C + constant)."""
    result = pencil.results[k]
    total = result.constant.trace
    for i, left in result.left.items():
        for (j, entry), right in pencil.right.items():
            if entry is result.input:
                total = total + (left @ green.entry(i, j) @ right).trace
    return total


def structured(trace: Trace) -> str:
    """What traces are ordered by."""
    return str(trace.key)


def _symbols(key: Hashable) -> set[sympy.Symbol]:
    return key.free_symbols if isinstance(key, sympy.Expr) else set()


def check_names(expression: sympy.Expr) -> None:
    """One name, one thing: refuses an expression in which a name stands for two."""
    traces = sorted(expression.atoms(Trace), key=structured)
    known: dict[str, object] = {}
    things: list[Any] = [leaf for atom in traces for leaf in leaves(atom.matrix)]
    things += [x for thing in things for x in (thing.rows, thing.columns)]
    things += [x for thing in things if isinstance(thing, Gaussian)
               for x in thing.law.variance.free_symbols]  # fmt: skip
    things += [x for atom in traces for x in coefficients(atom.matrix)]
    things += expression.free_symbols - set(traces)
    for thing in things:
        if known.setdefault(thing.name, thing) != thing:
            raise SpecError(
                f"{thing.name} names two different things here, {_told(known[thing.name])} and "
                f"{_told(thing)}. Give one of them another name."
            )


def _told(thing: Any) -> str:
    match thing:
        case Gaussian():
            return f"a Gaussian matrix ({thing.rows} by {thing.columns})"
        case Deterministic():
            return f"a letter on {thing.rows}"
        case SpaceDimension():
            kind = "commuting" if thing.commuting else "ordered"
            return f"a dimension with {kind} letters"
    return "a scalar"
