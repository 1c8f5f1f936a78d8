"""How a prediction is shown: as sentences, and as tables in a notebook."""

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...theory.base.arrays import Number
from ...theory.base.filled_text import filled
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

    digits : of the errors, all of them; None: four.
    """
    tables = (aligned([_HEAD, *_lines(p, digits)], words=2), aligned([_SOURCES, *_sources(p)]))
    said = (_sentence(p), _solution(p), *p.notes)
    first, *rest = (filled(part) for part in said)
    return "\n\n".join([first, *tables, "\n".join(rest)])


_HEAD = ("labels squared", "", "noise excluded", "with noise")
_SOURCES = ("source", "samples n_k", "error E_k", "with noise", "in training", "quality c²")
SYMBOLS = {"error": "E", "bias": "B", "variance": "V", "collapse": "ζ"}


def _lines(p: "Prediction", digits: int | None) -> Iterator[tuple[str, ...]]:
    def shown(value: Number) -> str:
        return _aligned(value) if digits is None else _digits(value, digits)

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
    """A table of the errors, one of the sources, the solved point and the notes."""
    return "".join(
        [
            f"<div><p>{html.escape(_sentence(p))}</p>",
            _table(("", "noise excluded", "with noise"), _rows(p)),
            _table(("source", "samples", "error", "with noise", "in training", "quality c²"), _sources(p)),
            f"<p>{html.escape(_solution(p))}</p>",
            "".join(f"<p><em>{html.escape(note)}</em></p>" for note in p.notes),
            "</div>",
        ]
    )


def _sentence(p: "Prediction") -> str:
    text = str(p.problem)
    return text[:1].upper() + text[1:]


def _rows(p: "Prediction") -> Iterator[tuple[str, ...]]:
    yield "<b>test error</b>", f"<b>{_aligned(p.error)}</b>", _aligned(p.error_with_noise)
    for name in ("bias", "variance", "collapse"):
        yield name, _aligned(getattr(p, name)), ""
    yield "predicting 0", _aligned(p.null_error), ""


def _sources(p: "Prediction") -> Iterator[tuple[str, ...]]:
    for k, (source, found) in enumerate(zip(p.problem.sources, p.sources, strict=True)):
        trained = "–" if found.training_error is None else _aligned(found.training_error)
        yield (
            str(k),
            str(source.n),
            _aligned(found.error),
            _aligned(found.error_with_noise),
            trained,
            _aligned(p.problem.quality(k)),
        )


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    cells = "".join(_cell("th", text, k) for k, text in enumerate(head))
    body = "".join(f"<tr>{''.join(_cell('td', text, k) for k, text in enumerate(row))}</tr>" for row in rows)
    head_row = f"<thead><tr>{cells}</tr></thead>"
    return f'<table style="margin: 0 0 1em 0">{head_row}<tbody>{body}</tbody></table>'


def _cell(kind: str, text: str, column: int) -> str:
    side = "left" if column == 0 else "right"
    return f'<{kind} style="text-align: {side}">{text}</{kind}>'


def _shown(value: float) -> str:
    return f"{float(value):.4g}"


def _aligned(value: float) -> str:
    """Four significant digits, zeros at the end kept."""
    return f"{float(value):#.4g}".removesuffix(".") if value else "0"
