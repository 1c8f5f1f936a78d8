"""The house: one package, imports in one direction, a light front door."""

import ast
import importlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import detequiv as de

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("theory", "numerics", "verify", "paper_figures")  # each may import those before it
HEAVY = ("matplotlib", "pandas", "scipy.optimize", "scipy.stats", "sympy", "xarray")


def fresh_python(
    code: str, *, cwd: Path = ROOT, source: Path = ROOT / "src"
) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter that sees the package as a user's would."""
    environment = os.environ | {"PYTHONPATH": str(source)}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def modules(layer: str) -> list[Path]:
    return sorted((ROOT / layer).rglob("*.py"))


def test_importing_the_package_loads_nothing_heavy(tmp_path):
    code = f"import detequiv, sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = fresh_python(code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


FIRST = {
    "linear": "ridge=0.1",
    "without ridge": "ridge=0",
    "orthogonal": "ridge=0.1, model=de.OrthogonalProjection(1)",
    "features": "ridge=0.1, model=de.RandomFeatures(5, de.activations.tanh)",
}


@pytest.mark.slow
@pytest.mark.parametrize("fields", FIRST.values(), ids=FIRST)
def test_a_first_prediction_loads_nothing_heavy_either(tmp_path, fields):
    predict = f"de.predict(de.Problem(signal=1, sources=[de.Source(9, [1.0])], {fields}))"
    heavy = ("mpmath", "scipy", *HEAVY)
    loaded = f"print(*[name for name in {heavy!r} if name in sys.modules])"
    done = fresh_python(f"import sys, detequiv as de; {predict}; {loaded}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_matrices_load_linear_algebra_and_nothing_heavier(tmp_path):
    source = "de.Source(9, [[2.0, 1.0], [1.0, 2.0]]), de.Source(9, [1.0, 2.0])"
    predict = f"de.predict(de.Problem(signal=1, sources=[{source}], ridge=0))"
    loaded = f"print(*[name for name in {('mpmath', *HEAVY)!r} if name in sys.modules])"
    done = fresh_python(f"import sys, detequiv as de; {predict}; {loaded}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize("layer", LAYERS)
def test_a_bare_import_of_a_layer_makes_no_second_copy_of_our_modules(layer):
    bare = f"[m for m in sys.modules if m.split('.')[0] in {LAYERS} and m != {layer!r}]"
    done = fresh_python(f"import {layer}, sys; print(*{bare})")
    failed = done.returncode != 0 and "ImportError" in done.stderr.splitlines()[-1]
    assert failed or done.stdout.split() == []


def test_a_bare_import_of_theory_fails_and_says_what_to_import_instead():
    done = fresh_python("import theory")
    assert done.returncode != 0
    assert "import detequiv" in done.stderr.splitlines()[-1]


def imports_of(file: Path) -> list[tuple[int, str | None, list[str]]]:
    """(dots, module, names) of every import statement of a file, at any depth."""
    found: list[tuple[int, str | None, list[str]]] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module, [alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            found.extend((0, alias.name, []) for alias in node.names)
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_import_each_other_by_relative_imports(layer):
    """A bare `import theory` would make a second copy of every class; figures may use the face."""
    ours = set(LAYERS) if layer == "paper_figures" else {*LAYERS, "detequiv"}
    wrong = [
        f"{file.relative_to(ROOT)}: {module}"
        for file in modules(layer)
        for dots, module, _ in imports_of(file)
        if dots == 0 and module is not None and module.split(".")[0] in ours
    ]
    assert wrong == []


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_do_not_import_the_face_above_them(layer):
    wrong = []
    for file in modules(layer):
        to_the_face = len(file.relative_to(ROOT).parts)  # dots that lead to detequiv itself
        allowed = {*LAYERS, "__name__"}
        for dots, module, names in imports_of(file):
            top = names if module is None else [module.split(".")[0]]
            if dots == to_the_face and not set(top) <= allowed:
                wrong.append(f"{file.relative_to(ROOT)}: {module or ', '.join(names)}")
    assert wrong == []


@pytest.mark.parametrize("layer", LAYERS)
def test_the_package_and_the_folder_are_the_same_files(layer):
    file = importlib.import_module(f"detequiv.{layer}").__file__
    assert file is not None and Path(file).resolve() == ROOT / layer / "__init__.py"


def test_without_links_the_layers_are_found_at_the_top_of_the_tree(tmp_path):
    """A checkout on Windows has small text files for links; an unpacked sdist has nothing."""
    face = tmp_path / "src" / "detequiv"
    unwanted = shutil.ignore_patterns("__pycache__", *LAYERS)
    shutil.copytree(ROOT / "src" / "detequiv", face, ignore=unwanted)
    for layer in ("theory", "numerics"):
        shutil.copytree(ROOT / layer, tmp_path / layer, ignore=unwanted)
    (face / "theory").write_text("../../theory")
    code = """if True:
        import detequiv as de, sys
        de.predict(de.Problem(signal=1, sources=[de.Source(9, [1.0])], ridge=0.1))
        print(de.theory.__file__, de.theory.Problem is de.Problem)
        print(*[name for name in sys.modules if name.split(".")[0] in %r])
        """
    done = fresh_python(code % (LAYERS,), cwd=tmp_path, source=tmp_path / "src")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "theory" / "__init__.py"), "True"]


def test_the_version_is_the_one_in_pyproject():
    try:
        installed = importlib.metadata.version("detequiv")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("detequiv runs from a checkout without being installed")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert de.__version__ == installed == project["project"]["version"]


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = de.no_such_name


# What conftest.py does to the suite


@pytest.fixture
def house(pytestconfig):
    """The conftest.py of the suite."""
    return next(p for p in pytestconfig.pluginmanager.get_plugins() if hasattr(p, "group_of"))


def test_of_a_family_that_is_slow_every_so_many_th_case_is_quick(house):

    class Item:
        def __init__(self, nodeid, *marks):
            self.nodeid, self.own_markers = nodeid, list(marks)

        def get_closest_marker(self, name):
            return next((mark for mark in self.own_markers if mark.name == name), None)

    family, whole = pytest.mark.slow(keep=3).mark, pytest.mark.slow.mark
    items = [Item(f"t.py::test_a[{i}]", family) for i in range(7)]
    items += [Item("t.py::test_b", whole), Item("t.py::test_c")]
    house._keep_some(items)
    slow = [item.nodeid for item in items if item.get_closest_marker("slow")]
    assert slow == [
        "t.py::test_a[1]",
        "t.py::test_a[2]",
        "t.py::test_a[4]",
        "t.py::test_a[5]",
        "t.py::test_b",
    ]


def test_what_shares_runs_in_one_process_and_the_rest_is_spread(house):
    group_of = house.group_of
    files = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py"))
    for name in (*house.SHARED, *house.MADE):
        assert any(name in file for file in files), f"no file is named {name}"
    made = {file for file in files if group_of(f"{file}::test_a") == "made figures"}
    figures = [file for file in files if "paper_figures" in file]
    uses = {file for file in figures if "made: dict" in (ROOT / file).read_text(encoding="utf-8")}
    assert made == uses
    assert group_of("docs/a.md::line:3,column:1") == "docs/a.md"
    assert group_of("tests/numerics/grids/test_parameter_grid.py::test_a[x]") == (
        "tests/numerics/grids/test_parameter_grid.py::test_a"
    )
    engine = [file for file in files if "freeprob" in file]
    assert len({group_of(f"{file}::test_a") for file in engine}) == len(engine) > 5


# The witness table is written by a module that has its own style.
PERCENT_ELSEWHERE = ("docs/witness.md", "verify/witness/", "tests/verify/witness/")


@pytest.mark.parametrize("ending", ["py", "md", "toml"])
def test_a_percent_sign_follows_its_number_without_a_space(ending):
    """40%, as Python's format and most English style guides have it; modulo needs a name to its right."""
    spaced = re.compile(r"[\d}][ \N{NO-BREAK SPACE}]%(?! *[A-Z_]{3})")
    found = []
    for path in ROOT.rglob(f"*.{ending}"):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith((".", "build/", *PERCENT_ELSEWHERE)) and "site-packages" not in name:
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [f"{name}:{i}" for i, line in enumerate(lines, 1) if spaced.search(line)]
    assert found == []
