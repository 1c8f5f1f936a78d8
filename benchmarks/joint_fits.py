"""Connected fits: seconds of a prediction, and random problems against simulation.

Prints how long two fits and ten accumulating rounds take, also as a ratio to the separate predictions of the
same fits; and for random graphs of fits the prediction, simulations at d = 40 and 120, and these extrapolated
in 1/d.

    OPENBLAS_NUM_THREADS=1 python benchmarks/joint_fits.py
"""

import dataclasses
import time
from collections.abc import Callable

import numpy as np

import detequiv as de
from detequiv.numerics.joint_fits.connected_errors import connected_errors
from detequiv.theory.specification.scaled_copies import enlarged

D, PROBLEMS = 40, 20


def fastest(call: Callable[[], object], turns: int = 5) -> float:
    """Milliseconds of the fastest of several calls."""
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def speed(name: str, problem: de.Problem) -> None:
    """The joint equations against one prediction of each fit without labels."""
    graph = problem.stages
    alone = [
        dataclasses.replace(fit, sources=[dataclasses.replace(s, labels=None).again() for s in fit.sources])
        for fit in graph.problems
    ]
    joint = fastest(lambda: connected_errors(graph))
    separate = fastest(lambda: [de.predict(fit) for fit in alone])
    print(f"{name:36} {joint:8.1f} ms, {joint / separate:5.1f} times the separate predictions")


def rounds(d: int, T: int) -> de.Problem:
    """The last of T accumulating rounds."""
    s = de.power_law(d, 0.5, trace=d)
    real = de.Source(round(1.2 * d), s, noise_variance=0.5)
    start = de.Problem(signal=1 / d, sources=[real], ridge=0.05)
    new = de.Source(round(0.6 * d), s, noise_variance=0.3)
    return de.rounds(T, start=start, real=[real], synthetic=new)[-1]


def drawn(seed: int) -> de.Problem:
    """Two to four fits: any sources of earlier ones, labels of models or of the truth, old and new inputs."""
    rng = np.random.default_rng(seed)
    spectra = [np.exp(rng.normal(0, 0.8, D)), np.exp(rng.normal(0, 0.8, D)), np.ones(D)]
    spectra = [x / x.mean() for x in spectra]
    pool: list[de.Source] = []
    fits: list[de.Problem] = []
    for t in range(int(rng.integers(2, 5))):
        sources = [
            dataclasses.replace(s, weight=float(rng.choice([0.3, 1, 2]))) for s in pool if rng.random() < 0.6
        ]
        noise = float(rng.choice([0, 0.3]))
        if t == 0:
            new = de.Source(int(rng.integers(15, 90)), spectra[rng.integers(3)], noise_variance=noise + 0.2)
        elif rng.random() < 0.7:
            n, labeller = int(rng.integers(10, 90)), fits[rng.integers(len(fits))]
            new = de.Source(n, spectra[rng.integers(3)], labels=labeller, noise_variance=noise)
        else:
            new = pool[0].relabelled(fits[rng.integers(len(fits))], noise_variance=noise)
        pool.append(new)
        width = int(rng.integers(20, 80))
        fits.append(
            de.Problem(
                signal=spectra[0] / D,
                sources=[*sources, new],
                ridge=float(rng.choice([0.0, 0.02, 0.1, 0.5], p=[0.1, 0.3, 0.3, 0.3])),
                model=de.Linear() if rng.random() < 0.6 else de.RandomProjection(width),
                target=de.Target(spectra[rng.integers(3)]),
            )
        )
    return fits[-1]


def main() -> None:
    """Print."""
    s = de.power_law(300, 0.5, trace=300)
    real = de.Source(200, s, noise_variance=0.5)
    generator = de.Problem(signal=1 / 300, sources=[real], ridge=0.02)
    labelled = de.Source(300, s, labels=generator, noise_variance=0.3)
    speed("two fits, d = 300", de.Problem(signal=1 / 300, sources=[real, labelled], ridge=0.05))
    speed("ten accumulating rounds, d = 100", rounds(100, 10))
    speed("ten accumulating rounds, d = 10 000", rounds(10_000, 10))
    print("\nfits  predicted  d = 40     d = 120    extrapolated        z   estimated finite-size error")
    for seed in range(PROBLEMS):
        problem = drawn(seed)
        p = de.predict(problem)
        if not problem.connected or p.status is not de.Status.OK:
            continue
        small, large = de.simulate(problem, trials=150), de.simulate(enlarged(problem, 3), trials=50)
        mean = (3 * large.mean.error - small.mean.error) / 2
        se = float(np.hypot(1.5 * large.stderr.error, 0.5 * small.stderr.error))
        print(
            f"{len(problem.stages.problems):4}  {p.error:9.4f}  {small.mean.error:9.4f}  "
            f"{large.mean.error:9.4f}  {mean:9.4f} ± {se:.4f}  "
            f"{(mean - p.error) / se:+5.1f}  {p.approximation_error:+.1%}"
        )


if __name__ == "__main__":
    main()
