"""Why terms diverge without ridge: which counts are equal."""

import math

import numpy as np

from ..theory.frame import Frame
from ..theory.language import enumerated
from ..theory.models import Linear, RandomFeatures
from ..theory.problem import Problem

__all__ = ["diverges", "learnable_rank"]


def diverges(problem: Problem, terms: list[str]) -> str:
    """A sentence that names the terms and the reason."""
    which = enumerated(terms)
    verb = "diverge" if len(terms) > 1 else "diverges"
    return f"The {which} {verb} as the ridge vanishes: {_reason(problem)}."


def _reason(problem: Problem) -> str:
    n = sum(source.n for source in problem.sources if source.active)
    m = None if isinstance(problem.model, Linear) else problem.model.width
    r = learnable_rank(problem)
    if m is not None and n == m < r:
        return (
            f"there are as many samples as features, n = m = {n}, so that the fit interpolates "
            f"through a nearly singular square matrix"
        )
    if n == r and (m is None or r <= m):
        return (
            f"there are as many samples as the data have dimensions, n = rank = {n}, so that the "
            f"fit interpolates through a nearly singular square matrix"
        )
    if m == r and r < n:
        return (
            f"there are as many features as the training data have dimensions, m = rank = {m}, and "
            f"the target has a part outside their range"
        )
    return (
        "some of the sources have exactly as many samples together as the dimensions that only "
        "they reach"
    )


def learnable_rank(problem: Problem) -> float:
    """The rank of what is trained on; infinite with the residual of an activation."""
    model, s2 = problem.model, problem.entry_variance
    if isinstance(model, RandomFeatures) and s2:
        q = s2 * problem.sources[0].covariance.trace
        if model.activation.moments(q).residual:
            return math.inf
    frame: Frame = problem.frame
    fitted = [Σ for Σ, s in zip(frame.covariances, problem.sources, strict=False) if s.active]
    if frame.diagonal:
        return float(frame.multiplicities @ (sum(fitted) > 0))
    total = sum(Σ / np.trace(Σ) for Σ in fitted)
    values = np.linalg.eigvalsh(total)
    return float((values > len(values) * np.finfo(float).eps * values[-1]).sum())
