"""Unknowns and traces of derived expressions: functions of scalars, of which sympy knows the names.

To sympy a symbol is a constant. Here a symbol is paired with what it depends on, so that calculus
is right, where the derivative is known, or refused. A substitution for the symbol itself gives it a
value; one for a scalar changes the argument.
"""

from collections.abc import Iterable
from typing import Any

import sympy
from sympy.printing.pretty.stringpict import prettyForm

from ...base.errors import SpecError

__all__ = ["Dependent", "bare"]


class _Variables(sympy.Atom):  # type: ignore[misc]  # sympy has no types
    """The symbols that arguments had before anything was put in their places."""

    __slots__ = ("symbols",)

    is_commutative = True

    def __new__(cls, symbols: tuple[sympy.Symbol, ...]) -> "_Variables":
        self = sympy.Atom.__new__(cls)
        self.symbols = symbols
        return self  # type: ignore[no-any-return]

    def __getnewargs__(self) -> Any:
        return (self.symbols,)

    def _hashable_content(self) -> Any:
        return self.symbols


class Dependent(sympy.Expr):  # type: ignore[misc]
    """A symbol that depends on variables: it prints as the symbol, with what the variables were
    replaced by."""

    __slots__ = ()

    is_commutative = True
    is_Function = True  # else sympy.solve takes it for a constant
    is_Atom = True  # powers of it are sorted as those of symbols

    def __new__(cls, symbol: Any, variables: _Variables, *values: Any) -> Any:
        if not isinstance(symbol, sympy.Symbol):  # a value was put in its place
            return symbol
        return sympy.Expr.__new__(cls, symbol, variables, *values)

    @classmethod
    def on(cls, symbol: sympy.Symbol, variables: Iterable[sympy.Symbol]) -> "Dependent":
        """The symbol, as a function of these."""
        own = tuple(variables)
        return cls(symbol, _Variables(own), *own)  # type: ignore[no-any-return]

    @property
    def symbol(self) -> sympy.Symbol:
        """Without what it depends on."""
        return self.args[0]

    @property
    def values(self) -> tuple[sympy.Expr, ...]:
        """The values of the variables, in their order."""
        return tuple(self.args[2:])

    def with_symbol(self, symbol: sympy.Symbol) -> "Dependent":
        """Another function, at the same values."""
        return self.func(symbol, *self.args[1:])  # type: ignore[no-any-return]

    def _depends_on(self, x: Any) -> bool:
        return any(x in value.free_symbols for value in self.values)

    def _eval_is_real(self) -> bool | None:
        return self.symbol.is_real  # type: ignore[no-any-return]

    def _eval_derivative(self, x: sympy.Symbol) -> sympy.Expr:
        if self._depends_on(x):
            return self._slope(x)
        return sympy.Integer(x == self.symbol)

    def _slope(self, x: sympy.Symbol) -> sympy.Expr:
        raise SpecError(
            f"{self} depends on {x}, and its derivative is not known. Differentiate before "
            f"deriving, by scalars of the expression: derive(sympy.diff(expression, lam))."
        )

    def _eval_evalf(self, precision: int) -> "Dependent":
        return self

    def _refuse_series(self, x: Any, *_: Any, **__: Any) -> Any:
        if not self._depends_on(x):
            return self
        raise SpecError(
            f"series and limits of {self} are not known. Take values: compile(system) is a "
            f"function of arrays of scalars, the method at of a closed form one of effective "
            f"ridges."
        )

    _eval_nseries = _eval_aseries = _eval_as_leading_term = _refuse_series

    def _eval_is_meromorphic(self, x: Any, _: Any) -> Any:
        """The first step of a limit."""
        self._refuse_series(x)
        return True

    def _code(self, printer: Any, *_: Any, **__: Any) -> Any:
        """As an argument of a function of numbers."""
        if self._changed() or not self.symbol.name.isidentifier():
            raise SpecError(
                f"{self} is not among the arguments of this function of numbers. Add its symbol, "
                f"or take compile(system), or the method at of a closed form."
            )
        return printer._print(self.symbol)

    _lambdacode = _pythoncode = _numpycode = _scipycode = _mpmathcode = _cmathcode = _code
    _numexprcode = _sympycode = _cupycode = _jaxcode = _torchcode = _tensorflowcode = _code
    _ccode = _cxxcode = _fcode = _julia = _octave = _mcode = _rust_code = _rcode = _code

    @classmethod
    def class_key(cls) -> Any:
        """Where sums and products have it: among symbols."""
        return sympy.Symbol.class_key()

    def sort_key(self, order: Any = None) -> Any:
        """That of the symbol, if its variables are as they were."""
        return self.symbol.class_key(), (1, (str(self),)), sympy.S.One.sort_key(), sympy.S.One

    def _changed(self) -> list[tuple[sympy.Symbol, sympy.Expr]]:
        """Variables that were replaced, and what by."""
        pairs = zip(self.args[1].symbols, self.values, strict=True)
        return [(x, value) for x, value in pairs if value != x]

    def _written(self, printer: Any, form: str) -> str:
        pairs = (f"{printer._print(x)} = {printer._print(y)}" for x, y in self._changed())
        inside = ", ".join(pairs)
        return f"{printer._print(self.symbol)}{form.format(inside) if inside else ''}"

    def _sympystr(self, printer: Any) -> str:
        return self._written(printer, "({})")

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = self._written(printer, r"\left({}\right)")
        return text if exp is None else f"{printer.parenthesize_super(text)}^{{{exp}}}"

    def _pretty(self, printer: Any) -> Any:
        return prettyForm(str(self)) if self._changed() else printer._print(self.symbol)


def bare(expression: sympy.Expr) -> sympy.Expr:
    """In symbols alone, as they are printed."""
    return expression.xreplace({x: x.symbol for x in expression.atoms(Dependent)})
