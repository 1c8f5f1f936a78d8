"""Corollaries 1 to 4 of arXiv 2410.04840 v2, equation 18, appendix B.2, and the plateau."""

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...theory import (
    Problem,
    chain_quality,
    chain_shift,
    collapse_plateau,
    collapse_plateau_as_printed,
    corollary_1,
    corollary_2,
    corollary_2_as_printed,
    corollary_3,
    corollary_3_finite,
    corollary_3_reused,
    corollary_3_reused_finite,
    corollary_4,
    corollary_4_as_printed,
    mixing_weights,
    optimal_weight,
    optimal_weight_as_printed,
    power_law,
    weighted_mixing,
)
from ..comparison.agreement import Verdict
from .plain_simulators import mixing_rounds, trained_on_chain
from .run_size import Size
from .shared_trials import SharedTrials
from .statement import Group, Number, Statement
from .witness_problems import Counts, one_covariance, unit_problem
from .witnessed_problem import WitnessedProblem

__all__ = ["groups"]

WEIGHTED_NOISES = (1.0, 0.25)
"""Noise variances of the weighted mixes."""


def groups(size: Size) -> Iterator[Group]:
    """Corollaries 1 to 4 with equation 18, then appendix B.2 and the plateau."""
    yield Group(
        "Corollaries 1 and 4: no ridge",
        "Corollary 1: more samples than dimensions, with the eigenvalues of Theorem 1. Corollary "
        "4: fewer, Σ = I; version 2 prints another collapse. Γ = I/d, Δ ∝ I.",
        (*_corollary_1(size), *_corollary_4(size)),
    )
    yield Group(
        "Corollary 2 and eq. 18: one weighted mix",
        "Σ = I, no ridge, a is the synthetic share of the loss, noise variances "
        f"{WEIGHTED_NOISES[0]:g} and {WEIGHTED_NOISES[1]:g}. Corollary 2 is the leading order for many "
        "samples; weighted mixing is exact. For eq. 18, theory is the least error of any weight, and "
        "simulation the error at the weight that eq. 18 recommends.",
        (*_corollary_2(size), *_equation_18(size)),
    )
    yield Group(
        "Corollary 3: rounds of mixing",
        "Every round is a least-squares fit to real data and to inputs labelled by the model of "
        "the round before, simulated as said. Σ = I, noise variances "
        f"{NOISY_ROUNDS[0]:g} and {NOISY_ROUNDS[1]:g}, first labels of quality c². Corollary 3 "
        "itself is the leading order for many samples; its recursion holds for any number.",
        tuple(_corollary_3(size)),
    )
    yield Group(
        "Appendix B.2 and the plateau",
        "A chain of least-squares fits, each to the labels of the previous one. Then "
        "the collapse that remains as n → ∞: tr ΔΣ³(Σ + λ)⁻² instead "
        "of the printed tr Δ.",
        (*_appendix_b2(size), *_plateau(size)),
    )


def closed_form_arguments(problem: Problem) -> dict[str, Any]:
    """The arguments that the closed forms have in common, of this problem."""
    return {
        "aspect_ratio": problem.d / problem.n,
        "synthetic_share": problem.fractions[1],
        "noise_variances": tuple(source.noise_variance for source in problem.sources),
        "quality": problem.quality(1),
    }


def _corollary_1(size: Size) -> Iterator[Statement]:
    for d, n, n2 in ((200, 400, 120), (100, 600, 300)):
        counts = size(n - n2), size(n2)
        mix = one_covariance(size(d), counts, 0.0, quality=0.5)
        formula = partial(corollary_1, **closed_form_arguments(mix))
        yield from WitnessedProblem(mix).term_statements(
            "Corollary 1", formula, ("variance", "collapse", "error")
        )


def _corollary_4(size: Size) -> Iterator[Statement]:
    d = size(480)
    for n, n2 in ((320, 96), (160, 32), (160, 128)):
        mix = unit_problem(d, (size(n - n2), size(n2)), 0.0)
        case, arguments = WitnessedProblem(mix, _ratio(mix)), closed_form_arguments(mix)
        terms = ("bias", "variance", "collapse") if n2 == 96 else ("collapse",)
        yield from case.term_statements("Corollary 4", partial(corollary_4, **arguments), terms)
        printed = partial(corollary_4_as_printed, **arguments)
        yield from case.term_statements("Corollary 4", printed, ("collapse",), printed=True)


def _ratio(mix: Problem) -> str:
    return f", φ = {mix.d / mix.n:g}"


def _weighted_mix(d: int, n: int, a: float) -> Problem:
    weights = mixing_weights(a, (0.5, 0.5))
    return unit_problem(d, (n // 2, n // 2), 0.0, noises=WEIGHTED_NOISES, weights=weights)


def _corollary_2(size: Size) -> Iterator[Statement]:
    a = 0.2
    many, few = _weighted_mix(20, size(10000), a), _weighted_mix(size(100), size(4000), a)
    case, arguments = WitnessedProblem(many, f", a = {a:g}"), closed_form_arguments(many)
    yield _leading(case, partial(corollary_2, weight=a, **arguments))
    printed = partial(corollary_2_as_printed, weight=a, **arguments)
    yield from case.term_statements("Corollary 2", printed, ("error",), printed=True)
    case, arguments = WitnessedProblem(few, f", a = {a:g}"), closed_form_arguments(few)
    exact = partial(weighted_mixing, weight=a, **arguments)
    yield from case.term_statements("weighted mixing", exact, ("variance", "collapse", "error"))
    printed = partial(corollary_2_as_printed, weight=a, **arguments)
    yield from case.term_statements("Corollary 2", printed, ("error",), printed=True)


def _leading(case: WitnessedProblem, formula: Any) -> Statement:
    """The leading order, for which there is no exact witness."""
    return Statement(
        name="E, leading order",
        source="Corollary 2",
        parameters=case.parameters,
        theory=lambda: float(formula().total),
        draw=case.draw("error"),
        right=case.predicted("error"),
    )


def _equation_18(size: Size) -> Iterator[Statement]:
    d, n = size(20), size(4000)
    arguments = closed_form_arguments(_weighted_mix(d, n, 0.5))
    for rule, printed in ((optimal_weight, False), (optimal_weight_as_printed, True)):
        a = rule(**arguments)
        case = WitnessedProblem(_weighted_mix(d, n, a), f", a* = {a:.3g}")
        yield Statement(
            name="least E" + (" as printed" if printed else ""),
            source="eq. 18",
            parameters=case.parameters,
            theory=partial(_least, arguments),
            draw=case.draw("error"),
            right=case.predicted("error") if printed else None,
            expected=Verdict.DISAGREES if printed else Verdict.AGREES,
        )


def _least(arguments: dict[str, Any]) -> float:
    """The least error of any weight."""
    from scipy.optimize import minimize_scalar

    return float(
        minimize_scalar(
            lambda a: weighted_mixing(weight=a, **arguments).total, bounds=(0, 1), method="bounded"
        ).fun
    )


NOISY_ROUNDS = (0.5, 1.0)
"""Noise variances of real and synthetic labels in every round."""


@dataclasses.dataclass(frozen=True)
class _Rounds:
    """Rounds of mixing, and the formula for their error."""

    source: str
    form: Callable[..., float]
    dimension: int
    counts: Counts
    quality: float
    reuse: bool = False

    def statements(self) -> Iterator[Statement]:
        """The error after 1, 2 and 4 rounds."""
        n1, n2 = self.counts
        common: dict[str, Any] = {"noise_variances": NOISY_ROUNDS, "quality": self.quality}
        simulate = partial(
            mixing_rounds, dimension=self.dimension, counts=self.counts, rounds=4, reuse=self.reuse, **common
        )
        shared = SharedTrials(simulate)
        ratio, share = self.dimension / (n1 + n2), n2 / (n1 + n2)
        formula = partial(self.form, aspect_ratio=ratio, synthetic_share=share, **common)
        for t in (1, 2, 4):
            yield Statement(
                name=f"E after t = {t}",
                source=self.source,
                parameters=f"d = {self.dimension}, n = {n1} + {n2}, c² = {self.quality:g}",
                theory=partial(formula, rounds=t),
                draw=shared.entry(t - 1),
            )


def _corollary_3(size: Size) -> Iterator[Statement]:
    """Leading orders where d/n and the share of the first labels are small: what is left out is of
    relative order t²d/n in it."""
    many = (size(2000), size(2000))
    finite = (size(80), size(120))
    rows = (
        _Rounds("Corollary 3", corollary_3, 10, many, 0.02),
        _Rounds("its recursion", corollary_3_finite, size(50), finite, 1.0),
        _Rounds("real data reused", corollary_3_reused, 10, many, 0.02, reuse=True),
        _Rounds("reused, at any φ", corollary_3_reused_finite, size(50), finite, 1.0, reuse=True),
    )
    for row in rows:
        yield from row.statements()


def _appendix_b2(size: Size) -> Iterator[Statement]:
    s, counts, noises = power_law(size(50), 1.0), (size(300), size(450)), (0.3, 0.5)
    fitted, ridge = (size(200), size(100)), 0.01
    shift = chain_shift(s, counts=counts, noise_variances=noises)
    simulate = partial(
        trained_on_chain,
        eigenvalues=s.values,
        counts=counts,
        noise_variances=noises,
        fitted=fitted,
        noises=(0.1, 0.1),
        ridge=ridge,
    )
    shared = SharedTrials(simulate)
    mix = unit_problem(int(s.d), fitted, ridge, noises=(0.1, 0.1), spectrum=s, shift=shift)
    case, chain_parameters = WitnessedProblem(mix), f"d = {s.d}, n₁ = {counts[0]}, n₂ = {counts[1]}"
    quality = partial(chain_quality, s.d, counts=counts, noise_variances=noises)
    numbers: tuple[tuple[str, Number, str], ...] = (
        ("tr ΣΔ of a chain", quality, chain_parameters),
        ("tr Δ of a chain", lambda: float(np.sum(shift)), chain_parameters),
        ("E of a fit to its labels", case.predicted("error"), case.parameters),
    )
    for i, (name, number, parameters) in enumerate(numbers):
        yield Statement(name, "appendix B.2", parameters, number, shared.entry(i))


def _plateau(size: Size) -> Iterator[Statement]:
    s = power_law(10, 1.0)
    for ridge in (0.0, 0.05):
        mix = unit_problem(10, (size(8000), size(8000)), ridge, spectrum=s)
        case = WitnessedProblem(mix)
        for formula, printed in ((collapse_plateau, False), (collapse_plateau_as_printed, True)):
            yield Statement(
                name="ζ, many samples" + (" as printed" if printed else ""),
                source="plateau",
                parameters=case.parameters,
                theory=partial(formula, mix),
                draw=case.draw("collapse"),
                right=case.predicted("collapse"),
                expected=Verdict.DISAGREES if printed else Verdict.AGREES,
            )
