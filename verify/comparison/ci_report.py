"""Comparisons as plain data, as lines for a terminal, and as a report: Markdown, HTML or JSON.

In all of these the tolerance is called ``band``, the name that readers of reports rely on.

The pytest plugin stores them as dictionaries of numbers and strings, which can pass between processes.
"""

import html
import json
import math
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ...theory.base.text_table import aligned
from ...theory.base.wording import enumerated, plural
from .agreement import COLUMNS, Agreement, TermAgreement, Verdict

__all__ = [
    "as_record",
    "count_sentence",
    "failure_message",
    "lines_not_agreeing",
    "report_text",
    "software_versions",
]

Entry = Mapping[str, Any]

VERBS = {
    "agrees": ("agrees", "agree"),
    "disagrees": ("disagrees", "disagree"),
    "undecided": ("is undecided", "are undecided"),
}

HEADER = ("verdict", "test", "call", "outcome", *COLUMNS[:-1], "trials", "seed", "alpha")

SUMMARY = ("verdict", "test", "outcome", "term", "predicted", "simulated", "tolerance")

TITLE = "Theory against simulation"

STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{padding:.2em .6em;border-bottom:1px solid #ccc;text-align:left}"
    ".disagrees{background:#fdd}.undecided{background:#ffd}"
)


def as_record(agreement: Agreement, **context: Any) -> dict[str, Any]:
    """All numbers of a comparison, and the context (test, call, how to replay), as plain data.

    >>> term = TermAgreement("error", 1.0, 0.9, 0.01, 0.87, 0.93, 0.02, 0.0, 50)
    >>> found = as_record(Agreement((term,), 0.01, 0.02, "as given", 50, None), test="test_a")
    >>> found["test"], found["verdict"], found["terms"][0]["simulated"]
    ('test_a', 'disagrees', 0.9)
    """
    confirmation = agreement.confirmation
    return {
        **context,
        "verdict": agreement.verdict.value,
        "terms": [_term(term) for term in agreement.terms],
        "alpha": float(agreement.alpha),
        "band": float(agreement.tolerance),
        "band_origin": agreement.tolerance_origin,
        "trials": int(agreement.trials),
        "seed": agreement.seed,
        "confirmation": None if confirmation is None else as_record(confirmation),
        "left_out": [[name, float(value)] for name, value in agreement.left_out],
        "notes": list(agreement.notes),
        "sentence": agreement.sentence,
    }


def _term(term: TermAgreement) -> dict[str, Any]:
    numbers = {
        "predicted": term.predicted,
        "simulated": term.simulated,
        "stderr": term.stderr,
        "low": term.low,
        "high": term.high,
        "band": term.tolerance,
        "skewness": term.skewness,
    }
    floats = {name: float(value) for name, value in numbers.items()}
    return {"name": term.name, **floats, "verdict": term.verdict.value}


def failure_message(agreement: Agreement, replay: Mapping[str, str]) -> str:
    """The message of a failed test: the terms that do not agree, the table and the reason, the replay."""
    terms = [str(term) for term in agreement.terms if term.verdict is not Verdict.AGREES]
    commands = [f"Replay: {replay['pytest']}", f"   or: {replay['python']}"]
    return "\n".join([*terms, "", str(agreement), "", *commands])


def count_sentence(comparisons: Sequence[Entry]) -> str:
    """How many comparisons agree, and how many do not.

    >>> print(count_sentence([{"verdict": "agrees"}, {"verdict": "agrees"}, {"verdict": "disagrees"}]))
    theory: 2 comparisons agree, 1 disagrees
    """
    tally = Counter(comparison["verdict"] for comparison in comparisons)
    first, *others = [name for name in VERBS if tally[name]] or ["agrees"]
    counts = [f"{plural(tally[first], 'comparison')} {VERBS[first][tally[first] != 1]}"]
    return f"theory: {', '.join([*counts, *(f'{tally[x]} {VERBS[x][tally[x] != 1]}' for x in others)])}"


def lines_not_agreeing(comparisons: Sequence[Entry]) -> list[str]:
    """A line for each comparison that does not agree, aligned; its first term that does not.

    The outcome is the test's: one that expects an error passes though theory disagrees.
    """
    rows = [_line(comparison) for comparison in comparisons if comparison["verdict"] != "agrees"]
    return aligned([SUMMARY, *rows], words=7).splitlines() if rows else []


def _line(comparison: Entry) -> tuple[str, ...]:
    term = next(term for term in comparison["terms"] if term["verdict"] != "agrees")
    call = f" (call {comparison['call']})" if comparison["call"] > 1 else ""
    predicted, simulated, _, tolerance = _formatted(term)
    test = comparison["test"] + call
    return comparison["verdict"], test, comparison["outcome"], term["name"], predicted, simulated, tolerance


def _formatted(term: Entry) -> tuple[str, str, str, str]:
    """Predicted, simulated, interval and tolerance."""
    return (
        f"{term['predicted']:.6g}",
        f"{term['simulated']:.6g} ± {term['stderr']:.2g}",
        f"[{term['low']:.6g}, {term['high']:.6g}]",
        f"± {term['band']:.2g}",
    )


def software_versions() -> dict[str, str]:
    """Versions of the packages that the numbers may depend on."""
    return {
        "detequiv": _version("detequiv"),
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "scipy": _version("scipy"),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a checkout
        return "not installed"


def report_text(comparisons: Sequence[Entry], ending: str) -> str:
    """The report, in the format of a file with this ending: ".md", ".html" or ".json".

    >>> print(report_text([], ".md").splitlines()[0])
    # Theory against simulation
    """
    return {".md": _markdown, ".html": _html, ".json": _json}[ending](comparisons)


def _json(comparisons: Sequence[Entry]) -> str:
    tally = Counter(comparison["verdict"] for comparison in comparisons)
    head = {
        "versions": software_versions(),
        "counts": {verdict.value: tally[verdict.value] for verdict in Verdict},
        "alpha": _total_alpha(comparisons),
    }
    return json.dumps(head | {"comparisons": list(comparisons)}, indent=2, ensure_ascii=False) + "\n"


def _total_alpha(comparisons: Sequence[Entry]) -> float:
    return math.fsum(comparison["alpha"] for comparison in comparisons)


def _introduction(comparisons: Sequence[Entry]) -> list[str]:
    """The sentences above the table."""
    software = enumerated([f"{name} {number}" for name, number in software_versions().items()])
    rate = (
        f" The probability that any of these verdicts (agrees or disagrees) is false is at most "
        f"{_total_alpha(comparisons):.3g}, the sum of their alphas."
    )
    return [
        f"{count_sentence(comparisons)}.".capitalize() + rate * bool(comparisons),
        f"Computed with {software}.",
    ]


def _rows(comparison: Entry) -> list[tuple[str, ...]]:
    """One row for each term, under HEADER."""
    head = comparison["test"], str(comparison["call"]), comparison["outcome"]
    tail = str(comparison["trials"]), _seed(comparison), f"{comparison['alpha']:.3g}"
    return [(t["verdict"], *head, t["name"], *_formatted(t), *tail) for t in comparison["terms"]]


def _seed(comparison: Entry) -> str:
    return "samples given" if comparison["seed"] is None else str(comparison["seed"])


def _markdown(comparisons: Sequence[Entry]) -> str:
    rows = [_quoted(row) for comparison in comparisons for row in _rows(comparison)]
    table = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
        for row in (HEADER, ("---",) * len(HEADER), *rows)
    ]
    explanations = [
        _explanation(comparison) for comparison in comparisons if comparison["verdict"] != "agrees"
    ]
    return "\n\n".join([f"# {TITLE}", *_introduction(comparisons), "\n".join(table), *explanations]) + "\n"


def _quoted(row: tuple[str, ...]) -> tuple[str, ...]:
    """The test's id as code, because of its underscores."""
    return row[0], f"`{row[1]}`", *row[2:]


def _explanation(comparison: Entry) -> str:
    """Why a comparison does not agree, and how to run it again."""
    title = f"## {comparison['verdict'].capitalize()}: {_title(comparison)}"
    replay = comparison["replay"]
    return f"{title}\n\n{comparison['sentence']}\n\n```\n{replay['pytest']}\n{replay['python']}\n```"


def _title(comparison: Entry) -> str:
    return f"{comparison['test']}, call {comparison['call']}"


def _html(comparisons: Sequence[Entry]) -> str:
    rows = "\n".join(_html_row(row) for comparison in comparisons for row in _rows(comparison))
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    explanations = "\n".join(
        _html_explanation(comparison) for comparison in comparisons if comparison["verdict"] != "agrees"
    )
    paragraphs = "\n".join(f"<p>{html.escape(sentence)}</p>" for sentence in _introduction(comparisons))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>\n'
        f"<style>{STYLE}</style></head>\n<body><h1>{TITLE}</h1>\n{paragraphs}\n<table>\n"
        f"<tr>{head}</tr>\n{rows}\n</table>\n{explanations}\n</body></html>\n"
    )


def _html_row(row: Sequence[str]) -> str:
    cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
    return f'<tr class="{row[0]}">{cells}</tr>'


def _html_explanation(comparison: Entry) -> str:
    title = f"{comparison['verdict'].capitalize()}: {_title(comparison)}"
    replay = f"{comparison['replay']['pytest']}\n{comparison['replay']['python']}"
    return (
        f"<h2>{html.escape(title)}</h2>\n<p>{html.escape(comparison['sentence'])}</p>\n"
        f"<pre>{html.escape(replay)}</pre>"
    )
