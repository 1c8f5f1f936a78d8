"""A linear pencil: e = B L⁻¹ C + constant, L = F + Q, Q linear in Gaussian matrices."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..expressions.expression import Gaussian
from ..symbols.printing import plain
from ..symbols.words import Letter, Poly, Space

__all__ = ["Factor", "Input", "Pencil", "PencilNames", "Result", "Term", "joined_pencils"]


@dataclasses.dataclass(frozen=True)
class Factor:
    """A Gaussian matrix or its transpose."""

    of: Gaussian
    transposed: bool

    def __str__(self) -> str:
        return f"{self.of}ᵀ" if self.transposed else str(self.of)

    @property
    def opposite(self) -> "Factor":
        """Its transpose."""
        return Factor(self.of, not self.transposed)


@dataclasses.dataclass(frozen=True, eq=False)
class Term:
    """l · X · r at one place of the pencil."""

    left: Poly
    factor: Factor
    right: Poly

    @property
    def key(self) -> tuple[Any, ...]:
        """A key that equal terms share."""
        return self.left.key, self.factor, self.right.key


@dataclasses.dataclass(frozen=True)
class PencilNames:
    """The names that a pencil is printed with; they are unique.

    letters : of letters and named inverses. identity, input : of any space.
    """

    letters: Mapping[Letter, str] = dataclasses.field(default_factory=dict)
    identity: str = "I"
    input: str = "u"

    def poly(self, poly: Poly) -> str:
        """A polynomial."""
        return poly.text(self.letters, self.identity)

    def cell(self, *factors: "Poly | str") -> str:
        """A product: identities omitted, sums in brackets."""
        kept = (x for x in factors if isinstance(x, str) or not x.is_identity)
        texts = (x if isinstance(x, str) else self.poly(x) for x in kept)
        return " ".join(f"({x})" if " + " in x or " - " in x or x.startswith("-") else x for x in texts)


@dataclasses.dataclass(frozen=True, eq=False)
class Pencil:
    """L = F + Q on named variables, with right sides C and results B.

    spaces : of each variable, which is that of its row, too. fixed : F, gaussian : Q, by (row,
    variable), entries that are 0 left out. right : by row and input. results : for each expression
    B by variable, and for each input a constant.
    """

    spaces: tuple[Space, ...]
    fixed: Mapping[tuple[int, int], Poly]
    gaussian: Mapping[tuple[int, int], tuple[Term, ...]]
    right: Mapping[tuple[int, "Input"], Poly]
    results: "tuple[Result, ...]"

    @property
    def successors(self) -> dict[int, list[int]]:
        """For each variable those that occur in its row; some of them twice."""
        found: dict[int, list[int]] = {i: [] for i in range(len(self.spaces))}
        for i, j in (*self.fixed, *self.gaussian):
            found[i].append(j)
        return found

    @property
    def transposed(self) -> "Pencil":
        """Lᵀ, without inputs and results."""
        return Pencil(
            spaces=self.spaces,
            fixed={(j, i): poly.T for (i, j), poly in self.fixed.items()},
            gaussian={
                (j, i): tuple(Term(t.right.T, t.factor.opposite, t.left.T) for t in terms)
                for (i, j), terms in self.gaussian.items()
            },
            right={},
            results=(),
        )

    def __str__(self) -> str:
        return self.text(PencilNames())

    def text(self, names: "PencilNames") -> str:
        """As text: rows in variables x and inputs u, each with its space, then the results."""
        cell, u = names.cell, names.input
        lines = []
        for i, space in enumerate(self.spaces):
            cells = [cell(p, f"x{j}") for (k, j), p in self.fixed.items() if k == i]
            cells += [
                cell(t.left, str(t.factor), t.right, f"x{j}")
                for (k, j), terms in self.gaussian.items()
                if k == i
                for t in terms
            ]
            right = [cell(p, u) for (k, _), p in self.right.items() if k == i]
            lines.append(f"{plain(space.dimension)}: {' + '.join(cells)} = {' + '.join(right) or '0'}")
        for result in self.results:
            cells = [cell(p, f"x{i}") for i, p in result.left.items()]
            constant = [cell(result.constant, u)] if result.constant.terms else []
            lines.append(f"result: {' + '.join([*cells, *constant])}")
        return "\n".join(lines)


Input = Space
"""Every expression acts on the input of the space that it maps from."""


@dataclasses.dataclass(frozen=True, eq=False)
class Result:
    """One expression: Σ_i left_i x_i + constant, acting on the input."""

    left: Mapping[int, Poly]
    input: Input
    constant: Poly


def joined_pencils(pencils: Sequence[Pencil]) -> Pencil:
    """The direct sum of pencils, with the expressions of all in their order."""
    spaces: tuple[Space, ...] = ()
    fixed: dict[tuple[int, int], Poly] = {}
    gaussian: dict[tuple[int, int], tuple[Term, ...]] = {}
    right: dict[tuple[int, Input], Poly] = {}
    results: tuple[Result, ...] = ()
    for pencil in pencils:
        k = len(spaces)
        spaces += pencil.spaces
        fixed |= {(i + k, j + k): poly for (i, j), poly in pencil.fixed.items()}
        gaussian |= {(i + k, j + k): terms for (i, j), terms in pencil.gaussian.items()}
        right |= {(i + k, entry): poly for (i, entry), poly in pencil.right.items()}
        results += tuple(
            dataclasses.replace(r, left={i + k: poly for i, poly in r.left.items()}) for r in pencil.results
        )
    return Pencil(spaces, fixed, gaussian, right, results)
