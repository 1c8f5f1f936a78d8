"""``detequiv verify``: theory against simulation of the same problem."""

import argparse
from typing import TYPE_CHECKING, Any

from .problem_options import add_problem, problem_from_options
from .result_output import add_results, check_outputs, write_outputs
from .simulate_command import add_trials, simulated

if TYPE_CHECKING:
    from ..verify import Agreement, TermAgreement

__all__ = ["add"]

EXAMPLE = "detequiv verify --width 100 --trials 100"
STATUS = {"agrees": 0, "disagrees": 1, "undecided": 3}


def add(commands: Any) -> None:
    """Add ``verify`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "verify",
        help="compare the prediction with simulation",
        description="Predict and simulate one problem, and tell whether the two agree. Exit status: "
        "0 agrees, 1 disagrees, 3 undecided.",
        epilog=f"example: {EXAMPLE}",
    )
    add_problem(parser)
    add_trials(parser)
    tolerance = parser.add_mutually_exclusive_group()
    tolerance.add_argument(
        "--tolerance",
        type=float,
        help="half-width of agreement (default: the larger of 2%% of E and twice the theory's "
        "estimated error)",
    )
    tolerance.add_argument("--band", dest="tolerance", type=float, help=argparse.SUPPRESS)  # its old name
    parser.add_argument(
        "--alpha",
        type=float,
        default=0.01,
        help="upper bound of the probability that the verdict, agrees or disagrees, is false; the intervals "
        "of all terms together have confidence level 1 − alpha (default: 0.01)",
    )
    add_results(parser, "every term, predicted and simulated", "the terms as bars and points")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Predict, simulate, compare and print; returns the exit status."""
    from ..numerics import predict
    from ..theory.base.filled_text import filled
    from ..theory.base.validation import positive
    from ..verify.comparison.term_comparison import compare
    from ..verify.comparison.tolerance import checked_alpha

    check_outputs(options)
    checked_alpha(options.alpha)
    if options.tolerance is not None:
        positive(options.tolerance, "tolerance", "It is the half-width of what counts as agreement.")
    problem = problem_from_options(options).problem()
    prediction = predict(problem)
    simulation = simulated(problem, options)
    agreement = compare(prediction, simulation, tolerance=options.tolerance, alpha=options.alpha)
    write_outputs(options, lambda: _table(agreement, str(problem)), lambda: _picture(prediction, simulation))
    if options.json:
        from .as_json import to_json

        print(to_json(_as_object(agreement)))
    else:
        description = str(problem)
        print(filled(f"{description[:1].upper()}{description[1:]}"))
        print(filled("In labels squared, noise excluded, ± one standard error:") + "\n")
        print(agreement)
    return STATUS[agreement.verdict.value]


def _as_object(agreement: "Agreement") -> dict[str, Any]:
    return {
        "verdict": agreement.verdict,
        "terms": [{"name": term.name, **_numbers(term), "verdict": term.verdict} for term in agreement.terms],
        "band": agreement.tolerance,
        "band_origin": agreement.tolerance_origin,
        "alpha": agreement.alpha,
        "trials": agreement.trials,
        "seed": agreement.seed,
    }


def _numbers(term: "TermAgreement") -> dict[str, float]:
    """The columns of the table; the tolerance keeps the name ``band`` that files have."""
    return {
        "predicted": term.predicted,
        "simulated": term.simulated,
        "stderr": term.stderr,
        "low": term.low,
        "high": term.high,
        "band": term.tolerance,
    }


def _table(agreement: "Agreement", problem: str) -> Any:
    import xarray

    rows = [_numbers(term) for term in agreement.terms]
    columns = {name: ("term", [row[name] for row in rows]) for name in rows[0]}
    verdicts = [term.verdict.value for term in agreement.terms]
    return xarray.Dataset(
        {**columns, "verdict": ("term", verdicts)},
        coords={"term": [term.name for term in agreement.terms]},
        attrs={
            "problem": problem,
            "seed": agreement.seed,
            "trials": agreement.trials,
            "alpha": agreement.alpha,
            "band_origin": agreement.tolerance_origin,
        },
    )


def _picture(prediction: Any, simulation: Any) -> Any:
    from .pictures import terms

    return terms(prediction, simulation)
