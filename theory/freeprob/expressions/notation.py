"""Matrix expressions in writing: plain text and LaTeX, made of the writing of their parts."""

import dataclasses
from collections.abc import Callable, Iterable

import sympy

from ..symbols.printing import latex, plain

__all__ = ["LATEX", "PLAIN", "Notation"]


@dataclasses.dataclass(frozen=True)
class Notation:
    """How names, scalars and what matrices are made by are written.

    name, scalar : functions to text. brackets, identity, transpose, inverse : formats, of the
    writing of what stands in them.

    >>> PLAIN.total([(sympy.Integer(2), "A"), (sympy.Integer(-1), "B")])
    '2 A - B'
    """

    name: Callable[[str], str]
    scalar: Callable[[sympy.Expr], str]
    brackets: str
    identity: str
    transpose: str
    inverse: str

    def total(self, terms: Iterable[tuple[sympy.Expr, str]]) -> str:
        """Of terms with their coefficients."""
        text = " + ".join(self._term(c, matrix) for c, matrix in terms)
        return text.replace("+ -", "- ")

    def _term(self, c: sympy.Expr, matrix: str) -> str:
        if c == 1:
            return matrix
        if c.could_extract_minus_sign() and not c.is_Add:
            return f"-{self._term(-c, matrix)}"
        number = self.scalar(c)
        return f"{self.brackets.format(number) if c.is_Add else number} {matrix}"


def _plain_of(name: str) -> str:
    return plain(sympy.Symbol(name))


def _latex_of(name: str) -> str:
    return latex(sympy.Symbol(name))


PLAIN = Notation(
    name=_plain_of, scalar=str, brackets="({})", identity="I_{}", transpose="{}ᵀ", inverse="{}⁻¹"
)

LATEX = Notation(
    name=_latex_of,
    scalar=latex,
    brackets=r"\left({}\right)",
    identity="I_{{{}}}",
    transpose=r"{}^{{\top}}",
    inverse="{}^{{-1}}",
)
