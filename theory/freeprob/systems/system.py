"""The deterministic equivalent of an expectation: unknowns, their equations, the observable."""

import dataclasses
import functools
import itertools
from typing import Any

import sympy

from ..expressions.calculus import scalars_in
from ..expressions.expression import Gaussian, Inverse, Matrix
from ..expressions.named_inverses import repeated_inverses, with_names
from ..expressions.traces import Trace, structured
from ..expressions.traversal import all_inverted, leaves
from ..expressions.unknown_functions import Dependent
from ..pencils.letter_polynomials import matrix_of
from ..pencils.pencil import Pencil
from ..symbols.folds import InSympy, fold, leaves_in
from ..symbols.printing import TraceOf, aligned_latex, latex, plain, plain_lines, printed_name
from ..symbols.scalars import Leaf, Parameter, Scalar, WordTrace
from ..symbols.words import Letter, Poly, Spaces, Word
from .covariance_equations import Block
from .signs import chosen_signs

__all__ = ["System"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class System:
    """The deterministic equivalent of an expectation: a fixed point of few scalar unknowns.

    Attributes
    ----------
    expression : sympy expression
        The original expression, in traces.
    spaces : Spaces
        The spaces with their deterministic matrices.
    pencil : Pencil
        The joint pencil of all traces.
    blocks : tuple of Block
        The unknowns with their equations, in the order in which they are solved.
    value : Scalar
        The expectation in terms of unknowns and traces of deterministic matrices.
    unreduced : System or None
        The system before reduction.
    vanishing : bool
        Whether the leading order is 0; the expectation is then decided by corrections that are not
        derived.

    See Also
    --------
    derive : finds it, with an example.
    """

    expression: sympy.Expr
    spaces: Spaces
    pencil: Pencil
    blocks: tuple[Block, ...]
    value: Scalar
    unreduced: "System | None" = None
    vanishing: bool = False

    @functools.cached_property
    def names(self) -> dict[Scalar, sympy.Symbol]:
        """A symbol for each unknown: τ for those of fixed points, ω for those of linear systems."""
        found: dict[Scalar, sympy.Symbol] = {}
        for stem, linear in (("tau", False), ("omega", True)):
            unknowns = [u for block in self.blocks if block.linear is linear for u in block.equations]
            names = self.free_names(stem, len(unknowns))
            found |= {u: sympy.Symbol(name) for u, name in zip(unknowns, names, strict=True)}
        return found

    @functools.cached_property
    def letter_names(self) -> dict[Letter, str]:
        """Names of deterministic matrices and of named inverses (P, numbered)."""
        inverses = [letter for space in self.spaces for letter in space.inverses]
        letters = (letter for space in self.spaces for letter in space.letters.values())
        names = zip(inverses, self.free_names("P", len(inverses)), strict=True)
        return {letter: letter.name for letter in letters} | dict(names)

    @functools.cached_property
    def resolvent_names(self) -> dict[Matrix, str]:
        """Names (R, numbered) of inverses that occur more than once in the expression."""
        found = repeated_inverses([atom.matrix for atom in self._traces])
        return dict(zip(found, self.free_names("R", len(found)), strict=True))

    @functools.cached_property
    def taken_names(self) -> frozenset[str]:
        """All names used in the expression."""
        found = {x.name for atom in self._traces for x in leaves(atom.matrix)}
        found |= {x.name for x in (*self.expression.free_symbols, *self.symbols)}
        return frozenset(found)

    def free_names(self, stem: str, count: int) -> list[str]:
        """Unused names that also print differently from all names in use.

        Parameters
        ----------
        stem : str
            What the names begin with.
        count : int
            How many names.

        Returns
        -------
        list of str
            The stem itself for one name, where it is free; else stem_1, stem_2, ….
        """
        used = {printed for name in self.taken_names for printed in printed_name(name)}
        numbered = (f"{stem}_{k}" for k in itertools.count(1))
        names = itertools.chain([stem] if count == 1 else [], numbered)
        free = (name for name in names if used.isdisjoint(printed_name(name)))
        return list(itertools.islice(free, count))

    @functools.cached_property
    def signs(self) -> dict[Scalar, int]:
        """The sign that makes each unknown the number that its symbol denotes."""
        equations = {u: right for block in self.blocks for u, right in block.equations.items()}
        return chosen_signs(equations, [self.value])

    @functools.cached_property
    def scalar_leaves(self) -> tuple[Parameter, ...]:
        """Symbols of dimensions and scalars, and functions of them that are not rational."""
        return tuple(leaf for leaf in self._leaves if isinstance(leaf, Parameter))

    @functools.cached_property
    def words(self) -> tuple[Word, ...]:
        """The products of deterministic matrices whose traces occur."""
        return tuple(leaf.key for leaf in self._leaves if isinstance(leaf, WordTrace))

    @functools.cached_property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """The symbols that need a value: dimensions and scalars."""
        found = {symbol for leaf in self.scalar_leaves for symbol in leaf.key.free_symbols}
        found |= {space.dimension for space in self.spaces if space.letters}
        found |= {x for X in self.gaussians for x in X.law.variance.free_symbols}
        found |= {x for X in self.gaussians for x in (X.rows, X.columns)}
        found |= {x for matrix in self.inverted for c in scalars_in(matrix) for x in c.free_symbols}
        return tuple(sorted(found, key=str))

    @functools.cached_property
    def inverted(self) -> tuple[Matrix, ...]:
        """The inverted expressions, as written."""
        return tuple(all_inverted(atom.matrix for atom in self._traces))

    @functools.cached_property
    def gaussians(self) -> tuple[Gaussian, ...]:
        """The Gaussian matrices."""
        found = (x for atom in self._traces for x in leaves(atom.matrix))
        return tuple(dict.fromkeys(x for x in found if isinstance(x, Gaussian)))

    @functools.cached_property
    def _traces(self) -> list[Trace]:
        return sorted(self.expression.atoms(Trace), key=structured)

    @functools.cached_property
    def _leaves(self) -> set[Leaf]:
        """The leaves of the value, equations, named inverses, variances and covariances."""
        polys = [letter.inverse_of for space in self.spaces for letter in space.inverses]
        scalars = [c for poly in polys if poly is not None for c in poly.terms.values()]
        scalars += [right for block in self.blocks for right in block.equations.values()]
        scalars += [self.spaces.scalars.of(X.law.variance) for X in self.gaussians]
        for X in self.gaussians:
            for covariance in (X.law.row, X.law.column):
                scalars += matrix_of(covariance, self.spaces).terms.values()
        return leaves_in(self.value, *scalars)

    @property
    def equations(self) -> dict[sympy.Symbol, sympy.Expr]:
        """The equation of each unknown.

        As in ``observable``, unknowns and traces are functions, so that sympy refuses calculus it cannot do.
        To solve for unknowns, use ``bare_equations``.
        """
        return {name: self._dependent(right) for name, right in self.bare_equations.items()}

    @property
    def bare_equations(self) -> dict[sympy.Symbol, sympy.Expr]:
        """The equations with plain symbols, for algebra: to sympy, unknowns and traces are then independent
        variables.
        """
        return {
            self.names[u]: self._equation(u, right, block.linear)
            for block in self.blocks
            for u, right in block.equations.items()
        }

    def _equation(self, unknown: Scalar, right: Scalar, linear: bool) -> sympy.Expr:
        """Fractions in fixed points are combined; linear systems remain sums."""
        shown = self.signs[unknown] * self.shown(right)
        return shown if linear or self.unreduced is None else sympy.together(shown)

    @property
    def inverses(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Each named inverse, and the matrix that it inverts; I_d is the identity."""
        return {name: self._dependent(value) for name, value in self._inverses.items()}

    @property
    def _inverses(self) -> dict[sympy.Symbol, sympy.Expr]:
        return {
            sympy.Symbol(self.letter_names[letter]): self._poly(letter.inverse_of)
            for space in self.spaces
            for letter in space.inverses
            if letter.name_of is None and letter.inverse_of is not None
        }

    @property
    def sums(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Each name that stands for a sum of products, which is not multiplied out."""
        return {name: self._dependent(value) for name, value in self._sums.items()}

    @property
    def _sums(self) -> dict[sympy.Symbol, sympy.Expr]:
        return {
            sympy.Symbol(self.letter_names[letter]): self._poly(letter.name_of)
            for space in self.spaces
            for letter in space.inverses
            if letter.name_of is not None
        }

    @property
    def observable(self) -> sympy.Expr:
        """The expectation, in unknowns and traces of deterministic matrices.

        Unknowns depend on all scalars, and traces of named inverses on unknowns; derivatives, series and
        limits by these are refused. Differentiate the expression before deriving it. To substitute a value
        for an unknown, use its symbol.
        """
        return self._dependent(self.bare_observable)

    @property
    def bare_observable(self) -> sympy.Expr:
        """The expectation with plain symbols; see ``bare_equations``."""
        return self.shown(self.value)

    def _dependent(self, expression: sympy.Expr) -> sympy.Expr:
        """The expression with unknowns and traces as functions of what they depend on."""
        unknowns = set(self.names.values())
        inverses = self._inverses | self._sums
        inside = set().union(*(x.free_symbols for x in inverses.values())) & unknowns
        scalars = self.full.symbols
        found = {x: Dependent.on(x, scalars) for x in unknowns}
        for atom in expression.atoms(TraceOf):
            names = {name for name, _ in atom.factors}
            own = {space.dimension for space in self.spaces if names & space.letters.keys()}
            if any(x.name in names for x in inverses):
                own |= {*scalars, *inside}
            found[atom] = Dependent.on(atom, sorted(own, key=str))
        return expression.xreplace(found)

    @property
    def resolvents(self) -> dict[sympy.Symbol, Matrix]:
        """Each inverse that has a name in the printed expression."""
        names = self.resolvent_names
        return {
            sympy.Symbol(name): Inverse(with_names(inverse.children[0], names))
            for inverse, name in names.items()
        }

    @property
    def left(self) -> sympy.Expr:
        """The expression as printed, with names for repeated inverses."""
        named = {atom: Trace(with_names(atom.matrix, self.resolvent_names)) for atom in self._traces}
        return self.expression.xreplace(named)

    @property
    def remark(self) -> str:
        """One sentence on the reduction, and on a vanishing leading order."""
        if self.vanishing:
            return f"{self._reduction} The leading order is 0; corrections to it are not derived."
        return self._reduction

    @property
    def _reduction(self) -> str:
        if self.unreduced is None:
            return "The equations are as they were derived."
        all_of_them, left = len(self.unreduced.names), len(self.names)
        if not all_of_them:
            return "There are no unknowns."
        if all_of_them == left:
            return "Not reduced: no unknown can be written out by what the others are."
        return f"Reduced from {all_of_them} unknowns to {left}."

    @property
    def full(self) -> "System":
        """The system before reduction, from which numbers are computed: shorter equations may cancel more."""
        return self if self.unreduced is None else self.unreduced

    @property
    def assumptions(self) -> str:
        """One sentence: the assumptions under which the equivalent holds."""
        return (
            "All dimensions grow in proportion; Gaussian matrices are independent; deterministic "
            "matrices are symmetric and bounded, those of a commuting space commute; every "
            "inverse exists at all strengths of randomness, from zero to full. The error of each trace is "
            "O(1) where the trace is O(dimension)."
        )

    def shown(self, scalar: Scalar) -> sympy.Expr:
        """A scalar as a sympy expression.

        Parameters
        ----------
        scalar : Scalar
            An unknown, a trace, or what is computed from them.

        Returns
        -------
        sympy expression
        """
        return fold(scalar, InSympy(self._leaf))

    def latex(self) -> str:
        r"""The expectation, the equations and the named inverses in an aligned environment.

        Returns
        -------
        str
            LaTeX, to be placed in mathematics: a display, or ``\[ \]``.
        """
        named = self.resolvents | self.bare_equations | self._sums
        rows: list[tuple[str, str, Any]] = [(latex(self.left), r"\simeq", self.bare_observable)]
        rows += [(latex(name), "=", value) for name, value in named.items()]
        rows += [(f"{latex(name)}^{{-1}}", "=", value) for name, value in self._inverses.items()]
        return aligned_latex(rows)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _leaf(self, leaf: Leaf) -> sympy.Expr:
        if isinstance(leaf, Parameter):
            return leaf.key
        if isinstance(leaf, WordTrace):
            return TraceOf.of_word(tuple(self.letter_names[letter] for letter in leaf.key))
        return self.signs[leaf] * self.names[leaf]

    def _poly(self, poly: Poly) -> sympy.Expr:
        identity = sympy.Symbol(f"I_{poly.space.dimension}", commutative=False)
        return sympy.Add(
            *(self.shown(c) * (self._word(word) if word else identity) for word, c in poly.terms.items())
        )

    def _word(self, word: Word) -> sympy.Expr:
        """The product as a sympy expression in noncommutative symbols."""
        names = (self.letter_names[letter] for letter in word)
        letters = (sympy.Symbol(name, commutative=False) for name in names)
        return sympy.Mul(*letters)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        lines = plain_lines(plain(self.left), "≃", self.bare_observable)
        named = self.resolvents | self.bare_equations | self._sums
        lines += [f"  {plain(name)} = {plain(value)}" for name, value in named.items()]
        lines += [f"  {plain(name)}⁻¹ = {plain(value)}" for name, value in self._inverses.items()]
        return "\n".join(lines)
