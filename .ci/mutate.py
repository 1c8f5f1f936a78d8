"""Mutation pass: change one operator or constant of a module at a time, and see whether its tests fail.

    python .ci/mutate.py --seconds 600 theory/data/degrees.py theory/models/width_closures.py=tests/theory

The tests of a module are those of its folder, or those given after `=`, separated by commas. Mutants are
drawn at random from all modules until the time is used up, and run in a copy of the tree. Those that no test
notices are listed; some of them are equivalent to the original, so they do not fail the pass.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutated(node: ast.AST) -> ast.AST | None:
    """The node with another operator or constant, or None if it has neither."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) if type(op) in SWAPPED:
            return with_fields(node, op=SWAPPED[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            return with_fields(node, ops=[SWAPPED[type(op)]()])
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            return operand
        case ast.Constant(value=bool(value)):
            return with_fields(node, value=not value)
        case ast.Constant(value=int() | float() as value):
            return with_fields(node, value=value + 1)
    return None


def with_fields(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes in an order that does not change, without annotations and decorators."""
    yield tree
    for name, value in ast.iter_fields(tree):
        if name not in ("annotation", "decorator_list", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from nodes(child)


class Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Every mutant of a module: its source, and what changed."""
    count = sum(1 for _ in nodes(ast.parse(source)))
    for index in range(count):
        tree = ast.parse(source)
        node = next(node for i, node in enumerate(nodes(tree)) if i == index)
        new = mutated(node)
        if new is not None:
            change = f"line {node.lineno}: {ast.unparse(node)}  ->  {ast.unparse(new)}"
            yield ast.unparse(Replace(node, new).visit(tree)), change


def with_tests(argument: str) -> tuple[str, str]:
    """A file and its tests: those given, or those of the innermost folder that has tests."""
    file, _, tests = argument.partition("=")
    folder = Path("tests", file).parent
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    return file, tests or folder.as_posix()


def run_tests(tree: Path, tests: str, timeout: float) -> bool:
    """Whether the tests pass in time."""
    options = ["-x", "-q", "-p", "no:cacheprovider", *tests.split(",")]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree / "src"), "CI": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE[=TESTS]")
    parser.add_argument("--seconds", type=float, default=600, help="time for all mutants (default: 600)")
    parser.add_argument("--seed", type=int, default=0, help="order of the mutants (default: 0)")
    options = parser.parse_args()
    tests_of = dict(with_tests(argument) for argument in options.files)
    if missing := [file for file in tests_of if not (ROOT / file).is_file()]:
        sys.exit(f"mutation: no such module: {', '.join(missing)}")

    with tempfile.TemporaryDirectory(prefix="detequiv-mutants-") as name:
        tree = Path(name).resolve() / "tree"
        unwanted = shutil.ignore_patterns(
            ".git", ".venv", "build", "dist", "__pycache__", ".*_cache", "gallery"
        )
        shutil.copytree(ROOT, tree, symlinks=True, ignore=unwanted)

        timeouts: dict[str, float] = {}
        for tests in set(tests_of.values()):
            begin = time.monotonic()
            if not run_tests(tree, tests, 600):
                sys.exit(f"mutation: {tests} fails or takes ten minutes without any mutation")
            timeouts[tests] = 10 + 3 * (time.monotonic() - begin)
            print(f"   {tests}: {time.monotonic() - begin:.0f} s without mutation", flush=True)

        sources = {file: (tree / file).read_text(encoding="utf-8") for file in tests_of}
        every = [(file, *mutant) for file, source in sources.items() for mutant in mutants(source)]
        random.Random(options.seed).shuffle(every)

        end = time.monotonic() + options.seconds
        run = 0
        survivors = []
        for file, mutant, change in every:
            if time.monotonic() > end:
                break
            (tree / file).write_text(mutant, encoding="utf-8")
            if run_tests(tree, tests_of[file], timeouts[tests_of[file]]):
                survivors.append(f"{file}, {change}")
                print(f"   survived: {survivors[-1]}", flush=True)
            (tree / file).write_text(sources[file], encoding="utf-8")
            run += 1
    print(f"   {run - len(survivors)} of {run} mutants caught, {len(every) - run} of {len(every)} not run")


if __name__ == "__main__":
    main()
