"""Unknown facts are left out of metadata and files; known ones reach every place that repeats them."""

import email.message
import email.parser
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPOSITORY = "https://forge.invalid/group/detequiv"
TOLD = {
    "repository": REPOSITORY,
    "documentation": "https://docs.invalid/detequiv",
    "authors": [{"given-names": "Given", "family-names": "Family"}],
    "conduct-contact": "conduct@mail.invalid",
    "security-contact": "security@mail.invalid",
    "doi": "10.0000/0",
}
UNKNOWN = {fact: type(value)() for fact, value in TOLD.items()}


def project_facts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("project_facts", ROOT / ".ci" / "project_facts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pf = project_facts()
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
Tree = Callable[[dict[str, object]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """What the metadata are built from, with other facts in pyproject.toml."""

    def made(facts: dict[str, object]) -> Path:
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"):
            shutil.copy(ROOT / name, tmp_path / name)
        shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
        pyproject = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
        for fact, value in facts.items():
            line = re.compile(rf"^{fact} = .*$", re.MULTILINE)
            assert len(line.findall(pyproject)) == 1, f"pyproject.toml has no line for {fact}"
            pyproject = line.sub(f"{fact} = {toml(value)}", pyproject)
        (tmp_path / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        return tmp_path

    return made


def toml(value: object) -> str:
    """A string, or a list of tables of strings."""
    if isinstance(value, list):
        tables = (", ".join(f"{key} = {json.dumps(text)}" for key, text in table.items()) for table in value)
        return f"[{', '.join(f'{{ {table} }}' for table in tables)}]"
    return json.dumps(value)


def links(markdown: str) -> list[str]:
    """The targets of links and pictures outside code blocks."""
    return re.findall(r"\]\(([^)]*)\)", CODE.sub("", markdown))


def built_metadata(tree: Path) -> email.message.Message:
    """The metadata of a wheel, as the build backend writes them."""
    code = "import hatchling.build as b; print(b.prepare_metadata_for_build_wheel('.'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = (tree / done.stdout.strip() / "METADATA").read_text(encoding="utf-8")
    return email.parser.Parser().parsestr(text)


def test_without_facts_the_metadata_have_no_addresses_and_the_readme_is_untouched(tree):
    metadata = built_metadata(tree(UNKNOWN))
    assert metadata["Author"] == "The detequiv authors"
    assert metadata.get_all("Project-URL") is None
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == README


def test_with_facts_the_metadata_have_them_and_every_link_of_the_readme_is_absolute(tree):
    metadata = built_metadata(tree(TOLD))
    assert metadata["Author"] == "Given Family"
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL"))
    assert urls["Source"] == REPOSITORY
    assert urls["Documentation"] == TOLD["documentation"]
    readme = metadata.get_payload()
    tag = f"v{metadata['Version']}"
    assert f"]({REPOSITORY}/blob/{tag}/CONTRIBUTING.md)" in readme
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", readme)
    assert [picture.startswith(f"{REPOSITORY}/raw/{tag}/docs/") for picture in pictures] == [True]
    assert len(links(readme)) == len(links(README)) > 10
    assert [link for link in links(readme) if not link.startswith("https://")] == []
    assert CODE.findall(readme) == CODE.findall(README)


def test_every_relative_link_of_the_readme_leads_to_a_file():
    relative = [link for link in links(README) if "://" not in link]
    assert relative
    assert [link for link in relative if not (ROOT / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize("name", pf.MADE)
def test_files_made_from_the_facts_are_up_to_date(name):
    """`make facts` writes them."""
    assert (ROOT / name).read_text(encoding="utf-8") == pf.MADE[name](pf.read_facts())


@pytest.mark.parametrize("name", pf.MADE)
def test_what_is_unknown_is_left_out_of_files_and_what_is_known_is_in_them(name):
    facts = pf.read_facts()
    unknown, known = (pf.MADE[name](facts | told) for told in (UNKNOWN, TOLD))
    assert unknown != known
    for value in (*TOLD.values(), "Given", "mailto:", "@", "None"):
        assert str(value) not in unknown
    assert any(str(value) in known for value in TOLD.values())


READY = TOLD | {"version": "1.2.3", "date": "2026-12-01"}


def test_a_complete_release_is_not_refused():
    assert pf.refusal("v1.2.3", READY) is None


@pytest.mark.parametrize("fact", pf.NEEDED)
def test_a_release_is_refused_while_a_needed_fact_is_unknown(fact):
    assert pf.NEEDED[fact] in pf.refusal("v1.2.3", READY | {fact: UNKNOWN[fact]})


@pytest.mark.parametrize(
    "tag, facts, named",
    [("v1.2.4", READY, "version 1.2.3"), ("v1.2.3", READY | {"date": ""}, "## [1.2.3] - YYYY-MM-DD")],
)
def test_a_release_is_refused_if_tag_version_and_changelog_differ(tag, facts, named):
    assert named in pf.refusal(tag, facts)


def test_the_changelog_has_a_dated_section_for_the_version():
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", pf.read_facts()["date"])
    assert pf.release_date(ROOT, "9.9.9") == ""


def test_the_release_command_fails_with_one_sentence(tree):
    command = [sys.executable, str(tree(UNKNOWN) / ".ci" / "project_facts.py"), "v0.0.0"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("cannot release: fill in [tool.detequiv]")
    assert done.stderr.count("\n") == 1
