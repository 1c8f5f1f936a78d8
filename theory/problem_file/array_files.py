"""Arrays that a problem file names: .npy, one array of an .npz, or numbers in text."""

import warnings
from pathlib import Path

import numpy as np

from ..arrays import Array, frozen_array
from ..errors import SpecError
from .table import Table

__all__ = ["ArrayFiles"]


class ArrayFiles:
    """Reads each array once. folder : that of the problem file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrays: dict[tuple[str, str | None], Array] = {}

    def array(self, table: Table) -> Array:
        """The array of { file = "...", key = "..." }.

        Raises
        ------
        SpecError
            The file is not there or holds no such array; key is missing for an .npz, or given for
            another file.
        """
        name, key = table.entries["file"], table.entries.get("key")
        if not isinstance(name, str) or not isinstance(key, str | None):
            raise SpecError(f"file and key must be text; got file = {name!r}, key = {key!r}.")
        if (name, key) not in self._arrays:
            self._arrays[name, key] = frozen_array(_loaded(self._folder / name, key), name, "")
        return self._arrays[name, key]


def _loaded(path: Path, key: str | None) -> object:
    try:
        with path.open("rb"), warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy only warns of a file without numbers
            return _read(path, key)
    except OSError as error:
        reason = error.strerror or "it is not what its name says"
        raise SpecError(f"cannot read the file {str(path)!r}: {reason}.") from None
    except SpecError:
        raise
    except Exception as error:
        said = " ".join(str(error).split(";")[0].split())
        raise SpecError(
            f"cannot read an array of numbers from {str(path)!r}: {said:.120}. Save it by "
            f"numpy.save or numpy.savez, or as a table of numbers alone in text."
        ) from None


def _read(path: Path, key: str | None) -> object:
    if path.suffix == ".npz":
        return _member(path, key)
    if key is not None:
        raise SpecError(f"key is for .npz files, which hold several arrays; got {path.name!r}.")
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    delimiter = "," if path.suffix == ".csv" else None
    return np.loadtxt(path, delimiter=delimiter, ndmin=1, encoding="utf-8-sig")


def _member(path: Path, key: str | None) -> object:
    with np.load(path, allow_pickle=False) as arrays:
        if key is None and len(arrays.files) == 1:
            key = arrays.files[0]
        if key not in arrays.files:
            raise SpecError(
                f"key must name one array of {path.name!r}, which holds "
                f"{', '.join(arrays.files) or 'none'}; got {'none' if key is None else repr(key)}."
            )
        return arrays[key]
