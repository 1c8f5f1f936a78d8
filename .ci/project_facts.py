"""What pyproject.toml says about the project, and the files that repeat it.

`[tool.detequiv]` has the facts that only the maintainers know. An empty one is unknown and left out.

    python .ci/project_facts.py            write the files that are made from the facts
    python .ci/project_facts.py v0.2.0     check that this tag can be released
"""

import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NEEDED = {
    "repository": "the address of the repository",
    "documentation": "the address of the documentation",
    "authors": "the authors",
    "conduct-contact": "the address for reports under the code of conduct",
    "security-contact": "the address for security reports",
}
"""Facts without which nothing is released. The DOI is not one: an archive gives it after a release."""

Facts = dict[str, Any]


def read_facts(root: Path = ROOT) -> Facts:
    """The tables [project] and [tool.detequiv] of pyproject.toml, and the date of the version."""
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    facts = pyproject["project"] | pyproject["tool"]["detequiv"]
    return facts | {"date": release_date(root, facts["version"])}


def release_date(root: Path, version: str) -> str:
    """The date in the heading of a version in CHANGELOG.md; empty if it has none."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = re.search(rf"^## \[{re.escape(version)}\] - (\d{{4}}-\d\d-\d\d)$", changelog, re.MULTILINE)
    return heading[1] if heading else ""


# Metadata of the package


def author_names(facts: Facts) -> list[str]:
    return [f"{author['given-names']} {author['family-names']}" for author in facts["authors"]] or [
        "The detequiv authors"
    ]


def project_urls(facts: Facts) -> dict[str, str]:
    repository, documentation = facts["repository"], facts["documentation"]
    urls = {"Documentation": documentation}
    if repository:
        urls |= {
            "Source": repository,
            "Issues": f"{repository}/issues",
            "Changelog": f"{repository}/blob/v{facts['version']}/CHANGELOG.md",
        }
    return {label: url for label, url in urls.items() if url}


def with_absolute_links(markdown: str, facts: Facts) -> str:
    """Relative links and pictures at the tag of this version; unchanged if the repository is unknown."""
    if not facts["repository"]:
        return markdown

    def absolute(link: re.Match[str]) -> str:
        view = "raw" if link["picture"] else "blob"
        base = f"{facts['repository']}/{view}/v{facts['version']}/"
        return f"{link['picture']}{link['label']}({base}{link['target']})"

    relative = r"(?P<picture>!?)(?P<label>\[[^\]]+\])\((?![a-z]+:|#)(?P<target>[^()\s]+)\)"
    return re.sub(relative, absolute, markdown)


# Files made from the facts


def citation(facts: Facts) -> str:
    def table(start: str, fields: dict[str, str]) -> str:
        return start + "\n    ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items())

    authors = facts["authors"] or [{"name": name} for name in author_names(facts)]
    optional = {
        "date-released": facts["date"],
        "doi": facts["doi"],
        "repository-code": facts["repository"],
        "url": facts["documentation"],
    }
    return "\n".join(
        [
            "cff-version: 1.2.0",
            "message: If you use detequiv in your research, please cite it as below.",
            "type: software",
            "title: detequiv",
            f"abstract: {json.dumps(facts['description'])}",
            "authors:",
            *(table("  - ", author) for author in authors),
            f"version: {facts['version']}",
            *(f"{key}: {json.dumps(value)}" for key, value in optional.items() if value),
            f"license: {facts['license']}",
            "keywords:",
            *(f"  - {keyword}" for keyword in facts["keywords"]),
            "",
        ]
    )


def security(facts: Facts) -> str:
    contact = facts["security-contact"]
    how = (
        f"Report vulnerabilities to <{contact}>, not in a public issue."
        if contact
        else "The project has no private address for security reports yet. Open an issue that asks the\n"
        "maintainers for a private channel, and leave out everything that would help an attacker."
    )
    return f"""# Security

## Reporting a vulnerability

{how}
Include the version (`detequiv --version`), the steps to reproduce the problem and what an attacker gains.

## Supported versions

Fixes are released for the latest version only.

## Scope

detequiv runs locally and makes no network connections. Problem files (TOML) and arrays (text, `.npy`,
`.npz`) are data: reading them must not execute code, and NumPy's pickle support is switched off. A file
that does execute code is a vulnerability. Expressions and functions passed as Python arguments are trusted
and run as ordinary code. A valid problem may need any amount of time and memory: limit both before you
solve problems from untrusted sources.
"""


def code_of_conduct(facts: Facts) -> str:
    contact = facts["conduct-contact"]
    how = (
        f"Report violations to <{contact}>. Reports are confidential."
        if contact
        else "The project has no confidential address for reports yet. Until it has one, use the reporting\n"
        "tools of the platform on which the incident took place."
    )
    return f"""# Code of conduct

This project follows the
[Contributor Covenant, version 2.1](https://www.contributor-covenant.org/version/2/1/code_of_conduct/).
It applies in issues, pull requests, reviews and wherever someone represents the project.

{how}
"""


def issue_chooser(facts: Facts) -> str:
    documentation = facts["documentation"]
    links = (
        f"""contact_links:
  - name: Documentation
    url: {documentation}
    about: Tutorial, how-to pages and reference.
"""
        if documentation
        else ""
    )
    return f"blank_issues_enabled: true\n{links}"


MADE: dict[str, Callable[[Facts], str]] = {
    "CITATION.cff": citation,
    "CODE_OF_CONDUCT.md": code_of_conduct,
    "SECURITY.md": security,
    ".github/ISSUE_TEMPLATE/config.yml": issue_chooser,
}
"""Each file and the function that writes it."""


# Releases


def refusal(tag: str, facts: Facts) -> str | None:
    """Why this tag cannot be released, in one sentence."""
    if missing := [what for fact, what in NEEDED.items() if not facts[fact]]:
        return f"fill in [tool.detequiv] of pyproject.toml first; unknown: {', '.join(missing)}."
    if tag != f"v{facts['version']}":
        return f"the tag is {tag}, but pyproject.toml has version {facts['version']}: they must agree."
    if not facts["date"]:
        return f"CHANGELOG.md has no section '## [{facts['version']}] - YYYY-MM-DD'; add it."
    return None


def main() -> None:
    facts = read_facts()
    if len(sys.argv) > 1:
        if reason := refusal(sys.argv[1], facts):
            sys.exit(f"cannot release: {reason}")
        print(f"{sys.argv[1]} can be released")
    else:
        for name, made in MADE.items():
            (ROOT / name).write_text(made(facts), encoding="utf-8")
            print(f"wrote {name}")


if __name__ == "__main__":
    main()
