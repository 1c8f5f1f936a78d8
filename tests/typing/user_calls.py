"""Calls that run, and that type checkers must accept; ``test_type_checking`` has mypy read them."""

import dataclasses
from fractions import Fraction
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import detequiv as de


def calls() -> None:
    rng = np.random.default_rng(0)
    rows: NDArray[np.float64] = rng.normal(size=(200, 3))
    M: NDArray[np.float64] = np.cov(rows, rowvar=False)
    single: NDArray[np.float32] = np.ones(3, dtype=np.float32)
    whole: NDArray[np.int64] = np.arange(1, 4)

    # Covariances

    de.Source(80, M)
    de.Source(80, single)
    de.Source(80, whole)
    de.Source(80, [1.0, 0.5, 0.25])
    de.Source(80, (1, 2, 3))
    de.Source(80, range(1, 4))
    de.Source(80, [[2.0, 1.0], [1.0, 2.0]])
    de.Source(80, [np.array([2.0, 1.0]), np.array([1.0, 2.0])])
    de.Source(80, de.isotropic(3))
    de.Source(80, de.Covariance(M))
    de.Source(80, [Fraction(1, 2), Fraction(1, 4)])
    de.Target(M, noise_variance=np.float32(0.5))
    de.Target([1, 2, 3])
    de.Covariance([[2, 1], [1, 2]])
    de.Covariance.from_data(rows)
    de.Spectrum([1, 2])
    de.Spectrum((1.0, 2.0), multiplicities=[3, 4])
    de.Spectrum(np.array([1, 2]))
    de.Spectrum(single, multiplicities=whole)
    de.Spectrum.from_data(rows).project(rows[:5])
    de.isotropic(100)
    de.isotropic(np.int64(100), trace=np.float64(2))
    de.power_law(3, 1)
    de.power_law(np.int64(3), np.float32(1.5), trace=1)

    # Numbers of a source, a model and a problem

    spectrum = de.power_law(3, 1.0)
    source = de.Source(n=np.int64(30), covariance=spectrum, noise_variance=np.float64(0.1))
    de.Source(30.0, spectrum, noise_variance=1, gain=np.float32(0.5), weight=np.int64(2))
    de.Source(30, spectrum, shift=0.5)
    de.Source(30, spectrum, shift=np.int64(1))
    de.Source(30, spectrum, shift=[0.1, 0.2, 0.3])
    de.Source(30, spectrum, shift=np.eye(3))
    de.Source(30, spectrum, shift=de.Fixed([0.1, -0.2, 0.3]))
    shifted = de.Source(30, spectrum, shift=de.label_shift(spectrum, np.float64(1)))
    de.label_shift([1.0, 2.0], 1, shape="isotropic")
    de.Fixed(np.ones((3, 2), dtype=np.float32))
    de.Fixed([[1, 2], [3, 4]])
    de.Moments([[1.5, 1.0], [1.0, 1.0]])
    de.Moments(((2 * np.eye(2), np.eye(2)), (np.eye(2), [1.0, 1.0])))
    de.Moments(np.ones((2, 2)))
    de.RandomProjection(width=np.int64(100))
    de.RandomProjection(100.0, entry_variance=np.float32(0.01))
    de.OrthogonalProjection(np.int32(2))
    de.RandomCoordinates(np.uint8(2))
    de.RandomFeatures(100, "relu")
    de.RandomFeatures(100, np.tanh)
    de.RandomFeatures(100, de.activations.leaky_relu(np.float32(0.1)))
    de.RandomFeatures(100, de.activations.polynomial(np.array([0, 1, 0.5])))
    de.RandomFeatures(np.int64(100), de.activations.tanh, entry_variance=1)

    de.Problem(signal=[1.0, 0.5, 0.25], sources=[source], ridge=np.float64(0.1))
    de.Problem(signal=np.eye(3), sources=(source, shifted), ridge=1)
    de.Problem(signal=de.Fixed(single), sources=[source], ridge=np.float32(0.1), model=de.RandomProjection(2))
    de.Problem(truths=de.Moments([[1, 1], [1, 1]]), sources=[source], ridge=Fraction(1, 10))
    mix = de.Problem(
        signal=np.int64(1),
        sources=[source, shifted],
        ridge=0.1,
        target=de.Target(spectrum),
        model=de.Linear(),
    )

    # What is read back is narrow

    assert_type(source.n, int)
    assert_type(source.noise_variance, float)
    assert_type(mix.ridge, float)
    assert_type(mix.sources[0].n + 1, int)
    assert_type(mix.sources[0].covariance.trace, float)
    assert_type(mix.sources[0].covariance, de.Spectrum | de.Covariance)
    assert_type(de.RandomProjection(np.int64(3)).width, int)
    assert_type(de.RandomProjection(3).entry_variance, float | None)
    assert_type(de.RandomFeatures(3, "relu").activation, de.Activation)
    assert_type(de.Spectrum([1, 2]).values, NDArray[np.float64])
    assert_type(de.Fixed([1, 2]).w, NDArray[np.float64])
    assert_type(de.Covariance(M).matrix, NDArray[np.float64])
    assert_type(dataclasses.replace(mix, ridge=0.2), de.Problem)

    # Functions

    assert_type(de.predict(mix).error, float)
    assert_type(de.predict(mix, digits=np.int64(20)).fixed_point.df1, float)
    assert_type(de.effective_ridge(mix), float)
    assert_type(mix.quality(np.int64(1)), float)
    de.simulate(mix, trials=np.int64(2), seed=np.int64(1))
    run = de.simulate(mix, trials=2.0, seed=1)
    assert_type(run.seed, int | tuple[int, ...])
    de.simulate(mix, trials=2, seed=run.seed)
    de.simulate(mix, trials=2, rng=np.int64(1))
    de.simulate(mix, trials=2, rng=np.random.default_rng(0))
    de.assert_agrees(theory=0.0, simulation=rng.normal(size=99), tolerance=1.0, rng=np.random.SeedSequence(1))
    assert_type(run.to_dict()["trials"], Any)
    run.to_xarray().simulated.sel(term="bias")
    de.degrees_of_freedom(whole, np.float32(0.5), order=np.int64(2))
    de.degrees_of_freedom(spectrum, 0)
    de.mixing_weights(np.float64(0.5), np.array([10, 20]))
    de.mixing_weights(0.5, (10, np.int64(20)))
    de.paper.corollary_1(
        aspect_ratio=Fraction(1, 2), synthetic_share=0.5, noise_variances=whole[:2], quality=1
    )
    de.paper.isotropic_ridge(ridge=np.int64(1), aspect_ratio=0.5)
    de.paper.chain_quality(np.int64(10), counts=[100, 200], noise_variances=np.array([0.1, 0.2]))
    de.paper.theorem_1(
        de.Problem(signal=1, ridge=0.1, sources=[de.Source(9, spectrum), de.Source(9, spectrum)])
    )
