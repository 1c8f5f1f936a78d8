"""A problem in a notebook: the sentence, its sources, and the rest of the specification."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..base.html_view import html_table, html_view

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["problem_html"]

SOURCES = ("source", "samples n", "noise variance σ²", "quality c²", "tr Σ", "gain g", "loss weight a")


def problem_html(problem: "Problem") -> str:
    """HTML of a problem."""
    settings = html_table(("", "", "value"), _settings(problem), words=2)
    return html_view(str(problem), html_table(SOURCES, _sources(problem)), settings)


def _sources(problem: "Problem") -> Iterator[tuple[str, ...]]:
    for k, source in enumerate(problem.sources):
        quality = "of a model" if source.labels is not None or source.fits else f"{problem.quality(k):.4g}"
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
