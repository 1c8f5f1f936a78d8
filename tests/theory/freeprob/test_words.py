"""Large products: words do not multiply without end, and what is derived stays the same."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from detequiv.theory.freeprob.expressions.expression import Deterministic, Gaussian, Matrix
from detequiv.theory.freeprob.pencils.draft import Draft
from detequiv.theory.freeprob.pencils.letter_polynomials import matrix_of
from detequiv.theory.freeprob.pencils.minimal_realization import smallest_pencil
from detequiv.theory.freeprob.pencils.pencil import Pencil
from detequiv.theory.freeprob.pencils.pencil_check import schur_error
from detequiv.theory.freeprob.symbols import words
from detequiv.theory.freeprob.symbols.elimination import inverse_matrix
from detequiv.theory.freeprob.symbols.folds import leaves_in
from detequiv.theory.freeprob.symbols.scalar_table import Scalars
from detequiv.theory.freeprob.symbols.scalars import WordTrace
from detequiv.theory.freeprob.symbols.words import Poly, Spaces
from detequiv.theory.freeprob.systems.covariance_equations import CovarianceEquations
from detequiv.theory.freeprob.systems.residues import Residue, inverse_of_residues
from helpers.refusals import refused

fp = de.freeprob
lam = sympy.Symbol("lam", positive=True)

Family = Callable[[int], Matrix]


def families(commuting: bool) -> dict[str, Family]:
    """Products of k factors."""
    n1, n2, d = fp.dimensions("n1 n2 d", commuting=commuting)
    letters = [Deterministic(d, name) for name in "ABCDEF"]
    X = Gaussian(n1, d, "X", variance=1 / n1, column_covariance=letters[4])
    Y = Gaussian(n2, d, "Y", variance=1 / n2, column_covariance=letters[5])
    I = fp.identity(d)
    R = (X.T @ X + Y.T @ Y + lam * I).inv()

    def letter(i: int) -> Matrix:
        return letters[i % 4]

    def product(factors: list[Matrix]) -> Matrix:
        return functools.reduce(lambda a, b: a @ b, factors)

    return {
        "resolvents": lambda k: product([R @ letter(i) for i in range(k)]),
        "sums": lambda k: R @ product([letter(i) + letter(i + 1) for i in range(k)]) @ R,
        "grams": lambda k: R @ product([letter(i) @ X.T @ X + letter(i + 1) for i in range(k)]),
        "nested": lambda k: functools.reduce(
            lambda a, i: (a + X.T @ X + letter(i)).inv(), range(k), (X.T @ X + lam * I).inv()
        ),
    }


def numbers_for(system: fp.System, commuting: bool) -> dict[Any, Any]:
    rng = np.random.default_rng(0)
    sizes = {"n1": 14, "n2": 11, "d": 8, "lam": 0.5}
    found: dict[Any, Any] = {x: sizes[x.name] for x in system.full.symbols}
    for space in system.full.spaces:
        for name in space.letters:
            spectrum = rng.uniform(0.5, 1.0, 8)
            basis = np.linalg.qr(rng.standard_normal((8, 8)))[0]
            matrix = (basis * spectrum) @ basis.T
            key = Deterministic(space.dimension, name)
            found[key] = spectrum if commuting else (matrix + matrix.T) / 2
    return found


SMALL = {"resolvents": 3, "sums": 4, "grams": 3, "nested": 1}


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("commuting", [True, False])
@pytest.mark.parametrize("name", SMALL)
def test_names_for_products_change_no_number(
    name: str, commuting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    expression = fp.trace(families(commuting)[name](SMALL[name]))
    found = []
    for long in (10**9, 4):
        monkeypatch.setattr(words, "LONG", long)
        system = fp.derive(expression)
        names = [x for space in system.full.spaces for x in space.inverses if x.name_of is not None]
        assert bool(names) == (long == 4)
        found.append(fp.solve(system, numbers_for(system, commuting)))
    # products of 8 by 8 matrices that are well conditioned, in another order
    assert found[1] == pytest.approx(found[0], rel=1e-12)


LARGE = {"resolvents": 7, "sums": 12, "grams": 7, "nested": 3}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_products_are_derived_in_few_words(name: str) -> None:
    """Multiplied out they would have 3⁷, 2¹² or more."""
    system = fp.derive(fp.trace(families(False)[name](LARGE[name]))).full
    traces = {
        leaf
        for block in system.blocks
        for right in block.equations.values()
        for leaf in leaves_in(right)
        if isinstance(leaf, WordTrace)
    }
    longest = max(len(x.inverse_of.terms) for space in system.spaces for x in space.inverses)
    assert len(traces) <= 250 and longest <= 100


def polynomials(commuting: bool = False) -> tuple[Spaces, Poly, Poly, Poly]:
    d = fp.dimensions("d", commuting=commuting)
    spaces = Spaces(Scalars())
    A, B, C = (matrix_of(Deterministic(d, name), spaces) for name in "ABC")
    return spaces, A, B, C


def test_a_name_is_equal_to_what_it_stands_for() -> None:
    spaces, A, B, C = polynomials()
    long = A @ B + C @ C
    name = long.named
    ((word, _),) = name.terms.items()
    assert len(word) == 1 and (name - long).is_zero and word[0].name_of is not None
    assert (word[0].name_of - long).is_zero
    two = spaces.scalars.number(2)
    assert long.scaled(two).named.terms.keys() == name.terms.keys()  # a multiple needs no other one
    assert A.named is A
    singular = A @ B - B @ A  # antisymmetric, of odd size: it has no inverse
    assert singular.named is singular


def test_the_inverse_of_a_multiple_of_an_inverse_is_a_name_too() -> None:
    spaces, A, B, _ = polynomials()
    two = spaces.scalars.number(2)
    (((letter,), _),) = A.space.inverse(A.space.inverse(A + B).scaled(two)).terms.items()
    assert (letter.name_of.scaled(two) - A - B).is_zero


def test_short_products_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    _, A, B, C = polynomials()
    assert len(((A + B) @ (B + C) @ (C + A)).terms) == 8
    monkeypatch.setattr(words, "LONG", 7)
    product = (A + B) @ (B + C) @ (C + A)
    assert len(product.terms) <= 7
    monkeypatch.setattr(words, "LONG", 8)
    assert (product - (A + B) @ (B + C) @ (C + A)).is_zero


def test_an_inverse_whose_sign_is_that_of_its_negative_is_found() -> None:
    """One node for a − b is first met as −b + a: then a − b and b − a both begin with a minus."""
    spaces, A, _, _ = polynomials()
    table, space = spaces.scalars, A.space
    a, b = table.parameter("a"), table.parameter("b")
    first = table.combined(iter(((-1, b), (1, a))))
    second = table.combined(iter(((-1, a), (1, b))))
    poly = space.identity.scaled(second) + A
    assert first.factors()[0] < 0 and second.factors()[0] < 0 and poly.sign == (-poly).sign == -1
    assert (space.inverse(poly) @ poly - space.identity).is_zero


@pytest.mark.parametrize("commuting", [True, False])
def test_residues_are_the_values_of_polynomials(commuting: bool) -> None:
    spaces, A, B, C = polynomials(commuting)
    t = spaces.scalars.parameter("t")
    one, two = A @ B + C.scaled(t), B + A.space.identity
    left, right = Residue.of(one), Residue.of(two)
    assert (left @ right).values == (one @ two).values
    assert (left + -right).values == (one - two).values
    assert left.scaled(t.value).values == one.scaled(t).values
    assert left.trace == one.trace.value and not left.is_zero and (left + -left).is_zero
    matrix = [[one, A], [two, B]]
    found = inverse_of_residues([[Residue.of(x) for x in row] for row in matrix], A.space)
    for i, row in enumerate(inverse_matrix(matrix, matrix, A.space)):
        assert [x.values for x in row] == [x.values for x in found[i]]
    with refused(de.SpecError, "inverse", "cannot exist singular", remedy="identity(d)"):
        inverse_of_residues([[left, left], [left, left]], A.space)


def drafted(expression: Matrix) -> tuple[Pencil, Spaces]:
    spaces = Spaces(Scalars())
    draft = Draft(spaces)
    draft.add(expression)
    return smallest_pencil(draft.pencil()), spaces


def test_a_pencil_with_names_is_the_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "LONG", 3)
    expression = families(False)["sums"](3)
    pencil, spaces = drafted(expression)
    assert any(x.name_of is not None for space in spaces for x in space.inverses)
    assert schur_error(expression, pencil, spaces) == 0


def test_progress_is_reported_block_by_block_and_may_end_it() -> None:
    pencil, spaces = drafted(families(False)["resolvents"](3))
    (result,) = pencil.results
    seen: list[tuple[int, int]] = []

    def report(done: int, of: int) -> None:
        seen.append((done, of))
        if len(seen) == 4:
            raise KeyboardInterrupt

    green = CovarianceEquations(pencil, spaces, report)
    with pytest.raises(KeyboardInterrupt):
        for i in result.left:
            for j, _ in pencil.right:
                green.entry(i, j)
    assert seen == [(k, seen[0][1]) for k in (1, 2, 3, 4)] and seen[0][1] >= 6
