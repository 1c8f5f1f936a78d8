"""The theory's own error at finite size, fitted by ``extrapolate`` to random problems.

Prints, for each, slope/d as a multiple of E/D (D the degrees of freedom left by the fit), and what
the default band of ``compare`` rests on: that it lies between 0 and about 2.

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
    print("problem  d  D left   E        slope/d in E/D")
    multiples: list[float] = []
    seed = 0
    while len(multiples) < PROBLEMS:
        problem = drawn(seed)
        seed += 1
        D = de.predict(problem).fixed_point.degrees_left
        if D < 4:
            continue
        found = de.extrapolate(problem, trials=TRIALS)
        unit = found.predicted / D * found.dimensions[0]
        multiples.append(found.slope / unit)
        print(
            f"{seed - 1:7d} {problem.d:2d} {D:7.1f}  {found.predicted:.4f}  "
            f"{multiples[-1]:6.2f} ± {found.slope_stderr / unit:.2f}  intercept {found.verdict}"
        )
    print(
        f"between {min(multiples):.2f} and {max(multiples):.2f}; median {np.median(multiples):.2f}"
    )


if __name__ == "__main__":
    main()
