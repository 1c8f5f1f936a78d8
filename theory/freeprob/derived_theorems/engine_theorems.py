"""Theorems 1 and 2 as the engine finds them: closed forms of the test error, by its terms."""

import functools

import sympy

from ..closed_forms.closed_form_solution import closed_form
from ..closed_forms.ridge_closed_form import ClosedForm
from ..derivations.named_expectations import by_total, derived
from ..symbols.printing import TraceOf

__all__ = ["found_terms", "found_theorem", "σ"]

σ = sympy.Symbol("sigma", positive=True)
"""Of the noise."""


@functools.cache
def found_theorem(number: int) -> ClosedForm:
    """The test error of the linear model (1) or of a random projection (2), in closed form.

    >>> found_theorem(1).ridge
    theta*(-df_1 + n)/n
    """
    system = derived(f"theorem-{number}")
    return closed_form(system, replaced=by_total(system))


def found_terms(number: int) -> dict[str, sympy.Expr]:
    """Its terms: what has Γ is the bias, what has σ² the variance, what has Δ the collapse.

    >>> found_terms(1)["variance"]
    df_2*sigma**2/(-df_2 + n)
    """
    parts = {"bias": sympy.S.Zero, "variance": sympy.S.Zero, "collapse": sympy.S.Zero}
    for c, traces in found_theorem(number).bare_terms:
        parts[_term(c, traces)] += c * traces
    return parts


def _term(c: sympy.Expr, traces: sympy.Expr) -> str:
    letters = {name for atom in traces.atoms(TraceOf) for name, _ in atom.factors}
    marks = {"Gamma": "bias", "Delta": "collapse"}
    found = {marks[name] for name in letters if name in marks}
    if c.has(σ):
        found.add("variance")
    (term,) = found
    return term
