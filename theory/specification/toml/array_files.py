"""Arrays that a problem file names: .npy, one array of an .npz, or numbers in text."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ...base.arrays import Array, frozen_array
from ...base.errors import SpecError
from .delimited_text import read_table, refuse_decimal_commas, suffix_of
from .toml_table import TomlTable

__all__ = ["ArrayFiles"]

SAVE = "Save it with numpy.save or numpy.savez, or as a text table of numbers only."
MAGIC = {".npy": b"\x93NUMPY", ".npz": b"PK"}
"""The first bytes of binary files."""


class ArrayFiles:
    """Reads each array once. folder : that of the problem file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrays: dict[tuple[str, str | None, bool], Array] = {}

    def array(self, table: TomlTable, *, several_columns: bool = False) -> Array:
        """The array of { file = "...", key = "..." }.

        A text file with one row or one column gives a 1-D array, unless ``several_columns`` is set;
        then every text file gives a 2-D array.

        Raises
        ------
        SpecError
            The file is not there or holds no such array; key is missing for an .npz, or given for
            another file; a text file is not a table of numbers, or has decimal commas.
        """
        name, key = (table.needed("file", "It names a .npy, .npz or text file."), table.entries.get("key"))
        if not isinstance(name, str) or not isinstance(key, str | None):
            raise SpecError(f"file and key must be text; got file = {name!r}, key = {key!r}.")
        place = name, key, several_columns
        if place not in self._arrays:
            found = _loaded(self._folder / name, key, several_columns)
            self._arrays[place] = frozen_array(found, name, "Correct the file.")
        return self._arrays[place]


def _loaded(path: Path, key: str | None, several_columns: bool) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _read(path, key, several_columns)
    except OSError as error:
        reason = error.strerror or "it is not what its name says"
        raise SpecError(f"cannot read the file {str(path)!r}: {reason}.") from None
    except SpecError:
        raise
    except Exception as error:
        said = " ".join(str(error).split(";")[0].split()) or type(error).__name__
        raise SpecError(f"cannot read an array of numbers from {str(path)!r}: {said:.120}. {SAVE}") from None


def _read(path: Path, key: str | None, several_columns: bool) -> object:
    suffix = suffix_of(path)
    if suffix in MAGIC:
        _check_start(path, suffix)
    if suffix == ".npz":
        return _member(path, key)
    if key is not None:
        raise SpecError(f"key is for .npz files, which hold several arrays; got {path.name!r}.")
    if suffix == ".npy":
        return np.load(path, allow_pickle=False)
    table = read_table(path)
    if several_columns:
        return table
    refuse_decimal_commas(path, table)
    return table.ravel() if 1 in table.shape else table


def _check_start(path: Path, suffix: str) -> None:
    """Refuse a file whose content does not match its extension, such as raw numbers or a pickle."""
    with path.open("rb") as file:
        if not file.read(8).startswith(MAGIC[suffix]):
            raise SpecError(
                f"cannot read an array of numbers from {str(path)!r}: its content is not that of "
                f"an {suffix} file. {SAVE}"
            )


def _member(path: Path, key: str | None) -> Any:
    with np.load(path, allow_pickle=False) as arrays:
        if key is None and len(arrays.files) == 1:
            key = arrays.files[0]
        if key not in arrays.files:
            raise SpecError(
                f"key must name one array of {path.name!r}, which holds "
                f"{', '.join(arrays.files) or 'none'}; got {'none' if key is None else repr(key)}."
            )
        return arrays[key]
