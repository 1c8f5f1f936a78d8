"""Text in lines of limited length: the prose that commands, reports and captions print."""

import textwrap

__all__ = ["LINE_LENGTH", "filled"]

LINE_LENGTH = 100
"""Characters on a line of printed text at most."""


def filled(text: str, length: int = LINE_LENGTH) -> str:
    """The text with its paragraphs filled; lines break at spaces only, and paragraphs at blank lines.

    >>> print(filled("Three words here.\\n\\nA new\\nparagraph.", 11))
    Three words
    here.
    <BLANKLINE>
    A new
    paragraph.
    """
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
    return "\n\n".join(textwrap.fill(paragraph, length, break_on_hyphens=False) for paragraph in paragraphs)
