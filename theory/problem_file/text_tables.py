"""Tables of numbers in text files, and the reason where a text is none."""

import csv
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..arrays import Array
from ..errors import SpecError

__all__ = ["read_table", "refuse_decimal_commas", "suffix_of"]

QUOTED = re.compile(r'"[^"]*"')
GZIP = b"\x1f\x8b"
BINARY = "Arrays in binary files end in .npy or .npz; text is saved as UTF-8."
WITH_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")


def suffix_of(path: Path) -> str:
    """The ending in small letters, that of the text in a compressed file: .csv of A.CSV.gz."""
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return name.suffix.lower()


def read_table(path: Path) -> Array:
    """The (rows, columns) numbers of a text file, which may be compressed by gzip.

    Cells are separated by semicolons where the text has any, else by commas in a .csv, tabs in a
    .tsv and blanks in other files. They may be in double quotes. Lines that start with # are left
    out, and so is a byte order mark.

    Raises
    ------
    SpecError
        No text in UTF-8; no numbers; a cell that is no number, which is named with its line: a
        header, a decimal comma, an empty cell; rows of several lengths.
    """
    lines = _text(path).splitlines()
    delimiter = _delimiter(path, lines)
    rows = _rows(lines, delimiter)
    if not any(True for _ in rows):
        raise SpecError(f"the file {str(path)!r} holds no numbers. Save a table of numbers there.")
    try:
        _check_quotes(lines, delimiter)
        return np.loadtxt(lines, delimiter=delimiter, ndmin=2, quotechar='"')
    except ValueError as error:
        raise SpecError(
            f"{_reason(lines, delimiter, str(error))} of {str(path)!r}. Keep numbers alone in rows "
            f"of one length, without header or index, with decimal points."
        ) from None


def refuse_decimal_commas(path: Path, table: Array) -> None:
    """Refuse a table that a decimal comma cut in two.

    That is one of several rows and an even number of columns, not square, with integers alone and
    nothing negative in every second column: 0,5 in a .csv are the numbers 0 and 5.
    """
    rows, columns = table.shape
    if rows < 2 or columns % 2 or rows == columns or suffix_of(path) != ".csv":
        return
    if (table == np.round(table)).all() and (table[:, 1::2] >= 0).all():
        raise SpecError(
            f"the numbers of {str(path)!r} seem to have decimal commas: a comma separates columns, "
            f"so that they are {rows} rows of {columns} integers. Write decimal points."
        )


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if raw.startswith(GZIP) else raw).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(f"the file {str(path)!r} is no text in UTF-8. {BINARY}") from None


def _delimiter(path: Path, lines: list[str]) -> str | None:
    if any(";" in line.partition("#")[0] for line in lines):
        return ";"
    return {".csv": ",", ".tsv": "\t"}.get(suffix_of(path))


def _rows(lines: list[str], delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """The cells of every line that has any, with its number from 1."""
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip("\n\r " if delimiter else None)
        if text:
            cells = (
                text.split() if delimiter is None else next(csv.reader([text], delimiter=delimiter))
            )
            yield number, [cell.strip() for cell in cells]


def _reason(lines: list[str], delimiter: str | None, otherwise: str) -> str:
    """What is wrong with which line."""
    columns = 0
    for place, (number, cells) in enumerate(_rows(lines, delimiter)):
        for cell in cells:
            if not _is_number(cell):
                return f"cannot read {_wrong(cell, header=place == 0)} in line {number}"
        columns = columns or len(cells)
        if len(cells) != columns:
            comma = delimiter == "," and "." not in "".join(lines)
            guess = " (a decimal comma makes two numbers of one)" if comma else ""
            return (
                f"cannot read {len(cells)} columns after rows of {columns}{guess} in line {number}"
            )
    return f"cannot read numbers ({' '.join(otherwise.split())})"


def _check_quotes(lines: list[str], delimiter: str | None) -> None:
    """A quoted cell is quoted as a whole: 12 is not to be read from "1"2, nor over two lines."""
    for line in lines:
        if '"' in line:
            for cell in line.partition("#")[0].split(delimiter):
                if '"' in cell and not QUOTED.fullmatch(cell.strip()):
                    raise ValueError(f"quotes inside of {cell.strip()[:40]!r}")


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
        return f"the number {cell!r}, which has a decimal comma,"
    why = ", as of a header," if header and cell[:1].isalpha() else ""
    if "," in cell:
        why = ", with commas, which separate columns in .csv files alone,"
    elif len(cell.split()) > 1 and not why:
        why = ", with blanks or tabs, which separate columns in .txt files alone,"
    return f"the text {cell[:40]!r}{why}"
