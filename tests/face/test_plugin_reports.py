"""Reports of the pytest plugin: Markdown, HTML, JSON and JUnit."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
import scipy.special  # noqa: F401  (pytester forgets what is first imported inside, and scipy minds)

import detequiv as de
import detequiv.verify.comparison.ci_report
from detequiv.pytest_plugin import seed_of, share_of
from helpers.plugin_project import MIXED, WRONG, Run

pytest_plugins = ["pytester"]


class _Balanced(HTMLParser):
    """Raises where an end tag is not that of the last element that was begun."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.rows += tag == "tr"
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


ODD = f"""
@pytest.mark.parametrize("name", ["<b>", "a|b", "ü"])
def test_odd(agreement, name):
    {WRONG}
"""


def report(run: Run, pytester: pytest.Pytester, name: str, *options: str) -> str:
    run(MIXED + ODD, f"--theory-report={name}", *options)
    return (pytester.path / name).read_text("utf-8")


def test_a_report_in_markdown_is_a_table_and_what_does_not_agree(run: Run, pytester: pytest.Pytester) -> None:
    text = report(run, pytester, "found.md")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 6
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {13}
    assert text.count("## Disagrees: ") == 4 and text.count("## Undecided: ") == 1
    assert f"detequiv {de.__version__}, python " in text and f"numpy {np.__version__}" in text
    assert str(seed_of("test_sample.py::test_wrong", 1)) in text


def test_a_report_in_html_is_well_formed_and_quotes_names(run: Run, pytester: pytest.Pytester) -> None:
    text = report(run, pytester, "found.html")
    page = _Balanced()
    page.feed(text)
    assert page.open == [] and page.rows == 1 + 6
    assert "test_odd[&lt;b&gt;]" in text and "[<b>]" not in text
    assert f"detequiv {de.__version__}" in text


def test_a_report_in_json_has_every_number(run: Run, pytester: pytest.Pytester) -> None:
    found = json.loads(report(run, pytester, "found.json"))
    assert list(found["versions"]) == ["detequiv", "python", "numpy", "scipy"]
    assert found["counts"] == {"agrees": 1, "disagrees": 4, "undecided": 1}
    assert found["alpha"] == pytest.approx(6 * share_of(0.01 / 6, 1), rel=1e-12)
    wrong = next(x for x in found["comparisons"] if x["test"] == "test_sample.py::test_wrong")
    with pytest.raises(de.DisagreementError) as caught:
        de.assert_agrees(
            theory=0.9,
            simulation=lambda rng: np.mean(rng.random(16)),
            band=0.1,
            alpha=wrong["alpha"],
            seed=wrong["seed"],
        )
    by_hand = caught.value.agreement
    term = by_hand.terms[0]
    assert wrong["terms"][0] == {
        "name": "error",
        "predicted": 0.9,
        "simulated": term.simulated,
        "stderr": term.stderr,
        "low": term.low,
        "high": term.high,
        "band": 0.1,
        "skewness": term.skewness,
        "verdict": "disagrees",
    }
    assert wrong["confirmation"]["terms"][0]["simulated"] == (by_hand.confirmation.terms[0].simulated)


def test_a_report_is_written_when_the_run_stops_at_the_first_failure(
    run: Run, pytester: pytest.Pytester
) -> None:
    done = run(MIXED, "-x", "--theory-report=found.json")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines([f"theory: every number is in {pytester.path / 'found.json'}"])
    counts = json.loads((pytester.path / "found.json").read_text("utf-8"))["counts"]
    assert counts == {"agrees": 1, "disagrees": 1, "undecided": 0}


def test_a_report_is_written_when_nothing_was_compared_but_not_when_only_collecting(
    run: Run, pytester: pytest.Pytester
) -> None:
    run("def test_a(): pass", "--theory-report=found.md")
    assert "0 comparisons agree." in (pytester.path / "found.md").read_text("utf-8")
    run("def test_a(): pass", "--theory-report=collected.md", "--collect-only")
    assert not (pytester.path / "collected.md").exists()


def test_a_report_that_cannot_be_written_is_one_line(run: Run, pytester: pytest.Pytester) -> None:
    pytester.mkdir("found.md")
    done = run(MIXED, "--theory-report=found.md")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*cannot write *found.md': *directory*"])


def test_comparisons_are_properties_in_a_junit_file(run: Run, pytester: pytest.Pytester) -> None:
    run(MIXED, "--junitxml=found.xml")
    assert (pytester.path / "found.xml").read_text("utf-8").count('name="detequiv"') == 3
