"""Models and truths are interfaces: no code branches on their class or kind outside one table a layer."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from detequiv.theory.coordinates.truths import Truth
from detequiv.theory.models.model import Model
from detequiv.theory.models.model_table import MODELS
from detequiv.verify.simulators.sampled_models import SAMPLED

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("theory", "numerics", "verify", "paper_figures", "src/detequiv/commands")

TABLES = {
    "theory/equations/squared_residuals.py": "RESIDUALS",
    "numerics/joint_fits/joint_numbers.py": "PARTS",
    "verify/simulators/sampled_models.py": "SAMPLED",
    "verify/simulators/truth_factors.py": "FACTORS",
}
"""The files that look a class up, and the table each looks it up in."""


def subclasses(base: type) -> set[type]:
    return {below for sub in base.__subclasses__() for below in (sub, *subclasses(sub))}


CLASSES = {sub.__name__ for base in (Model, Truth) for sub in subclasses(base)}
KINDS = set(MODELS)


def names(node: ast.AST) -> set[str]:
    """Every name and attribute in an expression."""
    found = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return found | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def texts(node: ast.AST) -> set[object]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}


def asks_for_type(node: ast.AST) -> bool:
    """Whether it has type(x) or x.__class__ in it, other than for a name to print."""
    shown = {
        id(n.value)
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and n.attr in ("__name__", "__qualname__")
    }
    return any(
        id(n) not in shown
        and (
            (
                isinstance(n, ast.Call)
                and isinstance(n.func, ast.Name)
                and n.func.id == "type"
                and len(n.args) == 1
            )
            or (isinstance(n, ast.Attribute) and n.attr == "__class__")
        )
        for n in ast.walk(node)
    )


def branches(tree: ast.AST) -> Iterator[int]:
    """The lines that branch on the class or the kind of a model or truth."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, of]):
                wrong = bool(names(of) & CLASSES)
            case ast.MatchClass(cls=cls):
                wrong = bool(names(cls) & CLASSES)
            case ast.Compare():
                kind = "kind" in names(node) or "kind" in texts(node)
                wrong = asks_for_type(node) or (kind and bool(texts(node) & KINDS))
                wrong = wrong and bool(
                    {"model", "truth", "part"} & names(node) or names(node) & CLASSES or kind
                )
            case ast.Subscript(slice=place) if asks_for_type(place):
                wrong = bool({"model", "truth", "part"} & names(place))
            case ast.MatchValue(value=value):
                wrong = bool(texts(value) & KINDS)
            case _:
                wrong = False
        if wrong:
            yield node.lineno


FILES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]


def test_there_are_models_and_truths_to_look_for() -> None:
    assert {"Linear", "RandomFeatures", "RandomCoordinates", "FixedTruth", "JointTruth"} <= CLASSES
    assert len(FILES) > 250


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_branches_on_the_class_or_kind_of_a_model_or_truth(path: Path) -> None:
    found = list(branches(ast.parse(path.read_text(encoding="utf-8"))))
    if str(path.relative_to(ROOT)) in TABLES:
        assert found, "this file no longer looks a class up: take it out of TABLES"
    else:
        assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "isinstance(problem.model, Linear)",
        "isinstance(x, (int, models.RandomFeatures))",
        "type(model) is Linear",
        "model.__class__ == Linear",
        "TABLE[type(problem.model)]",
        "model.kind == 'linear'",
        "entries['kind'] in ('random-features', 'linear')",
        "match part:\n    case FixedTruth(): pass",
        "match model.kind:\n    case 'linear': pass",
    ],
)
def test_such_code_is_found(code: str) -> None:
    assert list(branches(ast.parse(code)))


def test_every_model_is_in_the_tables_of_the_layers() -> None:
    ours = {model for model in subclasses(Model) if model.__module__.startswith("detequiv.")}
    models = {model for model in ours if "kind" in vars(model)}
    assert set(MODELS.values()) == models == set(SAMPLED)


def test_a_model_that_a_layer_does_not_know_is_refused_there() -> None:
    from detequiv.theory import SpecError
    from detequiv.verify.simulators.sampled_models import sampled_model

    with pytest.raises(SpecError, match=r"Unknown.*cannot be simulated.*Linear"):
        sampled_model(type("Unknown", (Model,), {})())
