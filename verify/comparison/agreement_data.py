"""A comparison as HTML, as plain data, as a data set, and as a picture."""

from typing import TYPE_CHECKING, Any

from ...theory.base.html_view import html_table, html_view
from ...theory.base.number_text import significant, with_error
from ...theory.base.plain_values import jsonable
from ...theory.base.plot_axes import axes_or_new
from ...theory.specification.result_identity import identity

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

    from .agreement import Agreement, TermAgreement

__all__ = ["as_dataset", "as_dict", "as_html", "plot_agreement"]

NUMBERS = {
    "predicted": "predicted, noise excluded",
    "simulated": "simulated, noise excluded",
    "stderr": "standard error of the simulated mean",
    "low": "lower end of the interval",
    "high": "upper end of the interval",
    "tolerance": "half-width of what counts as agreement",
}

COLOURS = {"agrees": "#2b9c8e", "disagrees": "#b8312f", "undecided": "#e8a33a"}

FIELDS = ("alpha", "tolerance", "tolerance_origin", "trials", "seed", "looks", "notes")


def as_html(a: "Agreement") -> str:
    """The sentence, the table of terms, and the notes of the prediction."""
    head = ("term", "predicted", "simulated ± standard error", "interval", "tolerance", "verdict")
    return html_view(
        a.sentence,
        html_table(head, map(_cells, a.terms)),
        notes=[f"The prediction notes: {note}" for note in a.notes],
    )


def _cells(term: "TermAgreement") -> tuple[str, ...]:
    return (
        term.name,
        f"{term.predicted:.6g}",
        with_error(term.simulated, term.stderr),
        f"{term.low:.6g} to {term.high:.6g}",
        f"± {term.tolerance:.2g}",
        term.verdict.value,
    )


def as_dict(a: "Agreement") -> dict[str, Any]:
    """Verdict, terms and settings; the confirmation in the same form, or None."""
    fields = {
        "verdict": a.verdict,
        "sentence": a.sentence,
        "terms": [
            {
                "name": term.name,
                **{name: float(getattr(term, name)) for name in NUMBERS},
                "skewness": float(term.skewness),
                "verdict": term.verdict,
            }
            for term in a.terms
        ],
        **{name: getattr(a, name) for name in FIELDS},
        "left_out": {name: float(value) for name, value in a.left_out},
        "confirmation": None if a.confirmation is None else as_dict(a.confirmation),
    }
    plain: dict[str, Any] = jsonable(fields | identity(a.problem))
    return plain


def as_dataset(a: "Agreement") -> "xarray.Dataset":
    """The numbers of every term."""
    import xarray

    variables: dict[str, Any] = {
        name: (
            *("term", [float(getattr(term, name)) for term in a.terms]),
            {"long_name": long_name, "units": "labels squared"},
        )
        for name, long_name in NUMBERS.items()
    }
    variables["verdict"] = ("term", [term.verdict.value for term in a.terms], {"long_name": "verdict"})
    return xarray.Dataset(
        variables,
        coords={"term": [term.name for term in a.terms]},
        attrs={
            **identity(a.problem),
            "verdict": a.verdict.value,
            "alpha": float(a.alpha),
            "tolerance_origin": a.tolerance_origin,
            "trials": int(a.trials),
            "seed": "" if a.seed is None else str(a.seed),
            "notes": "\n".join(a.notes),
        },
    )


def plot_agreement(a: "Agreement", ax: "Axes | None") -> "Axes":
    """Simulated less predicted, with its interval, over the band of the tolerance; a row a term."""
    axes = axes_or_new(ax)
    width = float(a.tolerance)
    axes.axvspan(-width, width, color="0.5", alpha=0.18, linewidth=0, label=f"tolerance ± {width:.2g}")
    axes.axvline(0.0, color="0.5", linewidth=1.0)
    for row, term in enumerate(a.terms):
        middle = term.simulated - term.predicted
        reach = [[term.simulated - term.low], [term.high - term.simulated]]
        colour = COLOURS[term.verdict.value]
        axes.errorbar([middle], [row], xerr=reach, fmt="o", capsize=4, color=colour)
        axes.annotate(
            term.verdict.value,
            (1.0, row),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
    axes.set_yticks(range(len(a.terms)), [f"{t.name}\n{significant(t.predicted)}" for t in a.terms])
    axes.set(ylim=(len(a.terms) - 0.5, -0.5), xlabel="simulated − predicted [labels squared]")
    axes.set_title(f"{a.verdict.value}, {a.trials} trials", loc="left")
    axes.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.75, 1.0))
    return axes
