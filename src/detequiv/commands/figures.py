"""``detequiv figures``: the paper's figures, regenerated."""

import argparse
from pathlib import Path
from typing import Any

from ..paper_figures.catalogue import FIGURES

__all__ = ["add"]

EXAMPLE = "detequiv figures 2 3 5 --quick --out figures"


def add(commands: Any) -> None:
    """The parser."""
    parser = commands.add_parser(
        "figures",
        help="regenerate figures of the paper",
        description="Regenerate figures of arXiv 2410.04840: of each the picture (.png, .pdf), the "
        "table (.csv) and the caption (.md).",
        epilog=f"example: {EXAMPLE}",
    )
    known = ", ".join(FIGURES)
    parser.add_argument(
        "name", nargs="+", choices=[*FIGURES], metavar="figure", help=f"which ones: {known}"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("figures"), help="directory (default: figures)"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="few simulated trials (default)")
    size.add_argument("--full", action="store_true", help="as many as the printed figures take")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Draw; prints the paths."""
    from ..paper_figures.catalogue import make
    from ..paper_figures.output import prepared

    directory = prepared(options.out)
    for name in dict.fromkeys(options.name):
        for path in make(name, directory, full=options.full):
            print(path)
    return 0
