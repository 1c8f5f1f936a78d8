"""The sources of a problem in words."""

from typing import TYPE_CHECKING

from ..base.wording import plural
from ..selection.selection import Selection

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["source_text"]


def source_text(problem: "Problem", k: int) -> str:
    """Its samples, their quality and their noise: 300 samples (noise variance 0.25)"""
    source = problem.sources[k]
    weight = "" if source.weight == 1 else f", weight {source.weight:.4g}"
    noise = f"noise variance {source.noise_variance:.4g}{weight}"
    if isinstance(source, Selection):
        by = " labelled or selected by a trained model" if source.fits else ""
        kept = f"{plural(source.n, 'sample')} kept of {source.draws}{by}"
        return f"{kept} ({100 * source.kept:.4g}%, effective {noise})"
    text = plural(source.n, "sample")
    if source.label_shift is not None or problem.truths is not None or source.label_gain != 1:
        text += f" of quality c² = {problem.quality(k):.4g}"
    if source.label_gain != 1:
        text += f", gain {source.label_gain:.4g}"
    if source.labels is not None:
        text += " labelled by a trained model"
    return f"{text} ({noise})"
