"""Compare the first finite-size correction with the slope that ``extrapolate`` fits to simulations.

Prints, for random problems, slope/d of the fit and ``Prediction.approximation_error``, both
relative to the predicted error, and how many standard errors lie between them.

    python benchmarks/finite_size.py
"""

import numpy as np

import detequiv as de

PROBLEMS, TRIALS = 24, 1500


def drawn(seed: int) -> de.Problem:
    """One or two sources, linear or projected, d from 12 to 40, at least 4 degrees left."""
    rng = np.random.default_rng(seed)
    d = int(rng.integers(12, 41))
    spectrum = de.power_law(d, float(rng.uniform(0, 1.5)), trace=1.0)
    n = rng.integers(6, 3 * d, size=2)
    sources = [
        de.Source(int(n[0]), spectrum, noise_variance=float(rng.uniform(0, 0.3))),
        de.Source(int(n[1]), spectrum, shift=de.label_shift(spectrum, float(rng.uniform(0, 0.5)))),
    ]
    width = int(rng.integers(d // 4, 3 * d))
    model = de.Linear() if rng.random() < 0.5 else de.RandomProjection(width)
    ridge = float(10 ** rng.uniform(-6, -1)) / d
    return de.Problem(signal=1.0, sources=sources, ridge=ridge, model=model)


def main() -> None:
    """Fit and print."""
    print("problem  d  D left   E        fitted            first correction      z")
    distances: list[float] = []
    seed = 0
    while len(distances) < PROBLEMS:
        problem = drawn(seed)
        seed += 1
        prediction = de.predict(problem)
        D = prediction.fixed_point.degrees_left
        if D < 4:
            continue
        found = de.extrapolate(problem, trials=TRIALS)
        unit = found.predicted * found.dimensions[0]
        fitted, stderr = found.slope / unit, found.slope_stderr / unit
        distances.append((fitted - prediction.approximation_error) / stderr)
        print(
            f"{seed - 1:7d} {problem.d:2d} {D:7.1f}  {found.predicted:.4f}  "
            f"{fitted:+.4f} ± {stderr:.4f}  {prediction.approximation_error:+.4f}  "
            f"{distances[-1]:+12.1f}"
        )
    print(f"median distance {np.median(np.abs(distances)):.2f} standard errors")


if __name__ == "__main__":
    main()
