"""``detequiv simulate``: draw data, fit the model, and measure its error."""

import argparse
from typing import TYPE_CHECKING, Any

from ..theory.base.errors import SpecError
from .problem_options import add_problem, problem_from_options
from .result_output import add_results, check_outputs, facts_of, write_outputs

if TYPE_CHECKING:
    from ..verify import Simulation

__all__ = ["add", "add_trials"]

MOST_TRIALS = 100_000_000
"""The terms of so many trials occupy about ten gigabytes."""

EXAMPLE = "detequiv simulate --width 100 --trials 50 --seed 1"


def add(commands: Any) -> None:
    """Add ``simulate`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "simulate",
        help="draw data, fit the model, and measure its error",
        description="Draw the data and the model of one problem in each trial, fit, and measure the "
        "population error.",
        epilog=f"example: {EXAMPLE}",
    )
    add_problem(parser)
    add_trials(parser)
    add_results(parser, "the terms of every trial", "the terms as points")
    parser.set_defaults(run=run)


def add_trials(parser: argparse.ArgumentParser) -> None:
    """Add the options of the simulation."""
    group = parser.add_argument_group("the simulation")
    group.add_argument("--trials", type=int, default=100, help="number of trials (default: 100)")
    group.add_argument("--seed", type=int, default=0, help="seed of the random draws (default: 0)")
    group.add_argument(
        "--method",
        choices=("conditional", "naive"),
        default="conditional",
        help="integrate over labels (default), or draw them",
    )


def run(options: argparse.Namespace) -> int:
    """Simulate and print."""
    check_outputs(options)
    simulation = simulated(problem_from_options(options).problem(), options)
    write_outputs(options, lambda: table(simulation), lambda: _picture(simulation))
    if options.json:
        from .as_json import to_json

        print(to_json(as_object(simulation)))
    else:
        print(simulation)
    return 0


def simulated(problem: Any, options: argparse.Namespace) -> "Simulation":
    """Simulate the problem with the given options."""
    from ..verify import simulate

    if options.trials > MOST_TRIALS:
        raise SpecError(f"--trials must be at most {MOST_TRIALS}, for memory; got {options.trials}.")
    return simulate(problem, trials=options.trials, seed=options.seed, method=options.method, progress=True)


def as_object(simulation: "Simulation") -> dict[str, Any]:
    """The object that --json prints."""
    from .as_json import without_identity

    return without_identity(simulation.to_dict())


def table(simulation: "Simulation") -> Any:
    """A data set over trials."""
    import xarray

    names = ("error", "bias", "variance", "collapse")
    return xarray.Dataset(
        {name: ("trial", getattr(simulation.samples, name)) for name in names},
        coords={"trial": range(simulation.trials)},
        attrs={**facts_of(simulation.problem), "seed": simulation.seed, "method": simulation.method},
    )


def _picture(simulation: "Simulation") -> Any:
    from .pictures import terms

    return terms(None, simulation)
