"""The docstring of the engine against its folders."""

import pathlib
import re

from detequiv.theory import freeprob


def test_the_docstring_names_every_folder() -> None:
    folder = pathlib.Path(freeprob.__file__).parent
    rooms = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert freeprob.__doc__ and set(re.findall(r"^``(\w+)``$", freeprob.__doc__, re.MULTILINE)) == rooms
