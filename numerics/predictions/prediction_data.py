"""A prediction as plain data, as a data set, and as a picture."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory.base.plain_values import jsonable
from ...theory.base.plot_axes import axes_or_new
from ...theory.base.term_names import COLOURS, SYMBOLS
from ...theory.selection.selection import Selection
from ...theory.specification.result_identity import identity
from .class_error import class_error

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

    from .prediction import Prediction

__all__ = ["FIELDS", "as_dataset", "as_dict", "plot_prediction"]

FIELDS = (
    *("error", "bias", "variance", "collapse", "error_with_noise", "null_error", "approximation_error"),
    *("status", "fixed_point", "sources", "notes"),
)
"""Attributes of a prediction that its dictionary holds."""

LABELS = {"units": "labels squared"}


def as_dict(p: "Prediction") -> dict[str, Any]:
    """The result as plain data; the problem by its description and digest."""
    fields = {name: getattr(p, name) for name in FIELDS}
    if p.problem.model.coordinates_seen is not None:
        fields["spread"] = p.spread
    if p.fitted_labels is not None:
        fields["fitted_labels"] = p.fitted_labels
    classes = class_error(p)
    if classes is not None:
        fields["classification_error"] = classes.error
    plain: dict[str, Any] = jsonable(fields | {"outputs": p.problem.outputs} | identity(p.problem))
    for k, source in enumerate(p.problem.sources):
        if isinstance(source, Selection):
            plain["sources"][k] |= {"drawn": source.draws, "kept": source.kept, "samples": source.n}
            plain["sources"][k] |= {"noise_variance": source.noise_variance}
    return plain


def as_dataset(p: "Prediction") -> "xarray.Dataset":
    """The numbers in double precision, by term and by source."""
    import xarray

    sources, point = range(len(p.sources)), p.fixed_point
    trained = [math.nan if s.training_error is None else float(s.training_error) for s in p.sources]
    scalars = {
        "error_with_noise": (p.error_with_noise, "test error with the target's noise", LABELS),
        "null_error": (p.null_error, "error of predicting 0", LABELS),
        "approximation_error": (p.approximation_error, "estimated relative error of the theory", {}),
        "spread": (p.spread, "standard deviation of the error over draws of the coordinates", LABELS),
        "kappa": (point.kappa, "ridge κ of the master equations", {}),
        "df1": (point.df1, "degrees of freedom, first order", {}),
        "df2": (point.df2, "degrees of freedom, second order", {}),
        "degrees_left": (point.degrees_left, "degrees of freedom left by the fit", {}),
    }
    if point.effective_ridge is not None:
        scalars["effective_ridge"] = (point.effective_ridge, "effective ridge θ", {})
    variables: dict[str, Any] = {
        name: ((), float(value), {"long_name": long_name, **units})
        for name, (value, long_name, units) in scalars.items()
    }
    by_source = {
        "source_error": ([s.error for s in p.sources], "error on fresh data of the source, noise excluded"),
        "training_error": (trained, "training error of the source, noise included"),
        "quality": ([p.quality(k) for k in sources], "quality c² of the source"),
    }
    for name, (values, long_name) in by_source.items():
        variables[name] = ("source", np.array(values, dtype=float), {"long_name": long_name, **LABELS})
    variables["samples"] = ("source", [s.n for s in p.problem.sources], {"long_name": "samples n"})
    if any(source.selected for source in p.problem.sources):
        drawn = [getattr(source, "draws", source.n) for source in p.problem.sources]
        kept = [getattr(source, "kept", 1.0) for source in p.problem.sources]
        variables["drawn"] = ("source", drawn, {"long_name": "samples N before selection"})
        variables["kept"] = ("source", kept, {"long_name": "fraction of the samples that is kept"})
    classes = class_error(p)
    if classes is not None:
        long_name = f"0-1 error of {classes.classifier} against {classes.labels}"
        variables["classification_error"] = ((), classes.error, {"long_name": long_name})
    predicted = np.array([getattr(p, name) for name in SYMBOLS], dtype=float)
    variables["predicted"] = ("term", predicted, {"long_name": "predicted, noise excluded", **LABELS})
    return xarray.Dataset(
        variables,
        coords={"term": list(SYMBOLS), "source": list(sources)},
        attrs={**identity(p.problem), "status": p.status.value, "notes": "\n".join(p.notes)},
    )


def plot_prediction(p: "Prediction", ax: "Axes | None" = None) -> "Axes":
    """Stacked terms of the target; beside them the errors on the sources."""
    axes = axes_or_new(ax)
    from matplotlib.lines import Line2D

    above = below = 0.0
    for name in ("bias", "variance", "collapse"):
        value = float(getattr(p, name))
        label = f"{name} {SYMBOLS[name]} = {_shown(value)}"
        if not math.isfinite(value):
            axes.bar(0, 0, color=COLOURS[name], label=label)
            axes.annotate("∞", (0, 0), ha="center", va="bottom", fontsize=20)
            continue
        axes.bar(0, value, bottom=above if value >= 0 else below, color=COLOURS[name], width=0.6, label=label)
        above, below = (above + value, below) if value >= 0 else (above, below + value)
    names = ["target"]
    for k, source in enumerate(p.sources, start=1):
        names.append(f"source {k - 1}\n{p.problem.sources[k - 1].n} samples")
        if math.isfinite(source.error):
            label = "on fresh data of the source" if k == 1 else "_"
            axes.bar(k, float(source.error), color="0.7", width=0.6, label=label)
        else:
            axes.annotate("∞", (k, 0), ha="center", va="bottom", fontsize=20)
        if source.training_error is not None and math.isfinite(source.training_error):
            label = "in training, with noise" if k == 1 else "_"
            axes.plot(k, float(source.training_error), "D", color="black", mfc="white", label=label)
    axes.axhline(float(p.null_error), color="0.5", linestyle="--", linewidth=1.0, label="predicting 0")
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="error, noise excluded [labels squared]", xlim=(-0.6, len(names) - 0.4))
    axes.set_title(f"test error E = {_shown(float(p.error))}", loc="left")
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: isinstance(handles[i], Line2D))
    axes.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        frameon=False,
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
    )
    return axes


def _shown(value: float) -> str:
    return f"{value:.4g}".replace("inf", "∞").replace("-", "−")
