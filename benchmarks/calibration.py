"""How often the agreement test is wrong: false alarms under a true null, and what it catches.

False alarms, before the confirmation on fresh seeds: 8 points, each looked at after 128, 256, 512
and 1024 trials, alpha = 0.01 for all of them together; the tolerance is a point, the hardest case. One
repetition is an alarm where any point is. Beside it a plain Student t at the same levels, and one
that looks from 32 trials on at 1% split over looks and points.

    python benchmarks/calibration.py            the distributions, 10⁴ repetitions
    python benchmarks/calibration.py --quick    a tenth of that
"""

import sys
from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit

import detequiv as de
from detequiv.verify.comparison.alpha_spending import levels, looks
from detequiv.verify.comparison.assertion import run_agreement_test

ALPHA, POINTS, TRIALS = 0.01, 8, 1024
BATCH = 250

Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
DRAWS: dict[str, Draw] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "χ²(4)": lambda rng, shape: 2 * rng.standard_gamma(2.0, shape) - 4,
    "lognormal, σ = 0.5": lambda rng, shape: np.exp(0.5 * rng.standard_normal(shape)) - np.exp(0.125),
}


def alarms(draw: Draw, repetitions: int, steps: tuple[int, ...], *, hall: bool) -> float:
    """The share of repetitions in which a point of mean 0 is told to have another."""
    rng = np.random.default_rng(0)
    shares = levels(steps, ALPHA / POINTS)
    found = 0
    for first in range(0, repetitions, BATCH):
        size = min(BATCH, repetitions - first)
        x = draw(rng, (size * POINTS, steps[-1]))
        alarm = np.zeros(size * POINTS, dtype=bool)
        for n, share in zip(steps, shares, strict=True):
            alarm |= np.abs(statistic(x[:, :n], hall=hall)) > -stdtrit(n - 1, share / 2)
        found += int(alarm.reshape(size, POINTS).any(axis=1).sum())
    return found / repetitions


def statistic(x: np.ndarray, *, hall: bool) -> np.ndarray:
    """Student's t of each row about 0; Hall's transform of it (``intervals``)."""
    n, mean = x.shape[1], x.mean(axis=1)
    away = x - mean[:, None]
    variance = np.mean(away**2, axis=1)
    t = mean / np.sqrt(variance / (n - 1))
    if not hall:
        return np.asarray(t)
    γ = np.mean(away**3, axis=1) / variance**1.5 / np.sqrt(n)
    return np.asarray(t + γ * (t**2 / 3 + 1 / 6) + γ**2 * t**3 / 27)


def real_problems(runs: int) -> None:
    """Our own simulation against the right error and wrong ones; a narrow and the usual tolerance."""
    s = de.power_law(60, 1.0, trace=1.0)
    mix = de.Problem(
        signal=1.0,
        sources=[
            de.Source(90, s, noise_variance=0.05),
            de.Source(60, s, noise_variance=0.05, shift=de.label_shift(s, 0.5)),
        ],
        ridge=1e-3,
        model=de.RandomProjection(40),
    )
    truth = de.simulate(mix, trials=20_000, seed=10**6, training=False).mean.error
    print(f"\na problem with d = 60, error {truth:.5f} by 20000 trials; {runs} runs each")
    for share in (0.005, 0.02):
        for off in (0.0, 0.01, 0.02, 0.05):
            verdicts = [
                str(
                    run_agreement_test(
                        mix, theory=truth * (1 + off), tolerance=share * truth, seed=seed
                    ).verdict
                )
                for seed in range(runs)
            ]
            words = ("agrees", "disagrees", "undecided")
            counts = ", ".join(f"{verdicts.count(word):>3} {word}" for word in words)
            print(f"  tolerance {share:.1%}, prediction off by {off:.0%}: {counts}", flush=True)


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    repetitions = 1000 if quick else 10_000
    early = (32, 64, *looks(TRIALS))
    print(f"false alarms in {repetitions} repetitions of {POINTS} points, alpha = {ALPHA:.0%}")
    print(f"{'':<20}{'Hall from 128':>15}{'t from 128':>12}{'t from 32':>11}")
    for name, draw in DRAWS.items():
        shares = [
            alarms(draw, repetitions, looks(TRIALS), hall=True),
            alarms(draw, repetitions, looks(TRIALS), hall=False),
            alarms(draw, repetitions, early, hall=False),
        ]
        print(f"{name:<20}{shares[0]:>15.2%}{shares[1]:>12.2%}{shares[2]:>11.2%}", flush=True)
    real_problems(20 if quick else 100)


if __name__ == "__main__":
    main()
