"""The problem of a command line: by flags, the paper's two sources; or a TOML file."""

import argparse
import copy
import dataclasses
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..theory.base.errors import SpecError
from ..theory.base.wording import short_repr
from .grid_options import FORMS, grid, number

if TYPE_CHECKING:
    from ..theory import Problem
    from ..theory.specification.toml import Reader

__all__ = ["FLAGS", "Described", "add_problem", "problem_from_options"]

Path_ = tuple[str | int, ...]


@dataclasses.dataclass(frozen=True)
class Flag:
    """places : where in the entries of a file its value goes; symbol : in headers."""

    places: tuple[Path_, ...]
    symbol: str
    help: str
    whole: bool = False
    of_files: bool = False


FIRST, SECOND = ("sources", 0), ("sources", 1)
LAW = (*FIRST, "covariance", "power_law")
FLAGS = {
    "dimension": Flag(((*LAW, "d"),), "d", "dimension of the features (600)", whole=True),
    "exponent": Flag(((*LAW, "exponent"),), "α", "of the spectrum j^−α (1)"),
    "real": Flag(((*FIRST, "n"),), "n_1", "real samples (300)", whole=True),
    "synthetic": Flag(((*SECOND, "n"),), "n_2", "synthetic samples (200)", whole=True),
    "quality": Flag(((*SECOND, "shift", "quality"),), "c²", "of the synthetic labels (1); 0: right"),
    "noise": Flag(
        ((*FIRST, "noise_variance"), (*SECOND, "noise_variance")),
        "σ²",
        "variance of the noise of all labels (0.01)",
    ),
    "ridge": Flag((("ridge",),), "λ", "after a 1/n loss (1e-8); 0: least norm", of_files=True),
    "width": Flag((("model", "width"),), "m", "random projections (100)", whole=True, of_files=True),
}
"""The paper's two sources, and what they are by default: Figure 5 at width 100 and c² = 1."""

DEFAULTS: dict[str, Any] = {
    "ridge": 1e-8,
    "signal": 1.0,
    "model": {"kind": "random-projection", "width": 100},
    "sources": [
        {
            "n": 300,
            "covariance": {"power_law": {"d": 600, "exponent": 1.0, "trace": 1.0}},
            "noise_variance": 0.01,
        },
        {"n": 200, "covariance": "first", "noise_variance": 0.01, "shift": {"quality": 1.0}},
    ],
}
LINEAR = "linear"
PLACE = re.compile(r"\w+(\[\d+\])?(\.\w+(\[\d+\])?)*")


def add_problem(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """The arguments that describe a problem; ``several`` : each may be a grid."""
    group = parser.add_argument_group(
        "the problem",
        "A TOML file, or the paper's two sources: real and synthetic data of one power-law "
        f"covariance with trace 1, signal Γ = I.{f' Values: {FORMS}.' if several else ''}",
    )
    group.add_argument("file", nargs="?", type=Path, help="a problem file (TOML); see examples/")
    for name, flag in FLAGS.items():
        group.add_argument(f"--{name}", action=_Given, metavar=flag.symbol, help=flag.help)
    group.add_argument("--linear", action="store_true", help="the linear model in the place of projections")
    group.add_argument(
        "--set",
        action=_Given,
        metavar="PLACE=VALUE",
        help="any entry of the problem, such as sources[1].weight=0.1",
    )
    if several:
        group.add_argument(
            "--vary",
            action=_Given,
            metavar="PLACE=GRID",
            help="any entry over a grid, such as sources[1].n=0:400:5",
        )


class _Given(argparse.Action):
    """Keeps (flag, text) pairs in the order in which they were given."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        namespace.given = [*getattr(namespace, "given", []), (self.dest, values)]


@dataclasses.dataclass(frozen=True)
class Described:
    """reader, entries : of the problem; axes : what varies, name → values; places : where."""

    reader: "Reader"
    entries: dict[str, Any]
    axes: dict[str, list[Any]]
    places: dict[str, tuple[Path_, ...]]
    symbols: dict[str, str]

    def problem(self, **point: Any) -> "Problem":
        """The problem at a point of the grid."""
        entries = self.entries
        if point:
            entries = copy.deepcopy(entries)
            for name, value in point.items():
                for place in self.places[name]:
                    _put(entries, place, value)
        return self.reader.problem(entries)


def problem_from_options(options: argparse.Namespace, *, several: bool = False) -> Described:
    """What the arguments describe.

    Raises
    ------
    SpecError
        Flags of the two sources beside a file, places that are not there, and what is no number.
    """
    from ..theory.specification.toml.reading import Reader, entries_of

    file: Path | None = options.file
    folder = Path() if file is None else file.parent
    entries = copy.deepcopy(DEFAULTS) if file is None else entries_of(file)
    found = Described(Reader(folder, "problem" if file is None else file.name), entries, {}, {}, {})
    given = getattr(options, "given", [])
    if options.linear:
        _refuse_other_models(given)
        entries["model"] = {"kind": LINEAR}
    for name, text in given:
        if name in ("set", "vary"):
            _general(found, name, text)
        else:
            _flag(found, name, text, file, several)
    return found


def _refuse_other_models(given: list[tuple[str, str]]) -> None:
    for name, text in given:
        if name in ("set", "vary") and re.match(r"model\b", text):
            raise SpecError(
                f"--linear gives the whole model; got --{name} {text} as well. Omit one of the two."
            )


def _flag(found: Described, name: str, text: str, file: Path | None, several: bool) -> None:
    flag = FLAGS[name]
    if file is not None and not flag.of_files:
        raise SpecError(
            f"--{name} is for the two sources without a file; for an entry of {file.name} write "
            f"--set sources[0].n=100, for example."
        )
    if flag.places[0][0] == "model" and flag.places[0][1] not in _model_parameters(found):
        raise SpecError(f"a linear model has no {name}; leave --{name} out.")
    values = (grid if several else _alone)(text, f"--{name}", whole=flag.whole)
    _spread(found, name, flag.places, list(values), flag.symbol)


def _model_parameters(found: Described) -> Collection[str]:
    """What the model takes; anything, where a file has one that the reader will refuse."""
    from ..theory.models.model_table import MODELS, parameters_of

    entries = found.entries.get("model", {"kind": LINEAR})
    kind = entries.get("kind") if isinstance(entries, Mapping) else None
    return parameters_of(MODELS[kind]) if kind in MODELS else ("width",)


def _alone(text: str, name: str, *, whole: bool) -> list[Any]:
    return [number(text, name, whole=whole)]


def _general(found: Described, name: str, text: str) -> None:
    place, _, value = text.partition("=")
    if not value or not PLACE.fullmatch(place):
        raise SpecError(f"--{name} must be PLACE=VALUE, such as sources[1].n=100; got {text!r}.")
    path = tuple(int(x) if x.isdecimal() else x for x in re.findall(r"\w+", place))
    values = [_toml(value)] if name == "set" else [_plain(x) for x in grid(value, f"--vary {place}")]
    _spread(found, place, (path,), values, place)


def _spread(found: Described, name: str, places: tuple[Path_, ...], values: list[Any], symbol: str) -> None:
    """One value into the entries, several to an axis."""
    for place in places:
        _put(found.entries, place, values[0])
    name = re.sub(r"\W+", "_", name).strip("_")
    for other, taken in found.places.items():
        if other != name and any(_overlap(a, b) for a in taken for b in places):
            raise SpecError(
                f"{found.symbols[other]} varies already, so that {symbol} cannot be given as well."
            )
    for known in (found.axes, found.places, found.symbols):
        known.pop(name, None)  # what is given again replaces what was given before
    if len(values) > 1:
        found.axes[name], found.places[name], found.symbols[name] = values, places, symbol


def _overlap(a: Path_, b: Path_) -> bool:
    """Whether one place is the other or inside of it."""
    shared = min(len(a), len(b))
    return a[:shared] == b[:shared]


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _toml(text: str) -> Any:
    try:
        found = tomllib.loads(f"x = {text}")
    except tomllib.TOMLDecodeError:
        return text
    except (ValueError, RecursionError) as error:
        raise SpecError(f"--set takes one value; got {short_repr(text)}: {error}.") from None
    if len(found) > 1:
        raise SpecError(f"--set takes one value; got {text!r}.")
    return found["x"]


def _put(entries: dict[str, Any], place: Path_, value: Any) -> None:
    """Set one entry; tables that are missing on the way are made."""
    here: Any = entries
    for i, (step, following) in enumerate(zip(place, (*place[1:], None), strict=True)):
        known = isinstance(here, Mapping) if isinstance(step, str) else isinstance(here, list)
        if not known or (isinstance(step, int) and step >= len(here)):
            raise SpecError(f"there is no {_written(place[: i + 1])} in this problem.")
        if following is None:
            here[step] = value
        elif isinstance(step, str) and isinstance(following, str):
            here = here.setdefault(step, {})
        else:
            here = here[step] if isinstance(step, int) else here.get(step)


def _written(place: Path_) -> str:
    text = "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in place)
    return text.removeprefix(".")
