"""``detequiv sweep``: predicted errors over a grid."""

import argparse
import itertools
import math
from collections.abc import Iterator
from typing import Any

from ..theory.base.errors import SpecError
from ..theory.base.filled_text import filled
from .grid_options import MOST
from .problem_options import ProblemGrid, add_problem, problem_from_options
from .result_output import add_results, check_outputs, write_outputs

__all__ = ["add"]

EXAMPLE = "detequiv sweep --width 10:1000:log40 --synthetic 0,100,400 --out widths.csv"
COLUMNS = {
    "error": "error E",
    "bias": "bias B",
    "variance": "variance V",
    "collapse": "collapse ζ",
    "error_with_noise": "E + σ_t²",
    "approximation_error": "theory error",
    "status": "status",
}


def add(commands: Any) -> None:
    """Add ``sweep`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "sweep",
        help="predict the test error over a grid",
        description="Predict the test error at every point of a grid: give several values to any numeric "
        "option. Errors are in units of labels squared and exclude test noise, except in the column E + σ_t²;"
        " the theory error is relative.",
        epilog=f"example: {EXAMPLE}",
    )
    add_problem(parser, several=True)
    add_results(parser, "the table", "the curves")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Sweep and print."""
    from ..numerics.grids.parameter_grid import sweep_with_progress

    check_outputs(options)
    problems = problem_from_options(options, several=True)
    if not problems.axes:
        raise SpecError("sweep needs several values of a numeric option, such as --width 10:1000:log40.")
    points = math.prod(map(len, problems.axes.values()))
    if points > MOST:
        raise SpecError(f"a sweep can have at most {MOST} points; got {points}. Give fewer values.")
    if options.plot is not None and len(problems.axes) > 2:
        raise SpecError(f"--plot takes one or two parameters that vary; got {', '.join(problems.axes)}.")
    with _bar() as progress:
        table = sweep_with_progress(problems.problem, problems.axes, progress)
    first = problems.problem()
    table.attrs = {"problem": table.attrs["description"]}
    table = table.drop_dims("source").drop_vars("notes")
    write_outputs(options, lambda: table, lambda: _picture(table, problems))
    if options.json:
        from .as_json import to_json

        print(to_json(_records(table)))
    else:
        sums = f", summed over {first.outputs} outputs" if first.outputs > 1 else ""
        heading = (
            f"Errors in labels squared{sums}, excluding test noise, except in E + σ_t²; the theory error is "
            f"relative."
        )
        print(f"{filled(heading)}\n\n{_text(table, problems)}")
        for note in _notes(table):
            print(filled(note))
    return 0


def _bar() -> Any:
    from .progress import bar

    return bar("predicting", "point")


def _records(table: Any) -> list[dict[str, Any]]:
    axes = {name: table[name].values.tolist() for name in table.sizes}
    columns = {name: table[name].values.ravel().tolist() for name in COLUMNS}
    points = itertools.product(*axes.values())
    return [
        dict(zip(axes, point, strict=True)) | {name: columns[name][i] for name in columns}
        for i, point in enumerate(points)
    ]


def _text(table: Any, problems: ProblemGrid) -> str:
    from ..theory.base.text_table import fitted

    heads = [symbol if "." in symbol else f"{name} {symbol}" for name, symbol in problems.symbols.items()]
    rows = [tuple(record.values()) for record in _records(table)]
    return fitted([(*heads, *COLUMNS.values()), *rows], words=0)


def _notes(table: Any) -> Iterator[str]:
    """Warnings that concern the whole table."""
    statuses = table.status.values
    diverging, approximate = (int((statuses == status).sum()) for status in ("diverges", "approximate"))
    if diverging:
        yield f"At {diverging} of {statuses.size} points terms diverge; predict gives the reason."
    if approximate:
        yield (
            f"At {approximate} of {statuses.size} points the estimated error of the theory exceeds "
            f"4% or there are too few degrees of freedom; predict gives the reason."
        )


def _picture(table: Any, problems: ProblemGrid) -> Any:
    from .pictures import curves

    return curves(table, problems.symbols)
