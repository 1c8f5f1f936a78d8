"""Names of an expression: one name, one thing, in print too."""

from typing import Any, NoReturn

import sympy

from ...base.errors import SpecError
from ..expressions.expression import Deterministic, Gaussian, Identity
from ..expressions.traces import Trace, structured
from ..expressions.traversal import leaves
from ..symbols.printing import plain, printed_name
from ..symbols.space_dimensions import SpaceDimension
from .checked_values import declared

__all__ = ["check_names"]


def check_names(expression: sympy.Expr) -> None:
    """One name, one thing, in print too: refuses an expression in which a name stands for two."""
    traces = sorted(expression.atoms(Trace), key=structured)
    things: list[Any] = [leaf for atom in traces for leaf in leaves(atom.matrix)]
    things += sorted(expression.free_symbols, key=sympy.default_sort_key)
    spaces = (x for x in things if isinstance(x, SpaceDimension))
    named = [(f"I_{x}", Identity(x)) for x in spaces]
    named += [(thing.name, thing) for thing in things]
    known: dict[str, tuple[str, Any]] = {}
    for name, thing in named:
        _check_printed(name)
        for printed in printed_name(name):
            other_name, other = known.setdefault(printed, (name, thing))
            if other == thing:
                continue
            if isinstance(other, sympy.Symbol) and isinstance(thing, sympy.Symbol):
                _refuse_symbols(other, thing)
            clash = (
                f"{name} names two different things"
                if name == other_name
                else f"{other_name} and {name} are both printed {printed}"
            )
            raise SpecError(
                f"{clash} here, {_description(other)} and {_description(thing)}. "
                f"Give one of them another name."
            )


def _check_printed(name: str) -> None:
    """Refuses a name that prints like something that it is not, whatever else there is."""
    printed, _ = printed_name(name)
    if printed == "tr":
        raise SpecError(f"{name} is printed like a trace. Give it another name.")
    if "__" in name.strip("_"):
        raise SpecError(
            f"{name} is printed like a power, {printed} in text and {printed_name(name)[1]} in LaTeX. "
            f"Give it a name without __."
        )


def _refuse_symbols(one: sympy.Symbol, two: sympy.Symbol) -> NoReturn:
    """Two scalars that are printed alike."""
    if one.name != two.name:
        raise SpecError(
            f"{one.name} and {two.name} are both printed {plain(one)} here. Give one of them another name."
        )
    raise SpecError(
        f"{one.name} names two different symbols here, {declared(one)} and {declared(two)}. "
        f"Declare it once and use that symbol everywhere."
    )


def _description(thing: Any) -> str:
    match thing:
        case Identity():
            return f"the identity on {thing.rows}"
        case Gaussian():
            return f"a Gaussian matrix ({thing.rows} by {thing.columns})"
        case Deterministic():
            return f"a letter on {thing.rows}"
        case SpaceDimension():
            kind = "commuting" if thing.commuting else "ordered"
            return f"a dimension with {kind} letters"
    return "a scalar"
