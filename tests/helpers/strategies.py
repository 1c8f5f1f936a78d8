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
    kinds = [st.just(np.ones(d)), st.floats(0, 4).map(lambda power: j**-power), arrays(d, decades(-3, 1))]
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
        changed(source, covariance=source.covariance.values * c, noise_variance=source.noise_variance * c)
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


# Problems of every kind: dense covariances, fixed and joint truths, all models, no ridge.

GEOMETRIES = ("diagonal", "commuting", "dense")
"""Covariances as 1-D arrays; as matrices with one eigenbasis; each in a basis of its own."""

TRUTHS = ("random", "fixed", "joint")
"""Signal and shifts random; some of them fixed vectors; all second moments given."""

MODELS = ("linear", "projection", "orthogonal", "odd features", "features")

few_dimensions = st.integers(1, 5)
seeds = st.integers(0, 99)
mild_ridges = st.one_of(st.just(0.0), decades(-4, 1))
positive_ridges = decades(-4, 1)


def rotation(d: int, seed: int) -> Array:
    """(d, d) orthogonal, any that the seed gives."""
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


def in_basis(values: Array, basis: Array) -> Array:
    """The symmetric matrix with these eigenvalues in this basis."""
    matrix = (basis * values) @ basis.T
    return (matrix + matrix.T) / 2


@cache
def mild_spectra(d: int) -> st.SearchStrategy[Array]:
    """(d,) eigenvalues over three decades at most, perhaps zero after the first ones.

    A matrix of doubles holds its eigenvalues to eps of the largest: 1e−13 of the smallest here.
    """
    j = np.arange(1, d + 1, dtype=float)
    return st.one_of(
        st.floats(0, 2).map(lambda power: j**-power),
        arrays(d, decades(-2, 1)),
        st.integers(1, d).map(lambda r: np.where(j <= r, j**-1.0, 0.0)),
    )


@cache
def dense_moments(d: int) -> st.SearchStrategy[float | Array]:
    """A scalar, a (d,) or a (d, d) second moment with trace of order one."""
    turned = st.builds(
        lambda values, seed: in_basis(values / d, rotation(d, seed)), arrays(d, positive), seeds
    )
    return st.one_of(moments(d), turned)


@cache
def vectors(d: int, outputs: int | None) -> st.SearchStrategy[de.Fixed]:
    """Fixed truths with |w|² of order one for each of the outputs."""
    shape = (d,) if outputs is None else (d, outputs)
    return seeds.map(lambda s: de.Fixed(np.random.default_rng(s).normal(size=shape) / d**0.5))


def joint_moments(d: int, K: int, seed: int, form: str) -> de.Moments:
    """Moments of K + 1 truths that are correlated in any way, as scalars, diagonals or matrices."""
    rng = np.random.default_rng(seed)
    if form == "scalars":
        factor = rng.normal(size=(K + 1, K + 2))
        return de.Moments((factor @ factor.T / (K * d)).tolist())
    if form == "diagonals":
        factors = rng.normal(size=(d, K + 1, K + 2))
        joint = factors @ factors.swapaxes(1, 2) / (K * d)
        return de.Moments([[joint[:, i, j] for j in range(K + 1)] for i in range(K + 1)])
    factor = rng.normal(size=((K + 1) * d, (K + 2) * d))
    whole = (factor @ factor.T / (K * d * d)).reshape(K + 1, d, K + 1, d)
    return de.Moments([[whole[i, :, j] for j in range(K + 1)] for i in range(K + 1)])


@cache
def every_model(d: int, n: int, kind: str) -> st.SearchStrategy[Any]:
    """A model of this kind; widths may tie with n and d, but orthogonal ones are at most d."""
    if kind == "linear":
        return st.just(de.Linear())
    if kind == "projection":
        return projections(d, n)
    if kind == "orthogonal":
        return st.integers(1, d).map(de.OrthogonalProjection)
    known = de.activations
    odd = (known.tanh, known.erf, known.identity)
    act = st.sampled_from(odd if kind == "odd features" else (known.relu, known.softplus))
    widths = st.one_of(st.sampled_from([n, d]), st.integers(1, 3 * d + 3))
    return st.builds(de.RandomFeatures, widths, act, st.one_of(st.none(), decades(-1, 0.5)))


@st.composite
def problems(
    draw: Any,
    most: int = 3,
    geometries: tuple[str, ...] = GEOMETRIES,
    truths: tuple[str, ...] = TRUTHS,
    models: tuple[str, ...] = MODELS,
    ridge: Any = mild_ridges,
    gains: bool = True,
) -> de.Problem:
    """A problem of any of these kinds, with up to ``most`` sources."""
    d, K = draw(few_dimensions), draw(st.integers(1, most))
    kind, truth = draw(st.sampled_from(models)), draw(st.sampled_from(truths))
    covariances = draw(_covariances(d, K + 1, draw(st.sampled_from(geometries)), kind))
    n = [draw(counts(d)) for _ in range(K)]
    outputs = draw(st.sampled_from([None, 1, 2]))
    moment = dense_moments(d)
    shift = moment if truth == "random" else st.one_of(moment, vectors(d, outputs))
    plain = truth == "joint"
    sources = [
        de.Source(
            n[k],
            covariances[k],
            noise_variance=draw(noises),
            shift=None if plain else draw(st.one_of(st.none(), shift)),
            gain=draw(st.sampled_from([1.0, 0.5, -1.0, 0.0])) if gains and not plain else 1.0,
            weight=draw(st.one_of(st.just(1.0), decades(-1, 1))),
        )
        for k in range(K)
    ]
    form = draw(st.sampled_from(["scalars", "diagonals", "matrices"]))
    return de.Problem(
        signal=None if plain else draw(moment if truth == "random" else vectors(d, outputs)),
        truths=joint_moments(d, K, draw(seeds), form) if plain else None,
        sources=sources,
        ridge=draw(ridge),
        model=draw(every_model(d, sum(n), kind)),
        target=draw(st.sampled_from([None, de.Target(covariances[-1])])),
    )


@st.composite
def _covariances(draw: Any, d: int, size: int, geometry: str, model: str) -> list[Array]:
    """So many covariances, some of them equal; of one trace where features are centred by one
    constant."""
    different = [draw(mild_spectra(d)) for _ in range(draw(st.integers(1, size)))]
    if model == "features":
        different = [values * (different[0].sum() / values.sum()) for values in different]
    if geometry != "diagonal":
        bases = draw(st.lists(seeds, min_size=len(different), max_size=len(different)))
        if geometry == "commuting":
            bases = bases[:1] * len(different)
        different = [
            in_basis(values, rotation(d, seed)) for values, seed in zip(different, bases, strict=True)
        ]
    return [different[k % len(different)] for k in range(size)]
