"""The paper's theorems of a problem: solve first, then state."""

from ..theory import strong_collapse
from ..theory.decomposition import Decomposition
from ..theory.problem import Problem
from .predict import fixed_point

__all__ = ["theorem_1", "theorem_2", "theorem_2_printed"]


def theorem_1(problem: Problem) -> Decomposition:
    """Theorem 1 of arXiv 2410.04840 v2 (linear model) for this problem: B, V, ζ.

    Assumptions and formulas: :func:`detequiv.theory.strong_collapse.theorem_1`.

    >>> from detequiv import Problem, Source, isotropic, theorem_1
    >>> real, none = Source(200, isotropic(100), noise_variance=1.0), Source(0, isotropic(100))
    >>> mix = Problem(signal=0.01, ridge=0.75, sources=[real, none])
    >>> terms = theorem_1(mix)                       # κ = 1: bias 2/7, variance 1/7
    >>> round(7 * terms.bias, 9), round(7 * terms.variance, 9)
    (2.0, 1.0)
    """
    return strong_collapse.theorem_1(problem, fixed_point(problem))


def theorem_2(problem: Problem) -> Decomposition:
    """Theorem 2 of arXiv 2410.04840 v2 (random projection), mended, for this problem: B, V, ζ.

    Assumptions and formulas: :func:`detequiv.theory.strong_collapse.theorem_2`.
    """
    return strong_collapse.theorem_2(problem, fixed_point(problem))


def theorem_2_printed(problem: Problem) -> Decomposition:
    """Theorem 2 as printed in arXiv 2410.04840 v2, eq. 15: its variance and collapse are wrong.

    What is wrong: :func:`detequiv.theory.strong_collapse.theorem_2_printed`.
    """
    return strong_collapse.theorem_2_printed(problem, fixed_point(problem))
