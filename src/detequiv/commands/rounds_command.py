"""``detequiv rounds``: the error over rounds in which each model labels data for the next."""

import argparse
from typing import TYPE_CHECKING, Any

from .problem_options import add_problem, problem_from_options
from .result_output import add_results, check_outputs, write_outputs

if TYPE_CHECKING:
    import xarray

__all__ = ["add"]

EXAMPLE = "detequiv rounds --synthetic 0 --width 200 --keep mix --rounds 10"
WAYS = ("replace", "mix", "accumulate")


def add(commands: Any) -> None:
    """Add ``rounds`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "rounds",
        help="predict the error over rounds of training on own labels",
        description="The problem is the first fit. In each round the last model labels new samples for the "
        "next; they replace those before (replace), are mixed with the sources of the problem (mix), or "
        "accumulate with them (accumulate).",
        epilog=f"example: {EXAMPLE}",
    )
    add_problem(parser)
    group = parser.add_argument_group("the rounds")
    group.add_argument("--rounds", type=int, default=10, help="number of rounds (default: 10)")
    group.add_argument(
        "--keep", choices=WAYS, default="mix", help="which data a round is trained on (default: mix)"
    )
    group.add_argument(
        "--new", type=int, metavar="N", help="samples that each round adds (default: those of the first fit)"
    )
    group.add_argument(
        "--label-noise",
        type=float,
        metavar="VARIANCE",
        help="noise variance of the models' labels (default: that of the first source)",
    )
    add_results(parser, "the errors of all rounds", "the error over rounds")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Predict and print."""
    from ..theory.base.filled_text import filled
    from ..theory.base.text_table import fitted

    check_outputs(options)
    start = problem_from_options(options).problem()
    curve = evolved(start, options)
    write_outputs(options, lambda: curve, lambda: _picture(curve))
    if options.json:
        from .as_json import to_json

        print(to_json(as_object(curve)))
        return 0
    rows = zip(*(curve[name].values.tolist() for name in ("round", "error", "against_fresh")), strict=True)
    print(filled(f"First fit: {start}"))
    print()
    print(fitted([("round", "test error E", "had every fit samples of its own"), *rows]))
    print()
    print(filled(curve.attrs["sentence"]))
    return 0


def evolved(start: Any, options: argparse.Namespace) -> "xarray.Dataset":
    """The curve of a first fit."""
    from ..numerics import evolve
    from ..theory import Source

    first = start.sources[0]
    noise = first.noise_variance if options.label_noise is None else options.label_noise
    new = Source(start.n if options.new is None else options.new, first.covariance, noise_variance=noise)
    return evolve(
        start=start,
        rounds=options.rounds,
        synthetic=new,
        keep="all" if options.keep == "accumulate" else "latest",
        real=() if options.keep == "replace" else start.sources,
    )


def as_object(curve: "xarray.Dataset") -> dict[str, Any]:
    """The object that --json prints."""
    names = ("round", "error", "from_truth", "from_noise", "against_fresh")
    ends = {name: curve.attrs[name] for name in ("ends", "limit", "rate", "power", "sentence")}
    return {name: curve[name].values.tolist() for name in names} | ends


def _picture(curve: "xarray.Dataset") -> Any:
    from ..paper_figures.drawing.curves import ERROR_LABEL
    from ..paper_figures.drawing.palette import QUALITY
    from ..paper_figures.drawing.style import panels, styled

    with styled():
        figure, ((axes,),) = panels()
        for name, style, label in (
            ("error", QUALITY[1.0], "the same samples in all rounds"),
            ("against_fresh", QUALITY[0.0], "had every fit samples of its own"),
        ):
            axes.plot(curve["round"], curve[name], **style, label=label)
        axes.set(xlabel="rounds after the first fit", ylabel=ERROR_LABEL, title=curve.attrs["sentence"])
        axes.legend()
        return figure
