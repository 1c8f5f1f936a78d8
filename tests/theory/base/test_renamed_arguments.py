"""Parameters that were renamed: both names work, silently, and wrong calls name the new ones."""

import inspect
from typing import Any

import pytest

from detequiv.theory.base.argument_checks import CheckedCalls, checked_call
from detequiv.theory.base.errors import ArgumentError
from detequiv.theory.base.renamed_arguments import accepts_old_names


def scaled(value: float, *, factor: float = 2.0, offset: float = 0.0) -> float:
    """A value in other units."""
    return value * factor + offset


RENAMED: Any = accepts_old_names(value="x", factor="f")(scaled)
FACE: Any = checked_call(RENAMED, "detequiv")
"""As users call it."""


class Measured(metaclass=CheckedCalls):
    @accepts_old_names(tolerance="band")
    def __init__(self, tolerance: float = 0.1) -> None:
        self.tolerance = tolerance


@pytest.mark.parametrize("function", [RENAMED, FACE])
def test_both_names_work(function: Any) -> None:
    calls = [function(3, factor=5), function(3, f=5), function(x=3, f=5), function(value=3, f=5)]
    assert calls == [15] * 4
    assert function(x=3, offset=1) == 7


@pytest.mark.parametrize("function", [RENAMED, FACE])
def test_name_signature_and_docstring_are_those_of_the_function(function: Any) -> None:
    assert inspect.signature(function) == inspect.signature(scaled)
    assert (function.__name__, function.__doc__) == ("scaled", "A value in other units.")


WRONG = {
    "both": (
        {"factor": 1, "f": 2, "x": 1},
        "scaled got factor twice, the second time by its old name f. Omit f.",
    ),
    "missing": ({"f": 2}, "scaled needs value as well. Its arguments are value, factor and offset."),
    "unknown": ({"x": 2, "factr": 1}, "unexpected keyword 'factr'; did you mean factor?"),
}


@pytest.mark.parametrize(("named", "said"), WRONG.values(), ids=WRONG)
def test_wrong_calls_say_what_is_wrong_in_the_new_names(named: dict[str, float], said: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        FACE(**named)
    assert said in str(refused.value)


def test_an_old_keyword_after_the_value_by_position_is_twice() -> None:
    with pytest.raises(ArgumentError, match="scaled got value twice, by position and by keyword"):
        FACE(1, x=2)


def test_constructors_take_old_names_too() -> None:
    ours: Any = Measured
    assert ours(band=0.5).tolerance == ours(tolerance=0.5).tolerance == 0.5
    with pytest.raises(
        ArgumentError, match="Measured got tolerance twice, the second time by its old name band"
    ):
        ours(tolerance=1, band=2)
