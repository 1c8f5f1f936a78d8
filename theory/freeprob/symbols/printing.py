"""Printing: plain text with Greek letters, and LaTeX."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

__all__ = [
    "TraceOf",
    "aligned_latex",
    "continued_term",
    "latex",
    "ordered_terms",
    "plain",
    "plain_lines",
    "printed_name",
]

LINE, LATEX_LINE = 100, 300
"""Characters up to which a sum stays on one line, as it is written in text and in LaTeX."""

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
    named = {x: text for x in expression.free_symbols if (text := _latex_name(x.name))}
    return _Latex({"symbol_names": named}).doprint(expression)  # type: ignore[no-any-return]


def printed_name(name: str) -> tuple[str, str]:
    """A name as it is printed, in text and in LaTeX.

    >>> printed_name("tau_1") == printed_name("tau1")
    True
    """
    return plain(sympy.Symbol(name)), latex(sympy.Symbol(name))


def plain_lines(left: str, relation: str, right: sympy.Expr) -> list[str]:
    """left relation right: on one line, or a term of a long sum on each.

    >>> x, y = sympy.symbols("x y")
    >>> plain_lines("a", "=", y - x)
    ['a = y - x']
    """
    line = f"{left} {relation} {plain(right)}"
    terms = ordered_terms(right)
    if len(line) <= LINE or len(terms) == 1:
        return [line]
    first, *more = map(plain, terms)
    return [f"{left} {relation}", f"    {first}", *map(continued_term, more)]


def continued_term(term: str) -> str:
    """A further term, on its own line."""
    return f"  - {term[1:]}" if term.startswith("-") else f"  + {term}"


def ordered_terms(expression: sympy.Expr) -> list[sympy.Expr]:
    """Of a sum, in the order in which they are printed."""
    printer = _Plain()
    return list(printer._as_ordered_terms(expression)) if expression.is_Add else [expression]


def aligned_latex(rows: Sequence[tuple[str, str, Any]]) -> str:
    """(left, relation, right) under each other; right a scalar, a sum of scalars by its terms, each
    on a line of its own, or a matrix."""
    lines = []
    for left, relation, right in rows:
        first, *more = _right(right)
        start = [f"{left} &{relation} {first}"]
        if len(left) > LATEX_LINE // 2:  # it would push all that is aligned off the page
            start = [f"&{left}", f"&\\quad {relation} {first}"]
        lines += start
        lines += [f"&\\quad {x}" if x.startswith("-") else f"&\\quad + {x}" for x in more]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _right(value: Any) -> list[str]:
    if isinstance(value, sympy.Expr):
        whole = latex(value)
        terms = ordered_terms(value)
        return [whole] if len(whole) <= LATEX_LINE or len(terms) == 1 else list(map(latex, terms))
    return list(map(latex, value)) if isinstance(value, list) else [str(value.latex)]


def _latex_name(name: str) -> str | None:
    """The LaTeX name of a symbol that sympy would print otherwise, else None."""
    if name in SPECIAL:
        return SPECIAL[name][1]
    kind, _, order = name.partition("_")
    return rf"\mathrm{{df}}_{{{order}}}" if kind == "df" and order else None


def _greek(name: str) -> str:
    """tau_1 as τ₁."""
    if name in SPECIAL:
        return SPECIAL[name][0]
    return sympy.pretty(sympy.Symbol(name), use_unicode=True)  # type: ignore[no-any-return]
