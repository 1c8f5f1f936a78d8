"""A simulation as HTML, as plain data, as a data set, and as a picture."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...theory import SpecError
from ...theory.base.arrays import Array
from ...theory.base.html_view import html_table, html_view
from ...theory.base.number_text import with_error
from ...theory.base.plain_values import jsonable
from ...theory.base.plot_axes import axes_or_new
from ...theory.base.term_names import COLOURS, SYMBOLS
from ...theory.base.wording import short_repr
from ...theory.specification.result_identity import identity

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

    from .simulation import Simulation

__all__ = ["as_dataset", "as_dict", "as_html", "plot_simulation"]

MOST_BINS = 60
LABELS = {"units": "labels squared"}


def as_html(s: "Simulation") -> str:
    """The sentence, a table of terms, and a table of sources."""
    sentence = f"Test error {with_error(s.mean.error, s.stderr.error)}, noise excluded, in {s.trials} "
    return html_view(
        f"{sentence}{s.method} trials (seed {s.seed}) of {s.problem}",
        html_table(("labels squared", "", "mean ± standard error"), _terms(s), words=2, strong=1),
        html_table(("source", "samples n", "error", "in training, with noise"), _sources(s)),
    )


def _terms(s: "Simulation") -> Iterator[tuple[str, str, str]]:
    for name, symbol in SYMBOLS.items():
        label = "test error" if name == "error" else name
        yield label, symbol, with_error(getattr(s.mean, name), getattr(s.stderr, name))


def _sources(s: "Simulation") -> Iterator[tuple[str, ...]]:
    trained = dict(enumerate(s.mean.training_errors))
    for k, mean in enumerate(s.mean.source_errors):
        in_training, text = trained.get(k), "–"
        if in_training is not None:
            text = with_error(in_training, s.stderr.training_errors[k] or 0.0)
        samples = str(s.problem.sources[k].n)
        yield str(k), samples, with_error(mean, s.stderr.source_errors[k]), text


def as_dict(s: "Simulation") -> dict[str, Any]:
    """Means and standard errors; the samples are left to :func:`as_dataset`."""
    fields = {name: getattr(s, name) for name in ("mean", "stderr", "trials", "seed", "method")}
    plain: dict[str, Any] = jsonable(fields | identity(s.problem))
    return plain


def as_dataset(s: "Simulation") -> "xarray.Dataset":
    """Samples over trials, their means and standard errors, by term and by source."""
    import xarray

    def over_sources(samples: Sequence[Array | None]) -> Array:
        rows = [np.full(s.trials, np.nan) if x is None else x for x in samples]
        return np.array(rows).reshape(len(rows), s.trials)

    K = len(s.problem.sources)
    groups = {
        "simulated": ("term", np.array([getattr(s.samples, x) for x in SYMBOLS]), "noise excluded"),
        "source_error": ("source", over_sources(s.samples.source_errors or (None,) * K), "noise excluded"),
        "training_error": (
            *("source", over_sources(s.samples.training_errors or (None,) * K)),
            "noise included",
        ),
    }
    variables: dict[str, Any] = {}
    for name, (dim, samples, noise) in groups.items():
        title = name.replace("_", " ")
        stderr = samples.std(axis=1, ddof=1) / np.sqrt(s.trials)
        attrs = {"long_name": f"{title}, {noise}", **LABELS}
        variables[name] = (dim, samples.mean(axis=1), attrs)
        variables[f"{name}_stderr"] = (*(dim, stderr), {"long_name": f"standard error of {title}", **LABELS})
        variables[f"{name}_samples"] = (
            *((dim, "trial"), samples),
            {"long_name": f"{title} in each trial, {noise}", **LABELS},
        )
    return xarray.Dataset(
        variables,
        coords={"term": list(SYMBOLS), "source": list(range(K)), "trial": list(range(s.trials))},
        attrs={**identity(s.problem), "seed": str(s.seed), "trials": s.trials, "method": s.method},
    )


def plot_simulation(s: "Simulation", ax: "Axes | None", term: str, predicted: float | None) -> "Axes":
    """A histogram of one term over trials, its mean, and the predicted value."""
    if term not in SYMBOLS:
        raise SpecError(f"term must be error, bias, variance or collapse; got {short_repr(term)}.")
    if predicted is None:
        from ...numerics import predict

        predicted = float(getattr(predict(s.problem), term))
    samples, mean, stderr = (getattr(x, term) for x in (s.samples, s.mean, s.stderr))
    axes = axes_or_new(ax)
    axes.hist(samples, _edges(samples), color=COLOURS[term], alpha=0.45, label=f"{s.trials} trials")
    label = f"mean {with_error(mean, stderr)}"
    axes.axvspan(mean - stderr, mean + stderr, color=COLOURS[term], alpha=0.35, linewidth=0)
    axes.axvline(mean, color=COLOURS[term], linewidth=1.6, label=label)
    if np.isfinite(predicted):
        axes.axvline(
            predicted, color="black", linestyle="--", linewidth=1.4, label=f"predicted {predicted:.4g}"
        )
    else:
        axes.plot([], [], "--", color="black", label=f"predicted {predicted}")
    title = "test error" if term == "error" else term
    axes.set(xlabel=f"{title} {SYMBOLS[term]}, noise excluded [labels squared]", ylabel="trials")
    axes.legend(frameon=False)
    return axes


def _edges(samples: Array) -> list[float]:
    """Bins of numpy's choice, but not too many; one where rounding is all the spread."""
    if np.ptp(samples) <= 1e-12 * np.abs(samples).max():
        return [float(x) for x in np.histogram_bin_edges(samples.mean(), 1)]
    edges = np.histogram_bin_edges(samples, "fd" if samples.size > 50 else "sturges")
    if edges.size > MOST_BINS + 1:
        edges = np.histogram_bin_edges(samples, MOST_BINS)
    return [float(x) for x in edges]
