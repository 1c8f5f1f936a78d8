"""From an expression to a linear pencil: e = B L⁻¹ C + constant, L = F + Q, Q linear in Gaussians.

Variables are named only where that is forced: for an inverse, and for what a Gaussian matrix is
applied to if it has Gaussian terms itself. A Gaussian matrix that stands in front of several terms
is applied to their sum, and equal sums have one name: so Sᵀ(q − u) takes one variable, not two.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import sympy

from ..expressions.expression import Gaussian, Inverse, Matrix, Product, Sum, Transpose
from ..symbols.words import Poly, Space, Spaces, Word
from .letter_polynomials import is_deterministic, matrix_of
from .pencil import Factor, Input, Pencil, Result, Term

__all__ = ["Draft"]


@dataclasses.dataclass(frozen=True, eq=False)
class _AffineForm:
    """Σ D x over variables and inputs, and Σ l X (form): what is to be applied later."""

    space: Space
    fixed: Mapping["int | Input", Poly]
    pending: "Mapping[tuple[Word, Factor], _AffineForm]"

    @functools.cached_property
    def key(self) -> tuple[Any, ...]:
        fixed = sorted((_place(x), poly.key) for x, poly in self.fixed.items())
        pending = sorted(
            (tuple(letter.index for letter in word), factor.of.name, factor.transposed, form.key)
            for (word, factor), form in self.pending.items()
        )
        return tuple(fixed), tuple(pending)

    def __add__(self, other: "_AffineForm") -> "_AffineForm":
        fixed, pending = dict(self.fixed), dict(self.pending)
        for x, poly in other.fixed.items():
            total = fixed[x] + poly if x in fixed else poly
            fixed[x] = total
        for place, form in other.pending.items():
            pending[place] = pending[place] + form if place in pending else form
        return _AffineForm(
            self.space,
            {x: poly for x, poly in fixed.items() if not poly.is_zero},
            {place: form for place, form in pending.items() if form.fixed or form.pending},
        )

    def scaled(self, c: Any) -> "_AffineForm":
        """c times this."""
        fixed = {x: poly.scaled(c) for x, poly in self.fixed.items()}
        return _AffineForm(self.space, fixed, {p: form.scaled(c) for p, form in self.pending.items()})


class Draft:
    """A pencil under construction; expressions that are added to one draft share variables.

    >>> from detequiv.theory.freeprob import Gaussian, dimensions, identity
    >>> from detequiv.theory.freeprob.symbols.scalar_table import Scalars
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X")
    >>> draft = Draft(Spaces(Scalars()))
    >>> draft.add((X.T @ X + identity(d)).inv())
    >>> len(draft.pencil().spaces)
    2
    """

    def __init__(self, spaces: Spaces) -> None:
        self.spaces = spaces
        self._variables: list[Space] = []
        self._rows: dict[int, _AffineForm] = {}
        self._names: dict[Any, int] = {}
        self._results: list[Result] = []

    def add(self, expression: Matrix) -> None:
        """Add an expression."""
        entry = self.spaces[expression.columns]
        form = self._apply(expression, _AffineForm(entry, {entry: entry.identity}, {}))
        left = {x: poly for x, poly in form.fixed.items() if isinstance(x, int)}
        for word, inner in _by_word(form):  # what stands to the left needs no name
            ((x, _),) = self._named(inner).fixed.items()
            assert isinstance(x, int)
            poly = Poly(form.space, {word: self.spaces.scalars.one})
            left[x] = left[x] + poly if x in left else poly
        constant = form.fixed.get(entry, entry.zero)
        self._results.append(Result(left, entry, constant))

    def pencil(self) -> Pencil:
        """The pencil of all expressions so far."""
        fixed: dict[tuple[int, int], Poly] = {}
        gaussian: dict[tuple[int, int], tuple[Term, ...]] = {}
        right: dict[tuple[int, Input], Poly] = {}
        i = 0
        while i < len(self._variables):  # it grows while what stands in rows is named
            row = self._rows[i]
            for x, poly in row.fixed.items():
                if isinstance(x, int):
                    fixed[i, x] = poly
                else:
                    right[i, x] = -poly
            for j, term in self._terms(row):
                gaussian[i, j] = (*gaussian.get((i, j), ()), term)
            i += 1
        return Pencil(tuple(self._variables), fixed, gaussian, right, tuple(self._results))

    def _apply(self, node: Matrix, form: _AffineForm) -> _AffineForm:
        if is_deterministic(node):
            return self._multiplied(matrix_of(node, self.spaces), form)
        match node:
            case Gaussian():
                return self._random(Factor(node, False), form)
            case Transpose(of):
                return self._random(Factor(of, True), form)
            case Product(factors):
                for factor in reversed(factors):
                    form = self._apply(factor, form)
                return form
            case Sum(terms):
                return self._summed(terms, form)
            case Inverse(of):
                return self._solved(of, form)
        raise AssertionError(node)

    def _multiplied(self, poly: Poly, form: _AffineForm) -> _AffineForm:
        if form.pending and len(poly.terms) > 1:
            form = self._named(form)
        fixed = {x: poly @ old for x, old in form.fixed.items()}
        pending = {}
        for (left, factor), inner in form.pending.items():
            ((word, c),) = poly.terms.items()
            longer = poly.space.sorted(word + left)
            pending[longer, factor] = inner.scaled(c)
        return _AffineForm(poly.space, fixed, pending)

    def _random(self, factor: Factor, form: _AffineForm) -> _AffineForm:
        rows = factor.of.columns if factor.transposed else factor.of.rows
        return _AffineForm(self.spaces[rows], {}, {((), factor): form})

    def _summed(self, terms: tuple[tuple[sympy.Expr, Matrix], ...], form: _AffineForm) -> _AffineForm:
        if len(terms) > 1 and form.pending:
            form = self._named(form)
        scalars = self.spaces.scalars
        parts = (self._apply(term, form).scaled(scalars.of(c)) for c, term in terms)
        return functools.reduce(lambda a, b: a + b, parts)

    def _solved(self, of: Matrix, form: _AffineForm) -> _AffineForm:
        """y with (of) y = form."""
        space = self.spaces[of.rows]
        name = ("inverse", of, form.key)
        if name not in self._names:
            y = self._new(space, name)
            inner = self._apply(of, _variable(space, y))
            self._rows[y] = inner + form.scaled(-self.spaces.scalars.one)
        return _variable(space, self._names[name])

    def _named(self, form: _AffineForm) -> _AffineForm:
        """x with x = form."""
        name = ("form", form.space, form.key)
        if name not in self._names:
            x = self._new(form.space, name)
            self._rows[x] = _variable(form.space, x) + form.scaled(-self.spaces.scalars.one)
        return _variable(form.space, self._names[name])

    def _new(self, space: Space, name: Any) -> int:
        self._variables.append(space)
        self._names[name] = len(self._variables) - 1
        return self._names[name]

    def _terms(self, row: _AffineForm) -> Iterator[tuple[int, Term]]:
        """The Gaussian terms of Q by variable; what they are applied to becomes a variable if need be."""
        for (word, factor), form in row.pending.items():
            bare = not form.pending and all(isinstance(x, int) for x in form.fixed)
            inner = form if bare else self._named(form)
            left = Poly(row.space, {word: self.spaces.scalars.one})
            for x, poly in inner.fixed.items():
                assert isinstance(x, int)
                yield x, Term(left, factor, poly)


def _by_word(form: _AffineForm) -> Iterator[tuple[Word, _AffineForm]]:
    """The pending terms, by the word in front of them."""
    for word in dict.fromkeys(word for word, _ in form.pending):
        inner: dict[tuple[Word, Factor], _AffineForm] = {
            ((), x): f for (other, x), f in form.pending.items() if other == word
        }
        yield word, _AffineForm(form.space, {}, inner)


def _variable(space: Space, x: int) -> _AffineForm:
    return _AffineForm(space, {x: space.identity}, {})


def _place(x: "int | Input") -> tuple[int, str]:
    return (x, "") if isinstance(x, int) else (-1, x.dimension.name)
