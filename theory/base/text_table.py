"""Tables in plain text: words to the left, numbers by their decimal points."""

import contextlib
import contextvars
import textwrap
from collections.abc import Iterator, Sequence

__all__ = ["aligned", "fitted", "room", "table_width", "with_prose"]

Rows = Sequence[Sequence[object]]

_width: contextvars.ContextVar[int | None] = contextvars.ContextVar("width", default=None)


@contextlib.contextmanager
def table_width(width: int | None) -> Iterator[None]:
    """Inside, :func:`fitted` tables should have at most this width; None for any width."""
    token = _width.set(width)
    try:
        yield
    finally:
        _width.reset(token)


def room() -> int | None:
    """The width that tables should have at most; None for any width."""
    return _width.get()


def aligned(rows: Rows, *, words: int = 1) -> str:
    """Rows of one length, the first the header, as lines; the first ``words`` columns are words.

    >>> print(aligned([("term", "E"), ("bias", 0.5), ("variance", 10.25)]))
    term          E
    bias       0.5
    variance  10.25
    """
    columns = [[_shown(value) for value in column] for column in zip(*rows, strict=True)]
    return _joined([_words(column) if i < words else _numbers(column) for i, column in enumerate(columns)])


def fitted(rows: Rows, *, words: int = 1, turned: bool = False) -> str:
    """The first layout of a table that fits into :func:`table_width`, or else the narrowest.

    The layouts are :func:`aligned`, the same with headings of several lines, and, if ``turned``, a line for
    each column, or for each cell.

    >>> rows = [("source", "samples", "error E_k", "with noise"), ("0", 300, 0.5, 0.6), ("1", 4, 2.0, 2.1)]
    >>> with table_width(30):
    ...     print(fitted(rows))
                     error   with
    source  samples    E_k  noise
    0           300    0.5    0.6
    1             4      2    2.1
    >>> with table_width(22):
    ...     print(fitted(rows, turned=True))
    source        0    1
    samples     300    4
    error E_k   0.5    2
    with noise  0.6  2.1
    """
    width = _width.get()
    if width is None:
        return aligned(rows, words=words)
    layouts = [aligned(rows, words=words), _with_high_head(rows, words)]
    if turned:
        layouts += [_turned(rows), _cell_by_cell(rows)]
    return next((text for text in layouts if _wide(text) <= width), min(layouts, key=_wide))


def with_prose(rows: Rows) -> str:
    """A table of words whose last column is prose, filled into what :func:`table_width` leaves of a line.

    >>> with table_width(24):
    ...     print(with_prose([("name", "meaning"), ("a", "some five rather short words"), ("bc", "one")]))
    name  meaning
    a     some five rather
          short words
    bc    one
    """
    width = _width.get()
    *names, prose = zip(*rows, strict=True)
    columns = [_words([str(x) for x in column]) for column in names]
    heads = ["  ".join(row) for row in zip(*columns, strict=True)]
    lines = []
    for head, text in zip(heads, prose, strict=True):
        indent = len(head) + 2
        if width is None or len(f"{head}  {text}") <= width:
            lines.append(f"{head}  {text}")
        elif width - indent >= NARROWEST:
            lines.append(_filled(f"{head}  {text}", width, " " * indent))
        else:
            lines += [head.rstrip(), _filled(f"{BELOW}{text}", width, BELOW)]
    return "\n".join(lines)


NARROWEST = 16
"""Characters of a column of prose; where there are fewer, the prose stands below."""

BELOW = " " * 6
"""Before prose that stands below."""


def _filled(text: str, width: int, indent: str) -> str:
    return textwrap.fill(
        text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def _wide(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)


def _with_high_head(rows: Rows, words: int) -> str:
    """Every word of a heading on a line of its own; headings end at the same line."""
    heads = [[*str(head).split(" ")] for head in rows[0]]
    height = max(map(len, heads))
    heads = [[""] * (height - len(head)) + head for head in heads]
    columns = [[_shown(value) for value in column] for column in zip(*rows[1:], strict=True)]
    laid = [
        _words([*head, *column]) if i < words else _numbers(column, head)
        for i, (head, column) in enumerate(zip(heads, columns, strict=True))
    ]
    return _joined(laid)


def _turned(rows: Rows) -> str:
    """A line for each column of the table."""
    first, *others = [[_shown(value) for value in row] for row in rows]
    return _joined([_words(first), *([x.rjust(max(map(len, row))) for x in row] for row in others)])


def _cell_by_cell(rows: Rows) -> str:
    """A paragraph for each row of the table, with a line for each of its cells."""
    heads, *others = [[_shown(value) for value in row] for row in rows]
    names = _words(heads)
    return "\n\n".join(
        "\n".join(f"{name}  {value}" for name, value in zip(names, row, strict=True) if value)
        for row in others
    )


def _joined(columns: Sequence[Sequence[str]]) -> str:
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _shown(value: object) -> str:
    """Six digits of a number; other things as they are."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _words(column: list[str]) -> list[str]:
    width = max(map(len, column))
    return [cell.ljust(width) for cell in column]


def _numbers(column: list[str], head: list[str] | None = None) -> list[str]:
    """Numbers under their heading, which is the first cell or stands in lines of its own."""
    head, cells = (column[:1], column[1:]) if head is None else (head, column)
    tails = [cell.partition(".")[1] + cell.partition(".")[2] for cell in cells]
    longest = max(map(len, tails), default=0)
    padded = [cell + " " * (longest - len(tail)) for cell, tail in zip(cells, tails, strict=True)]
    width = max(map(len, [*head, *padded]))
    return [cell.rjust(width) for cell in (*head, *padded)]
