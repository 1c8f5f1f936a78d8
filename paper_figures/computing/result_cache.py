"""Results that are kept on disk, each under all that it depends on."""

import hashlib
import inspect
import json
import os
import sys
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import theory, verify
from ...theory import Problem

__all__ = ["Result", "key", "read", "write"]

Result = dict[str, NDArray[Any]]

NO_TASK_USES = {"freeprob", "witness"}
"""Folders of the engine and of the witness."""


def key(task: Callable[..., Result], place: Mapping[str, Any]) -> str:
    """Of what ``task(**place)`` returns: the task, its arguments, and the code it is computed by.

    That is the code of the theory, of the simulators and of the task's own module (the engine and
    the witness apart, which no task uses), so that whoever changes these is never shown what they
    computed before. Arguments are numbers, strings,
    sequences of them, and problems.
    """
    named = json.dumps(
        [task.__module__, task.__qualname__, place], sort_keys=True, default=_told, allow_nan=True
    )
    return hashlib.sha256(f"{_code(task.__module__)} {named}".encode()).hexdigest()[:40]


def read(folder: Path, name: str) -> Result | None:
    """What is kept under this name, None where there is nothing that can be read."""
    try:
        with (folder / f"{name}.npz").open("rb") as file, np.load(file) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def write(folder: Path, name: str, result: Result) -> None:
    """Keep a result; whoever reads while it is written finds either nothing or all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    passing = folder / f"{name}.{os.getpid()}.part"
    with passing.open("wb") as file:
        np.savez(file, allow_pickle=False, **result)
    passing.replace(folder / f"{name}.npz")


def _told(value: object) -> Any:
    if isinstance(value, Problem):
        return f"problem {value.digest}"
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a place holds numbers, strings and problems; got {type(value).__name__}.")


@cache
def _code(module: str) -> str:
    """The digest of the code that results of this module's tasks depend on."""
    folders = (Path(inspect.getfile(package)).parent for package in (theory, verify))
    own = Path(inspect.getfile(sys.modules[module]))
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if not NO_TASK_USES.intersection(path.relative_to(folder).parts)
    ]
    digest = hashlib.sha256()
    for path in (*files, own):
        digest.update(path.read_bytes())
    return digest.hexdigest()
