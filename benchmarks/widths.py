"""100 widths at d = 10⁴: a sweep with all terms, against a plain loop of scipy's brentq.

The loop is the cheapest that a person would write: one bracketed solve for the effective ridge a
width, in its logarithm, and no error terms at all. Both run in the same process, turn by turn; the
figure to quote is the median of the ratios.

    python benchmarks/widths.py
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.optimize import brentq

import detequiv as de

D, REAL, SYNTHETIC, REPEATS = 10_000, 3_000, 2_000, 15
WIDTHS = np.linspace(100, 10_000, 100).astype(int).tolist()


def mix(exponent: float, ridge: float) -> de.Problem:
    """Two sources with one power-law spectrum."""
    s = de.power_law(D, exponent, trace=1.0)
    synthetic = de.Source(SYNTHETIC, s, noise_variance=0.01, shift=de.label_shift(s, 1.0))
    return de.Problem(signal=1.0, sources=[de.Source(REAL, s, noise_variance=0.01), synthetic], ridge=ridge)


def ours(problem: de.Problem) -> None:
    """All terms at all widths."""
    de.sweep(lambda width: replace(problem, model=de.RandomProjection(width)), width=WIDTHS)


def one_by_one(problem: de.Problem) -> None:
    """The same through predict, with everything that it returns."""
    for width in WIDTHS:
        de.predict(replace(problem, model=de.RandomProjection(width)))


def brentq_loop(problem: de.Problem) -> list[float]:
    """The effective ridge alone, from λ = m s² θ (1 − df1/m)(1 − df1/n) with s² = 1/d."""
    λ, n = problem.coordinates.covariances[0], REAL + SYNTHETIC

    def equation(log_θ: float, m: int) -> float:
        θ = np.exp(log_θ)
        df1 = np.sum(λ / (λ + θ))
        if df1 >= min(m, n):
            return -1.0
        return float(m / D * θ * (1 - df1 / m) * (1 - df1 / n) - problem.ridge)

    return [float(np.exp(brentq(equation, -30, 10, args=(m,)))) for m in WIDTHS]


def seconds(function: Callable[[], object]) -> float:
    """The time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def main() -> None:
    """Print a table of times and ratios."""
    print(f"{len(WIDTHS)} widths, d = {D}: medians of {REPEATS} turns, ratios within a turn\n")
    print("exponent  ridge    sweep ms   brentq ms   sweep/brentq   one by one/brentq")
    for exponent, ridge in ((1.0, 1e-8), (1.0, 1e-3), (0.5, 1e-6)):
        problem = mix(exponent, ridge)
        calls = [partial(f, problem) for f in (ours, brentq_loop, one_by_one)]
        for call in calls:
            call()
        turns = [[seconds(call) for call in calls] for _ in range(REPEATS)]
        ours_s, loop_s, _ = (statistics.median(column) for column in zip(*turns, strict=True))
        ratio = statistics.median(a / b for a, b, _ in turns)
        single = statistics.median(c / b for _, b, c in turns)
        print(
            f"{exponent:>8g}  {ridge:<7g}{1e3 * ours_s:>10.1f}{1e3 * loop_s:>12.1f}"
            f"{ratio:>15.2f}{single:>20.2f}"
        )


if __name__ == "__main__":
    main()
