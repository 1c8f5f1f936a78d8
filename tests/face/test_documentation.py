"""The documentation: every public name has a page, and every public docstring the standard sections."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import detequiv as de

DOCS = Path(__file__).parents[2] / "docs"

SECTIONS = (
    "Parameters",
    "Attributes",
    "Returns",
    "Yields",
    "Raises",
    "Warns",
    "See Also",
    "Notes",
    "References",
    "Examples",
)
"""The sections of numpydoc, in its order."""

MODULES = {"detequiv": de, "detequiv.paper": de.paper, "detequiv.freeprob": de.freeprob}


def public_names() -> dict[str, Any]:
    """Functions and classes by their qualified names."""
    names = {
        f"{path}.{name}": getattr(module, name) for path, module in MODULES.items() for name in dir(module)
    }
    names |= {f"detequiv.activations.{name}": getattr(de.activations, name) for name in dir(de.activations)}
    names |= {f"detequiv.labels.{name}": getattr(de.labels, name) for name in de.labels.__all__}
    names |= {f"detequiv.rules.{name}": getattr(de.rules, name) for name in de.rules.__all__}
    return {
        name: value for name, value in names.items() if inspect.isfunction(value) or inspect.isclass(value)
    }


NAMES = public_names()


def sections(docstring: str) -> dict[str, str]:
    """The text of each section, in the order of the docstring."""
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", docstring, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(text: str) -> list[str]:
    """The names in a section of `name : type` entries."""
    heads = [line for line in text.splitlines() if line and not line[0].isspace()]
    return [name.strip() for head in heads for name in head.partition(" : ")[0].split(",")]


@pytest.mark.parametrize("name", NAMES)
def test_the_sections_are_those_of_numpydoc_in_their_order(name: str) -> None:
    docstring = inspect.getdoc(NAMES[name]) or ""
    summary = docstring.partition("\n\n")[0]
    assert (summary and summary.endswith((".", ":"))) or "\n" not in docstring
    found = [*sections(docstring)]
    assert found == [section for section in SECTIONS if section in found]


@pytest.mark.parametrize("name", [name for name, value in NAMES.items() if inspect.isfunction(value)])
def test_every_parameter_of_a_function_is_documented(name: str) -> None:
    parameters = [*inspect.signature(NAMES[name]).parameters]
    text = sections(inspect.getdoc(NAMES[name]) or "").get("Parameters", "")
    assert documented(text) == parameters or sorted(documented(text)) == sorted(parameters)


@pytest.mark.parametrize("name", [name for name, value in NAMES.items() if inspect.isfunction(value)])
def test_every_function_has_an_example_and_says_what_it_returns(name: str) -> None:
    found = sections(inspect.getdoc(NAMES[name]) or "")
    manager = name.endswith("one_thread")
    assert manager or "Returns" in found
    assert ">>> " in found.get("Examples", "") or name in ("detequiv.freeprob.solve",)


def test_every_public_name_is_on_a_page_of_the_reference() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.md")))
    shown: set[str] = set()
    for block in text.split(".. currentmodule:: ")[1:]:
        module = block.partition("\n")[0]
        entries = re.findall(r"^\.\. auto(?:class|function|data):: (\w+)", block, re.MULTILINE)
        shown |= {f"{module}.{entry}" for entry in entries}
    public = {f"{path}.{name}" for path, module in MODULES.items() for name in dir(module)}
    public -= {"detequiv.__version__", "detequiv.paper", "detequiv.freeprob", "detequiv.activations"}
    public -= {"detequiv.labels", "detequiv.rules"}
    public |= {f"detequiv.labels.{name}" for name in de.labels.__all__}
    public |= {f"detequiv.rules.{name}" for name in de.rules.__all__}
    assert public - shown == set()
    assert shown - public <= {f"detequiv.activations.{name}" for name in dir(de.activations)}


PAGES = [*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS.parent).as_posix())
def test_relative_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", "", text)
    targets = re.findall(r"\]\((?![a-z]+:|#)([^)\s]+)\)", text)
    missing = [target for target in targets if not (page.parent / target.partition("#")[0]).exists()]
    assert missing == []


def test_every_page_is_in_a_table_of_contents() -> None:
    listed: set[Path] = set()
    for page in DOCS.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            entries = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed |= {(page.parent / f"{entry}.md").resolve() for entry in entries}
    pages = {page.resolve() for page in DOCS.rglob("*.md") if not page.name.startswith("figure_")}
    assert pages - listed == {DOCS / "index.md"}
