"""Real features: the error predicted for a real-and-synthetic mix, and measured on digit images.

    python -m pip install ".[data]"
    python examples/digits.py [--out DIR] [--trials N]

The 1797 digits of scikit-learn are the feature rows; everything else is planted, so that it is
known: a truth w ~ N(0, I), another label function w + δ for the synthetic part (quality c² = 0.5),
and noise of variance 0.1. The theory sees nothing of the images but the eigenvalues of their
covariance. The measurement uses nothing of the theory: it trains on some images and tests on
others, in plain numpy.

What to expect (20 s; ± 1% from the resampling). At ridge 10⁻³ digits follow the theory to 2%
(rms; under 5% at worst): the bias is 6% higher than predicted, variance and collapse are right.
Gaussian rows of the same covariance follow it to 1%. Five times more data divides the error by six
where all of it is real (0.184 to 0.030), and by 1.2 where all is synthetic (0.60 to 0.49). With
hardly any ridge, 10⁻⁵, the peak at width m = n is where it should be, but wider models do up to
30% worse on digits than predicted. That is not because n = 40 is small: Gaussian rows stay within
7%. Nor because single coordinates are not Gaussian: digits whose coordinates are shuffled between
images stay within 9%. It is how the coordinates of one image hang together.

Choices. Features are centred by the mean of all images (the model has no intercept) and scaled to
trace 1, so that predicting 0 has error 1. Each trial shuffles the images; the first n train, the
next 400 test. Drawn without replacement, no test image was trained on; drawn from all 1797, the
covariance of either part is on average that of the theory. The three constant pixels stay: a
coordinate of variance 0 adds nothing to any error. The shift Δ is isotropic; the paper's Δ ∝ Σ⁻¹
would need them gone, and put a sixth of c² on pixels lit in a few images only.
"""

import argparse
import csv
import dataclasses
import functools
import math
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import detequiv as de

Array = NDArray[np.float64]
Rows = Callable[[np.random.Generator, int], Array]
"""rows(rng, count): feature rows in the coordinates of the spectrum."""

QUALITY, NOISE_VARIANCE = 0.5, 0.1
HELD_OUT, TRUTHS, SEED = 400, 20, 2024
TERMS = ("error", "bias", "variance", "collapse")
KINDS = ("digits", "Gaussian")


# ---- the features


def load_digits() -> tuple[de.Spectrum, Array]:
    """The spectrum of the digits at trace 1, and their 1797 rows in its 64 coordinates."""
    try:
        from sklearn.datasets import load_digits as load
    except ImportError:
        raise SystemExit(
            "The digits come with scikit-learn, which is missing: python -m pip install '.[data]'."
        ) from None
    pixels = np.asarray(load().data, dtype=float)
    features = pixels - pixels.mean(axis=0)
    features /= math.sqrt(np.mean(np.sum(features**2, axis=1)))
    spectrum = de.Spectrum.from_data(features)
    return spectrum, spectrum.project(features)


def feature_rows(spectrum: de.Spectrum, digits: Array) -> dict[str, Rows]:
    """The digits, and two controls: Gaussian rows, and digits shuffled coordinate by coordinate."""
    sd = np.sqrt(spectrum.values)
    return {
        "digits": lambda rng, count: digits[rng.permutation(len(digits))[:count]],
        "Gaussian": lambda rng, count: rng.normal(size=(count, sd.size)) * sd,
        "shuffled": lambda rng, count: rng.permuted(digits, axis=0)[:count],
    }


# ---- one problem: predicted, and measured


def mix(spectrum: de.Spectrum, n: int, fraction: float, ridge: float, width: int | None = None) -> de.Problem:
    """n samples, a fraction of them synthetic; the linear model, or random projections.

    Entries of variance 1/m: very wide projections are then the linear model at the same ridge.
    """
    synthetic = round(n * fraction)
    shift = de.label_shift(spectrum, QUALITY, shape="isotropic")
    real = de.Source(n - synthetic, spectrum, noise_variance=NOISE_VARIANCE)
    return de.Problem(
        signal=1.0,
        sources=[real, dataclasses.replace(real, n=synthetic, shift=shift)],
        ridge=ridge,
        model=de.Linear() if width is None else de.RandomProjection(width, 1 / width),
    )


def width_of(problem: de.Problem) -> int | None:
    return problem.model.width if isinstance(problem.model, de.RandomProjection) else None


def predicted(problem: de.Problem) -> Array:
    """The TERMS as the theory has them."""
    theory = de.predict(problem)
    return np.array([theory.error, theory.bias, theory.variance, theory.collapse])


def ridge_fit(φ: Array, y: Array, ridge: float) -> Array:
    """The v that minimises |y − φv|²/n + ridge |v|², for every column of y."""
    n, m = φ.shape
    if m <= n:
        return np.linalg.solve(φ.T @ φ + n * ridge * np.eye(m), φ.T @ y)
    return φ.T @ np.linalg.solve(φ @ φ.T + n * ridge * np.eye(n), y)


def trial(problem: de.Problem, rows: Rows, rng: np.random.Generator) -> Array:
    """Train on n rows and test on held-out ones: the TERMS, for TRUTHS planted truths at once.

    The fit is linear in the labels. So their parts are fitted side by side: what truth, shift and
    noise each contribute to the predictions; the predictions from the whole labels are the sum.
    """
    n, n_real, width = problem.n, problem.sources[0].n, width_of(problem)
    drawn = rows(rng, n + HELD_OUT)
    train, test = drawn[:n], drawn[n:]
    d = drawn.shape[1]
    w = rng.normal(size=(d, TRUTHS))
    δ = rng.normal(size=(d, TRUTHS)) * math.sqrt(QUALITY)  # c² = tr ΣΔ = Δ, as tr Σ = 1
    shift = np.vstack([np.zeros((n_real, TRUTHS)), train[n_real:] @ δ])
    noise = rng.normal(size=(n, TRUTHS)) * math.sqrt(NOISE_VARIANCE)
    S = np.eye(d) if width is None else rng.normal(size=(d, width)) / math.sqrt(width)
    v = ridge_fit(train @ S, np.hstack([train @ w, shift, noise]), problem.ridge)
    of_truth, of_shift, of_noise = np.split(test @ S @ v, 3, axis=1)
    missed = of_truth - test @ w
    parts = (missed + of_shift + of_noise, missed, of_noise, of_shift)
    return np.array([np.mean(part**2) for part in parts])


def measured(
    problem: de.Problem, rows: Rows, trials: int, seed: np.random.SeedSequence
) -> tuple[Array, Array]:
    """The TERMS, averaged over trials, and two standard errors of each."""
    values = np.array([trial(problem, rows, np.random.default_rng(s)) for s in seed.spawn(trials)])
    return values.mean(axis=0), 2 * values.std(axis=0, ddof=1) / math.sqrt(trials)


# ---- the table


@dataclasses.dataclass(frozen=True)
class Curve:
    """Problems that differ in one number x, where to measure them, and how they look."""

    name: str
    against: str
    build: Callable[[float], de.Problem]
    x: Sequence[float]
    line: Sequence[float]
    colour: str
    marker: str


@dataclasses.dataclass(frozen=True)
class Point:
    """One problem: the TERMS predicted, and measured (with two standard errors) for each kind."""

    x: float
    problem: de.Problem
    predicted: Array
    measured: dict[str, tuple[Array, Array]]

    def departure(self, kind: str) -> Array:
        """Measured over predicted error − 1, and its bar, in percent."""
        error, bar = (values[0] for values in self.measured[kind])
        return 100 * np.array([error / self.predicted[0] - 1, bar / self.predicted[0]])

    def __str__(self) -> str:
        width = width_of(self.problem)
        model = "linear" if width is None else f"m = {width}"
        p2 = self.problem.fractions[1]
        return f"{model}, n = {self.problem.n}, p₂ = {p2:g}"


def share_curves(spectrum: de.Spectrum) -> list[Curve]:
    """Error against the synthetic fraction p₂, with an ordinary ridge."""
    build = functools.partial(mix, spectrum, ridge=1e-3)
    x, line = np.linspace(0, 1, 6).tolist(), np.linspace(0, 1, 41).tolist()
    few = Curve("linear, n = 40", "p₂", lambda p: build(40, p), x, line, "#E69F00", "s")
    narrow = Curve("m = 30, n = 200", "p₂", lambda p: build(200, p, width=30), x, line, "#009E73", "^")
    many = Curve("linear, n = 200", "p₂", lambda p: build(200, p), x, line, "#004B87", "o")
    return [few, narrow, many]


def width_curves(spectrum: de.Spectrum) -> list[Curve]:
    """Error against the width m at n = 40, p₂ = 0.4, with hardly any ridge and an ordinary one."""
    build = functools.partial(mix, spectrum, 40, 0.4)
    x, line = (5, 10, 20, 30, 40, 50, 70, 120, 250), (*range(5, 80), *range(80, 251, 5))
    small = Curve("ridge λ = 10⁻⁵", "m", lambda m: build(1e-5, int(m)), x, line, "black", "D")
    usual = Curve("ridge λ = 10⁻³", "m", lambda m: build(1e-3, int(m)), x, line, "#CC79A7", "v")
    return [small, usual]


Results = Sequence[tuple[Curve, list[Point]]]


def table(curve: Curve, rows: dict[str, Rows], trials: int) -> list[Point]:
    """The points of a curve, predicted and measured, each with random numbers of its own."""
    points = []
    for i, x in enumerate(curve.x):
        problem = curve.build(x)
        seeds = np.random.SeedSequence([SEED, ord(curve.marker), i]).spawn(len(KINDS))
        found = {k: measured(problem, rows[k], trials, s) for k, s in zip(KINDS, seeds, strict=True)}
        points.append(Point(x, problem, predicted(problem), found))
    return points


HEADER = (
    "        | predicted                              |  measured; departure from the prediction\n"
    "        | bias   +  variance + collapse = error  |  on digits                on Gaussian rows"
)


def line_of(point: Point) -> str:
    """A point as a line of the printed table."""
    error, bias, variance, collapse = point.predicted
    text = f"{point.x:7.4g} | {bias:.4f} +  {variance:.4f}  +  {collapse:.4f}  = {error:.4f}  |"
    for kind in KINDS:
        mean, bar = point.measured[kind]
        text += f"  {mean[0]:.4f} ± {bar[0]:.4f} {point.departure(kind)[0]:+5.1f}%"
    return text


def how_far(point: Point, kind: str) -> str:
    percent, bar = point.departure(kind)
    return f"{percent:+.1f}% ± {bar:.1f}%".replace(" ", "\N{NO-BREAK SPACE}")


def summary(points: Sequence[Point]) -> str:
    """One sentence: how far the errors measured at one ridge are from the theory, and where."""
    parts = []
    for kind in KINDS:
        percents = np.array([point.departure(kind)[0] for point in points])
        worst = points[int(np.abs(percents).argmax())]
        rms = math.sqrt(np.mean(percents**2))
        parts.append(f"{kind}: {rms:.1f}% rms, worst {how_far(worst, kind)} at {worst}")
    head = f"Departure of the measured error from the theory at ridge {points[0].problem.ridge:g}"
    return f"{head}. {'; '.join(parts)}."


def why(worst: Point, shuffled: Rows, trials: int) -> str:
    """Whether what is worst on digits survives shuffling every coordinate between images."""
    found = {"shuffled": measured(worst.problem, shuffled, trials, np.random.SeedSequence(SEED))}
    again = dataclasses.replace(worst, measured=worst.measured | found)
    return (
        f"Where digits are worst, Gaussian rows depart by {how_far(again, 'Gaussian')}, and digits "
        f"with each coordinate shuffled between images by {how_far(again, 'shuffled')}."
    )


def write_csv(results: Results, path: Path) -> None:
    """A row for every point: the TERMS predicted, and measured with their two standard errors."""
    of_kind = [f"{kind}_{term}{end}" for kind in KINDS for end in ("", "_2se") for term in TERMS]
    of_theory = [f"predicted_{term}" for term in TERMS]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["curve", "n", "fraction", "width", "ridge", *of_theory, *of_kind])
        for curve, points in results:
            for point in points:
                problem, width = point.problem, width_of(point.problem)
                spec = [curve.name, problem.n, problem.fractions[1], width or "", problem.ridge]
                numbers = [point.predicted, *(a for kind in KINDS for a in point.measured[kind])]
                writer.writerow([*spec, *(f"{x:.6g}" for x in np.concatenate(numbers))])


# ---- the picture

WIDTHS = (5, 10, 20, 40, 80, 160)
STYLE: dict[Any, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "font.size": 9,
    "legend.fontsize": 8,
    "legend.title_fontsize": 8,
    "legend.frameon": False,
    "savefig.dpi": 200,
}


def draw_points(axes: Axes, curve: Curve, x: Array, y: Array, bar: Array, kind: str) -> None:
    """Measured points with error bars: filled for digits, hollow for Gaussian rows."""
    fill = curve.colour if kind == "digits" else "white"
    axes.errorbar(
        x,
        y,
        bar,
        color=curve.colour,
        marker=curve.marker,
        markerfacecolor=fill,
        linestyle="none",
        markersize=4.5,
        capsize=2,
        elinewidth=1,
    )


def draw_curve(errors: Axes, departures: Axes, curve: Curve, points: list[Point], i: int) -> None:
    """The theory's line and the measured errors above, measured over predicted below (side by side
    where curves share x on a linear axis)."""
    x = np.array([point.x for point in points])
    errors.plot(curve.line, [predicted(curve.build(t))[0] for t in curve.line], color=curve.colour)
    errors.plot([], [], color=curve.colour, marker=curve.marker, label=curve.name)
    for kind in reversed(KINDS):
        mean, bar = np.array([[values[0] for values in point.measured[kind]] for point in points]).T
        draw_points(errors, curve, x, mean, bar, kind)
        percent, bar = np.array([point.departure(kind) for point in points]).T
        aside = 0.01 * KINDS.index(kind) + 0.035 * (i - 1) if curve.against == "p₂" else 0.0
        draw_points(departures, curve, x + aside, percent, bar, kind)


def draw_terms(axes: Axes, curve: Curve) -> None:
    """The three terms of a curve, thin."""
    terms = np.array([predicted(curve.build(x))[1:] for x in curve.line]).T
    for name, values, dashes in zip(TERMS[1:], terms, (":", "--", "-."), strict=True):
        axes.plot(curve.line, values, dashes, color="0.35", linewidth=1, label=f"{name} at 10⁻⁵")


def draw_panel(errors: Axes, departures: Axes, results: Results) -> None:
    """Theory and measurements of several curves above, departures below."""
    for i, (curve, points) in enumerate(results):
        draw_curve(errors, departures, curve, points, i)
    errors.set_ylim(bottom=0)
    errors.set_ylabel("test error E (predicting 0: 1)")
    departures.axhline(0, color="black", linewidth=0.8)
    departures.set_ylabel("measured / theory − 1 (%)")


def label_widths(errors: Axes, departures: Axes, n: int) -> None:
    """A logarithmic axis with readable ticks, and the interpolation threshold."""
    errors.set_xscale("log")
    departures.set_xticks(WIDTHS, [str(m) for m in WIDTHS])
    departures.minorticks_off()
    for axes in (errors, departures):
        axes.axvline(n, color="0.6", linewidth=1, linestyle=":", zorder=0)
    errors.text(n * 1.15, 0.98 * errors.get_ylim()[1], "interpolation: m = n", color="0.4", va="top")


def draw(results: Results, path: Path) -> None:
    """Error and departure, against the synthetic fraction (left) and against width (right)."""
    shares = [(curve, points) for curve, points in results if curve.against == "p₂"]
    widths = [(curve, points) for curve, points in results if curve.against == "m"]
    with plt.rc_context(STYLE):
        figure, ((share, width), (below_share, below_width)) = plt.subplots(
            2, 2, figsize=(9.5, 6.6), sharex="col", height_ratios=(2, 1), layout="constrained"
        )
        draw_panel(share, below_share, shares)
        draw_panel(width, below_width, widths)
        draw_terms(width, widths[0][0])
        label_widths(width, below_width, n=40)
        share.set_title("ridge λ = 10⁻³")
        width.set_title("n = 40 samples, p₂ = 0.4 of them synthetic")
        below_share.set_xlabel("synthetic fraction p₂ = n₂/n")
        below_width.set_xlabel("width m of the random projection")
        for axes in (share, width):
            axes.legend(loc="upper left")
        below_width.legend(handles=keys(), loc="upper left", title="bars: 2 standard errors")
        figure.savefig(path)
        plt.close(figure)


def keys() -> list[Line2D]:
    """The meaning of filled and hollow markers."""
    look = {"digits": "0.3", "Gaussian rows": "white"}
    return [
        Line2D([], [], color="0.3", marker="o", linestyle="none", markerfacecolor=fill, label=name)
        for name, fill in look.items()
    ]


def report(results: Results, rows: dict[str, Rows], trials: int) -> str:
    """The sentences below the table."""
    points = [point for _, found in results for point in found]
    worst = max(points, key=lambda point: abs(float(point.departure("digits")[0])))
    sentences = [summary([p for p in points if p.problem.ridge == ridge]) for ridge in (1e-3, 1e-5)]
    sentences.append(why(worst, rows["shuffled"], trials))
    return "\n".join(textwrap.fill(sentence, 100) for sentence in sentences)


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description="Predicted and measured test error on digits.")
    parser.add_argument("--out", type=Path, default=Path("digits"), help="folder to write into")
    parser.add_argument("--trials", type=int, default=200, help="resamplings for each point")
    options = parser.parse_args()
    if options.trials < 2:
        parser.error(f"--trials must be at least 2, for an error bar; got {options.trials}.")
    spectrum, digits = load_digits()
    rows, results = feature_rows(spectrum, digits), []
    print(f"{spectrum}\n± is two standard errors over {options.trials} resamplings.\n{HEADER}")
    for curve in (*share_curves(spectrum), *width_curves(spectrum)):
        results.append((curve, table(curve, rows, options.trials)))
        print(f"{curve.name}, against {curve.against}")
        print(*map(line_of, results[-1][1]), sep="\n", flush=True)
    print(report(results, rows, options.trials))
    options.out.mkdir(parents=True, exist_ok=True)
    write_csv(results, options.out / "digits.csv")
    draw(results, options.out / "digits.png")
    print(f"Wrote {options.out / 'digits.png'} and {options.out / 'digits.csv'}.")


if __name__ == "__main__":
    with threadpool_limits(1):  # small matrices: one BLAS thread is several times faster than two
        main()
