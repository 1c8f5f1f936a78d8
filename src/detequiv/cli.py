"""The command line: thin, above all layers."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from .theory.errors import SolveError, SpecError

__all__ = ["main"]

QUICK, FULL = 12, 200
"""Simulated trials for each point of a figure."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, 2 for bad input, 130 when interrupted.

    141 says that the reader of the output went away.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        options.run(options)
    except (SpecError, SolveError) as error:
        print(f"detequiv: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except KeyboardInterrupt:
        print("detequiv: interrupted.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="detequiv",
        description="Predicted test errors of models trained on real and synthetic data, checked "
        "by simulation.",
        epilog="example: detequiv figures 5 --out figures",
    )
    parser.add_argument("--version", action="version", version=f"detequiv {version('detequiv')}")
    commands = parser.add_subparsers(dest="command", metavar="command")

    demo = commands.add_parser(
        "demo", help="predict, simulate and draw one mix, and say what it means"
    )
    demo.add_argument("--out", type=Path, default=Path("demo"), help="directory (default: demo)")
    demo.set_defaults(run=_demo)

    figures = commands.add_parser("figures", help="regenerate figures of the paper")
    figures.add_argument("number", nargs="+", choices=["5"], metavar="5", help="which ones (5)")
    figures.add_argument(
        "--out", type=Path, default=Path("figures"), help="directory (default: figures)"
    )
    size = figures.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="trials", action="store_const", const=QUICK, default=QUICK,
                      help=f"{QUICK} simulated trials for each point (default)")  # fmt: skip
    size.add_argument("--full", dest="trials", action="store_const", const=FULL,
                      help=f"{FULL} simulated trials for each point")  # fmt: skip
    figures.set_defaults(run=_figures)
    return parser


def _demo(options: argparse.Namespace) -> None:
    from .paper_figures import demo
    from .paper_figures.output import prepared

    text, paths = demo.make(prepared(options.out))
    print(f"{text}\n\nThe picture: {paths[0].resolve()}")


def _figures(options: argparse.Namespace) -> None:
    from .paper_figures import figure_5
    from .paper_figures.output import prepared

    paths = figure_5.make(prepared(options.out), trials=options.trials)
    print("\n".join(str(path) for path in paths))
