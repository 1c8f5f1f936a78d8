"""Theorems 1 and 2 of arXiv 2410.04840 v2, the isotropic case, and Propositions 1 to 4."""

from collections.abc import Iterator
from functools import partial

from ...theory import RandomProjection, isotropic_ridge
from .run_size import Size
from .statement import Group, Statement
from .witness_problems import MIX, NOISES, TWO_COVARIANCES, one_covariance, two_covariances, unit_problem
from .witnessed_problem import WitnessedProblem

__all__ = ["groups"]


def groups(size: Size) -> Iterator[Group]:
    """Theorems 1 and 2, isotropic data and Propositions 1 to 4, in the order of the paper."""
    yield Group("Theorem 1: the linear model", MIX, tuple(_theorem_1(size)))
    yield Group(
        "Theorem 2: random projections",
        "As above; in the last problem Δ = Σ⁻¹/d. Version 2 prints the variance n times too large, "
        "and p₂ in place of p₂² before ω′ in the collapse; the bias is right as printed.",
        tuple(_theorem_2(size)),
    )
    yield Group(
        "Theorem 1 for isotropic data",
        f"Σ = I, Γ = I/d, Δ = I/d, noise variances {NOISES[0]:g} and {NOISES[1]:g}: everything is "
        "elementary.",
        tuple(_isotropic(size)),
    )
    yield Group("Propositions 1–4: unlike covariances", TWO_COVARIANCES, tuple(_propositions(size)))


def _theorem_1(size: Size) -> Iterator[Statement]:
    from ...numerics import solved_statements as theorems

    for n, n2, ridge in ((400, 120, 0.05), (200, 40, 0.02)):
        mix = one_covariance(size(300), (size(n - n2), size(n2)), ridge)
        yield from WitnessedProblem(mix).term_statements("Theorem 1", partial(theorems.theorem_1, mix))


def _theorem_2(size: Size) -> Iterator[Statement]:
    from ...numerics import solved_statements as theorems

    rows = (
        (400, 40, 150, 0.05, False),
        (400, 120, 150, 0.05, False),
        (200, 20, 350, 0.02, False),
        (400, 200, 300, 0.01, True),
    )
    for n, n2, m, ridge, precision in rows:
        counts, model = (size(n - n2), size(n2)), RandomProjection(size(m))
        mix = one_covariance(size(300), counts, ridge, model, precision=precision)
        case = WitnessedProblem(mix)
        right, printed = (
            partial(formula, mix) for formula in (theorems.theorem_2, theorems.theorem_2_as_printed)
        )
        yield from case.term_statements("Theorem 2", right, ("bias",))
        for term in ("variance", "collapse"):
            yield from case.term_statements("Theorem 2", right, (term,))
            yield from case.term_statements("eq. 15", printed, (term,), printed=True)


def _isotropic(size: Size) -> Iterator[Statement]:
    d = size(200)
    for n, n2, ridge in ((400, 120, 0.3), (120, 40, 0.1)):
        counts = (size(n - n2), size(n2))
        formula = partial(
            isotropic_ridge,
            ridge=ridge,
            aspect_ratio=d / sum(counts),
            synthetic_share=counts[1] / sum(counts),
            noise_variances=NOISES,
            quality=1.0,
        )
        yield from WitnessedProblem(unit_problem(d, counts, ridge)).term_statements(
            "Theorem 1, Σ = I", formula
        )


def _propositions(size: Size) -> Iterator[Statement]:
    from ...numerics import solved_statements as theorems

    d = size(300)
    linear = two_covariances(d, 0.02)
    yield from WitnessedProblem(linear).term_statements(
        "Props. 1–4, linear", partial(theorems.proposition_linear, linear)
    )
    for m in (80, 250):
        projected = two_covariances(d, 0.02, RandomProjection(size(m)))
        formula = partial(theorems.proposition_projection, projected)
        yield from WitnessedProblem(projected).term_statements("Props. 1–4, projected", formula)
