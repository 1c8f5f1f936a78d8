"""Small problems, sources and moments with one thing wrong."""

import numpy as np

import detequiv as de

NAN, INF = float("nan"), float("inf")
S = [1.0, 0.5, 0.25]
MATRIX = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
RELU = de.RandomFeatures(5, de.activations.relu)


def with_entry(value, i, j):
    """The matrix with another entry."""
    changed = MATRIX.copy()
    changed[i, j] = value
    return changed


def source(*args, **fields):
    return de.Source(*(args or (5, S)), **fields)


def problem(**fields):
    plain = {"signal": 1.0, "sources": [de.Source(5, S)], "ridge": 0.1}
    return de.Problem(**{**plain, **fields})


def moments(first, cross, target, **fields):
    """Joint moments of one source and the target."""
    return de.Moments([[first, cross], [cross, target]], **fields)


def jointly(truths, **fields):
    return problem(signal=None, truths=truths, **fields)


def bases(count):
    """Spectra of three features from different rows."""
    rng = np.random.default_rng(0)
    return [de.Spectrum.from_data(rng.normal(size=(20, 3)) * [3, 2, 1]) for _ in range(count)]
