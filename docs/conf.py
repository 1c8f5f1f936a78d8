"""The documentation site: `make docs` builds it into build/docs."""

import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import version as installed_version

from sphinx.application import Sphinx

project = "detequiv"
author = copyright = "The detequiv authors"
version = release = installed_version("detequiv")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
]
# Pages load MathJax from the net. To read them without: python -m pip install sphinx-mathjax-offline
if importlib.util.find_spec("sphinx-mathjax-offline"):
    extensions.append("sphinx-mathjax-offline")

exclude_patterns = ["gallery/figure_*.md"]

html_theme = "furo"
html_title = f"detequiv {version}"
html_static_path = ["_static"]
html_css_files = ["detequiv.css"]
html_copy_source = False
html_show_sphinx = False

myst_enable_extensions = ["amsmath", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3

# Types in docstrings are words, such as "array"; functions, methods and exceptions are looked up.
nitpick_ignore_regex = [("py:class", ".*"), ("py:obj", ".*")]

autosummary_generate = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_maximum_signature_line_length = 80
add_module_names = False


def insert_help(app: Sphinx, name: str, source: list[str]) -> None:
    """Replace `{{ detequiv COMMAND --help }}` by what the command prints."""
    environment = os.environ | {"COLUMNS": "88", "NO_COLOR": "1"}

    def printed(match: re.Match[str]) -> str:
        arguments = [sys.executable, "-m", *match[1].split()]
        run = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
        return f"```text\n{run.stdout}```"

    source[0] = re.sub(r"\{\{ (detequiv [\w -]+) \}\}", printed, source[0])


def setup(app: Sphinx) -> None:
    app.connect("source-read", insert_help)
