"""What the maintainers have not told yet is left out, and what they tell reaches every file that repeats it."""

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
            items = value if isinstance(value, list) else None
            text = json.dumps(value) if items is None else f"[{', '.join(map(inline_table, items))}]"
            pyproject, replaced = re.subn(
                rf'^{fact} = (""|\[\]|".*"|\[.*\])(?=\s)', lambda _, t=f"{fact} = {text}": t, pyproject, flags=re.M
            )
            assert replaced == 1, f"{fact} has no line of its own in pyproject.toml"
        (tmp_path / "pyproject.toml").write_text(pyproject, encoding="utf-8")
        return tmp_path

    return made


def inline_table(fields: dict[str, str]) -> str:
    return f"{{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in fields.items())} }}"


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
    assert f"]({REPOSITORY}/raw/{tag}/docs/gallery/figure_5.png)" in readme
    assert f"]({REPOSITORY}/blob/{tag}/CONTRIBUTING.md)" in readme
    prose = re.sub(r"^```.*?^```", "", readme, flags=re.M | re.S)
    links = re.findall(r"\]\(([^)]*)\)", prose)
    assert len(links) > 10
    assert [link for link in links if not link.startswith("https://")] == []
    assert code_blocks(readme) == code_blocks(README)


def code_blocks(markdown: str) -> list[str]:
    return re.findall(r"^```.*?^```", markdown, re.M | re.S)


def test_every_relative_link_of_the_readme_leads_to_a_file():
    prose = re.sub(r"^```.*?^```", "", README, flags=re.M | re.S)
    relative = [link for link in re.findall(r"\]\(([^)]*)\)", prose) if "://" not in link]
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
