"""The problem of a command line: by flags, the paper's two sources; or a TOML file."""

import argparse
import copy
import dataclasses
import re
import sys
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..theory.base.errors import SpecError
from ..theory.base.wording import enumerated, short_repr
from ..theory.models.linear import Linear
from ..theory.models.model_table import MODELS, SHORT_NAMES, kind_named, parameters_of
from ..theory.models.random_features import RandomFeatures
from ..theory.models.random_projection import RandomProjection
from .grid_options import FORMS, grid, number

if TYPE_CHECKING:
    from ..theory import Problem
    from ..theory.specification.toml import Reader

__all__ = ["FLAGS", "ProblemGrid", "add_problem", "problem_from_options"]

EntryPath = tuple[str | int, ...]


@dataclasses.dataclass(frozen=True)
class Flag:
    """An option for one number of the two sources.

    paths : of the entries of a problem file that it sets; symbol : in headings of tables.
    integer : whether its value is an integer; of_files : whether it may be given with a file.
    """

    paths: tuple[EntryPath, ...]
    symbol: str
    help: str
    integer: bool = False
    of_files: bool = False


FIRST, SECOND = ("sources", 0), ("sources", 1)
LAW = (*FIRST, "covariance", "power_law")
FLAGS = {
    "dimension": Flag(((*LAW, "d"),), "d", "dimension of the inputs (default: 600)", integer=True),
    "exponent": Flag(((*LAW, "exponent"),), "α", "exponent of the spectrum j^−α (default: 1)"),
    "real": Flag(((*FIRST, "n"),), "n_1", "number of real samples (default: 300)", integer=True),
    "synthetic": Flag(((*SECOND, "n"),), "n_2", "number of synthetic samples (default: 200)", integer=True),
    "quality": Flag(
        ((*SECOND, "shift", "quality"),), "c²", "quality of the synthetic labels, 0 is perfect (default: 1)"
    ),
    "noise": Flag(
        ((*FIRST, "noise_variance"), (*SECOND, "noise_variance")),
        "σ²",
        "noise variance of all labels (default: 0.01)",
    ),
    "ridge": Flag(
        (("ridge",),), "λ", "ridge, after a 1/n loss; 0 is minimum norm (default: 1e-8)", of_files=True
    ),
    "width": Flag(
        (("model", "width"),), "m", "width of the model (default: 100)", integer=True, of_files=True
    ),
}
"""The paper's two sources, and what they are by default: Figure 5 at width 100 and c² = 1."""

DEFAULTS: dict[str, Any] = {
    "ridge": 1e-8,
    "signal": 1.0,
    "model": {"kind": RandomProjection.kind, "width": 100},
    "sources": [
        {
            "n": 300,
            "covariance": {"power_law": {"d": 600, "exponent": 1.0, "trace": 1.0}},
            "noise_variance": 0.01,
        },
        {"n": 200, "covariance": "first", "noise_variance": 0.01, "shift": {"quality": 1.0}},
    ],
}

STANDARD_INPUT = Path("-")

PLACE = re.compile(r"\w+(\[\d+\])?(\.\w+(\[\d+\])?)*")


def add_problem(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add the arguments that describe a problem; with ``several`` each may be a grid."""
    group = parser.add_argument_group(
        "the problem",
        "A TOML file, or the two sources of the paper: real and synthetic data with one power-law "
        f"covariance of trace 1 and signal Γ = I.{f' Values: {FORMS}.' if several else ''}",
    )
    group.add_argument("file", nargs="?", type=Path, help="a problem file (TOML); - reads standard input")
    for name, flag in FLAGS.items():
        group.add_argument(f"--{name}", action=_Given, metavar=flag.symbol, help=flag.help)
    group.add_argument(
        "--model",
        type=kind_named,
        choices=MODELS,
        metavar="KIND",
        help=f"the model: {enumerated([*MODELS], 'or')} (default: {RandomProjection.kind}); the short names "
        f"{enumerated([*SHORT_NAMES])} work too",
    )
    group.add_argument(
        "--activation", metavar="NAME", help="activation of random features, such as tanh (default: relu)"
    )
    group.add_argument(
        "--set",
        action=_Given,
        metavar="PLACE=VALUE",
        help="set any entry of the problem, such as 'sources[1].weight=0.1'",
    )
    if several:
        group.add_argument(
            "--vary",
            action=_Given,
            metavar="PLACE=GRID",
            help="vary any entry over a grid, such as 'sources[1].n=0:400:5'",
        )


class _Given(argparse.Action):
    """Store (flag, text) pairs in the order of the command line."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        namespace.given = [*getattr(namespace, "given", []), (self.dest, values)]


@dataclasses.dataclass(frozen=True)
class ProblemGrid:
    """A problem of which some entries may vary over a grid.

    reader, entries : of the problem. axes : values by name; paths, symbols : of the entries that vary.
    """

    reader: "Reader"
    entries: dict[str, Any]
    axes: dict[str, list[Any]]
    paths: dict[str, tuple[EntryPath, ...]]
    symbols: dict[str, str]

    def problem(self, **point: Any) -> "Problem":
        """The problem at a point of the grid."""
        entries = self.entries
        if point:
            entries = copy.deepcopy(entries)
            for name, value in point.items():
                for path in self.paths[name]:
                    _set_entry(entries, path, value)
        return self.reader.problem(entries)


def problem_from_options(options: argparse.Namespace, *, several: bool = False) -> ProblemGrid:
    """The problem that the arguments describe, or a grid of them.

    Raises
    ------
    SpecError
        Flags of the two sources together with a file, entries that do not exist, values that are not
        numbers.
    """
    from ..theory.specification.toml.reading import Reader, entries_of, entries_of_text

    file: Path | None = options.file
    folder = Path() if file is None else file.parent
    if file is None:
        name, entries = "problem", copy.deepcopy(DEFAULTS)
    elif file == STANDARD_INPUT:
        name, entries = "standard input", entries_of_text(sys.stdin.read(), "standard input")
    else:
        name, entries = file.name, entries_of(file)
    problems = ProblemGrid(Reader(folder, name), entries, {}, {}, {})
    given = getattr(options, "given", [])
    if options.model is not None or options.activation is not None:
        _set_model(entries, options, given)
    for name, text in given:
        if name in ("set", "vary"):
            _general(problems, name, text)
        else:
            _flag(problems, name, text, file, several)
    return problems


def _set_model(entries: dict[str, Any], options: argparse.Namespace, given: list[tuple[str, str]]) -> None:
    """The model of --model and --activation, with the width of the problem."""
    for name, text in given:
        if options.model is not None and name in ("set", "vary") and re.match(r"model\.kind\b", text):
            raise SpecError(
                f"--model is the kind of the model; got --{name} {text} as well. Omit one of the two."
            )
    given_model = entries.get("model")
    before = given_model if isinstance(given_model, Mapping) else {}
    kind = _kind(before) if options.model is None else options.model
    width = {} if kind == Linear.kind else {"width": before.get("width", DEFAULTS["model"]["width"])}
    if kind == RandomFeatures.kind:
        activation = options.activation or before.get("activation", "relu")
        entries["model"] = {"kind": kind, **width, "activation": activation}
    elif options.activation is not None:
        raise SpecError(
            f"--activation is for random features; got --activation {options.activation} with the model "
            f"{kind}. Add --model {RandomFeatures.kind}, or omit --activation."
        )
    else:
        entries["model"] = {"kind": kind, **width}


def _flag(problems: ProblemGrid, name: str, text: str, file: Path | None, several: bool) -> None:
    flag = FLAGS[name]
    if file is not None and not flag.of_files:
        raise SpecError(
            f"--{name} applies only to the two sources of the paper; to change {file.name}, write "
            f"--set 'sources[0].n=100', for example."
        )
    if flag.paths[0][0] == "model" and flag.paths[0][1] not in _model_parameters(problems):
        raise SpecError(f"the linear model has no {name}; omit --{name}.")
    values = (grid if several else _single)(text, f"--{name}", integer=flag.integer)
    _add_values(problems, name, flag.paths, list(values), flag.symbol)


def _model_parameters(problems: ProblemGrid) -> Collection[str]:
    """The parameters of the model; the width, where the reader will refuse the model of a file."""
    kind = _kind(problems.entries.get("model", {}))
    return parameters_of(MODELS[kind]) if isinstance(kind, str) and kind in MODELS else ("width",)


def _kind(model: Any) -> Any:
    """The kind of a model in a problem file; what the file has instead if that is no name."""
    kind = model.get("kind", Linear.kind) if isinstance(model, Mapping) else model
    return kind_named(kind) if isinstance(kind, str) else kind


def _single(text: str, name: str, *, integer: bool) -> list[Any]:
    return [number(text, name, integer=integer)]


def _general(problems: ProblemGrid, name: str, text: str) -> None:
    place, _, value = text.partition("=")
    if not value or not PLACE.fullmatch(place):
        form = (
            "PLACE=VALUE, such as sources[1].n=100"
            if name == "set"
            else "PLACE=GRID, such as sources[1].n=0:400:5"
        )
        raise SpecError(f"--{name} must be {form}; got {text!r}.")
    path = tuple(int(x) if x.isdecimal() else x for x in re.findall(r"\w+", place))
    values = [_toml(value)] if name == "set" else [_plain(x) for x in grid(value, f"--vary {place}")]
    _add_values(problems, place, (path,), values, place)


def _add_values(
    problems: ProblemGrid, name: str, paths: tuple[EntryPath, ...], values: list[Any], symbol: str
) -> None:
    """Set the entries to the first value; several values become an axis."""
    for path in paths:
        _set_entry(problems.entries, path, values[0])
    name = re.sub(r"\W+", "_", name).strip("_")
    for other, other_paths in problems.paths.items():
        if other != name and any(_overlap(a, b) for a in other_paths for b in paths):
            raise SpecError(
                f"{problems.symbols[other]} already varies; {symbol} cannot be given as well. Omit one of "
                f"the two."
            )
    for mapping in (problems.axes, problems.paths, problems.symbols):
        mapping.pop(name, None)  # what is given again replaces what was given before
    if len(values) > 1:
        problems.axes[name], problems.paths[name], problems.symbols[name] = (values, paths, symbol)


def _overlap(a: EntryPath, b: EntryPath) -> bool:
    """Whether one path is a prefix of the other."""
    shared = min(len(a), len(b))
    return a[:shared] == b[:shared]


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _toml(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"x = {text}")
    except tomllib.TOMLDecodeError:
        return text
    except (ValueError, RecursionError) as error:
        raise SpecError(f"--set takes one value; got {short_repr(text)}: {error}.") from None
    if len(parsed) > 1:
        raise SpecError(f"--set takes one value; got {text!r}.")
    return parsed["x"]


def _set_entry(entries: dict[str, Any], path: EntryPath, value: Any) -> None:
    """Set one entry, and create the tables that its path needs."""
    node: Any = entries
    for i, (step, following) in enumerate(zip(path, (*path[1:], None), strict=True)):
        fits = isinstance(node, Mapping) if isinstance(step, str) else isinstance(node, list)
        if not fits or (isinstance(step, int) and step >= len(node)):
            raise SpecError(f"there is no {_dotted(path[: i + 1])} in this problem.")
        if following is None:
            node[step] = value
        elif isinstance(step, str) and isinstance(following, str):
            node = node.setdefault(step, {})
        else:
            node = node[step] if isinstance(step, int) else node.get(step)


def _dotted(path: EntryPath) -> str:
    text = "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in path)
    return text.removeprefix(".")
