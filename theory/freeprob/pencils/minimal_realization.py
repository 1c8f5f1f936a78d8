"""The smallest pencil of an expression: unreachable and unobservable parts are removed.

With independent letters ℓ (deterministic words and Gaussian matrices) L = Σ_ℓ A_ℓ ℓ with rational
A_ℓ, and L₀ = Σ_ℓ φ_ℓA_ℓ at numbers φ_ℓ where it is invertible. The solution x = L⁻¹Cu stays in the
smallest space V that contains L₀⁻¹C_ℓ and is closed under L₀⁻¹A_ℓ (its power series says so), and
every L maps V into L₀V. So x = Tz, with the columns of T a basis of V, and as many rows of LTz = Cu
as V has dimensions, independent ones, determine z. The same is done for the transpose and B. All of
it is exact, over the rational numbers.

A smaller pencil has fewer components, more of them equal, and leaves less to cancel.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ...base.errors import SpecError
from ..symbols.scalars import Constant, Scalar
from ..symbols.words import Poly, Space, Word
from .components import components
from .pencil import Pencil, Result, Term
from .sparse_vectors import Matrix, Vector, closure, independent_rows, inverse_of, plus, times

__all__ = ["smallest_pencil", "transposed"]

Atom = tuple[Any, ...]
"""A letter of its own: a word with the scalar in front, or l·X·r."""


def smallest_pencil(pencil: Pencil) -> Pencil:
    """The smallest pencil of the same expression; the given one if it cannot be reduced."""
    return transposed(_reachable_part(transposed(_reachable_part(pencil))))


def transposed(pencil: Pencil) -> Pencil:
    """The pencil of the transposed expression; it must have one expression."""
    (result,) = pencil.results
    space = result.input
    left = {i: poly.T for (i, _), poly in pencil.right.items()}
    return dataclasses.replace(
        pencil.transposed,
        right={(i, space): poly.T for i, poly in result.left.items()},
        results=(Result(left, space, result.constant.T),),
    )


def _reachable_part(pencil: Pencil) -> Pencil:
    """x = Tz: the part that is reachable from the input."""
    order = _order(pencil)
    atoms = _atoms(pencil, order)
    L0 = _base_point(atoms, len(order))
    inverse = inverse_of(L0)
    starts = [times(inverse, column) for column in _inputs(pencil, order)]
    maps = [[times(inverse, column) for column in A] for A in atoms.values()]
    basis = closure(starts, maps)
    if len(basis) == len(order):
        return pencil
    images = [times(L0, v) for v in basis]
    pivots = [min(v) for v in basis]
    rows = independent_rows(images, pivots, len(order))
    spaces = [pencil.spaces[i] for i in order]
    return _reduced(pencil, order, basis, _paired(rows, pivots, spaces))


def _order(pencil: Pencil) -> list[int]:
    """Variables by component, each after those that it needs: bases keep that order."""
    return [i for group in components(pencil.successors) for i in group]


def _atoms(pencil: Pencil, order: Sequence[int]) -> dict[Atom, Matrix]:
    """The matrix A_ℓ of every letter ℓ of the pencil."""
    size, place = len(order), {i: k for k, i in enumerate(order)}
    found: dict[Atom, Matrix] = {}

    def add(atom: Atom, i: int, j: int, c: Fraction) -> None:
        column = found.setdefault(atom, [{} for _ in range(size)])[place[j]]
        column[place[i]] = column.get(place[i], Fraction(0)) + c

    for (i, j), poly in pencil.fixed.items():
        for word, base, c in _parts(poly):
            add((poly.space, word, base), i, j, c)
    for (i, j), terms in pencil.gaussian.items():
        for term in terms:
            for left, a, c in _parts(term.left):
                for right, b, e in _parts(term.right):
                    add((left, a, term.factor, right, b), i, j, c * e)
    return found


def _parts(poly: Poly) -> Iterator[tuple[Word, Scalar, Fraction]]:
    for word, scalar in poly.terms.items():
        for base, c in scalar.terms():
            yield word, base, Fraction(c)


def _inputs(pencil: Pencil, order: Sequence[int]) -> list[Vector]:
    """The vector C_ℓ of every letter ℓ on the right-hand side."""
    found: dict[Atom, Vector] = {}
    place = {i: k for k, i in enumerate(order)}
    for (i, _), poly in pencil.right.items():
        for word, base, c in _parts(poly):
            found.setdefault((word, base), {})[place[i]] = c
    return list(found.values())


def _base_point(atoms: dict[Atom, Matrix], size: int) -> Matrix:
    """L at numbers for letters at which it is invertible, as many of them 0 as possible."""
    fixed = [(atom, A) for atom, A in atoms.items() if isinstance(atom[0], Space)]
    kinds = (_is_number, lambda word, base: not word, lambda word, base: True)
    for kind in kinds:
        total: Matrix = [{} for _ in range(size)]
        for k, ((_, word, base), A) in enumerate(fixed):
            if kind(word, base):
                weight = Fraction(1 if _is_number(word, base) else k + 2)
                total = [plus(x, y, weight) for x, y in zip(total, A, strict=True)]
        if len(closure(total, [])) == size:
            return total
    raise SpecError(
        "an inverse cannot be shown to exist: what is inverted is singular without its Gaussian "
        "matrices. Add a multiple of the identity, as in (X.T @ X + lam * identity(d)).inv()."
    )


def _is_number(word: Word, base: Scalar) -> bool:
    """Whether it is a number times the identity."""
    return not word and isinstance(base, Constant)


def _paired(rows: Sequence[int], pivots: Sequence[int], spaces: Sequence[Space]) -> list[int]:
    """A row of the same space for each variable, its own one if that is kept."""
    others = sorted(set(rows) - set(pivots))
    paired = []
    for pivot in pivots:
        if pivot in rows:
            paired.append(pivot)
        else:
            other = next(i for i in others if spaces[i] is spaces[pivot])
            others.remove(other)
            paired.append(other)
    return paired


def _reduced(pencil: Pencil, order: Sequence[int], basis: list[Vector], rows: Sequence[int]) -> Pencil:
    """LT and BT in the new variables, in these rows."""
    kept = {order[i]: k for k, i in enumerate(rows)}
    new = {order[i]: [(k, v[i]) for k, v in enumerate(basis) if i in v] for i in range(len(order))}
    fixed: dict[tuple[int, int], Poly] = {}
    gaussian: dict[tuple[int, int], tuple[Term, ...]] = {}
    for (i, j), poly in pencil.fixed.items():
        for k, c in new[j] if i in kept else ():
            _add(fixed, (kept[i], k), _times_number(poly, c))
    for (i, j), terms in pencil.gaussian.items():
        for k, c in new[j] if i in kept else ():
            for t in terms:
                added = Term(t.left, t.factor, _times_number(t.right, c))
                gaussian[kept[i], k] = _merged(gaussian.get((kept[i], k), ()), added)
    (result,) = pencil.results
    left: dict[int, Poly] = {}
    for j, poly in result.left.items():
        for k, c in new[j]:
            _add(left, k, _times_number(poly, c))
    return Pencil(
        spaces=tuple(pencil.spaces[order[min(v)]] for v in basis),
        fixed={place: poly for place, poly in fixed.items() if poly.terms},
        gaussian={place: terms for place, terms in gaussian.items() if terms},
        right={(kept[i], s): poly for (i, s), poly in pencil.right.items() if i in kept},
        results=(Result({k: p for k, p in left.items() if p.terms}, result.input, result.constant),),
    )


def _merged(terms: tuple[Term, ...], added: Term) -> tuple[Term, ...]:
    """Terms with one more; those with the same l and X are added, and dropped if they cancel."""
    found: list[Term] = []
    for term in terms:
        if (term.left.key, term.factor) == (added.left.key, added.factor):
            added = Term(added.left, added.factor, term.right + added.right)
        else:
            found.append(term)
    return (*found, added) if added.right.terms else tuple(found)


def _times_number(poly: Poly, c: Fraction) -> Poly:
    return poly if c == 1 else poly.scaled(poly.space.scalars.number(c))


def _add(found: dict[Any, Poly], place: Any, poly: Poly) -> None:
    found[place] = found[place] + poly if place in found else poly
