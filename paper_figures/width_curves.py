"""Test error against width, one curve for each quality: theory as lines, simulation as points."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numerics import predict, sweep
from ..theory import Problem
from ..verify import Simulation, Verdict, compare, simulate
from .look import plain_log, quality_style

if TYPE_CHECKING:
    import xarray

__all__ = ["draw", "measured", "predicted", "verdicts"]

Build = Callable[..., Problem]
"""build(width, quality) -> Problem."""


def predicted(build: Build, widths: Sequence[int], qualities: Sequence[float]) -> "xarray.Dataset":
    """The theory lines: dimensions width and quality, variables of ``sweep``."""
    return sweep(build, width=widths, quality=qualities)


def measured(
    build: Build,
    widths: Sequence[int],
    qualities: Sequence[float],
    *,
    trials: int,
    seed: int,
    alpha: float = 0.01,
) -> "xarray.Dataset":
    """The simulated points, held against theory: dimensions width and quality.

    Variables: simulated, stderr (of the mean), predicted, verdict (of the error and its three
    terms, band 2 % of the predicted error, alpha for each point). All qualities at one width share
    their draws: given those, collapse is proportional to the quality, so one simulation gives all.
    """
    import xarray
    from tqdm import tqdm

    shape = (len(widths), len(qualities))
    columns: dict[str, Any] = {
        name: np.empty(shape) for name in ("simulated", "stderr", "predicted")
    }
    columns["verdict"] = np.empty(shape, dtype="U10")
    for i, width in enumerate(tqdm(widths, desc="simulating", unit="width", disable=None)):
        largest = max(qualities)
        run = simulate(build(width, largest), trials=trials, seed=seed, training=False)
        for j, quality in enumerate(qualities):
            rescaled = run.with_shift_scaled(quality / largest)
            for name, value in _point(build(width, quality), rescaled, alpha).items():
                columns[name][i, j] = value
    dims = ("width", "quality")
    return xarray.Dataset(
        {name: (dims, column) for name, column in columns.items()},
        coords={"width": list(widths), "quality": list(qualities)},
        attrs={"trials": trials, "seed": seed, "alpha": alpha, "band": "2 % of the error"},
    )


def _point(problem: Problem, run: Simulation, alpha: float) -> dict[str, Any]:
    prediction = predict(problem)
    agreement = compare(prediction, dataclasses.replace(run, problem=problem), alpha=alpha)
    return {
        "simulated": run.mean.error,
        "stderr": run.stderr.error,
        "predicted": prediction.error,
        "verdict": agreement.verdict.value,
    }


def draw(axes: Any, lines: "xarray.Dataset", points: "xarray.Dataset", samples: int) -> None:
    """Draw both; the interpolation threshold width = samples is marked, disagreement ringed."""
    axes.axvline(samples, color="0.55", linewidth=1.0, linestyle=(0, (4, 3)), zorder=0)
    axes.annotate("$m = n$", (samples, 0.97), (5, 0), xycoords=("data", "axes fraction"),
                  textcoords="offset points", color="0.35", va="top")  # fmt: skip
    for index, quality in enumerate(lines.quality.values):
        style = quality_style(index) | {"markeredgecolor": "white", "markeredgewidth": 0.6}
        line, here = lines.error.sel(quality=quality), points.sel(quality=quality)
        axes.plot(line.width, line, color=style["color"])
        axes.errorbar(here.width, here.simulated, here.stderr, **style, linestyle="none", zorder=3)
        apart = here.where(here.verdict == Verdict.DISAGREES.value, drop=True)
        axes.plot(apart.width, apart.simulated, "o", ms=12, mfc="none", mec="black", zorder=4)
        axes.plot([], [], **style, label=f"$c^2$ = {quality:g}")
    if (points.verdict == Verdict.DISAGREES.value).any():
        ring = {"ms": 9, "mfc": "none", "mec": "black", "linestyle": "none"}
        axes.plot([], [], "o", **ring, label="more than 2 % apart")
    axes.set(yscale="log", xlabel="width of the model, $m$")
    axes.set_ylabel("test error, noise excluded, $E$")
    plain_log(axes.yaxis)
    legend = axes.legend(
        title="quality of the synthetic labels\n(0 is perfect; lines: theory,\npoints: simulation)",
        loc="upper left",
    )
    legend.set_alignment("left")


def verdicts(points: "xarray.Dataset") -> str:
    """How simulation and theory compare over all points, in sentences."""
    words = points.verdict.values.ravel().tolist()
    departure = float((points.simulated / points.predicted - 1).median())
    return (
        f"Of {len(words)} points {words.count(Verdict.AGREES.value)} agree within "
        f"{points.attrs['band']}, {words.count(Verdict.DISAGREES.value)} disagree (ringed) and "
        f"{words.count(Verdict.UNDECIDED.value)} need more trials to be sure (alpha = "
        f"{points.attrs['alpha']:g} each). The median departure of simulation from theory is "
        f"{departure:+.1%}, the largest {_largest(points)}; the theory's own error at finite size "
        f"is mostly of that sign."
    )


def _largest(points: "xarray.Dataset") -> str:
    departure = (points.simulated - points.predicted) / points.predicted
    at = points.isel({dim: int(i) for dim, i in abs(departure).argmax(...).items()})
    share, error = (
        float(departure.sel(width=at.width, quality=at.quality)),
        at.stderr / at.predicted,
    )
    return (
        f"{share:+.1%} ± {float(error):.1%}, at m = {int(at.width)} and c² = {float(at.quality):g}"
    )
