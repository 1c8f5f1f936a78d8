"""``detequiv demo``: predict, simulate and draw one example."""

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add"]


def add(commands: Any) -> None:
    """Add ``demo`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "demo",
        help="predict, simulate and draw one mix, and explain the result",
        epilog="example: detequiv demo --out demo",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("demo"), metavar="DIRECTORY", help="output directory (default: demo)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Predict, simulate, draw."""
    from ..paper_figures import demonstration as demo
    from ..paper_figures.drawing.output import prepared_directory

    text, paths = demo.make(prepared_directory(options.out))
    print(f"{text}\n\nThe picture is {paths[0].resolve()}")
    return 0
