"""Tables in plain text: words to the left, numbers by their decimal points."""

from collections.abc import Sequence

__all__ = ["aligned"]


def aligned(rows: Sequence[Sequence[object]], *, words: int = 1) -> str:
    """Rows of one length, the first the header, as lines; the first ``words`` columns are words.

    >>> print(aligned([("term", "E"), ("bias", 0.5), ("variance", 10.25)]))
    term          E
    bias       0.5
    variance  10.25
    """
    columns = [[_shown(value) for value in column] for column in zip(*rows, strict=True)]
    laid = [_words(column) if i < words else _numbers(column) for i, column in enumerate(columns)]
    return "\n".join("  ".join(row).rstrip() for row in zip(*laid, strict=True))


def _shown(value: object) -> str:
    """Six digits of a number; other things as they are."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _words(column: list[str]) -> list[str]:
    width = max(map(len, column))
    return [cell.ljust(width) for cell in column]


def _numbers(column: list[str]) -> list[str]:
    head, *cells = column
    tails = [cell.partition(".")[1] + cell.partition(".")[2] for cell in cells]
    longest = max(map(len, tails), default=0)
    padded = [cell + " " * (longest - len(tail)) for cell, tail in zip(cells, tails, strict=True)]
    width = max(map(len, [head, *padded]))
    return [cell.rjust(width) for cell in (head, *padded)]
