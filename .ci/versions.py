"""Print the versions of Python and of the dependencies of the package on one line."""

import importlib.metadata
import platform
import re

dependencies = [
    re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
    for requirement in importlib.metadata.requires("detequiv") or []
    if "extra ==" not in requirement
]
found = [f"{name} {importlib.metadata.version(name)}" for name in dependencies]
print(", ".join([f"Python {platform.python_version()}", *found]))
