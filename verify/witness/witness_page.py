"""The page of results, as Markdown. Every number in it comes from the run."""

import platform
from collections.abc import Iterator
from importlib.metadata import version

from ...theory.base.wording import plural
from ..comparison.agreement import TermAgreement, Verdict
from .run_size import Size
from .statement import TOLERANCE, Group
from .statement_tests import ALPHA, EXACT, Exact, Finding, Report
from .witnessed_problem import ENGINE, EQUATIONS, INTEGRALS

__all__ = ["page", "summary"]

WITNESSES = {
    EQUATIONS: "The master equations reproduce",
    ENGINE: "The engine derives",
    INTEGRALS: "Integrals over selected samples give",
}

PAPER = "[*Strong Model Collapse*, arXiv 2410.04840 v2](https://arxiv.org/abs/2410.04840v2)"


def page(report: Report, size: Size, *, only: str | None = None) -> str:
    """The whole page. ``only`` : the text that statements were selected by."""
    paragraphs = [
        "# The witness table",
        f"Every theorem, corollary, proposition and identity of {PAPER}, as printed and as corrected, "
        f"and further results, each compared with simulation."
        + ("" if only is None else f" Only statements that contain “{only}”."),
        f"**{summary(report)}**",
        *_surprises(report),
        _how_to_read(),
        *_errata([finding for finding in report.findings if _refuted(finding)]),
        *(
            _section(group, findings)
            for group, every in report.groups
            if (findings := tuple(finding for finding in every if not _refuted(finding)))
        ),
        _provenance(report, size),
    ]
    return "\n\n".join(paragraphs) + "\n"


def summary(report: Report) -> str:
    """The counts of the run, in two or more sentences."""
    findings = report.findings
    as_expected = [f for f in findings if f.expected]
    agree = sum(not f.statement.known_wrong for f in as_expected)
    refuted = len(as_expected) - agree
    counts = f"{plural(len(findings), 'statement')}: {agree} agree with simulation"
    if refuted:
        verb = "disagrees" if refuted == 1 else "disagree"
        counts += f"; {plural(refuted, 'statement')} as printed in version 2 {verb}, as expected"
    return f"{counts}. {_exact_counts(report)}{_unexpected_counts(report)}"


def _exact_counts(report: Report) -> str:
    """How many numbers each exact witness confirms."""
    sentences = ""
    for name, clause in WITNESSES.items():
        exact = [f.exact[name] for f in report.findings if name in f.exact]
        departures = [abs(e.departure) for e in exact if e.verdict is Verdict.AGREES]
        if departures:
            sentences += f"{clause} {len(departures)} of the numbers to within {max(departures):.0e}. "
    return sentences


def _unexpected_counts(report: Report) -> str:
    unexpected, undecided = len(report.unexpected), len(report.undecided)
    if not unexpected and not undecided:
        return "No verdict is undecided or unexpected."
    counts = [f"{plural(unexpected, 'statement')} NOT as expected"] if unexpected else []
    return ", ".join([*counts, *([f"{undecided} undecided"] if undecided else [])]) + "."


def _surprises(report: Report) -> Iterator[str]:
    for finding in (*report.unexpected, *report.undecided):
        sentence = " ".join(finding.agreement.sentence.split())
        yield f"> **{finding.statement.key}**: {_verdict(finding)}. {sentence}"


def _how_to_read() -> str:
    return (
        f"A statement *agrees* if the whole confidence interval of the simulated mean lies within "
        f"{TOLERANCE:.0%} of the correct number. It *disagrees* if the whole interval lies outside, and "
        f"does so again on fresh draws. The rate of false verdicts is {ALPHA:g} for each statement. In "
        f"the column *equations*, = means that the numerical solution of the master equations gives the "
        f"same number to {EXACT:.0e}; otherwise the column has the deviation of the stated number, in "
        f"percent or as a factor. (Theorems and propositions share the solved point with the equations; "
        f"closed forms and identities do not.) In the column *engine*, the same number is derived by the "
        f"symbolic engine from the definition of the fit alone. E = B + V + ζ are error, bias, variance "
        f"and collapse, excluding the noise of the target."
    )


def _refuted(finding: Finding) -> bool:
    """Whether this is a misprint, and simulation confirms that it is one."""
    return finding.statement.known_wrong and finding.expected


def _errata(findings: list[Finding]) -> Iterator[str]:
    """The misprints in one table: as printed, as corrected, as simulated."""
    if findings:
        rows = [
            ["statement", "source", "parameters", "printed", "corrected", "simulation", "trials"],
            ["---", "---", "---", "---:", "---:", "---:", "---:"],
            *(_erratum(finding) for finding in findings),
        ]
        yield (
            f"## Statements that fail as printed\n\n{_table(rows)}\n\nSimulation disagrees with what "
            f"version 2 prints and agrees with the corrected statement, which has a row in one of the "
            f"tables below."
        )


def _erratum(finding: Finding) -> list[str]:
    statement, (term,) = finding.statement, finding.agreement.terms
    return [
        statement.name.removesuffix(" as printed"),
        statement.source,
        statement.parameters,
        _number(finding.theory),
        _number(statement.right()) if statement.right else "",
        _mean_and_error(term),
        str(term.trials),
    ]


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _section(group: Group, findings: tuple[Finding, ...]) -> str:
    """A heading, its sentences and its table."""
    exact = list(dict.fromkeys(name for finding in findings for name in finding.exact))
    head = ["statement", "source", "parameters", "theory", "simulation", "trials", *exact, "verdict"]
    right = ["---", "---", "---", "---:", "---:", "---:", *("---:" for _ in exact), "---"]
    rows = [head, right, *(_row(finding, exact) for finding in findings)]
    return f"## {group.title}\n\n{group.about}\n\n{_table(rows)}"


def _row(finding: Finding, exact: list[str]) -> list[str]:
    statement, (term,) = finding.statement, finding.agreement.terms
    return [
        statement.name,
        statement.source,
        statement.parameters,
        _number(finding.theory),
        _mean_and_error(term),
        str(term.trials),
        *(_departure(finding.exact.get(name)) for name in exact),
        _verdict(finding),
    ]


def _number(x: float) -> str:
    return f"{x:#.5g}"


def _mean_and_error(term: TermAgreement) -> str:
    """Mean ± standard error, to two digits of the latter.

    >>> numbers = dict(low=0.0, high=0.0, tolerance=1.0, skewness=0.0, trials=9)
    >>> print(_mean_and_error(TermAgreement("error", 0.0, 0.123456, 0.00234, **numbers)))
    0.1235 ± 0.0023
    """
    if not term.stderr > 1e-12 * abs(term.simulated):
        return f"{_number(term.simulated)} ± 0"
    decimals = max(0, 1 - _exponent(term.stderr))
    return f"{term.simulated:.{decimals}f} ± {term.stderr:.{decimals}f}"


def _exponent(x: float) -> int:
    """The exponent of the leading digit, after rounding to two digits."""
    return int(f"{x:.1e}".partition("e")[2])


def _departure(exact: Exact | None) -> str:
    if exact is None:
        return ""
    if exact.verdict is Verdict.AGREES:
        return "="
    if abs(exact.departure) >= 10:
        return f"× {1 + exact.departure:.4g}"
    return f"{100 * exact.departure:+.2g} %"


def _verdict(finding: Finding) -> str:
    if finding.expected:
        verdict = "agrees" if finding.verdict is Verdict.AGREES else "**disagrees**"
        return f"{verdict}, as expected"
    if finding.undecided:
        return "undecided"
    return f"**{finding.verdict}, NOT as expected**"


def _provenance(report: Report, size: Size) -> str:
    counts = sorted({finding.agreement.trials for finding in report.findings})
    trials = " to ".join(str(n) for n in dict.fromkeys((counts[0], counts[-1])))
    option = " --full" if size.name == "full" else ""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return (
        f"---\n\nWritten by `detequiv witness{option} --seed {report.seed}`: {trials} "
        f"trials for each statement (at most {report.trials}), statements about one "
        f"problem on the same draws. detequiv {version('detequiv')}, Python "
        f"{platform.python_version()}, {versions}."
    )
