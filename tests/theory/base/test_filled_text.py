"""Printed text keeps to its line length, and loses nothing but spaces."""

import pytest

from detequiv.theory.base.filled_text import LINE_LENGTH, filled

WORDS = "skewness-corrected intervals, ± 0.02 of the error and so on; " * 9


@pytest.mark.parametrize("length", [20, LINE_LENGTH])
def test_lines_are_short_and_words_stay_whole(length: int) -> None:
    lines = filled(WORDS, length).splitlines()
    assert max(map(len, lines)) <= length
    assert " ".join(lines).split() == WORDS.split()


def test_filling_is_idempotent_and_keeps_paragraphs() -> None:
    text = f"\n{WORDS}\n\n  {WORDS}"
    assert filled(filled(text)) == filled(text)
    assert len(filled(text).split("\n\n")) == 2


def test_a_text_of_no_words_is_empty() -> None:
    assert filled(" \n ") == ""
