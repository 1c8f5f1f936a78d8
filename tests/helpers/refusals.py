"""Refusals are tested by their facts: the exception, the field, the rule, the value and the remedy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

Facts = str | tuple[str, ...]


@contextmanager
def refused(error: type[Exception], *facts: Facts, **named: Any) -> Iterator[pytest.ExceptionInfo[Exception]]:
    """This exception, and no subclass, must be raised with a message of these facts."""
    with pytest.raises(error) as caught:
        yield caught
    assert type(caught.value) is error, f"{type(caught.value).__name__}, not {error.__name__}"
    check_refusal(str(caught.value), *facts, **named)


def check_refusal(
    message: str, field: Facts, rule: Facts = (), value: Facts = (), remedy: Facts = (), longest: int = 400
) -> None:
    """A line must name the field in its first sentence, value and remedy exactly, and the rule by its words.

    These may stand in any order and case and have any ending; numbers in a rule are exact.
    longest : characters, those of quoted paths aside.
    """
    assert "\n" not in message and message.endswith((".", "?")), f"not one line of sentences: {message!r}"
    assert not re.search(r"Traceback|<detequiv| at 0x", message), f"not for a reader: {message!r}"
    assert len(re.sub(r"'[^' ]*/[^' ]*'", "''", message)) <= longest, f"too long: {message!r}"
    assert field, "a refusal names the field"
    first = re.split(r"(?<=[.?]) (?=[A-Z])", message)[0]
    for facts, text in ((field, first), (value, message), (remedy, message)):
        for fact in (facts,) if isinstance(facts, str) else facts:
            assert re.search(_exactly(fact), text), f"{fact!r} is missing in {text!r}"
    for word in (rule if isinstance(rule, str) else " ".join(rule)).split():
        stem = rf"(?i)(?<![\w-]){word}" if word.replace("-", "").isalpha() else _exactly(word)
        assert re.search(stem, message), f"the rule's {word!r} is missing in {message!r}"


def _exactly(fact: str) -> str:
    """The fact, but no part of a longer name or number."""
    before = r"(?<![\w.-])" if re.match(r"\w", fact) else r"(?<!\w)" if re.match(r"[-.]", fact) else ""
    return before + re.escape(fact) + (r"(?!\w|\.\d)" if re.search(r"\w$", fact) else "")
