"""Systems for people: in plain text with Greek letters, and in LaTeX."""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

__all__ = ["TraceOf", "aligned_latex", "latex", "plain"]

SPECIAL = {"lam": ("λ", r"\lambda"), "mu_star": ("μ⋆", r"\mu_\star")}
"""Names that are not printed as they are written: lambda is a word of Python."""

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class TraceOf(sympy.Symbol):  # type: ignore[misc]  # sympy has no types
    """The trace of a product of powers of deterministic matrices, as an atom that prints as one.

    >>> TraceOf((("Gamma", 1), ("T", -2)))
    tr(Gamma T^-2)
    """

    __slots__ = ("factors",)

    def __new__(cls, factors: tuple[tuple[str, int], ...]) -> "TraceOf":
        kept = tuple((name, power) for name, power in factors if power)
        self = sympy.Symbol.__xnew__(cls, f"tr({_side_by_side(kept, '{}^{}')})", real=True)
        self.factors = kept
        return self  # type: ignore[no-any-return]

    @classmethod
    def of_word(cls, names: tuple[str, ...]) -> "TraceOf":
        """Of a product of letters; repeated ones become powers."""
        return cls(tuple((name, len(list(same))) for name, same in groupby(names)))

    def __getnewargs_ex__(self) -> Any:
        return (self.factors,), {}

    def _latex(self, printer: LatexPrinter) -> str:
        factors = tuple((sympy.latex(sympy.Symbol(name)), power) for name, power in self.factors)
        return rf"\operatorname{{tr}}\left({_side_by_side(factors, '{}^{{{}}}')}\right)"


def _side_by_side(factors: tuple[tuple[str, int], ...], form: str) -> str:
    return " ".join(name if power == 1 else form.format(name, power) for name, power in factors)


class _PositiveFirst:
    """Sums begin with a term without a minus sign, if there is one."""

    def _as_ordered_terms(self, expression: sympy.Expr, order: Any = None) -> list[sympy.Expr]:
        terms = super()._as_ordered_terms(expression, order)  # type: ignore[misc]
        return sorted(terms, key=lambda term: term.could_extract_minus_sign())


class _Plain(_PositiveFirst, StrPrinter):  # type: ignore[misc]
    pass


class _Latex(_PositiveFirst, LatexPrinter):  # type: ignore[misc]
    pass


def plain(value: Any) -> str:
    """A scalar or a matrix on one line: Greek letters and indices, powers as superscripts.

    >>> x, y = sympy.symbols("tau_1 n1")
    >>> plain((y - x**2) / y)
    '(n₁ - τ₁²)/n₁'
    """
    text = _Plain().doprint(value) if isinstance(value, sympy.Expr) else str(value)
    text = re.sub(r"[A-Za-z]\w*", lambda m: _greek(m[0]), text, flags=re.ASCII)
    text = re.sub(r"(?:\*\*|\^)(-?\d+)", lambda m: m[1].translate(SUPERSCRIPTS), text)
    return text.replace("*", " ")


def latex(expression: sympy.Expr) -> str:
    """In LaTeX."""
    named = {x: SPECIAL[x.name][1] for x in expression.free_symbols if x.name in SPECIAL}
    return _Latex({"symbol_names": named}).doprint(expression)  # type: ignore[no-any-return]


def aligned_latex(lines: Mapping[str, Any]) -> str:
    """Equations under each other: left sides as they are, right sides, scalars or matrices, in
    LaTeX."""
    rows = [f"{left} &= {_right(right)}" for left, right in lines.items()]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _right(value: Any) -> str:
    return latex(value) if isinstance(value, sympy.Expr) else str(value.latex)


def _greek(name: str) -> str:
    """tau_1 as τ₁."""
    if name in SPECIAL:
        return SPECIAL[name][0]
    return sympy.pretty(sympy.Symbol(name), use_unicode=True)  # type: ignore[no-any-return]
