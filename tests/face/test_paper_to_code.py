"""The page of published results: sixteen, short, with the numbers that its table names."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "from_paper_to_code.md"
INTRODUCTION, *RESULTS = PAGE.read_text(encoding="utf-8").split("\n## ")
ROWS = [line for line in INTRODUCTION.splitlines() if line.startswith("| [")]
CODE = (">>>", "...")
NUMBER = re.compile(r"\d+\.\d+|\d+")


def code_of(result: str) -> list[str]:
    return [line for line in result.splitlines() if line.startswith(CODE)]


def printed_by(result: str) -> list[float]:
    """The numbers that the blocks of a result print."""
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", result, re.DOTALL))
    output = [line for line in blocks.splitlines() if not line.startswith(CODE)]
    return [float(number) for number in NUMBER.findall("\n".join(output))]


def anchor_of(heading: str) -> str:
    """As GitHub and MyST make it."""
    return "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_there_are_sixteen_results_and_a_row_for_each():
    assert len(RESULTS) == len(ROWS) == 16


@pytest.mark.parametrize(("row", "result"), list(zip(ROWS, RESULTS, strict=True)), ids=range(1, 17))
class TestResult:
    def test_its_row_links_to_it(self, row, result):
        assert f"({anchor_of(result.splitlines()[0])})" in row

    def test_it_takes_at_most_fifteen_lines_of_code(self, row, result):
        assert 0 < len(code_of(result)) <= 15
        assert max(map(len, code_of(result))) <= 104

    def test_it_compares_the_formula_with_the_prediction(self, row, result):
        code = "\n".join(code_of(result))
        assert "same(" in code and "predict" in code

    def test_its_row_names_numbers_that_it_prints(self, row, result):
        for shown in NUMBER.findall(row.split("|")[-2]):
            decimals = len(shown.partition(".")[2])
            assert shown in {f"{value:.{decimals}f}" for value in printed_by(result)}
