"""matplotlib, loaded whatever the environment says of its backend."""

import contextlib
import importlib
import os
import sys
from typing import Any

__all__ = ["load_matplotlib"]


def load_matplotlib() -> Any:
    """The module matplotlib.

    Importing it fails where MPLBACKEND names a backend that is not installed, such as the one that
    notebooks export to the commands they run. Figures here have a canvas of their own and need
    none: the variable is hidden during the first import and its backend, if there is one, is set
    afterwards, as matplotlib does.
    """
    if "matplotlib" in sys.modules:
        return sys.modules["matplotlib"]
    backend = os.environ.pop("MPLBACKEND", "")
    try:
        matplotlib = importlib.import_module("matplotlib")
    finally:
        if backend:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with contextlib.suppress(ValueError):
            matplotlib.rcParams["backend"] = backend
    return matplotlib
