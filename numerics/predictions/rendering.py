"""Renderings of a prediction: sentences, tables for a terminal, tables for a notebook."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...theory.base.arrays import Number
from ...theory.base.filled_text import filled
from ...theory.base.html_view import html_table, html_view
from ...theory.base.number_text import significant
from ...theory.base.term_names import SYMBOLS
from ...theory.base.text_table import aligned
from ...theory.base.wording import plural

if TYPE_CHECKING:
    from .prediction import Prediction

__all__ = ["as_html", "as_tables", "as_text"]


def as_text(p: "Prediction") -> str:
    """Sentences: the error and its terms, the problem, the solved point, the notes."""
    return "\n".join(filled(part) for part in (_errors(p), _solution(p), *p.notes))


def as_tables(p: "Prediction", digits: int | None = None) -> str:
    """A table of the errors and one of the sources, the solved point, the notes; for a terminal.

    digits : significant digits of the errors; None: four.
    """
    tables = (aligned([_HEAD, *_lines(p, digits)], words=2), aligned([_SOURCES, *_sources(p)]))
    said = (_sentence(p), _solution(p), *p.notes)
    first, *rest = (filled(part) for part in said)
    return "\n\n".join([first, *tables, "\n".join(rest)])


_HEAD = ("labels squared", "", "noise excluded", "with noise")
_SOURCES = ("source", "samples n_k", "error E_k", "with noise", "in training", "quality c²")


def _lines(p: "Prediction", digits: int | None) -> Iterator[tuple[str, ...]]:
    def shown(value: Number) -> str:
        return significant(value) if digits is None else _digits(value, digits)

    yield "test error", SYMBOLS["error"], shown(p.error), shown(p.error_with_noise)
    for name in ("bias", "variance", "collapse"):
        yield f"  {name}", SYMBOLS[name], shown(getattr(p, name)), ""
    yield "predicting 0", "tr ΓΣ_t", shown(p.null_error), ""


def _digits(value: Number, digits: int) -> str:
    from mpmath import nstr

    return str(nstr(value, digits))


def _errors(p: "Prediction") -> str:
    return (
        f"Test error {_shown(p.error)} = bias {_shown(p.bias)} + variance {_shown(p.variance)} + "
        f"collapse {_shown(p.collapse)}, noise excluded ({_shown(p.error_with_noise)} with it; "
        f"predicting 0 gives {_shown(p.null_error)}), for {p.problem}"
    )


def _solution(p: "Prediction") -> str:
    point = p.fixed_point
    of = f"of {plural(p.problem.n, 'sample')}"
    if p.problem.model.width is not None:
        of += f" and {plural(p.problem.model.width, 'feature')}"
    entries = "" if p.problem.entry_variance is None else f" (entries of variance {_entry(p)})"
    return (
        f"{_ridge(p)}, df1 = {_shown(point.df1)} and df2 = {_shown(point.df2)} degrees of freedom "
        f"{of}{entries}."
    )


def _entry(p: "Prediction") -> str:
    return _shown(p.problem.entry_variance or 0.0)


def _ridge(p: "Prediction") -> str:
    θ = p.fixed_point.effective_ridge
    if θ is not None:
        return f"Effective ridge {_shown(θ)}"
    return f"κ = {_shown(p.fixed_point.kappa)}"


def as_html(p: "Prediction") -> str:
    """The sentence, a table each of terms, sources and diagnostics, and the notes."""
    return html_view(
        f"Test error {_shown(p.error)}, noise excluded, predicted for {p.problem}",
        html_table(_HEAD, _lines(p, None), words=2, strong=1),
        html_table(_SOURCES, _sources(p)),
        html_table(("diagnostics", "", ""), _diagnostics(p), words=2),
        notes=p.notes,
    )


def _diagnostics(p: "Prediction") -> Iterator[tuple[str, ...]]:
    point = p.fixed_point
    yield "status", "", p.status.value
    share = p.approximation_error
    estimate = f"{share:+.1%}".replace("%", " %") if math.isfinite(share) else "no estimate"
    yield "estimated relative error of the theory", "", estimate
    if p.problem.model.coordinates_seen is not None:
        yield "standard deviation over draws of coordinates", "", significant(p.spread)
    if point.effective_ridge is not None:
        yield "effective ridge", "θ", significant(point.effective_ridge)
    yield "ridge of the master equations", "κ", significant(point.kappa)
    yield "degrees of freedom, first order", "df1", significant(point.df1)
    yield "degrees of freedom, second order", "df2", significant(point.df2)
    yield "degrees of freedom left by the fit", "D", significant(point.degrees_left)


def _sentence(p: "Prediction") -> str:
    text = str(p.problem)
    return text[:1].upper() + text[1:]


def _sources(p: "Prediction") -> Iterator[tuple[str, ...]]:
    for k, (source, found) in enumerate(zip(p.problem.sources, p.sources, strict=True)):
        trained = "–" if found.training_error is None else significant(found.training_error)
        yield (
            str(k),
            str(source.n),
            significant(found.error),
            significant(found.error_with_noise),
            trained,
            significant(p.quality(k)),
        )


def _shown(value: float) -> str:
    return f"{float(value):.4g}"
