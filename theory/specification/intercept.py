"""Problems with an intercept, as problems without one on centred samples.

With the intercept at its best, the fit minimises (1/n) Σ a (y − ȳ − (x − x̄)ᵀw)² + λ|w|², x̄ and ȳ the means
weighted by a. Centring takes one of n samples: the others are, after a rotation, n − 1 independent centred
ones, and the ridge is λ n/(n − 1) of their loss. Sources whose means are not 0 have the moments about x̄ and
ȳ instead.

Regime: exact at finite size with one source of mean 0; else to leading order in 1/n.
Source: our own derivation.
"""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from ..base.arrays import Array
from ..base.errors import SpecError
from ..data.effective_covariances import applied, solved, updated
from ..data.second_moments import Fixed
from ..data.source import Source

if TYPE_CHECKING:
    from .problem import Problem

__all__ = ["Centring", "centred"]


@dataclasses.dataclass(frozen=True)
class Centring:
    """The problem without intercept; the means of all samples by their weights."""

    problem: "Problem"
    input_mean: Array | None
    label_mean: float


def centred(problem: "Problem") -> Centring:
    """The problem on centred samples.

    Raises
    ------
    SpecError
        Fewer than two samples; random truths, several outputs or labels of trained models beside a source
        whose mean is not 0.
    """
    sources = list(problem.sources)
    active = [s for s in sources if s.active]
    total = sum(s.weight * s.n for s in active)
    moved = [s for s in active if s.input_mean is not None or s.label_mean]
    x_mean: Array | None = None
    y_mean = 0.0
    if moved:
        _check(problem)
        y_mean = sum(s.weight * s.n * s.label_mean for s in active) / total
        x_mean = np.zeros(int(problem.d))
        for s in moved:
            if s.input_mean is not None:
                x_mean = x_mean + s.weight * s.n / total * s.input_mean
        sources = [_about(s, problem, x_mean, y_mean) for s in sources]
    n = sum(s.n for s in sources)
    if n < 2:
        raise SpecError(f"an intercept needs two samples; got {n}. Take more, or leave the intercept out.")
    sizes = [s.n if s.active else 0 for s in sources]
    if max(sizes) > 0:
        k = int(np.argmax(sizes))
        sources[k] = _with_size(sources[k], sources[k].n - 1)
    ridge = problem.ridge * n / (n - 1)
    plain = dataclasses.replace(problem, sources=sources, ridge=ridge, intercept=False, target=problem.tested)
    return Centring(plain, x_mean, y_mean)


def _check(problem: "Problem") -> None:
    if problem.truths is not None or not isinstance(problem.signal, Fixed) or problem.outputs > 1:
        raise SpecError(
            "an intercept beside a source whose mean is not 0 needs fixed truths with one output; give "
            "signal=Fixed(w)."
        )
    for k, source in enumerate(problem.sources):
        if source.label_shift is not None and not isinstance(source.label_shift, Fixed):
            raise SpecError(
                f"an intercept beside a source whose mean is not 0 needs fixed truths; sources[{k}] has a "
                f"random shift. Give truth=w."
            )
        if source.labels is not None:
            raise SpecError(
                f"an intercept beside a source whose mean is not 0 needs fixed truths; sources[{k}] is "
                f"labelled by a trained model. Select with its expected weights instead."
            )


def _with_size(source: Source, n: int) -> Source:
    """An ordinary source of another size."""
    return Source(
        n,
        source.covariance,
        noise_variance=source.noise_variance,
        shift=source.shift,
        gain=source.gain,
        truth=source.truth,
        weight=source.weight,
        labels=source.labels,
    )


def _about(source: Source, problem: "Problem", x_mean: Array, y_mean: float) -> Source:
    """The source with moments about these means.

    With δ the change of the truth and h = ȳ − x̄ᵀw the offset that is left, the noise is the mean square of
    the old residual plus xᵀδ − h: σ² + δᵀCδ + h² − 2h(e + μᵀδ), e the mean of the old residual.
    """
    C, w = source.covariance, _truth(source, problem)
    μ = np.zeros(len(x_mean)) if source.input_mean is None else source.input_mean
    about = updated(C, np.column_stack([μ, x_mean]), np.array([[0.0, -1.0], [-1.0, 1.0]]))
    product = applied(C, w) - μ * y_mean - x_mean * source.label_mean + x_mean * y_mean
    truth = solved(about, product)
    δ, h = w - truth, y_mean - x_mean @ truth
    e = source.label_mean - μ @ w
    noise = source.noise_variance + δ @ applied(C, δ) + h * h - 2 * h * (e + μ @ δ)
    return Source(source.n, about, noise_variance=max(float(noise), 0.0), truth=truth, weight=source.weight)


def _truth(source: Source, problem: "Problem") -> Array:
    assert isinstance(problem.signal, Fixed)
    w = source.label_gain * problem.signal.columns[:, 0]
    shift = source.label_shift
    return w if shift is None else w + shift.columns[:, 0]  # type: ignore[union-attr]
