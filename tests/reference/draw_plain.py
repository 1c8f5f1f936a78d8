"""Random problems simulated in plain numpy, which shares nothing with the library.

    python tests/reference/draw_plain.py features 300 > tests/reference/plain_features.json
    python tests/reference/draw_plain.py projections 235 > tests/reference/plain_projections.json

Each case gives a problem with one source of covariance diag(j^−exponent) of trace 1, the mean of
its test error over trials (truths and noise integrated out, noise excluded), and its standard
error. The files were generated once and are used for validation only: the library's constants were
chosen on other seeds.
"""

import json
import sys
import time
from typing import Any

import numpy as np
import scipy.linalg
from scipy.special import erf

FIRST = 10_000
"""Smaller seeds were used during development."""

ACTIVATIONS: dict[str, Any] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "erf": erf,
    "sign": np.sign,
    "cubic": lambda z: z + 0.3 * z**2 + 0.2 * z**3,
    "sin": np.sin,
    "softplus": lambda z: np.logaddexp(0, z),
    "gelu": lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2))),
    "leaky": lambda z: np.where(z > 0, z, 0.1 * z),
    "step": lambda z: (z > 0).astype(float),
    "quad": lambda z: z + 0.5 * (z * z - 1),
    "identity": lambda z: z,
}
ODD = ("tanh", "erf", "sign", "sin", "identity")


def mean(activation: Any) -> float:
    """E act(z), z ~ N(0, 1)."""
    z = np.linspace(-10, 10, 400_001)
    p = np.exp(-z * z / 2)
    return float((activation(z) * p).sum() / p.sum())


def draw_features(seed: int) -> dict[str, Any]:
    """A random-features problem whose trials take less than a second."""
    rng = np.random.default_rng([20261130, seed])
    names = ["relu", "tanh", "erf", "sign", "cubic"] * 3
    names += ["sin", "softplus", "gelu", "leaky", "step", "quad", "identity"]
    while True:
        name = names[rng.integers(len(names))]
        exponent = float(rng.choice([0, 0, 0.5, 0.5, 1, 1, 1.5]))
        d = int(np.exp(rng.uniform(np.log(15), np.log(150))))
        n = int(d * np.exp(rng.uniform(np.log(0.5), np.log(30))))
        m = int(d * np.exp(rng.uniform(np.log(0.5), np.log(30))))
        ridge, noise = float(10 ** rng.uniform(-6, -1)), float(rng.choice([0, 0.25]))
        if n * m <= 1.2e6 and min(n, m) <= 900:
            return {
                "seed": seed,
                "activation": name,
                "exponent": exponent,
                "d": d,
                "n": n,
                "m": m,
                "ridge": ridge,
                "noise": noise,
            }


def features_trial(case: dict[str, Any], rng: Any, centre: float) -> float:
    """The test error of one draw, on 600 test samples."""
    d, n, m = case["d"], case["n"], case["m"]
    act, root = ACTIVATIONS[case["activation"]], np.sqrt(eigenvalues(case["exponent"], d))
    X, S = rng.normal(size=(n, d)) * root, rng.normal(size=(d, m))
    T = rng.normal(size=(600, d)) * root
    F, G = act(X @ S) - centre, act(T @ S) - centre
    ridge = case["ridge"]
    if n <= m:
        K = F @ F.T / n + ridge * np.eye(n)
        H = scipy.linalg.solve(K, F @ G.T / n, assume_a="pos").T
    else:
        K = F.T @ F / n + ridge * np.eye(m)
        H = scipy.linalg.solve(K, G.T, assume_a="pos").T @ F.T / n
    bias, variance = ((H @ X - T) ** 2).sum(1).mean(), (H * H).sum(1).mean()
    return float(bias + case["noise"] * variance)


def draw_projections(seed: int) -> dict[str, Any]:
    """A problem with random projections or the linear model."""
    rng = np.random.default_rng([424242, seed])
    beta = float(rng.choice([0.5, 1, 1.5, 2, 3, 4]))
    d = int(np.exp(rng.uniform(np.log(30), np.log(500))))
    m = int(np.exp(rng.uniform(np.log(4), np.log(120))))
    n = int(np.exp(rng.uniform(np.log(8), np.log(2500))))
    ridge, noise = float(10 ** rng.uniform(-14, -2)), float(rng.choice([0, 1e-6, 1e-3, 0.1]))
    model = str(rng.choice(["random", "random", "random", "linear"]))
    sig = float(rng.choice([0, 0, -1, 1.0]))
    return {
        "seed": seed,
        "beta": beta,
        "d": d,
        "m": m,
        "n": n,
        "ridge": ridge,
        "noise": noise,
        "model": model,
        "sig": sig,
    }


def projections_trial(case: dict[str, Any], rng: Any, _: float) -> float:
    """The exact test error of one draw; the truth's variances are λ^sig."""
    d, n = case["d"], case["n"]
    values = eigenvalues(case["beta"], d)
    X = rng.normal(size=(n, d)) * np.sqrt(values)
    S = rng.normal(size=(d, case["m"])) / np.sqrt(d) if case["model"] == "random" else None
    U, s, Vt = np.linalg.svd((X if S is None else X @ S) / np.sqrt(n), full_matrices=False)
    v = (Vt.T * (s / (s * s + case["ridge"]))) @ U.T / np.sqrt(n)
    W = v if S is None else S @ v
    missed = W @ X - np.eye(d)
    bias = ((missed * np.sqrt(values)[:, None]) ** 2).sum(0) @ values ** case["sig"]
    return float(bias + case["noise"] * ((W * np.sqrt(values)[:, None]) ** 2).sum())


def eigenvalues(exponent: float, d: int) -> Any:
    """j^−exponent, normalised to sum 1."""
    values = np.arange(1.0, d + 1) ** -exponent
    return values / values.sum()


KINDS = {
    "features": (draw_features, features_trial, (7, 0), 4, 0.008, 12.0),
    "projections": (draw_projections, projections_trial, (99,), 16, 0.006, 4.0),
}


def simulate(kind: str, seed: int) -> dict[str, Any]:
    """The case with its simulated mean; trials end at the wanted accuracy or at the time limit."""
    draw, trial, stream, least, sharp, seconds = KINDS[kind]
    case = draw(seed)
    rng, begun = np.random.default_rng([stream[0], seed, *stream[1:]]), time.monotonic()
    name = case.get("activation", "identity")
    centre = 0.0 if name in ODD else mean(ACTIVATIONS[name])
    errors: list[float] = []
    while True:
        errors.append(trial(case, rng, centre))
        if len(errors) < least:
            continue
        stderr = np.std(errors, ddof=1) / np.sqrt(len(errors))
        if stderr < sharp * np.mean(errors) or time.monotonic() - begun > seconds:
            case |= {"simulated": float(np.mean(errors)), "se": float(stderr)}
            return case | {"trials": len(errors)}


if __name__ == "__main__":
    kind, count = sys.argv[1], int(sys.argv[2])
    lines = [json.dumps(simulate(kind, FIRST + i)) for i in range(count)]
    print("[\n" + ",\n".join(lines) + "\n]")
