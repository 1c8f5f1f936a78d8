"""Objects in notebooks: a sentence, tables and notes as HTML.

Colours are those of the page, so that light and dark notebooks both work; styles are inline, since
notebooks remove style sheets. All text is escaped here.
"""

import html
from collections.abc import Iterable, Sequence

__all__ = ["html_table", "html_view"]

TABLE = "border-collapse: collapse; margin: 0.6em 0 1em 0; font-variant-numeric: tabular-nums"
CELL = "padding: 0.2em 0.8em 0.2em 0; border: 0; background: none; color: inherit; white-space: nowrap"
RULE = "border-bottom: 1px solid rgba(128, 128, 128, 0.35)"
HEAD_RULE = "border-bottom: 1px solid rgba(128, 128, 128, 0.9)"


def html_view(sentence: str, *tables: str, notes: Iterable[str] = ()) -> str:
    """A sentence, then tables made by :func:`html_table`, then notes.

    >>> html_view("a < b", notes=["a note"])
    '<div><p>A &lt; b</p><p><em>a note</em></p></div>'
    """
    first = sentence[0].upper() + sentence[1:] if sentence[:1].isascii() else sentence
    remarks = "".join(f"<p><em>{html.escape(note)}</em></p>" for note in notes)
    return f"<div><p>{html.escape(first)}</p>{''.join(tables)}{remarks}</div>"


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1, strong: int = 0) -> str:
    """A table of text; the first ``words`` columns are aligned left, the others right.

    strong : how many rows are in bold, from the first.
    """
    header = "".join(_cell("th", text, i < words, HEAD_RULE) for i, text in enumerate(head))
    body = "".join(
        _row("".join(_cell("td", text, i < words, RULE, bold=n < strong) for i, text in enumerate(row)))
        for n, row in enumerate(rows)
    )
    return f'<table style="{TABLE}"><thead>{_row(header)}</thead><tbody>{body}</tbody></table>'


def _row(cells: str) -> str:
    return f'<tr style="background: none">{cells}</tr>'


def _cell(kind: str, text: str, left: bool, rule: str, *, bold: bool = False) -> str:
    side = "left" if left else "right"
    weight = "600" if bold or kind == "th" else "inherit"
    style = f"text-align: {side}; font-weight: {weight}; {CELL}; {rule}"
    return f'<{kind} style="{style}">{html.escape(text)}</{kind}>'
