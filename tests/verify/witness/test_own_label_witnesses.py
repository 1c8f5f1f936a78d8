"""The witnesses of labels from trained models: their simulators, and that false statements are caught."""

from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.blas_threads import one_thread
from detequiv.verify import trial_seed, witness
from detequiv.verify.witness import generator_witnesses, joint_fit_witnesses, round_witnesses
from detequiv.verify.witness.generator_mixes import generator_mix
from detequiv.verify.witness.plain_simulators import own_label_rounds
from detequiv.verify.witness.witness_problems import unlike_spectra
from detequiv.verify.witness.witnessed_problem import EQUATIONS, WitnessedProblem

MODULES = (joint_fit_witnesses, generator_witnesses, round_witnesses)


def statements(size: witness.Size) -> list[witness.Statement]:
    return [s for module in MODULES for group in module.groups(size) for s in group.statements]


def found(text: str, size: witness.Size = witness.QUICK) -> witness.Statement:
    """The first statement whose key has this text."""
    return next(s for s in statements(size) if text in s.key)


def run(statement: witness.Statement) -> witness.Finding:
    report = witness.run_witnesses((witness.Group("Group", "About.", (statement,)),), trials=128)
    return report.findings[0]


def test_connected_statements_see_the_trials_of_simulate() -> None:
    """To the last bit, on one thread of BLAS as in the table."""
    case = WitnessedProblem(generator_mix(20))
    simulated = de.simulate(case.problem, trials=3, seed=5).samples
    with one_thread():
        errors = [case.draw("error")(np.random.default_rng(trial_seed(5, i))) for i in range(3)]
    assert errors == simulated.error.tolist()


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize(
    ("keep", "real", "inputs"),
    [("all", True, "fresh"), ("latest", False, "fresh"), ("latest", True, "same"), ("all", False, "same")],
)
def test_rounds_simulated_as_said_are_those_of_the_library(keep: Any, real: bool, inputs: Any) -> None:
    """Within 4.5 standard errors of the difference: about once in 10⁵ by chance, for each of the cases."""
    d, counts, ridge, t = 12, (18, 18), 0.3, 2
    s = unlike_spectra(d)[0]
    source = de.Source(counts[0], s, noise_variance=0.4)
    start = de.Problem(signal=1 / d, sources=[source], ridge=ridge)
    new = source.relabelled() if inputs == "same" else de.Source(counts[1], s, noise_variance=0.4)
    fits = de.rounds(t, start=start, synthetic=new, keep=keep, real=[source] if real else [], inputs=inputs)
    library = de.simulate(fits[-1], trials=600, seed=1)
    options: dict[str, Any] = {"keep": keep, "real": real, "inputs": inputs, "ridge": ridge, "rounds": t}
    plain = np.array(
        [
            own_label_rounds(
                np.random.default_rng(trial_seed(2, i)),
                eigenvalues=s.values,
                counts=counts,
                noise_variances=(0.4, 0.4),
                **options,
            )[t]
            for i in range(600)
        ]
    )
    error = np.hypot(plain.std() / np.sqrt(len(plain)), library.stderr.error)
    assert abs(plain.mean() - library.mean.error) < 4.5 * error


def test_parts_add_up_to_the_error() -> None:
    size = witness.QUICK
    parts = [s.theory() for s in statements(size) if s.name.startswith("E, from the")]
    assert len(parts) == 3
    assert sum(parts) == pytest.approx(found("two fits: E (").theory(), rel=1e-12)


def test_the_identity_is_tested_to_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are off by 1e−8 of themselves are seen."""
    text, weights = "features linear", generator_witnesses.zero_residual_weights
    assert run(found(text)).expected
    monkeypatch.setattr(
        generator_witnesses, "zero_residual_weights", lambda **data: (1 + 1e-8) * weights(**data)
    )
    assert not run(found(text)).expected


def test_a_ridge_that_is_not_neutral_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """λ_g in place of λ_gn₁/n: the equations see it before any simulation."""
    monkeypatch.setattr(
        generator_witnesses, "neutral_ridge", lambda *, generator_ridge, counts: generator_ridge
    )
    shrunk = found("neutral ridge")
    assert abs(shrunk.theory() / shrunk.witnesses[EQUATIONS]() - 1) > 1e-3


@pytest.mark.slow
def test_no_ridges_are_below_the_bound() -> None:
    """The least error that is found is the bound, and ridges beside the best ones are worse."""
    least = found("least E with own labels")
    bound = least.theory()
    assert least.witnesses[EQUATIONS]() == pytest.approx(bound, rel=1e-12)
    for ridges in ((0.2, 0.2), (0.32, 0.25), (0.5, 0.1)):
        other = generator_mix(witness.QUICK(60), ridges=ridges, noises=(0.4, 0.0))
        assert de.predict(other).error > bound


def test_formulas_exact_at_any_size_are_not_the_asymptotic_ones() -> None:
    """At the size of the table they differ by more than its tolerance."""
    for name in ("accumulated", "replaced"):
        s = found(f"{name}, any size")
        asymptotic = s.theory.func(**{**s.theory.keywords, "finite_size": False})  # type: ignore[attr-defined]
        assert abs(asymptotic / s.theory() - 1) > s.tolerance


def test_the_quick_run_has_a_part_of_the_statements_of_the_page() -> None:
    quick, full = ({(s.source, s.name) for s in statements(size)} for size in (witness.QUICK, witness.FULL))
    assert quick < full
