"""One value of every class of a specification, made anew at each call."""

import dataclasses

import numpy as np

import detequiv as de


def mix(**fields):
    s = de.Spectrum([1.0, 0.5, 0.25])
    real = de.Source(8, s, noise_variance=0.1)
    synthetic = de.Source(4, s, noise_variance=0.2, shift=[0.1, 0.2, 0.3], weight=0.5)
    plain = {"signal": [1.0, 2.0, 3.0], "sources": [real, synthetic], "ridge": 0.1}
    return de.Problem(**{**plain, **fields})


def matrix():
    """A covariance that is not diagonal, made anew at each call."""
    return np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0]])


def dense(**fields):
    """A problem with a matrix wherever one can be."""
    real = de.Source(8, matrix(), noise_variance=0.1)
    synthetic = de.Source(4, [1.0, 0.5, 0.25], shift=matrix() / 10)
    plain = {"signal": matrix(), "sources": [real, synthetic], "ridge": 0.1}
    return de.Problem(**{**plain, **fields})


def blocks():
    """Second moments of two truths and the target's, one block of each form."""
    return [[2 * matrix(), 0.5, 0.25], [0.5, [3.0, 2.0, 1.0], 0.0], [0.25, 0.0, 1.0]]


def several():
    """One value of every class, made anew at each call."""
    sources = [de.Source(8, [1.0, 0.5, 0.25]), de.Source(4, matrix())]
    fixed = de.Source(4, [1.0, 0.5, 0.25], shift=de.Fixed([0.0, -1.0, 1.0]))
    activations = de.activations
    return {
        "dense problem": dense(),
        "problem with fixed truths": mix(signal=de.Fixed([1.0, -1, 2]), sources=[fixed]),
        "problem with joint truths": de.Problem(truths=de.Moments(blocks()), sources=sources, ridge=0),
        "problem with features": mix(model=de.RandomFeatures(5, activations.tanh)),
        "problem with orthogonal projections": mix(model=de.OrthogonalProjection(2)),
        "covariance": de.Covariance(matrix()),
        "fixed vector": de.Fixed([1.0, -1.0]),
        "fixed column": de.Fixed([[1.0], [-1.0]]),
        "moments": de.Moments(blocks()),
        "scalar moments": de.Moments([[1.0, 0.5], [0.5, 1.0]]),
        "orthogonal projection": de.OrthogonalProjection(5),
        "features": de.RandomFeatures(5, activations.relu),
        "features with variance": de.RandomFeatures(5, activations.relu, 0.5),
        "features of another activation": de.RandomFeatures(5, activations.erf),
        "problem": mix(),
        "problem with all": mix(model=de.RandomProjection(5, 0.5), target=de.Target([3.0, 2, 1])),
        "source": mix().sources[1],
        "target": de.Target([1.0, 2.0], noise_variance=0.5),
        "spectrum": de.Spectrum([1.0, 0.5], [3.0, 2.5]),
        "spectrum from data": de.Spectrum.from_data(np.arange(12.0).reshape(4, 3) ** 2),
        "linear": de.Linear(),
        "projection": de.RandomProjection(5),
    }


NAMES = list(several())


def arrays_of(value):
    """All arrays that a value holds, at any depth."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from arrays_of(part)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays_of(getattr(value, field.name))
