"""Theorems 1 and 2 of arXiv 2410.04840 v2, the isotropic case, and Propositions 1 to 4."""

from collections.abc import Iterator
from functools import partial

from ...theory import RandomProjection, isotropic_ridge
from .run_size import Size
from .statement import Group, Statement
from .witness_problems import MIX, NOISES, UNLIKE, one_covariance, unit_problem, unlike
from .witnessed_problem import Case

__all__ = ["groups"]


def groups(size: Size) -> Iterator[Group]:
    """In the order of the paper."""
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
    yield Group("Propositions 1–4: unlike covariances", UNLIKE, tuple(_propositions(size)))


def _theorem_1(size: Size) -> Iterator[Statement]:
    from ...numerics import solved_statements as theorems

    for n, n2, ridge in ((400, 120, 0.05), (200, 40, 0.02)):
        mix = one_covariance(size(300), (size(n - n2), size(n2)), ridge)
        yield from Case(mix).terms("Theorem 1", partial(theorems.theorem_1, mix))


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
        case = Case(mix)
        right, printed = (partial(form, mix) for form in (theorems.theorem_2, theorems.theorem_2_as_printed))
        yield from case.terms("Theorem 2", right, ("bias",))
        for term in ("variance", "collapse"):
            yield from case.terms("Theorem 2", right, (term,))
            yield from case.terms("eq. 15", printed, (term,), printed=True)


def _isotropic(size: Size) -> Iterator[Statement]:
    d = size(200)
    for n, n2, ridge in ((400, 120, 0.3), (120, 40, 0.1)):
        counts = (size(n - n2), size(n2))
        form = partial(
            isotropic_ridge,
            ridge=ridge,
            aspect_ratio=d / sum(counts),
            synthetic_share=counts[1] / sum(counts),
            noise_variances=NOISES,
            quality=1.0,
        )
        yield from Case(unit_problem(d, counts, ridge)).terms("Theorem 1, Σ = I", form)


def _propositions(size: Size) -> Iterator[Statement]:
    from ...numerics import solved_statements as theorems

    d = size(300)
    linear = unlike(d, 0.02)
    yield from Case(linear).terms("Props. 1–4, linear", partial(theorems.proposition_linear, linear))
    for m in (80, 250):
        projected = unlike(d, 0.02, RandomProjection(size(m)))
        form = partial(theorems.proposition_projection, projected)
        yield from Case(projected).terms("Props. 1–4, projected", form)
