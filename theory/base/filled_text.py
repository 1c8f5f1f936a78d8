"""Text in lines of limited length: the prose that commands, reports and captions print."""

import contextlib
import contextvars
import textwrap
from collections.abc import Iterator

__all__ = ["LINE_LENGTH", "filled", "line_length"]

LINE_LENGTH = 100
"""The default length of a line of printed text."""

_length = contextvars.ContextVar("length", default=LINE_LENGTH)


@contextlib.contextmanager
def line_length(length: int) -> Iterator[None]:
    """Inside, text is filled to this length by default."""
    token = _length.set(length)
    try:
        yield
    finally:
        _length.reset(token)


def filled(text: str, length: int | None = None) -> str:
    """The text with its paragraphs filled; lines break at spaces only, and paragraphs at blank lines.

    >>> print(filled("Three words here.\\n\\nA new\\nparagraph.", 11))
    Three words
    here.
    <BLANKLINE>
    A new
    paragraph.
    """
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
    length = _length.get() if length is None else length
    return "\n\n".join(textwrap.fill(paragraph, length, break_on_hyphens=False) for paragraph in paragraphs)
