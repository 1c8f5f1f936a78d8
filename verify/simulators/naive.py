"""The simulator that is obviously right: draw, fit, measure."""

from collections.abc import Sequence

import numpy as np

from ...theory.base.arrays import Array
from .draw import Ensemble
from .error_meters import Meter
from .fitted_weights import Fitted
from .trial_errors import Measured

__all__ = ["fit", "overlaps", "trial", "trials"]


def fit(Φ: Array, y: Array, a: Array, ridge: float) -> Array:
    """The minimiser v of (1/n) Σ_i a_i (y_i − φ_iᵀv)² + ridge |v|², by singular values.

    Parameters
    ----------
    Φ : (n, m) features; y : (n, …) labels, one column for each fit; a : (n,) weights.
    ridge : λ ≥ 0; for 0 the minimum-norm solution.

    Returns
    -------
    v : (m, …). No normal equations are formed, so a ridge of 1e−20 is as good as one of 1.
    Directions with a singular value below max(n, m)·eps of the largest are rounding, and left out.

    >>> fit(np.array([[1.0], [1.0]]), np.array([[1.0], [3.0]]), np.ones(2), ridge=1.0)
    array([[1.]])
    """
    root_a = np.sqrt(a / len(a))[:, None]
    U, s, Vt = np.linalg.svd(root_a * Φ, full_matrices=False)
    seen = s > max(Φ.shape) * np.finfo(float).eps * s[0]
    shrunk = np.divide(s, s**2 + ridge, out=np.zeros_like(s), where=seen)
    v: Array = Vt.T @ (shrunk[:, None] * (U.T @ (root_a * y)))
    return v


def trials(ensemble: Ensemble, rngs: Sequence[np.random.Generator], *, training: bool = True) -> Measured:
    """A stack of trials, one from each generator and one after the other."""
    return Measured.stack([trial(ensemble, rng, training=training) for rng in rngs])


def trial(ensemble: Ensemble, rng: np.random.Generator, *, training: bool = True) -> Measured:
    """Draw data and labels, fit, and measure the population error, (ŵ − w_t)ᵀΣ_t(ŵ − w_t) where
    the model is linear in x; that of random features exactly or on test sets, as ``meter`` says.

    For the terms the same design is fitted to three label vectors: all labels (error), the
    noiseless labels that the target's truth would give everywhere (bias), the noise alone
    (variance). Collapse is what remains, error − bias − variance. It is unbiased, because the
    noise is independent of the rest and has mean 0, but noisier than the conditional simulator's,
    and can be negative in one trial.
    """
    problem, sources = ensemble.problem, ensemble.problem.sources
    design = ensemble.design(rng)
    *own, target = ensemble.meters(design)
    labels = ensemble.labels(rng)
    Φ, X, w_t = design.features, design.X, labels.target
    clean = np.concatenate([X[rows] @ w for rows, w in labels.of(ensemble.rows)])
    y = np.hstack([clean + labels.noise, X @ w_t, labels.noise])
    a = np.repeat([source.weight for source in sources], [source.n for source in sources])
    v = fit(Φ, y, a, problem.ridge)
    ŵ, ŵ_bias, ŵ_noise = map(Fitted, np.hsplit(design.effective(v), 3))
    error, bias = target.square(ŵ, w_t), target.square(ŵ_bias, w_t)
    variance = target.square(ŵ_noise, None)
    all_labels = slice(0, ensemble.outputs)
    squares = ((y[:, all_labels] - Φ @ v[:, all_labels]) ** 2).sum(axis=1)
    nothing = np.zeros(len(sources))
    return Measured(
        terms=np.array([error, bias, variance, error - bias - variance]),
        training=np.array([_mean(squares[rows]) for rows in ensemble.rows]),
        fresh=np.array([meter.square(ŵ, w) for meter, w in labels.of(own)]),
        training_from_shifts=nothing,
        fresh_from_shifts=nothing,
        overlaps=overlaps(target, ŵ, w_t, error),
    )


def overlaps(target: Meter, ŵ: Fitted, w_t: Array, error: Array) -> Array:
    """(2,) E f(x) xᵀw_t and E f(x)² of one trial, from its error."""
    square = target.square(ŵ, None)
    return np.array([(square + target.null(w_t) - error) / 2, square])


def _mean(squares: Array) -> float:
    """The mean, 0 of nothing."""
    return float(squares.mean()) if squares.size else 0.0
