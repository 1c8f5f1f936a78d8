"""Features of two sources with unlike covariances: how often the estimate of the error is right.

Simulates random problems, and prints those that are off by more than 10% with status OK or right
within 2% with status APPROXIMATE, and how many there are of each.

    python benchmarks/unlike_sources.py
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import detequiv as de

SEEDS, PROBLEMS, TRIALS = (77, 78), 70, 10

ODD: dict[str, Callable[[Any], Any]] = {
    "hermite": lambda x: x**3 - 3 * x,
    "cubic": lambda x: x + 0.5 * x**3,
    "steep": lambda x: np.arctan(3 * x),
    "tanh": np.tanh,
    "sin": np.sin,
}
OTHERS: dict[str, Callable[[Any], Any]] = {
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "cos": np.cos,
    "square": np.square,
    "abs": np.abs,
}


def drawn(seed: int, number: int) -> de.Problem:
    """Geometric spectra in unlike orders; of unlike traces where the activation is odd."""
    rng = np.random.default_rng([seed, number])
    d = int(rng.integers(15, 80))
    name = str(rng.choice([*ODD, *OTHERS]))

    def covariance() -> de.Covariance:
        values = rng.permutation(np.exp(-np.arange(d) * rng.uniform(0, 4) / d))
        trace = 10 ** rng.uniform(-0.7, 0.7) if name in ODD else 1.0
        return de.Covariance(np.diag(values / values.sum() * trace))

    n1, n2, width = (int(10 ** rng.uniform(1.5, 2.8)) for _ in range(3))
    noise, shift, weight = rng.choice([0, 0.1, 1]), rng.choice([0, 0.5]), rng.choice([0.3, 1])
    sources = [
        de.Source(n1, covariance(), noise_variance=0.1),
        de.Source(n2, covariance(), noise_variance=noise, shift=float(shift), weight=weight),
    ]
    model = de.RandomFeatures(width, de.Activation(name, {**ODD, **OTHERS}[name]))
    return de.Problem(signal=1.0, sources=sources, ridge=10 ** rng.uniform(-4, -0.5), model=model)


def main() -> None:
    """The misses and false alarms, and their numbers."""
    off: list[bool] = []
    right: list[bool] = []
    for seed in SEEDS:
        for number in range(PROBLEMS):
            problem = drawn(seed, number)
            p = de.predict(problem)
            departure = de.simulate(problem, trials=TRIALS).mean.error / p.error - 1
            approximate = p.status is de.Status.APPROXIMATE
            if abs(departure) > 0.1:
                off.append(not approximate)
            if abs(departure) < 0.02:
                right.append(approximate)
            if (abs(departure) > 0.1) != approximate and not 0.02 <= abs(departure) <= 0.1:
                estimate = p.approximation_error
                print(f"{seed} {number}: off by {departure:+.1%}, estimate {estimate:+.1%}")
    print(f"off by more than 10%: {len(off)}, of which missed {sum(off)}")
    print(f"right within 2%: {len(right)}, of which flagged {sum(right)}")


if __name__ == "__main__":
    main()
