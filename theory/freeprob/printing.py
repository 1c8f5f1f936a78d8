"""Systems for people: in plain text with Greek letters, and in LaTeX."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

__all__ = ["TraceOf", "aligned_latex", "latex", "plain"]

LAMBDA = "λ", r"\lambda"
"""Of the symbol lam: lambda is a word of Python."""

SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class TraceOf(sympy.Symbol):  # type: ignore[misc]  # sympy has no types
    """The trace of a deterministic word, as an atom that prints as one."""

    __slots__ = ("names",)

    def __new__(cls, names: tuple[str, ...]) -> "TraceOf":
        self = sympy.Symbol.__xnew__(cls, f"tr({' '.join(_powers(names, '{}^{}'))})", real=True)
        self.names = names
        return self  # type: ignore[no-any-return]

    def __getnewargs_ex__(self) -> Any:
        return (self.names,), {}

    def _latex(self, printer: LatexPrinter) -> str:
        told = [sympy.latex(sympy.Symbol(name)) for name in self.names]
        return rf"\operatorname{{tr}}\left({' '.join(_powers(tuple(told), '{}^{{{}}}'))}\right)"


def plain(expression: sympy.Expr) -> str:
    """One line: names with their Greek letters and indices, powers as superscripts.

    >>> x, y = sympy.symbols("tau_1 n1")
    >>> plain(x**2 / y)
    'τ₁²/n₁'
    """
    text = sympy.sstr(expression)
    text = re.sub(r"[A-Za-z]\w*", lambda m: _greek(m[0]), text, flags=re.ASCII)
    text = re.sub(r"(?:\*\*|\^)(-?\d+)", lambda m: m[1].translate(SUPERSCRIPTS), text)
    return text.replace("*", " ")


def latex(expression: sympy.Expr) -> str:
    """In LaTeX."""
    named = {symbol: LAMBDA[1] for symbol in expression.free_symbols if symbol.name == "lam"}
    return sympy.latex(expression, symbol_names=named)  # type: ignore[no-any-return]


def aligned_latex(lines: Mapping[str, sympy.Expr]) -> str:
    """Equations under each other: left sides as they are, right sides in LaTeX."""
    rows = [f"{left} &= {latex(right)}" for left, right in lines.items()]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _greek(name: str) -> str:
    """tau_1 as τ₁."""
    if name == "lam":
        return LAMBDA[0]
    return sympy.pretty(sympy.Symbol(name), use_unicode=True)  # type: ignore[no-any-return]


def _powers(names: tuple[str, ...], form: str) -> Iterator[str]:
    """Repeated names as powers."""
    place = 0
    while place < len(names):
        last = place
        while last + 1 < len(names) and names[last + 1] == names[place]:
            last += 1
        count = last - place + 1
        yield names[place] if count == 1 else form.format(names[place], count)
        place = last + 1
