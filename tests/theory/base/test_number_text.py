"""Numbers as text: their digits, and those of their standard errors."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detequiv.theory.base.number_text import significant, with_error

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.mark.parametrize(
    ("mean", "stderr", "text"),
    [
        (0.123456, 0.00234, "0.1235 ± 0.0023"),
        (0.123456, 0.00999, "0.123 ± 0.010"),
        (-0.5, 0.25, "-0.50 ± 0.25"),
        (12.3456, 12.0, "12 ± 12"),
        (1234.5, 230.0, "1230 ± 230"),
        (0.0, 0.01, "0.000 ± 0.010"),
        (2.5, 0.0, "2.500 ± 0"),
        (2.5, 1e-15, "2.500 ± 0"),
        (1.2345e-9, 2.3e-12, "(1.2345 ± 0.0023) × 10⁻⁹"),
        (1.2345e9, 2.3e6, "(1.2345 ± 0.0023) × 10⁹"),
        (math.inf, math.nan, "inf ± 0"),
    ],
)
def test_a_mean_has_the_digits_of_its_standard_error(mean, stderr, text):
    assert with_error(mean, stderr) == text


@given(
    st.floats(-1e300, 1e300, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-290),
    st.floats(1e-9, 1e3),
)
def test_what_is_written_is_within_half_a_unit_of_the_second_digit_of_the_error(mean, share):
    """The second digit of the standard error is worth at least a hundredth of it, at most a tenth."""
    stderr = share * (abs(mean) or 1.0)
    text = with_error(mean, stderr)
    found = re.fullmatch(r"\(?(\S+) ± ([^\s)]+)\)?(?: × 10(\S+))?", text)
    power = 10.0 ** int((found[3] or "0").translate(SUPERSCRIPTS))
    assert abs(float(found[1]) * power - mean) <= 0.0501 * stderr + 1e-15 * abs(mean)
    assert abs(float(found[2]) * power / stderr - 1) <= 0.0501


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (1234.0, "1234"), (12345.0, "1.234e+04"), (0, "0"), (1e-9, "1.000e-09")],
)
def test_four_digits(value, text):
    assert significant(value) == text
