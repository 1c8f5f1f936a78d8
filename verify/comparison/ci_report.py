"""Comparisons as plain data, as lines for a terminal, and as a report: Markdown, HTML or JSON.

The pytest plugin keeps them as dictionaries of numbers and words, so that they travel between
processes.
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
from .agreement import Agreement, TermAgreement, Verdict

__all__ = ["counted", "entry", "failure", "lines", "versions", "written"]

Entry = Mapping[str, Any]

VERBS = {
    "agrees": ("agrees", "agree"),
    "disagrees": ("disagrees", "disagree"),
    "undecided": ("is undecided", "are undecided"),
}

HEADER = (
    "verdict", "test", "call", "outcome", "term", "predicted", "simulated", "interval", "band",
    "trials", "seed", "alpha",
)  # fmt: skip

SUMMARY = ("verdict", "test", "outcome", "term", "predicted", "simulated", "band")

TITLE = "Theory against simulation"

STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{padding:.2em .6em;border-bottom:1px solid #ccc;text-align:left}"
    ".disagrees{background:#fdd}.undecided{background:#ffd}"
)


def entry(agreement: Agreement, **context: Any) -> dict[str, Any]:
    """All numbers of a comparison, and the context (test, call, how to replay), as plain data.

    >>> term = TermAgreement("error", 1.0, 0.9, 0.01, 0.87, 0.93, 0.02, 0.0, 50)
    >>> found = entry(Agreement((term,), 0.01, 0.02, "as given", 50, None), test="test_a")
    >>> found["test"], found["verdict"], found["terms"][0]["simulated"]
    ('test_a', 'disagrees', 0.9)
    """
    again = agreement.confirmation
    return {
        **context,
        "verdict": agreement.verdict.value,
        "terms": [_term(term) for term in agreement.terms],
        "alpha": float(agreement.alpha),
        "band": float(agreement.band),
        "band_origin": agreement.band_origin,
        "trials": int(agreement.trials),
        "seed": agreement.seed,
        "confirmation": None if again is None else entry(again),
        "left_out": [[name, float(value)] for name, value in agreement.left_out],
        "notes": list(agreement.notes),
        "sentence": agreement.sentence,
    }


NUMBERS = ("predicted", "simulated", "stderr", "low", "high", "band", "skewness")


def _term(term: TermAgreement) -> dict[str, Any]:
    numbers = {name: float(getattr(term, name)) for name in NUMBERS}
    return {"name": term.name, **numbers, "verdict": term.verdict.value}


def failure(agreement: Agreement, replay: Mapping[str, str]) -> str:
    """What a person needs: first the terms that part, then the table and why, then the replay."""
    apart = [str(term) for term in agreement.terms if term.verdict is not Verdict.AGREES]
    again = [f"Replay: {replay['pytest']}", f"   or: {replay['python']}"]
    return "\n".join([*apart, "", str(agreement), "", *again])


def counted(found: Sequence[Entry]) -> str:
    """How many agree.

    >>> print(counted([{"verdict": "agrees"}, {"verdict": "agrees"}, {"verdict": "disagrees"}]))
    theory: 2 comparisons agree, 1 disagrees
    """
    tally = Counter(each["verdict"] for each in found)
    first, *others = [name for name in VERBS if tally[name]] or ["agrees"]
    said = [f"{plural(tally[first], 'comparison')} {VERBS[first][tally[first] != 1]}"]
    return f"theory: {', '.join([*said, *(f'{tally[x]} {VERBS[x][tally[x] != 1]}' for x in others)])}"


def lines(found: Sequence[Entry]) -> list[str]:
    """A line for each comparison that does not agree, aligned; its first term that does not.

    The outcome is the test's: one that expects an error passes though theory disagrees.
    """
    rows = [_line(each) for each in found if each["verdict"] != "agrees"]
    return aligned([SUMMARY, *rows], words=7).splitlines() if rows else []


def _line(each: Entry) -> tuple[str, ...]:
    term = next(term for term in each["terms"] if term["verdict"] != "agrees")
    call = f" (call {each['call']})" if each["call"] > 1 else ""
    predicted, simulated, _, band = _shown(term)
    test = each["test"] + call
    return each["verdict"], test, each["outcome"], term["name"], predicted, simulated, band


def _shown(term: Entry) -> tuple[str, str, str, str]:
    """Predicted, simulated, interval and band."""
    return (
        f"{term['predicted']:.6g}",
        f"{term['simulated']:.6g} ± {term['stderr']:.2g}",
        f"[{term['low']:.6g}, {term['high']:.6g}]",
        f"± {term['band']:.2g}",
    )


def versions() -> dict[str, str]:
    """What the numbers may depend on."""
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


def written(found: Sequence[Entry], ending: str) -> str:
    """The report, in the format of a file with this ending: ".md", ".html" or ".json".

    >>> print(written([], ".md").splitlines()[0])
    # Theory against simulation
    """
    return {".md": _markdown, ".html": _html, ".json": _json}[ending](found)


def _json(found: Sequence[Entry]) -> str:
    tally = Counter(each["verdict"] for each in found)
    head = {
        "versions": versions(),
        "counts": {verdict.value: tally[verdict.value] for verdict in Verdict},
        "alpha": _spent(found),
    }
    return json.dumps(head | {"comparisons": list(found)}, indent=2, ensure_ascii=False) + "\n"


def _spent(found: Sequence[Entry]) -> float:
    return math.fsum(each["alpha"] for each in found)


def _head(found: Sequence[Entry]) -> list[str]:
    """The sentences above the table."""
    used = enumerated([f"{name} {number}" for name, number in versions().items()])
    rate = (
        f" The chance that any of these verdicts is false is at most {_spent(found):.3g}, the sum "
        f"of their alphas."
    )
    return [f"{counted(found)}.".capitalize() + rate * bool(found), f"Computed with {used}."]


def _rows(each: Entry) -> list[tuple[str, ...]]:
    """One row for each term, under HEADER."""
    head = each["test"], str(each["call"]), each["outcome"]
    tail = str(each["trials"]), _seed(each), f"{each['alpha']:.3g}"
    return [(t["verdict"], *head, t["name"], *_shown(t), *tail) for t in each["terms"]]


def _seed(each: Entry) -> str:
    return "samples given" if each["seed"] is None else str(each["seed"])


def _markdown(found: Sequence[Entry]) -> str:
    rows = [_quoted(row) for each in found for row in _rows(each)]
    table = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
        for row in (HEADER, ("---",) * len(HEADER), *rows)
    ]
    apart = [_told(each) for each in found if each["verdict"] != "agrees"]
    return "\n\n".join([f"# {TITLE}", *_head(found), "\n".join(table), *apart]) + "\n"


def _quoted(row: tuple[str, ...]) -> tuple[str, ...]:
    """With the test's id as code, for its underscores."""
    return row[0], f"`{row[1]}`", *row[2:]


def _told(each: Entry) -> str:
    """Why a comparison does not agree, and how to run it again."""
    title = f"## {each['verdict'].capitalize()}: {_title(each)}"
    replay = each["replay"]
    return f"{title}\n\n{each['sentence']}\n\n```\n{replay['pytest']}\n{replay['python']}\n```"


def _title(each: Entry) -> str:
    return f"{each['test']}, call {each['call']}"


def _html(found: Sequence[Entry]) -> str:
    rows = "\n".join(_html_row(row) for each in found for row in _rows(each))
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    apart = "\n".join(_html_told(each) for each in found if each["verdict"] != "agrees")
    said = "\n".join(f"<p>{html.escape(sentence)}</p>" for sentence in _head(found))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>\n'
        f"<style>{STYLE}</style></head>\n<body><h1>{TITLE}</h1>\n{said}\n<table>\n"
        f"<tr>{head}</tr>\n{rows}\n</table>\n{apart}\n</body></html>\n"
    )


def _html_row(row: Sequence[str]) -> str:
    cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
    return f'<tr class="{row[0]}">{cells}</tr>'


def _html_told(each: Entry) -> str:
    title = f"{each['verdict'].capitalize()}: {_title(each)}"
    replay = f"{each['replay']['pytest']}\n{each['replay']['python']}"
    return (
        f"<h2>{html.escape(title)}</h2>\n<p>{html.escape(each['sentence'])}</p>\n"
        f"<pre>{html.escape(replay)}</pre>"
    )
