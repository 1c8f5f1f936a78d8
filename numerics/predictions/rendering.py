"""Renderings of a prediction: sentences, tables for a terminal, tables for a notebook."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...theory.base.arrays import Number
from ...theory.base.filled_text import filled
from ...theory.base.html_view import html_table, html_view
from ...theory.base.number_text import significant
from ...theory.base.term_names import SYMBOLS
from ...theory.base.text_table import fitted
from ...theory.base.wording import plural
from ...theory.specification.problem_view import SELECTIONS, selection_rows
from .class_error import class_error

if TYPE_CHECKING:
    from .prediction import Prediction

__all__ = ["as_html", "as_tables", "as_text"]

FLOAT_DIGITS = 15
"""Decimal digits that any float holds."""


def as_text(p: "Prediction") -> str:
    """Sentences: the error and its terms, the problem, the solved point, the notes."""
    return "\n".join(filled(part) for part in (_errors(p), *_classes(p), _solution(p), *p.notes))


def as_tables(p: "Prediction", digits: int | None = None) -> str:
    """Tables of the errors, the sources and what is kept; the solved point, the notes; for a terminal.

    digits : significant digits of the predicted numbers; None: four.
    """
    tables = [
        fitted([_HEAD, *_lines(p, digits)], words=2),
        fitted([_SOURCES, *_sources(p, digits)], turned=True),
    ]
    if _selected(p):
        tables.append(fitted([SELECTIONS, *selection_rows(p.problem)], turned=True))
    said = (_sentence(p), *_classes(p), _solution(p, digits), *p.notes)
    first, *rest = (filled(part) for part in said)
    return "\n\n".join([first, *tables, "\n".join(rest)])


_HEAD = ("labels squared", "", "noise excluded", "with noise")
_SOURCES = ("source", "samples n_k", "error E_k", "with noise", "in training", "quality c²")


def _lines(p: "Prediction", digits: int | None) -> Iterator[tuple[str, ...]]:
    def shown(value: Number) -> str:
        return _tabled(value, digits)

    yield "test error", SYMBOLS["error"], shown(p.error), shown(p.error_with_noise)
    for name in ("bias", "variance", "collapse"):
        yield f"  {name}", SYMBOLS[name], shown(getattr(p, name)), ""
    yield "predicting 0", "tr ΓΣ_t", shown(p.null_error), ""


def _tabled(value: Number, digits: int | None) -> str:
    return significant(value) if digits is None else _digits(value, digits)


def _digits(value: Number, digits: int) -> str:
    """So many digits of a number; of a float, no more than it has."""
    from mpmath import nstr

    if not hasattr(value, "context"):  # a float
        return f"{value:.{min(digits, FLOAT_DIGITS)}g}"
    return str(nstr(value, digits)).removesuffix(".0")


def _errors(p: "Prediction") -> str:
    return (
        f"Test error {_shown(p.error)} = bias {_shown(p.bias)} + variance {_shown(p.variance)} + "
        f"collapse {_shown(p.collapse)}, noise excluded ({_shown(p.error_with_noise)} with it; "
        f"predicting 0 gives {_shown(p.null_error)}), for {p.problem}"
    )


def _solution(p: "Prediction", digits: int | None = None) -> str:
    def shown(value: Number) -> str:
        return _shown(value) if digits is None else _digits(value, digits)

    point = p.fixed_point
    of = f"of {plural(p.problem.n, 'sample')}"
    if p.problem.model.width is not None:
        of += f" and {plural(p.problem.model.width, 'feature')}"
    variance = p.problem.entry_variance
    entries = "" if variance is None else f" (entries of variance {shown(variance)})"
    θ = point.effective_ridge
    ridge = f"κ = {shown(point.kappa)}" if θ is None else f"Effective ridge {shown(θ)}"
    return f"{ridge}, df1 = {shown(point.df1)} and df2 = {shown(point.df2)} degrees of freedom {of}{entries}."


def _selected(p: "Prediction") -> bool:
    return any(source.selected for source in p.problem.sources)


def _classes(p: "Prediction") -> tuple[str, ...]:
    """The 0-1 error where labels are classes."""
    found = class_error(p)
    return () if found is None else (str(found),)


def as_html(p: "Prediction") -> str:
    """The sentence, a table each of terms, sources and diagnostics, and the notes."""
    selections = [html_table(SELECTIONS, selection_rows(p.problem))] if _selected(p) else []
    return html_view(
        f"Test error {_shown(p.error)}, noise excluded, predicted for {p.problem}",
        html_table(_HEAD, _lines(p, None), words=2, strong=1),
        html_table(_SOURCES, _sources(p)),
        *selections,
        html_table(("diagnostics", "", ""), _diagnostics(p), words=2),
        notes=p.notes,
    )


def _diagnostics(p: "Prediction") -> Iterator[tuple[str, ...]]:
    point = p.fixed_point
    yield "status", "", p.status.value
    share = p.approximation_error
    estimate = f"{share:+.1%}" if math.isfinite(share) else "no estimate"
    yield "estimated relative error of the theory", "", estimate
    classes = class_error(p)
    if classes is not None:
        yield f"0-1 error of {classes.classifier}", f"against {classes.labels}", significant(classes.error)
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


def _sources(p: "Prediction", digits: int | None = None) -> Iterator[tuple[str, ...]]:
    for k, (source, found) in enumerate(zip(p.problem.sources, p.sources, strict=True)):
        trained = "–" if found.training_error is None else _tabled(found.training_error, digits)
        yield (
            str(k),
            str(source.n),
            _tabled(found.error, digits),
            _tabled(found.error_with_noise, digits),
            trained,
            _tabled(p.quality(k), digits),
        )


def _shown(value: float) -> str:
    return f"{float(value):.4g}"
