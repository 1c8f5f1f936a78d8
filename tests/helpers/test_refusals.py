"""The helper for refusals: it holds to the facts and leaves the prose free."""

import re
from typing import Any

import pytest

import detequiv as de
from helpers.refusals import check_refusal, refused

MESSAGE = "ridge must be non-negative; got -0.5. A fixed vector is Fixed(w)."
FACTS = ("ridge", "non-negative", "-0.5", "Fixed(w)")


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE,
        "Fixed(w) is a fixed vector: -0.5 was passed as ridge, which is Non-Negative.",
        "ridge was -0.5. Non-negative numbers are allowed. Or take Fixed(w).",
        "the ridge -0.5 is not among the non-negative numbers; did you mean Fixed(w)?",
    ],
)
def test_any_prose_with_the_facts_will_do(message: str) -> None:
    check_refusal(message, *FACTS)


LOST = {
    "the field": MESSAGE.replace("ridge", "it"),
    "the field except for the remedy": MESSAGE.replace("ridge", "it").replace("A fixed", "No ridge: a fixed"),
    "a longer field": MESSAGE.replace("ridge", "ridge_2"),
    "a part of another": MESSAGE.replace("ridge", "target.ridge"),
    "a field in capitals": MESSAGE.replace("ridge", "RIDGE"),
    "the rule": MESSAGE.replace("non-negative", "positive"),
    "half of the rule": MESSAGE.replace("non-negative", "negative"),
    "the value": MESSAGE.replace("-0.5", "another"),
    "the sign of the value": MESSAGE.replace("-0.5", "0.5"),
    "a longer value": MESSAGE.replace("-0.5", "-0.51"),
    "a power of the value": MESSAGE.replace("-0.5", "-0.5e-3"),
    "the remedy": MESSAGE.replace("Fixed(w)", "another"),
    "the full stop": MESSAGE[:-1],
    "a trailing blank": f"{MESSAGE} ",
    "two lines": MESSAGE.replace(". ", ".\n"),
    "an address": MESSAGE.replace("ridge", "ridge <function f at 0x7f60>"),
    "an object": MESSAGE.replace("ridge", "ridge <detequiv.theory.Problem>"),
    "a traceback": f"Traceback (most recent call last): {MESSAGE}",
    "much prose": f"{MESSAGE} {'And so on. ' * 40}".strip(),
}


@pytest.mark.parametrize("name", LOST)
def test_a_message_that_loses_a_fact_or_its_form_fails(name: str) -> None:
    with pytest.raises(AssertionError):
        check_refusal(LOST[name], *FACTS)


@pytest.mark.parametrize(
    ("rule", "message", "stated"),
    [
        ("negative", "x must be non-negative.", False),
        ("finite", "x must not be infinite.", False),
        ("symmetric", "x must not be asymmetric.", False),
        ("eigenvalue negative", "x must have no negative eigenvalues.", True),
        ("least 1", "x must be at least 10.", False),
        ("least 1", "x must be at least 1.5.", False),
        ("least 1", "x must be at least 1.", True),
    ],
)
def test_words_of_a_rule_are_stems_and_its_numbers_are_exact(rule: str, message: str, stated: bool) -> None:
    if stated:
        check_refusal(message, "x", rule)
    else:
        with pytest.raises(AssertionError, match="the rule's"):
            check_refusal(message, "x", rule)


@pytest.mark.parametrize("field", ["", ()])
def test_the_field_may_not_be_left_out(field: Any) -> None:
    with pytest.raises(AssertionError, match="names the field"):
        check_refusal(MESSAGE, field, "non-negative")


def test_several_facts_must_all_be_there() -> None:
    check_refusal(MESSAGE, ("ridge", "must"), ("vector", "fixed"), ("-0.5", "got"))
    with pytest.raises(AssertionError, match=re.escape("'0.5' is missing")):
        check_refusal(MESSAGE, "ridge", value=("-0.5", "0.5"))


def test_paths_do_not_count_as_prose() -> None:
    check_refusal(f"cannot read the file '/{'folder/' * 80}a.csv'.", "a.csv")


def test_the_class_is_the_one_given() -> None:
    with refused(de.SpecError, *FACTS) as caught:
        raise de.SpecError(MESSAGE)
    assert str(caught.value) == MESSAGE
    with pytest.raises(AssertionError, match="ShapeError, not SpecError"), refused(de.SpecError, *FACTS):
        raise de.ShapeError(MESSAGE)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"), refused(de.SpecError, *FACTS):
        pass
