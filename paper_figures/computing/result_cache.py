"""A cache of results on disk; the key of a result covers everything that it depends on."""

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


def key(task: Callable[..., Result], arguments: Mapping[str, Any]) -> str:
    """The key of the result of ``task(**arguments)``: a digest of task, arguments and code.

    The code is that of the theory, of the simulators and of the task's own module, without the engine
    and the witness, which no task uses: after a change of the code no earlier result is reused.
    Arguments are numbers, strings, sequences of them, and problems.
    """
    task_text = json.dumps(
        [task.__module__, task.__qualname__, arguments], sort_keys=True, default=_jsonable, allow_nan=True
    )
    return hashlib.sha256(f"{_code(task.__module__)} {task_text}".encode()).hexdigest()[:40]


def read(folder: Path, name: str) -> Result | None:
    """The result stored under this name; None if there is none, or it cannot be read."""
    try:
        with (folder / f"{name}.npz").open("rb") as file, np.load(file) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def write(folder: Path, name: str, result: Result) -> None:
    """Store a result atomically: a concurrent reader finds either nothing or all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{name}.{os.getpid()}.part"
    with temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **result)
    temporary.replace(folder / f"{name}.npz")


def _jsonable(value: object) -> Any:
    if isinstance(value, Problem):
        return f"problem {value.digest}"
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"arguments of a task are numbers, strings and problems; got {type(value).__name__}.")


@cache
def _code(module: str) -> str:
    """The digest of the code that results of this module's tasks depend on."""
    folders = (Path(inspect.getfile(package)).parent for package in (theory, verify))
    task_file = Path(inspect.getfile(sys.modules[module]))
    files = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if not NO_TASK_USES.intersection(path.relative_to(folder).parts)
    ]
    digest = hashlib.sha256()
    for path in (*files, task_file):
        digest.update(path.read_bytes())
    return digest.hexdigest()
