"""Compressed spectra and families: the same numbers as one problem at a time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import detequiv as de
from detequiv.numerics.grids.batched_theorems import families
from detequiv.numerics.grids.spectrum_compression import compress

SPECTRA = {
    "power 1": de.power_law(3000, 1.0, trace=1.0).values,
    "power 3, rolled": np.roll(de.power_law(2000, 3.0).values, 700),
    "isotropic": np.full(500, 0.3),
    "few": np.array([3.0, 1.0, 1e-9]),
    "half of them zero": np.where(np.arange(900) % 2, 0.0, np.linspace(1e-6, 1, 900)),
    "spread over 24 decades": 10.0 ** np.linspace(-16, 8, 4000),
    "nearly tied": 1 + 1e-9 * np.random.default_rng(0).normal(size=1500),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECTRA)
@given(log_θ=st.floats(-40, 20), a=st.integers(1, 3), b=st.integers(1, 2))
def test_nodes_stand_for_all_eigenvalues(name: str, log_θ: float, a: int, b: int) -> None:
    values, θ = SPECTRA[name], np.exp(log_θ)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, values.size)
    compressed = compress(values)

    def g(x: np.ndarray) -> np.ndarray:
        return x**a / (θ + x) ** b

    exact = weights @ g(values.astype(np.longdouble))
    # the proved bound is 3e-18 for the interpolation; the rest is rounding in 22-term sums
    assert abs(compressed.weigh(weights) @ g(compressed.nodes) / exact - 1) < 3e-14


@pytest.mark.parametrize("name", SPECTRA)
def test_counts_at_the_cuts_are_exact(name: str) -> None:
    values = SPECTRA[name]
    compressed = compress(values)
    running = compressed.running(np.ones(values.size))[compressed.cuts]
    assert (running == np.floor(running)).all()
    assert running[-1] == np.count_nonzero(values)
    assert (np.diff(compressed.nodes) < 0).all()


def test_a_long_spectrum_needs_few_nodes() -> None:
    assert compress(de.power_law(100_000, 1.0).values).nodes.size < 400


def _mix(width: int | None, ridge: float, n: int, quality: float) -> de.Problem:
    s = de.power_law(150, 1.2, trace=1.0)
    shift = de.label_shift(s, quality)
    return de.Problem(
        signal=np.linspace(0.5, 1.5, 150),
        sources=[
            de.Source(n, s, noise_variance=0.1, weight=0.7),
            de.Source(40, s, noise_variance=0.3, shift=shift, weight=0.7),
            de.Source(0, s, shift=1.0),
            de.Source(25, s, shift=0.4, weight=0.7),
        ],
        ridge=ridge,
        model=de.Linear() if width is None else de.RandomProjection(width),
    )


WIDTHS: tuple[list[int | None], ...] = ([5, 60, 95, 125, 150, 400], [None, None])


@pytest.mark.parametrize("widths", WIDTHS, ids=["projection", "linear"])
@pytest.mark.parametrize("ridge", [1e-14, 1e-6, 1e-2, 10.0])
def test_a_family_has_the_terms_of_its_members(widths: list[int | None], ridge: float) -> None:
    problems = [
        _mix(width, ridge, n, quality)
        for width in widths
        for n in (10, 60, 85, 900)
        for quality in (0.0, 1.0)
    ]
    ((members, family),) = families(problems)
    assert members == list(range(len(problems)))
    terms = family.terms()
    for i, problem in enumerate(problems):
        one = de.predict(problem)
        # both promise 1e-11 by their own estimates
        for name in ("bias", "variance", "collapse"):
            assert getattr(terms, name)[i] == pytest.approx(getattr(one, name), rel=2e-11)
        assert terms.degrees_left[i] == pytest.approx(one.fixed_point.degrees_left, rel=2e-11)
        assert terms.estimated_error[i] < 1e-11


def test_what_does_not_belong_is_left_out() -> None:
    usual = [_mix(width, 0.1, 50, 1.0) for width in range(10, 20)]
    sources = usual[0].sources
    other = [
        replace(usual[0], signal=1.0),
        replace(usual[0], target=de.Target(de.isotropic(150))),
        replace(usual[0], sources=[replace(sources[0], gain=0.5), *sources[1:]]),
        replace(usual[0], sources=[replace(sources[0], weight=0.5), *sources[1:]]),
        replace(usual[0], model=de.Linear()),
    ]
    ((members, _),) = families([*other, *usual])
    assert members == list(range(len(other), len(other) + len(usual)))


def test_a_sweep_mixes_families_and_single_problems() -> None:
    usual = _mix(60, 0.1, 50, 1.0)

    def build(width: int, gain: float) -> de.Problem:
        sources = [replace(usual.sources[0], gain=gain), *usual.sources[1:]]
        return replace(usual, sources=sources, model=de.RandomProjection(width))

    table = de.sweep(build, width=range(10, 20), gain=[1.0, 0.5])
    for width in (10, 15):
        for gain in (1.0, 0.5):
            here = table.sel(width=width, gain=gain)
            assert float(here.error) == pytest.approx(de.predict(build(width, gain)).error, rel=1e-12)
    assert set(table.status.values.ravel()) == {"ok"}
