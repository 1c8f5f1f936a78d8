"""Hypothesis strategies for mixes, and small helpers to compare predictions.

Sizes are those of a toy, for the equations do not know the difference; the ridge goes down to 1e−8,
and sample counts and widths tie with each other and with the dimension as often as not.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

import detequiv as de

TERMS = ("error", "bias", "variance", "collapse")

Array = np.ndarray[Any, Any]


@cache
def decades(low: float, high: float) -> st.SearchStrategy[float]:
    """10^x with x uniform."""
    return st.floats(low, high).map(lambda x: float(10**x))


dimensions = st.integers(1, 24)
ridges = decades(-8, 1)
positive = decades(-2, 1)
noises = st.one_of(st.just(0.0), positive)


@cache
def arrays(d: int, elements: st.SearchStrategy[float]) -> st.SearchStrategy[Array]:
    """(d,) of these elements; cheap to draw: a few values, spread at random over the entries."""
    few = st.lists(elements, min_size=1, max_size=4)
    seeds = st.integers(0, 99)
    return st.builds(lambda v, seed: np.random.default_rng(seed).choice(v, d), few, seeds)


@cache
def spectra(d: int, zeros: bool = True) -> st.SearchStrategy[Array]:
    """(d,) eigenvalues: isotropic, power law, a few levels; perhaps zero after the first ones."""
    j = np.arange(1, d + 1, dtype=float)
    kinds = [
        st.just(np.ones(d)),
        st.floats(0, 4).map(lambda power: j**-power),
        arrays(d, decades(-3, 1)),
    ]
    if zeros:
        kinds.append(st.integers(1, d).map(lambda r: np.where(j <= r, j**-1.0, 0.0)))
    return st.one_of(kinds)


@cache
def moments(d: int) -> st.SearchStrategy[float | Array]:
    """A scalar or (d,) second moment with trace of order one."""
    return st.one_of(positive.map(lambda c: c / d), arrays(d, positive).map(lambda a: a / d))


@cache
def counts(d: int, least: int = 1) -> st.SearchStrategy[int]:
    """Sample counts around d."""
    return st.one_of(st.just(max(d, least)), st.integers(least, 3 * d + 3))


@cache
def models(d: int, n: int) -> st.SearchStrategy[Any]:
    """Linear, or a projection whose width may tie with n or d."""
    return st.one_of(st.just(de.Linear()), projections(d, n))


@cache
def projections(d: int, n: int) -> st.SearchStrategy[Any]:
    """A random projection whose width may tie with n or d, of any entry variance."""
    widths = st.one_of(st.sampled_from([n, d]), st.integers(1, 4 * d + 4))
    return st.builds(de.RandomProjection, widths, st.one_of(st.none(), positive))


@cache
def sources(d: int, gains: bool = False) -> st.SearchStrategy[de.Source]:
    """One source with at least one sample and a positive weight."""
    return st.builds(
        de.Source,
        counts(d),
        spectra(d),
        noise_variance=noises,
        shift=st.one_of(st.none(), moments(d)),
        gain=st.integers(-10, 20).map(lambda g: g / 10) if gains else st.just(1.0),
        weight=st.one_of(st.just(1.0), positive),
    )


@cache
def _several(d: int, most: int, gains: bool) -> st.SearchStrategy[list[de.Source]]:
    return st.lists(sources(d, gains=gains), min_size=1, max_size=most)


@cache
def _targets(d: int) -> st.SearchStrategy[de.Target | None]:
    return st.one_of(st.none(), spectra(d).map(de.Target))


@st.composite
def mixes(draw: Any, most: int = 3, gains: bool = False, ridge: Any = ridges) -> de.Problem:
    """Up to ``most`` sources with covariances, weights, noises and shifts of their own."""
    d = draw(dimensions)
    drawn = draw(_several(d, most, gains))
    n = sum(source.n for source in drawn)
    return de.Problem(
        signal=draw(moments(d)),
        sources=drawn,
        ridge=draw(ridge),
        model=draw(models(d, n)),
        target=draw(_targets(d)),
    )


@st.composite
def paper_mixes(draw: Any, model: Any = None, zeros: bool = True) -> de.Problem:
    """The paper's setting: real and synthetic data of one covariance, the synthetic ones shifted.

    model : a function of (d, n) that gives a strategy; None for the linear model.
    """
    d = draw(dimensions)
    s = draw(spectra(d, zeros=zeros))
    real = de.Source(draw(counts(d)), s, noise_variance=draw(noises))
    synthetic = de.Source(draw(counts(d)), s, noise_variance=draw(noises), shift=draw(moments(d)))
    return de.Problem(
        signal=draw(moments(d)),
        sources=[real, synthetic],
        ridge=draw(ridges),
        model=de.Linear() if model is None else draw(model(d, real.n + synthetic.n)),
    )


def terms(result: Any) -> Array:
    """(bias, variance, collapse) of a Prediction or a Decomposition."""
    return np.array([result.bias, result.variance, result.collapse])


def everything(prediction: de.Prediction) -> Array:
    """All error terms and the errors of the sources; nan where a source has no training error."""
    of_sources = [
        (s.error, s.error_with_noise, np.nan if s.training_error is None else s.training_error)
        for s in prediction.sources
    ]
    head = [getattr(prediction, name) for name in (*TERMS, "null_error", "error_with_noise")]
    return np.array([*head, *np.ravel(of_sources)])


def changed(source: de.Source, **fields: Any) -> de.Source:
    """The source with some of its fields replaced."""
    return dataclasses.replace(source, **fields)


def scaled(problem: de.Problem, c: float) -> de.Problem:
    """Covariances, noise and ridge multiplied by c."""
    sources = [
        changed(
            source,
            covariance=source.covariance.values * c,
            noise_variance=source.noise_variance * c,
        )
        for source in problem.sources
    ]
    target = problem.target and de.Target(problem.target.covariance.values * c)
    return dataclasses.replace(problem, sources=sources, target=target, ridge=problem.ridge * c)


def letters(mix: de.Problem) -> tuple[Any, ...]:
    """Σ, Γ, Δ, θ, u and ω′ of Theorem 2 in the paper's setting; ω′ = 0 in a linear model."""
    Σ = mix.sources[0].covariance.values
    Γ, Δ = (np.broadcast_to(moment, Σ.shape) for moment in (mix.signal, mix.sources[1].shift))
    θ = de.effective_ridge(mix)
    noisy = [changed(source, noise_variance=1.0) for source in mix.sources]
    u = de.predict(dataclasses.replace(mix, sources=noisy)).variance
    if mix.model == de.Linear():
        return Σ, Γ, Δ, θ, u, 0.0
    point = de.predict(mix).fixed_point
    m_df2 = point.width_left + (point.df1 - point.df2)
    return Σ, Γ, Δ, θ, u, (1 + u) * θ**2 * np.sum(Σ / (Σ + θ) ** 2) / m_df2
