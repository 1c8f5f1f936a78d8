"""A problem in a notebook: the sentence, its sources, and the rest of the specification."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..base.html_view import html_table, html_view
from ..selection.selection import Selection

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["SELECTIONS", "problem_html", "selection_rows"]

SOURCES = ("source", "samples n", "noise variance σ²", "quality c²", "tr Σ", "gain g", "loss weight a")
SELECTIONS = ("selected source", "drawn N", "kept fraction", "kept n", "effective noise variance")


def problem_html(problem: "Problem") -> str:
    """HTML of a problem."""
    settings = html_table(("", "", "value"), _settings(problem), words=2)
    tables = [html_table(SOURCES, _sources(problem))]
    if any(source.selected for source in problem.sources):
        tables.append(html_table(SELECTIONS, selection_rows(problem)))
    return html_view(str(problem), *tables, settings)


def selection_rows(problem: "Problem") -> Iterator[tuple[str, ...]]:
    """What each selection keeps, and the noise of its labels around the linear ones that act like them."""
    for k, source in enumerate(problem.sources):
        if isinstance(source, Selection):
            numbers = (f"{source.kept:.4g}", str(source.n), f"{source.noise_variance:.4g}")
            yield str(k), str(source.draws), *numbers


def _sources(problem: "Problem") -> Iterator[tuple[str, ...]]:
    for k, source in enumerate(problem.sources):
        fitted = source.labels is not None or source.fits
        quality = "of a model" if fitted else f"{problem.quality(k):.4g}"
        rest = (source.covariance.trace, source.label_gain, source.weight)
        yield str(k), str(source.n), f"{source.noise_variance:.4g}", quality, *(f"{x:.4g}" for x in rest)


def _settings(problem: "Problem") -> Iterator[tuple[str, str, str]]:
    yield "ridge", "λ", f"{problem.ridge:.4g}"
    yield "dimension", "d", f"{problem.d:g}"
    yield "samples in all", "n", str(problem.n)
    if problem.model.width is not None:
        yield "width", "m", str(problem.model.width)
    if problem.entry_variance is not None:
        yield "variance of entries", "s²", f"{problem.entry_variance:.4g}"
    yield "trace of the target's covariance", "tr Σ_t", f"{problem.target_covariance.trace:.4g}"
    yield "noise variance of the target", "σ_t²", f"{problem.target_noise_variance:.4g}"
    if problem.outputs > 1:
        yield "outputs", "", str(problem.outputs)
    yield "digest", "", problem.digest[:12]
