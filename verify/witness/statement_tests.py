"""Test statements one after the other."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from ...theory.base.blas_threads import one_thread
from ..comparison.agreement import Agreement, Verdict
from ..comparison.assertion import run_agreement_test
from .statement import Group, Statement

__all__ = ["ALPHA", "EXACT", "Finding", "Report", "run_witnesses"]

ALPHA = 0.001
"""The rate of false verdicts of one statement: with some hundred of them, a tenth in a run."""

EXACT = 1e-12
"""Relative to the right number: two exact routes, each of some 1e-14, with one solved for by
bisection."""

Progress = Callable[[int, int], object]


@dataclasses.dataclass(frozen=True)
class Exact:
    """The value by another exact route, and the departure of the statement relative to the right number."""

    value: float
    departure: float

    @property
    def verdict(self) -> Verdict:
        """Whether the two are equal to within :data:`EXACT`."""
        return Verdict.AGREES if abs(self.departure) <= EXACT else Verdict.DISAGREES


@dataclasses.dataclass(frozen=True)
class Finding:
    """One statement and the verdicts of its witnesses.

    theory : the number that is stated. agreement : with simulation. exact : other routes, by name.
    """

    statement: Statement
    theory: float
    agreement: Agreement
    exact: Mapping[str, Exact]

    @property
    def verdict(self) -> Verdict:
        """The verdict of simulation."""
        return self.agreement.verdict

    @property
    def expected(self) -> bool:
        """Whether simulation and every other witness give the expected verdict."""
        verdicts = (self.verdict, *(exact.verdict for exact in self.exact.values()))
        return all(verdict is self.statement.expected for verdict in verdicts)

    @property
    def undecided(self) -> bool:
        """Whether more trials might still decide, and no other witness contradicts the expectation."""
        against = any(exact.verdict is not self.statement.expected for exact in self.exact.values())
        return self.verdict is Verdict.UNDECIDED and not against


@dataclasses.dataclass(frozen=True)
class Report:
    """Groups of statements with their findings, and the trials and seed they were obtained with."""

    groups: tuple[tuple[Group, tuple[Finding, ...]], ...]
    trials: int
    seed: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all groups."""
        return tuple(finding for _, findings in self.groups for finding in findings)

    @property
    def unexpected(self) -> tuple[Finding, ...]:
        """Findings that are decided, and not as expected."""
        return tuple(f for f in self.findings if not f.expected and not f.undecided)

    @property
    def undecided(self) -> tuple[Finding, ...]:
        """Findings that are not decided."""
        return tuple(f for f in self.findings if f.undecided)

    @property
    def status(self) -> int:
        """The exit status: 0 all as expected, 1 something is not, 3 something is undecided."""
        return 1 if self.unexpected else 3 if self.undecided else 0


def run_witnesses(
    groups: tuple[Group, ...], *, trials: int, seed: int = 0, progress: Progress | None = None
) -> Report:
    """Compare every statement with its witnesses.

    Parameters
    ----------
    groups : from :func:`~detequiv.verify.witness.statements`. trials : the largest number for one statement.
    seed : of all simulations: statements about one problem see the same trials.
    progress : called with (statements done, total).

    >>> import numpy as np
    >>> from detequiv.verify.witness import Group, Statement
    >>> noisy = lambda rng: rng.normal(1, 0.01)
    >>> one = Statement("mean", "doctest", "none", lambda: 1.0, noisy)
    >>> report = run_witnesses((Group("Means", "", (one,)),), trials=128)
    >>> print(report.findings[0].verdict, report.status)
    agrees 0
    """
    show_progress = progress or (lambda done, of: None)
    total = sum(len(group.statements) for group in groups)
    done = 0
    tested = []
    with one_thread():
        for group in groups:
            findings = []
            for statement in group.statements:
                findings.append(_finding(statement, trials, seed))
                show_progress(done := done + 1, total)
            tested.append((group, tuple(findings)))
    return Report(tuple(tested), trials, seed)


def _finding(statement: Statement, trials: int, seed: int) -> Finding:
    theory = statement.theory()
    right = theory if statement.right is None else statement.right()
    agreement = run_agreement_test(
        theory=theory,
        simulation=statement.draw,
        tolerance=statement.tolerance * abs(right),
        alpha=ALPHA,
        trials=trials,
        seed=seed,
        deterministic=statement.constant,
    )
    return Finding(statement, theory, agreement, dict(_exact(statement, theory, right)))


def _exact(statement: Statement, theory: float, right: float) -> Iterator[tuple[str, Exact]]:
    for name, route in statement.witnesses.items():
        value = route()
        yield name, Exact(value, (theory - value) / abs(right))
