"""Calls that are wrong, one to a line. Type checkers must report the marked lines, and no others."""

import numpy as np

import detequiv as de


def mistakes() -> None:
    spectrum = de.power_law(3, 1.0)
    source = de.Source(30, spectrum)
    mix = de.Problem(signal=1.0, sources=[source], ridge=0.1)

    de.Source("30", spectrum)  # error
    de.Source(30)  # error
    de.Source(None, spectrum)  # error
    de.Source(30, "isotropic")  # error
    de.Source(30, 1.0)  # error
    de.Source(30, {1.0, 2.0})  # error
    de.Source(30, spectrum, 0.1)  # error
    de.Source(30, spectrum, noise_variance="0.1")  # error
    de.Source(30, spectrum, noise_variance=None)  # error
    de.Source(30, spectrum, noise_variance=[0.1, 0.2])  # error
    de.Source(30, spectrum, shift="isotropic")  # error
    de.Source(30, spectrum, shift=de.Moments([[1, 1], [1, 1]]))  # error
    de.Source(30, spectrum, gain=1j)  # error
    de.Source(30, spectrum, noise=0.1)  # error
    de.Source([10, 20], spectrum)  # error
    de.Target()  # error
    de.Target(spectrum, noise_variance="0.1")  # error
    de.Spectrum("1, 2")  # error
    de.Spectrum(3.0)  # error
    de.Spectrum(["a", "b"])  # error
    de.Spectrum([1j, 2j])  # error
    de.Spectrum({1: 2})  # error
    de.Covariance(None)  # error
    de.Covariance(spectrum)  # error
    de.Fixed("w")  # error
    de.Fixed(1.0)  # error
    de.Moments(1.0)  # error
    de.Moments([["a"]])  # error
    de.power_law("3", 1)  # error
    de.power_law(3)  # error
    de.power_law(3, [1, 2])  # error
    de.isotropic(None)  # error
    de.RandomProjection()  # error
    de.RandomProjection(width="100")  # error
    de.RandomProjection([100, 200])  # error
    de.RandomProjection(100, entry_variance="1/d")  # error
    de.RandomFeatures(100)  # error
    de.RandomFeatures(100, 3)  # error
    de.OrthogonalProjection(2, 3)  # error
    de.Linear(3)  # error
    de.Problem(signal="1", sources=[source], ridge=0.1)  # error
    de.Problem(signal=1.0, sources=source, ridge=0.1)  # error
    de.Problem(signal=1.0, sources=[spectrum], ridge=0.1)  # error
    de.Problem(signal=1.0, sources=[source])  # error
    de.Problem(signal=1.0, sources=[source], ridge=None)  # error
    de.Problem(signal=1.0, sources=[source], ridge=[0.1, 0.2])  # error
    de.Problem(signal=1.0, sources=[source], ridge=0.1, model="linear")  # error
    de.Problem(signal=1.0, sources=[source], ridge=0.1, model=de.RandomProjection)  # error
    de.Problem(signal=1.0, sources=[source], ridge=0.1, target=spectrum)  # error
    de.Problem(1.0, [source], 0.1)  # error
    source.n = 3  # error
    print(source.n.shape)  # error
    print(source.shift + 1)  # error
    print(mix.sources[0].covariance.values)  # error
    mix.sources.append(source)  # error
    print(mix.model.width + 1)  # error
    de.predict(source)  # error
    de.predict(mix, digits="20")  # error
    print(de.predict(mix).errors)  # error
    de.predict(mix).error.mean()  # error
    de.simulate(mix)  # error
    de.simulate(mix, trials="8")  # error
    de.simulate(mix, trials=8, seed=0.5)  # error
    de.simulate(mix, trials=8, method="exact")  # error
    de.label_shift(spectrum, "1")  # error
    de.label_shift(spectrum, 1.0, shape="precise")  # error
    de.mixing_weights(0.5, 3)  # error
    de.degrees_of_freedom(spectrum, np.array)  # error
    de.paper.corollary_1(aspect_ratio=0.5, synthetic_share=0.5, noise_variances=1, quality=1)  # error
    de.paper.theorem_1(source)  # error
