"""``detequiv predict``: the predicted test error and its terms."""

import argparse
from typing import TYPE_CHECKING, Any

from .problem_options import add_problem, problem_from_options
from .result_output import add_results, check_outputs, facts_of, write_outputs

if TYPE_CHECKING:
    from ..numerics import Prediction

__all__ = ["add"]

EXAMPLE = "detequiv predict --width 100 --synthetic 400 --quality 0.5"
NUMBERS = ("error", "bias", "variance", "collapse", "error_with_noise", "null_error", "approximation_error")


def add(commands: Any) -> None:
    """Add ``predict`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "predict",
        help="predict the test error of one problem",
        description="Predict the test error of one problem and its three terms: bias, variance, collapse.",
        epilog=f"example: {EXAMPLE}",
    )
    add_problem(parser)
    parser.add_argument(
        "--digits",
        type=int,
        help="significant digits of all predicted numbers, also those of the tables; notes round "
        "(default: double precision, of which tables show four digits)",
    )
    add_results(parser, "the numbers, one row", "the terms as bars")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Predict and print."""
    from ..numerics import predict
    from ..numerics.predictions.rendering import as_tables

    check_outputs(options)
    prediction = predict(problem_from_options(options).problem(), digits=options.digits)
    write_outputs(options, lambda: table(prediction), lambda: _picture(prediction))
    if options.json:
        from .as_json import to_json, without_identity

        print(to_json(without_identity(prediction.to_dict())))
    else:
        print(as_tables(prediction, options.digits))
    return 0


def table(prediction: "Prediction") -> Any:
    """The numbers as a data set without dimensions."""
    import xarray

    from ..numerics.predictions.class_error import class_error

    values = {name: getattr(prediction, name) for name in NUMBERS}
    classes = class_error(prediction)
    if classes is not None:
        values["classification_error"] = classes.error
    return xarray.Dataset(
        {name: value if isinstance(value, float) else str(value) for name, value in values.items()},
        attrs={**facts_of(prediction.problem), "status": prediction.status.value},
    )


def _picture(prediction: "Prediction") -> Any:
    from .pictures import terms

    return terms(prediction)
