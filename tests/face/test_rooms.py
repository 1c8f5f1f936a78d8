"""The structure of the package: small folders, distinct names, and a map of them that is complete."""

import ast
import inspect
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import detequiv as de

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("theory", "numerics", "verify", "paper_figures", "src/detequiv")
MOST = 20
"""Modules in one folder, `__init__` not counted."""


def rooms(folder: str) -> list[str]:
    """The folder and all below it that hold modules, with the symlinks of src/detequiv left out."""
    below = [path for path in sorted((ROOT / folder).rglob("*")) if path.is_dir() and any(path.glob("*.py"))]
    return [folder, *(path.relative_to(ROOT).as_posix() for path in below if path.resolve() == path)]


def modules(room: str) -> list[str]:
    return sorted(path.stem for path in (ROOT / room).glob("*.py") if path.stem != "__init__")


PACKAGE = [room for folder in FOLDERS for room in rooms(folder)]
MODULES = [f"{room}/{name}" for room in PACKAGE for name in modules(room)]


def basename(path: str) -> str:
    return path.rpartition("/")[2]


# ---- folders and names


def test_the_package_and_its_tests_are_found() -> None:
    assert len(PACKAGE) > 30 and len(MODULES) > 250 and len(rooms("tests")) > 30


@pytest.mark.parametrize("room", [*PACKAGE, *rooms("tests")])
def test_no_folder_holds_many_modules(room: str) -> None:
    assert len(modules(room)) <= MOST


def test_no_two_modules_share_a_name() -> None:
    counts = Counter(map(basename, MODULES))
    assert [path for path in MODULES if counts[basename(path)] > 1] == []


def test_no_module_or_folder_has_the_name_of_a_public_function() -> None:
    public = {
        name
        for face in (de, de.paper, de.freeprob)
        for name in dir(face)
        if inspect.isroutine(getattr(face, name))
    }
    assert {"predict", "theorem_1", "derive"} <= public
    assert [path for path in (*MODULES, *PACKAGE) if basename(path) in public] == []


# ---- the map and the index of CONTRIBUTING.md

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TREE = re.search(r"## Map\n.*?```text\n(.*?)```", TEXT, re.DOTALL)
LINE = re.compile(r"(?P<margin> *(?P<joined>\| )?)(?P<name>\S+) {2,}\S.*")


def tree() -> dict[str, list[list[str]]]:
    """The children of each folder of the map, in its order; those joined by `|` in one list."""
    assert TREE is not None
    found: dict[str, list[list[str]]] = {"": []}
    above: list[tuple[int, str]] = []
    for line in TREE[1].splitlines():
        match = LINE.fullmatch(line)
        assert match is not None, line
        margin, name = len(match["margin"]), match["name"].removesuffix("/")
        while above and above[-1][0] >= margin:
            above.pop()
        parent = above[-1][1] if above else ""
        path = f"{parent}/{name}" if parent else name
        if match["joined"]:
            found[parent][-1].append(path)
        else:
            found[parent].append([path])
        found[path] = []
        above.append((margin, path))
    return found


MAP = tree()
INDEX = re.findall(r"^\| [^|]+ \| `([\w/]+\.py)` \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("path", sorted({*MAP, *INDEX} - {""}))
def test_every_place_that_is_named_exists(path: str) -> None:
    place = ROOT / path
    assert place.is_file() if path.endswith(".py") else place.is_dir()


def test_every_folder_of_the_package_is_on_the_map() -> None:
    mapped = {path for path in MAP if path.startswith(FOLDERS) and not path.endswith(".py")}
    assert mapped == set(PACKAGE)


def test_every_folder_of_the_tests_is_on_the_map_or_mirrors_one_of_the_package() -> None:
    names = {room.removeprefix("tests/") for room in rooms("tests")} - {"tests"}
    own = {path.removeprefix("tests/") for path in MAP if path.startswith("tests/")}
    others = {name for name in names if name.partition("/")[0] not in own}
    assert own <= names
    assert others - set(PACKAGE) == set()


def test_the_index_names_the_formulas_and_no_file_twice() -> None:
    assert len(INDEX) == len(set(INDEX)) > 20
    assert "theory/equations/master_equations.py" in INDEX


# ---- the map and the import contracts

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LAYERED = [c for c in PYPROJECT["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
CONTAINED = {container: c for c in LAYERED for container in c.get("containers", [])}


def folder_of(module: str) -> str:
    path = module.removeprefix("detequiv").strip(".").replace(".", "/")
    return path if path.startswith(FOLDERS) else f"src/detequiv/{path}".rstrip("/")


def from_below(contract: dict[str, Any]) -> list[set[str]]:
    """The layers of a contract, lowest first."""
    return [{name.strip() for name in layer.split("|")} for layer in reversed(contract["layers"])]


def on_disk(room: str) -> set[str]:
    """The modules and folders in a room."""
    return {*modules(room), *(basename(p) for p in PACKAGE if p.rpartition("/")[0] == room)}


def on_map(room: str) -> list[set[str]]:
    return [{basename(path).removesuffix(".py") for path in joined} for joined in MAP[room]]


@pytest.mark.parametrize("container", CONTAINED)
def test_a_contract_names_all_that_its_folder_holds(container: str) -> None:
    contract, room = CONTAINED[container], folder_of(container)
    assert contract["exhaustive"] is True
    assert set().union(*from_below(contract)) == on_disk(room)


@pytest.mark.parametrize("container", CONTAINED)
def test_the_map_shows_what_may_import_what(container: str) -> None:
    room = folder_of(container)
    if MAP[room]:
        assert on_map(room) == from_below(CONTAINED[container])


def test_every_folder_with_several_rooms_has_a_contract() -> None:
    several = {room for room in PACKAGE if len({p for p in PACKAGE if p.rpartition("/")[0] == room}) > 1}
    assert several - set(map(folder_of, CONTAINED)) == set()


def test_the_folders_are_in_the_order_of_their_contract() -> None:
    (whole,) = [contract for contract in LAYERED if "containers" not in contract]
    layers = [{name.removeprefix("detequiv.") for name in layer} for layer in from_below(whole)]
    above = [{folder} for folder in FOLDERS[:-1]]
    assert layers == [*above, *on_map("src/detequiv")]
    assert set().union(*layers) - set(FOLDERS) == on_disk("src/detequiv") - {"__main__"}
    assert [path for (path,) in MAP[""]] == [*FOLDERS, "tests"]


def test_no_two_classes_of_the_package_share_a_name() -> None:
    places: dict[str, list[str]] = {}
    for layer in ("theory", "numerics", "verify", "paper_figures", "src/detequiv"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            if path.resolve() == path.absolute():  # not through a link to a layer
                for node in ast.parse(path.read_text(encoding="utf-8")).body:
                    if isinstance(node, ast.ClassDef):
                        places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
