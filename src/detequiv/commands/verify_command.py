"""``detequiv verify``: theory against simulation of the same problem."""

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

from .problem_options import add_problem, problem_from_options
from .result_output import add_results, check_outputs, write_outputs
from .simulate_command import add_trials, simulated

if TYPE_CHECKING:
    from ..verify import Agreement

__all__ = ["add"]

EXAMPLE = "detequiv verify --width 100 --trials 100"
STATUS = {"agrees": 0, "disagrees": 1, "undecided": 3}


def add(commands: Any) -> None:
    """The parser."""
    parser = commands.add_parser(
        "verify",
        help="hold the prediction against simulation",
        description="Predict and simulate one problem, and say whether the two agree. Exit status: "
        "0 agrees, 1 disagrees, 3 undecided.",
        epilog=f"example: {EXAMPLE}",
    )
    add_problem(parser)
    add_trials(parser)
    parser.add_argument(
        "--band",
        type=float,
        help="half-width of agreement (default: the larger of 2 %% of E and twice the theory's "
        "estimated error)",
    )
    parser.add_argument("--alpha", type=float, default=0.01, help="rate of false verdicts (0.01)")
    add_results(parser, "every term, predicted and simulated", "the terms as bars and points")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Predict, simulate, compare and print; returns the exit status."""
    from ..numerics import predict
    from ..theory.base.validation import positive
    from ..verify.comparison.term_comparison import compare
    from ..verify.comparison.tolerance import checked_alpha

    check_outputs(options)
    checked_alpha(options.alpha)
    if options.band is not None:
        positive(options.band, "band", "It is the half-width of what counts as agreement.")
    problem = problem_from_options(options).problem()
    prediction = predict(problem)
    simulation = simulated(problem, options)
    agreement = compare(prediction, simulation, band=options.band, alpha=options.alpha)
    write_outputs(options, lambda: _table(agreement, str(problem)), lambda: _picture(prediction, simulation))
    if options.json:
        from .as_json import to_json

        print(to_json(_as_object(agreement)))
    else:
        sentence = str(problem)
        print(textwrap.fill(f"{sentence[:1].upper()}{sentence[1:]}", 100))
        print("In labels squared, noise excluded, ± one standard error:\n")
        print(agreement)
    return STATUS[agreement.verdict.value]


def _as_object(agreement: "Agreement") -> dict[str, Any]:
    return {
        "verdict": agreement.verdict,
        "terms": [{name: getattr(term, name) for name in ("name", *COLUMNS)} for term in agreement.terms],
        "band": agreement.band,
        "band_origin": agreement.band_origin,
        "alpha": agreement.alpha,
        "trials": agreement.trials,
        "seed": agreement.seed,
    }


COLUMNS = ("predicted", "simulated", "stderr", "low", "high", "band", "verdict")


def _table(agreement: "Agreement", problem: str) -> Any:
    import xarray

    columns = {name: ("term", [getattr(term, name) for term in agreement.terms]) for name in COLUMNS[:-1]}
    verdicts = [term.verdict.value for term in agreement.terms]
    return xarray.Dataset(
        {**columns, "verdict": ("term", verdicts)},
        coords={"term": [term.name for term in agreement.terms]},
        attrs={
            "problem": problem,
            "seed": agreement.seed,
            "trials": agreement.trials,
            "alpha": agreement.alpha,
            "band_origin": agreement.band_origin,
        },
    )


def _picture(prediction: Any, simulation: Any) -> Any:
    from .pictures import terms

    return terms(prediction, simulation)
