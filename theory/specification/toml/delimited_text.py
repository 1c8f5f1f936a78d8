"""Tables of numbers in text files, and the reason if a file is not one."""

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...base.arrays import Array
from ...base.errors import SpecError

__all__ = ["read_table", "refuse_decimal_commas", "suffix_of"]

QUOTED = re.compile(r'"[^"]*"')
GZIP = b"\x1f\x8b"
BINARY = "Use the extension .npy or .npz for binary arrays, or save text as UTF-8."
WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


def suffix_of(path: Path) -> str:
    """The extension in lower case, without .gz: .csv for A.CSV.gz."""
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return name.suffix.lower()


def read_table(path: Path) -> Array:
    """The (rows, columns) numbers in a text file, which may be compressed with gzip.

    Cells are separated by semicolons if the text has any, else by commas in a .csv file, tabs in a
    .tsv file and blanks in other files. They may be in double quotes. Comments after # and a byte
    order mark are ignored.

    Raises
    ------
    SpecError
        The file is not UTF-8 text or holds no numbers; a cell is not a number (a header, a decimal
        comma, an empty cell), which the message shows with its line; rows have different lengths.
    """
    lines = _text(path).splitlines()
    delimiter = _delimiter(path, lines)
    rows = _rows(lines, delimiter)
    if not any(True for _ in rows):
        raise SpecError(f"the file {str(path)!r} holds no numbers. Save a table of numbers in it.")
    try:
        _check_quotes(lines, delimiter)
        return np.loadtxt(lines, delimiter=delimiter, ndmin=2, quotechar='"')
    except ValueError as error:
        raise SpecError(
            f"{_reason(lines, delimiter, str(error))} of {str(path)!r}. Keep only numbers, in rows "
            f"of equal length, with decimal points and without header or index."
        ) from None


def refuse_decimal_commas(path: Path, table: Array) -> None:
    """Refuse a .csv table in which decimal commas seem to have split numbers in two.

    That is a table with two or more rows and an even number of columns, not square, that holds only
    integers and no negative number in every second column: 0,5 reads as the numbers 0 and 5.
    """
    rows, columns = table.shape
    if rows < 2 or columns % 2 or rows == columns or suffix_of(path) != ".csv":
        return
    if (table == np.round(table)).all() and (table[:, 1::2] >= 0).all():
        raise SpecError(
            f"the numbers of {str(path)!r} seem to have decimal commas: a comma separates columns, "
            f"which gives {rows} rows of {columns} integers. Write decimal points."
        )


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if raw.startswith(GZIP) else raw).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(f"the file {str(path)!r} is not UTF-8 text. {BINARY}") from None


def _delimiter(path: Path, lines: list[str]) -> str | None:
    if any(";" in line.partition("#")[0] for line in lines):
        return ";"
    return {".csv": ",", ".tsv": "\t"}.get(suffix_of(path))


def _rows(lines: list[str], delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """The line number, from 1, and the cells of every non-empty line."""
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip("\n\r " if delimiter else None)
        if text:
            cells = text.split() if delimiter is None else next(csv.reader([text], delimiter=delimiter))
            yield number, [cell.strip() for cell in cells]


def _reason(lines: list[str], delimiter: str | None, otherwise: str) -> str:
    """The first error and its line."""
    columns = 0
    for place, (number, cells) in enumerate(_rows(lines, delimiter)):
        for cell in cells:
            if not _is_number(cell):
                return f"cannot read {_wrong(cell, header=place == 0)} in line {number}"
        columns = columns or len(cells)
        if len(cells) != columns:
            comma = delimiter == "," and "." not in "".join(lines)
            guess = " (a decimal comma splits a number in two)" if comma else ""
            return f"cannot read {len(cells)} columns after rows of {columns}{guess} in line {number}"
    return f"cannot read numbers ({' '.join(otherwise.split())})"


def _check_quotes(lines: list[str], delimiter: str | None) -> None:
    """Refuse partly quoted cells, such as "1"2, and quotes that span two lines."""
    for line in lines:
        if '"' in line:
            for cell in line.partition("#")[0].split(delimiter):
                if '"' in cell and not QUOTED.fullmatch(cell.strip()):
                    raise ValueError(f"quotes inside {cell.strip()[:40]!r}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _wrong(cell: str, *, header: bool) -> str:
    if not cell:
        return "an empty cell"
    if WITH_COMMA.fullmatch(cell):
        return f"the number {cell!r} (a decimal comma)"
    why = " (a header?)" if header and cell[:1].isalpha() else ""
    if "," in cell:
        why = " (commas separate columns only in .csv files)"
    elif len(cell.split()) > 1 and not why:
        why = " (blanks and tabs separate columns only in .txt files)"
    return f"the text {cell[:40]!r}{why}"
