"""The paper's theorems of a problem: solve first, then state.

All take a Problem of two sources, real data first and synthetic second, and refuse with a SpecError
what they are not about; SolveError is raised where :func:`detequiv.predict` raises it.
"""

from ..theory.specification.problem import Problem
from ..theory.statements import propositions
from ..theory.statements import theorems as strong_collapse
from ..theory.statements.decomposition import Decomposition
from ..theory.statements.propositions import PaperVariables
from .predictions.predictor import fixed_point

__all__ = [
    "paper_variables",
    "proposition_linear",
    "proposition_projection",
    "theorem_1",
    "theorem_2",
    "theorem_2_printed",
]


def theorem_1(problem: Problem) -> Decomposition:
    """Theorem 1 of arXiv 2410.04840 v2 (linear model) for this problem: B, V, ζ.

    Assumptions and formulas: :func:`~theory.statements.theorems.theorem_1`.

    Parameters
    ----------
    problem : the linear model; real data first, synthetic second, of one covariance and weight.

    Returns
    -------
    :class:`Decomposition`, noise excluded; no term is negative under these assumptions (predict's
    collapse can be, with gains or fixed truths).

    Raises
    ------
    SpecError
        Another model, other than two sources, unlike covariances or weights, gains, joint moments,
        a shift of the first source, or ridge 0 where the variance diverges.
    SolveError
        As :func:`detequiv.predict`.

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

    Assumptions and formulas: :func:`~theory.statements.theorems.theorem_2`. A problem with a
    RandomProjection; else arguments, result and what is refused are those of :func:`theorem_1`.

    >>> from detequiv import Problem, RandomProjection, Source, isotropic, predict, theorem_2
    >>> s = isotropic(40)
    >>> mix = Problem(signal=0.025, ridge=0.1, model=RandomProjection(30),
    ...               sources=[Source(50, s, noise_variance=0.1), Source(10, s, shift=0.02)])
    >>> bool(abs(theorem_2(mix).total / predict(mix).error - 1) < 1e-12)
    True
    """
    return strong_collapse.theorem_2(problem, fixed_point(problem))


def theorem_2_printed(problem: Problem) -> Decomposition:
    """Theorem 2 as printed in arXiv 2410.04840 v2, eq. 15: its variance and collapse are wrong.

    What is wrong: :func:`~theory.statements.theorems.theorem_2_printed`. Arguments and what is
    refused as in :func:`theorem_2`.

    >>> from detequiv import Problem, RandomProjection, Source, isotropic
    >>> s = isotropic(40)
    >>> mix = Problem(signal=0.025, ridge=0.1, model=RandomProjection(30),
    ...               sources=[Source(50, s, noise_variance=0.1), Source(10, s, shift=0.02)])
    >>> f"{theorem_2_printed(mix).variance / theorem_2(mix).variance:.9g}"         # n = 60
    '60'
    """
    return strong_collapse.theorem_2_printed(problem, fixed_point(problem))


def proposition_linear(problem: Problem) -> Decomposition:
    """Propositions 1 to 4 of arXiv 2410.04840 v2, the linear model with any Σ_1 and Σ_2: B, V, ζ.

    Assumptions and formulas: :func:`~theory.statements.propositions.proposition_linear`.

    Parameters
    ----------
    problem : the linear model, ridge > 0; real data first, synthetic second, of any covariances and
        weights.

    Returns
    -------
    :class:`Decomposition`, noise excluded; no term is negative under these assumptions (predict's
    collapse can be, with gains or fixed truths).

    Raises
    ------
    SpecError
        Another model, other than two sources, gains, fixed truths, joint moments, a shift of the
        first source, or ridge 0.
    SolveError
        As :func:`detequiv.predict`.

    >>> from detequiv import Problem, Source
    >>> real, synthetic = Source(30, [2.0, 1.0] * 8), Source(20, [1.0] * 16, shift=0.1)
    >>> mix = Problem(signal=0.1, sources=[real, synthetic], ridge=0.1)
    >>> print(proposition_linear(mix))
    0.39948 = bias 0.0310607 + variance 0 + collapse 0.36842
    """
    return propositions.proposition_linear(problem, fixed_point(problem))


def proposition_projection(problem: Problem) -> Decomposition:
    """Propositions 1 to 4 of arXiv 2410.04840 v2, a random projection, any Σ_1 and Σ_2: B, V, ζ.

    Assumptions and formulas: :func:`~theory.statements.propositions.proposition_projection`. A
    problem with a RandomProjection; else arguments, result and what is refused are those of
    :func:`proposition_linear`.

    >>> from detequiv import Problem, RandomProjection, Source
    >>> real, synthetic = Source(30, [2.0, 1.0] * 8), Source(20, [1.0] * 16, shift=0.1)
    >>> mix = Problem(signal=0.1, sources=[real, synthetic], ridge=0.1, model=RandomProjection(9))
    >>> print(proposition_projection(mix))
    1.39221 = bias 1.21096 + variance 0 + collapse 0.181254
    """
    return propositions.proposition_projection(problem, fixed_point(problem))


def paper_variables(problem: Problem) -> PaperVariables:
    """e_1, e_2, u_1, u_2 and, for a random projection, τ and ω, as the paper has them.

    Source: arXiv 2410.04840 v2, Definition 2. Equations:
    :class:`~theory.statements.propositions.PaperVariables`. A problem with a linear model or a
    RandomProjection, ridge > 0; what is refused as in :func:`proposition_linear`.

    >>> from detequiv import Problem, Source, isotropic
    >>> s = isotropic(100)
    >>> mix = Problem(signal=1, sources=[Source(150, s), Source(50, s)], ridge=0.75)
    >>> print(paper_variables(mix))                            # κ = λ/e = 1, φ = 1/2: u = 1/7
    e_1 = 0.75, e_2 = 0.75, u_1 = 0.142857, u_2 = 0.142857
    """
    return propositions.paper_variables(problem, fixed_point(problem))
